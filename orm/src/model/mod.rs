//! Models as data and as Rust types: what the derive writes down and what everything above reads.

mod assigned_columns;
mod choices;
mod def;
mod index;
mod join;
mod key;
mod meta;
mod names;
mod relation;
mod snake_case;
mod spec;
mod stored;

pub use crate::expr::RowExpr;
pub use assigned_columns::ColumnSet;
#[doc(hidden)]
pub use assigned_columns::{AssignedColumns, fill};
pub use choices::{Choices, decode_choice};
pub use def::*;
pub use index::{ConstraintDef, IndexDef, IndexKey, IndexPart, UniqueDef};
pub use join::{Inner, Join, Outer};
#[doc(hidden)]
pub use key::{Composite, Single, SingleColumnKey};
pub use key::{IntoKey, PrimaryKey};
pub use meta::{ColumnMeta, EnumMeta, ModelMeta};
pub use names::{MAX_IDENTIFIER, constraint_name, enum_name};
pub use relation::{ForeignKey, ManyToMany, OneToOne, Reference};
pub use snake_case::snake_case;
pub use spec::*;
pub(crate) use stored::{stored, target};

use crate::error::Result;
use crate::expr::RowSource;
use crate::value::{Row, Value};

/// A struct whose values are rows of a table. Derive it; nothing here is called by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add #[derive(Model)] to the struct"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The struct's fields as parts of a query: what closures such as `filter(|p| ..)` are given.
    type Fields<J: Join>: HasRowSource + Copy + Send + Sync + 'static;
    /// Type of the primary key: of its column, or a tuple of the types of its columns in the order of the struct.
    type Key: PrimaryKey;
    /// The builder that `Post::create()` returns, with nothing set.
    type Create: Default;

    /// What the derive read from the source, as static data.
    const SPEC: &'static ModelSpec;

    /// Whether the database computes columns of a row, which a save then reads back.
    #[doc(hidden)]
    const COMPUTED: bool = false;

    /// The fields of the rows found at a place of a query.
    fn fields<J: Join>(at: RowSource) -> Self::Fields<J>;

    /// The primary key of this row.
    fn key(&self) -> Self::Key;

    /// Reads a row whose columns start at position `at`, in the order of the struct.
    ///
    /// # Errors
    /// If a column holds what its field cannot.
    fn decode(row: &Row<'_>, at: usize) -> Result<Self>;

    /// The values of all columns, in the order of the struct.
    fn encode<'a>(&'a self, out: &mut Vec<Value<'a>>);

    /// Sets the `auto_now` fields to now, before a save.
    fn touch(&mut self) {}

    /// Gives each column of a new row that is not given its default made in code, if it has one.
    #[doc(hidden)]
    fn fill(row: &mut AssignedColumns) {
        let _ = row;
    }

    /// Where the registry keeps the resolved model; one static per model.
    fn slot() -> &'static MetaSlot;
}

/// Reads back where a model's fields stand.
#[doc(hidden)]
pub trait HasRowSource {
    /// How their rows are joined.
    type Joined: Join;

    /// Where they stand.
    fn row_source(self) -> RowSource;
}
