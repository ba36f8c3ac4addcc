#![doc = include_str!("../guide/testing.md")]

// A database is made by migrations once, and copied for each test: files are copied by their bytes, databases of a server by it.

mod builder;
mod database;
#[cfg(feature = "postgres")]
mod postgres;
mod queries;
mod recipe;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use crate::plan::{Factories, Factory, FactoryRows, Random};
pub use builder::TestDatabaseBuilder;
pub use database::TestDatabase;
pub use queries::{Queries, Query, assert_queries, queries};
#[cfg(feature = "async")]
pub use queries::{assert_queries_async, queries_async};

/// Runs an async test, on one thread; what [`#[orm::test]`](macro@crate::test) writes.
///
/// # Errors
/// Those of the test's handle, or if the system gives no runtime what it needs.
#[cfg(feature = "async")]
#[doc(hidden)]
pub fn block_on<T>(test: impl Future<Output = crate::Result<T>>) -> crate::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        crate::Error::new(
            crate::error::Kind::Io,
            "the system gives no runtime to an async test",
        )
        .with_source(error)
    })?;
    runtime.block_on(test)
}
