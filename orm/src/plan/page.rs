//! Pages by number: the rows of one, and how many there are in all.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::expr::ExprTokens;
use crate::model::{MetaSlot, Model, ModelMeta};
use crate::query::{QuerySet, Select, number_of_rows, order_uniquely};
use crate::sql::{Dialect, Statement, StatementKind};
use crate::value::{ColumnType, OwnedCell, Row, Value};

use super::aggregate::CountOrExists;
use super::beside::Beside;
use super::fetch::Fetch;
use super::order::ensure_lasting_order;
use super::reader::{Output, Paged, Query, Reader};
use super::{Access, ErrorContext, Executor, Job};

/// Rows of a page, from [`QuerySet::page`].
///
/// # Example: what a template shows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Page;
///
/// let page: Page<Tag> = Tag::objects().order_by(|t| t.label).page(1, 20, &db)?;
/// assert_eq!((page.rows.len(), page.total, page.pages()), (2, 2, 1));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Page<T> {
    /// The rows of the page, in the query's order.
    pub rows: Vec<T>,
    /// Its number, from 1.
    pub number: u64,
    /// How many rows a page has at most.
    pub size: u64,
    /// How many rows there are on all pages.
    pub total: u64,
}

impl<T> Page<T> {
    /// How many pages there are; 1 where there are no rows.
    ///
    /// # Example: two rows, one to a page
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Tag::objects().page(1, 1, &db)?.pages(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.size.max(1)).max(1)
    }

    /// Whether there is a page after this one.
    ///
    /// # Example: the first of two
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(Tag::objects().page(1, 1, &db)?.has_next());
    /// assert!(!Tag::objects().page(2, 1, &db)?.has_next());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn has_next(&self) -> bool {
        self.number < self.pages()
    }
}

impl<M: Model, O: Output + Paged> QuerySet<M, O> {
    /// One page of the rows and the number of all, in one statement, so that both are of one state of the database: `SELECT ..,
    /// (SELECT count(*) ..) .. LIMIT .. OFFSET ..`. Pages are counted from 1; one beyond the last has no rows, and takes a second
    /// statement for the number.
    ///
    /// The order is the query's, or the model's, and ends with the primary key, so that no row is on two pages and none on none. But
    /// the database reads what comes before a page, and a row that comes or goes moves the others; by [`after`](QuerySet::after)
    /// neither is so.
    ///
    /// # Errors
    /// If the number or the size is 0; [`is_unsupported`](Error::is_unsupported) if the query has a limit, an offset or groups; as
    /// [`all`](QuerySet::all).
    ///
    /// # Example: the second page
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let page = Post::objects().order_by(|p| p.title).page(2, 1, &db)?;
    /// assert_eq!((page.rows[0].title.as_str(), page.total), ("Later", 2));
    ///
    /// let beyond = Post::objects().page(99, 20, &db)?;
    /// assert_eq!((beyond.rows.len(), beyond.total), (0, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: pages are counted from 1
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::objects().page(0, 20, &db).unwrap_err();
    /// assert!(error.to_string().starts_with("there is no page 0"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the rows are in the page
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts: Vec<Post> = Post::objects().page(1, 20, &db)?; // `.page(1, 20, &db)?.rows`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn page<'e, E: Executor<'e>>(self, number: u64, size: u64, db: E) -> E::Out<Page<O::Row<M>>> {
        let job = O::ensure_pages(&self.select, "page()")
            .and_then(|()| PageJob::new(self, M::slot(), number, size));
        db.run(job, Ok)
    }
}

/// A row, and the number of all beside it.
type WithTotal<T> = (T, Vec<OwnedCell>);

/// Reads the rows of a page and how many there are; counts them where the page has none.
pub(crate) struct PageJob<R: Reader> {
    rows: Fetch<Beside<R>, Vec<WithTotal<R::Partial>>>,
    meta: &'static ModelMeta,
    number: u64,
    size: u64,
    offset: u64,
    /// For the number of rows where the page has none to stand beside.
    all: Option<Select>,
    has_rows: bool,
    count: Option<CountOrExists>,
}

