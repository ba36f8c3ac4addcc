//! `bulk_update`: many rows that get values of their own.

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::model::{ColumnSet, Model, ModelMeta};
use crate::query::{Fields, IntoColumns, columns};
use crate::registry::meta;
use crate::sql::{self, Dialect, NewRows, Statement};
use crate::value::{Row, Value};

use super::draft_rows::{InsertGroup, taken};
use super::given_twice::{RowsSeen, given_twice};
use super::insert::{by_column, part};
use super::job::first_sql;
use super::versioned::some_stale;
use super::{Access, ErrorContext, Executor, Job};

/// New values of many rows, from [`ModelExt::bulk_update`](super::ModelExt::bulk_update); [`run`](BulkUpdate::run) writes them.
///
/// # Example: nothing is changed until it runs
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts = Post::objects().all(&db)?;
/// let changed: u64 = Post::bulk_update(&posts, |p| p.views); // where is `.run(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is changed until `.run(&db)`"]
pub struct BulkUpdate<M: Model> {
    job: Result<RowsToUpdate>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> BulkUpdate<M> {
    pub(super) fn new<R: Borrow<M>, C: IntoColumns>(
        rows: impl IntoIterator<Item = R>,
        named: impl FnOnce(Fields<M>) -> C,
    ) -> Self {
        BulkUpdate {
            job: columns::<M, C>(named).and_then(|set| RowsToUpdate::of::<M, R>(rows, &set)),
            model: PhantomData,
        }
    }

    /// The SQL of the update, with placeholders for its values; it asks no database. Rows beyond a batch take more statements, of which
    /// this is the first; empty if there are no rows.
    ///
    /// # Errors
    /// As [`run`](BulkUpdate::run), where no database is asked.
    ///
    /// # Example: values of their own
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let posts = Post::objects().all(&db)?;
    /// let sql = Post::bulk_update(&posts, |p| p.views).sql(Dialect::POSTGRES)?;
    /// assert!(sql.contains(r#"UPDATE "blog_post" SET "views""#), "{sql}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        first_sql(self.job, dialect)
    }

    /// Writes the named fields of all rows, found by their primary key, or none of them; returns how many there were. A row
    /// that is no longer in the database is not counted, and no error, unless the model has a version: then one that was changed or deleted since it
    /// was read is [`is_stale`](Error::is_stale), and none of them is written.
    ///
    /// # Errors
    /// [`is_row_given_twice`](Error::is_row_given_twice) if two of the rows have one primary key; what the database says of the new
    /// values.
    ///
    /// # Example: a row that is gone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut posts = Post::objects().all(&db)?;
    /// posts[1].delete(&db)?;
    /// posts.iter_mut().for_each(|post| post.views += 1);
    /// assert_eq!(Post::bulk_update(&posts, |p| p.views).run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: one row twice
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// let refused = Post::bulk_update([&post, &post], |p| p.views).run(&db).unwrap_err();
    /// assert!(refused.is_row_given_twice());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.job, Ok)
    }
}

/// The job that writes them.
pub struct RowsToUpdate {
    meta: &'static ModelMeta,
    /// The columns to set, in the order of the model.
    set: Vec<usize>,
    /// The values of the key and the columns of each row.
    values: Vec<Value<'static>>,
    group: InsertGroup,
    sent: usize,
    /// The range of the latest statement's values.
    latest: Range<usize>,
    /// The same column by column, where they are bound as lists.
    lists: Vec<Value<'static>>,
    rows: u64,
}

