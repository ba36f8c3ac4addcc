//! Queries with a single result: a count, whether a row exists, aggregates over all rows.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::model::{Model, ModelMeta};
use crate::query::{Fields, QuerySet, Select, Selection, Tuples, order_by_default};
use crate::registry::meta;
use crate::sql::{Dialect, ReadQuery, RowLimit, Statement, StatementKind};
use crate::value::{Row, Value};

use super::collect::First;
use super::fetch::{Fetch, put_values_in_bind_order};
use super::reader::PerRow;
use super::{Access, ErrorContext, Executor, Job};

/// Counts rows, or checks whether one exists.
pub struct CountOrExists {
    meta: &'static ModelMeta,
    select: Select,
    kind: StatementKind,
    sent: bool,
    answer: i64,
}

impl Job for CountOrExists {
    type Output = i64;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "counting",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent || self.select.nothing {
            return Ok(None);
        }
        self.sent = true;
        let limit = if self.select.is_cut() {
            RowLimit::Param
        } else {
            RowLimit::None
        };
        order_by_default(self.meta, &mut self.select);
        let statement = ReadQuery {
            kind: self.kind,
            meta: self.meta,
            select: &self.select,
            joined: &[],
            step: None,
            parent: None,
            limit,
            nulls: u32::MAX,
            first: 0,
        }
        .statement(dialect)?;
        put_values_in_bind_order(&mut self.select, limit);
        Ok(Some(statement))
    }

    fn values(&self) -> &[Value<'_>] {
        self.select.filter.values()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.answer = match self.kind {
            StatementKind::Exists => i64::from(row.get::<bool>(0)?),
            _ => row.get(0)?,
        };
        Ok(())
    }

    fn finish(self) -> Result<i64> {
        Ok(self.answer)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl CountOrExists {
    /// A job that counts rows or checks whether one exists.
    pub(crate) fn new(meta: &'static ModelMeta, select: Select, kind: StatementKind) -> Self {
        CountOrExists {
            meta,
            select,
            kind,
            sent: false,
            answer: 0,
        }
    }
}

impl<M: Model, O: PerRow> QuerySet<M, O> {
    fn count_or_exists(self, kind: StatementKind) -> Result<CountOrExists> {
        match kind {
            StatementKind::Count => {
                O::ensure_each_row(&self.select, "count()")?;
                O::ensure_rows(&self.select, "count()")?;
            }
            _ => O::ensure_rows(&self.select, "exists()")?,
        }
        Ok(CountOrExists::new(meta(M::slot())?, self.select, kind))
    }

    /// How many rows there are: `SELECT count(*)`, without reading them.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: posts that are read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().filter(|p| p.views.gt(3)).count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count<'e, E: Executor<'e>>(self, db: E) -> E::Out<i64> {
        db.run(self.count_or_exists(StatementKind::Count), Ok)
    }

    /// Whether there is a row: `SELECT EXISTS (..)`, which stops at the first.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: an address that is taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(Author::objects().filter(|a| a.email.eq("ann@example.com")).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exists<'e, E: Executor<'e>>(self, db: E) -> E::Out<bool> {
        db.run(self.count_or_exists(StatementKind::Exists), |answer| {
            Ok(answer != 0)
        })
    }
}

impl<M: Model, S: Selection> QuerySet<M, Tuples<S>> {
    fn counted(self, kind: StatementKind) -> Result<CountOrExists> {
        Ok(CountOrExists::new(meta(M::slot())?, self.into_derived(), kind))
    }

    /// How many rows of values there are, of distinct ones and of groups as well: `SELECT count(*) FROM (SELECT DISTINCT ..)`, without
    /// reading them. NULL is a value among them.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: authors with posts, and how many there are of more than one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().values(|p| (p.author, p.editor)).distinct().count(&db)?, 1);
    /// let busy = Post::objects().group_by(|p| p.author).values(|p| p.author).having(|_| count().gt(1));
    /// assert_eq!(busy.count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count<'e, E: Executor<'e>>(self, db: E) -> E::Out<i64> {
        db.run(self.counted(StatementKind::Count), Ok)
    }

    /// Whether there is a row of values: `SELECT EXISTS (..)`.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: whether someone wrote more than one post
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let busy = Post::objects().group_by(|p| p.author).values(|p| p.author).having(|_| count().gt(1));
    /// assert!(busy.exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exists<'e, E: Executor<'e>>(self, db: E) -> E::Out<bool> {
        db.run(self.counted(StatementKind::Exists), |found| Ok(found != 0))
    }
}

/// Values over all rows of a query, from [`QuerySet::aggregate`]; [`run`](Aggregate::run) asks for them.
///
/// # Example: no query runs until it runs
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let views = Post::objects().aggregate(|p| p.views.sum());
/// assert_eq!(views.run(&db)?, Some(7));
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "no query runs until `.run(&db)`"]
pub struct Aggregate<M: Model, S>(QuerySet<M, Tuples<S>>);

impl<M: Model> QuerySet<M> {
    /// One tuple of values over all rows: `SELECT count(*), sum(views)`; over those that a limit leaves, `FROM (SELECT .. LIMIT x)`. For one
    /// tuple per group see [`group_by`](QuerySet::group_by).
    ///
    /// # Example: three facts in one statement
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (posts, views, best) =
    ///     Post::objects().aggregate(|p| (count(), p.views.sum(), p.rating.max())).run(&db)?;
    /// assert_eq!((posts, views, best), (2, Some(7), Some(4.5)));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: over the ten that are read most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most_read = Post::objects().order_by(|p| p.views.desc()).limit(10);
    /// assert_eq!(most_read.aggregate(|p| p.views.avg()).run(&db)?, Some(3.5));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn aggregate<S: Selection + 'static>(
        mut self,
        columns: impl FnOnce(Fields<M>) -> S,
    ) -> Aggregate<M, S> {
        self.select = self.select.over_its_rows::<M>();
        Aggregate(self.values(columns))
    }
}

impl<M: Model, S: Selection + 'static> Aggregate<M, S> {
    /// Asks the database. Without rows a count is 0 and every other aggregate `None`.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if an expression is not an aggregate, or the query has groups; what the database says.
    ///
    /// # Example: a column is not an aggregate
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().aggregate(|p| p.title).run(&db).unwrap_err();
    /// assert!(refused.is_unsupported());
    /// assert!(refused.to_string().contains("aggregate() gives one answer over all rows"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<S::Row> {
        let job = Fetch::<_, First<_>>::new(self.0).and_then(|job| {
            if !job.select.groups().columns.has_aggregate() {
                return Err(Error::unsupported(
                    "aggregate() gives one answer over all rows, and this is not an aggregate",
                )
                .with_hint("use sum(), max(), count() and their like, or values() for each row"));
            }
            if !job.select.groups().by.is_empty() {
                return Err(Error::unsupported(
                    "aggregate() gives one answer over all rows, and group_by() one for each group",
                )
                .with_hint("use values() after group_by()"));
            }
            Ok(job.over_all_rows())
        });
        db.run(job, |found| {
            found
                .row
                .ok_or_else(|| Error::new(Kind::Database, "the database returned no row for an aggregate"))
        })
    }
}
