//! What the derive writes: static data, so that even a hundred models cost the compiler almost nothing.
//!
//! The registry turns each [`ModelSpec`] into a [`ModelDef`](super::ModelDef) once, when the program first needs it.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

use crate::expr::RowExpr;
use crate::value::{ChoicesFacts, ColumnFacts, DbTypeSpec, FieldType, Literal};

use super::check_spec::CheckSpec;
use super::identity::IdentityDef;
use super::table_object_spec::{GrantSpec, PolicySpec, TriggerSpec};
use super::{
    AssignedColumns, Deferrable, IndexMethod, NullsOrder, ReferentialAction, ScopeSpec, SearchWeight,
    ViewSpec,
};

/// A model as written in the source.
pub struct ModelSpec {
    /// The struct's name.
    pub name: &'static str,
    /// The struct's `module_path!()`, which decides the app.
    pub module: &'static str,
    /// The struct's file and line, for messages.
    pub location: &'static str,
    /// `#[orm(table = "…")]`
    pub table: Option<&'static str>,
    /// `#[orm(schema = "…")]`
    pub schema: Option<&'static str>,
    /// `#[orm(comment = "…")]`
    pub comment: Option<&'static str>,
    /// `#[orm(with(fillfactor = 70))]`
    pub with: &'static [(&'static str, &'static str)],
    /// `#[orm(without_rowid)]`
    pub without_rowid: bool,
    /// All fields in order, including those without a column.
    pub fields: &'static [FieldSpec],
    /// `#[orm(ordering("-published_at", "id"))]`
    pub ordering: &'static [&'static str],
    /// `#[orm(index("author", "-published_at"))]`
    pub indexes: &'static [IndexSpec],
    /// `#[orm(unique("author", "slug"))]`
    pub uniques: &'static [IndexSpec],
    /// `#[orm(exclude(("room", "="), (|b| b.who, "<>")))]`
    pub exclusions: &'static [ExclusionSpec],
    /// `#[orm(check("name", |p| ..))]`
    pub checks: &'static [CheckSpec],
    /// `#[orm(foreign_key("region", fields("country", "code"), to = Region))]`
    pub foreign_keys: &'static [CompositeForeignKeySpec],
    /// `#[orm(search(("title", "A"), "body", language = "english"))]`
    pub searches: &'static [SearchSpec],
    /// `#[orm(trigger(name = "..", before, update, ..))]`
    pub triggers: &'static [TriggerSpec],
    /// `#[orm(policy(name = "..", using = |p| ..))]`
    pub policies: &'static [PolicySpec],
    /// `#[orm(row_security)]`, and whether it says `force`
    pub row_security: Option<bool>,
    /// `#[orm(grant(select, to = ".."))]`
    pub grants: &'static [GrantSpec],
    /// `#[orm(scope("alive", |p| ..))]`
    pub scopes: &'static [ScopeSpec],
    /// `#[orm(unmanaged)]`
    pub unmanaged: bool,
    /// `#[orm(view(".."))]`
    pub view: Option<ViewSpec>,
    /// `#[orm(renamed_from = "…")]`
    pub renamed_from: Option<&'static str>,
    /// [`Model::fill`](super::Model::fill), if Rust code computes defaults.
    pub fill: Option<fn(&mut AssignedColumns)>,
}

impl ModelSpec {
    /// A model with nothing set; the derive writes its fields and whatever differs.
    pub const fn new(name: &'static str, module: &'static str, location: &'static str) -> Self {
        ModelSpec {
            name,
            module,
            location,
            table: None,
            schema: None,
            comment: None,
            with: &[],
            without_rowid: false,
            fields: &[],
            ordering: &[],
            indexes: &[],
            uniques: &[],
            exclusions: &[],
            checks: &[],
            foreign_keys: &[],
            searches: &[],
            triggers: &[],
            policies: &[],
            row_security: None,
            grants: &[],
            scopes: &[],
            unmanaged: false,
            view: None,
            renamed_from: None,
            fill: None,
        }
    }
}

