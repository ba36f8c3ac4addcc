//! `INSERT`, `UPDATE` and `DELETE` statements.

use std::sync::Arc;

use sea_query::{Alias, Expr, ExprTrait, Func, LockType, Query, ReturningClause, TableRef};
use smallvec::SmallVec;

use crate::error::Result;
use crate::expr::ExprTokens;
use crate::model::{ColumnMeta, ColumnSet, LeftOut, ModelMeta};

use super::assign::{assignments, next_version, nothing_else};
use super::join::key_columns;
use super::render::{Renderer, column};
use super::rules::{Buildable, read, rules};
use super::scopes::ScopeUse;
use super::select::matching_keys;
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumns, Rendered};
use super::table::table;
use super::writer::param;
use super::written_in_scope::{Filled, assigned_in, written_in};
use super::{Dialect, Statement, Transform};

pub(super) fn value(position: usize) -> Expr {
    param(u32::try_from(position).unwrap_or(u32::MAX), Transform::None)
}

/// Marks the shapes of statements for one row by its primary key.
const BY_KEY: u64 = u64::MAX;

/// A bit per column.
fn bits(flags: &[bool]) -> SmallVec<[u32; 4]> {
    flags
        .chunks(32)
        .map(|chunk| {
            chunk
                .iter()
                .enumerate()
                .fold(0, |bits, (at, &set)| bits | u32::from(set) << at)
        })
        .collect()
}

pub(super) fn finish(
    builder: &dyn Buildable,
    dialect: &'static Dialect,
    returns_rows: bool,
    bound: BoundColumns,
) -> Result<Rendered> {
    let (sql, placeholders) = rules(dialect).build(builder)?;
    Ok(Rendered {
        sql,
        placeholders,
        returns_rows,
        bound,
        scopes: Vec::new(),
    })
}

/// The columns of a row, in decoding order.
fn row(meta: &ModelMeta, dialect: &Dialect) -> impl Iterator<Item = Expr> {
    row_of(meta, meta.columns.iter(), dialect)
}

/// These columns of a row, as they are decoded.
pub(super) fn row_of<'m>(
    meta: &'m ModelMeta,
    columns: impl Iterator<Item = &'m ColumnMeta>,
    dialect: &Dialect,
) -> impl Iterator<Item = Expr> {
    columns.map(move |column| read(Expr::col(Alias::new(&column.column)), column, meta, dialect))
}

pub(super) fn all_columns(meta: &ModelMeta, dialect: &Dialect) -> ReturningClause {
    Query::returning().exprs(row(meta, dialect))
}

/// How new rows are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewRows {
    /// That many rows, value by value.
    Each(usize),
    /// One list per column, all of the same length.
    Lists,
}

/// Whether rows that assign these columns can be inserted as [`NewRows::Lists`].
pub fn takes_lists(meta: &'static ModelMeta, given: &ColumnSet, dialect: &'static Dialect) -> bool {
    // In a table of others or a view, columns may be of any type.
    dialect.rows_from_lists
        && meta.def.makes_table()
        && !given.is_empty()
        && given_columns(meta, given).all(|column| rules(dialect).list_type(column).is_some())
}

pub(super) fn given_columns<'a>(
    meta: &'static ModelMeta,
    given: &'a ColumnSet,
) -> impl Iterator<Item = &'static ColumnMeta> + use<'a> {
    let columns = meta.columns.iter().enumerate();
    columns
        .filter(|(at, _)| given.contains(*at))
        .map(|(_, column)| column)
}

/// The values of one column from the list at a position, one per row. Lists in one select list advance in step.
pub(super) fn from_list(position: usize, column: &ColumnMeta, dialect: &'static Dialect) -> Expr {
    let list = value(position);
    let list = match rules(dialect).list_type(column) {
        Some(list_type) => list.cast_as(Alias::new(list_type)),
        // The caller has made sure that the list has a type.
        None => list,
    };
    Func::cust("unnest").arg(list).into()
}

