//! The one trait behind every handle.

use crate::error::Result;

use super::Job;

/// What a query runs on: `&Db` and `&Tx` answer at once, `&AsyncDb` and `&AsyncTx` with a future.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handle to a database",
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
