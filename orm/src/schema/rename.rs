//! Renames of tables and columns, which are native on both databases; whatever refers to them follows.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey, QualifiedName};
use crate::sql::{Dialect, quote};

use super::diff::StateWith;
use super::lower::{Lowered, lower_unnamed};
use super::{Backend, Models, Step, TableDef, backend};

/// The rename of a table and of its columns.
#[derive(Clone)]
pub(super) struct TableRename {
    table: (QualifiedName, QualifiedName),
    columns: Vec<(String, String)>,
}

impl TableRename {
    /// Fields are matched by name, so a renamed column is one whose explicit name changed.
    pub fn of_model(from: &ModelDef, to: &ModelDef) -> Self {
        let columns = |field: &&FieldDef| field.ty.is_column();
        TableRename {
            table: (from.table_name(), to.table_name()),
            columns: (from.fields.iter().filter(columns))
                .filter_map(|old| Some((old, to.field(&old.name).filter(columns)?)))
                .filter_map(differing)
                .collect(),
        }
    }

    /// The columns of join tables are matched by position.
    pub fn of_join(from: &ModelDef, to: &ModelDef) -> Self {
        TableRename {
            table: (from.table_name(), to.table_name()),
            columns: from.fields.iter().zip(&to.fields).filter_map(differing).collect(),
        }
    }

    /// Whether anything gets another name.
    pub fn renames(&self) -> bool {
        self.table.0 != self.table.1 || !self.columns.is_empty()
    }

    /// The steps that rename the columns of a table that has its new name already.
    pub fn columns(&self, table: &TableDef) -> Vec<Step> {
        let name = self.table.1.quoted();
        let free = |name: &str| table.column(name).is_none();
        chain(&self.columns, &free)
            .into_iter()
            .map(|(old, new)| {
                let (old, new) = (quote(&old), quote(&new));
                Step::Sql(format!("ALTER TABLE {name} RENAME COLUMN {old} TO {new}"))
            })
            .collect()
    }

    /// The table after the rename: everything in it follows, except that constraints and indexes keep their names.
    pub fn lower(
        &self,
        model: &ModelDef,
        models: &dyn Models,
        before: &Lowered,
        dialect: &'static Dialect,
    ) -> Result<Lowered> {
        let mut model = model.clone();
        model.table = Some(self.table.1.name.clone());
        model.schema.clone_from(&self.table.1.schema);
        for field in model.fields.iter_mut().filter(|field| field.ty.is_column()) {
            let column = field.column_name();
            let new = self.columns.iter().find(|(old, _)| *old == column);
            field.column = Some(new.map_or(column, |(_, new)| new.clone()));
        }
        let known = StateWith {
            model: &model,
            models,
        };
        let mut after = lower_unnamed(&model, &known, dialect)?;
        // The same model was lowered twice, so everything is at the same position.
        let (new, old) = (&mut after.table, &before.table);
        for (new, old) in new.uniques.iter_mut().zip(&old.uniques) {
            new.name.clone_from(&old.name);
        }
        for (new, old) in new.exclusions.iter_mut().zip(&old.exclusions) {
            new.index.name.clone_from(&old.index.name);
        }
        for (new, old) in new.checks.iter_mut().zip(&old.checks) {
            new.name.clone_from(&old.name);
        }
        for (new, old) in new.foreign_keys.iter_mut().zip(&old.foreign_keys) {
            new.name.clone_from(&old.name);
        }
        for (new, old) in new.indexes.iter_mut().zip(&old.indexes) {
            new.name.clone_from(&old.name);
        }
        Ok(after)
    }

    /// The steps in front of the renames of a model's table and its columns and behind them, for what must not be there meanwhile.
    pub fn around(
        &self,
        model: &ModelDef,
        models: &dyn Models,
        dialect: &'static Dialect,
    ) -> Result<(Vec<Step>, Vec<Step>)> {
        if model.searches().next().is_none() {
            return Ok((Vec::new(), Vec::new()));
        }
        let before = lower_unnamed(model, models, dialect)?;
        let after = self.lower(model, models, &before, dialect)?;
        Ok(backend(dialect).around_rename(&before.table, &after.table))
    }

