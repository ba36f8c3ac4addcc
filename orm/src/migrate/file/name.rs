//! Names and numbers of migration files, by Django's rules.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::MigrationKey;
use crate::error::{Error, Result};
use crate::migrate::operation::{Contract, Operation};

/// Where names made from operations stop to grow.
const MAX_JOINED: usize = 52;
/// Most characters of a name, without its number.
const MAX_NAME: usize = 100;

/// Path of a migration's file below the directory of migrations.
pub(in crate::migrate) fn path_of(key: &MigrationKey) -> PathBuf {
    PathBuf::from(&key.app).join(format!("{}.toml", key.name))
}

/// The number a name starts with.
pub(super) fn number_of(name: &str) -> Option<u32> {
    let digits = name.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Name of the next migration of an app: one more than the greatest number, and what it does.
///
/// # Errors
/// If a name is given that is no name of a file.
pub(in crate::migrate) fn next_name<'a>(
    taken: impl Iterator<Item = &'a str>,
    given: Option<&str>,
    initial: bool,
    operations: &[Operation],
    now: DateTime<Utc>,
) -> Result<String> {
    let number = taken.filter_map(number_of).max().unwrap_or(0) + 1;
    let name = match given {
        Some(name) => {
            let valid = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !valid || name.chars().count() > MAX_NAME {
                return Err(Error::config(format!("`{name}` is no name for a migration"))
                    .with_hint("use letters, digits and `_`, at most 100"));
            }
            name.to_owned()
        }
        None => suggest(initial, operations, now),
    };
    Ok(format!("{number:04}_{name}"))
}

fn suggest(initial: bool, operations: &[Operation], now: DateTime<Utc>) -> String {
    if initial && !operations.is_empty() {
        return "initial".to_owned();
    }
    let fragments: Option<Vec<String>> = operations
        .iter()
        .map(|operation| operation.name_fragment().map(|fragment| clean(&fragment)))
        .collect();
    let fragments = fragments.unwrap_or_default();
    let Some((first, rest)) = fragments.split_first() else {
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

/// Everything that is no letter, digit or `_` becomes one `_`.
fn clean(fragment: &str) -> String {
    let mut out = String::with_capacity(fragment.len());
    for character in fragment.chars() {
        if character.is_alphanumeric() || character == '_' {
            out.push(character);
        } else if !out.ends_with('_') {
            out.push('_');
        }
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

    #[test]
    fn names_follow_the_operations() {
        let now = "2026-11-22T18:05:00Z".parse().unwrap();
        let name = |operations: &[Operation]| {
            next_name(
                ["0001_initial", "0009_x"].into_iter(),
                None,
                false,
                operations,
                now,
            )
            .unwrap()
        };
        assert_eq!(name(&[]), "0010_auto_20261122_1805");
        assert_eq!(
            name(&[DeleteModel {
                model: "BlogPost".into()
            }
            .into()]),
            "0010_delete_blogpost"
        );
        assert_eq!(
            name(&[remove("Post", "a"), remove("Post", "b")]),
            "0010_remove_post_a_remove_post_b"
        );
        let long = "x".repeat(30);
        assert_eq!(
            name(&[remove("Post", &long), remove("Post", &long)]),
            format!("0010_remove_post_{long}_and_more")
        );
    }

    #[test]
    fn a_given_name_must_be_one() {
        let now = Utc::now();
        for bad in ["", "a/b", "a b", "..", "a.b"] {
            assert!(
                next_name([].into_iter(), Some(bad), false, &[], now).is_err(),
                "{bad}"
            );
        }
        assert_eq!(
            next_name([].into_iter(), Some("seed"), true, &[], now).unwrap(),
            "0001_seed"
        );
    }
}
