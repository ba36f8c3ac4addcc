//! What a row of SQL by hand is read as.

use smallvec::SmallVec;

use crate::error::{Error, Kind, Result};
use crate::model::{Model, ModelMeta};
use crate::plan::error_context::decoded;
use crate::registry::meta;
use crate::value::{ColumnType, ReorderedRow, Row};

/// What a row of SQL by hand can be read as: a model, by the names of its columns; a tuple, by position; or a single value.
///
/// Columns that a model does not have are left alone, and their order does not matter. A tuple has as many elements as the
/// result has columns.
///
/// # Example: in the signature of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::SqlRow;
///
/// fn newest<T: SqlRow>(db: &Db) -> orm::Result<Option<T>> {
///     orm::sql("SELECT * FROM blog_tag ORDER BY id DESC", ()).rows().first(db)
/// }
/// assert_eq!(newest::<Tag>(&db)?.unwrap().label, "sql");
/// assert_eq!(newest::<(i64, String)>(&db)?.unwrap().1, "sql");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a row cannot be read as `{Self}`",
    label = "expected a model, a tuple of values or a single value",
    note = "a model derives `Model` and is read by the names of its columns; a tuple has one value for each column of the result",
    note = "what may be NULL is an `Option`, and what serde reads is `Json<{Self}>`"
)]
pub trait SqlRow: Sized + Send + 'static {
    /// Where its columns are in the result.
    #[doc(hidden)]
    type Columns: Send + 'static;

    #[doc(hidden)]
    fn columns(row: &Row<'_>) -> Result<Self::Columns>;

    #[doc(hidden)]
    fn read(row: &Row<'_>, columns: &Self::Columns) -> Result<Self>;
}

impl<T: ColumnType> SqlRow for T {
    type Columns = ();

    fn columns(row: &Row<'_>) -> Result<()> {
        ensure_width(row, 1)
    }

    fn read(row: &Row<'_>, (): &()) -> Result<Self> {
        row.get(0)
    }
}

#[cold]
fn wrong_width(found: usize, read: usize) -> Error {
    let columns = if found == 1 { "column" } else { "columns" };
    let values = if read == 1 { "1 value is" } else { "values are" };
    let count = if read == 1 {
        String::new()
    } else {
        format!("{read} ")
    };
    Error::new(
        Kind::Decode,
        format!("the result has {found} {columns}, and {count}{values} read of each row"),
    )
    .with_hint(
        "a tuple has an element for each column of the result; a model is read by the names of its columns",
    )
}

fn ensure_width(row: &Row<'_>, read: usize) -> Result<()> {
    match row.width() {
        found if found == read => Ok(()),
        found => Err(wrong_width(found, read)),
    }
}

macro_rules! tuples {
    ($($count:literal $($name:ident $at:tt)+;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: ColumnType),+> SqlRow for ($($name,)+) {
            type Columns = ();

            fn columns(row: &Row<'_>) -> Result<()> {
                ensure_width(row, $count)
            }

            fn read(row: &Row<'_>, (): &()) -> Result<Self> {
                Ok(($(row.get::<$name>($at)?,)+))
            }
        }
    )+};
}
tuples! {
    1 A 0;
    2 A 0 B 1;
    3 A 0 B 1 C 2;
    4 A 0 B 1 C 2 D 3;
    5 A 0 B 1 C 2 D 3 E 4;
    6 A 0 B 1 C 2 D 3 E 4 F 5;
    7 A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

/// Where the columns of a model are in a result.
#[doc(hidden)]
#[derive(Debug)]
pub struct ModelColumns {
    model: &'static ModelMeta,
    /// `None` where the model's columns come first and in its own order.
    at: Option<Vec<usize>>,
}

impl ModelColumns {
    /// Finds the columns of a model by their names.
    ///
    /// # Errors
    /// If one is not there, or twice.
    pub fn of<M: Model>(row: &Row<'_>) -> Result<Self> {
        let model = meta(M::slot())?;
        let names: Vec<&str> = (0..row.width()).filter_map(|at| row.column_name(at)).collect();
        let mut at = Vec::with_capacity(model.columns.len());
        for column in &model.columns {
            // SQLite calls the second column `name` of a `WITH` `name:1`, and a cursor of a transaction reads from one.
            let is_another = |name: &&str| {
                let number = name
                    .strip_prefix(column.column.as_str())
                    .and_then(|rest| rest.strip_prefix(':'));
                number.is_some_and(|number| number.parse::<u32>().is_ok())
            };
            let exact = (0..).zip(&names).filter(|(_, name)| ***name == column.column);
            let exact: SmallVec<[usize; 2]> = exact.map(|(position, _)| position).collect();
            let is_alone = exact.len() == 1 && !names.iter().any(is_another);
            let field = format!("{}.{}", model.def.key(), column.name);
            let error = match exact[..] {
                [position] if is_alone => {
                    at.push(position);
                    continue;
                }
                [] => Error::new(
                    Kind::Decode,
                    format!("the result has no column `{}`, which {field} is read from", column.column),
                )
                .with_hint("select every column of the model, by its name or `AS` it; or read a tuple of those that are needed"),
                _ => Error::new(
                    Kind::Decode,
                    format!("the result has several columns `{}`, and {field} is read from one", column.column),
                )
                .with_hint("select the columns of one table, as in `SELECT p.* FROM ..`, or name the others by `AS`"),
            };
            return Err(error.with_fields(vec![column.name.clone()]));
        }
        let in_order = (0..).zip(&at).all(|(position, at)| position == *at);
        Ok(ModelColumns {
            model,
            at: (!in_order).then_some(at),
        })
    }

    /// Reads a row of the model.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    pub fn read<M: Model>(&self, row: &Row<'_>) -> Result<M> {
        let read = match &self.at {
            None => decoded(row, 0),
            Some(columns) => {
                let row = ReorderedRow { row: *row, columns };
                decoded(&row.as_row(), 0)
            }
        };
        read.map_err(|error: Error| error.context(format!("reading {}", self.model.def.key())))
    }
}
