//! Rows that are written out, as lines of text.

mod columns;
mod format;
mod portion;

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::error::{Error, Kind, Result};
use crate::model::{Model, ModelMeta};
use crate::query::QuerySet;
use crate::sql::Cursor;

use super::streaming::{OpenCursor, QueryStatement};
#[cfg(feature = "async")]
use super::{AsyncHandle, RowStream};
use super::{BlockingHandle, Fetch, Query, RowIter, Streamed};

pub use columns::{CopiedColumn, CopiedOut};
pub use format::CopyFormat;
pub use portion::CopyPortion;

impl<M: Model, O: CopiedOut + Clone + Send + 'static> QuerySet<M, O> {
    /// The rows as CSV or as tab-separated text, for files and for other programs: they are read as by [`iter`](QuerySet::iter), in constant
    /// memory, and each becomes a line.
    ///
    /// Both databases give the same bytes: those of Postgres' `COPY (SELECT ..) TO STDOUT` in the time zone UTC, so that `COPY .. FROM` reads
    /// them back. Only what several texts stand for there has one here: decimal numbers without zeros at their end, JSON in a canonical form.
    /// The columns are those of the table, of [`values`](QuerySet::values) or of a [projection](crate::Projection).
    ///
    /// # Example: an export
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::CopyFormat;
    ///
    /// let read = Post::objects().filter(|p| p.views.gt(3)).order_by(|p| p.id);
    /// let mut file = Vec::new(); // or std::fs::File::create("posts.csv")?
    /// let rows = read.values(|p| (p.id, p.title, p.rating)).copy_out(CopyFormat::Csv).write_to(&db, &mut file)?;
    /// assert_eq!(rows, 1);
    /// assert_eq!(file, b"id,title,rating\n1,Hello,4.5\n");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: what is loaded beside rows has no column
    ///
    /// ```compile_fail,E0599
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::CopyFormat;
    ///
    /// Post::objects().with(|p| p.author()).copy_out(CopyFormat::Csv); // `.values(|p| (p.title, p.author().name))`
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("COPY", "csv", "export", "to_csv"))]
    pub fn copy_out(self, format: CopyFormat) -> CopyOut<M, O> {
        CopyOut {
            query: self,
            format,
            names: match format {
                CopyFormat::Csv => Names::OfColumns,
                CopyFormat::Text => Names::None,
            },
            columns: OnceLock::new(),
            started: AtomicBool::new(false),
            lines: Arc::default(),
        }
    }
}

/// The first line.
enum Names {
    None,
    OfColumns,
    Given(Vec<String>),
}

/// Rows that are written as lines of text, from [`QuerySet::copy_out`].
///
/// # Example: names of your own
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::CopyFormat;
///
/// let mut file = Vec::new();
/// let authors = Author::objects().values(|a| (a.name, a.posts().count()));
/// authors.copy_out(CopyFormat::Csv).names(["author", "posts"]).write_to(&db, &mut file)?;
/// assert!(file.starts_with(b"author,posts\n"));
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is written until `.write_to(&db, &mut file)`, `.iter(&db)` or `.stream(&db)`"]
pub struct CopyOut<M: Model, O> {
    query: QuerySet<M, O>,
    format: CopyFormat,
    names: Names,
    columns: OnceLock<Arc<[CopiedColumn]>>,
    /// The first line is written.
    started: AtomicBool,
    lines: Arc<AtomicU64>,
}

