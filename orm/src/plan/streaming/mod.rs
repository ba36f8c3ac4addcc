//! Many rows in constant memory: a cursor is opened, read in portions and closed, each by a job of its own. What holds the
//! connection meanwhile is the handle's.

mod iter;
mod portion;
mod source;
#[cfg(feature = "async")]
mod stream;

pub use iter::{BlockingHandle, Portions, RowIter};
pub use portion::{CloseCursor, Portion};
pub use source::Streamed;
pub(super) use source::{OpenCursor, QueryStatement};
#[cfg(feature = "async")]
pub use stream::{AsyncHandle, AsyncPortions, NextPortion, RowStream};

/// How many rows are read at once.
const PORTION: u32 = 500;
