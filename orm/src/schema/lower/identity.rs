//! Which columns the database counts up, and how.

use crate::error::{Error, Result};
use crate::model::FieldDef;
use crate::sql::Dialect;

/// Whether the database counts a field up.
///
/// # Errors
/// If no database can, or this one cannot do it so.
pub(super) fn is_counted(field: &FieldDef, dialect: &Dialect) -> Result<bool> {
    if !field.generated {
        return match field.identity.is_default() {
            true => Ok(false),
            false => Err(
                Error::config("an identity is said of a field that the database does not count up")
                    .with_hint("say `generated` too, or take `identity` out"),
            ),
        };
    }
    let numbers = field.ty.whole_numbers().filter(|_| field.choices.is_empty());
    let Some(numbers) = numbers else {
        return Err(Error::config(
            "only a field of whole numbers can be counted up by the database",
        ));
    };
    if field.null || field.default.is_some() || field.db_default.is_some() || field.default_in_code {
        return Err(
            Error::config("what the database counts up is never NULL and has no default")
                .with_hint("keep one of the two: the default, or what counts"),
        );
    }
    field.identity.check(&numbers)?;
    if dialect.identity_options {
        return Ok(true);
    }
    let refused = match (field.primary_key, field.identity.is_default()) {
        (true, true) => return Ok(true),
        (true, false) => {
            "it has options of an identity, and {} counts a primary key from 1 by 1, unless it is given"
        }
        (false, _) => "it is an identity, and {} counts up nothing but a primary key",
    };
    Err(Error::unsupported(refused.replace("{}", dialect.name)).with_hint(match field.primary_key {
        true => "leave the options of `identity` out, or take that database out of the settings of the project",
        false => "leave `identity` out and give the number, or take that database out of the settings of the project",
    }))
}
