//! The only input and output in the crate: handles, pools, transactions and the two drivers.
//!
//! A query says what to do as a [`Job`](crate::plan::Job); the handle it is given decides how it runs. [`Db`] and [`Tx`]
//! answer at once, [`AsyncDb`] and [`AsyncTx`] (feature `async`) with a future.

mod builder;
mod cancel;
mod conn;
mod db;
// It serves tasks and their work too, which only some builds have.
#[cfg_attr(
    not(all(feature = "async", feature = "sqlite", feature = "postgres")),
    allow(dead_code)
)]
mod fair_queue;
mod housekeeping;
mod loans;
mod on_commit;
mod options;
mod place;
mod pool;
mod row_iter;
mod scoped;
mod session;
mod sync;
mod target;
mod trace;
mod tx;
mod url;
mod watch;

#[cfg(feature = "testing")]
pub(crate) mod like;

#[cfg(feature = "async")]
mod async_conn;
#[cfg(feature = "async")]
mod async_db;
#[cfg(feature = "async")]
mod async_tx;
#[cfg(all(feature = "async", feature = "sqlite"))]
mod call;
#[cfg(feature = "async")]
mod row_stream;
#[cfg(all(feature = "async", feature = "sqlite"))]
mod workers;

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "async")]
pub use async_db::AsyncDb;
#[cfg(feature = "async")]
pub use async_tx::AsyncTx;
pub use builder::Builder;
pub use cancel::CancelHandle;
pub use db::Db;
pub use options::{Isolation, TxOptions};
pub use session::DbSession;
pub use tx::Tx;
pub use watch::warn_repeated;
#[cfg(feature = "async")]
pub use watch::warn_repeated_async;
#[cfg(feature = "testing")]
pub(crate) use {place::place, watch::Watch};

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
