//! A row of a result, and the trait of Rust types that a column can hold.

use crate::error::{Error, Kind, Result};

use super::{DbTypeSpec, FieldType, OwnedCell, Value};

/// A row of a result, read by position: what [`DbSession::query`](crate::db::DbSession::query) hands out.
///
/// # Example: by position, from 0
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// db.session()?.query("SELECT title, rating FROM blog_post WHERE id = 2", &[], &mut |row| {
///     let (title, rating): (String, Option<f64>) = (row.get(0)?, row.get(1)?);
///     assert_eq!((title.as_str(), rating), ("Later", None));
///     Ok(())
/// })?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Row<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'a rusqlite::Row<'a>),
    #[cfg(feature = "postgres")]
    Postgres(&'a tokio_postgres::Row),
    Reordered(&'a ReorderedRow<'a>),
    Kept(&'a KeptRow<'a>),
}

/// The cells of a row that was read before.
pub(crate) struct KeptRow<'a> {
    pub cells: &'a [OwnedCell],
    /// What the columns are called.
    pub names: &'a [&'static str],
}

impl<'a> KeptRow<'a> {
    pub(crate) fn as_row(&'a self) -> Row<'a> {
        Row(Source::Kept(self))
    }
}

/// A row whose columns are read in another order.
pub(crate) struct ReorderedRow<'a> {
    pub row: Row<'a>,
    /// Where each column is.
    pub columns: &'a [usize],
}

impl<'a> ReorderedRow<'a> {
    pub(crate) fn as_row(&'a self) -> Row<'a> {
        Row(Source::Reordered(self))
    }

    /// Never inlined: reading a cell of a plain row would be a call, too.
    #[cold]
    #[inline(never)]
    fn cell(&self, index: usize) -> Result<Cell<'a>> {
        let column = self.columns.get(index).ok_or_else(|| no_column(index))?;
        self.row.cell(*column)
    }
}

/// One column of a row, still in the backend's encoding: what [`ColumnType::decode`] reads.
///
/// # Example: by its kind
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// db.session()?.query("SELECT title, views, rating FROM blog_post WHERE id = 1", &[], &mut |row| {
///     assert_eq!(row.cell(0)?.string()?, "Hello");
///     assert_eq!(row.cell(1)?.int()?, 7);
///     assert_eq!(row.cell(2)?.float()?, 4.5);
///     Ok(())
/// })?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// SQL NULL
    Null,
    /// A value of SQLite
    #[cfg(feature = "sqlite")]
    #[doc(hidden)]
    Sqlite(rusqlite::types::ValueRef<'a>),
    /// A value of Postgres in binary form
    #[cfg(feature = "postgres")]
    #[doc(hidden)]
    Postgres(&'a postgres_types::Type, &'a [u8]),
    #[doc(hidden)]
    Other(std::marker::PhantomData<&'a ()>),
}

impl<'a> Row<'a> {
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Row(Source::Sqlite(row))
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres(row: &'a tokio_postgres::Row) -> Self {
        Row(Source::Postgres(row))
    }

    /// The column at `index`, from 0.
    ///
    /// # Errors
    /// If the row has no such column.
    ///
    /// # Example: as the database has it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.query("SELECT views FROM blog_post WHERE id = 1", &[], &mut |row| {
    ///     assert_eq!(row.cell(0)?.int()?, 7);
    ///     assert!(row.cell(1).is_err());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    // Inlined in release builds: decoding a row is a sequence of these calls, and a call each would cost as much as
    // the work. Not in debug builds, where it would be three quarters of the compile time of a model.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn cell(&self, index: usize) -> Result<Cell<'a>> {
        // The row decides once for all of its cells: the rare kind is told last.
        #[cfg(feature = "sqlite")]
        if let Source::Sqlite(row) = self.0 {
            return super::sqlite::cell(row, index);
        }
        #[cfg(feature = "postgres")]
        if let Source::Postgres(row) = self.0 {
            return super::postgres::cell(row, index);
        }
        match self.0 {
            Source::Reordered(row) => row.cell(index),
            Source::Kept(row) => row
                .cells
                .get(index)
                .map(OwnedCell::cell)
                .ok_or_else(|| no_column(index)),
            #[allow(unreachable_patterns, reason = "without a database there is no other")]
            _ => Err(no_column(index)),
        }
    }

    /// The column at `index`, from 0, as `T`.
    ///
    /// # Errors
    /// If the row has no such column, or it holds something `T` cannot.
    ///
    /// # Example: another type, refused by the column's name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = db.session()?.query("SELECT title FROM blog_post", &[], &mut |row| row.get::<i64>(0).map(drop));
    /// assert!(refused.unwrap_err().to_string().starts_with("column `title`: expected a whole number"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[inline]
    pub fn get<T: ColumnType>(&self, index: usize) -> Result<T> {
        T::read(self, index).map_err(|error| error.naming_column(None))
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        match self.0 {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(row) => row.as_ref().column_count(),
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => row.columns().len(),
            Source::Reordered(row) => row.columns.len(),
            Source::Kept(row) => row.cells.len(),
        }
    }

    /// The name of a column.
    pub(crate) fn column_name(&self, index: usize) -> Option<&'a str> {
        match self.0 {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(row) => row.as_ref().column_name(index).ok(),
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => row.columns().get(index).map(|column| column.name()),
            Source::Reordered(row) => row.row.column_name(*row.columns.get(index)?),
            Source::Kept(row) => row.names.get(index).copied(),
        }
    }

    /// The error for a column that its type cannot hold.
    #[cold]
    fn unreadable(&self, index: usize, error: Error) -> Error {
        let name = self.column_name(index).map(str::to_owned);
        let error = match error.hint() {
            Some(_) => error,
            None => error.with_hint(
                "change those rows, or let the field be of a type that holds what the column does",
            ),
        };
        match name {
            Some(name) => error.with_column(index, name),
            None => error,
        }
    }
}

