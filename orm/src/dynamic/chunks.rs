//! Many rows, a chunk at a time.

use crate::error::{Error, Result};
use crate::plan::{Executor, Fetch};
use crate::value::Value;

use super::field::{after, key_order};
use super::rows::DynReader;
use super::{DynRow, DynRows};

/// Rows in chunks by primary key, from [`DynRows::chunks`].
///
/// ```
/// # use orm::dynamic::DynModel;
/// # fn shout(posts: DynModel, db: &orm::Db) -> orm::Result<()> {
/// let title = posts.field::<String>("title")?;
/// let mut chunks = posts.rows().chunks(1_000);
/// while let Some(rows) = chunks.next(db)? {
///     for mut post in rows {
///         post.set(title, post.get(title)?.to_uppercase())?;
///         post.save(db)?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "no query runs until `.next(&db)`"]
pub struct DynChunks {
    rows: DynRows,
    size: u32,
    /// The key of the last row that was read.
    last: Option<Vec<Value<'static>>>,
    /// A chunk was not full, so it was the last one.
    ended: bool,
}

impl DynChunks {
    pub(super) fn new(rows: DynRows, size: u32) -> Self {
        DynChunks {
            rows,
            size: size.max(1),
            last: None,
            ended: false,
        }
    }

    /// The next rows; `None` after the last.
    ///
    /// # Errors
    /// If the rows have an order or a limit, or a field belongs to another model; errors of the database.
    ///
    /// # Example: none is left
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut chunks = orm::dynamic::DynModel::named("blog.Post")?.rows().chunks(2);
    /// assert_eq!(chunks.next(&db)?.map(|rows| rows.len()), Some(2));
    /// assert!(chunks.next(&db)?.is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn next<'e, E: Executor<'e>>(&'e mut self, db: E) -> E::Out<Option<Vec<DynRow>>> {
        db.run(self.job(), move |rows| {
            self.ended = rows.len() < self.size as usize;
            match rows.last() {
                Some(last) => self.last = Some(last.key()?),
                None => return Ok(None),
            }
            Ok(Some(rows))
        })
    }

    fn job(&self) -> Result<Fetch<DynReader, Vec<DynRow>>> {
        let mut rows = self.rows.clone();
        if !rows.select.order.is_empty() || rows.select.is_cut() {
            return Err(Error::config(
                "chunks go through all rows by primary key, so an order or a limit has no meaning there",
            )
            .with_hint("use all() for few rows"));
        }
        if let Some(last) = &self.last {
            rows.select.filter.and(after(rows.model, last)?);
        }
        rows.select.order = key_order(rows.model)?;
        rows.select.nothing |= self.ended;
        Fetch::new(rows.limit(u64::from(self.size)))
    }
}
