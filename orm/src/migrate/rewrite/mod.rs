//! Rewrites existing migrations: merges branches, squashes several into one, updates or optimizes one.

mod in_place;
mod merge;
mod squashing;

pub use in_place::{optimize_migration, update_migrations};
pub use merge::{Branch, BranchMigration, Merge, merge_migrations};
pub use squashing::{Squash, SquashOptions, squash_migrations};