/// A field as written in the source.
#[derive(Clone, Copy)]
pub struct FieldSpec {
    /// The name in the struct, without `r#`.
    pub name: &'static str,
    /// The column type of the field's Rust type.
    pub ty: fn() -> FieldType,
    /// Whether the type is an `Option`.
    pub null: bool,
    /// The allowed strings of the field's type.
    pub choices: Option<&'static ChoicesFacts>,
    /// The target, for relations.
    pub relation: Option<RelationSpec>,
    /// `#[orm(primary_key)]`, or the field is named `id`.
    pub primary_key: bool,
    /// Whether the database counts it up: an integer primary key without a default, or a column with `identity`.
    pub generated: bool,
    /// `#[orm(identity(start = 1000))]`
    pub identity: Option<&'static IdentityDef>,
    /// `#[orm(unique)]`
    pub unique: bool,
    /// `#[orm(index)]`, `#[orm(index = false)]`; foreign keys have an index by default.
    pub index: Option<bool>,
    /// `#[orm(max_length = 200)]`
    pub max_length: Option<u32>,
    /// `#[orm(max_digits = 10)]`
    pub max_digits: Option<u32>,
    /// `#[orm(decimal_places = 2)]`
    pub decimal_places: Option<u32>,
    /// `#[orm(default = 0)]`
    pub default: Option<fn() -> crate::error::Result<Literal>>,
    /// `#[orm(default_fn = path)]`, or a UUID primary key, whose default is version 7.
    pub default_in_code: bool,
    /// `#[orm(db_default = now)]`, `random_uuid`, or `db_default(sqlite = "…", postgres = "…")`
    pub db_default: Option<DbDefaultSpec>,
    /// `#[orm(db_type(sqlite = "…", postgres = "…"))]`
    pub db_type: Option<DbTypeSpec>,
    /// `#[orm(generated = |p| ..)]`
    pub generated_as: Option<GeneratedSpec>,
    /// `#[orm(auto_now)]`
    pub auto_now: bool,
    /// `#[orm(auto_now_add)]`
    pub auto_now_add: bool,
    /// `#[orm(version)]`
    pub version: bool,
    /// `#[orm(column = "…")]`
    pub column: Option<&'static str>,
    /// `#[orm(collation = "…")]`
    pub collation: Option<&'static str>,
    /// `#[orm(table = "…")]`: the join table of a many-to-many field
    pub table: Option<&'static str>,
    /// `#[orm(comment = "…")]`
    pub comment: Option<&'static str>,
    /// `#[orm(renamed_from = "…")]`
    pub renamed_from: Option<&'static str>,
    /// Where it comes from, if it is the field of an embed.
    pub embedded: Option<EmbeddedSpec>,
}

/// A field of an embed, as one of the struct that has the embed.
#[derive(Clone, Copy)]
pub struct EmbeddedSpec {
    /// As closures say it: `address.city`.
    pub path: &'static str,
    /// Which of the embeds on the path are `Option`s, a bit each, the first of the path first.
    pub optional: u32,
    /// Whether a value of the innermost of them always has it.
    pub required: bool,
}

impl FieldSpec {
    /// A field with nothing set; the derive writes whatever differs.
    pub const EMPTY: FieldSpec = FieldSpec {
        name: "",
        ty: || FieldType::BigInt,
        null: false,
        choices: None,
        relation: None,
        primary_key: false,
        generated: false,
        identity: None,
        unique: false,
        index: None,
        max_length: None,
        max_digits: None,
        decimal_places: None,
        default: None,
        default_in_code: false,
        db_default: None,
        db_type: None,
        generated_as: None,
        auto_now: false,
        auto_now_add: false,
        version: false,
        column: None,
        collation: None,
        table: None,
        comment: None,
        renamed_from: None,
        embedded: None,
    };

    /// The field as closures say it: `title`, `address.city`.
    pub const fn path(&self) -> &'static str {
        match self.embedded {
            Some(embedded) => embedded.path,
            None => self.name,
        }
    }

    /// Whether what has this field always has a value of it, that a program gives.
    pub(super) const fn is_required(&self) -> bool {
        !self.null && self.generated_as.is_none()
    }

    /// A column.
    pub const fn column(name: &'static str, facts: ColumnFacts) -> Self {
        FieldSpec {
            name,
            ty: facts.ty,
            null: facts.null,
            choices: facts.choices,
            db_type: facts.db_type,
            ..Self::EMPTY
        }
    }

    /// A foreign key.
    pub const fn relation(name: &'static str, facts: ColumnFacts, relation: RelationSpec) -> Self {
        FieldSpec {
            relation: Some(relation),
            ..Self::column(name, facts)
        }
    }

    /// A many-to-many field.
    pub const fn many_to_many(name: &'static str, relation: RelationSpec) -> Self {
        FieldSpec {
            name,
            ty: || FieldType::ManyToMany,
            relation: Some(relation),
            ..Self::EMPTY
        }
    }
}

