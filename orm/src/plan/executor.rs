//! The one trait behind every handle.

use crate::error::Result;

use super::{HandleState, Job, Script};

/// Handles that are a transaction: `&Tx` and `&AsyncTx`. What locks rows asks for one.
///
/// # Example: a function that only makes sense in a transaction
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::{Executor, InTransaction};
///
/// fn locked<'e, E: Executor<'e> + InTransaction>(id: i64, tx: E) -> E::Out<Post> {
///     Post::objects().filter(move |p| p.id.eq(id)).select_for_update().get(tx)
/// }
/// assert_eq!(db.transaction(|tx| locked(1, tx))?.title, "Hello");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "rows can only be locked in a transaction, which `{Self}` is not",
    label = "expected the `tx` of a transaction",
    note = "outside of one the lock would end with the statement; write `db.transaction(|tx| .. .select_for_update().get(tx) ..)`, \
            or `db.transaction(async |tx| ..)` on an async handle"
)]
pub trait InTransaction {}

/// What a query runs on: `&Db` and `&Tx` answer at once, with a [`Result`](crate::Result); `&AsyncDb` and `&AsyncTx` answer with a
/// `Send` future of one. `E::Out<T>` in the signature of a terminal is whichever it is.
///
/// A function that takes any handle is written once for blocking and async programs, for transactions and without.
///
/// # Example: one function for every handle
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::Executor;
///
/// fn newest<'e, E: Executor<'e>>(db: E) -> E::Out<Option<Post>> {
///     Post::objects().order_by(|p| p.id.desc()).first(db)
/// }
/// assert_eq!(newest(&db)?.unwrap().title, "Later");
/// assert_eq!(db.transaction(|tx| newest(tx))?.unwrap().title, "Later");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: the handle is passed by reference
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().all(db)?; // `.all(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle to a database",
    label = "expected &Db, &Tx, &AsyncDb or &AsyncTx",
    note = "pass the handle by reference: `.all(&db)`"
)]
pub trait Executor<'e>: Copy + Send {
    /// `Result<T>`, or a future of it.
    type Out<T: Send + 'e>;

    /// Runs a job (or passes on the error of building it), then calls `then` with the result.
    fn run<J, T, F>(self, job: Result<J>, then: F) -> Self::Out<T>
    where
        J: Job + 'e,
        J::Output: 'e,
        T: Send + 'e,
        F: FnOnce(J::Output) -> Result<T> + Send + 'e;

    /// What the handle knows besides its connections.
    #[doc(hidden)]
    fn state(&self) -> HandleState {
        HandleState::default()
    }

    /// Runs a script, all of it or nothing.
    #[doc(hidden)]
    fn run_script(self, script: Script) -> Self::Out<()>;
}
