//! From the query AST to SQL text per dialect, once per query shape.

mod dialect;
mod quote;
mod session;
mod statement;

pub use dialect::{Backend, Dialect};
pub use quote::quote;
pub use session::Session;
pub use statement::{Slot, Statement, Transform};