impl<M: Model, O: CopiedOut + Clone + Send + 'static> CopyOut<M, O> {
    /// A first line with these names instead of those of the columns; of computed values, and where two columns have one name, they have to
    /// be given.
    ///
    /// # Example: two names
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::CopyFormat;
    ///
    /// let both = Post::objects().values(|p| (p.id, p.author().id)).copy_out(CopyFormat::Csv);
    /// let mut file = Vec::new();
    /// both.names(["post", "author"]).write_to(&db, &mut file)?;
    /// assert_eq!(file, b"post,author\n1,1\n2,1\n");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Names::Given(names.into_iter().map(Into::into).collect());
        self
    }

    /// No line with names.
    ///
    /// # Example: rows only
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::CopyFormat;
    ///
    /// let mut file = Vec::new();
    /// Tag::objects().copy_out(CopyFormat::Csv).without_names().write_to(&db, &mut file)?;
    /// assert_eq!(file, b"1,rust\n2,sql\n");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn without_names(mut self) -> Self {
        self.names = Names::None;
        self
    }

    /// Writes all of it, and returns how many rows there were. On an async handle it is [`write_to_async`](CopyOut::write_to_async).
    ///
    /// Rows are read in one transaction, as by [`iter`](QuerySet::iter). What is written to gets 500 rows at a time, so it needs no buffer; it
    /// is flushed at the end.
    ///
    /// # Errors
    /// As [`iter`](QuerySet::iter); those of what is written to; if a value has no name for the first line. What was written before stays there.
    ///
    /// # Example: values without a name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::CopyFormat;
    ///
    /// let doubled = Post::objects().values(|p| p.views * 2).copy_out(CopyFormat::Csv);
    /// let refused = doubled.write_to(&db, &mut Vec::new()).unwrap_err();
    /// assert!(refused.to_string().starts_with("copying blog.Post out: value 1 has no name: it is computed"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn write_to<'e, H: BlockingHandle<'e>>(self, db: H, out: &mut (impl Write + ?Sized)) -> Result<u64> {
        let lines = Arc::clone(&self.lines);
        for chunk in self.iter(db) {
            out.write_all(&chunk?).map_err(not_written)?;
        }
        out.flush().map_err(not_written)?;
        Ok(lines.load(Ordering::Relaxed))
    }

    /// The same bytes piece by piece, whole lines each.
    ///
    /// # Errors
    /// As [`write_to`](CopyOut::write_to), in place of a piece, and then there are no more.
    ///
    /// # Example: how much it is
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::CopyFormat;
    ///
    /// let pieces = Tag::objects().copy_out(CopyFormat::Csv).iter(&db);
    /// let bytes = pieces.map(|piece| Ok(piece?.len())).sum::<orm::Result<usize>>()?;
    /// assert_eq!(bytes, "id,label\n1,rust\n2,sql\n".len());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn iter<'e, H: BlockingHandle<'e>>(self, db: H) -> RowIter<'e, Vec<u8>> {
        RowIter::new(db.portions(self))
    }

    /// The same bytes piece by piece, whole lines each, on an async handle: what the body of an answer is made of. (Feature `async`.)
    ///
    /// # Errors
    /// As [`write_to`](CopyOut::write_to), in place of a piece, and then there are no more.
    ///
    /// # Example: piece by piece
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// use orm::queries::CopyFormat;
    ///
    /// let mut body = Vec::new();
    /// let mut pieces = Tag::objects().copy_out(CopyFormat::Csv).stream(&db);
    /// while let Some(piece) = pieces.next().await {
    ///     body.extend(piece?);
    /// }
    /// assert_eq!(body, b"id,label\n1,rust\n2,sql\n");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn stream<'e, H: AsyncHandle<'e>>(self, db: H) -> RowStream<'e, Vec<u8>> {
        RowStream::new(db.portions(self))
    }

    /// Writes all of it to what `tokio` writes to, and returns how many rows there were: [`write_to`](CopyOut::write_to) on an async handle. The next
    /// rows are read when those before are written. (Feature `async`.)
    ///
    /// # Errors
    /// As [`write_to`](CopyOut::write_to).
    ///
    /// # Example: into memory
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// use orm::queries::CopyFormat;
    ///
    /// let mut file = Vec::new(); // or tokio::fs::File::create("tags.csv").await?
    /// let rows = Tag::objects().copy_out(CopyFormat::Csv).write_to_async(&db, &mut file).await?;
    /// assert_eq!(rows, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub async fn write_to_async<'e, H: AsyncHandle<'e>>(
        self,
        db: H,
        out: &mut (impl tokio::io::AsyncWrite + Unpin + ?Sized),
    ) -> Result<u64> {
        use std::future::poll_fn;
        use std::pin::Pin;

        let lines = Arc::clone(&self.lines);
        let mut chunks = self.stream(db);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            let mut rest = chunk.as_slice();
            while !rest.is_empty() {
                let written = poll_fn(|context| Pin::new(&mut *out).poll_write(context, rest)).await;
                match written.map_err(not_written)? {
                    0 => return Err(not_written(std::io::ErrorKind::WriteZero.into())),
                    bytes => rest = rest.get(bytes..).unwrap_or_default(),
                }
            }
        }
        let flushed = poll_fn(|context| Pin::new(&mut *out).poll_flush(context)).await;
        flushed.map_err(not_written)?;
        Ok(lines.load(Ordering::Relaxed))
    }

    /// What each row has, told once.
    fn columns(
        &self,
        meta: &'static ModelMeta,
        select: &crate::query::Select,
    ) -> Result<Arc<[CopiedColumn]>> {
        if let Some(columns) = self.columns.get() {
            return Ok(Arc::clone(columns));
        }
        let columns: Arc<[CopiedColumn]> = O::copied_columns(meta, select)?.into();
        Ok(Arc::clone(self.columns.get_or_init(|| columns)))
    }

    /// The first line, if there is one.
    fn first_line(&self, columns: &[CopiedColumn]) -> Result<String> {
        let of_columns;
        let names = match &self.names {
            Names::None => return Ok(String::new()),
            Names::OfColumns => {
                of_columns = columns::names(columns)?;
                &of_columns
            }
            Names::Given(names) => names,
        };
        if names.len() != columns.len() {
            return Err(Error::new(
                Kind::Config,
                format!(
                    "{} names were given, and each row has {} values",
                    names.len(),
                    columns.len()
                ),
            ));
        }
        let mut line = String::new();
        self.format.line::<Error>(names.len(), &mut line, |nth, out| {
            out.push_str(&names[nth]);
            Ok(true)
        })?;
        Ok(line)
    }
}

