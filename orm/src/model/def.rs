//! The one description of a model: the derive writes it, the registry resolves it, migrations store and replay it.
//!
//! A historical model is the same type, from an older state. All of it is plain data with a stable serialized form,
//! because migration files contain it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;
use crate::value::{FieldType, Literal};

use super::constraint::ConstraintDef;
use super::db_type::DbType;
use super::identity::IdentityDef;
use super::index::IndexDef;
use super::qualified_name::QualifiedName;
use super::snake_case::snake_case;
use super::storage::TableStorage;
use super::table_object::TableObjectDef;
use super::view::ViewDef;

/// `app.Model`: how models refer to each other in data.
///
/// # Example: as it is written
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::ModelKey;
///
/// assert_eq!(ModelKey::try_from("blog.Post".to_owned()), Ok(ModelKey::new("blog", "Post")));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ModelKey {
    /// Label of the app.
    pub app: String,
    /// The struct's name.
    pub model: String,
}

impl ModelKey {
    /// The key of `model` in `app`.
    ///
    /// # Example: a name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::models::ModelKey::new("blog", "Post").to_string(), "blog.Post");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(app: impl Into<String>, model: impl Into<String>) -> Self {
        ModelKey {
            app: app.into(),
            model: model.into(),
        }
    }
}

impl std::fmt::Display for ModelKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.app, self.model)
    }
}

impl From<ModelKey> for String {
    fn from(key: ModelKey) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for ModelKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('.') {
            Some((app, model)) if !app.is_empty() && !model.is_empty() => Ok(ModelKey::new(app, model)),
            _ => Err(format!(
                "`{text}` is not the name of a model; write it as `app.Model`"
            )),
        }
    }
}

/// What the database does with a row when the row that its foreign key refers to is deleted, or gets another key.
///
/// # Example: what a model says
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ModelKey, ReferentialAction, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// assert_eq!(post.def.field("author").and_then(|field| field.on_delete), Some(ReferentialAction::Cascade));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// The row is deleted too; of a key that changes, the foreign key follows.
    Cascade,
    /// The deletion is refused at once.
    Restrict,
    /// The deletion is refused, unless the referring rows are gone by the end of the transaction.
    #[default]
    NoAction,
    /// The foreign key becomes NULL.
    SetNull,
    /// The foreign key becomes its default.
    SetDefault,
}

/// When a foreign key or a unique constraint is checked.
///
/// # Example: a foreign key waits, unless it restricts
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{Deferrable, FieldDef, ModelKey, ReferentialAction, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// let author = post.def.field("author").expect("a field");
/// assert_eq!(author.deferrable(), Deferrable::Deferred);
/// let restricts = FieldDef {
///     on_delete: Some(ReferentialAction::Restrict),
///     ..author.clone()
/// };
/// assert_eq!(restricts.deferrable(), Deferrable::No);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrable {
    /// With every statement.
    #[default]
    No,
    /// With every statement, unless a transaction says `SET CONSTRAINTS .. DEFERRED` (Postgres).
    Immediate,
    /// At the end of the transaction.
    Deferred,
}

/// A default that the database computes.
///
/// # Example: none in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::registry;
///
/// assert!(registry()?.models().filter(|model| model.def.app == "blog").all(|model| model.def.fields.iter().all(|field| field.db_default.is_none())));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DbDefault {
    /// The current instant (or date, or time), in UTC.
    Now,
    /// A random UUID.
    RandomUuid,
    /// SQL in each backend's dialect, as the user wrote it.
    Sql {
        /// For SQLite.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sqlite: Option<String>,
        /// For Postgres.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        postgres: Option<String>,
    },
}

pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) fn yes() -> bool {
    true
}

