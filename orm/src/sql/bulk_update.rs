//! `UPDATE .. FROM ..`: rows that get values of their own, found by their primary key.

use std::sync::Arc;

use sea_query::{Alias, CommonTableExpression, Expr, ExprTrait, Query, SelectStatement, TableRef, UnionType};

use crate::error::{Error, Result};
use crate::model::{ColumnMeta, ColumnSet, ModelMeta};

use super::along::nth;
use super::assign::next_version;
use super::render::{column, no_column};
use super::shape::{Shape, StatementKind, statement};
use super::statement::BoundColumns;
use super::table::table;
use super::write::{finish, from_list, own_scopes, value};
use super::written_in_scope::written_in;
use super::{Dialect, NewRows, Statement};

/// The name of the rows with the new values.
const NEW: &str = "new values";

/// `UPDATE` of rows by their primary key, and their version if there is one. Values of each row: those of the key, the version, then
/// those of the columns to set.
///
/// # Errors
/// Never, for columns of the model.
pub fn bulk_update(
    meta: &'static ModelMeta,
    set: &[usize],
    rows: NewRows,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    let number = match rows {
        NewRows::Each(rows) => rows as u64,
        NewRows::Lists => 0,
    };
    let extra = ColumnSet::from_iter(set.iter().copied()).numbers();
    let shape = Shape {
        kind: StatementKind::BulkUpdate,
        model: Shape::model_id(meta),
        parts: [&[]; 5],
        flags: number,
        extra: &extra,
    };
    statement(&shape, dialect, || {
        let set: Option<Vec<&'static ColumnMeta>> = set.iter().map(|&at| meta.columns.get(at)).collect();
        let set = set.ok_or_else(no_column)?;
        let bound: Vec<&'static ColumnMeta> = meta
            .key_columns()
            .chain(meta.version_column())
            .chain(set.iter().copied())
            .collect();
        let values = match rows {
            NewRows::Each(rows) => one_by_one(meta, table(meta, dialect)?, &bound, rows),
            NewRows::Lists => {
                let mut lists = Query::select();
                for (at, column) in bound.iter().enumerate() {
                    lists.expr_as(from_list(at, column, dialect), Alias::new(nth('v', at)));
                }
                lists
            }
        };
        let mut update = Query::update();
        update.table(table(meta, dialect)?);
        let keys = meta.key.len() + usize::from(meta.version.is_some());
        for (at, found) in set.iter().enumerate() {
            update.value(Alias::new(&found.column), column(NEW, &nth('v', keys + at)));
        }
        update.values(next_version(meta));
        update.from(Alias::new(NEW));
        for (at, key) in meta.key_columns().chain(meta.version_column()).enumerate() {
            update.and_where(column(&meta.table, &key.column).eq(column(NEW, &nth('v', at))));
        }
        let (mut scopes, in_scope) = own_scopes(meta, dialect)?;
        let is_set = |at: usize| {
            meta.columns
                .get(at)
                .is_some_and(|of| set.iter().any(|column| std::ptr::eq(*column, of)))
        };
        written_in(meta, is_set, false, dialect, &mut scopes)?;
        if let Some(in_scope) = in_scope {
            update.and_where(in_scope);
        }
        if meta.key.is_empty() {
            return Err(Error::internal("a bulk update finds rows by no column"));
        }
        // A statement that has waited for a row of others looks for its new values again. Merged into it, those of the rows
        // but the first would not be found (Postgres 15, 2026-11).
        let mut rows = CommonTableExpression::new();
        rows.query(values).table_name(Alias::new(NEW)).materialized(true);
        let whole = Query::with().cte(rows).to_owned().query(update);
        let whole = finish(&whole, dialect, false, BoundColumns::in_order(meta, bound))?;
        Ok(whole.in_scopes(scopes))
    })
}

/// The rows one after another. They begin with no row of the table itself, which gives the values the types of its columns:
/// otherwise a database takes what it is not told for strings.
fn one_by_one(meta: &ModelMeta, table: TableRef, bound: &[&ColumnMeta], rows: usize) -> SelectStatement {
    let mut values = Query::select();
    values.from(table);
    for (at, found) in bound.iter().enumerate() {
        values.expr_as(column(&meta.table, &found.column), Alias::new(nth('v', at)));
    }
    values.and_where(Expr::custom_keyword(Alias::new("FALSE")));
    let width = bound.len();
    for row in 0..rows {
        let of_row = (row * width..(row + 1) * width).map(value);
        values.union(UnionType::All, Query::select().exprs(of_row).to_owned());
    }
    values
}
