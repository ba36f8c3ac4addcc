//! A collation created by a migration.

/// The definition of a collation, without its name.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Collation {
    /// Name of the locale, as the provider spells it.
    pub locale: String,
    /// The provider, if given.
    pub provider: Option<String>,
    /// Whether only strings of equal bytes are equal.
    pub deterministic: bool,
}
