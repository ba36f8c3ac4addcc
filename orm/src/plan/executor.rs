//! The one trait behind every handle.

use crate::error::Result;

use super::Job;

/// Handles that are a transaction.
#[diagnostic::on_unimplemented(
    message = "rows can only be locked in a transaction, which `{Self}` is not",
    label = "expected the `tx` of a transaction",
    note = "outside of one the lock would end with the statement; write `db.transaction(|tx| .. .select_for_update().get(tx) ..)`, \
            or `db.transaction(async |tx| ..)` on an async handle"
)]
pub trait InTransaction {}

/// What a query runs on: `&Db` and `&Tx` answer at once, `&AsyncDb` and `&AsyncTx` with a future.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle to a database",
    label = "expected &Db, &Tx, &AsyncDb or &AsyncTx",
    note = "pass the handle by reference: `.all(&db)`"
)]
pub trait Executor<'e>: Copy + Send {
    /// `Result<T>`, or a future of it.
    type Out<T: Send + 'e>;

    /// Runs a job (or passes on the error of building it), then `then` on what comes out.
    fn run<J, T, F>(self, job: Result<J>, then: F) -> Self::Out<T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e;
}
