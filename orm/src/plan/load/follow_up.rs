//! The queries that load related rows: after a query's rows, or pipelined together with it.

use std::sync::Arc;

use crate::error::Result;
use crate::sql::{Dialect, ReadQuery, Statement};
use crate::value::{Row, Value};

use super::JoinedColumns;

/// The queries that follow a query for rows, and their results.
pub trait FollowUp: Send + 'static {
    /// Registers the columns that it needs in the query for the rows.
    ///
    /// # Errors
    /// If the registry is invalid.
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        let _ = columns;
        Ok(())
    }

    /// Says where the values beside the rows start, once all columns are registered.
    fn place_values(&mut self, first: usize) {
        let _ = first;
    }

    /// Announces that the query's own rows are those with this key, or with a key of this list.
    fn name(&mut self, keys: &Value<'static>) {
        let _ = keys;
    }

    /// Whether it can query by the announced keys and has not done so yet.
    #[inline]
    fn is_named(&self) -> bool {
        false
    }

    /// A query by the announced keys, to be pipelined with the query for the rows; [`next`](FollowUp::next) does not
    /// return it again.
    ///
    /// # Errors
    /// As [`next`](FollowUp::next).
    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    /// The list that may be read in one statement with the rows it is of.
    fn list(&mut self) -> Option<&mut dyn List> {
        None
    }

    /// The next query whose keys are known, after the rows were read. Several may be in flight at once.
    ///
    /// # Errors
    /// If the dialect cannot do what is asked.
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    /// Whether one of its own queries is in flight.
    #[inline]
    fn is_active(&self) -> bool {
        false
    }

    /// The values of the latest query.
    fn values(&self) -> &[Value<'static>] {
        &[]
    }

    /// The same values, moved out.
    fn take_values(&mut self) -> Vec<Value<'static>> {
        Vec::new()
    }

    /// Takes a row of the oldest query in flight.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        let _ = row;
        Ok(())
    }

    /// The oldest query in flight has returned all of its rows.
    fn answered(&mut self) {}
}

/// A list of related rows.
pub trait List {
    /// Gives the query for it, to be read along with the rows, to whatever makes a statement of both. Its columns start at a
    /// position, its values at another. Its rows are accepted next, and its values are those last given.
    ///
    /// # Errors
    /// If the registry is in error, or the dialect cannot do what is asked.
    fn read_along(
        &mut self,
        column: usize,
        value: usize,
        with: &mut dyn FnMut(&ReadQuery<'_>) -> Result<Arc<Statement>>,
    ) -> Result<Arc<Statement>>;
}

/// Loads nothing.
impl FollowUp for () {}

/// Forwards to a field: its queries by announced keys, and separately the others.
macro_rules! follow_ups_of {
    ($($field:tt)+) => {
        fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
            self.$($field)+.next(dialect)
        }

        #[inline]
        fn is_active(&self) -> bool {
            self.$($field)+.is_active()
        }

        fn values(&self) -> &[Value<'static>] {
            self.$($field)+.values()
        }

        fn take_values(&mut self) -> Vec<Value<'static>> {
            self.$($field)+.take_values()
        }

        fn accept(&mut self, row: &Row<'_>) -> Result<()> {
            self.$($field)+.accept(row)
        }

        fn answered(&mut self) {
            self.$($field)+.answered();
        }
    };
}
pub(in crate::plan) use follow_ups_of;