/// What scopes give, with types.
pub(super) fn typed(filled: &[Filled], dialect: &'static Dialect) -> impl Iterator<Item = Expr> {
    filled
        .iter()
        .map(|(column, value)| rules(dialect).cast_for(value.clone(), column))
}

/// `INSERT` of rows that assign these columns, bound row by row or list by list. With `returning`, the full rows are
/// returned.
///
/// # Errors
/// Never, for models that the registry has resolved.
pub fn insert(
    meta: &'static ModelMeta,
    given: &ColumnSet,
    rows: NewRows,
    returning: bool,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    // There is at least one row, so that 0 can stand for lists.
    let number = match rows {
        NewRows::Each(rows) => rows as u64,
        NewRows::Lists => 0,
    };
    let extra = given.numbers();
    let shape = Shape {
        kind: StatementKind::Insert,
        model: Shape::model_id(meta),
        parts: [&[]; 5],
        flags: number << 1 | u64::from(returning),
        extra: &extra,
    };
    statement(&shape, dialect, || {
        let mut insert = Query::insert();
        insert.into_table(table(meta, dialect)?);
        let mut scopes = Vec::new();
        let filled = written_in(meta, |at| given.contains(at), true, dialect, &mut scopes)?;
        let width = given.len();
        let columns = given_columns(meta, given).chain(filled.iter().map(|(column, _)| *column));
        let columns: Vec<Alias> = columns.map(|column| Alias::new(&column.column)).collect();
        let refused =
            |source| crate::error::Error::config("an insert has too few values").with_source(source);
        match rows {
            NewRows::Each(rows) if columns.is_empty() => {
                let rows = u32::try_from(rows).map_err(|_| {
                    crate::error::Error::internal("an insert of more rows than a statement takes")
                })?;
                insert.or_default_values_many(rows);
            }
            NewRows::Each(rows) => {
                insert.columns(columns);
                for row in 0..rows {
                    let values = (row * width..(row + 1) * width).map(value);
                    let of_scopes = filled.iter().map(|(_, value)| value.clone());
                    insert.values(values.chain(of_scopes)).map_err(refused)?;
                }
            }
            NewRows::Lists => {
                let columns_given = given_columns(meta, given).enumerate();
                let lists = columns_given.map(|(at, column)| from_list(at, column, dialect));
                let rows = Query::select()
                    .exprs(lists.chain(typed(&filled, dialect)))
                    .to_owned();
                insert.columns(columns).select_from(rows).map_err(refused)?;
            }
        }
        if returning {
            insert.returning(all_columns(meta, dialect));
        }
        let bound = BoundColumns::in_order(meta, given_columns(meta, given));
        Ok(finish(&insert, dialect, returning, bound)?.in_scopes(scopes))
    })
}

/// The condition that a row has the primary key whose values start at position `first`.
fn has_key(meta: &ModelMeta, first: usize) -> impl Iterator<Item = Expr> {
    key_columns(meta)
        .zip(first..)
        .map(|(key, at)| Expr::col(Alias::new(key)).eq(value(at)))
}

/// The primary key as an expression, qualified with the table.
fn qualified_key(meta: &ModelMeta) -> Expr {
    let mut columns: Vec<Expr> = key_columns(meta).map(|key| column(&meta.table, key)).collect();
    match columns.len() {
        1 => columns.remove(0),
        _ => Expr::tuple(columns),
    }
}

/// The primary key and the version, if there is one, by which a row is changed.
fn found_by(meta: &ModelMeta) -> impl Iterator<Item = &ColumnMeta> {
    meta.key_columns().chain(meta.version_column())
}

/// The condition that a row is the one whose values of [`found_by`] start at position `first`.
fn is_found(meta: &ModelMeta, first: usize) -> impl Iterator<Item = Expr> {
    found_by(meta)
        .zip(first..)
        .map(|(found, at)| Expr::col(Alias::new(&found.column)).eq(value(at)))
}

