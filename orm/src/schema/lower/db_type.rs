//! Which fields may have the type of their column by its name.

use crate::error::{Error, Result};
use crate::model::FieldDef;
use crate::value::FieldType;

/// # Errors
/// If the column of a field cannot be of a type by its name.
pub(super) fn check(field: &FieldDef) -> Result<()> {
    if field.db_type.is_none() {
        return Ok(());
    }
    let refused = match field.ty {
        FieldType::Array(_) => "an array",
        FieldType::Choices => "a field of choices",
        ty if ty.is_relation() => "a relation",
        _ if field.generated => "a primary key that the database generates",
        _ if field.generated_as.is_some() => "a generated field",
        _ if field.collation.is_some()
            && field.db_type.as_ref().is_some_and(|named| named.sqlite.is_some()) =>
        {
            return Err(Error::unsupported(
                "the type of a column by its name says the collation, and the field another",
            )
            .with_hint("drop the field's `collation`"));
        }
        _ => return Ok(()),
    };
    Err(
        Error::unsupported(format!("{refused} has no type by its name (`db_type`)"))
            .with_hint("give the type to a field of a string, a number or another plain value"),
    )
}
