//! Models of a point of the history, for data migrations: Rust functions that a migration runs by name.
//!
//! The program's own models say what tables look like after the *last* migration. A function that runs in the middle
//! sees the tables as they are there, so it asks its [`MigrationContext`] for the models of that point and names their
//! fields; a field that is not there, or holds another type, is an error before any row is touched.

mod context;
mod function;
mod meta;
mod model;
mod row;
mod rows;

pub use context::MigrationContext;
pub use function::{DATA_MIGRATIONS, DataMigration};
pub use model::{HistoricalDraft, HistoricalModel};
pub use row::HistoricalRow;
pub use rows::HistoricalRows;

pub(super) use function::{find, step};
