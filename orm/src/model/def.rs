//! The one description of a model: what the derive writes, the registry resolves, migrations store and replay.
//!
//! A historical model is the same type, from an older state. All of it is plain data with a stable serde form,
//! because migration files hold it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;
use crate::value::{FieldType, Literal};

use super::index::{ConstraintDef, IndexDef, UniqueDef};
use super::names::constraint_name;
use super::snake_case::snake_case;

/// `app.Model`: how models name each other in data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ModelKey {
    /// Label of the app.
    pub app: String,
    /// Name of the struct.
    pub model: String,
}

impl ModelKey {
    /// The key of `model` in `app`.
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
            _ => Err(format!("`{text}` names no model; write it as `app.Model`")),
        }
    }
}

/// What happens to a row when the row it points at is deleted. The database does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// Deleted too.
    Cascade,
    /// The deletion is refused, checked at once.
    Restrict,
    /// The deletion is refused unless the pointing rows are gone by the end of the statement.
    #[default]
    NoAction,
    /// The key becomes NULL.
    SetNull,
    /// The key becomes its default.
    SetDefault,
}

/// A default that the database computes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DbDefault {
    /// The instant (or date, or time) of the statement, in UTC.
    Now,
    /// A random UUID.
    RandomUuid,
    /// Text in the dialect of each backend, as the user wrote it.
    Sql {
        /// For SQLite.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sqlite: Option<String>,
        /// For Postgres.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        postgres: Option<String>,
    },
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One field of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDef {
    /// Name in the struct.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: FieldType,
    /// The model a relation points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ModelKey>,
    /// What happens when the row pointed at is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<OnDelete>,
    /// Name of the way back; `+` for none; by default `{model}_set` (`{model}` for a one-to-one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_name: Option<String>,
    /// Whether it is the primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary_key: bool,
    /// Whether the database generates the (integer) primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub generated: bool,
    /// Whether the column takes NULL.
    #[serde(default, skip_serializing_if = "is_false")]
    pub null: bool,
    /// Whether no two rows may hold the same.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    /// Whether the column has an index of its own (foreign keys have one unless `index = false`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub index: bool,
    /// Most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Most digits of a decimal, before and after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_digits: Option<u32>,
    /// Digits of a decimal after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal_places: Option<u32>,
    /// The allowed texts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub choices: Vec<String>,
    /// Name of the enum type that holds the allowed texts, where the database has such types; the type belongs to the
    /// app of the model, and every field of that type allows the same texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_type: Option<String>,
    /// What the database computes the column from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_as: Option<GeneratedDef>,
    /// A literal default; stands in the database too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Literal>,
    /// Whether a Rust function makes the default (`default_fn`, a UUID key, `auto_now…`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub default_in_code: bool,
    /// A default that the database computes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_default: Option<DbDefault>,
    /// Set to now whenever the row is saved.
    #[serde(default, skip_serializing_if = "is_false")]
    pub auto_now: bool,
    /// Set to now when the row is created.
    #[serde(default, skip_serializing_if = "is_false")]
    pub auto_now_add: bool,
    /// Name of the column if it is not the default (the field's name, `{field}_id` for keys).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Name of the join table of a many-to-many field if it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Comment in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The answer to "was it renamed?", given in the model; the description of a program carries it, a migration never
    /// does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The same answer for the texts of `choices`: the new text to the old one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_choices: BTreeMap<String, String>,
}

/// A column that the database computes from others of its row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratedDef {
    /// What it is computed from, neutral of dialect.
    pub expression: RowExpr,
    /// Whether it is computed when read, not kept on disk; Postgres before 18 cannot.
    #[serde(default, rename = "virtual", skip_serializing_if = "is_false")]
    pub computed_on_read: bool,
}

impl FieldDef {
    /// A required field with nothing set.
    pub fn new(name: impl Into<String>, ty: FieldType) -> Self {
        FieldDef {
            name: name.into(),
            ty,
            to: None,
            on_delete: None,
            related_name: None,
            primary_key: false,
            generated: false,
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
            auto_now: false,
            auto_now_add: false,
            column: None,
            table: None,
            comment: None,
            renamed_from: None,
            renamed_choices: BTreeMap::new(),
        }
    }

    /// Name of the column in the database.
    pub fn column_name(&self) -> String {
        match (&self.column, self.ty) {
            (Some(column), _) => column.clone(),
            (None, FieldType::ForeignKey | FieldType::OneToOne) => format!("{}_id", self.name),
            (None, _) => self.name.clone(),
        }
    }
}

