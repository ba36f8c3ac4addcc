//! From models to files to tables, and back: states, operations, the autodetector, migration files and their graph,
//! plans and their execution.
//!
//! # Where
//! Models become a [`ProjectState`]. The files' operations replay to another. The autodetector says in [`Operation`]s
//! how the second becomes the first, and the operations are written as files. A plan is the files between what a
//! database's history records and a target, as steps of the schema floor; executing it is one transaction per file.
//!
//! # How to read
//! Floor by floor, as ARCHITECTURE.md lists them: `state/`, `operation/`, `optimize/`; `file/`, `graph/`, `project`;
//! `historical/` and `run/` for what runs on a database; `question/`, `autodetect/`, `make/` and `rewrite/` for what
//! writes files. Commands call what stands here: [`Project::load`], [`make_migrations`], [`Project::write`],
//! [`migrate`], [`plan`], [`status`], [`sql_of`].

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
pub use run::{
    Direction, MigrateOptions, MigrationStatus, PlannedMigration, PlannedStep, Progress, Report,
    TABLE as HISTORY_TABLE, Target, check_history, migrate, plan, sql_of, status, up,
};
pub use state::{EnumKey, ProjectState};
