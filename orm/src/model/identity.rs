//! How the database counts up a column.

use serde::{Deserialize, Serialize};

use super::def::is_false;

/// How the database counts up a generated column: an identity column of Postgres. Nothing is said of a number that is left out:
/// counting begins with 1 and goes on by 1 then.
///
/// # Example: every tenth number from 1000 on
///
/// ```
/// use orm::models::IdentityDef;
///
/// let identity = IdentityDef { start: Some(1_000), increment: Some(10), ..IdentityDef::DEFAULT };
/// assert_eq!(serde_json::to_string(&identity)?, r#"{"start":1000,"increment":10}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityDef {
    /// Whether nobody else may give the number: `GENERATED ALWAYS`, and `BY DEFAULT` otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    pub always: bool,
    /// The first number; by default the least, or the greatest where it counts down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// What is added for the next; below 0 it counts down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// The least number; by default 1, or that of the column's type where it counts down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<i64>,
    /// The greatest number; by default that of the column's type, or -1 where it counts down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<i64>,
    /// How many numbers a connection takes at a time; what it does not use is never given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Whether it begins anew after the last number, instead of failing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cycle: bool,
}

impl IdentityDef {
    /// From 1 by 1, unless the number is given.
    pub const DEFAULT: IdentityDef = IdentityDef {
        always: false,
        start: None,
        increment: None,
        min_value: None,
        max_value: None,
        cache: None,
        cycle: false,
    };

    pub(crate) fn is_default(&self) -> bool {
        *self == IdentityDef::DEFAULT
    }
}
