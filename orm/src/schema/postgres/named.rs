//! Types by their name: those of extensions, domains, and enum types that other programs made.

use crate::error::{Error, Result};
use crate::sql::quote_qualified;

/// The SQL of a name, which may begin with a schema. In quotes, as all types that are not the server's own.
pub(super) fn named(name: &str) -> Result<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let is_name = |part: &&str| !part.is_empty() && !part.contains(['"', '\0', '(', ')', '[', ']', ' ']);
    match parts.len() <= 2 && parts.iter().all(is_name) {
        true => Ok(quote_qualified(name)),
        false => Err(Error::unsupported(format!("db_type has no name of a type for postgres: `{name}`"))
            .with_hint("write the name of one type, as \"citext\" or \"billing.email\", without quotes, modifiers and brackets; \
                        a domain gives a name to a type with modifiers")),
    }
}
