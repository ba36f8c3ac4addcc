//! What the derive writes: static data, so that a hundred models cost the compiler almost nothing.
//!
//! The registry turns each [`ModelSpec`] into a [`ModelDef`](super::ModelDef) once, when the program first needs it.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

use crate::expr::RowExpr;
use crate::value::{ChoicesFacts, ColumnFacts, FieldType, Literal};

use super::{AssignedColumns, OnDelete};

/// A model as its source says it.
pub struct ModelSpec {
    /// Name of the struct.
    pub name: &'static str,
    /// `module_path!()` of the struct; decides the app.
    pub module: &'static str,
    /// File and line of the struct, for messages.
    pub location: &'static str,
    /// `#[orm(table = "…")]`
    pub table: Option<&'static str>,
    /// `#[orm(comment = "…")]`
    pub comment: Option<&'static str>,
    /// Fields in order, also those that are no columns.
    pub fields: &'static [FieldSpec],
    /// `#[orm(ordering("-published_at", "id"))]`
    pub ordering: &'static [&'static str],
    /// `#[orm(index("author", "-published_at"))]`
    pub indexes: &'static [IndexSpec],
    /// `#[orm(unique("author", "slug"))]`
    pub uniques: &'static [IndexSpec],
    /// `#[orm(check("name", |p| ..))]`
    pub checks: &'static [CheckSpec],
    /// `#[orm(unmanaged)]`
    pub unmanaged: bool,
    /// `#[orm(renamed_from = "…")]`
    pub renamed_from: Option<&'static str>,
    /// [`Model::fill`](super::Model::fill), if defaults are made in code.
    pub fill: Option<fn(&mut AssignedColumns)>,
}

impl ModelSpec {
    /// A model that says nothing yet; a derive writes its fields and what differs.
    pub const fn new(name: &'static str, module: &'static str, location: &'static str) -> Self {
        ModelSpec {
            name,
            module,
            location,
            table: None,
            comment: None,
            fields: &[],
            ordering: &[],
            indexes: &[],
            uniques: &[],
            checks: &[],
            unmanaged: false,
            renamed_from: None,
            fill: None,
        }
    }
}

/// A field as its source says it.
pub struct FieldSpec {
    /// Name in the struct, without `r#`.
    pub name: &'static str,
    /// Kind of column of the field's type.
    pub ty: fn() -> FieldType,
    /// Whether the type is an `Option`.
    pub null: bool,
    /// Allowed texts of the field's type.
    pub choices: Option<&'static ChoicesFacts>,
    /// For relations.
    pub relation: Option<RelationSpec>,
    /// `#[orm(primary_key)]`, or the field is named `id`.
    pub primary_key: bool,
    /// Whether the database generates the key: an integer primary key without a default.
    pub generated: bool,
    /// `#[orm(unique)]`
    pub unique: bool,
    /// `#[orm(index)]`, `#[orm(index = false)]`; foreign keys have one unless told otherwise.
    pub index: Option<bool>,
    /// `#[orm(max_length = 200)]`
    pub max_length: Option<u32>,
    /// `#[orm(max_digits = 10)]`
    pub max_digits: Option<u32>,
    /// `#[orm(decimal_places = 2)]`
    pub decimal_places: Option<u32>,
    /// `#[orm(default = 0)]`
    pub default: Option<fn() -> crate::error::Result<Literal>>,
    /// `#[orm(default_fn = path)]`, or a UUID primary key, which defaults to a version 7.
    pub default_in_code: bool,
    /// `#[orm(db_default = now)]`, `random_uuid`, or `db_default(sqlite = "…", postgres = "…")`
    pub db_default: Option<DbDefaultSpec>,
    /// `#[orm(generated = |p| ..)]`
    pub generated_as: Option<GeneratedSpec>,
    /// `#[orm(auto_now)]`
    pub auto_now: bool,
    /// `#[orm(auto_now_add)]`
    pub auto_now_add: bool,
    /// `#[orm(column = "…")]`
    pub column: Option<&'static str>,
    /// `#[orm(table = "…")]`: the join table of a many-to-many field
    pub table: Option<&'static str>,
    /// `#[orm(comment = "…")]`
    pub comment: Option<&'static str>,
    /// `#[orm(renamed_from = "…")]`
    pub renamed_from: Option<&'static str>,
}

