//! Migrations as data for other programs: the form that `--json` prints.

use serde::Serialize;
use serde_json::Value;

use super::{MigrationKey, NewMigration};
use crate::error::{Error, Kind, Result};
use crate::migrate::operation::Operation;

/// A migration, its operations spread out.
///
/// # Example: for another program
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{ListedMigration, MakeOptions, StateFile, diff};
///
/// let to = StateFile::of_migrations(&blog::migrations()?)?;
/// let new = diff(&StateFile::default(), &to, &MakeOptions::default())?;
/// let listed = ListedMigration::of(&new[0])?;
/// assert_eq!(listed.operations[0].kind, "CreateModel");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedMigration {
    /// Label of its app.
    pub app: String,
    /// Name, with its number.
    pub name: String,
    /// What has to be applied before it, as `app.name`.
    pub dependencies: Vec<MigrationKey>,
    /// Whether it is an initial migration of its app.
    pub initial: bool,
    /// The migrations it replaces.
    pub replaces: Vec<MigrationKey>,
    /// Its operations, in order.
    pub operations: Vec<ListedOperation>,
}

/// An operation of a migration.
///
/// # Example: one operation
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::ListedOperation;
/// use orm::migrate::operation::DeleteModel;
///
/// let listed = ListedOperation::of(&DeleteModel { model: "Tag".to_owned() }.into())?;
/// assert_eq!(listed.describe, "- delete model Tag");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedOperation {
    /// Its kind, `AddField`.
    pub kind: String,
    /// Name of the model it changes (the old name, for a rename); `None` if it changes none.
    pub model: Option<String>,
    /// The name of the field, index or constraint it changes, or of the model, enum type or extension itself
    /// (the old name, for a rename).
    pub name: Option<String>,
    /// Its description in English, with its symbol in front.
    pub describe: String,
    /// The whole operation, as in the file.
    pub definition: Operation,
}

impl ListedMigration {
    /// Converts a new migration.
    ///
    /// # Errors
    /// If an operation cannot be serialized.
    ///
    /// # Example: of the first migration of an app
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{ListedMigration, MakeOptions, StateFile, diff};
    ///
    /// let to = StateFile::of_migrations(&blog::migrations()?)?;
    /// let new = diff(&StateFile::default(), &to, &MakeOptions::default())?;
    /// assert!(ListedMigration::of(&new[0])?.initial);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of(new: &NewMigration) -> Result<Self> {
        Ok(ListedMigration {
            app: new.app.clone(),
            name: new.name.clone(),
            dependencies: new.dependencies.clone(),
            initial: new.initial,
            replaces: new.replaces.clone(),
            operations: new
                .operations
                .iter()
                .map(ListedOperation::of)
                .collect::<Result<_>>()?,
        })
    }
}

impl ListedOperation {
    /// Converts an operation.
    ///
    /// # Errors
    /// If it cannot be serialized.
    ///
    /// # Example: its kind
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::ListedOperation;
    /// use orm::migrate::operation::DeleteModel;
    ///
    /// let listed = ListedOperation::of(&DeleteModel { model: "Tag".to_owned() }.into())?;
    /// assert_eq!((listed.kind.as_str(), listed.model.as_deref()), ("DeleteModel", Some("Tag")));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of(operation: &Operation) -> Result<Self> {
        let written = serde_json::to_value(operation).map_err(|source| {
            Error::new(
                Kind::Migration,
                format!("`{}` holds what has no written form", operation.describe()),
            )
            .with_source(source)
        })?;
        let (model, name) = subject(&written);
        Ok(ListedOperation {
            kind: text(&written, "kind")
                .ok_or_else(|| Error::internal("an operation is written without its kind"))?,
            model,
            name,
            describe: operation.line(),
            definition: operation.clone(),
        })
    }
}

/// The model and the object that an operation changes, from its serialized form.
fn subject(definition: &Value) -> (Option<String>, Option<String>) {
    let old = || text(definition, "old");
    if text(definition, "kind").as_deref() == Some("RenameModel") {
        return (old(), old());
    }
    // The operation belongs to the app that the model moves to.
    if text(definition, "kind").as_deref() == Some("MoveModel") {
        let to = text(definition, "to");
        let model = to.and_then(|to| Some(to.split_once('.')?.1.to_owned()));
        return (model.clone(), model);
    }
    let model = text(definition, "model");
    // `field`, `index` and `constraint` hold a definition, or only a name.
    let part = ["field", "index", "constraint"].iter().find_map(|key| {
        let part = definition.get(key)?;
        text(part, "name").or_else(|| part.as_str().map(str::to_owned))
    });
    let name = part
        .or_else(|| text(definition, "name"))
        .or_else(old)
        .or_else(|| model.clone());
    (model, name)
}

fn text(definition: &Value, key: &str) -> Option<String> {
    definition.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_says_what_it_is_about() {
        let subject = |json: &str| subject(&serde_json::from_str(json).unwrap());
        let both = |model: &str, name: &str| (Some(model.to_owned()), Some(name.to_owned()));
        for (json, expected) in [
            (
                r#"{"kind": "CreateModel", "model": "Post", "fields": []}"#,
                both("Post", "Post"),
            ),
            (
                r#"{"kind": "AddField", "model": "Post", "field": {"name": "slug"}}"#,
                both("Post", "slug"),
            ),
            (
                r#"{"kind": "RemoveField", "model": "Post", "field": "slug"}"#,
                both("Post", "slug"),
            ),
            (
                r#"{"kind": "RenameField", "model": "Post", "old": "a", "new": "b"}"#,
                both("Post", "a"),
            ),
            (
                r#"{"kind": "RenameModel", "old": "Post", "new": "Article"}"#,
                both("Post", "Post"),
            ),
            (
                r#"{"kind": "MoveModel", "from": "shop.Order", "to": "sales.Purchase"}"#,
                both("Purchase", "Purchase"),
            ),
            (
                r#"{"kind": "AddIndex", "model": "Post", "index": {"name": "i"}}"#,
                both("Post", "i"),
            ),
            (
                r#"{"kind": "RemoveConstraint", "model": "Post", "constraint": "c"}"#,
                both("Post", "c"),
            ),
            (
                r#"{"kind": "CreateEnum", "name": "mood"}"#,
                (None, Some("mood".to_owned())),
            ),
            (r#"{"kind": "RunSql", "about": "x"}"#, (None, None)),
        ] {
            assert_eq!(subject(json), expected, "{json}");
        }
    }
}
