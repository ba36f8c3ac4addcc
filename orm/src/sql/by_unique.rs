//! One row by what is unique: read, or updated and read.

use std::sync::Arc;

use sea_query::{Alias, Expr, ExprTrait, Query};
use smallvec::SmallVec;

use crate::error::Result;
use crate::model::{ColumnMeta, ColumnSet, ModelMeta};

use super::assign::next_version;
use super::render::no_column;
use super::shape::{Shape, StatementKind, statement};
use super::statement::BoundColumns;
use super::table::table;
use super::write::{all_columns, finish, given_columns, own_scopes, row_of, value};
use super::written_in_scope::written_in;
use super::{ConflictTarget, Dialect, Statement};

/// One row, by the columns of a unique rule.
pub struct ByUnique<'a> {
    /// The model.
    pub meta: &'static ModelMeta,
    /// The positions of the rule's columns.
    pub columns: &'a [usize],
    /// A bit for each of them, set where NULL is looked for, which the statement does not bind.
    pub nulls: u64,
    /// A bit for each of them, set where a scope says what is looked for, which the statement does not bind.
    pub filled: u32,
    /// The rule, for its condition.
    pub target: &'a ConflictTarget,
    /// The columns to set, if the row is to be updated.
    pub set: Option<&'a ColumnSet>,
}

impl ByUnique<'_> {
    /// The statement, which returns the row. Values: those of the columns to set, then those to look for.
    ///
    /// # Errors
    /// If the dialect has no such rule.
    pub fn statement(&self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let mut extra: SmallVec<[u32; 8]> = SmallVec::new();
        extra.extend([self.target.number, self.filled]);
        if let Some(set) = self.set {
            extra.extend(set.numbers());
        }
        let shape = Shape {
            kind: StatementKind::ByUnique,
            model: Shape::model_id(self.meta),
            parts: [&[]; 5],
            flags: self.nulls,
            extra: &extra,
        };
        statement(&shape, dialect, || {
            let meta = self.meta;
            let set: Vec<&'static ColumnMeta> = match self.set {
                Some(set) => given_columns(meta, set).collect(),
                None => Vec::new(),
            };
            let mut bound = set.clone();
            let mut conditions = Vec::new();
            let is_filled = |nth: usize| nth < 32 && self.filled >> nth & 1 == 1;
            if self.filled != 0 {
                let left_out =
                    |at| (self.columns.iter().enumerate()).any(|(nth, &of)| of == at && is_filled(nth));
                // What a new row would get says which row this is.
                written_in(meta, |at| !left_out(at), true, dialect, &mut Vec::new())?;
            }
            for (nth, &at) in self
                .columns
                .iter()
                .enumerate()
                .filter(|(nth, _)| !is_filled(*nth))
            {
                let column = meta.columns.get(at).ok_or_else(no_column)?;
                let name = Expr::col(Alias::new(&column.column));
                conditions.push(match self.nulls >> nth & 1 == 1 {
                    true => name.is_null(),
                    false => name.eq(value(bound.len())),
                });
                if self.nulls >> nth & 1 == 0 {
                    bound.push(column);
                }
            }
            let of_some = (self.target.sql)(dialect)?.condition;
            // It may have an OR outside of all parentheses.
            let of_some = of_some.map(|condition| Alias::new(format!("({condition})")));
            conditions.extend(of_some.map(Expr::custom_keyword));
            let (mut scopes, in_scope) = own_scopes(meta, dialect)?;
            if let Some(set) = self.set {
                written_in(meta, |at| set.contains(at), false, dialect, &mut scopes)?;
            }
            conditions.extend(in_scope);
            let bound = BoundColumns::in_order(meta, bound);
            if self.set.is_none() {
                let mut select = Query::select();
                select.from(table(meta, dialect)?);
                select.exprs(row_of(meta, meta.columns.iter(), dialect));
                for condition in conditions {
                    select.and_where(condition);
                }
                return Ok(finish(&select, dialect, true, bound)?.in_scopes(scopes));
            }
            let mut update = Query::update();
            update.table(table(meta, dialect)?);
            for (at, column) in set.iter().enumerate() {
                update.value(Alias::new(&column.column), value(at));
            }
            update.values(next_version(meta));
            for condition in conditions {
                update.and_where(condition);
            }
            update.returning(all_columns(meta, dialect));
            Ok(finish(&update, dialect, true, bound)?.in_scopes(scopes))
        })
    }
}
