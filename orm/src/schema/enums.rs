//! Enum types, where the database has them; elsewhere a check on each column does the same.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
pub use crate::model::enum_name;
use crate::model::{FieldDef, MAX_IDENTIFIER, ModelDef, ModelKey, stored};
use crate::sql::{Dialect, Session};

use super::diff::{TableChange, in_phases};
use super::lower::{Lowered, lower_typed};
use super::rename::join_tables;
use super::{Models, Step, backend};

/// A change of an enum type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnumChange<'a> {
    /// Create it with these values.
    Create(&'a [String]),
    /// Drop it; no column has the type any more.
    Delete,
    /// Add a value.
    Add {
        /// The text.
        value: &'a str,
        /// The value to insert it before; at the end if `None`.
        before: Option<&'a str>,
    },
    /// Rename a value, in rows as well.
    Rename {
        /// The old value.
        old: &'a str,
        /// The new value.
        new: &'a str,
    },
    /// Change the list of values; no row may hold a removed one.
    Alter(&'a [String]),
}

impl EnumChange<'_> {
    fn new_values(&self) -> Vec<&str> {
        match *self {
            EnumChange::Create(values) | EnumChange::Alter(values) => {
                values.iter().map(String::as_str).collect()
            }
            EnumChange::Delete => Vec::new(),
            EnumChange::Add { value, .. } => vec![value],
            EnumChange::Rename { new, .. } => vec![new],
        }
    }
}

/// The steps of a change of the enum type `name` of `app`, between two states of all models.
///
/// # Errors
/// If a state contradicts itself, or the backend cannot do what it says.
pub fn alter_enum(
    change: EnumChange<'_>,
    (app, name): (&str, &str),
    from_models: &dyn Models,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let ty = enum_name(app, name);
    check_texts(app, name, change.new_values())?;
    let backend = backend(dialect);
    let plan = backend.enum_steps(&ty, change)?;
    let mut steps = plan.before;
    if plan.tables {
        let of_type =
            |owner: &ModelDef, base: &FieldDef| owner.app == app && base.enum_type.as_deref() == Some(name);
        let renamed = match change {
            EnumChange::Rename { old, new } => Some((old, new)),
            _ => None,
        };
        let tables = tables_with(&of_type, from_models, to_models, dialect)?;
        let changes: Vec<TableChange> = tables
            .into_iter()
            .map(|table| retyped(table, renamed, plan.old_type.as_deref()))
            .collect();
        steps.extend(in_phases(&changes, backend)?);
    }
    steps.extend(plan.after);
    Ok(steps)
}

/// The steps that give one of the strings that a field allows another spelling, in its rows and in those that point at them.
/// A table that is somebody else's is left alone.
///
/// # Errors
/// If a foreign key over several columns stands on the field; if a state contradicts itself, or the backend cannot do what it says.
pub fn rename_choice(
    key: &ModelKey,
    field: &str,
    renamed: (&str, &str),
    from_models: &dyn Models,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let is_it = |owner: &ModelDef, base: &FieldDef| owner.key() == *key && base.name == field;
    let tables = tables_with(&is_it, from_models, to_models, dialect)?;
    if !tables.is_empty() {
        refuse_part_of_key(key, field, from_models)?;
    }
    let changes: Vec<TableChange> = tables
        .into_iter()
        .map(|table| retyped(table, Some(renamed), None))
        .collect();
    in_phases(&changes, backend(dialect))
}

/// Refuses new values for a field that a foreign key over several columns stands on: the other side would keep the old ones, or become
/// what `on_update` says, which may be NULL.
///
/// # Errors
/// If there is such a foreign key.
fn refuse_part_of_key(key: &ModelKey, field: &str, models: &dyn Models) -> Result<()> {
    let names = |fields: &[String]| fields.iter().any(|name| name == field);
    for owner in models.all().into_iter().filter(|owner| owner.makes_table()) {
        let own = owner.key();
        for composite in owner.composite_foreign_keys() {
            let holds = own == *key && names(&composite.fields);
            let is_pointed_at = composite.to == *key && names(&composite.to_fields);
            if composite.db_constraint && (holds || is_pointed_at) {
                return Err(Error::unsupported(format!(
                    "the foreign key {own}.{} stands on {key}.{field}, whose rows would hold other values than those of the other side",
                    composite.relation
                ))
                .with_hint(format!(
                    "remove the constraint {} of {own} before, and add it after the values of both sides are renamed",
                    composite.name
                )));
            }
        }
    }
    Ok(())
}

