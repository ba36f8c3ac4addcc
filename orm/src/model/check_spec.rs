//! What the derive writes of a check.

use crate::expr::RowExpr;

/// A check over the fields of one row.
pub struct CheckSpec {
    /// The constraint's name in the database.
    pub name: &'static str,
    /// Builds the condition from the closure in the attribute.
    pub condition: fn() -> crate::error::Result<RowExpr>,
    /// `message = "…"`
    pub message: Option<&'static str>,
    /// `not_valid`
    pub not_valid: bool,
}

impl CheckSpec {
    /// A check that all rows are held to.
    pub const fn new(
        name: &'static str,
        condition: fn() -> crate::error::Result<RowExpr>,
        message: Option<&'static str>,
    ) -> Self {
        CheckSpec {
            name,
            condition,
            message,
            not_valid: false,
        }
    }
}