pub(super) fn is_true(flag: &bool) -> bool {
    *flag
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One field of a model.
///
/// # Example: which fields may be left out
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ModelKey, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// let optional: Vec<&str> = post.def.fields.iter()
///     .filter(|field| field.null || field.default.is_some())
///     .map(|field| field.name.as_str())
///     .collect();
/// assert_eq!(optional, ["editor", "body", "views", "rating", "status", "published_at"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDef {
    /// The name in the struct.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: FieldType,
    /// The model that a relation refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ModelKey>,
    /// The field of that model that a foreign key points at, where it is not the primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_field: Option<String>,
    /// The model whose rows relate those of a many-to-many field, where that is not an automatic join table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<ModelKey>,
    /// The fields of that model which point at this model and at the target, where it has several that could be meant.
    #[serde(default, skip_serializing_if = "is_default")]
    pub through_fields: Vec<String>,
    /// Whether a many-to-many field of a model to itself relates both rows to each other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub symmetrical: bool,
    /// What happens when the referenced row is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<ReferentialAction>,
    /// What happens when the referenced row gets another key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_update: Option<ReferentialAction>,
    /// When the foreign key is checked; at the end of the transaction if left out, but with every statement where
    /// `on_delete` or `on_update` is RESTRICT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// Whether the relation is a foreign key in the database.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub db_constraint: bool,
    /// Whether rows that were there before the foreign key are not checked, where the database can leave that out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_valid: bool,
    /// The name of the reverse relation; `+` for none; by default `{model}_set` (`{model}` for a one-to-one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_name: Option<String>,
    /// Whether it is the primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary_key: bool,
    /// Whether the database counts it up: an integer primary key, or another column of whole numbers.
    #[serde(default, skip_serializing_if = "is_false")]
    pub generated: bool,
    /// How it counts, if not from 1 by 1.
    #[serde(default, skip_serializing_if = "IdentityDef::is_default")]
    pub identity: IdentityDef,
    /// Whether the column is nullable.
    #[serde(default, skip_serializing_if = "is_false")]
    pub null: bool,
    /// Whether its values are unique.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    /// Whether the column has an index of its own (foreign keys have one unless `index = false`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub index: bool,
    /// The most characters of a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The most digits of a decimal, before and after the decimal point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_digits: Option<u32>,
    /// The most digits of a decimal after the decimal point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal_places: Option<u32>,
    /// The allowed strings.
    #[serde(default, skip_serializing_if = "is_default")]
    pub choices: Vec<String>,
    /// The name of the enum type that holds the allowed strings, where the database has such types; behind the schema of the model and a
    /// dot, where it has one. The type belongs to the model's app, and every field of that type allows the same strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_type: Option<String>,
    /// The expression of a generated column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_as: Option<GeneratedDef>,
    /// A literal default; the database has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Literal>,
    /// Whether Rust code computes the default (`default_fn`, a UUID primary key, `auto_now…`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub default_in_code: bool,
    /// A default that the database computes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_default: Option<DbDefault>,
    /// The type of the column by its name, if it is not the one that the field has by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_type: Option<DbType>,
    /// Set to the current time whenever the row is saved.
    #[serde(default, skip_serializing_if = "is_false")]
    pub auto_now: bool,
    /// Set to the current time when the row is created.
    #[serde(default, skip_serializing_if = "is_false")]
    pub auto_now_add: bool,
    /// The column's name, if it is not the default (the field's name, `{field}_id` for foreign keys).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The collation that its strings are compared and ordered by, if it is not the database's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// The join table's name of a many-to-many field, if it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Comment in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The field's former name, from the attribute in the model; a program's description contains it, a migration
    /// never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Whether the former name comes from a struct that models embed: not each of them need have had it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub renamed_in_embed: bool,
    /// Renamed values of `choices`, from the new string to the old one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_choices: BTreeMap<String, String>,
}

/// When a foreign key is checked, of which nothing else need be said.
pub(super) fn when_checked(
    said: Option<Deferrable>,
    on_delete: Option<ReferentialAction>,
    on_update: Option<ReferentialAction>,
) -> Deferrable {
    let restricts = |action| action == Some(ReferentialAction::Restrict);
    match said {
        Some(deferrable) => deferrable,
        // RESTRICT means "at once" and cannot wait.
        None if restricts(on_delete) || restricts(on_update) => Deferrable::No,
        None => Deferrable::Deferred,
    }
}

/// How the database computes a generated column.
///
/// # Example: which columns the database computes
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ModelKey, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// assert!(post.def.fields.iter().all(|field| field.generated_as.is_none()));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratedDef {
    /// The expression, independent of the dialect.
    pub expression: RowExpr,
    /// Whether it is computed on reading rather than stored; Postgres before 18 cannot.
    #[serde(default, rename = "virtual", skip_serializing_if = "is_false")]
    pub computed_on_read: bool,
}

