//! Types of a fixed list of texts, where the database has such types; elsewhere a check does what they do.

use crate::model::snake_case;

/// Name of an enum type of an app in the database.
pub fn enum_name(app: &str, name: &str) -> String {
    format!("{app}_{}", snake_case(name))
}