/// The target of a relation.
#[derive(Clone, Copy)]
pub struct RelationSpec {
    /// The target model's slot, which the registry maps to the model. A function, because models refer to each other
    /// in cycles; and not a reference to the target's `ModelSpec`, because the compiler follows static data into
    /// whatever it refers to, recursively, and overflows its stack on a chain of some 130 models.
    pub slot: fn() -> &'static MetaSlot,
    /// `#[orm(to = "code")]`
    pub to: Option<&'static str>,
    /// `#[orm(on_delete = Cascade)]`
    pub on_delete: Option<ReferentialAction>,
    /// `#[orm(on_update = Cascade)]`
    pub on_update: Option<ReferentialAction>,
    /// `#[orm(deferrable = Immediate)]`
    pub deferrable: Option<Deferrable>,
    /// `#[orm(db_constraint = false)]`
    pub db_constraint: bool,
    /// `#[orm(not_valid)]`
    pub not_valid: bool,
    /// `#[orm(related_name = "posts")]`
    pub related_name: Option<&'static str>,
    /// `#[orm(through = Membership)]`
    pub through: Option<fn() -> &'static MetaSlot>,
    /// `#[orm(through_fields("person", "group"))]`
    pub through_fields: &'static [&'static str],
    /// `#[orm(symmetrical)]`
    pub symmetrical: bool,
}

impl RelationSpec {
    /// A relation to `M`.
    pub const fn to<M>(on_delete: Option<ReferentialAction>, related_name: Option<&'static str>) -> Self
    where
        M: super::Model,
        <M::Key as super::PrimaryKey>::Width: super::SingleColumnKey,
    {
        Self::to_any::<M>(on_delete, related_name)
    }

    /// A relation to a column of `M` that is not its primary key.
    pub const fn to_field<M: super::Model>(
        field: &'static str,
        on_delete: Option<ReferentialAction>,
        related_name: Option<&'static str>,
    ) -> Self {
        RelationSpec {
            to: Some(field),
            ..Self::to_any::<M>(on_delete, related_name)
        }
    }

    /// A relation to many rows of `M`, through a join table or a model between.
    pub const fn to_many<M: super::Model>(related_name: Option<&'static str>) -> Self {
        Self::to_any::<M>(None, related_name)
    }

    const fn to_any<M: super::Model>(
        on_delete: Option<ReferentialAction>,
        related_name: Option<&'static str>,
    ) -> Self {
        RelationSpec {
            slot: M::slot,
            to: None,
            on_delete,
            on_update: None,
            deferrable: None,
            db_constraint: true,
            not_valid: false,
            related_name,
            through: None,
            through_fields: &[],
            symmetrical: false,
        }
    }
}

/// What is known of a field while the program is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KnownField {
    /// It is the primary key, alone.
    Key,
    /// No two rows have the same value, or only the registry can tell.
    Unique,
    /// Several rows may have the same value.
    Repeated,
}

impl ModelSpec {
    /// Whether a foreign key can point at a field, as far as the compiler can tell. (The name of a field that is not there is an error of
    /// its own.)
    pub const fn known_field(&self, name: &str) -> KnownField {
        let (mut at, mut keys, mut found) = (0, 0, KnownField::Unique);
        let mut is_key = false;
        while at < self.fields.len() {
            let field = &self.fields[at];
            if field.primary_key {
                keys += 1;
            }
            if same(field.name, name) {
                is_key = field.primary_key;
                // Whether a relation is a `OneToOne` is a fact of its type, which only a running program has.
                if !field.unique && field.relation.is_none() {
                    found = KnownField::Repeated;
                }
            }
            at += 1;
        }
        match is_key && keys == 1 {
            true => KnownField::Key,
            false => found,
        }
    }

    /// Whether a field is a foreign key that points at another column than the primary key.
    pub const fn points_elsewhere(&self, name: &str) -> bool {
        let mut at = 0;
        while at < self.fields.len() {
            let field = &self.fields[at];
            if same(field.name, name)
                && let Some(relation) = &field.relation
            {
                return relation.to.is_some();
            }
            at += 1;
        }
        false
    }
}

/// `==`, which a constant cannot say of strings.
pub(super) const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A default that the database computes.
#[derive(Clone, Copy)]
pub enum DbDefaultSpec {
    /// `now`
    Now,
    /// `random_uuid`
    RandomUuid,
    /// SQL per backend
    Sql {
        /// For SQLite
        sqlite: Option<&'static str>,
        /// For Postgres
        postgres: Option<&'static str>,
    },
}