impl FieldDef {
    /// A required field with nothing set.
    ///
    /// # Example: a nullable string
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut summary = orm::models::FieldDef::new("summary", orm::fields::FieldType::Text);
    /// summary.null = true;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(name: impl Into<String>, ty: FieldType) -> Self {
        FieldDef {
            name: name.into(),
            ty,
            to: None,
            to_field: None,
            through: None,
            through_fields: Vec::new(),
            symmetrical: false,
            on_delete: None,
            on_update: None,
            deferrable: None,
            db_constraint: true,
            not_valid: false,
            related_name: None,
            primary_key: false,
            generated: false,
            identity: IdentityDef::DEFAULT,
            null: false,
            unique: false,
            index: false,
            max_length: None,
            max_digits: None,
            decimal_places: None,
            choices: Vec::new(),
            enum_type: None,
            generated_as: None,
            default: None,
            default_in_code: false,
            db_default: None,
            db_type: None,
            auto_now: false,
            auto_now_add: false,
            column: None,
            collation: None,
            table: None,
            comment: None,
            renamed_from: None,
            renamed_in_embed: false,
            renamed_choices: BTreeMap::new(),
        }
    }

    /// The models that it refers to: its target, and the one that its rows go through.
    pub(crate) fn refers_to(&self) -> impl Iterator<Item = &ModelKey> {
        self.to.iter().chain(&self.through)
    }

    /// When its foreign key is checked.
    ///
    /// # Example: at the end of the transaction
    ///
    /// ```
    /// use orm::fields::FieldType;
    /// use orm::models::{Deferrable, FieldDef};
    ///
    /// assert_eq!(FieldDef::new("author", FieldType::ForeignKey).deferrable(), Deferrable::Deferred);
    /// ```
    pub fn deferrable(&self) -> Deferrable {
        when_checked(self.deferrable, self.on_delete, self.on_update)
    }

    /// The column's name in the database.
    ///
    /// # Example: of a foreign key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// assert_eq!(post.def.field("author").map(|field| field.column_name()).as_deref(), Some("author_id"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn column_name(&self) -> String {
        match (&self.column, self.ty) {
            (Some(column), _) => column.clone(),
            (None, FieldType::ForeignKey | FieldType::OneToOne) => format!("{}_id", self.name),
            (None, _) => self.name.clone(),
        }
    }
}

/// A model: a table with its fields, indexes and constraints.
///
/// # Example: a model as JSON, as `orm describe` prints it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ModelKey, registry};
///
/// let tag = registry()?.model(&ModelKey::new("blog", "Tag")).expect("it is linked");
/// println!("{}", serde_json::to_string_pretty(&tag.def).unwrap());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelDef {
    /// The label of its app.
    pub app: String,
    /// The struct's name.
    pub name: String,
    /// The table's name, if it is not the default `{app}_{model}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The schema that the table stands in, if it is not the one that the connection finds it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The fields in order, which is also the order of the table's columns.
    pub fields: Vec<FieldDef>,
    /// The default ordering of queries, with a leading `-` for descending.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ordering: Vec<String>,
    /// Indexes over several fields or with a direction.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<IndexDef>,
    /// Unique and check constraints.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraints: Vec<ConstraintDef>,
    /// What stands on the table beside its columns, indexes and constraints.
    #[serde(default, skip_serializing_if = "is_default")]
    pub objects: Vec<TableObjectDef>,
    /// Comment in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// How the database stores the table.
    #[serde(default, skip_serializing_if = "TableStorage::is_default")]
    pub storage: TableStorage,
    /// Whether others own the table: migrations know the model and never touch its table.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unmanaged: bool,
    /// Its query, if the model is a view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ViewDef>,
    /// The model's former name, from the attribute in the model; a program's description contains it, a migration
    /// never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The label that its app had before, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_renamed_from: Option<String>,
}

