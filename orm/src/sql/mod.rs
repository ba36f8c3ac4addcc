//! From expressions to SQL text per dialect, rendered once per query shape.

mod aggregate;
mod along;
mod assign;
mod bulk_update;
mod by_hand;
mod by_unique;
mod choice;
mod coherence;
mod combined;
mod copies;
mod cursor;
mod cut_lists;
mod derived;
mod dialect;
mod explain;
mod groups;
mod infix;
mod insert_from;
mod join;
mod lexis;
mod link;
mod lock;
mod ordered_values;
mod parameters;
pub(crate) mod postgres;
mod quote;
mod ranks;
mod raw;
mod refresh;
mod related;
mod related_by_several;
mod render;
mod row;
mod rows;
mod rules;
mod search;
mod select;
mod session;
mod shape;
mod sort_keys;
mod spell;
mod sqlite;
mod statement;
mod subquery;
mod table;
mod template;
mod tree;
mod upsert;
mod window;
mod write;
mod writer;

#[cfg(all(test, feature = "sqlite", feature = "postgres", feature = "decimal"))]
mod tests;

pub use assign::{set_by_the_database, sets_version};
pub use bulk_update::bulk_update;
pub use by_hand::{by_hand, check_by_hand, only_reads};
pub use by_unique::ByUnique;
pub use cursor::Cursor;
#[cfg(feature = "sqlite")]
pub use cursor::{CursorStep, OnCursor};
pub use dialect::{Backend, Dialect, LockWait, RunnerLock};
pub use explain::{PlanOptions, explain};
pub use insert_from::InsertFrom;
pub use join::{ThroughColumns, through_columns};
pub use lexis::{ScriptStatements, ScriptToken, Tokens, lexical_rules, position};
pub use link::{LinkChange, link, takes_links};
pub use parameters::Parameters;
pub use quote::quote;
pub(crate) use quote::quote_qualified;
pub(crate) use refresh::no_materialized_views;
pub use refresh::{refresh, refresh_statement};
pub use related::{key_of_related, keys_before_related};
pub use row::{RowColumns, row_sql};
pub use select::{KeyBinding, ReadQuery, RowLimit};
pub use session::Session;
pub use shape::StatementKind;
pub(crate) use statement::ensure_few;
#[cfg(feature = "sqlite")]
pub(crate) use statement::missing_value;
pub use statement::{Placeholder, Statement, Transform};
#[cfg(feature = "migrations")]
pub(crate) use table::no_schemas;
pub use upsert::{ConflictTarget, ConflictUpdate, Returning, TargetSql, TargetSqlPart, Upsert};
pub use write::{Deletes, NewRows, by_key, delete, delete_row, insert, takes_lists, update, update_row};
