//! From the query AST to SQL text per dialect, once per query shape.

mod coherence;
mod dialect;
mod infer;
mod join;
mod lock;
mod quote;
mod render;
mod rules;
mod select;
mod session;
mod shape;
mod statement;
mod write;
mod writer;

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(all(test, feature = "sqlite", feature = "postgres", feature = "decimal"))]
mod tests;

pub use dialect::{Backend, Dialect, LockWait, RunnerLock};
pub use quote::quote;
pub use select::{Limit, Read};
pub use session::Session;
pub use shape::{Kind, Shape};
pub(crate) use statement::ensure_few;
pub use statement::{Slot, Statement, Transform};
pub use write::{
    LinkChange, NewRows, by_key, delete, delete_row, insert, link, takes_links, takes_lists, update,
    update_row,
};
