//! One async connection of either backend.

/// A connection, checked out; returned clean when dropped.
pub(super) enum AsyncConn {
    /// SQLite has no async driver: each call runs on a thread for blocking work.
    #[cfg(feature = "sqlite")]
    Threaded(Box<Threaded>),
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::AsyncConn),
}

/// A blocking connection, and the threads that work on it.
#[cfg(feature = "sqlite")]
pub(super) struct Threaded {
    pub conn: super::conn::Conn,
    pub workers: std::sync::Arc<super::workers::Workers<super::sqlite::Raw>>,
}

/// Runs `work` on a thread where blocking is allowed; it runs to its end even if the future is dropped.
pub(super) async fn threaded<T: Send + 'static>(
    work: impl FnOnce() -> crate::Result<T> + Send + 'static,
) -> crate::Result<T> {
    match runtime()?.spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(shutting_down()),
        },
    }
}

/// The runtime that this code runs on.
///
/// # Errors
/// If it is not tokio's.
pub(super) fn runtime() -> crate::Result<tokio::runtime::Handle> {
    tokio::runtime::Handle::try_current().map_err(|_| {
        crate::Error::new(
            crate::error::Kind::Config,
            "`AsyncDb` works on the async runtime tokio, and this code does not run on one",
        )
        .with_hint("start it by `#[tokio::main]` or `Runtime::block_on`; without tokio use `Db`")
    })
}

#[cold]
pub(super) fn shutting_down() -> crate::Error {
    crate::Error::new(
        crate::error::Kind::Connection,
        "the async runtime is shutting down, or a thread that worked for it has panicked",
    )
    .with_hint("await all work before the runtime is dropped")
}

/// Runs `work` on such a thread without waiting for it, or immediately if the runtime is gone.
pub(super) fn detached(work: impl FnOnce() + Send + 'static) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}
