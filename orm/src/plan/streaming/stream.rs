//! `stream`: rows one after another, on an async handle.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_util::Stream;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::plan::by_hand::{SqlRow, SqlRows};
use crate::plan::{CopySource, Executor, Output};
use crate::query::QuerySet;

use super::{PORTION, Portion, Streamed};

/// An async handle, which reads rows in portions: `&AsyncDb` and `&AsyncTx`.
///
/// # Example: in the signature of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// use orm::db::AsyncHandle;
///
/// async fn words<'e>(db: impl AsyncHandle<'e>) -> orm::Result<usize> {
///     let (mut posts, mut words) = (Post::objects().stream(db), 0);
///     while let Some(post) = posts.next().await {
///         words += post?.body.split_whitespace().count();
///     }
///     Ok(words)
/// }
/// assert_eq!(words(&db).await?, db.transaction(async |tx| words(tx).await).await?);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not stream: it is not an async handle",
    label = "expected `&AsyncDb` or `&AsyncTx`",
    note = "on `&Db` and `&Tx` write `.iter(&db)`, and `for row in ..`"
)]
pub trait AsyncHandle<'e>: Executor<'e> {
    #[doc(hidden)]
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn AsyncPortions<'e, Q::Row> + 'e>;

    /// Creates all rows that there are, or none.
    #[doc(hidden)]
    fn copy_all<S: CopySource + 'e>(
        self,
        source: S,
    ) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + 'e>>;
}

/// Reads portions, one after another; dropped, it closes what it has opened.
#[doc(hidden)]
pub trait AsyncPortions<'e, T>: Send {
    /// The next rows, and what reads those after them.
    fn next(self: Box<Self>, rows: u32) -> NextPortion<'e, T>;
}

/// A portion that is being read.
#[doc(hidden)]
pub type NextPortion<'e, T> =
    Pin<Box<dyn Future<Output = (Box<dyn AsyncPortions<'e, T> + 'e>, Result<Portion<T>>)> + Send + 'e>>;

/// Rows one after another, in constant memory: from [`QuerySet::stream`] and [`SqlRows::stream`]. It is a `Stream` of the crate
/// `futures`, and has [`next`](RowStream::next) without it.
///
/// # Example: a loop
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// let mut posts = Post::objects().stream(&db);
/// let mut views = 0;
/// while let Some(post) = posts.next().await {
///     views += post?.views;
/// }
/// assert_eq!(views, 7);
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream reads nothing until it is asked for rows"]
pub struct RowStream<'e, T> {
    state: State<'e, T>,
    rows: vec::IntoIter<T>,
    error: Option<Error>,
    size: u32,
}

enum State<'e, T> {
    Between(Box<dyn AsyncPortions<'e, T> + 'e>),
    Reading(NextPortion<'e, T>),
    Done,
}

// Nothing in it is pinned where it stands.
impl<T> Unpin for RowStream<'_, T> {}

impl<'e, T> RowStream<'e, T> {
    pub(in crate::plan) fn new(portions: Box<dyn AsyncPortions<'e, T> + 'e>) -> Self {
        RowStream {
            state: State::Between(portions),
            rows: Vec::new().into_iter(),
            error: None,
            size: PORTION,
        }
    }

    /// How many rows are read at once, 500 where it is not said; what is loaded for them is loaded for so many at once.
    ///
    /// # Example: large rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let mut posts = Post::objects().with(|p| p.comments()).stream(&db).portions_of(50);
    /// while let Some(post) = posts.next().await {
    ///     let (post, comments) = post?;
    ///     println!("{}: {}", post.title, comments.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn portions_of(mut self, rows: u32) -> Self {
        self.size = rows.max(1);
        self
    }

    /// The next row, or `None` after the last one. Dropped before it is done, it loses no row. In a transaction call it
    /// again (or drop the stream) before the next statement, which would wait for it.
    ///
    /// # Errors
    /// As [`QuerySet::all`], in place of the row, and then there are no more.
    ///
    /// # Example: the first two
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let mut tags = Tag::objects().stream(&db);
    /// assert!(tags.next().await.transpose()?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            if let Some(error) = self.error.take() {
                return Poll::Ready(Some(Err(error)));
            }
            match std::mem::replace(&mut self.state, State::Done) {
                State::Between(portions) => self.state = State::Reading(portions.next(self.size)),
                State::Reading(mut reading) => match reading.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready((portions, Ok(portion))) => {
                        self.rows = portion.rows.into_iter();
                        self.error = portion.error;
                        if !portion.is_last {
                            self.state = State::Between(portions);
                        }
                    }
                    Poll::Ready((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                },
                State::Done => return Poll::Ready(None),
            }
        }
    }
}

impl<T> Stream for RowStream<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        Poll::Ready(ready!(self.poll(context)))
    }
}

impl<T> fmt::Debug for RowStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream")
            .field("portions_of", &self.size)
            .finish_non_exhaustive()
    }
}

impl<M: Model, O: Output + Clone + Send + 'static> QuerySet<M, O> {
    /// The rows one after another, in constant memory however many there are, on an async handle: what
    /// [`iter`](QuerySet::iter) is on a blocking one, with the same rows. (Feature `async`.)
    ///
    /// # Errors
    /// As [`all`](QuerySet::all), in place of the row, and then there are no more.
    ///
    /// # Example: with what is loaded for them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let mut posts = Post::objects().with(|p| p.author()).stream(&db);
    /// while let Some(post) = posts.next().await {
    ///     let (post, author) = post?;
    ///     println!("{} by {}", post.title, author.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<'e, H: AsyncHandle<'e>>(self, db: H) -> RowStream<'e, O::Row<M>> {
        RowStream::new(db.portions(self))
    }
}

impl<T: SqlRow> SqlRows<T> {
    /// The rows one after another, in constant memory, on an async handle: as [`QuerySet::stream`].
    ///
    /// # Errors
    /// As [`all`](SqlRows::all), in place of the row; [`is_unsupported`](Error::is_unsupported) if the statement writes.
    ///
    /// # Example: every word
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let mut rows = orm::sql("SELECT id, body FROM blog_post", ()).rows::<(i64, String)>().stream(&db);
    /// while let Some(row) = rows.next().await {
    ///     let (id, body) = row?;
    ///     println!("{id}: {}", body.split_whitespace().count());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<'e, H: AsyncHandle<'e>>(self, db: H) -> RowStream<'e, T> {
        RowStream::new(db.portions(self))
    }
}
