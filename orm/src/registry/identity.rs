//! How the database counts columns, of models as the derive wrote them.

use crate::error::{Error, Result};
use crate::model::{FieldSpec, IdentityDef};

/// # Errors
/// If it is said of a field that the database does not count up.
pub(super) fn identity(spec: &FieldSpec, generated: bool) -> Result<IdentityDef> {
    match spec.identity {
        None => Ok(IdentityDef::DEFAULT),
        Some(identity) if generated => Ok(*identity),
        Some(_) => Err(
            Error::config("only a field of whole numbers can be counted up by the database")
                .with_hint("leave `identity` out, or make the field an `i64`, `i32` or `i16`"),
        ),
    }
}
