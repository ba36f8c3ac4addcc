//! The contract between a job and a driver.

use std::sync::Arc;

use crate::error::Result;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::ErrorContext;

/// What a job does to the database; decides which connection it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads only.
    Read,
    /// Reads rows and locks them, in a transaction that may write.
    Lock,
    /// Writes, in one statement.
    Write,
    /// Writes, in several statements that succeed or fail together.
    Atomic,
}

/// A piece of work as a sequence of exchanges. A driver calls, until `next` returns `None`:
/// `next`, then `values`, then `row` for each row (or `affected` once for a statement without rows), then `next` again;
/// and at last `finish`.
pub trait Job: Send {
    /// What comes out.
    type Output: Send;
    /// The same job without borrows, for drivers that run it on another thread.
    type Owned: Job<Output = Self::Output> + 'static;

    /// Which connection it needs.
    fn access(&self) -> Access;

    /// What it is about.
    fn error_context(&self) -> Option<ErrorContext> {
        None
    }

    /// The next statement, or `None` when there is nothing more to send.
    ///
    /// # Errors
    /// If the dialect cannot do what is asked; nothing has been sent then.
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;

    /// The values that the statement's placeholders are filled from.
    fn values(&self) -> &[Value<'_>];

    /// One row of the result.
    ///
    /// # Errors
    /// If a column holds what its field cannot.
    fn row(&mut self, row: &Row<'_>) -> Result<()>;

    /// After how many rows of the statement last given no further one can come, so that a driver need not ask for it. Only
    /// for statements that read: one that writes has to run to its end to be done.
    #[inline]
    fn max_rows(&self) -> u64 {
        u64::MAX
    }

    /// How many rows a statement without result changed.
    ///
    /// # Errors
    /// If the number is not acceptable, such as an update of a row that is gone.
    fn affected(&mut self, rows: u64) -> Result<()> {
        let _ = rows;
        Ok(())
    }

    /// A further statement that may be sent without waiting for the answers of those before it; answers come in the order
    /// in which statements were given. `None` does not mean that there is nothing more to send.
    ///
    /// Only asked after [`next`](Job::next), where [`can_pipeline`](Job::can_pipeline) said so, and after the values of what
    /// was given before were taken.
    ///
    /// # Errors
    /// As [`next`](Job::next).
    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    /// Whether the statement last given may be followed by others before its answer.
    fn can_pipeline(&self) -> bool {
        false
    }

    /// The values of the statement last given, for a driver that keeps them while it asks for more statements.
    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.values().iter().cloned().map(Value::into_owned).collect()
    }

    /// The oldest statement without an answer has been answered in full. A driver that waits for every answer before it
    /// asks for the next statement need not say so.
    fn answered(&mut self) {}

    /// Whether the statement last given is the last, and its answer cannot be one that is refused: a driver may then
    /// commit in the same breath, and needs neither transaction nor savepoint around a single statement.
    fn is_final(&self) -> bool {
        false
    }

    /// Whether one statement does all of it: where a statement that fails changes nothing and ends no transaction, it
    /// succeeds or fails as a whole without a transaction or savepoint around it.
    fn is_one_statement(&self, dialect: &'static Dialect) -> bool {
        let _ = dialect;
        false
    }

    /// The result, after the last exchange.
    ///
    /// # Errors
    /// If what came back is not acceptable, such as no row where one was asked for.
    fn finish(self) -> Result<Self::Output>;

    /// The job without borrows.
    fn into_owned(self) -> Self::Owned;
}

/// What a driver's loop needs of a job, whatever comes out of it: such a loop is compiled once, and not again for every
/// kind of row.
#[cfg(feature = "postgres")]
pub(crate) trait ErasedJob: Send {
    /// [`Job::access`]
    fn access(&self) -> Access;
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

#[cfg(feature = "postgres")]
impl<J: Job> ErasedJob for J {
    fn access(&self) -> Access {
        Job::access(self)
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