/// A model: a table with its fields, indexes and constraints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelDef {
    /// Label of the app it belongs to.
    pub app: String,
    /// Name of the struct.
    pub name: String,
    /// Name of the table if it is not the default `{app}_{model}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Fields in order; the columns stand in the table in this order.
    pub fields: Vec<FieldDef>,
    /// Order of rows when a query gives none, `-` in front for descending.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ordering: Vec<String>,
    /// Indexes over several fields or with a direction.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<IndexDef>,
    /// Unique and check constraints.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraints: Vec<ConstraintDef>,
    /// Comment in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether the table is somebody else's: migrations know the model and never touch its table.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unmanaged: bool,
    /// The answer to "was it renamed?", given in the model; the description of a program carries it, a migration never
    /// does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The same answer for its app: the label that the app had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_renamed_from: Option<String>,
}

impl ModelDef {
    /// A model without fields.
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> Self {
        ModelDef {
            app: app.into(),
            name: name.into(),
            table: None,
            fields: Vec::new(),
            ordering: Vec::new(),
            indexes: Vec::new(),
            constraints: Vec::new(),
            comment: None,
            unmanaged: false,
            renamed_from: None,
            app_renamed_from: None,
        }
    }

    /// Gives it another name, or another app; what points at itself follows.
    #[cfg(feature = "migrations")]
    pub(crate) fn rename(&mut self, new: &ModelKey) {
        let old = self.key();
        self.app.clone_from(&new.app);
        self.name.clone_from(&new.model);
        self.retarget(&old, new);
    }

    /// Points relations at a model that has another name.
    #[cfg(feature = "migrations")]
    pub(crate) fn retarget(&mut self, old: &ModelKey, new: &ModelKey) {
        for to in self.fields.iter_mut().filter_map(|field| field.to.as_mut()) {
            if to == old {
                to.clone_from(new);
            }
        }
    }

    /// `app.Model`.
    pub fn key(&self) -> ModelKey {
        ModelKey::new(&self.app, &self.name)
    }

    /// Name of the table: the model's own, or `{app}_{model}` in snake case.
    pub fn table_name(&self) -> String {
        match &self.table {
            Some(table) => table.clone(),
            None => format!("{}_{}", self.app, snake_case(&self.name)),
        }
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.primary_key)
    }

    /// The model behind a many-to-many field's automatic join table: an id and one key to each side, unique together.
    ///
    /// It is never written down; whoever creates tables asks for it.
    pub fn join_model(&self, field: &FieldDef) -> Option<ModelDef> {
        let to = field.to.as_ref().filter(|_| field.ty == FieldType::ManyToMany)?;
        let mut join = ModelDef::new(&self.app, format!("{}_{}", self.name, field.name));
        join.table = Some(match &field.table {
            Some(table) => table.clone(),
            None => format!("{}_{}", self.table_name(), field.name),
        });
        let mut id = FieldDef::new("id", FieldType::BigInt);
        id.primary_key = true;
        id.generated = true;
        let (source, target) = self.join_fields(field)?;
        let key = |name: &str, to: ModelKey| {
            let mut key = FieldDef::new(name, FieldType::ForeignKey);
            key.to = Some(to);
            key.on_delete = Some(OnDelete::Cascade);
            key.related_name = Some("+".to_owned());
            key
        };
        let mut source_key = key(&source, self.key());
        // The unique pair starts with the source, so only the target needs an index of its own.
        source_key.index = false;
        let mut target_key = key(&target, to.clone());
        target_key.index = true;
        join.fields = vec![id, source_key, target_key];
        let name = constraint_name(
            join.table.as_deref().unwrap_or_default(),
            &[&format!("{source}_id"), &format!("{target}_id")],
            "uniq",
        );
        join.constraints = vec![UniqueDef::over(name, [source, target]).into()];
        Some(join)
    }

    /// Names of the two key fields of a join table: the models in snake case, or `from_…` and `to_…` where both are one.
    pub fn join_fields(&self, field: &FieldDef) -> Option<(String, String)> {
        let to = field.to.as_ref()?;
        let source = snake_case(&self.name);
        let target = snake_case(&to.model);
        if source == target {
            Some((format!("from_{source}"), format!("to_{target}")))
        } else {
            Some((source, target))
        }
    }
}