    /// Foreign keys of a table that point at the renamed one follow it.
    pub fn follow(&self, table: &mut TableDef) {
        let points = |target: &QualifiedName| *target == self.table.0 || *target == self.table.1;
        for key in (table.foreign_keys.iter_mut()).filter(|key| points(&key.target)) {
            key.target.clone_from(&self.table.1);
            for column in &mut key.target_columns {
                if let Some((_, new)) = self.columns.iter().find(|(old, _)| old == column) {
                    column.clone_from(new);
                }
            }
        }
    }
}

fn differing((old, new): (&FieldDef, &FieldDef)) -> Option<(String, String)> {
    let names = (old.column_name(), new.column_name());
    (names.0 != names.1).then_some(names)
}

/// The steps that rename tables, or move them to other schemas; their indexes and sequences go with them.
pub(super) fn tables<'r>(renames: impl Iterator<Item = &'r TableRename>, backend: &dyn Backend) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut renamed: BTreeMap<&Option<String>, Vec<(String, String)>> = BTreeMap::new();
    for (old, new) in renames
        .map(|rename| &rename.table)
        .filter(|(old, new)| old != new)
    {
        match old.schema == new.schema {
            true => renamed
                .entry(&old.schema)
                .or_default()
                .push((old.name.clone(), new.name.clone())),
            false => steps.extend(backend.set_schema(old, new.schema.as_deref())),
        }
    }
    for (schema, names) in renamed {
        steps.extend(chain(&names, &|_| true).into_iter().map(|(old, new)| {
            let (old, new) = (QualifiedName::new(schema.clone(), old).quoted(), quote(&new));
            Step::Sql(format!("ALTER TABLE {old} RENAME TO {new}"))
        }));
    }
    steps
}

/// Renames in an order in which each new name is free. A cycle goes through a temporary name.
pub(super) fn chain(renames: &[(String, String)], free: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let taken = |name: &str| renames.iter().any(|(old, _)| old.eq_ignore_ascii_case(name));
    let (mut first, mut direct, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for (position, (old, new)) in renames.iter().enumerate() {
        if taken(new) {
            let mut passing = format!("orm_rename_{position}");
            while !free(&passing) {
                passing.push('_');
            }
            first.push((old.clone(), passing.clone()));
            last.push((passing, new.clone()));
        } else {
            direct.push((old.clone(), new.clone()));
        }
    }
    first.extend(direct);
    first.extend(last);
    first
}

/// The join tables of a model.
pub(super) fn join_tables<'m>(model: &'m ModelDef, models: &'m dyn Models) -> impl Iterator<Item = ModelDef> {
    let fields = model.fields.iter();
    fields.filter_map(|field| model.join_model(field, |key| models.model(key)))
}

/// Join tables between two states of a model.
pub(super) struct JoinTables {
    pub dropped: Vec<QualifiedName>,
    /// Before and after, including those of other models that point at a renamed one, or at one whose key has other columns.
    pub kept: Vec<(ModelDef, ModelDef)>,
    pub added: Vec<ModelDef>,
    /// Those kept that become symmetrical: for each pair, there is to be the one that leads back.
    pub mirrored: Vec<ModelDef>,
}

