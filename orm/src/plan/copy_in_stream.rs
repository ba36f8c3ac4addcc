//! Rows that are copied into a table as they come from a stream.

use std::marker::PhantomData;
use std::pin::Pin;

use futures_util::{Stream, StreamExt};

use crate::error::Result;
use crate::model::{AssignedColumns, Model};
use crate::registry::meta;
use crate::value::Value;

use super::copy_in::CopyJob;
use super::{AsyncHandle, ErrorContext, Job};

pub(super) type DraftStream<'s> = Pin<Box<dyn Stream<Item = Result<Box<AssignedColumns>>> + Send + 's>>;

/// Rows that come from somewhere, to be created some at a time.
pub trait CopySource: Send {
    /// Creates some rows, and tells how many they were.
    type Chunk: Job<Output = u64>;

    /// The next rows, or `None` where there are no more.
    ///
    /// # Errors
    /// That of a row that is one.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Chunk>>> + Send;
}

/// Any number of rows to create, from [`ModelExt::copy_in_stream`](super::ModelExt::copy_in_stream): all of them or none, taken from the stream as
/// they are sent, so that memory does not grow with them and a stream that is faster than the database waits. (Feature `async`.)
///
/// The stream may wait for whatever it likes, a request's body or another query. Meanwhile the transaction of the rows is open, and on SQLite nobody
/// else writes; so it may read by a handle of its own, but a database in memory has one connection. Rows are collected until they are
/// 4,000 or about a mebibyte, and then go as by [`copy_in`](super::ModelExt::copy_in).
///
/// # Example: from one table to another
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// use futures_util::{StreamExt, stream};
///
/// let labels = stream::iter(["red", "green", "blue"]).map(|label| Tag::create().label(label));
/// assert_eq!(Tag::copy_in_stream(labels).run(&db).await?, 3);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is created until `.run(&db)`"]
pub struct CopyInStream<'s, M: Model> {
    pub(super) rows: DraftStream<'s>,
    pub(super) model: PhantomData<fn() -> M>,
}

impl<'s, M: Model> CopyInStream<'s, M> {
    /// Creates all rows or none, and returns how many they were. Dropped before it is done, it has created
    /// none, unless its commit was already sent.
    ///
    /// # Errors
    /// That of a row that is one; and as [`CopyIn::run`](super::CopyIn::run). Nothing is created then.
    ///
    /// # Example: a label twice
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// use futures_util::stream;
    ///
    /// let labels = stream::iter(["new", "rust"].map(|label| Tag::create().label(label)));
    /// let refused = Tag::copy_in_stream(labels).run(&db).await.unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert_eq!(Tag::objects().count(&db).await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run<'e, H: AsyncHandle<'e>>(self, db: H) -> Result<u64>
    where
        's: 'e,
    {
        let meta = meta(M::slot())?;
        let context = Some(ErrorContext {
            doing: "creating",
            model: meta,
        });
        db.copy_all(Chunks {
            rows: self.rows,
            context,
        })
        .await
    }
}

/// Rows of a stream, some at a time.
struct Chunks<'s> {
    rows: DraftStream<'s>,
    context: Option<ErrorContext>,
}

/// So many rows are sent at once.
const ROWS: usize = 4_000;

/// Or so many bytes of strings and the like.
const BYTES: usize = 1 << 20;

impl CopySource for Chunks<'_> {
    type Chunk = CopyJob;

    async fn next(&mut self) -> Result<Option<CopyJob>> {
        let Some(ErrorContext { model, .. }) = self.context else {
            return Ok(None);
        };
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < ROWS && bytes < BYTES {
            match self.rows.next().await {
                Some(Ok(row)) => {
                    let columns = 0..model.columns.len();
                    let values = columns.filter_map(|column| row.get(column));
                    bytes += values.map(Value::bytes).sum::<usize>();
                    rows.push(Ok(row));
                }
                Some(Err(error)) => return Err(ErrorContext::explain(self.context, error)),
                None => break,
            }
        }
        Ok((!rows.is_empty()).then(|| CopyJob::new(model, Box::new(rows.into_iter()))))
    }
}