impl FieldSpec {
    /// A field with nothing set; a derive writes only what differs.
    pub const EMPTY: FieldSpec = FieldSpec {
        name: "",
        ty: || FieldType::BigInt,
        null: false,
        choices: None,
        relation: None,
        primary_key: false,
        generated: false,
        unique: false,
        index: None,
        max_length: None,
        max_digits: None,
        decimal_places: None,
        default: None,
        default_in_code: false,
        db_default: None,
        generated_as: None,
        auto_now: false,
        auto_now_add: false,
        column: None,
        table: None,
        comment: None,
        renamed_from: None,
    };

    /// A column.
    pub const fn column(name: &'static str, facts: ColumnFacts) -> Self {
        FieldSpec {
            name,
            ty: facts.ty,
            null: facts.null,
            choices: facts.choices,
            ..Self::EMPTY
        }
    }

    /// A key of another row.
    pub const fn relation(name: &'static str, facts: ColumnFacts, relation: RelationSpec) -> Self {
        FieldSpec {
            relation: Some(relation),
            ..Self::column(name, facts)
        }
    }

    /// Rows through a join table.
    pub const fn many_to_many(name: &'static str, relation: RelationSpec) -> Self {
        FieldSpec {
            name,
            ty: || FieldType::ManyToMany,
            relation: Some(relation),
            ..Self::EMPTY
        }
    }
}

/// Where a relation leads.
pub struct RelationSpec {
    /// The model pointed at, by the place of its resolved form; the registry knows whose place it is. A function, because
    /// models point at each other in circles, and not to the target's `ModelSpec`: the compiler follows static data into
    /// what it names, each step on the stack, and a chain of 130 models would be deeper than it goes.
    pub slot: fn() -> &'static MetaSlot,
    /// `#[orm(on_delete = Cascade)]`
    pub on_delete: Option<OnDelete>,
    /// `#[orm(related_name = "posts")]`
    pub related_name: Option<&'static str>,
}

impl RelationSpec {
    /// A relation to `M`.
    pub const fn to<M>(on_delete: Option<OnDelete>, related_name: Option<&'static str>) -> Self
    where
        M: super::Model,
        <M::Key as super::PrimaryKey>::Width: super::SingleColumnKey,
    {
        RelationSpec {
            slot: M::slot,
            on_delete,
            related_name,
        }
    }
}

/// A default that the database computes.
#[derive(Clone, Copy)]
pub enum DbDefaultSpec {
    /// `now`
    Now,
    /// `random_uuid`
    RandomUuid,
    /// Text per backend
    Sql {
        /// For SQLite
        sqlite: Option<&'static str>,
        /// For Postgres
        postgres: Option<&'static str>,
    },
}

/// A column that the database computes.
#[derive(Clone, Copy)]
pub struct GeneratedSpec {
    /// Builds the expression from the closure in the attribute.
    pub expression: fn() -> crate::error::Result<RowExpr>,
    /// `virtual`
    pub computed_on_read: bool,
}

/// An index or unique constraint over fields.
pub struct IndexSpec {
    /// `name = "…"`, otherwise made from table and columns.
    pub name: Option<&'static str>,
    /// Fields in order, `-` in front for descending.
    pub fields: &'static [&'static str],
    /// `message = "…"`, for a unique constraint.
    pub message: Option<&'static str>,
}

impl IndexSpec {
    /// Over these fields, with nothing else said.
    pub const fn over(fields: &'static [&'static str]) -> Self {
        IndexSpec {
            name: None,
            fields,
            message: None,
        }
    }
}

/// A check over the fields of one row.
pub struct CheckSpec {
    /// Name in the database.
    pub name: &'static str,
    /// Builds the condition from the closure in the attribute.
    pub condition: fn() -> crate::error::Result<RowExpr>,
    /// `message = "…"`
    pub message: Option<&'static str>,
}

/// The place of one model's resolved form, filled on first use.
#[derive(Default)]
pub struct MetaSlot {
    pub(crate) meta: OnceLock<&'static super::ModelMeta>,
    /// The path that names the model, once it has one; 0 until then.
    pub(crate) start: AtomicU32,
}

impl MetaSlot {
    /// An empty slot.
    pub const fn new() -> Self {
        MetaSlot {
            meta: OnceLock::new(),
            start: AtomicU32::new(0),
        }
    }
}
