//! Enums as columns.

/// An enum without data whose variants are the allowed values of a column. Derive it.
///
/// A variant is stored as its name in snake case; `#[orm(value = "…")]` on the variant stores another text.
pub trait Choices: Sized + Copy + Send + Sync + 'static {
    /// The stored texts, in the order of the variants.
    const VALUES: &'static [&'static str];

    /// The stored text of this variant.
    fn as_str(&self) -> &'static str;

    /// The variant of a stored text.
    fn from_str(text: &str) -> Option<Self>;
}
