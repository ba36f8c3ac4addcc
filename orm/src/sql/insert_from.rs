//! `INSERT INTO .. SELECT ..`: rows made of a query's values.

use std::sync::Arc;

use sea_query::{Alias, Query};
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::{Node, RowSource};
use crate::model::{ColumnMeta, ModelMeta};

use super::render::{Renderer, no_column};
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumn, BoundColumns};
use super::table::table;
use super::write::{all_columns, finish, value};
use super::written_in_scope::{Made, made_in};
use super::{Dialect, ReadQuery, Statement};

/// Rows to insert, made of the values of a query.
pub struct InsertFrom<'a> {
    /// The model of the new rows.
    pub into: &'static ModelMeta,
    /// The positions of the columns that the query's values are for.
    pub columns: &'a [u16],
    /// The positions of further columns, which get the same value in every row; those values come after the query's.
    pub constants: &'a [usize],
    /// The query, of [`StatementKind::Tuples`].
    pub query: ReadQuery<'a>,
    /// Whether the new rows are returned.
    pub returning: bool,
}

/// A value that a column is given.
fn written(value: usize, model: &'static ModelMeta, column: &'static ColumnMeta) -> BoundColumn {
    BoundColumn {
        value: u32::try_from(value).unwrap_or(u32::MAX),
        model,
        column,
        is_written: true,
    }
}

impl InsertFrom<'_> {
    /// The statement.
    ///
    /// # Errors
    /// If the query is inconsistent.
    pub fn statement(&self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let select = self.query.select;
        let groups = select.groups();
        let mut extra: SmallVec<[u32; 8]> = SmallVec::new();
        let flags = self.query.key(&mut extra)?;
        let into = Shape::model_id(self.into) as u64;
        // No column has that number.
        extra.extend([u32::MAX, into as u32, (into >> 32) as u32]);
        extra.extend(self.columns.iter().map(|&at| u32::from(at)));
        extra.push(u32::MAX);
        extra.extend(self.constants.iter().map(|&at| at as u32));
        let shape = Shape {
            kind: StatementKind::InsertFrom,
            model: Shape::model_id(self.query.meta),
            parts: [
                select.filter.tokens(),
                select.order.tokens(),
                groups.columns.tokens(),
                groups.by.tokens(),
                groups.having.tokens(),
            ],
            flags: u64::from(self.query.nulls) << 32 | u64::from(self.returning) << 31 | u64::from(flags),
            extra: &extra,
        };
        statement(&shape, dialect, || {
            self.query.check()?;
            let mut renderer = Renderer::of(self.query.rows(), dialect);
            renderer.stores = true;
            let mut rows = self.query.select_statement(&mut renderer, None)?;
            let first = self.query.positions().keys as usize;
            let into = |at: usize| self.into.columns.get(at).ok_or_else(no_column);
            let mut names = Vec::new();
            for &at in self.columns {
                names.push(Alias::new(&into(usize::from(at))?.column));
            }
            for (nth, &at) in self.constants.iter().enumerate() {
                let column = into(at)?;
                names.push(Alias::new(&column.column));
                rows.expr(renderer.rules().cast_for(value(first + nth), column));
            }
            let columns = self.query.parts()?.columns;
            for (nth, &at) in self.constants.iter().enumerate() {
                renderer.bound.push(written(first + nth, self.into, into(at)?));
            }
            for (&at, node) in self.columns.iter().zip(&columns) {
                if let Node::Value(value) = node {
                    let value = usize::try_from(value.position).unwrap_or(usize::MAX);
                    renderer
                        .bound
                        .push(written(value, self.into, into(usize::from(at))?));
                }
            }
            let made = |at: usize| {
                if self.constants.contains(&at) {
                    return Some(Made::Value);
                }
                let nth = self
                    .columns
                    .iter()
                    .position(|&column| usize::from(column) == at)?;
                Some(match columns.get(nth) {
                    Some(Node::Value(_)) => Made::Value,
                    Some(Node::Column(read)) if read.source == RowSource::OWN => {
                        Made::Column(usize::from(read.position))
                    }
                    _ => Made::Computed,
                })
            };
            let mut scopes = std::mem::take(&mut renderer.scoped);
            for (column, value) in made_in(self.into, &self.query, &made, dialect, &mut scopes)? {
                names.push(Alias::new(&column.column));
                rows.expr(renderer.rules().cast_for(value, column));
            }
            let mut insert = Query::insert();
            insert
                .into_table(table(self.into, dialect)?)
                .columns(names)
                .select_from(rows)
                .map_err(|source| {
                    Error::internal("an insert from a query has another number of values than columns")
                        .with_source(source)
                })?;
            if self.returning {
                insert.returning(all_columns(self.into, dialect));
            }
            let bound = BoundColumns::Some(renderer.bound);
            Ok(finish(&insert, dialect, self.returning, bound)?.in_scopes(scopes))
        })
    }
}
