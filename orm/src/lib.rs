//! Models, migrations and typed queries for SQLite and Postgres.

// The derives name this crate `orm`, also inside it.
extern crate self as orm;

pub mod error;
#[cfg(feature = "migrations")]
pub mod migrate;
pub mod model;
pub mod plan;
pub mod query;
pub mod registry;
pub mod schema;
pub mod sql;
pub mod value;

pub use error::{Error, Result};
#[cfg(feature = "migrations")]
pub use registry::Settings;

/// What the macros write against. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use linkme;

    pub use crate::registry::{APPS, AppSpec, MODELS, Registration};
}
