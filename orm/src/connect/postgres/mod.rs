//! Postgres: prepared statements kept per connection, or none behind a pooler; sessions in UTC; TLS by rustls.

mod cancel;
mod client;
mod conn;
mod drive;
mod error;
mod open;
mod parameters;
mod pool;
mod pooler;
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
#[cfg(feature = "async")]
pub(super) use drive::Left;
pub(super) use pool::Pool;
pub(super) use settings::Settings;