#[cold]
pub(crate) fn no_column(index: usize) -> Error {
    Error::new(Kind::Decode, format!("the row has no column at position {index}"))
}

/// What a Rust type says about its columns, as data.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct ColumnFacts {
    /// The column's type.
    pub ty: fn() -> FieldType,
    /// Whether it is nullable.
    pub null: bool,
    /// The allowed strings, for enums.
    pub choices: Option<&'static ChoicesFacts>,
    /// The type of the column by its name.
    pub db_type: Option<DbTypeSpec>,
}

/// What an enum says about its columns.
#[doc(hidden)]
#[derive(Debug)]
pub struct ChoicesFacts {
    /// The enum's name.
    pub name: &'static str,
    /// The allowed strings, in the order of the variants.
    pub values: &'static [&'static str],
    /// Whether it is a type of the database, where the backend has enum types.
    pub native: bool,
    /// The name of that type, if it is not the default.
    pub type_name: Option<&'static str>,
    /// Renamed values: the new string and the old one.
    pub renamed: &'static [(&'static str, &'static str)],
}

/// A Rust type that a column can hold.
///
/// Implemented for `bool`, `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, `String`, `Vec<u8>`, the dates,
/// times and durations of `chrono`, `time` and `jiff`, `std::time::Duration`, `Uuid`, `Decimal`, `IpAddr`, `Ipv4Addr`, `Ipv6Addr`, the
/// networks of `cidr`, `MacAddr6`, [`Range`](super::Range), enums that derive `Choices`, `Vec` of all these
/// ([`ArrayElement`](super::ArrayElement)), [`Json`](super::Json), the keys of relations, and `Option` of each.
///
/// # Example: a type of your own
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::fields::{Cell, ColumnType, FieldType, Value};
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct Email(String);
///
/// impl ColumnType for Email {
///     type Base = Self;
///
///     fn field_type() -> FieldType {
///         FieldType::Text
///     }
///
///     fn decode(cell: Cell<'_>) -> orm::Result<Self> {
///         Ok(Email(cell.string()?.to_owned()))
///     }
///
///     fn encode(&self) -> Value<'_> {
///         Value::from(self.0.as_str())
///     }
/// }
///
/// db.session()?.query("SELECT email FROM blog_author WHERE id = 1", &[], &mut |row| {
///     assert_eq!(row.get::<Email>(0)?, Email("ann@example.com".to_owned()));
///     Ok(())
/// })?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type a column can hold",
    label = "not a column type",
    note = "columns hold bool, i8 to i64, u8 to u64, f32, f64, String, Vec<u8>, chrono dates and times, Duration, TimeDelta, Uuid, IpAddr, Decimal, Range<T>, Json<T>, \
            ForeignKey<Model>, an enum with #[derive(Choices)], Vec of scalars, or Option of one of them",
    note = "for a whole number write i64, or another of i8 to i64 and u8 to u64: databases have none of 128 bits, and none \
            that is as wide as a pointer",
    note = "for a moment write DateTime<Utc>, whatever zone it is shown in",
    note = "for an enum without data add #[derive(Choices)] to the enum",
    note = "for a row of another model write ForeignKey<Author>, for many ManyToMany<Tag>; rows that point here need no field",
    note = "for anything else that serde reads and writes: Json<{Self}>"
)]
pub trait ColumnType: Sized + Send + Sync + 'static {
    /// The type without `Option`.
    type Base: ColumnType<Base = Self::Base>;
    /// Whether the column is nullable.
    const NULLABLE: bool = false;

    /// The allowed strings, for enums.
    #[doc(hidden)]
    const CHOICES: Option<&'static ChoicesFacts> = None;

    /// The type that databases have for it by its name, where that is not the one of its [`field_type`](ColumnType::field_type): one of an
    /// extension or a domain. Every field of the type has it, unless the field says another.
    ///
    /// # Example: a path of labels, `ltree` on Postgres
    ///
    /// ```
    /// use orm::fields::{Cell, ColumnType, DbTypeSpec, FieldType, Value};
    ///
    /// struct Topic(String);
    ///
    /// impl ColumnType for Topic {
    ///     type Base = Self;
    ///     const DB_TYPE: Option<DbTypeSpec> = Some(DbTypeSpec { postgres: Some("ltree"), sqlite: Some("TEXT") });
    ///
    ///     fn field_type() -> FieldType {
    ///         FieldType::Text
    ///     }
    ///
    ///     fn decode(cell: Cell<'_>) -> orm::Result<Self> {
    ///         cell.string().map(|path| Topic(path.to_owned()))
    ///     }
    ///
    ///     fn encode(&self) -> Value<'_> {
    ///         Value::from(self.0.as_str())
    ///     }
    /// }
    ///
    /// assert_eq!(Topic::DB_TYPE, Option::<Topic>::DB_TYPE);
    /// ```
    const DB_TYPE: Option<DbTypeSpec> = None;

    /// Whether a database generates a primary key of this type.
    #[doc(hidden)]
    const GENERATED_KEY: bool = false;

    /// The same facts as data.
    #[doc(hidden)]
    const COLUMN: ColumnFacts = ColumnFacts {
        ty: Self::field_type,
        null: Self::NULLABLE,
        choices: Self::CHOICES,
        db_type: Self::DB_TYPE,
    };

    /// The column's type.
    ///
    /// # Example: of Rust's types
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::{ColumnType, FieldType};
    ///
    /// assert_eq!(<Option<i64>>::field_type(), FieldType::BigInt);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn field_type() -> FieldType;

    /// Reads the type from a column.
    ///
    /// # Errors
    /// If the column holds something else, named by kind and never by value.
    ///
    /// # Example: NULL, read as an `Option`
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.query("SELECT NULL", &[], &mut |row| {
    ///     assert_eq!(row.get::<Option<i64>>(0)?, None);
    ///     assert!(row.get::<i64>(0).is_err());
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn decode(cell: Cell<'_>) -> Result<Self>;

    /// What its column stores: of a key to another row, what that one's column does. `None` where that is no single column.
    #[doc(hidden)]
    fn stored_type() -> Option<FieldType> {
        Some(Self::field_type())
    }

    /// Reads the type from a column of a row.
    #[doc(hidden)]
    // The body of `Row::cell`, so that models need not each call it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Self::decode(row.cell(index)?).map_err(|error| row.unreadable(index, error))
    }

    /// The value to bind.
    ///
    /// # Example: what is bound
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::{ColumnType, Value};
    ///
    /// assert_eq!(7_i64.encode(), Value::Int(7));
    /// assert_eq!(None::<i64>.encode(), Value::Null);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn encode(&self) -> Value<'_>;

    /// The value to bind, moved instead of copied.
    #[doc(hidden)]
    #[inline]
    fn into_value(self) -> Value<'static> {
        self.encode().into_owned()
    }
}

