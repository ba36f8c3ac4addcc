//! The type that a database has for a Rust type, by its name.

/// The type of a column by its name, for each database: what `#[orm(db_type(..))]` says of a field or of a newtype, and
/// [`ColumnType::DB_TYPE`](super::ColumnType::DB_TYPE) of a type of a program's own.
///
/// # Example: of an extension on Postgres
///
/// ```
/// use orm::fields::DbTypeSpec;
///
/// let path = DbTypeSpec { postgres: Some("ltree"), sqlite: Some("TEXT") };
/// assert_eq!(path.postgres, Some("ltree"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbTypeSpec {
    /// For SQLite: what the column is there by its [`field_type`](super::ColumnType::field_type), with a collation or without.
    pub sqlite: Option<&'static str>,
    /// For Postgres: the name of a type, as `ltree`, or with its schema, as `billing.email`.
    pub postgres: Option<&'static str>,
}