impl ModelDef {
    /// A model without fields.
    ///
    /// # Example: without fields yet
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(orm::models::ModelDef::new("blog", "Series").fields.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> Self {
        ModelDef {
            app: app.into(),
            name: name.into(),
            table: None,
            schema: None,
            fields: Vec::new(),
            ordering: Vec::new(),
            indexes: Vec::new(),
            constraints: Vec::new(),
            objects: Vec::new(),
            comment: None,
            storage: TableStorage::default(),
            unmanaged: false,
            view: None,
            renamed_from: None,
            app_renamed_from: None,
        }
    }

    /// Whether migrations make a table for it: it is neither unmanaged nor a view.
    pub(crate) fn makes_table(&self) -> bool {
        !self.unmanaged && self.view.is_none()
    }

    /// Its query, if it is a view that migrations make.
    #[cfg(feature = "migrations")]
    pub(crate) fn managed_view(&self) -> Option<&ViewDef> {
        self.view.as_ref().filter(|_| !self.unmanaged)
    }

    /// Whether it is a view whose rows migrations have stored, so that it has indexes.
    #[cfg(feature = "migrations")]
    pub(crate) fn is_materialized(&self) -> bool {
        self.managed_view().is_some_and(|view| view.materialized)
    }

    /// The models that its query reads, if it is a view.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &ModelKey> {
        self.view.iter().flat_map(|view| &view.reads)
    }

    /// The models that its fields and its foreign keys over several columns refer to, and those that it reads.
    #[cfg(feature = "migrations")]
    pub(crate) fn refers_to(&self) -> impl Iterator<Item = &ModelKey> {
        let fields = self.fields.iter().flat_map(FieldDef::refers_to);
        fields
            .chain(self.composite_foreign_keys().map(|key| &key.to))
            .chain(self.reads())
    }

    /// Renames it or moves it to another app; its relations to itself follow.
    #[cfg(feature = "migrations")]
    pub(crate) fn rename(&mut self, new: &ModelKey) {
        let old = self.key();
        self.app.clone_from(&new.app);
        self.name.clone_from(&new.model);
        self.retarget(&old, new);
    }

    /// Redirects relations to a model that has another name now.
    #[cfg(feature = "migrations")]
    pub(crate) fn retarget(&mut self, old: &ModelKey, new: &ModelKey) {
        for field in &mut self.fields {
            for to in field.to.iter_mut().chain(&mut field.through) {
                if to == old {
                    to.clone_from(new);
                }
            }
        }
        for constraint in &mut self.constraints {
            constraint.retarget(old, new);
        }
        for read in self.view.iter_mut().flat_map(|view| &mut view.reads) {
            if read == old {
                read.clone_from(new);
            }
        }
    }

    /// `app.Model`.
    ///
    /// # Example: its name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::models::ModelDef::new("blog", "Series").key().to_string(), "blog.Series");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn key(&self) -> ModelKey {
        ModelKey::new(&self.app, &self.name)
    }

    /// The table's name: the one given, or `{app}_{model}` in snake case; and its schema.
    ///
    /// # Example: by default
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::models::ModelDef::new("blog", "BlogPost").table_name(), "blog_blog_post");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn table_name(&self) -> QualifiedName {
        let name = match &self.table {
            Some(table) => table.clone(),
            None => format!("{}_{}", self.app, snake_case(&self.name)),
        };
        QualifiedName::new(self.schema.clone(), name)
    }

    /// The field of that name.
    ///
    /// # Example: a field, or none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let tag = registry()?.model(&ModelKey::new("blog", "Tag")).expect("it is linked");
    /// assert_eq!(tag.def.field("label").and_then(|field| field.max_length), Some(50));
    /// assert!(tag.def.field("name").is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether foreign keys can point at a field, because it says itself that no two rows have the same value in it: it is the whole
    /// primary key, unique or one-to-one.
    ///
    /// # Example: what can be pointed at
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let tag = registry()?.model(&ModelKey::new("blog", "Tag")).expect("it is linked");
    /// assert!(tag.def.is_unique("label"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_unique(&self, name: &str) -> bool {
        let Some(field) = self.field(name).filter(|field| field.ty.is_column()) else {
            return false;
        };
        let is_key = field.primary_key && self.key_fields().count() == 1;
        is_key || field.unique || field.ty == FieldType::OneToOne
    }

    /// The primary key.
    ///
    /// # Example: of a tag
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let tag = registry()?.model(&ModelKey::new("blog", "Tag")).expect("it is linked");
    /// assert!(tag.def.primary_key().is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn primary_key(&self) -> Option<&FieldDef> {
        self.key_fields().next()
    }

    /// All fields of the primary key.
    pub(crate) fn key_fields(&self) -> impl Iterator<Item = &FieldDef> {
        self.fields.iter().filter(|field| field.primary_key)
    }
}
