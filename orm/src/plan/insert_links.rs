//! Pairs of many rows with many, put into a join table.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::query::JoinStep;
use crate::sql::{Dialect, LinkChange, Statement, link, takes_links};
use crate::value::Value;

use super::insert::by_column;

/// Inserts pairs, as many per statement as the dialect allows.
pub(super) struct InsertLinks {
    relation: JoinStep,
    /// The keys of both sides, one pair behind the other.
    pairs: Vec<Value<'static>>,
    width: usize,
    listed: bool,
    sent: usize,
    values: Vec<Value<'static>>,
}

/// The most pairs of a statement that takes a list for each column.
const MOST_LISTED: usize = 50_000;

impl InsertLinks {
    /// # Errors
    /// If a model is not registered.
    pub fn new(
        relation: JoinStep,
        pairs: Vec<Vec<Value<'static>>>,
        dialect: &'static Dialect,
    ) -> Result<Self> {
        Ok(InsertLinks {
            width: pairs.first().map_or(1, Vec::len),
            pairs: pairs.into_iter().flatten().collect(),
            listed: takes_links(&relation, dialect)? && takes_links(&relation.turned(), dialect)?,
            relation,
            sent: 0,
            values: Vec::new(),
        })
    }

    /// Whether every statement was returned.
    pub fn all_given(&self) -> bool {
        self.sent >= self.pairs.len()
    }

    /// The next statement.
    ///
    /// # Errors
    /// If the relation does not go through a join table.
    pub fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.all_given() {
            return Ok(None);
        }
        let left = (self.pairs.len() - self.sent) / self.width;
        let most = match self.listed {
            true => MOST_LISTED,
            false => (dialect.max_parameters / self.width).clamp(1, dialect.rows_per_insert),
        };
        let rows = left.min(most);
        let end = self.sent + rows * self.width;
        let values = self.pairs.get_mut(self.sent..end);
        let values = values.ok_or_else(|| Error::internal("a pair has too few keys"))?;
        let change = match self.listed {
            true => {
                self.values = by_column(values, self.width);
                LinkChange::PairLists
            }
            false => {
                self.values = values.to_vec();
                LinkChange::Pairs(rows)
            }
        };
        self.sent = end;
        link(&self.relation, change, dialect).map(Some)
    }

    pub fn values(&self) -> &[Value<'static>] {
        &self.values
    }

    pub fn take_values(&mut self) -> Vec<Value<'static>> {
        std::mem::take(&mut self.values)
    }
}