/// A generated column.
#[derive(Clone, Copy)]
pub struct GeneratedSpec {
    /// Builds the expression from the closure in the attribute.
    pub expression: fn() -> crate::error::Result<RowExpr>,
    /// `virtual`
    pub computed_on_read: bool,
}

/// An index or unique constraint.
pub struct IndexSpec {
    /// `name = "…"`; by default it is derived from the table and the columns.
    pub name: Option<&'static str>,
    /// The fields in order, with a leading `-` for descending, where no part says more.
    pub fields: &'static [&'static str],
    /// What it is over in order, where a part says more than a field and its direction.
    pub parts: &'static [PartSpec],
    /// `where = |p| ..`
    pub condition: Option<fn() -> crate::error::Result<RowExpr>>,
    /// `include("…")`
    pub include: &'static [&'static str],
    /// `method = gin`
    pub method: IndexMethod,
    /// `with(fillfactor = 70)`
    pub with: &'static [(&'static str, &'static str)],
    /// `message = "…"`, for a unique constraint.
    pub message: Option<&'static str>,
    /// `nulls_not_distinct`, for a unique constraint.
    pub nulls_not_distinct: bool,
    /// `deferrable = Deferred`, for a unique constraint.
    pub deferrable: Deferrable,
}

/// A search of full text.
pub struct SearchSpec {
    /// What queries call it.
    pub name: &'static str,
    /// The fields that are searched, and how much each counts.
    pub fields: &'static [(&'static str, SearchWeight)],
    /// `language = "…"`
    pub language: &'static str,
    /// `tokenizer = "…"`
    pub tokenizer: Option<&'static str>,
}

/// An exclusion constraint.
pub struct ExclusionSpec {
    /// What it is over, and how its index is kept.
    pub over: IndexSpec,
    /// How two rows are compared at each part, as SQL writes it.
    pub operators: &'static [&'static str],
}

/// One part of an index or unique constraint.
pub struct PartSpec {
    /// What stands there.
    pub key: KeySpec,
    /// `desc`
    pub descending: bool,
    /// `nulls = first`
    pub nulls: Option<NullsOrder>,
    /// `collation = "…"`
    pub collation: Option<&'static str>,
    /// `operators = "…"`
    pub operator_class: Option<&'static str>,
}

/// What a part is.
pub enum KeySpec {
    /// `"field"`
    Field(&'static str),
    /// `|p| ..`
    Expression(fn() -> crate::error::Result<RowExpr>),
}

impl PartSpec {
    /// A part that says nothing else.
    pub const fn of(key: KeySpec) -> Self {
        PartSpec {
            key,
            descending: false,
            nulls: None,
            collation: None,
            operator_class: None,
        }
    }
}

impl IndexSpec {
    /// Over these fields, with nothing else set.
    pub const fn over(fields: &'static [&'static str]) -> Self {
        IndexSpec {
            name: None,
            fields,
            parts: &[],
            condition: None,
            include: &[],
            method: IndexMethod::Btree,
            with: &[],
            message: None,
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
        }
    }
}

/// A foreign key over several columns.
pub struct CompositeForeignKeySpec {
    /// The relation.
    pub relation: &'static str,
    /// `name = "…"`; by default it is derived from the table and the relation.
    pub name: Option<&'static str>,
    /// The fields that hold the key.
    pub fields: &'static [&'static str],
    /// The fields that it points at; none for those of the primary key.
    pub to_fields: &'static [&'static str],
    /// `index = false`; its fields have an index by default.
    pub index: bool,
    /// The target, and what happens to a row without one.
    pub target: RelationSpec,
}

impl ModelSpec {
    /// The number of a foreign key over several columns among all relations: they are counted behind the fields.
    pub const fn composite_relation(&self, key: u16) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "a struct has fewer fields")]
        let fields = self.fields.len() as u16;
        fields + key
    }
}

impl CompositeForeignKeySpec {
    /// A foreign key to the primary key of `M`, with nothing else set.
    pub const fn to<M: super::Model>(relation: &'static str, fields: &'static [&'static str]) -> Self {
        CompositeForeignKeySpec {
            relation,
            name: None,
            fields,
            to_fields: &[],
            index: true,
            target: RelationSpec::to_any::<M>(None, None),
        }
    }
}

/// Holds one model's resolved form, filled on first use.
#[derive(Default)]
pub struct MetaSlot {
    pub(crate) meta: OnceLock<&'static super::ModelMeta>,
    /// The path that names the model; 0 until it is interned.
    pub(crate) start: AtomicU32,
}

// Models lead to each other in cycles.
impl fmt::Debug for MetaSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetaSlot").finish_non_exhaustive()
    }
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