impl<T: ColumnType> ColumnType for Option<T>
where
    T: ColumnType<Base = T>,
{
    type Base = T;
    const NULLABLE: bool = true;
    const CHOICES: Option<&'static ChoicesFacts> = T::CHOICES;
    const DB_TYPE: Option<DbTypeSpec> = T::DB_TYPE;

    fn field_type() -> FieldType {
        T::field_type()
    }

    fn stored_type() -> Option<FieldType> {
        T::stored_type()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::decode(cell).map(Some),
        }
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        match self {
            Some(value) => value.encode(),
            None => Value::Null,
        }
    }

    #[inline]
    fn into_value(self) -> Value<'static> {
        self.map_or(Value::Null, T::into_value)
    }
}

impl<'a> Cell<'a> {
    /// The error for a cell that holds something other than `expected`.
    ///
    /// # Example: in a type of your own
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::Cell;
    ///
    /// let error = Cell::Null.mismatch("an address");
    /// assert!(error.to_string().starts_with("expected an address, the database holds NULL"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[cold]
    pub fn mismatch(&self, expected: &str) -> Error {
        let found = match self {
            Cell::Null => "NULL".to_owned(),
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(value) => match value {
                rusqlite::types::ValueRef::Null => "NULL",
                rusqlite::types::ValueRef::Integer(_) => "a whole number",
                rusqlite::types::ValueRef::Real(_) => "a floating-point number",
                rusqlite::types::ValueRef::Text(_) => "another string",
                rusqlite::types::ValueRef::Blob(_) => "other bytes",
            }
            .to_owned(),
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, _) => format!("a value of type {}", ty.name()),
            Cell::Other(_) => "nothing".to_owned(),
        };
        let hint = match self {
            Cell::Null => "let the field be an Option, or give those rows a value",
            _ => {
                "let the column be what the model says (`orm migrate`, where migrations make it), or give the field the type \
                 of the column"
            }
        };
        Error::new(
            Kind::Decode,
            format!("expected {expected}, the database holds {found}"),
        )
        .with_hint(hint)
    }

    /// A whole number of any width.
    ///
    /// # Errors
    /// If the column holds something else.
    ///
    /// # Example: a whole number
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.query("SELECT 7", &[], &mut |row| {
    ///     assert_eq!(row.cell(0)?.int()?, 7);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[inline]
    pub fn int(self) -> Result<i64> {
        match self {
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Integer(value)) => Ok(value),
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::int(ty, raw),
            other => Err(other.mismatch("a whole number")),
        }
    }

    /// A floating-point number of either width.
    ///
    /// # Errors
    /// If the column holds something else.
    ///
    /// # Example: a floating-point number
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.query("SELECT 4.5", &[], &mut |row| {
    ///     assert_eq!(row.cell(0)?.float()?, 4.5);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[inline]
    pub fn float(self) -> Result<f64> {
        match self {
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Real(value)) => Ok(value),
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Integer(value)) => Ok(value as f64),
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::float(ty, raw),
            other => Err(other.mismatch("a number")),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// If the column holds something else, or bytes that are not UTF-8.
    ///
    /// # Example: a string
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.query("SELECT 'x'", &[], &mut |row| {
    ///     assert_eq!(row.cell(0)?.string()?, "x");
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[inline]
    pub fn string(self) -> Result<&'a str> {
        match self {
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Text(text)) => {
                std::str::from_utf8(text).map_err(not_utf8)
            }
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::text(ty, raw),
            other => Err(other.mismatch("a string")),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// If the column holds something else.
    ///
    /// # Example: bytes
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.session()?.query("SELECT x'00ff'", &[], &mut |row| {
    ///     assert_eq!(row.cell(0)?.bytes()?, [0, 255]);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[inline]
    pub fn bytes(self) -> Result<&'a [u8]> {
        match self {
            #[cfg(feature = "sqlite")]
            Cell::Sqlite(rusqlite::types::ValueRef::Blob(bytes)) => Ok(bytes),
            #[cfg(feature = "postgres")]
            Cell::Postgres(ty, raw) => super::postgres::bytes(ty, raw),
            other => Err(other.mismatch("bytes")),
        }
    }
}

#[cold]
pub(crate) fn not_utf8(source: std::str::Utf8Error) -> Error {
    Error::new(
        Kind::Decode,
        "the database holds a string that is not valid UTF-8",
    )
    .with_source(source)
}
