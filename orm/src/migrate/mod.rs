//! Migrations: from what the models say to files that people review, and from the files to the tables.
//!
#![doc = include_str!("../guide/migrate.md")]

// Models become a `ProjectState`, and the files' operations replay to another. The autodetector says in `Operation`s how the
// second becomes the first, and they are written as files. A plan is the files between what a database's history records and a
// target, as steps of the schema floor; executing it is one transaction per file. The floors within stand in ARCHITECTURE.md.

mod autodetect;
mod file;
mod graph;
pub mod historical;
mod make;
pub mod operation;
mod optimize;
mod project;
mod question;
mod rewrite;
mod run;
mod state;
#[cfg(test)]
mod testing;

pub use file::{ListedMigration, ListedOperation, MigrationKey, NewMigration, Rewrite};
pub use historical::MigrationContext;
pub use make::{MakeOptions, StateFile, diff, diff_from_files, make_migrations, make_migrations_asking};
pub use operation::Operation;
pub use optimize::optimize;
pub use project::{Migrations, Project};
pub use question::{Answer, Answers, Question, Questioner, Unanswered};
pub use rewrite::{
    Branch, BranchMigration, Merge, Squash, SquashOptions, merge_migrations, optimize_migration,
    squash_migrations, update_migrations,
};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use run::MigrateHandle;
pub use run::{
    Direction, JOURNAL_TABLE, MigrateOptions, MigrationStatus, PlannedMigration, PlannedStep, Progress,
    Report, TABLE as HISTORY_TABLE, Target, check_history, migrate, plan, plan_with, sql_of, status, up,
};
pub use state::{EnumKey, ProjectState};