impl<R: Reader> PageJob<R> {
    /// A page of rows of the model of a slot.
    pub(crate) fn new<Q: Query<Reader = R>>(
        query: Q,
        slot: &'static MetaSlot,
        number: u64,
        size: u64,
    ) -> Result<Self> {
        let (meta, mut select, reader) = query.into_parts()?;
        if number == 0 || size == 0 {
            let what = match size {
                0 => "a page has at least one row",
                _ => "there is no page 0",
            };
            return Err(Error::config(format!("{what} of {}", meta.def.key()))
                .with_hint("pages are counted from 1, and have a size of at least 1"));
        }
        if select.is_cut() || !select.groups().by.is_empty() {
            return Err(Error::unsupported(
                "page() counts all rows and cuts out its own, and this query has a limit, an offset or groups",
            )
            .with_hint("leave them out, or cut the rows of all()"));
        }
        let offset = (number - 1).saturating_mul(size);
        let all = (offset > 0).then(|| select.clone());
        let total = number_of_rows(slot, select.same_rows(ExprTokens::default()));
        ensure_lasting_order(meta, &select)?;
        order_uniquely(meta, &mut select);
        select.set_limit(Some(size));
        select.set_offset(offset);
        select.annotate(total);
        Ok(PageJob {
            rows: Fetch::of_parts(meta, select, Beside::new(reader, 1)?),
            meta,
            number,
            size,
            offset,
            all,
            has_rows: false,
            count: None,
        })
    }
}

impl<R: Reader> Job for PageJob<R> {
    type Output = Page<R::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        self.rows.error_context()
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if let Some(count) = &mut self.count {
            return count.next(dialect);
        }
        if let Some(statement) = self.rows.next(dialect)? {
            return Ok(Some(statement));
        }
        let (Some(all), false) = (self.all.take(), self.has_rows) else {
            return Ok(None);
        };
        let count = CountOrExists::new(self.meta, all, StatementKind::Count);
        self.count.insert(count).next(dialect)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self.count {
            Some(_) => Ok(None),
            None => self.rows.pipelined(dialect),
        }
    }

    fn can_pipeline(&self) -> bool {
        self.count.is_none() && self.rows.can_pipeline()
    }

    fn values(&self) -> &[Value<'_>] {
        match &self.count {
            Some(count) => count.values(),
            None => self.rows.values(),
        }
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match &mut self.count {
            Some(count) => count.take_values(),
            None => self.rows.take_values(),
        }
    }

    fn answered(&mut self) {
        match &mut self.count {
            Some(count) => count.answered(),
            None => self.rows.answered(),
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        match &mut self.count {
            Some(count) => count.row(row),
            None => {
                self.has_rows = true;
                self.rows.row(row)
            }
        }
    }

    fn finish(self) -> Result<Self::Output> {
        let rows = self.rows.finish()?;
        let number = |rows: i64| u64::try_from(rows).map_err(|_| Error::internal("a count is negative"));
        let total = match (rows.first(), self.count) {
            (Some((_, cells)), _) => {
                let cell = cells.first();
                let cell = cell.ok_or_else(|| Error::internal("a page has no number beside its rows"))?;
                number(i64::decode(cell.cell())?)?
            }
            // Rows that have come since the page was read were not on it.
            (None, Some(count)) => number(count.finish()?)?.min(self.offset),
            (None, None) => 0,
        };
        Ok(Page {
            rows: rows.into_iter().map(|(row, _)| row).collect(),
            number: self.number,
            size: self.size,
            total,
        })
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_page_of_no_size_is_the_only_one() {
        let page = |size, total| Page::<()> {
            rows: Vec::new(),
            number: 1,
            size,
            total,
        };
        assert_eq!(
            (page(0, 0).pages(), page(3, 0).pages(), page(3, 7).pages()),
            (1, 1, 3)
        );
        assert!(page(3, 7).has_next());
    }
}
