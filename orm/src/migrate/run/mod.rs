//! Files applied to a database and taken back: what it has, the way to a target, its SQL, and the run itself.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod at_start;
mod compile;
mod execute;
#[cfg(test)]
mod golden;
mod history;
mod journal;
mod plan;
mod records;
mod status;
mod target;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use at_start::MigrateHandle;
pub use execute::{MigrateOptions, Progress, Report, migrate, up};
pub use history::TABLE;
pub(super) use history::model as history_model;
pub use journal::TABLE as JOURNAL_TABLE;
pub(super) use journal::model as journal_model;
pub use plan::{PlannedMigration, PlannedStep, plan, plan_with, sql_of};
pub use status::{MigrationStatus, check_history, status};
pub use target::{Direction, Target};
