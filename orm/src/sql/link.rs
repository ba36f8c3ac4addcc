//! Statements for join tables.

use std::sync::Arc;

use sea_query::{Alias, ExprTrait, Query};
use smallvec::SmallVec;

use crate::error::Result;
use crate::model::ColumnMeta;
use crate::query::JoinStep;

use super::join::{all_equal, join_table, row_of};
use super::rules::{read, rules};
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumns, Rendered};
use super::table::named;
use super::write::{finish, from_list, own_scopes, value};
use super::{Dialect, Statement};

/// Changes to a join table's pairs of one near row with many far rows. A row is the values of its primary key, a list of rows a list
/// for each of its columns; those of the near row come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkChange {
    /// Inserts pairs of the near row with that many far rows, except those that exist.
    Add(usize),
    /// The same with a list of far rows, where [`takes_links`] allows it.
    AddList,
    /// Inserts that many pairs, except those that exist; both rows of each are given.
    Pairs(usize),
    /// The same with a list for each column, where [`takes_links`] allows it of both ways.
    PairLists,
    /// Deletes the pairs of the near row with a list of far rows.
    Remove,
    /// Deletes the pairs of the near row with all far rows except a list of them.
    Keep,
    /// Reads which of a list of far rows are paired with the near row.
    Existing,
}

/// Whether the step's join table supports [`LinkChange::AddList`].
///
/// # Errors
/// If a model is not registered.
pub fn takes_links(step: &JoinStep, dialect: &'static Dialect) -> Result<bool> {
    if !dialect.rows_from_lists || !step.declaring()?.def.makes_table() {
        return Ok(false);
    }
    let listed = |key: &ColumnMeta| rules(dialect).list_type(key).is_some();
    Ok(step.target()?.key_columns().all(listed))
}

/// Changes the join table that a step goes through.
///
/// # Errors
/// If the step does not go through one.
pub fn link(step: &JoinStep, change: LinkChange, dialect: &'static Dialect) -> Result<Arc<Statement>> {
    let declaring = step.declaring()?;
    let (kind, number) = match change {
        LinkChange::Add(rows) => (StatementKind::Link, u32::try_from(rows).unwrap_or(u32::MAX - 1)),
        LinkChange::AddList => (StatementKind::Link, u32::MAX),
        LinkChange::Pairs(rows) => (
            StatementKind::LinkPairs,
            u32::try_from(rows).unwrap_or(u32::MAX - 1),
        ),
        LinkChange::PairLists => (StatementKind::LinkPairs, u32::MAX),
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
    statement(&shape, dialect, || render(step, change, dialect))
}

fn render(step: &JoinStep, change: LinkChange, dialect: &'static Dialect) -> Result<Rendered> {
    let join = join_table(step)?
        .ok_or_else(|| crate::error::Error::config("the relation does not go through a join table"))?;
    let far_model = step.target()?;
    let far_key: SmallVec<[&ColumnMeta; 1]> = far_model.key_columns().collect();
    let near = join.near.iter().count();
    let table = &join.table.name;
    let of_near = || all_equal(join.near.of(table).zip((0..near).map(value)));
    let in_list = || match &*far_key {
        [_] => rules(dialect).in_list(row_of(join.far.of(table)), position(near), None),
        key => row_of(join.far.of(table)).in_subquery(rules(dialect).rows_of_lists(key, position(near))),
    };
    // Links that are out of scope are as if they were not there, as they are where they are read.
    let of_links = || match join.model {
        Some(model) => own_scopes(model, dialect),
        None => Ok((Vec::new(), None)),
    };
    match change {
        LinkChange::Add(_) | LinkChange::AddList | LinkChange::Pairs(_) | LinkChange::PairLists => {
            let refused =
                |source| crate::error::Error::config("a link has too few values").with_source(source);
            let columns = || join.near.iter().chain(join.far.iter()).map(Alias::new);
            let mut insert = Query::insert();
            insert
                .into_table(named(&join.table, dialect)?)
                .columns(columns())
                .on_conflict(sea_query::OnConflict::columns(columns()).do_nothing().to_owned());
            match change {
                LinkChange::Add(rows) => {
                    for first in (near..).step_by(far_key.len()).take(rows) {
                        let far = first..first + far_key.len();
                        insert.values((0..near).chain(far).map(value)).map_err(refused)?;
                    }
                }
                LinkChange::Pairs(rows) => {
                    let width = near + far_key.len();
                    for first in (0..).step_by(width).take(rows) {
                        insert
                            .values((first..first + width).map(value))
                            .map_err(refused)?;
                    }
                }
                LinkChange::PairLists => {
                    let keys = step
                        .turned()
                        .target()?
                        .key_columns()
                        .chain(far_key.iter().copied());
                    let keys = (0..).zip(keys).map(|(at, key)| from_list(at, key, dialect));
                    insert
                        .select_from(Query::select().exprs(keys).to_owned())
                        .map_err(refused)?;
                }
                _ => {
                    let far = (near..).zip(&far_key);
                    let far = far.map(|(at, key)| from_list(at, key, dialect));
                    let rows = Query::select().exprs((0..near).map(value).chain(far)).to_owned();
                    insert.select_from(rows).map_err(refused)?;
                }
            }
            finish(&insert, dialect, false, BoundColumns::Nothing)
        }
        LinkChange::Existing => {
            let mut select = Query::select();
            let far = join.far.of(table).zip(&far_key);
            select
                .from(named(&join.table, dialect)?)
                .exprs(far.map(|(far, key)| read(far, key, far_model, dialect)))
                .and_where(of_near()?)
                .and_where(in_list());
            let (scopes, in_scope) = of_links()?;
            select.and_where_option(in_scope);
            Ok(finish(&select, dialect, true, BoundColumns::Nothing)?.in_scopes(scopes))
        }
        LinkChange::Remove | LinkChange::Keep => {
            let mut delete = Query::delete();
            let far = match change {
                LinkChange::Keep => in_list().not(),
                _ => in_list(),
            };
            delete
                .from_table(named(&join.table, dialect)?)
                .and_where(of_near()?)
                .and_where(far);
            let (scopes, in_scope) = of_links()?;
            delete.and_where_option(in_scope);
            Ok(finish(&delete, dialect, false, BoundColumns::Nothing)?.in_scopes(scopes))
        }
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
