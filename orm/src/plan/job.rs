//! The contract between a job and a driver.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::ErrorContext;

/// What a job does in the database, which decides the connection it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only reads.
    Read,
    /// Reads and locks rows, in a transaction that may write.
    Lock,
    /// Writes, in one statement.
    Write,
    /// Writes, in several statements that succeed or fail together.
    Atomic,
}

/// A unit of work, as a state machine without I/O. The driver calls `next`, then `values`, then `row` for each row (or
/// `affected` once, for a statement without rows), and repeats until `next` returns `None`; then it calls `finish`.
pub trait Job: Send {
    /// The result.
    type Output: Send;
    /// The same job without borrows, for drivers that run it on another thread.
    type Owned: Job<Output = Self::Output> + 'static;

    /// Which kind of connection it needs.
    fn access(&self) -> Access;

    /// What it adds to the errors of its statements.
    fn error_context(&self) -> Option<ErrorContext> {
        None
    }

    /// What it adds to an error of a statement that is one of several, where they are about different models; before the context above.
    #[inline]
    fn explain(&self, error: Error) -> Error {
        error
    }

    /// The next statement, or `None` when there is nothing more to send.
    ///
    /// # Errors
    /// If the dialect cannot do what is asked; nothing has been sent then.
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;

    /// The values that the statement's placeholders are filled from.
    fn values(&self) -> &[Value<'_>];

    /// Takes one row of the result.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    fn row(&mut self, row: &Row<'_>) -> Result<()>;

    /// The number of rows after which the latest statement returns no more, so that the driver need not step again.
    /// Only for statements that read: one that writes has to run to its end to take effect.
    #[inline]
    fn max_rows(&self) -> u64 {
        u64::MAX
    }

    /// Takes the number of rows that a statement without result changed.
    ///
    /// # Errors
    /// If the number is wrong, such as an update of a row that is gone.
    fn affected(&mut self, rows: u64) -> Result<()> {
        let _ = rows;
        Ok(())
    }

    /// The values of the next row behind a statement that copies rows; none when there are no more.
    ///
    /// # Errors
    /// If there is no row to be had; nothing is copied then.
    fn copied(&mut self) -> Result<Option<Vec<Value<'static>>>> {
        Ok(None)
    }

    /// A further statement that may be sent without waiting for the results of earlier ones; results arrive in the
    /// order in which statements were returned. `None` does not mean that there is nothing more to send.
    ///
    /// Only called after [`next`](Job::next), if [`can_pipeline`](Job::can_pipeline), and after the earlier
    /// statements' values were taken.
    ///
    /// # Errors
    /// As [`next`](Job::next).
    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    /// Whether others may be sent after the latest statement before its result arrives.
    fn can_pipeline(&self) -> bool {
        false
    }

    /// Moves out the values of the latest statement, for a driver that keeps them while it asks for more statements.
    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.values().iter().cloned().map(Value::into_owned).collect()
    }

    /// The oldest statement in flight is complete. A driver that waits for every result before it asks for the next
    /// statement need not call this.
    fn answered(&mut self) {}

    /// Whether the latest statement is the last, and no possible result of it is refused by the job: a driver may then
    /// send the commit along, and a single statement needs neither transaction nor savepoint.
    fn is_final(&self) -> bool {
        false
    }

    /// Whether a single statement does everything. Where a failed statement changes nothing and does not end the
    /// transaction, no transaction or savepoint is needed around it.
    fn is_one_statement(&self, dialect: &'static Dialect) -> bool {
        let _ = dialect;
        false
    }

    /// The result, after everything was sent.
    ///
    /// # Errors
    /// If the result is not acceptable, such as no row where one is required.
    fn finish(self) -> Result<Self::Output>;

    /// The job without borrows.
    fn into_owned(self) -> Self::Owned;
}

/// The SQL of the first statement that a job sends; empty if it sends none.
///
/// # Errors
/// As [`next`](Job::next).
pub(super) fn first_sql(job: Result<impl Job>, dialect: &'static Dialect) -> Result<String> {
    let statement = job?.next(dialect)?;
    Ok(statement.map_or_else(String::new, |statement| statement.sql.clone()))
}

/// The object-safe part of [`Job`] that a driver's loop needs, so that the loop is compiled once and not again for
/// every kind of row.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "a driver without pipelines asks for less")
)]
pub(crate) trait ErasedJob: Send {
    /// [`Job::access`]
    fn access(&self) -> Access;
    /// [`Job::explain`]
    fn explain(&self, error: Error) -> Error;
    /// [`Job::copied`]
    ///
    /// # Errors
    /// As there.
    fn copied(&mut self) -> Result<Option<Vec<Value<'static>>>>;
    /// [`Job::next`]
    ///
    /// # Errors
    /// As there.
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;
    /// [`Job::pipelined`]
    ///
    /// # Errors
    /// As there.
    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;
    /// [`Job::can_pipeline`]
    fn can_pipeline(&self) -> bool;
    /// [`Job::values`]
    fn values(&self) -> &[Value<'_>];
    /// [`Job::take_values`]
    fn take_values(&mut self) -> Vec<Value<'static>>;
    /// [`Job::row`]
    ///
    /// # Errors
    /// As there.
    fn row(&mut self, row: &Row<'_>) -> Result<()>;
    /// [`Job::affected`]
    ///
    /// # Errors
    /// As there.
    fn affected(&mut self, rows: u64) -> Result<()>;
    /// [`Job::answered`]
    fn answered(&mut self);
    /// [`Job::is_final`]
    fn is_final(&self) -> bool;
}

impl<J: Job> ErasedJob for J {
    fn access(&self) -> Access {
        Job::access(self)
    }

    fn explain(&self, error: Error) -> Error {
        Job::explain(self, error)
    }

    fn copied(&mut self) -> Result<Option<Vec<Value<'static>>>> {
        Job::copied(self)
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        Job::next(self, dialect)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        Job::pipelined(self, dialect)
    }

    fn can_pipeline(&self) -> bool {
        Job::can_pipeline(self)
    }

    fn values(&self) -> &[Value<'_>] {
        Job::values(self)
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        Job::take_values(self)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        Job::row(self, row)
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        Job::affected(self, rows)
    }

    fn answered(&mut self) {
        Job::answered(self);
    }

    fn is_final(&self) -> bool {
        Job::is_final(self)
    }
}
