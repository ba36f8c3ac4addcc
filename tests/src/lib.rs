//! What the behaviour suite stands on: models of every kind, fresh databases, hostile texts, and a macro that runs a case
//! written once on every database and in both colours.

pub mod behaviour;
mod database;
pub mod hostile;
pub mod models;
pub mod outage;
pub mod pooler;
pub mod wire;

pub use database::{Backend, Database};
