//! Resolves what the derives wrote to models with every name and relation filled in.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::model::{
    ColumnMeta, ConstraintDef, DbDefault, DbDefaultSpec, DbType, EnumMeta, FieldDef, FieldSpec, GeneratedDef,
    IndexDef, MetaSlot, ModelDef, ModelKey, ModelMeta, ModelSpec, RelationSpec, TableStorage, UniqueDef,
    enum_name, snake_case, stored,
};
use crate::value::{ChoicesFacts, FieldType, MOST_LEVELS};

use super::app::{app_of, label_of};
use super::foreign_key::{foreign_key, index_of_foreign_key};
use super::identity::identity;
use super::index::{condition, exclusion, index_name, named, parameters, parts, search};
use super::ordering::ordering_columns;
use super::security::security;
use super::trigger::trigger;
use super::view::{of_view, view_def};
use super::{MODELS, Registration, embeds};

const NOT_REGISTERED: &str = "a model must derive `Model`, and its crate must be linked into the program";

/// All models of the program, resolved.
///
/// # Example: how many models there are
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let count = orm::models::registry()?.models().filter(|model| model.def.app == "blog").count();
/// assert_eq!(count, 5);
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Registry {
    models: BTreeMap<ModelKey, (&'static ModelMeta, &'static MetaSlot)>,
}

impl Registry {
    /// All models, ordered by app and name.
    ///
    /// # Example: their tables
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// for model in orm::models::registry()?.models() {
    ///     println!("{}", model.def.table_name());
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn models(&self) -> impl Iterator<Item = &'static ModelMeta> {
        self.models.values().map(|(meta, _)| *meta)
    }

    /// The model of that name.
    ///
    /// # Example: one of them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// assert!(registry()?.model(&ModelKey::new("blog", "Post")).is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn model(&self, key: &ModelKey) -> Option<&'static ModelMeta> {
        self.models.get(key).map(|(meta, _)| *meta)
    }

    /// The slot of a model of the program; `None` for another description of one, such as that of an older state.
    pub(crate) fn slot(&self, meta: &'static ModelMeta) -> Option<&'static MetaSlot> {
        let (known, slot) = self.models.get(&meta.def.key())?;
        std::ptr::eq(*known, meta).then_some(*slot)
    }
}

/// The program's models.
///
/// # Errors
/// If they contradict each other: two models of one name or table, two reverse relations of one name, an index over a
/// field that does not exist. Every call returns the same error.
///
/// # Example: all models of the program
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert!(orm::models::registry()?.models().count() >= 5);
/// # Ok::<(), orm::Error>(())
/// ```
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

