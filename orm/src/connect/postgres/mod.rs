//! Postgres: prepared statements kept per connection, sessions in UTC, TLS by rustls.

mod client;
mod conn;
mod drive;
mod error;
mod pool;
mod settings;
mod state;
mod tls;

#[cfg(feature = "async")]
mod async_conn;
#[cfg(feature = "async")]
mod async_pool;

#[cfg(feature = "async")]
pub(super) use async_conn::AsyncConn;
#[cfg(feature = "async")]
pub(super) use async_pool::AsyncPool;
pub(super) use conn::Conn;
#[cfg(feature = "async")]
pub(super) use drive::Left;
pub(super) use pool::Pool;
pub(super) use settings::Settings;