impl JoinTables {
    pub fn between(
        from: &ModelDef,
        from_models: &dyn Models,
        to: &ModelDef,
        to_models: &dyn Models,
    ) -> Result<Self> {
        let (old_key, new_key) = (from.key(), to.key());
        let follows = |key: &Option<ModelKey>| match key {
            Some(key) if *key == old_key => Some(new_key.clone()),
            key => key.clone(),
        };
        let mut out = JoinTables {
            dropped: Vec::new(),
            kept: Vec::new(),
            added: Vec::new(),
            mirrored: Vec::new(),
        };
        for field in &from.fields {
            let now = to.field(&field.name);
            if now.is_some_and(|now| now.ty.is_column() != field.ty.is_column()) {
                return Err(Error::unsupported(format!(
                    "{}.{} cannot become a many-to-many field, or stop being one, with what it holds",
                    to.key(),
                    field.name
                ))
                .with_hint("remove the field and add it, or add one with another name and copy the rows"));
            }
            if let Some(now) = now.filter(|now| now.through.is_some() != field.through.is_some()) {
                let name = format!("{}.{}", to.key(), field.name);
                return Err(match &now.through {
                    Some(through) => Error::unsupported(format!(
                        "{name} goes through {through} from here on, and the rows of its join table would be left behind"
                    )),
                    None => Error::unsupported(format!(
                        "{name} does not go through a model any more, and has no join table to go on with"
                    )),
                }
                .with_hint(
                    "`orm makemigrations` writes how the rows follow: the table becomes that of the model, or the model's the join table",
                ));
            }
            let Some(join) = from.join_model(field, |key| from_models.model(key)) else {
                continue;
            };
            let kept = now.and_then(|now| Some((now, to.join_model(now, |key| to_models.model(key))?)));
            if let Some((now, kept)) = &kept
                && now.symmetrical
                && !field.symmetrical
            {
                out.mirrored.push(kept.clone());
            }
            match kept {
                None => out.dropped.push(join.table_name()),
                Some((now, kept)) if follows(&field.to) == now.to => out.kept.push((join, kept)),
                Some(_) => {
                    return Err(Error::unsupported(format!(
                        "{}.{} joins another model, and its rows cannot follow",
                        to.key(),
                        field.name
                    ))
                    .with_hint("add a field with another name, copy the rows, then remove this one"));
                }
            }
        }
        out.added = (to.fields.iter())
            .filter(|field| from.field(&field.name).is_none())
            .filter_map(|field| to.join_model(field, |key| to_models.model(key)))
            .collect();
        if let Some((_, join)) = out.kept.first().filter(|_| !same_key(from, to)) {
            return Err(joined_by_other_key(from, to, &join.table_name()));
        }
        out.kept
            .extend(JoinTables::of_others(from, from_models, to, to_models)?);
        Ok(out)
    }

    /// The join tables of other models that point at a model, before and after, where something in them is called after it.
    ///
    /// # Errors
    /// If they would have to hold other fields of its primary key.
    pub fn of_others(
        from: &ModelDef,
        from_models: &dyn Models,
        to: &ModelDef,
        to_models: &dyn Models,
    ) -> Result<Vec<(ModelDef, ModelDef)>> {
        let (old_key, new_key) = (from.key(), to.key());
        let mut kept = Vec::new();
        let others = from_models.all().into_iter();
        for model in others.filter(|model| model.key() != old_key && model.makes_table()) {
            let Some(now) = to_models.model(&model.key()).filter(|now| now.makes_table()) else {
                continue;
            };
            let points = |field: &&FieldDef| field.to.as_ref() == Some(&old_key);
            for field in model.fields.iter().filter(points) {
                let before = model.join_model(field, |key| from_models.model(key));
                let after = now.field(&field.name);
                let after = after.and_then(|field| now.join_model(field, |key| to_models.model(key)));
                let (Some(before), Some(after)) = (before, after) else {
                    continue;
                };
                if !same_key(from, to) {
                    return Err(joined_by_other_key(from, to, &before.table_name()));
                }
                if old_key != new_key || TableRename::of_join(&before, &after).renames() {
                    kept.push((before, after));
                }
            }
        }
        Ok(kept)
    }
}

/// Whether join tables go on with the same columns for the primary key of a model, whose fields have their new names in both states.
fn same_key(from: &ModelDef, to: &ModelDef) -> bool {
    let key = |model: &'_ ModelDef| -> Vec<String> {
        let fields = model.key_fields();
        fields.map(|field| field.name.clone()).collect()
    };
    let (before, after) = (key(from), key(to));
    before == after || before.len() == 1 && after.len() == 1
}

/// Refuses the primary key of a model that becomes another one, to which a join table stays.
#[cold]
pub fn joined_by_other_key(from: &ModelDef, to: &ModelDef, join: &QualifiedName) -> Error {
    let key = |model: &ModelDef| {
        let names = model.key_fields().map(|field| field.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    Error::unsupported(format!(
        "the primary key of {} becomes ({}), and the rows of the join table {join} hold ({})",
        to.key(),
        key(to),
        key(from)
    ))
    .with_hint("remove the many-to-many field by a migration before, and add it by one after; or let it go `through` a model, whose fields you fill")
}
