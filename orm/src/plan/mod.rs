//! Jobs without I/O: what to send, and what to do with the rows. The same job runs on a blocking and an async handle.

mod about;
mod ask;
mod change;
mod collect;
mod create;
mod draft_rows;
mod executor;
mod fetch;
mod insert;
mod job;
mod key;
mod load;
mod lock;
mod model_ext;
mod order;
mod reader;
mod related;
mod save;

pub use about::About;
pub use ask::Aggregate;
pub use change::{Delete, Update};
pub use create::{BulkCreate, Draft, Given, IntoDraft, Provided};
pub use executor::{Executor, InTransaction};
#[cfg(feature = "postgres")]
pub(crate) use job::Exchanges;
pub use job::{Access, Job};
pub use load::{IntoLoader, IntoLoads, Loader, Loads};
pub use model_ext::ModelExt;
pub use reader::{Query, Reader, ReaderOf};
pub use related::{LinkRows, Related, related, related_back, row_at, rows_back};
