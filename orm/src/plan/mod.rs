//! Jobs without I/O: what to send, and what to do with the rows. The same job runs on a blocking and an async handle.

mod executor;
mod job;

pub use executor::Executor;
pub use job::{Access, Job};
