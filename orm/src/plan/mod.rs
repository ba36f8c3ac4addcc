//! Jobs without I/O: which statements to send, and what to do with the rows. The same job runs on blocking and async
//! handles.

mod aggregate;
mod beside;
mod bulk_update;
mod by_hand;
mod change;
mod collect;
mod combined_projections;
mod compound;
mod copy_in;
#[cfg(feature = "async")]
mod copy_in_stream;
mod copy_out;
mod create;
mod create_tree;
mod decode;
mod delete_batches;
mod draft_rows;
mod error_context;
mod executor;
mod explain;
#[cfg(feature = "testing")]
mod factory;
mod fetch;
mod get_or_create;
mod given_twice;
mod handle_state;
mod in_scope;
mod in_turn;
mod insert;
mod insert_from;
mod insert_links;
mod insert_missing;
mod insert_tree;
mod job;
mod keyset;
mod link_rows;
mod load;
mod load_related;
mod lock;
mod model_ext;
mod on_conflict;
mod order;
mod own_relation;
mod page;
mod pick;
mod projection;
mod reader;
mod refresh_view;
mod related;
mod related_keys;
mod relation_key;
mod returning;
mod row_builder;
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
pub use copy_in::CopyIn;
#[cfg(feature = "postgres")]
pub(crate) use copy_in::rows_are_made;
#[cfg(feature = "async")]
pub use copy_in_stream::{CopyInStream, CopySource};
pub use copy_out::{CopiedOut, CopyFormat, CopyOut};
pub use create::{Assigned, BulkCreate, Draft, IntoDraft, Provided};
pub use create_tree::{
    Along, BulkCreateWith, BulkRow, CreateWith, CreateWithOne, NewAlong, NewNode, NewRelations, NewRow,
    PlacedNode,
};
pub(crate) use decode::Decode;
pub use delete_batches::DeleteInBatches;
pub(crate) use draft_rows::DraftRows;
pub use error_context::ErrorContext;
pub use executor::{Executor, InTransaction};
pub use explain::Explain;
#[cfg(feature = "testing")]
pub use factory::{Factories, Factory, FactoryRows, Random};
pub(crate) use fetch::{Fetch, FetchFirst, one, only};
pub use get_or_create::GetOrCreate;
pub use handle_state::HandleState;
pub(crate) use in_scope::InScope;
pub(crate) use insert::Insert;
pub use insert_from::{InsertFrom, ValuesQuery};
pub use insert_tree::Inserts;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
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
pub use own_relation::OwnRelation;
pub use page::Page;
pub(crate) use page::PageJob;
pub use projection::{Projected, Projection, value_of_rows};
pub use reader::{Output, Paged, PerRow, Query, Reader};
pub use refresh_view::Refresh;
pub use related::{Related, related, related_back, row_ahead, row_at, row_with, rows_back};
pub use row_builder::RowBuilder;
pub(crate) use save::SaveBack;
#[cfg(feature = "migrations")]
pub(crate) use session::run_on;
#[cfg(feature = "async")]
pub use streaming::{AsyncHandle, AsyncPortions, NextPortion, RowStream};
pub use streaming::{BlockingHandle, CloseCursor, Portion, Portions, RowIter, Streamed};
pub(crate) use versioned::IfUnchanged;