impl RowsToUpdate {
    fn of<M: Model, R: Borrow<M>>(rows: impl IntoIterator<Item = R>, named: &[u16]) -> Result<Self> {
        let meta = meta(M::slot())?;
        let set = columns_to_set(meta, named, "bulk update")?;
        let width = meta.key.len() + usize::from(meta.version.is_some()) + set.len();
        let rows = rows.into_iter();
        let mut values = Vec::with_capacity(rows.size_hint().0.saturating_mul(width));
        let mut seen = RowsSeen::default();
        let mut count = 0;
        for row in rows {
            let mut encoded = Vec::with_capacity(meta.columns.len());
            row.borrow().encode(&mut encoded);
            let value = |at: &usize| encoded.get(*at).cloned().map(Value::into_owned);
            let key: Option<SmallVec<[Value<'static>; 1]>> = meta.key.iter().map(value).collect();
            let key = key.ok_or_else(|| Error::internal("a row has too few values for its key"))?;
            values.extend(key.iter().cloned());
            values.extend(meta.version.iter().chain(&set).filter_map(value));
            if let Some(earlier) = seen.add(count, key) {
                return Err(given_twice(meta, &meta.key, Some((earlier, count)))
                    .context(format!("updating {}", meta.def.key())));
            }
            count += 1;
        }
        let all = meta.key.iter().chain(&meta.version).chain(&set).copied();
        Ok(RowsToUpdate {
            meta,
            values,
            group: InsertGroup {
                given: all.collect::<ColumnSet>(),
                width,
                rows: count,
            },
            set,
            sent: 0,
            latest: 0..0,
            lists: Vec::new(),
            rows: 0,
        })
    }

    fn part(&self, dialect: &'static Dialect) -> (NewRows, usize) {
        part(self.meta, &self.group, self.group.rows - self.sent, 0, dialect)
    }
}

/// The columns, once each, in the order of the model. `what` sets them, as it is called in errors.
pub(super) fn columns_to_set(meta: &ModelMeta, named: &[u16], what: &str) -> Result<Vec<usize>> {
    let mut set: Vec<usize> = named.iter().map(|&at| usize::from(at)).collect();
    set.sort_unstable();
    set.dedup();
    if set.is_empty() {
        return Err(
            Error::config(format!("the {what} of {} names no field to set", meta.def.key()))
                .with_hint("name one, as in `|p| p.title`"),
        );
    }
    for at in &set {
        let column = meta.columns.get(*at);
        let column = column.ok_or_else(|| Error::internal("a column is set that there is not"))?;
        if meta.version == Some(*at) {
            return Err(sql::sets_version(meta));
        }
        if meta.key.contains(at) {
            return Err(Error::unsupported(format!(
                "the {what} of {} cannot set `{}`: by the primary key it finds rows",
                meta.def.key(),
                column.name
            ))
            .with_hint("a key is changed by `update(..)` of a query"));
        }
        if column.computed {
            return Err(sql::set_by_the_database(meta, column));
        }
    }
    Ok(set)
}

impl Job for RowsToUpdate {
    type Output = u64;
    type Owned = Self;

    fn access(&self) -> Access {
        match self.group.rows {
            // What is changed by others is found out afterwards, and undoes the rest.
            _ if self.meta.version.is_some() => Access::Atomic,
            0 | 1 => Access::Write,
            _ => Access::Atomic,
        }
    }

    fn is_one_statement(&self, dialect: &'static Dialect) -> bool {
        self.meta.version.is_none() && self.part(dialect).1 == self.group.rows
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "updating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent == self.group.rows {
            return Ok(None);
        }
        let (bound, rows) = self.part(dialect);
        self.latest = self.latest.end..self.latest.end + rows * self.group.width;
        self.lists = match bound {
            NewRows::Lists => by_column(&mut self.values[self.latest.clone()], self.group.width),
            NewRows::Each(_) => Vec::new(),
        };
        self.sent += rows;
        sql::bulk_update(self.meta, &self.set, bound, dialect).map(Some)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn can_pipeline(&self) -> bool {
        self.sent < self.group.rows
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        if self.lists.is_empty() {
            let values = self.values.get_mut(self.latest.clone());
            values.unwrap_or(&mut []).iter_mut().map(taken).collect()
        } else {
            std::mem::take(&mut self.lists)
        }
    }

    fn is_final(&self) -> bool {
        self.meta.version.is_none() && self.sent == self.group.rows
    }

    fn values(&self) -> &[Value<'_>] {
        if self.lists.is_empty() {
            self.values.get(self.latest.clone()).unwrap_or(&[])
        } else {
            &self.lists
        }
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.rows += rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        let all = u64::try_from(self.group.rows)
            .map_err(|_| Error::internal("a bulk update has more rows than can be counted"))?;
        if self.meta.version.is_some() && self.rows < all {
            return Err(some_stale(self.meta, all - self.rows, all));
        }
        Ok(self.rows)
    }

    fn into_owned(self) -> Self {
        self
    }
}