/// The resolved model of a slot.
///
/// # Errors
/// As [`registry`].
#[inline]
pub fn meta(slot: &'static MetaSlot) -> Result<&'static ModelMeta> {
    match slot.meta.get() {
        Some(meta) => Ok(meta),
        None => fill(slot),
    }
}

#[cold]
fn fill(slot: &'static MetaSlot) -> Result<&'static ModelMeta> {
    registry()?;
    slot.meta
        .get()
        .copied()
        .ok_or_else(|| Error::config("a model is not registered").with_hint(NOT_REGISTERED))
}

/// What the derives wrote, by the slot through which relations name their targets.
pub(super) struct Specs(HashMap<*const MetaSlot, &'static ModelSpec>);

impl Specs {
    fn new(registrations: &[Registration]) -> Self {
        let by_slot = |one: &Registration| (std::ptr::from_ref((one.slot)()), one.spec);
        Specs(registrations.iter().map(by_slot).collect())
    }

    /// The target model of a relation.
    pub(super) fn target(&self, relation: &RelationSpec) -> Result<&'static ModelSpec> {
        self.model((relation.slot)())
    }

    /// The model of a slot.
    pub(super) fn model(&self, slot: &'static MetaSlot) -> Result<&'static ModelSpec> {
        let found = self.0.get(&std::ptr::from_ref(slot));
        found.copied().ok_or_else(|| {
            Error::config("the model that the relation points at is not registered").with_hint(NOT_REGISTERED)
        })
    }
}

/// What the derive wrote of each model, and the same as data.
pub(super) type Models = BTreeMap<ModelKey, (Registration, ModelDef)>;

pub(super) fn resolve(registrations: &[Registration]) -> Result<Registry> {
    let specs = Specs::new(registrations);
    let mut models = Models::new();
    for registration in registrations {
        let def = model_def(registration.spec, &specs)?;
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
    super::coherence::check(models.values().map(|(_, def)| def))?;
    let metas = models
        .values()
        .map(|(registration, def)| model_meta(registration.spec, def, &models));
    // All or none: whoever finds a slot filled relies on all models being consistent.
    let metas = metas.collect::<Result<Vec<ModelMeta>>>()?;
    let mut resolved = BTreeMap::new();
    for ((key, (registration, _)), meta) in models.iter().zip(metas) {
        let meta: &'static ModelMeta = Box::leak(Box::new(meta));
        let slot = (registration.slot)();
        let _ = slot.meta.set(meta);
        resolved.insert(key.clone(), (meta, slot));
    }
    Ok(Registry { models: resolved })
}

fn model_def(spec: &'static ModelSpec, specs: &Specs) -> Result<ModelDef> {
    let mut def = ModelDef::new(label_of(spec.module), spec.name);
    def.table = spec.table.map(str::to_owned);
    let app = app_of(spec.module);
    let schema = spec.schema.or_else(|| app?.schema);
    def.schema = schema.map(str::to_owned);
    def.comment = spec.comment.map(str::to_owned);
    def.storage = TableStorage {
        parameters: parameters(spec.with),
        without_rowid: spec.without_rowid,
    };
    def.unmanaged = spec.unmanaged;
    def.view = spec.view.map(|view| view_def(&view, specs)).transpose()?;
    def.renamed_from = spec.renamed_from.map(str::to_owned);
    def.app_renamed_from = app.and_then(|app| app.renamed_from).map(str::to_owned);
    let ordering = spec
        .ordering
        .iter()
        .map(|written| embeds::ordering_term(spec, written, specs));
    def.ordering = ordering.collect::<Result<_>>()?;
    def.fields = spec
        .fields
        .iter()
        .map(|field| {
            field_def(field, specs).map_err(|error| error.context(format!("{}.{}", def.key(), field.name)))
        })
        .collect::<Result<_>>()?;
    if let Some(view) = &def.view {
        let stored = view.materialized;
        def.fields.iter_mut().for_each(|field| of_view(field, stored));
    }
    if let Some(schema) = &def.schema {
        let native = def.fields.iter_mut().filter_map(|field| field.enum_type.as_mut());
        native.for_each(|name| *name = format!("{schema}.{name}"));
    }
    // The index of a composite primary key serves lookups by its first column only.
    let key = |field: &&mut FieldDef| field.primary_key;
    for field in def.fields.iter_mut().filter(key).skip(1) {
        let told = spec.fields.iter().find(|told| told.name == field.name);
        field.index = told
            .and_then(|told| told.index)
            .unwrap_or(field.ty == FieldType::ForeignKey);
    }
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
    let table = def.table_name().name;
    for index in spec.indexes {
        let parts =
            parts(spec, index).map_err(|error| error.context(format!("an index of {}", def.key())))?;
        let mut made = IndexDef::over(index_name(index, &parts, "idx", &table, &def), parts);
        made.condition = condition(index).map_err(|error| named(error, "index", &made.name, &def))?;
        made.include = embeds::included(spec, index)?;
        made.method = index.method;
        made.with = parameters(index.with);
        def.indexes.push(made);
    }
    for search in spec.searches {
        let made = self::search(spec, search, &table, &def)?;
        def.indexes.push(made);
    }
    for unique in spec.uniques {
        let parts = parts(spec, unique)
            .map_err(|error| error.context(format!("a unique constraint of {}", def.key())))?;
        let mut made = UniqueDef::over(index_name(unique, &parts, "uniq", &table, &def), parts);
        made.condition = condition(unique).map_err(|error| named(error, "unique", &made.name, &def))?;
        made.message = unique.message.map(str::to_owned);
        made.include = embeds::included(spec, unique)?;
        made.nulls_not_distinct = unique.nulls_not_distinct;
        made.deferrable = unique.deferrable;
        def.constraints.push(made.into());
    }
    for exclude in spec.exclusions {
        let made = exclusion(spec, exclude, &table, &def)?;
        def.constraints.push(made.into());
    }
    for key in spec.foreign_keys {
        let made = foreign_key(spec, key, &table, &def, specs)?;
        let index = index_of_foreign_key(key, &made, &table, &def);
        def.indexes.extend(index);
        def.constraints.push(made.into());
    }
    for check in spec.checks {
        def.constraints.push(ConstraintDef::Check {
            name: check.name.to_owned(),
            condition: (check.condition)()
                .map_err(|error| error.context(format!("check {} of {}", check.name, def.key())))?,
            message: check.message.map(str::to_owned),
            not_valid: check.not_valid,
        });
    }
    for said in spec.triggers {
        let made = trigger(spec, said, &def)?;
        def.objects.push(made.into());
    }
    let said = security(spec, &def)?;
    def.objects.extend(said);
    embeds::check_columns(spec, &def)?;
    def.constraints.extend(embeds::whole(spec, &def));
    Ok(def)
}

fn field_def(spec: &FieldSpec, specs: &Specs) -> Result<FieldDef> {
    let ty = (spec.ty)();
    if let FieldType::Array(array) = ty
        && array.levels() > MOST_LEVELS
    {
        return Err(Error::unsupported(format!(
            "its arrays have {} levels, and databases have at most {MOST_LEVELS}",
            array.levels()
        ))
        .with_hint("let the field be Json<..>"));
    }
    let mut def = FieldDef::new(spec.name, ty);
    def.null = spec.null;
    if let Some(choices) = spec.choices {
        def.choices = choices.values.iter().map(|&text| text.to_owned()).collect();
        def.enum_type = enum_type(choices);
        def.renamed_choices = choices
            .renamed
            .iter()
            .map(|&(new, old)| (new.to_owned(), old.to_owned()))
            .collect();
    }
    if let Some(relation) = &spec.relation {
        let target = specs.target(relation)?;
        def.to = Some(ModelKey::new(label_of(target.module), target.name));
        let through = relation.through.map(|slot| specs.model(slot())).transpose()?;
        def.through = through.map(|model| ModelKey::new(label_of(model.module), model.name));
        def.through_fields = relation
            .through_fields
            .iter()
            .map(|&name| name.to_owned())
            .collect();
        def.symmetrical = relation.symmetrical;
        def.to_field = relation.to.map(str::to_owned);
        def.on_delete = relation.on_delete;
        def.on_update = relation.on_update;
        def.deferrable = relation.deferrable;
        def.db_constraint = relation.db_constraint;
        def.not_valid = relation.not_valid;
        def.related_name = relation.related_name.map(str::to_owned);
    }
    def.primary_key = spec.primary_key;
    def.generated = spec.generated && ty.is_integer();
    def.identity = identity(spec, def.generated)?;
    def.unique = spec.unique;
    def.index = spec
        .index
        .unwrap_or(ty == FieldType::ForeignKey && !spec.unique && !spec.primary_key);
    def.max_length = spec.max_length;
    def.collation = spec.collation.map(str::to_owned);
    def.max_digits = spec.max_digits;
    def.decimal_places = spec.decimal_places;
    def.default = spec
        .default
        .map(|literal| literal())
        .transpose()
        .map_err(|error| error.context("its default"))?;
    def.default_in_code = spec.default_in_code;
    def.db_default = spec.db_default.map(|default| match default {
        DbDefaultSpec::Now => DbDefault::Now,
        DbDefaultSpec::RandomUuid => DbDefault::RandomUuid,
        DbDefaultSpec::Sql { sqlite, postgres } => DbDefault::Sql {
            sqlite: sqlite.map(str::to_owned),
            postgres: postgres.map(str::to_owned),
        },
    });
    if let Some(generated) = &spec.generated_as {
        def.generated_as = Some(GeneratedDef {
            expression: embeds::in_the_model(spec, (generated.expression)()?),
            computed_on_read: generated.computed_on_read,
        });
    }
    def.db_type = spec.db_type.map(|db_type| DbType {
        sqlite: db_type.sqlite.map(str::to_owned),
        postgres: db_type.postgres.map(str::to_owned),
    });
    def.auto_now = spec.auto_now;
    def.auto_now_add = spec.auto_now_add;
    def.column = spec.column.map(str::to_owned);
    def.table = spec.table.map(str::to_owned);
    def.comment = spec.comment.map(str::to_owned);
    def.renamed_from = spec.renamed_from.map(str::to_owned);
    def.renamed_in_embed = spec.renamed_from.is_some() && spec.embedded.is_some();
    Ok(def)
}

fn model_meta(spec: &'static ModelSpec, def: &ModelDef, models: &Models) -> Result<ModelMeta> {
    let columns: Vec<ColumnMeta> = def
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.ty.is_column())
        .map(|(position, field)| {
            let (owner, base) = stored(def, field, |key| models.get(key).map(|(_, def)| def))?;
            Ok(ColumnMeta {
                field: position,
                name: field.name.clone(),
                column: field.column_name(),
                storage: base.ty,
                null: field.null,
                db_type: base.db_type.clone(),
                computed: field.generated_as.is_some() || field.identity.always,
                enumeration: match &base.enum_type {
                    Some(name) => Some(EnumMeta {
                        name: enum_name(&owner.app, name),
                        values: values_of(models, owner, base)?,
                    }),
                    None => None,
                },
            })
        })
        .collect::<Result<_>>()
        .map_err(|error| error.context(def.key().to_string()))?;
    let key: Vec<usize> = (0..columns.len())
        .filter(|&at| def.fields[columns[at].field].primary_key)
        .collect();
    let Some(&primary_key) = key.first() else {
        return Err(Error::internal(format!(
            "the model {} was derived without a primary key",
            def.key()
        )));
    };
    let is_version = |column: &ColumnMeta| spec.fields.get(column.field).is_some_and(|field| field.version);
    Ok(ModelMeta {
        spec,
        def: def.clone(),
        table: def.table_name().name,
        primary_key,
        key,
        ordering: ordering_columns(def, models)?,
        unsure: (0..columns.len())
            .filter(|&at| {
                matches!(
                    def.fields[columns[at].field].db_default,
                    Some(DbDefault::Sql { .. })
                )
            })
            .collect(),
        version: columns.iter().position(is_version),
        columns,
        scopes: spec.scopes(),
    })
}

/// The values of an enum field, with the `'static` lifetime of the derive's data.
fn values_of(models: &Models, owner: &ModelDef, field: &FieldDef) -> Result<&'static [&'static str]> {
    let spec = models.get(&owner.key()).and_then(|(registration, _)| {
        let mut fields = registration.spec.fields.iter();
        fields.find(|spec| spec.name == field.name)
    });
    let choices = spec.and_then(|spec| spec.choices).ok_or_else(|| {
        Error::internal(format!(
            "{}.{} is of an enum type and was derived without its values",
            owner.key(),
            field.name
        ))
    })?;
    Ok(choices.values)
}

/// The name of an enum's type in its app, if it is a type of the database.
fn enum_type(choices: &ChoicesFacts) -> Option<String> {
    choices.native.then(|| match choices.type_name {
        Some(name) => name.to_owned(),
        None => snake_case(choices.name),
    })
}