/// The scopes of a model, and the condition that a row of its table is in them.
pub(super) fn own_scopes(
    meta: &'static ModelMeta,
    dialect: &'static Dialect,
) -> Result<(Vec<ScopeUse>, Option<Expr>)> {
    let mut renderer = Renderer::new(meta, dialect);
    let in_scope = renderer.in_scope(meta, &meta.table, LeftOut::NONE)?;
    Ok((renderer.scoped, in_scope))
}

/// `UPDATE` of one row by its primary key, and its version if there is one: the values are the assigned columns, then those.
/// With `returning`, the full row is returned.
///
/// # Errors
/// As [`insert`].
pub fn update_row(
    meta: &'static ModelMeta,
    given: &[bool],
    returning: bool,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    let extra = bits(given);
    let shape = Shape {
        kind: StatementKind::Update,
        model: Shape::model_id(meta),
        parts: [&[]; 5],
        flags: BY_KEY - u64::from(returning),
        extra: &extra,
    };
    statement(&shape, dialect, || {
        let mut update = Query::update();
        update.table(table(meta, dialect)?);
        let set = meta.columns.iter().zip(given).filter(|(_, set)| **set);
        let mut bound: Vec<&'static ColumnMeta> = set.map(|(found, _)| found).collect();
        for (at, found) in bound.iter().enumerate() {
            update.value(Alias::new(&found.column), value(at));
        }
        update.values(next_version(meta));
        let (mut scopes, in_scope) = own_scopes(meta, dialect)?;
        let is_given = |at: usize| given.get(at).copied() == Some(true);
        written_in(meta, is_given, false, dialect, &mut scopes)?;
        for condition in is_found(meta, bound.len()).chain(in_scope) {
            update.and_where(condition);
        }
        if returning {
            update.returning(all_columns(meta, dialect));
        }
        bound.extend(found_by(meta));
        let update = finish(&update, dialect, returning, BoundColumns::in_order(meta, bound))?;
        Ok(update.in_scopes(scopes))
    })
}

/// `UPDATE` of all matching rows, which returns them if it is said. Values: those of the filter, then those of the assignments.
///
/// # Errors
/// If an assignment is to a column of other rows.
pub fn update(
    meta: &'static ModelMeta,
    assignments_given: &ExprTokens,
    filter: &ExprTokens,
    left_out: LeftOut,
    returning: bool,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    let shape = Shape {
        kind: StatementKind::Update,
        model: Shape::model_id(meta),
        parts: [filter.tokens(), assignments_given.tokens(), &[], &[], &[]],
        flags: u64::from(left_out.bits()) << 1 | u64::from(returning),
        extra: &[],
    };
    statement(&shape, dialect, || {
        let mut renderer = Renderer::new(meta, dialect);
        let mut update = Query::update();
        update.table(table(meta, dialect)?);
        let first = u32::try_from(filter.values().len()).unwrap_or(u32::MAX);
        let mut asks_others = false;
        let all = assignments(meta, assignments_given, first)?;
        for assigned in &all {
            asks_others |= assigned.asks_others();
            update.value(assigned.name(), assigned.render_alone(&mut renderer)?);
        }
        update.values(next_version(meta));
        if asks_others && dialect.update_sees_itself {
            // With a second table, even of one row, all new values are computed before the first row changes.
            let before = sea_query::IntoIden::into_iden(Alias::new("rows before"));
            update.from(TableRef::SubQuery(Box::new(nothing_else()), before));
        }
        let filter_expr = renderer.condition(filter.tokens(), 0)?;
        if renderer.has_joins() {
            let keys = matching_keys(meta, filter.tokens(), left_out, &mut renderer)?;
            update.and_where(qualified_key(meta).in_subquery(keys));
        } else {
            for condition in renderer
                .in_scope(meta, &meta.table, left_out)?
                .into_iter()
                .chain(filter_expr)
            {
                update.and_where(condition);
            }
        }
        if returning {
            update.returning(all_columns(meta, dialect));
        }
        let bound = BoundColumns::Some(renderer.bound);
        let mut scopes = renderer.scoped;
        assigned_in(meta, &all, left_out, dialect, &mut scopes)?;
        Ok(finish(&update, dialect, returning, bound)?.in_scopes(scopes))
    })
}

