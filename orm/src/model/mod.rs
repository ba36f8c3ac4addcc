//! Models, as data and as Rust types: what the derive writes and everything above reads.

mod assigned_columns;
mod check_spec;
mod choices;
mod composite_foreign_key;
mod constraint;
#[cfg(feature = "migrations")]
mod counting;
mod db_type;
mod def;
mod derived_column;
mod embed;
mod exclusion;
mod flatten;
mod grant;
mod identity;
mod index;
mod join;
mod join_table;
mod key;
mod meta;
mod names;
mod ordering;
mod policy;
mod qualified_name;
mod relation;
mod role;
mod scope;
mod search;
mod snake_case;
mod spec;
mod storage;
mod stored;
mod table_object;
mod table_object_spec;
mod through_keys;
mod trigger;
mod view;

pub use crate::expr::RowExpr;
pub use assigned_columns::ColumnSet;
#[doc(hidden)]
pub use assigned_columns::{AssignedColumns, fill};
pub use check_spec::CheckSpec;
pub use choices::{Choices, IntegerChoices, decode_choice, decode_number};
pub use composite_foreign_key::CompositeForeignKeyDef;
#[cfg(feature = "migrations")]
pub(crate) use composite_foreign_key::UniqueTogether;
pub use constraint::ConstraintDef;
#[cfg(feature = "migrations")]
pub(crate) use counting::Counting;
pub use db_type::DbType;
pub use def::*;
pub use derived_column::DerivedColumn;
pub(crate) use derived_column::{derived_column, is_derived};
pub use embed::Embed;
#[doc(hidden)]
pub use embed::{EmbedField, EmbedPlace};
pub use exclusion::{ExclusionDef, ExclusionOperator, ExclusionPart};
#[doc(hidden)]
pub use flatten::{EmbedSpec, flattened};
pub use grant::{GrantDef, Privilege};
pub use identity::IdentityDef;
pub use index::{IndexDef, IndexKey, IndexMethod, IndexPart, NullsOrder, UniqueDef};
pub use join::{Inner, Join, Outer};
#[doc(hidden)]
pub use key::{Composite, HoldsKey, KeyPairedWith, PairedWith, PointedAtBy, Single, SingleColumnKey};
pub use key::{IntoKey, KeyTo, Primary, PrimaryKey};
pub(crate) use meta::OrderingColumn;
pub use meta::{ColumnMeta, EnumMeta, ModelMeta};
pub use names::{MAX_IDENTIFIER, constraint_name, enum_name};
pub(crate) use ordering::OrderingTerm;
pub use policy::{PolicyCommand, PolicyDef, RowCondition, RowSecurityDef};
pub use qualified_name::QualifiedName;
pub use relation::{ForeignKey, ManyToMany, OneToOne, Reference};
pub use scope::ScopeName;
pub(crate) use scope::{LeftOut, ModelScope};
#[doc(hidden)]
pub use scope::{MAX_SCOPES, ScopeSpec, ScopeValues};
pub use search::{SearchDef, SearchWeight};
pub use snake_case::snake_case;
pub use spec::*;
pub use storage::TableStorage;
#[cfg(feature = "migrations")]
pub(crate) use storage::is_storage_parameter;
pub(crate) use stored::{stored, target};
pub use table_object::{TableObjectDef, TableObjectKind};
pub use table_object_spec::*;
pub(crate) use through_keys::ThroughKey;
pub use trigger::{TriggerDef, TriggerEvent, TriggerTiming};
pub use view::{ViewDef, ViewSpec};

use crate::error::Result;
use crate::expr::RowSource;
use crate::value::{Row, Value};

