//! From models to files to tables, and back: states, operations, the autodetector, migration files and their graph,
//! plans and their execution.
//!
//! # Where
//! Models become a [`ProjectState`]. The files' operations replay to another. The autodetector says in [`Operation`]s
//! how the second becomes the first, and the operations are written as files. A plan is the files between what a
//! database's history records and a target, as steps of the schema floor; executing it is one transaction per file.
//!
//! # How to read
//! `state` and `operation/` first; then `autodetect/`, one file per kind of change; then `file/`, `graph`, `history`,
//! `plan`, `execute`. Commands call what stands here: [`Project::load`], [`make_migrations`], [`Project::write`],
//! [`migrate`], [`plan`], [`status`], [`sql_of`].

mod answers;
mod autodetect;
mod compile;
mod diff;
mod execute;
mod file;
#[cfg(test)]
mod golden_graph;
mod graph;
pub mod historical;
mod history;
mod impossible;
#[cfg(test)]
mod laws;
mod listing;
mod make;
mod merge;
pub mod operation;
mod optimize;
mod plan;
mod project;
mod question;
mod records;
mod rewrite;
mod squashing;
mod state;
mod state_file;
mod status;
#[cfg(test)]
mod testing;

pub use answers::Answers;
pub use diff::{diff, diff_from_files};
pub use execute::{MigrateOptions, Progress, Report, migrate, up};
pub use file::MigrationKey;
pub use historical::MigrationContext;
pub use history::TABLE as HISTORY_TABLE;
pub use listing::{ListedMigration, ListedOperation};
pub use make::{MakeOptions, NewMigration, make_migrations, make_migrations_asking};
pub use merge::{Branch, BranchMigration, Merge, merge_migrations};
pub use operation::Operation;
pub use optimize::optimize;
pub use plan::{Direction, PlannedMigration, PlannedStep, Target, plan, sql_of};
pub use project::{Migrations, Project};
pub use question::{Answer, Question, Questioner, Unanswered};
pub use rewrite::{Rewrite, optimize_migration, update_migrations};
pub use squashing::{Squash, SquashOptions, squash_migrations};
pub use state::{EnumKey, ProjectState};
pub use state_file::StateFile;
pub use status::{MigrationStatus, check_history, status};
