//! Models, migrations and typed queries for SQLite and Postgres.

#![warn(missing_docs)]
// Without a database there are models and migrations, but nothing that asks or renders.
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    allow(dead_code, unused_imports)
)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// The derives name this crate `orm`, also inside it.
extern crate self as orm;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod connect;
pub mod dynamic;
pub mod error;
mod expr;
#[cfg(feature = "migrations")]
pub mod migrate;
pub mod model;
pub mod plan;
pub mod query;
pub mod registry;
pub mod schema;
pub mod sql;
pub mod value;

#[cfg(all(feature = "async", any(feature = "sqlite", feature = "postgres")))]
pub use connect::{AsyncDb, AsyncTx};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use connect::{Db, Tx};
pub use error::{Error, Result};
pub use query::{exists, if_, subquery};
#[cfg(feature = "migrations")]
pub use registry::Settings;

/// Everything a file with models or queries needs: `use orm::prelude::*;`.
pub mod prelude {
    #[cfg(feature = "chrono")]
    #[doc(no_inline)]
    pub use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    #[cfg(feature = "decimal")]
    #[doc(no_inline)]
    pub use ::rust_decimal::Decimal;
    #[cfg(feature = "uuid")]
    #[doc(no_inline)]
    pub use ::uuid::Uuid;

    pub use crate::model::{ForeignKey, ManyToMany, OneToOne};
    pub use crate::plan::ModelExt;
    pub use crate::query::{Expr, Field, QuerySet, count};
    pub use crate::value::Json;
    pub use orm_derive::{Choices, Model};
}

pub use orm_derive::{Choices, Model};

#[doc = include_str!("mistakes.md")]
pub mod mistakes {}

/// What the macros write against. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use linkme;

    pub use crate::error::{Error, Result};
    pub use crate::expr::Place;
    #[cfg(feature = "migrations")]
    pub use crate::migrate::historical::{DATA_MIGRATIONS, DataMigration};
    pub use crate::model::*;
    pub use crate::plan::*;
    pub use crate::query::*;
    pub use crate::registry::{APPS, AppSpec, MODELS, Registration, is_other_label};
    pub use crate::value::*;
}
