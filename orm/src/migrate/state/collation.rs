//! A collation of the server, as a migration made it.

/// What a collation is, but for its name.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Collation {
    /// Name of the locale, as the provider spells it.
    pub locale: String,
    /// Who knows the locale, if it is said.
    pub provider: Option<String>,
    /// Whether only strings of equal bytes are equal.
    pub deterministic: bool,
}
