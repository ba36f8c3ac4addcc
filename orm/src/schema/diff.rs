//! Steps between two states of a model: finds what differs, table by table; the backends say how it is done.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, OnDelete};
use crate::sql::{Dialect, quote};
use crate::value::FieldType;

use super::lower::{Lowered, lower_typed, storage};
use super::{Fill, Models, Step, TableDef, backend, literal, lower};

/// Two states of one table, matched by the names of columns (a renamed column has its new name in both).
#[derive(Clone)]
pub(super) struct Change {
    pub from: TableDef,
    pub to: TableDef,
    /// What the columns of `from` store.
    pub from_kinds: BTreeMap<String, FieldType>,
    /// What the columns of `to` store.
    pub to_kinds: BTreeMap<String, FieldType>,
    /// One value in SQL by column, for the rows that are there.
    pub fills: BTreeMap<String, String>,
}

/// Steps of one table, to be run among those of other tables: keys go before what they point at, and come after.
#[derive(Default)]
pub(super) struct Phases {
    pub before: Vec<Step>,
    pub main: Vec<Step>,
    pub after: Vec<Step>,
}

/// The steps that make a model's table, its indexes, and the join tables of its many-to-many fields. Tables of an
/// unmanaged model are left alone, here and below.
///
/// # Errors
/// If the model contradicts itself, or the backend cannot do what it says.
pub fn create_model(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Step>> {
    if model.unmanaged {
        return Ok(Vec::new());
    }
    let known = With { model, models };
    let mut steps = backend(dialect).create(&lower(model, &known, dialect)?);
    for join in joins(model) {
        steps.extend(backend(dialect).create(&lower(&join, &known, dialect)?));
    }
    Ok(steps)
}

/// The steps that drop a model's table and the join tables of its many-to-many fields.
///
/// # Errors
/// If the model contradicts itself.
pub fn delete_model(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Step>> {
    let _ = models;
    if model.unmanaged {
        return Ok(Vec::new());
    }
    let backend = backend(dialect);
    let mut steps: Vec<Step> = joins(model)
        .flat_map(|join| backend.drop(&join.table_name(), false))
        .collect();
    let restricts_itself = (model.fields.iter())
        .any(|field| field.to == Some(model.key()) && field.on_delete == Some(OnDelete::Restrict));
    steps.extend(backend.drop(&model.table_name(), restricts_itself));
    Ok(steps)
}

/// The steps between two states of one model, however many changes lie between them. Fields are matched by name;
/// `fills` has values for the rows that are there where a field is added or takes NULL no longer. Whether a model is
/// managed changes nothing in the database.
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
    if from.unmanaged || to.unmanaged {
        return Ok(Vec::new());
    }
    if from.table_name() != to.table_name() {
        return Err(Error::unsupported(format!(
            "{} moves from table {} to {}, which migrations cannot do yet",
            to.key(),
            from.table_name(),
            to.table_name()
        ))
        .with_hint("keep the table's name with #[orm(table = \"…\")]"));
    }
    let (from_models, to_models) = (
        &With {
            model: from,
            models: from_models,
        },
        &With {
            model: to,
            models: to_models,
        },
    );
    let backend = backend(dialect);
    let (dropped_joins, new_joins) = join_changes(from, to)?;
    let mut steps: Vec<Step> = dropped_joins
        .iter()
        .flat_map(|join| backend.drop(&join.table_name(), false))
        .collect();

    let mut before = lower_typed(from, from_models, dialect)?;
    let after = lower_typed(to, to_models, dialect)?;
    let renames = column_renames(from, to);
    if !renames.is_empty() {
        steps.extend(rename_steps(&before.table, &renames));
        before = renamed(from, from_models, &renames, before, dialect)?;
    }
    let mut phases = vec![backend.alter(&Change {
        fills: fill_texts(to, to_models, fills, dialect)?,
        from: before.table,
        to: after.table,
        from_kinds: before.kinds,
        to_kinds: after.kinds,
    })?];
    if key_type_changes(from, from_models, to, to_models, dialect)? {
        for mut change in dependents(from, from_models, to, to_models, dialect)? {
            for key in &mut change.from.foreign_keys {
                if key.target == to.table_name() {
                    for column in &mut key.target_columns {
                        if let Some((_, new)) = renames.iter().find(|(old, _)| old == column) {
                            column.clone_from(new);
                        }
                    }
                }
            }
            phases.push(backend.alter(&change)?);
        }
    }
    for part in [
        |phases: &mut Phases| std::mem::take(&mut phases.before),
        |phases: &mut Phases| std::mem::take(&mut phases.main),
        |phases: &mut Phases| std::mem::take(&mut phases.after),
    ] {
        for phases in &mut phases {
            steps.extend(part(phases));
        }
    }
    for join in new_joins {
        steps.extend(backend.create(&lower(&join, to_models, dialect)?));
    }
    Ok(steps)
}

/// A state in which one model is known to be as given, whether or not the state has it already.
struct With<'m> {
    model: &'m ModelDef,
    models: &'m dyn Models,
}

impl Models for With<'_> {
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

fn joins(model: &ModelDef) -> impl Iterator<Item = ModelDef> {
    model.fields.iter().filter_map(|field| model.join_model(field))
}

