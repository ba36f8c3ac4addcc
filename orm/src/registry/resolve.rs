//! From what the derives wrote to models with every name and relation filled in.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::model::{
    ColumnMeta, ConstraintDef, DbDefault, DbDefaultSpec, FieldDef, FieldSpec, IndexDef, IndexSpec, MetaSlot,
    ModelDef, ModelKey, ModelMeta, ModelSpec, constraint_name, snake_case,
};
use crate::value::FieldType;

use super::app::label_of;
use super::{MODELS, Registration};

/// All models of the program, resolved.
pub struct Registry {
    models: BTreeMap<ModelKey, &'static ModelMeta>,
}

impl Registry {
    /// Every model, by app and name.
    pub fn models(&self) -> impl Iterator<Item = &'static ModelMeta> {
        self.models.values().copied()
    }

    /// The model of that name.
    pub fn model(&self, key: &ModelKey) -> Option<&'static ModelMeta> {
        self.models.get(key).copied()
    }
}

/// The program's models.
///
/// # Errors
/// If they contradict each other: two of one name or table, two ways back of one name, an index over a field that is
/// none. The same error every time.
pub fn registry() -> Result<&'static Registry> {
    static REGISTRY: OnceLock<std::result::Result<Registry, (String, Option<String>)>> = OnceLock::new();
    REGISTRY
        .get_or_init(|| {
            resolve(&MODELS).map_err(|error| {
                let hint = error.hint().map(str::to_owned);
                let text = error.to_string();
                let text = text.split("\nhint: ").next().unwrap_or_default().to_owned();
                (text, hint)
            })
        })
        .as_ref()
        .map_err(|(text, hint)| match hint {
            Some(hint) => Error::config(text.clone()).with_hint(hint.clone()),
            None => Error::config(text.clone()),
        })
}