/// A struct whose values are rows of a table. [Derive it](derive@crate::Model); nothing here is called by hand but
/// [`key`](Model::key), in code that is generic over the model. What is called is in [`ModelExt`](crate::queries::ModelExt).
///
/// # Example: a function for every model
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
///
/// fn keys<M: Model>(rows: &[M]) -> Vec<M::Key> {
///     rows.iter().map(M::key).collect()
/// }
/// assert_eq!(keys(&Post::objects().all(&db)?), [1, 2]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a struct that is not a model
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// struct Plain;
/// let rows = QuerySet::<Plain>::new();
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add #[derive(Model)] to the struct"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The struct's fields as parts of a query: what closures such as `filter(|p| ..)` are given.
    type Fields<J: Join>: HasRowSource + Copy + Send + Sync + 'static;
    /// The primary key's type: that of its column, or a tuple of the types of its columns in struct order.
    type Key: PrimaryKey;
    /// The builder that `Post::create()` returns, with nothing set.
    type Create: Default;
    /// How its rows are joined where a relation leads to them: as the relation says, or as if they might not be there, if the model has
    /// scopes.
    #[doc(hidden)]
    type Seen<J: Join>: Join;

    /// What the derive read from the source, as static data.
    const SPEC: &'static ModelSpec;

    /// Whether the database computes columns of a row, which a save then reads back.
    #[doc(hidden)]
    const COMPUTED: bool = false;

    /// Whether a field counts the changes of a row: `#[orm(version)]`.
    #[doc(hidden)]
    const VERSIONED: bool = false;

    /// The fields of the rows of a row source.
    fn fields<J: Join>(at: RowSource) -> Self::Fields<J>;

    /// The primary key of this row.
    ///
    /// # Example: of a row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::Model;
    ///
    /// assert_eq!(Post::get(1, &db)?.key(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn key(&self) -> Self::Key;

    /// Reads a row whose columns start at position `at`, in struct order.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    fn decode(row: &Row<'_>, at: usize) -> Result<Self>;

    /// The values of all columns, in struct order.
    fn encode<'a>(&'a self, out: &mut Vec<Value<'a>>);

    /// Sets the `auto_now` fields to the current time, before a save.
    fn touch(&mut self) {}

    /// Assigns every unassigned column of a new row whose default Rust code computes.
    #[doc(hidden)]
    fn fill(row: &mut AssignedColumns) {
        let _ = row;
    }

    /// The slot in which the registry stores the resolved model; one static per model.
    fn slot() -> &'static MetaSlot;
}

/// A model whose rows are stored in a table of their own, so that they can be created, changed, deleted and locked: every model
/// but a view. The derive implements it; code that writes rows of any model asks for it.
///
/// # Example: a function that writes
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::Writable;
///
/// fn delete_all<M: Writable>(rows: &[M], db: &Db) -> orm::Result<()> {
///     rows.iter().try_for_each(|row| row.delete(db))
/// }
/// delete_all(&Comment::objects().all(&db)?, &db)?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a view has nothing to write
///
/// ```compile_fail,E0277
/// # use orm::prelude::*;
/// #[derive(Model)]
/// #[orm(view("SELECT 1 AS id"))]
/// struct One {
///     id: i64,
/// }
///
/// One::create();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a view: its rows are read, and can be neither created, changed, deleted nor locked",
    label = "not for a view",
    note = "change the rows of the models that the view reads"
)]
pub trait Writable: Model {}

/// A model that is a materialized view: its rows are stored, and read as they were when it was refreshed last. The derive implements it.
///
/// # Example: all of them the same way
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// use orm::models::Materialized;
///
/// fn refresh<M: Materialized>(db: &Db) -> orm::Result<()> {
///     M::refresh_view().concurrently().run(db)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a materialized view, so it has nothing to refresh",
    label = "not a materialized view",
    note = "a view whose rows are stored says `view(\"SELECT ..\", materialized)`"
)]
pub trait Materialized: Model {}

/// Fields that know the rows they refer to.
#[doc(hidden)]
pub trait HasRowSource {
    /// How those rows are joined.
    type Joined: Join;

    /// The rows.
    fn row_source(self) -> RowSource;
}