/// Join tables that go and join tables that come.
fn join_changes(from: &ModelDef, to: &ModelDef) -> Result<(Vec<ModelDef>, Vec<ModelDef>)> {
    let (mut dropped, mut added) = (Vec::new(), Vec::new());
    for field in &from.fields {
        let Some(join) = from.join_model(field) else {
            continue;
        };
        match to.field(&field.name).and_then(|field| to.join_model(field)) {
            None => dropped.push(join),
            Some(kept) if kept.table_name() == join.table_name() && kept.fields == join.fields => {}
            Some(_) => {
                return Err(Error::unsupported(format!(
                    "{}.{} changes the models or the table it joins, and its rows cannot follow",
                    to.key(),
                    field.name
                ))
                .with_hint("add a field with another name, copy the rows, then remove this one"));
            }
        }
    }
    for field in &to.fields {
        let before = from.field(&field.name).and_then(|field| from.join_model(field));
        if let (None, Some(join)) = (before, to.join_model(field)) {
            added.push(join);
        }
    }
    Ok((dropped, added))
}

/// Columns of kept fields that have another name now.
fn column_renames(from: &ModelDef, to: &ModelDef) -> Vec<(String, String)> {
    let columns = |field: &&FieldDef| field.ty.is_column();
    from.fields
        .iter()
        .filter(columns)
        .filter_map(|old| {
            let new = to.field(&old.name).filter(columns)?;
            (old.column_name() != new.column_name()).then(|| (old.column_name(), new.column_name()))
        })
        .collect()
}

/// Native on both databases, and references from elsewhere follow. A name that is taken until another rename has
/// happened is reached by way of one that is not.
fn rename_steps(table: &TableDef, renames: &[(String, String)]) -> Vec<Step> {
    let rename = |old: &str, new: &str| {
        Step::Sql(format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            quote(&table.name),
            quote(old),
            quote(new)
        ))
    };
    let taken = |name: &str| renames.iter().any(|(old, _)| old.eq_ignore_ascii_case(name));
    let mut steps = Vec::new();
    let mut direct = Vec::new();
    let mut last = Vec::new();
    for (position, (old, new)) in renames.iter().enumerate() {
        if taken(new) {
            let mut passing = format!("orm_rename_{position}");
            while table.column(&passing).is_some() {
                passing.push('_');
            }
            steps.push(rename(old, &passing));
            last.push(rename(&passing, new));
        } else {
            direct.push(rename(old, new));
        }
    }
    steps.extend(direct);
    steps.extend(last);
    steps
}

/// The table after its columns were renamed: everything in it follows, but constraints and indexes keep their names.
fn renamed(
    from: &ModelDef,
    models: &dyn Models,
    renames: &[(String, String)],
    before: Lowered,
    dialect: &'static Dialect,
) -> Result<Lowered> {
    let mut model = from.clone();
    for field in model.fields.iter_mut().filter(|field| field.ty.is_column()) {
        if let Some((_, new)) = renames.iter().find(|(old, _)| *old == field.column_name()) {
            field.column = Some(new.clone());
        }
    }
    let mut after = lower_typed(&model, models, dialect)?;
    // The same model was lowered twice, so everything stands at the same place.
    let (new, old) = (&mut after.table, before.table);
    for (new, old) in new.uniques.iter_mut().zip(old.uniques) {
        new.name = old.name;
    }
    for (new, old) in new.checks.iter_mut().zip(old.checks) {
        new.name = old.name;
    }
    for (new, old) in new.foreign_keys.iter_mut().zip(old.foreign_keys) {
        new.name = old.name;
    }
    for (new, old) in new.indexes.iter_mut().zip(old.indexes) {
        new.name = old.name;
    }
    Ok(after)
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
                        "a value is given for {}.{}, which is no column",
                        model.key(),
                        fill.field
                    ))
                })?;
            let (_, base) = storage(model, field, models)?;
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

/// Whether keys that point at the model have to change with its primary key.
fn key_type_changes(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<bool> {
    let spelled = |model: &ModelDef, models: &dyn Models| -> Result<Option<(FieldType, String)>> {
        let Some(key) = model.primary_key() else {
            return Ok(None);
        };
        let (owner, base) = storage(model, key, models)?;
        Ok(Some((base.ty, backend(dialect).column_type(&owner.app, base)?)))
    };
    Ok(spelled(from, from_models)? != spelled(to, to_models)?)
}

/// The tables whose columns follow a primary key's type.
fn dependents(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<Change>> {
    let mut tables: Vec<ModelDef> = Vec::new();
    for model in from_models.all() {
        let stays = to_models
            .model(&model.key())
            .is_some_and(|to| !model.unmanaged && !to.unmanaged);
        if model.key() != from.key() && stays {
            tables.push(model.clone());
            tables.extend(joins(model));
        }
    }
    // Join tables of the model itself, but for those that come or go.
    tables.extend(joins(from).filter(|join| joins(to).any(|kept| kept.table_name() == join.table_name())));
    let mut changes = Vec::new();
    for model in tables {
        let before = lower_typed(&model, from_models, dialect)?;
        let after = lower_typed(&model, to_models, dialect)?;
        if before.kinds != after.kinds || before.table.columns != after.table.columns {
            changes.push(Change {
                from: before.table,
                to: after.table,
                from_kinds: before.kinds,
                to_kinds: after.kinds,
                fills: BTreeMap::new(),
            });
        }
    }
    Ok(changes)
}
