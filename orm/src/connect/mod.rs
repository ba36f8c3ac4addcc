//! The only input and output in the crate: handles, pools, transactions and the two drivers.
//!
//! A query says what to do as a [`Job`](crate::plan::Job); the handle it is given decides how it runs. [`Db`] and [`Tx`]
//! answer at once, [`AsyncDb`] and [`AsyncTx`] (feature `async`) with a future.
//!
//! ```
//! # #[cfg(feature = "sqlite")] {
//! use orm::{Db, Result};
//!
//! # fn main() -> Result<()> {
//! let db = Db::connect("sqlite::memory:")?;
//! let answer = db.transaction(|tx| {
//!     tx.on_commit(|| println!("saved"));
//!     tx.transaction(|_savepoint| Ok(()))?; // nested: a savepoint
//!     Ok(42)
//! })?;
//! assert_eq!(answer, 42);
//! # Ok(()) }
//! # main().unwrap();
//! # }
//! ```
//!
//! # Addresses
//!
//! | URL | database |
//! |---|---|
//! | `sqlite://blog.db`, `sqlite:blog.db` | a file, relative to the working directory; `sqlite:///var/blog.db` is absolute |
//! | `sqlite::memory:`, `sqlite://:memory:` | in memory, gone with the last handle |
//! | `postgres://user:password@host:5432/blog` | Postgres; `?host=/run/postgresql` for a socket |
//!
//! Options follow a `?` and are joined by `&`:
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `pool=8` | most connections; on SQLite the readers beside the one writer | 4 on SQLite, 8 on Postgres |
//! | `pool_timeout=10s` | how long to wait for a free connection | 10 s |
//! | `busy_timeout=5s` | SQLite: how long to wait for another process's lock | 5 s |
//! | `mode=ro` | SQLite: `rwc` (create the file), `rw` (it must exist), `ro` (read only) | `rwc` |
//! | `immutable=true` | SQLite: nobody writes to the file while it is open, so it is read where nothing can be written beside it | `false` |
//! | `sslmode=require` | Postgres: `disable`, `prefer`, `require`, `verify-full`; all but the first two need feature `tls` | `prefer` |
//! | `sslrootcert=ca.pem` | Postgres: certificates to trust with `verify-full` | the system's |
//! | `statements=unnamed` | Postgres: `named` or `unnamed`; see [poolers](#poolers) | found out |
//! | others | Postgres: what the driver knows, such as `connect_timeout` (seconds), `application_name`, `options` | |

//!
//! # Poolers
//!
//! A pooler such as PgBouncer with `pool_mode = transaction` runs each transaction on whichever of its connections is free. A
//! statement prepared under a name is then not there, or is another program's. So who answers is found out where a
//! connection is opened, without a further round trip, and behind a pooler no statement has a name: each is sent whole, still
//! in one round trip. `statements=unnamed` says so beforehand; `statements=named` is for a pooler that keeps statements apart
//! (`pool_mode = session`, or PgBouncer 1.21 and later with `max_prepared_statements`).
//!
//! Behind a pooler nothing outlives a transaction, on a [`DbSession`] neither: no setting (also not the time zone, which is
//! otherwise UTC), no lock, no temporary table. Nothing here relies on one; each migration takes a lock for its transaction.
//! SQL text that reads a type of the database's own casts it to text (`mood::text`); queries do so by themselves.

mod builder;
mod cancel;
mod conn;
mod db;
mod on_commit;
mod options;
mod pool;
mod session;
mod spare;
mod target;
mod trace;
mod tx;
mod url;

#[cfg(feature = "async")]
mod async_conn;
#[cfg(feature = "async")]
mod async_db;
#[cfg(feature = "async")]
mod async_tx;
#[cfg(all(feature = "async", feature = "sqlite"))]
mod call;
#[cfg(all(feature = "async", feature = "sqlite"))]
mod queue;
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

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
