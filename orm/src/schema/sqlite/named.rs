//! Types by their name on SQLite, which has none of its own: what a model says there in their place.

use crate::error::{Error, Result};
use crate::model::{DbType, FieldDef};

/// What a model says: a type, and a collation.
fn said(sqlite: &str) -> (&str, Option<&str>) {
    match sqlite.to_ascii_uppercase().find(" COLLATE ") {
        Some(at) => (sqlite[..at].trim(), Some(sqlite[at + " COLLATE ".len()..].trim())),
        None => (sqlite.trim(), None),
    }
}

/// The collation of a column whose type a model says.
pub(super) fn collation(field: &FieldDef) -> Option<&str> {
    field
        .db_type
        .as_ref()?
        .sqlite
        .as_deref()
        .and_then(|sqlite| said(sqlite).1)
}

/// Checks that a model says what becomes of a type that only the other database has.
///
/// # Errors
/// If it does not, or says another type than `own`, which the field has here.
pub(super) fn check(db_type: &DbType, own: &str) -> Result<()> {
    let example = match db_type.postgres.as_deref() {
        Some("citext") => "TEXT COLLATE NOCASE",
        _ => own,
    };
    let hint =
        |of: &str| format!("write db_type(sqlite = \"{of}\", ..), where that is what SQLite should have");
    match db_type.sqlite.as_deref().map(said) {
        Some((ty, _)) if ty.eq_ignore_ascii_case(own) => Ok(()),
        Some(_) => Err(Error::unsupported(format!(
            "SQLite keeps such a field as {own}, and as no other type"
        ))
        .with_hint(hint(own))),
        None => Err(Error::unsupported("db_type has no type for sqlite").with_hint(hint(example))),
    }
}
