//! Literals that models and migration files hold: defaults and the constants of checks.

use serde::{Deserialize, Serialize};

/// A constant of a model: what TOML can write. The field's type says how a text is read (a date, a decimal, a choice).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// true or false
    Bool(bool),
    /// A whole number
    Int(i64),
    /// A floating-point number
    Float(f64),
    /// A text, or anything that is written as one
    Text(String),
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Literal::Bool(value)
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Literal::Int(value)
    }
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Literal::Float(value)
    }
}

impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Literal::Text(value.to_owned())
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Literal::Text(value)
    }
}
