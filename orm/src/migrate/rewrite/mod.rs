//! Migrations that there are, written anew: branches joined, several made one, the last of an app brought up to date.

mod in_place;
mod merge;
mod squashing;

pub use in_place::{optimize_migration, update_migrations};
pub use merge::{Branch, BranchMigration, Merge, merge_migrations};
pub use squashing::{Squash, SquashOptions, squash_migrations};
