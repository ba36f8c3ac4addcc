//! Models of a point of the history, for data migrations: Rust functions that a migration runs by name.
//!
//! The program's own models say what tables look like after the *last* migration. A function that runs in the middle
//! sees the tables as they are there, so it asks its [`MigrationContext`] for the models of that point and names their
//! fields; a field that is not there, or holds another type, is an error before any row is touched.
//!
//! | item | what it is |
//! |---|---|
//! | [`data_migration!`](crate::data_migration) | registers a function by a name |
//! | [`MigrationContext`] | what the function is given: models by name, SQL |
//! | [`HistoricalModel`], [`HistoricalRows`], [`HistoricalRow`], [`HistoricalDraft`] | as [`DynModel`](crate::dynamic::DynModel) and its like, in the transaction of the migration |
//!
//! ```
//! use orm::migrate::MigrationContext;
//!
//! fn publish_old_drafts(ctx: &MigrationContext<'_>) -> orm::Result<()> {
//!     let posts = ctx.model("blog.Post")?;
//!     let (status, views) = (posts.field::<String>("status")?, posts.field::<i64>("views")?);
//!     let changed = posts.filter(status.eq("draft") & views.gt(0)).update(status.set("published"))?;
//!     println!("{changed} drafts were read already");
//!     Ok(())
//! }
//! ```
//!
//! The program's own models are not for this: they have the fields of the last migration, and the table has those of this one.

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
