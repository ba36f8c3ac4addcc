//! What the behaviour suite is built on: models of every kind, fresh databases, hostile strings, and a macro that
//! runs each case on every database, blocking and async.

pub mod behaviour;
mod database;
pub mod hostile;
pub mod models;
pub mod outage;
pub mod pooler;
pub mod project;
pub mod samples;
pub mod shared;
pub mod wire;

pub use database::{Backend, Database, losing};
