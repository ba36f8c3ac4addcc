//! Computes the steps between two states of a model: finds the differences, table by table; the backends write the
//! steps.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ReferentialAction, TableObjectDef, TriggerDef, stored};
use crate::sql::{Dialect, quote};
use crate::value::FieldType;

use super::around_views::AroundViews;
use super::key_mapping::{KeyMapping, key_mappings, refuse_pointed_at};
use super::lower::lower_typed;
use super::move_table::state_between;
use super::rename::{self, JoinTables, TableRename, join_tables};
use super::{Backend, Fill, Loss, Models, Step, TableDef, backend, literal, lower, view};

/// Two states of one table, matched by the names of columns (a renamed column has its new name in both).
#[derive(Clone)]
pub(super) struct TableChange {
    pub from: TableDef,
    pub to: TableDef,
    /// What the columns of `from` store.
    pub from_field_types: BTreeMap<String, FieldType>,
    /// What the columns of `to` store.
    pub to_field_types: BTreeMap<String, FieldType>,
    /// By column: the value for existing rows, in SQL.
    pub fills: BTreeMap<String, String>,
    /// By column: a renamed string, as (old, new).
    pub renamed_values: BTreeMap<String, (String, String)>,
    /// By column: where a foreign key finds its new values.
    pub mapped: BTreeMap<String, KeyMapping>,
}

/// The steps of one table, in three phases among other tables: foreign keys are dropped before their targets
/// change, and added after.
#[derive(Default)]
pub(super) struct Phases {
    pub before: Vec<Step>,
    pub main: Vec<Step>,
    pub after: Vec<Step>,
}

