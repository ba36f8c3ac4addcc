//! Names and numbers of migration files, by Django's rules.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::MigrationKey;
use crate::error::{Error, Result};
use crate::migrate::operation::Operation;

/// Length at which generated names stop growing.
const MAX_JOINED: usize = 52;
/// Maximum length of a name, without its number.
const MAX_NAME: usize = 100;
/// Separates the two names of a squashed migration.
const SQUASHED: &str = "_squashed_";

/// Path of a migration's file below the directory of migrations.
pub(in crate::migrate) fn path_of(key: &MigrationKey) -> PathBuf {
    PathBuf::from(&key.app).join(format!("{}.toml", key.name))
}

/// The number of a migration, from its name: of a squashed one, the number of the last migration it replaces.
pub(in crate::migrate) fn number_of(name: &str) -> Option<u32> {
    fn leading(text: &str) -> Option<u32> {
        text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
    let squashed = name.rmatch_indices(SQUASHED);
    let mut squashed = squashed.filter_map(|(at, _)| leading(&name[at + SQUASHED.len()..]));
    squashed.next().or_else(|| leading(name))
}

/// What a name is generated from, besides operations.
pub(in crate::migrate) struct NameInput<'a> {
    /// The name the user gave.
    pub given: Option<&'a str>,
    /// Whether the app has no migration yet.
    pub first: bool,
    /// Whether the app has no model yet.
    pub initial: bool,
    /// Names already taken in the app.
    pub taken: BTreeSet<&'a str>,
}

/// Name of the next migration of an app: the number after that of its last one, and what it does.
///
/// # Errors
/// If the given name is not usable as a file name.
pub(in crate::migrate) fn next_name(
    previous: Option<&str>,
    named: &NameInput<'_>,
    operations: &[Operation],
    now: DateTime<Utc>,
) -> Result<String> {
    // After a last migration without a number, numbers start from the first.
    let number = previous
        .and_then(number_of)
        .map_or(1, |number| number.saturating_add(1));
    let name = match named.given {
        Some(name) => {
            let valid = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !valid || name.chars().count() > MAX_NAME {
                return Err(
                    Error::config(format!("`{name}` is not a valid name for a migration"))
                        .with_hint("use letters, digits and `_`, at most 100"),
                );
            }
            name.to_owned()
        }
        None if named.first || named.initial => "initial".to_owned(),
        None => suggest(operations, now),
    };
    // Names of existing files, such as those that a squashed migration replaces, are skipped.
    let mut names = (number..).map(|number| format!("{number:04}_{name}"));
    let free = names.find(|name| !named.taken.contains(name.as_str()));
    free.ok_or_else(|| Error::migration(format!("no number is left for a migration `{name}`")))
}

fn suggest(operations: &[Operation], now: DateTime<Utc>) -> String {
    // If an operation has no name fragment, the name is a timestamp.
    let fragments: Option<Vec<String>> = operations
        .iter()
        .map(|operation| operation.name_fragment().map(|fragment| clean(&fragment)))
        .collect();
    let Some((first, rest)) = fragments.as_deref().and_then(<[String]>::split_first) else {
        return format!("auto_{}", now.format("%Y%m%d_%H%M"));
    };
    let mut name = first.clone();
    for fragment in rest {
        if name.chars().count() + 1 + fragment.chars().count() > MAX_JOINED {
            name.push_str("_and_more");
            break;
        }
        name.push('_');
        name.push_str(fragment);
    }
    name.chars().take(MAX_NAME).collect()
}

/// Replaces each run of other characters than letters, digits and `_` by one `_`.
fn clean(fragment: &str) -> String {
    let mut out = String::with_capacity(fragment.len());
    let mut in_run = false;
    for character in fragment.chars() {
        let word = character.is_alphanumeric() || character == '_';
        if word {
            out.push(character);
        } else if !in_run {
            out.push('_');
        }
        in_run = !word;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::operation::{DeleteModel, RemoveField};

    fn remove(model: &str, field: &str) -> Operation {
        RemoveField {
            model: model.to_owned(),
            field: field.to_owned(),
        }
        .into()
    }

    const PLAIN: NameInput<'_> = NameInput {
        given: None,
        first: false,
        initial: false,
        taken: BTreeSet::new(),
    };

    #[test]
    fn names_follow_the_operations() {
        let now = "2026-11-22T18:05:00Z".parse().unwrap();
        let name = |operations: &[Operation]| next_name(Some("0009_x"), &PLAIN, operations, now).unwrap();
        assert_eq!(name(&[]), "0010_auto_20261122_1805");
        let delete = DeleteModel {
            model: "BlogPost".into(),
        };
        assert_eq!(name(&[delete.into()]), "0010_delete_blogpost");
        assert_eq!(
            name(&[remove("Post", "a"), remove("Post", "b")]),
            "0010_remove_post_a_remove_post_b"
        );
        let long = "x".repeat(30);
        assert_eq!(
            name(&[remove("Post", &long), remove("Post", &long)]),
            format!("0010_remove_post_{long}_and_more")
        );
        let longer = "x".repeat(200);
        assert_eq!(
            name(&[remove("Post", &longer)]),
            format!("0010_remove_post_{}", "x".repeat(88))
        );
        assert_eq!(name(&[remove("Post", "a_--b")]), "0010_remove_post_a__b");
    }

    #[test]
    fn the_first_is_initial_and_numbers_go_on() {
        let now = Utc::now();
        let first = NameInput { first: true, ..PLAIN };
        assert_eq!(next_name(None, &first, &[], now).unwrap(), "0001_initial");
        let initial = NameInput {
            initial: true,
            ..PLAIN
        };
        assert_eq!(
            next_name(Some("0001_initial"), &initial, &[], now).unwrap(),
            "0002_initial"
        );
        let given = NameInput {
            given: Some("x"),
            taken: BTreeSet::from(["0008_x"]),
            ..PLAIN
        };
        for (previous, expected) in [
            ("0001_squashed_0004_more", "0005_x"),
            ("0001_squashed_0004_squashed_0009", "0010_x"),
            ("0003_squashed_names", "0004_x"),
            ("12", "0013_x"),
            ("9999_y", "10000_x"),
            ("seed", "0001_x"),
            ("7_seed", "0009_x"),
        ] {
            assert_eq!(
                next_name(Some(previous), &given, &[], now).unwrap(),
                expected,
                "{previous}"
            );
        }
    }

    #[test]
    fn a_given_name_must_be_one() {
        for bad in ["", "a/b", "a b", "..", "a.b"] {
            let given = NameInput {
                given: Some(bad),
                ..PLAIN
            };
            assert!(next_name(None, &given, &[], Utc::now()).is_err(), "{bad}");
        }
    }
}