/// Checks that every database can hold the values of an enum type.
///
/// # Errors
/// If one is too long.
pub(super) fn check_texts<T: AsRef<str>>(
    app: &str,
    name: &str,
    values: impl IntoIterator<Item = T>,
) -> Result<()> {
    let lengths = values.into_iter().map(|text| text.as_ref().len());
    match lengths.max().filter(|length| *length > MAX_IDENTIFIER) {
        Some(length) => Err(Error::config(format!(
            "a text of the enum type {app}.{name} has {length} bytes, and {MAX_IDENTIFIER} is the most"
        ))
        .with_hint("shorten it, or let the field hold choices without a type of their own")),
        None => Ok(()),
    }
}

/// The values of an enum type in order, or `None` if the database has no such type. One of models in a schema has that in its name:
/// `billing.status`.
///
/// # Errors
/// What the database says.
///
/// # Example: SQLite has no such types
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(orm::tables::enum_values(&mut db.session()?, "blog", "Status")?, None);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn enum_values(session: &mut dyn Session, app: &str, name: &str) -> Result<Option<Vec<String>>> {
    backend(session.dialect()).enum_values(session, &enum_name(app, name))
}

/// How a backend changes an enum type.
#[derive(Default)]
pub(super) struct EnumSteps {
    pub before: Vec<Step>,
    /// Whether the tables with columns of the type change too.
    pub tables: bool,
    /// The type of their columns before the change, in SQL, if it is not the enum type itself.
    pub old_type: Option<String>,
    pub after: Vec<Step>,
}

/// A table before and after, and its columns affected by the change.
struct EnumTable {
    columns: Vec<String>,
    before: Lowered,
    after: Lowered,
}

/// Selects the fields whose columns are affected.
type ColumnFilter<'a> = &'a dyn Fn(&ModelDef, &FieldDef) -> bool;

/// The tables with such columns, including join tables.
fn tables_with(
    holds: ColumnFilter<'_>,
    from_models: &dyn Models,
    to_models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<EnumTable>> {
    let mut tables = Vec::new();
    for model in from_models.all() {
        let Some(now) = to_models.model(&model.key()).filter(|now| now.makes_table()) else {
            continue;
        };
        let of_now: Vec<ModelDef> = std::iter::once(now.clone())
            .chain(join_tables(now, to_models))
            .collect();
        let of_then = std::iter::once(model.clone()).chain(join_tables(model, from_models));
        for (then, now) in of_then.zip(&of_now) {
            let columns = columns_of(&then, holds, from_models)?;
            if !columns.is_empty() {
                tables.push(EnumTable {
                    columns,
                    before: lower_typed(&then, from_models, dialect)?,
                    after: lower_typed(now, to_models, dialect)?,
                });
            }
        }
    }
    Ok(tables)
}

/// The affected columns of a model, including foreign keys to such columns.
fn columns_of(model: &ModelDef, holds: ColumnFilter<'_>, models: &dyn Models) -> Result<Vec<String>> {
    let mut columns = Vec::new();
    for field in model.fields.iter().filter(|field| field.ty.is_column()) {
        let (owner, base) = stored(model, field, |key| models.model(key))?;
        if holds(owner, base) {
            columns.push(field.column_name());
        }
    }
    Ok(columns)
}

fn retyped(table: EnumTable, renamed: Option<(&str, &str)>, old_type: Option<&str>) -> TableChange {
    let EnumTable {
        columns,
        mut before,
        after,
    } = table;
    let mut renamed_values = BTreeMap::new();
    for name in columns {
        let column = before.table.columns.iter_mut().find(|column| column.name == name);
        if let (Some(column), Some(old)) = (column, old_type) {
            let brackets = if column.ty.ends_with("[]") { "[]" } else { "" };
            column.ty = format!("{old}{brackets}");
        }
        if let Some((old, new)) = renamed {
            renamed_values.insert(name, (old.to_owned(), new.to_owned()));
        }
    }
    TableChange {
        from: before.table,
        to: after.table,
        from_field_types: before.field_types,
        to_field_types: after.field_types,
        fills: BTreeMap::new(),
        renamed_values,
        mapped: BTreeMap::new(),
    }
}