/// The steps that create a model's table, its indexes, and the join tables of its many-to-many fields. Unmanaged
/// tables are never changed, here and below.
///
/// # Errors
/// If the model contradicts itself, or the backend cannot do what it says.
pub fn create_model(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Step>> {
    if let Some(view) = model.managed_view() {
        return view::create(model, view, models, dialect);
    }
    if !model.makes_table() {
        return Ok(Vec::new());
    }
    let known = StateWith { model, models };
    let backend = backend(dialect);
    let mut steps = backend.create(&lower(model, &known, dialect)?);
    for join in join_tables(model, &known) {
        steps.extend(backend.create(&lower(&join, &known, dialect)?));
    }
    let schema = model
        .schema
        .as_deref()
        .and_then(|schema| backend.create_schema(schema));
    Ok(schema.into_iter().chain(steps).collect())
}

/// The steps that drop a model's table and the join tables of its many-to-many fields, and its schema if none of the models that stay
/// has it.
///
/// # Errors
/// If the model contradicts itself.
pub fn delete_model(model: &ModelDef, stay: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Step>> {
    if let Some(view) = model.managed_view() {
        let left = left_schema(model, stay, backend(dialect));
        return Ok([view::delete(model, view)].into_iter().chain(left).collect());
    }
    if !model.makes_table() {
        return Ok(Vec::new());
    }
    let backend = backend(dialect);
    let mut steps = vec![Step::Loss(Loss {
        table: model.table_name(),
        column: None,
    })];
    steps.extend(
        model
            .join_table_names()
            .flat_map(|join| backend.drop(&join, false)),
    );
    let (own, restricts) = (model.key(), Some(ReferentialAction::Restrict));
    let restricts_itself = (model.fields.iter())
        .any(|field| field.to.as_ref() == Some(&own) && field.on_delete == restricts)
        || (model.composite_foreign_keys()).any(|key| key.to == own && key.on_delete == restricts);
    steps.extend(backend.drop_searches(model));
    let table = model.table_name();
    let drop = backend.drop(&table, restricts_itself);
    steps.extend(backend.with_functions(&table, &triggers(model), drop));
    steps.extend(left_schema(model, stay, backend));
    Ok(steps)
}

fn triggers(model: &ModelDef) -> Vec<&TriggerDef> {
    model.objects.iter().filter_map(TableObjectDef::trigger).collect()
}

/// Drops the schema of a model that has left it, if none of the models has it.
fn left_schema(model: &ModelDef, stay: &dyn Models, backend: &dyn Backend) -> Option<Step> {
    let schema = model.schema.as_ref()?;
    let has_it = |model: &&ModelDef| !model.unmanaged && model.schema.as_ref() == Some(schema);
    match stay.all().iter().any(has_it) {
        true => None,
        false => backend.drop_schema(schema),
    }
}

/// The steps between two states of one model, including renames of the model, its table and its columns. Fields are
/// matched by name; `fills` has the values of existing rows for fields that are added or become NOT NULL. Changing
/// whether a model is managed changes nothing in the database.
///
/// # Errors
/// If a state contradicts itself, or the backend cannot do what it says.
pub fn alter_model(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    fills: &[Fill],
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    if from.view.is_some() || to.view.is_some() {
        let left = left_schema(from, to_models, backend(dialect)).filter(|_| from.schema != to.schema);
        return Ok(view::alter((from, from_models), (to, to_models), dialect)?
            .into_iter()
            .chain(left)
            .collect());
    }
    if let Some(between) = state_between(from, from_models, to, to_models) {
        let models = &StateWith {
            model: &between,
            models: from_models,
        };
        let mut steps = alter_model(from, from_models, &between, models, &[], dialect)?;
        steps.extend(alter_model(&between, models, to, to_models, fills, dialect)?);
        return Ok(steps);
    }
    let (from_models, to_models) = (
        &StateWith {
            model: from,
            models: from_models,
        },
        &StateWith {
            model: to,
            models: to_models,
        },
    );
    let backend = backend(dialect);
    let mut steps = Vec::new();
    let mut changes = Vec::new();
    let (mut added, mut mirrored, mut left) = (Vec::new(), Vec::new(), None);
    let own = TableRename::of_model(from, to);
    if from.makes_table() && to.makes_table() {
        let join_tables = JoinTables::between(from, from_models, to, to_models)?;
        for join in &join_tables.dropped {
            steps.push(Step::Loss(Loss {
                table: join.clone(),
                column: None,
            }));
            steps.extend(backend.drop(join, false));
        }
        (added, mirrored) = (join_tables.added, join_tables.mirrored);
        let mut tables = vec![(from.clone(), to.clone(), own.clone())];
        for (old, new) in join_tables.kept {
            let rename = TableRename::of_join(&old, &new);
            tables.push((old, new, rename));
        }
        let moves = from.schema != to.schema;
        let schema = to.schema.as_deref().filter(|_| moves);
        steps.extend(schema.and_then(|schema| backend.create_schema(schema)));
        let (first, mut back) = own.around(from, from_models, dialect)?;
        steps.extend(first);
        steps.extend(rename::tables(tables.iter().map(|(.., rename)| rename), backend));
        if moves {
            steps.extend(backend.move_functions(&from.table_name(), &to.table_name(), &triggers(from)));
        }
        left = moves.then(|| left_schema(from, to_models, backend)).flatten();
        for (old, new, rename) in &tables {
            let models: (&dyn Models, &dyn Models) = (from_models, to_models);
            let mut change = after_rename(rename, (old, new), models, &mut steps, &mut back, dialect)?;
            own.follow(&mut change.from);
            if changes.is_empty() {
                change.mapped = key_mappings(old, from_models, new, to_models, &change.from)?;
                refuse_pointed_at(to, to_models, &change.mapped)?;
                change.fills = fill_texts(to, to_models, fills, dialect)?;
            }
            changes.push(change);
        }
    } else {
        // Its own table is left alone, but join tables of others have columns that are called after its key.
        for (old, new) in JoinTables::of_others(from, from_models, to, to_models)? {
            let rename = TableRename::of_join(&old, &new);
            steps.extend(rename::tables(std::iter::once(&rename), backend));
            let models: (&dyn Models, &dyn Models) = (from_models, to_models);
            let change = after_rename(
                &rename,
                (&old, &new),
                models,
                &mut steps,
                &mut Vec::new(),
                dialect,
            )?;
            changes.push(change);
        }
    }
    if key_type_changes(from, from_models, to, to_models, dialect)? {
        for mut change in dependents(from, from_models, to, to_models, dialect)? {
            own.follow(&mut change.from);
            changes.push(change);
        }
    }
    steps.extend(changes.iter().flat_map(losses));
    steps.extend(in_phases(&changes, backend)?);
    for join in added {
        steps.extend(backend.create(&lower(&join, to_models, dialect)?));
    }
    for join in mirrored {
        steps.extend(mirror(&join, dialect));
    }
    steps.extend(left);
    Ok(steps)
}

/// What is lost with columns that a table has no longer; what is computed is not.
fn losses(change: &TableChange) -> impl Iterator<Item = Step> {
    let gone = (change.from.columns.iter())
        .filter(|column| column.computed.is_none() && change.to.column(&column.name).is_none());
    gone.map(|column| {
        Step::Loss(Loss {
            table: change.to.qualified_name(),
            column: Some(column.name.clone()),
        })
    })
}

/// What is left to change in a table after its rename. Its columns are renamed by `steps`, behind which is what had to go meanwhile.
fn after_rename(
    rename: &TableRename,
    (old, new): (&ModelDef, &ModelDef),
    (from_models, to_models): (&dyn Models, &dyn Models),
    steps: &mut Vec<Step>,
    back: &mut Vec<Step>,
    dialect: &'static Dialect,
) -> Result<TableChange> {
    let before = lower_typed(old, from_models, dialect)?;
    let after = lower_typed(new, to_models, dialect)?;
    steps.extend(rename.columns(&before.table));
    steps.append(back);
    let renamed = rename.lower(old, from_models, &before, dialect)?;
    steps.extend(backend(dialect).rename_key(&before.table, &renamed.table));
    Ok(TableChange {
        from: renamed.table,
        to: after.table,
        from_field_types: renamed.field_types,
        to_field_types: after.field_types,
        fills: BTreeMap::new(),
        renamed_values: BTreeMap::new(),
        mapped: BTreeMap::new(),
    })
}

/// Adds the pair that leads back to each pair of a join table.
fn mirror(join: &ModelDef, dialect: &'static Dialect) -> impl Iterator<Item = Step> {
    let table = join.table_name().quoted();
    let keys = join.fields.iter().filter(|field| !field.primary_key);
    let there: Vec<String> = keys.map(|field| quote(&field.column_name())).collect();
    let mut back = there.clone();
    back.rotate_left(there.len() / 2);
    let (there, back) = (there.join(", "), back.join(", "));
    // `WHERE true` tells SQLite that ON does not go on with a join: https://www.sqlite.org/lang_upsert.html#parsing_ambiguity
    let insert =
        format!("INSERT INTO {table} ({there}) SELECT {back} FROM {table} WHERE true ON CONFLICT DO NOTHING");
    // Rows whose foreign keys are not checked yet keep a table from being altered.
    let check = dialect.check_deferred_keys.map(str::to_owned);
    std::iter::once(insert).chain(check).map(Step::Sql)
}

/// The steps of several tables, ordered so that foreign keys are dropped before their targets change, and added after.
pub(super) fn in_phases(changes: &[TableChange], backend: &dyn Backend) -> Result<Vec<Step>> {
    let phases = changes
        .iter()
        .map(|change| backend.alter(change))
        .collect::<Result<Vec<Phases>>>()?;
    let (mut before, mut main, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for phases in phases {
        before.extend(phases.before);
        main.extend(phases.main);
        after.extend(phases.after);
    }
    let sets_aside = |step: &Step| matches!(step, Step::Retype(_));
    if before.iter().chain(&main).any(sets_aside) {
        main.push(Step::BringBack);
    }
    before.extend(main);
    before.extend(after);
    let columns: Vec<_> = changes.iter().flat_map(|change| backend.remade(change)).collect();
    Ok(match columns.is_empty() {
        true => before,
        false => vec![Step::AroundViews(Box::new(AroundViews {
            columns,
            steps: before,
        }))],
    })
}

/// A state with one model replaced or added.
pub(super) struct StateWith<'m> {
    pub model: &'m ModelDef,
    pub models: &'m dyn Models,
}

impl Models for StateWith<'_> {
    fn model(&self, key: &crate::model::ModelKey) -> Option<&ModelDef> {
        if self.model.key() == *key {
            Some(self.model)
        } else {
            self.models.model(key)
        }
    }

    fn all(&self) -> Vec<&ModelDef> {
        let own = self.model.key();
        let mut all: Vec<&ModelDef> = self.models.all();
        all.retain(|model| model.key() != own);
        all.push(self.model);
        all
    }
}

fn fill_texts(
    model: &ModelDef,
    models: &dyn Models,
    fills: &[Fill],
    dialect: &'static Dialect,
) -> Result<BTreeMap<String, String>> {
    fills
        .iter()
        .map(|fill| {
            let field = model
                .field(&fill.field)
                .filter(|field| field.ty.is_column())
                .ok_or_else(|| {
                    Error::config(format!(
                        "a value is given for {}.{}, which is not a column",
                        model.key(),
                        fill.field
                    ))
                })?;
            let (_, base) = stored(model, field, |key| models.model(key))?;
            let sql = literal::render(&fill.value, base.ty, dialect).map_err(|error| {
                error.context(format!(
                    "the value for existing rows of {}.{}",
                    model.key(),
                    fill.field
                ))
            })?;
            Ok((field.column_name(), sql))
        })
        .collect()
}

/// Whether foreign keys to the model may change with what they point at.
fn key_type_changes(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<bool> {
    let spelled = |model: &ModelDef, field: Option<&FieldDef>, models: &dyn Models| {
        let Some(field) = field else { return Ok(None) };
        let (owner, base) = stored(model, field, |key| models.model(key))?;
        let ty = backend(dialect).column_type(&owner.app, base)?;
        Ok::<_, Error>(Some((base.ty, ty, base.collation.clone())))
    };
    let key = |model: &ModelDef, models: &dyn Models| {
        let fields = model.key_fields();
        fields
            .map(|field| spelled(model, Some(field), models))
            .collect::<Result<Vec<_>>>()
    };
    if key(from, from_models)? != key(to, to_models)? {
        return Ok(true);
    }
    for field in from.fields.iter().filter(|field| from.is_unique(&field.name)) {
        let now = to.field(&field.name).filter(|now| now.ty.is_column());
        if now.is_some() && spelled(from, Some(field), from_models)? != spelled(to, now, to_models)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The tables of other models whose foreign key columns follow the type of what they point at. (Join tables with a model that has another
/// name are among the model's own changes.)
fn dependents(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<TableChange>> {
    let mut changes = Vec::new();
    for model in from_models.all() {
        let managed = |now: &&ModelDef| model.makes_table() && now.makes_table();
        let Some(now) = to_models.model(&model.key()).filter(managed) else {
            continue;
        };
        if model.key() == from.key() {
            continue;
        }
        let mut tables = vec![(model.clone(), now.clone())];
        if from.key() == to.key() {
            // What gets other columns is among the changes of the model that they are called after.
            let joins = join_tables(model, from_models).zip(join_tables(now, to_models));
            tables.extend(joins.filter(|(before, after)| !TableRename::of_join(before, after).renames()));
        }
        for (model, now) in tables {
            let before = lower_typed(&model, from_models, dialect)?;
            let after = lower_typed(&now, to_models, dialect)?;
            if before.field_types != after.field_types || before.table.columns != after.table.columns {
                changes.push(TableChange {
                    from: before.table,
                    to: after.table,
                    from_field_types: before.field_types,
                    to_field_types: after.field_types,
                    fills: BTreeMap::new(),
                    renamed_values: BTreeMap::new(),
                    mapped: BTreeMap::new(),
                });
            }
        }
    }
    Ok(changes)
}