/// The resolved form of a model, from its slot.
///
/// # Errors
/// As [`registry`].
#[inline]
pub fn meta(slot: &'static MetaSlot) -> Result<&'static ModelMeta> {
    match slot.0.get() {
        Some(meta) => Ok(meta),
        None => fill(slot),
    }
}

#[cold]
fn fill(slot: &'static MetaSlot) -> Result<&'static ModelMeta> {
    registry()?;
    slot.0.get().copied().ok_or_else(|| {
        Error::config("a model is not registered")
            .with_hint("a model must derive `Model`, and its crate must be linked into the program")
    })
}

pub(super) fn resolve(registrations: &[Registration]) -> Result<Registry> {
    let mut models: BTreeMap<ModelKey, (Registration, ModelDef)> = BTreeMap::new();
    for registration in registrations {
        let def = model_def(registration.spec)?;
        if let Some((other, _)) = models.insert(def.key(), (*registration, def.clone())) {
            return Err(Error::config(format!(
                "two models are named {}: {} and {}",
                def.key(),
                other.spec.location,
                registration.spec.location
            ))
            .with_hint("rename one, or give its module an app of its own with orm::app!(\"…\")"));
        }
    }
    check_renames(&models)?;
    check_tables(&models)?;
    check_ways_back(&models)?;
    let mut resolved = BTreeMap::new();
    for (key, (registration, def)) in &models {
        let meta: &'static ModelMeta = Box::leak(Box::new(model_meta(registration.spec, def)));
        let _ = (registration.slot)().0.set(meta);
        resolved.insert(key.clone(), meta);
    }
    Ok(Registry { models: resolved })
}

fn model_def(spec: &'static ModelSpec) -> Result<ModelDef> {
    let mut def = ModelDef::new(label_of(spec.module), spec.name);
    def.table = spec.table.map(str::to_owned);
    def.comment = spec.comment.map(str::to_owned);
    def.unmanaged = spec.unmanaged;
    def.renamed_from = spec.renamed_from.map(str::to_owned);
    def.ordering = spec.ordering.iter().map(|&field| field.to_owned()).collect();
    def.fields = spec.fields.iter().map(field_def).collect();
    if let Some(field) = def
        .fields
        .iter()
        .find(|field| field.ty.is_relation() && field.to.is_none())
    {
        return Err(Error::config(format!(
            "{}.{} is a key behind another name of its type",
            def.key(),
            field.name
        ))
        .with_hint(
            "write the type out in the struct, as in `ForeignKey<Author>`: a derive sees names only",
        ));
    }
    let table = def.table_name();
    let name = |index: &IndexSpec, suffix: &str, def: &ModelDef| match index.name {
        Some(name) => name.to_owned(),
        None => {
            let columns: Vec<String> = index
                .fields
                .iter()
                .map(|field| {
                    let field = field.trim_start_matches('-');
                    def.field(field)
                        .map_or_else(|| field.to_owned(), FieldDef::column_name)
                })
                .collect();
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            constraint_name(&table, &columns, suffix)
        }
    };
    let owned = |fields: &[&str]| fields.iter().map(|&field| field.to_owned()).collect();
    def.indexes = spec
        .indexes
        .iter()
        .map(|index| IndexDef {
            name: name(index, "idx", &def),
            fields: owned(index.fields),
        })
        .collect();
    for unique in spec.uniques {
        let unique = ConstraintDef::Unique {
            name: name(unique, "uniq", &def),
            fields: owned(unique.fields),
            message: unique.message.map(str::to_owned),
        };
        def.constraints.push(unique);
    }
    for check in spec.checks {
        def.constraints.push(ConstraintDef::Check {
            name: check.name.to_owned(),
            condition: (check.condition)()
                .map_err(|error| error.context(format!("check {} of {}", check.name, def.key())))?,
            message: check.message.map(str::to_owned),
        });
    }
    Ok(def)
}

fn field_def(spec: &FieldSpec) -> FieldDef {
    let ty = (spec.ty)();
    let mut def = FieldDef::new(spec.name, ty);
    def.null = spec.null;
    def.choices = (spec.choices)().iter().map(|&text| text.to_owned()).collect();
    if let Some(relation) = &spec.relation {
        let target = (relation.target)();
        def.to = Some(ModelKey::new(label_of(target.module), target.name));
        def.on_delete = relation.on_delete;
        def.related_name = relation.related_name.map(str::to_owned);
    }
    def.primary_key = spec.primary_key;
    def.generated = spec.generated && ty.is_integer();
    def.unique = spec.unique;
    def.index = spec
        .index
        .unwrap_or(ty == FieldType::ForeignKey && !spec.unique && !spec.primary_key);
    def.max_length = spec.max_length;
    def.max_digits = spec.max_digits;
    def.decimal_places = spec.decimal_places;
    def.default = spec.default.map(|literal| literal());
    def.default_in_code = spec.default_in_code;
    def.db_default = spec.db_default.map(|default| match default {
        DbDefaultSpec::Now => DbDefault::Now,
        DbDefaultSpec::RandomUuid => DbDefault::RandomUuid,
        DbDefaultSpec::Sql { sqlite, postgres } => DbDefault::Sql {
            sqlite: sqlite.map(str::to_owned),
            postgres: postgres.map(str::to_owned),
        },
    });
    def.auto_now = spec.auto_now;
    def.auto_now_add = spec.auto_now_add;
    def.column = spec.column.map(str::to_owned);
    def.table = spec.table.map(str::to_owned);
    def.comment = spec.comment.map(str::to_owned);
    def.renamed_from = spec.renamed_from.map(str::to_owned);
    def
}

fn model_meta(spec: &'static ModelSpec, def: &ModelDef) -> ModelMeta {
    let columns: Vec<ColumnMeta> = def
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.ty.is_column())
        .map(|(position, field)| ColumnMeta {
            field: position,
            name: field.name.clone(),
            column: field.column_name(),
            storage: storage(&spec.fields[position]),
            null: field.null,
        })
        .collect();
    let primary_key = columns
        .iter()
        .position(|column| def.fields[column.field].primary_key)
        .unwrap_or(0);
    ModelMeta {
        spec,
        def: def.clone(),
        table: def.table_name(),
        columns,
        primary_key,
    }
}

/// What a column stores: a key stores what the primary key pointed at stores, which may itself be a key.
fn storage(field: &FieldSpec) -> FieldType {
    let mut field = field;
    // A chain of keys ends at a model whose primary key is no relation; a circle of them has no type at all, and the
    // compiler has refused it.
    while let Some(relation) = &field.relation {
        match (relation.target)().fields.iter().find(|field| field.primary_key) {
            Some(key) => field = key,
            None => break,
        }
    }
    (field.ty)()
}

/// A name that a model gave up cannot be another's, or be claimed twice.
fn check_renames(models: &BTreeMap<ModelKey, (Registration, ModelDef)>) -> Result<()> {
    let mut claimed: BTreeMap<ModelKey, &ModelKey> = BTreeMap::new();
    for (key, (_, def)) in models {
        let Some(old) = &def.renamed_from else { continue };
        let old = ModelKey::new(&key.app, old);
        if models.contains_key(&old) {
            return Err(
                Error::config(format!("{key} says that it was {old}, which is still a model"))
                    .with_hint("drop its `renamed_from`, or the model of the old name"),
            );
        }
        if let Some(other) = claimed.insert(old.clone(), key) {
            return Err(
                Error::config(format!("{other} and {key} both say that they were {old}"))
                    .with_hint("keep `renamed_from` on one of them"),
            );
        }
    }
    Ok(())
}

fn check_tables(models: &BTreeMap<ModelKey, (Registration, ModelDef)>) -> Result<()> {
    let mut tables: BTreeMap<String, String> = BTreeMap::new();
    for (key, (_, def)) in models {
        let joins = def.fields.iter().filter_map(|field| {
            let join = def.join_model(field)?;
            Some((join.table_name(), format!("{key}.{}", field.name)))
        });
        for (table, owner) in [(def.table_name(), key.to_string())].into_iter().chain(joins) {
            if table.is_empty() || table.contains('\0') {
                return Err(Error::config(format!("`{owner}` has no usable table name")));
            }
            if let Some(other) = tables.insert(table.to_lowercase(), owner.clone()) {
                return Err(
                    Error::config(format!("{other} and {owner} both use the table {table}"))
                        .with_hint("give one of them #[orm(table = \"…\")]"),
                );
            }
        }
    }
    Ok(())
}

fn check_ways_back(models: &BTreeMap<ModelKey, (Registration, ModelDef)>) -> Result<()> {
    let mut names: BTreeMap<(ModelKey, String), String> = BTreeMap::new();
    for (key, (_, def)) in models {
        for field in def.fields.iter().filter(|field| field.ty.is_relation()) {
            let Some(to) = &field.to else { continue };
            let Some(name) = way_back(def, field) else {
                continue;
            };
            let owner = format!("{key}.{}", field.name);
            if let Some(other) = names.insert((to.clone(), name.clone()), owner.clone()) {
                return Err(Error::config(format!(
                    "{other} and {owner} both lead back from {to} as `{name}`"
                ))
                .with_hint("give one of them #[orm(related_name = \"…\")]"));
            }
        }
    }
    Ok(())
}

/// Name of the way back over a relation, unless it has none.
fn way_back(def: &ModelDef, field: &FieldDef) -> Option<String> {
    match field.related_name.as_deref() {
        Some("+") => None,
        Some(name) => Some(name.to_owned()),
        None if field.ty == FieldType::OneToOne => Some(snake_case(&def.name)),
        None => Some(format!("{}_set", snake_case(&def.name))),
    }
}
