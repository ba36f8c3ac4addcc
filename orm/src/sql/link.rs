//! Statements for join tables.

use std::sync::Arc;

use sea_query::{Alias, ExprTrait, Query};

use crate::error::Result;
use crate::model::ColumnMeta;
use crate::query::JoinStep;

use super::join::join_table;
use super::render::{column, no_column};
use super::rules::{read, rules};
use super::shape::{Shape, StatementKind, statement};
use super::statement::BoundColumns;
use super::table::named;
use super::write::{finish, from_list, value};
use super::{Dialect, Statement};

/// Changes to a join table's pairs of one near row with many far rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkChange {
    /// Inserts pairs of the near row (value 0) with that many far rows (the values after it), except those that exist.
    Add(usize),
    /// The same with a list of far rows (value 1), where [`takes_links`] allows it.
    AddList,
    /// Deletes the pairs of the near row (value 0) with a list of far rows (value 1).
    Remove,
    /// Deletes the pairs of the near row (value 0) with all far rows except a list of them (value 1).
    Keep,
    /// Reads which of a list of far rows (value 1) are paired with the near row (value 0).
    Existing,
}

/// Whether the step's join table supports [`LinkChange::AddList`].
///
/// # Errors
/// If a model is not registered.
pub fn takes_links(step: &JoinStep, dialect: &'static Dialect) -> Result<bool> {
    if !dialect.rows_from_lists || step.declaring()?.def.unmanaged {
        return Ok(false);
    }
    Ok(far_key(step)?.is_some_and(|key| rules(dialect).list_type(key).is_some()))
}

fn far_key(step: &JoinStep) -> Result<Option<&'static ColumnMeta>> {
    let far = step.target()?;
    Ok(far.columns.get(far.primary_key))
}

/// Changes the join table that a step goes through.
///
/// # Errors
/// If the step does not go through one.
pub fn link(step: &JoinStep, change: LinkChange, dialect: &'static Dialect) -> Result<Arc<Statement>> {
    let declaring = step.declaring()?;
    let join = join_table(step)?
        .ok_or_else(|| crate::error::Error::config("the relation does not go through a join table"))?;
    let (kind, number) = match change {
        LinkChange::Add(rows) => (StatementKind::Link, u32::try_from(rows).unwrap_or(u32::MAX - 1)),
        LinkChange::AddList => (StatementKind::Link, u32::MAX),
        LinkChange::Remove => (StatementKind::Unlink, 0),
        LinkChange::Keep => (StatementKind::Unlink, 1),
        LinkChange::Existing => (StatementKind::Unlink, 2),
    };
    let shape = Shape {
        kind,
        model: Shape::model_id(declaring),
        parts: [&[]; 5],
        flags: u64::from(number),
        extra: &[u32::from(step.field), step.kind as u32],
    };
    statement(&shape, dialect, || match change {
        LinkChange::Add(_) | LinkChange::AddList => {
            let refused =
                |source| crate::error::Error::config("a link has too few values").with_source(source);
            let mut insert = Query::insert();
            insert
                .into_table(named(&join.table, dialect)?)
                .columns([Alias::new(&join.near), Alias::new(&join.far)])
                .on_conflict(
                    sea_query::OnConflict::columns([Alias::new(&join.near), Alias::new(&join.far)])
                        .do_nothing()
                        .to_owned(),
                );
            if let LinkChange::Add(rows) = change {
                for row in 0..rows {
                    insert.values([value(0), value(row + 1)]).map_err(refused)?;
                }
            } else {
                let far = far_key(step)?.map(|key| from_list(1, key, dialect));
                let rows = Query::select().expr(value(0)).exprs(far).to_owned();
                insert.select_from(rows).map_err(refused)?;
            }
            finish(&insert, dialect, false, BoundColumns::Nothing)
        }
        LinkChange::Existing => {
            let key = far_key(step)?.ok_or_else(no_column)?;
            let far = column(&join.table.name, &join.far);
            let mut select = Query::select();
            select
                .from(named(&join.table, dialect)?)
                .expr(read(far.clone(), key, step.target()?, dialect))
                .and_where(column(&join.table.name, &join.near).eq(value(0)))
                .and_where(rules(dialect).in_list(far, 1, None));
            finish(&select, dialect, true, BoundColumns::Nothing)
        }
        LinkChange::Remove | LinkChange::Keep => {
            let mut delete = Query::delete();
            let far = rules(dialect).in_list(column(&join.table.name, &join.far), 1, None);
            let far = if change == LinkChange::Keep {
                far.not()
            } else {
                far
            };
            delete
                .from_table(named(&join.table, dialect)?)
                .and_where(column(&join.table.name, &join.near).eq(value(0)))
                .and_where(far);
            finish(&delete, dialect, false, BoundColumns::Nothing)
        }
    })
}
