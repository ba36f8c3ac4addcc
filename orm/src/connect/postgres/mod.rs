//! Postgres: prepared statements kept per connection, or none behind a pooler; sessions in UTC; TLS by rustls.

mod cancel;
mod client;
mod conn;
mod copy;
mod error;
mod open;
mod parameters;
mod pool;
mod pooler;
mod prepare;
mod run;
mod settings;
mod state;
mod tls;
mod unnamed;

#[cfg(feature = "async")]
mod async_conn;
#[cfg(feature = "async")]
mod async_pool;

#[cfg(feature = "async")]
pub(super) use async_conn::AsyncConn;
#[cfg(feature = "async")]
pub(super) use async_pool::AsyncPool;
pub(super) use cancel::Cancel;
pub(super) use conn::Conn;
pub(super) use pool::Pool;
#[cfg(feature = "testing")]
pub(super) use pool::ensure_blocking;
#[cfg(feature = "async")]
pub(super) use run::ScopeState;
pub(super) use settings::Settings;
