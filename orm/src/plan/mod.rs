//! Jobs without I/O: which statements to send, and what to do with the rows. The same job runs on blocking and async
//! handles.

mod aggregate;
mod beside;
mod bulk_update;
mod by_hand;
mod change;
mod collect;
mod compound;
mod create;
mod decode;
mod delete_batches;
mod draft_rows;
mod error_context;
mod executor;
mod explain;
mod fetch;
mod get_or_create;
mod given_twice;
mod in_turn;
mod insert;
mod insert_from;
mod insert_missing;
mod job;
mod keyset;
mod link_rows;
mod load;
mod load_related;
mod lock;
mod model_ext;
mod on_conflict;
mod order;
mod page;
mod pick;
mod projection;
mod reader;
mod refresh_view;
mod related;
mod related_keys;
mod relation_key;
mod returning;
mod save;
#[cfg(feature = "migrations")]
mod session;
mod streaming;
mod unique_rule;
mod upsert;
mod versioned;

pub use aggregate::Aggregate;
pub(crate) use aggregate::CountOrExists;
pub use bulk_update::BulkUpdate;
pub use by_hand::{ModelColumns, Script, Sql, SqlRow, SqlRows, SqlValue, SqlValues, script, sql};
pub(crate) use change::UpdateOrDelete;
pub use change::{Delete, Update};
pub use create::{Assigned, BulkCreate, Draft, IntoDraft, Provided};
pub(crate) use decode::Decode;
pub use delete_batches::DeleteInBatches;
pub(crate) use draft_rows::DraftRows;
pub use error_context::ErrorContext;
pub use executor::{Executor, InTransaction};
pub use explain::Explain;
pub(crate) use fetch::{Fetch, FetchFirst, one, only};
pub use get_or_create::GetOrCreate;
pub(crate) use insert::Insert;
pub use insert_from::{InsertFrom, ValuesQuery};
#[cfg(feature = "postgres")]
pub(crate) use job::ErasedJob;
pub use job::{Access, Job};
pub use keyset::{CursorKey, KeysetPage, PageCursor};
pub use link_rows::LinkRows;
pub use load::{
    FollowUp, IntoEmbed, IntoLoader, IntoLoads, IntoRelated, Loader, Loads, ProjectedValues, ReadAs,
    RelatedField,
};
pub use load_related::{Load, LoadRelated};
pub use model_ext::ModelExt;
pub use on_conflict::{AnyConflict, CreateOr, NewRowsOf, OnConflict};
pub use page::Page;
pub(crate) use page::PageJob;
pub use projection::{Projected, Projection, value_of_rows};
pub use reader::{Output, Paged, PerRow, Query, Reader};
pub use refresh_view::Refresh;
pub use related::{Related, related, related_back, row_ahead, row_at, row_with, rows_back};
pub(crate) use save::SaveBack;
#[cfg(feature = "migrations")]
pub(crate) use session::run_on;
#[cfg(feature = "async")]
pub use streaming::{AsyncHandle, AsyncPortions, NextPortion, RowStream};
pub use streaming::{BlockingHandle, CloseCursor, Portion, Portions, RowIter, Streamed};
pub(crate) use versioned::IfUnchanged;
