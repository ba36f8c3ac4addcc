//! `iter`: rows one after another, on a blocking handle.

use std::fmt;
use std::vec;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::plan::by_hand::{SqlRow, SqlRows};
use crate::plan::{Executor, Output};
use crate::query::QuerySet;

use super::{PORTION, Portion, Streamed};

/// A blocking handle, which reads rows in portions: `&Db` and `&Tx`.
///
/// # Example: in the signature of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::BlockingHandle;
///
/// fn words<'e>(db: impl BlockingHandle<'e>) -> orm::Result<usize> {
///     Post::objects().iter(db).map(|post| Ok(post?.body.split_whitespace().count())).sum()
/// }
/// assert_eq!(words(&db)?, db.transaction(|tx| words(tx))?);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not iterate: it is not a blocking handle",
    label = "expected `&Db` or `&Tx`",
    note = "on `&AsyncDb` and `&AsyncTx` write `.stream(&db)`, and `while let Some(row) = rows.next().await`"
)]
pub trait BlockingHandle<'e>: Executor<'e> {
    #[doc(hidden)]
    fn portions<Q: Streamed>(self, query: Q) -> Box<dyn Portions<Q::Row> + 'e>;
}

/// Reads portions, one after another; dropped, it closes what it has opened.
#[doc(hidden)]
pub trait Portions<T>: Send {
    /// The next rows.
    ///
    /// # Errors
    /// What the database says; there are no more rows then.
    fn next(&mut self, rows: u32) -> Result<Portion<T>>;
}

/// Rows one after another, in constant memory: from [`QuerySet::iter`] and [`SqlRows::iter`].
///
/// # Example: a loop
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut views = 0;
/// for post in Post::objects().iter(&db) {
///     views += post?.views;
/// }
/// assert_eq!(views, 7);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "an iterator reads nothing until it is asked for rows"]
pub struct RowIter<'e, T> {
    /// `None` when there are no more.
    portions: Option<Box<dyn Portions<T> + 'e>>,
    rows: vec::IntoIter<T>,
    error: Option<Error>,
    size: u32,
}

impl<'e, T> RowIter<'e, T> {
    pub(in crate::plan) fn new(portions: Box<dyn Portions<T> + 'e>) -> Self {
        RowIter {
            portions: Some(portions),
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
    /// # let db = blog::open()?;
    /// for post in Post::objects().with(|p| p.comments()).iter(&db).portions_of(50) {
    ///     let (post, comments) = post?;
    ///     println!("{}: {}", post.title, comments.len());
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn portions_of(mut self, rows: u32) -> Self {
        self.size = rows.max(1);
        self
    }
}

impl<T> Iterator for RowIter<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            if let Some(error) = self.error.take() {
                return Some(Err(error));
            }
            match self.portions.as_mut()?.next(self.size) {
                Ok(portion) => {
                    self.rows = portion.rows.into_iter();
                    self.error = portion.error;
                    if portion.is_last {
                        self.portions = None;
                    }
                }
                Err(error) => {
                    self.portions = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl<T> std::iter::FusedIterator for RowIter<'_, T> {}

impl<T> fmt::Debug for RowIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowIter")
            .field("portions_of", &self.size)
            .finish_non_exhaustive()
    }
}

impl<M: Model, O: Output + Clone + Send + 'static> QuerySet<M, O> {
    /// The rows one after another, in constant memory however many there are: 500 at a time are read by a cursor, with what
    /// [`with`](QuerySet::with) loads for them. On an async handle it is [`stream`](QuerySet::stream).
    ///
    /// On a [`Db`](crate::Db) the rows are those that there were when the first was asked for: they are read in a transaction
    /// that only reads, on a connection of its own, and what the program changes meanwhile is not among them. (A database of
    /// SQLite in memory has one connection, and what is asked of it meanwhile is refused.) In a [`Tx`](crate::Tx) they are read
    /// by its connection, which may do other work between them: they are those that there were at the first, too, on Postgres by
    /// its cursors, on SQLite because they are put aside in a temporary file first. An iterator that is dropped early closes its
    /// cursor.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all), in place of the row, and then there are no more.
    ///
    /// # Example: rows are changed while they are read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     for post in Post::objects().order_by(|p| p.views).iter(tx) {
    ///         post?.update(|p| p.views.set(p.views + 100)).run(tx)?;
    ///     }
    ///     Ok(())
    /// })?;
    /// assert_eq!(Post::objects().filter(|p| p.views.ge(200)).count(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: each row may be an error
    ///
    /// ```compile_fail,E0609
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// for post in Post::objects().iter(&db) {
    ///     println!("{}", post.title); // `post?.title`
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn iter<'e, H: BlockingHandle<'e>>(self, db: H) -> RowIter<'e, O::Row<M>> {
        RowIter::new(db.portions(self))
    }
}

impl<T: SqlRow> SqlRows<T> {
    /// The rows one after another, in constant memory: as [`QuerySet::iter`].
    ///
    /// # Errors
    /// As [`all`](SqlRows::all), in place of the row; [`is_unsupported`](Error::is_unsupported) if the statement writes, or cannot be
    /// told from one that does. Outside of a transaction nothing that is called may write (`nextval(..)`, `FOR UPDATE`).
    ///
    /// # Example: every word
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// for row in orm::sql("SELECT id, body FROM blog_post", ()).rows::<(i64, String)>().iter(&db) {
    ///     let (id, body) = row?;
    ///     println!("{id}: {}", body.split_whitespace().count());
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn iter<'e, H: BlockingHandle<'e>>(self, db: H) -> RowIter<'e, T> {
        RowIter::new(db.portions(self))
    }
}