#[cold]
fn not_written(source: std::io::Error) -> Error {
    Error::new(
        Kind::Io,
        format!("what is copied out cannot be written: {source}"),
    )
    .with_source(source)
}

impl<M: Model, O: CopiedOut + Clone + Send + 'static> Streamed for CopyOut<M, O>
where
    O::Reader<M>: Send + 'static,
{
    type Row = Vec<u8>;
    type Open = OpenCursor<QueryStatement<O::Reader<M>>>;
    type Portion = CopyPortion;

    fn open(&self, cursor: Cursor) -> Result<Self::Open> {
        let (meta, select, _) = self.query.clone().into_parts()?;
        let named = self
            .columns(meta, &select)
            .and_then(|columns| self.first_line(&columns));
        named.map_err(|error| error.context(format!("copying {} out", meta.def.key())))?;
        // The first line is there without any row.
        let fetch = Fetch::new(self.query.clone())?.in_portions().asking_for_nothing();
        Ok(OpenCursor::new(cursor, QueryStatement(Some(fetch))))
    }

    fn portion(&self, cursor: Cursor, rows: u32) -> Result<CopyPortion> {
        let (meta, select, _) = self.query.clone().into_parts()?;
        let columns = self.columns(meta, &select)?;
        let out = match self.started.swap(true, Ordering::Relaxed) {
            false => self.first_line(&columns)?,
            true => String::new(),
        };
        Ok(CopyPortion {
            meta,
            cursor,
            wanted: rows,
            started: false,
            seen: 0,
            columns,
            format: self.format,
            out,
            error: None,
            lines: Arc::clone(&self.lines),
        })
    }
}