/// Which of the matching rows a `DELETE` deletes, and whether it returns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletes {
    /// All.
    All,
    /// All; they are returned.
    AllReturned,
    /// At most that many.
    Some(u32),
}

/// `DELETE` of matching rows.
///
/// # Errors
/// If the filter is inconsistent.
pub fn delete(
    meta: &'static ModelMeta,
    filter: &ExprTokens,
    left_out: LeftOut,
    deletes: Deletes,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    let returning = deletes == Deletes::AllReturned;
    let most = match deletes {
        Deletes::Some(rows) => Some(u64::from(rows)),
        Deletes::All | Deletes::AllReturned => None,
    };
    let shape = Shape {
        kind: StatementKind::Delete,
        model: Shape::model_id(meta),
        parts: [filter.tokens(), &[], &[], &[], &[]],
        flags: u64::from(left_out.bits()) << 40 | most.map_or(0, |rows| rows << 2 | 2) | u64::from(returning),
        extra: &[],
    };
    statement(&shape, dialect, || {
        let mut renderer = Renderer::new(meta, dialect);
        let mut delete = Query::delete();
        delete.from_table(table(meta, dialect)?);
        let filter_expr = renderer.condition(filter.tokens(), 0)?;
        if renderer.has_joins() || most.is_some() {
            let mut keys = matching_keys(meta, filter.tokens(), left_out, &mut renderer)?;
            if let Some(rows) = most {
                keys.limit(rows);
                // So that what others delete meanwhile does not count among them.
                if dialect.row_locks {
                    keys.lock_with_tables(LockType::Update, [Alias::new(&meta.table)]);
                }
            }
            delete.and_where(qualified_key(meta).in_subquery(keys));
        } else {
            for condition in renderer
                .in_scope(meta, &meta.table, left_out)?
                .into_iter()
                .chain(filter_expr)
            {
                delete.and_where(condition);
            }
        }
        if returning {
            delete.returning(all_columns(meta, dialect));
        }
        let bound = BoundColumns::Some(renderer.bound);
        Ok(finish(&delete, dialect, returning, bound)?.in_scopes(renderer.scoped))
    })
}

/// `SELECT` of one row by its primary key.
///
/// # Errors
/// As [`insert`].
pub fn by_key(meta: &'static ModelMeta, dialect: &'static Dialect) -> Result<Arc<Statement>> {
    let shape = Shape {
        kind: StatementKind::Rows,
        model: Shape::model_id(meta),
        parts: [&[]; 5],
        flags: BY_KEY,
        extra: &[],
    };
    statement(&shape, dialect, || {
        let mut select = Query::select();
        select.from(table(meta, dialect)?);
        select.exprs(row(meta, dialect));
        let (scopes, in_scope) = own_scopes(meta, dialect)?;
        for condition in has_key(meta, 0).chain(in_scope) {
            select.and_where(condition);
        }
        let bound = BoundColumns::in_order(meta, meta.key_columns());
        Ok(finish(&select, dialect, true, bound)?.in_scopes(scopes))
    })
}

/// `DELETE` of one row by its primary key, and its version if there is one.
///
/// # Errors
/// As [`insert`].
pub fn delete_row(meta: &'static ModelMeta, dialect: &'static Dialect) -> Result<Arc<Statement>> {
    let shape = Shape {
        kind: StatementKind::Delete,
        model: Shape::model_id(meta),
        parts: [&[]; 5],
        flags: BY_KEY,
        extra: &[],
    };
    statement(&shape, dialect, || {
        let mut delete = Query::delete();
        delete.from_table(table(meta, dialect)?);
        let (scopes, in_scope) = own_scopes(meta, dialect)?;
        for condition in is_found(meta, 0).chain(in_scope) {
            delete.and_where(condition);
        }
        let bound = BoundColumns::in_order(meta, found_by(meta));
        Ok(finish(&delete, dialect, false, bound)?.in_scopes(scopes))
    })
}
