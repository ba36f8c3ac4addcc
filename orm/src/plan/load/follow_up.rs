//! What is asked after the rows of a query, or together with it: whatever reads rows asks nothing more by itself.

use std::sync::Arc;

use crate::error::Result;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::JoinedColumns;

/// The queries that follow one for rows, and their answers.
pub trait FollowUp: Send + 'static {
    /// Says which columns the query of the rows needs.
    ///
    /// # Errors
    /// If the registry is in error.
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        let _ = columns;
        Ok(())
    }

    /// The query's own rows are those with this key, or with a key of this list.
    fn name(&mut self, keys: &Value<'static>) {
        let _ = keys;
    }

    /// Whether there is something to load for rows whose keys were named, and it has not been asked for yet.
    #[inline]
    fn is_named(&self) -> bool {
        false
    }

    /// A query by the keys that were named: it goes out together with the query for the rows, and is not given again by
    /// [`next`](FollowUp::next).
    ///
    /// # Errors
    /// As [`next`](FollowUp::next).
    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    /// The next query whose keys are known, after the rows were read. Several may be on their way at once.
    ///
    /// # Errors
    /// If the dialect cannot do what is asked.
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    /// Whether an answer to a query of its own is outstanding.
    #[inline]
    fn is_active(&self) -> bool {
        false
    }

    /// The values of the query last given.
    fn values(&self) -> &[Value<'static>] {
        &[]
    }

    /// The same, to keep.
    fn take_values(&mut self) -> Vec<Value<'static>> {
        Vec::new()
    }

    /// A row of the oldest query that is outstanding.
    ///
    /// # Errors
    /// If a column holds what its field cannot.
    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        let _ = row;
        Ok(())
    }

    /// That query has no more rows.
    fn answered(&mut self) {}
}

/// Rows alone.
impl FollowUp for () {}

/// The queries of what stands in a field are one's own, those by named keys apart.
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
