//! What the history stores of an applied migration, to detect and describe later edits: hashes of its operations
//! and of the ids of its dependencies. Comments, whitespace, line endings, the order of keys and file names do not
//! matter.

use std::collections::BTreeSet;
use std::fmt;

use super::{MigrationFile, digest};
use crate::error::Result;

/// Length of the short hashes that show which part differs.
const SHORT: usize = 8;

/// Hashes of a migration's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::migrate) struct Fingerprint {
    /// Of all operations together; this one decides.
    whole: String,
    operations: Vec<String>,
    dependencies: BTreeSet<String>,
}

impl Fingerprint {
    /// Of a file whose dependencies are known to the history as `dependencies`.
    ///
    /// # Errors
    /// If an operation cannot be serialized.
    pub(in crate::migrate) fn of<T: AsRef<str>>(
        file: &MigrationFile,
        dependencies: impl IntoIterator<Item = T>,
    ) -> Result<Self> {
        let mut operations = Vec::with_capacity(file.operations.len());
        let mut text = Vec::new();
        for operation in &file.operations {
            let one = super::json(operation)?;
            operations.push(short(&one));
            text.extend_from_slice(&one);
            text.push(b'\n');
        }
        Ok(Fingerprint {
            whole: digest(&text),
            operations,
            dependencies: dependencies
                .into_iter()
                .map(|id| short(id.as_ref().as_bytes()))
                .collect(),
        })
    }

    /// Parses what the history stores; `None` if it is not a fingerprint.
    pub(in crate::migrate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let whole = parts.next()?;
        let mut list = |letter: char| -> Option<Vec<String>> {
            let hashes = parts.next()?.strip_prefix(letter)?.split('.');
            Some(
                hashes
                    .filter(|hash| !hash.is_empty())
                    .map(str::to_owned)
                    .collect(),
            )
        };
        Some(Fingerprint {
            whole: whole.to_owned(),
            operations: list('o')?,
            dependencies: list('d')?.into_iter().collect(),
        })
    }

    /// Whether the operations are equal.
    pub(in crate::migrate) fn same_operations(&self, other: &Fingerprint) -> bool {
        self.whole == other.whole
    }

    /// Hashes of the dependencies that the other lacks.
    pub(in crate::migrate) fn dependencies_without(&self, other: &Fingerprint) -> BTreeSet<String> {
        self.dependencies
            .difference(&other.dependencies)
            .cloned()
            .collect()
    }

    /// Which operations of `file` (whose fingerprint this is) differ from those of `applied`.
    pub(in crate::migrate) fn changes(&self, applied: &Fingerprint, file: &MigrationFile) -> String {
        let (old, new) = (&applied.operations, &self.operations);
        let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let rest = old.len().min(new.len()) - start;
        let end = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take(rest)
            .take_while(|(old, new)| old == new)
            .count();
        let (gone, come) = (old.len() - start - end, new.len() - start - end);
        let named: Vec<String> = file
            .operations
            .iter()
            .enumerate()
            .skip(start)
            .take(come)
            .map(|(at, operation)| format!("{} ({})", at + 1, operation.describe()))
            .collect();
        let named = named.join(", ");
        let s = |count: usize| if count == 1 { "" } else { "s" };
        match (gone, come) {
            (0, 0) => "the file says the same in another order".to_owned(),
            (0, _) => format!("operation{} {named} came to it", s(come)),
            (_, 0) => {
                let numbers: Vec<String> = (start + 1..=start + gone).map(|at| at.to_string()).collect();
                format!(
                    "operation{} {} of those applied left it",
                    s(gone),
                    numbers.join(", ")
                )
            }
            _ if gone == come => format!("operation{} {named} changed", s(come)),
            _ => format!(
                "in place of {gone} operation{} stand{} {named}",
                s(gone),
                if come == 1 { "s" } else { "" }
            ),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dependencies: Vec<&str> = self.dependencies.iter().map(String::as_str).collect();
        write!(
            f,
            "{} o{} d{}",
            self.whole,
            self.operations.join("."),
            dependencies.join(".")
        )
    }
}

/// The hash by which a dependency is known in a fingerprint.
pub(in crate::migrate) fn hash_of_id(id: &str) -> String {
    short(id.as_bytes())
}

fn short(bytes: &[u8]) -> String {
    let mut hash = digest(bytes);
    hash.truncate(SHORT);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::file::MigrationKey;
    use crate::migrate::operation::{DeleteModel, Operation};

    fn file(models: &[&str]) -> MigrationFile {
        let delete = |model: &&str| -> Operation {
            let model = (*model).to_owned();
            DeleteModel { model }.into()
        };
        let operations = models.iter().map(delete).collect();
        MigrationFile::new(MigrationKey::new("a", "1"), false, Vec::new(), operations).unwrap()
    }

    #[test]
    fn what_changed_is_named() {
        let applied = Fingerprint::of(&file(&["A", "B", "C"]), ["x"]).unwrap();
        assert_eq!(Fingerprint::parse(&applied.to_string()), Some(applied.clone()));
        for (models, expected) in [
            (&["A", "X", "C"][..], "operation 2 (delete model X) changed"),
            (&["A", "B", "C", "D"], "operation 4 (delete model D) came to it"),
            (&["B", "C"], "operation 1 of those applied left it"),
            (&["A"], "operations 2, 3 of those applied left it"),
            (&["A", "X"], "in place of 2 operations stands 2 (delete model X)"),
        ] {
            let file = file(models);
            let now = Fingerprint::of(&file, ["x"]).unwrap();
            assert!(!now.same_operations(&applied));
            assert_eq!(now.changes(&applied, &file), expected);
        }
        assert_eq!(Fingerprint::parse("0123"), None);
    }

    #[test]
    fn dependencies_are_compared_as_sets() {
        let file = file(&["A"]);
        let applied = Fingerprint::of(&file, ["x", "y"]).unwrap();
        let now = Fingerprint::of(&file, ["y", "z"]).unwrap();
        assert!(now.same_operations(&applied));
        assert_eq!(applied.dependencies_without(&now), [hash_of_id("x")].into());
    }
}
