//! Pages by place: the rows after one or before one, whatever comes and goes elsewhere.

mod behind;
mod cursor;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::expr::ExprTokens;
use crate::model::{Model, ModelMeta};
use crate::query::{QuerySet, Select, order_uniquely};
use crate::sql::{Dialect, ReadQuery, RowLimit, StatementKind};
use crate::value::{OwnedCell, Value};

use super::beside::Beside;
use super::fetch::Fetch;
use super::in_turn::{InTurn, Stages};
use super::order::ensure_lasting_order;
use super::reader::{Output, Paged, Query, Reader};
use super::{ErrorContext, Executor};
use behind::{Place, behind};
use cursor::Seal;
pub use cursor::{CursorKey, PageCursor};

/// Rows after a place or before one, from [`QuerySet::after`] and [`QuerySet::before`], and the places around them.
///
/// # Example: all pages
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (mut place, mut seen) = (None, 0);
/// loop {
///     let page = Post::objects().order_by(|p| p.published_at.desc()).after(place.as_ref(), 1, &db)?;
///     seen += page.rows.len();
///     place = page.next;
///     if place.is_none() {
///         break;
///     }
/// }
/// assert_eq!(seen, 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct KeysetPage<T> {
    /// The rows, in the query's order.
    pub rows: Vec<T>,
    /// The place before the first of them, for [`before`](QuerySet::before). `None` on the first page, and on an empty one.
    pub previous: Option<PageCursor>,
    /// The place after the last of them, for [`after`](QuerySet::after). `None` on the last page, and on an empty one.
    pub next: Option<PageCursor>,
}

impl<M: Model, O: Output + Paged> QuerySet<M, O> {
    /// At most `size` rows after a place in the query's order, else in the model's: `WHERE views >= x AND (views > x OR id > x) ORDER
    /// BY views, id LIMIT ..`. `None` is the place before the first row; [`KeysetPage::next`] is the one after a page.
    ///
    /// The order may be of anything: columns up or down, NULL first or last, of related rows, expressions. The primary key ends it, so
    /// that no two rows have the same place. The database reads no more than the page where an index has the order, and rows that
    /// come or go do not move the others.
    ///
    /// A cursor holds the values of the order in the last row, which whoever has it can read. So that nobody can make one up, give
    /// the handle [a key](crate::Db::with_cursor_key).
    ///
    /// # Errors
    /// [`is_invalid_cursor`](Error::is_invalid_cursor) if the cursor is not one, is one of another query, or was changed;
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit, an offset or groups; if the size is 0; as
    /// [`all`](QuerySet::all).
    ///
    /// # Example: the next page
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = || Post::objects().order_by(|p| p.views.desc());
    /// let first = posts().after(None, 1, &db)?;
    /// let second = posts().after(first.next.as_ref(), 1, &db)?;
    /// assert_eq!((first.rows[0].title.as_str(), second.rows[0].title.as_str()), ("Hello", "Later"));
    /// assert_eq!(second.next, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: by how many posts there are, with related rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors = || Author::objects().order_by(|a| a.posts().count().desc()).with(|a| a.posts());
    /// let first = authors().after(None, 1, &db)?;
    /// let second = authors().after(first.next.as_ref(), 1, &db)?;
    /// assert_eq!((first.rows[0].1.len(), second.rows[0].1.len()), (2, 0));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: values of the rows, in an order by others
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles = || Post::objects().order_by(|p| p.views.desc()).values(|p| (p.title, p.author().name));
    /// let first = titles().after(None, 1, &db)?;
    /// assert_eq!(first.rows, [("Hello".to_owned(), "Ann".to_owned())]);
    /// let second = titles().after(first.next.as_ref(), 1, &db)?;
    /// assert_eq!(second.rows[0].0, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a place in another order
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let place = Post::objects().order_by(|p| p.views).after(None, 1, &db)?.next;
    /// let error = Post::objects().order_by(|p| p.title).after(place.as_ref(), 1, &db).unwrap_err();
    /// assert!(error.is_invalid_cursor());
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the place is a cursor, not a number or a key
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let page = Post::objects().after(20, 10, &db)?; // `page(3, 10, &db)`, or `after(page.next.as_ref(), 10, &db)`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn after<'e, E: Executor<'e>>(
        self,
        place: Option<&PageCursor>,
        size: u32,
        db: E,
    ) -> E::Out<KeysetPage<O::Row<M>>> {
        db.run(self.keyset(Way::After, place, size, db.state().cursor_key), Ok)
    }

    /// At most `size` rows before a place, in the query's order: the way back of [`after`](QuerySet::after), where `None` is the place
    /// after the last row.
    ///
    /// # Errors
    /// As [`after`](QuerySet::after).
    ///
    /// # Example: back, and the last page
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = || Post::objects().order_by(|p| p.views.desc());
    /// let last = posts().before(None, 1, &db)?;
    /// assert_eq!(last.rows[0].title, "Later");
    /// let first = posts().before(last.previous.as_ref(), 1, &db)?;
    /// assert_eq!(first.rows[0].title, "Hello");
    /// assert_eq!(first.previous, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn before<'e, E: Executor<'e>>(
        self,
        place: Option<&PageCursor>,
        size: u32,
        db: E,
    ) -> E::Out<KeysetPage<O::Row<M>>> {
        db.run(self.keyset(Way::Before, place, size, db.state().cursor_key), Ok)
    }

    fn keyset(
        self,
        way: Way,
        place: Option<&PageCursor>,
        size: u32,
        key: Option<CursorKey>,
    ) -> Result<InTurn<Keyset<O::Reader<M>>>> {
        O::ensure_pages(&self.select, "a page")?;
        Keyset::new(self, way, place, size, key)
    }
}

/// A row, and the values of the order in it.
type Placed<T> = (T, Vec<OwnedCell>);

/// On which side of the place the rows are.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    After,
    Before,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::After => "after",
            Way::Before => "before",
        }
    }
}

/// Reads the rows of a page, and one more to know whether there are others behind them.
struct Keyset<R: Reader> {
    meta: &'static ModelMeta,
    select: Select,
    reader: Option<R>,
    backwards: bool,
    place: Option<PageCursor>,
    size: u32,
    key: Option<CursorKey>,
    seal: Option<Seal>,
    rows: Vec<Placed<R::Row>>,
}

impl<R: Reader> Keyset<R> {
    fn new<Q: Query<Reader = R>>(
        query: Q,
        way: Way,
        place: Option<&PageCursor>,
        size: u32,
        key: Option<CursorKey>,
    ) -> Result<InTurn<Self>> {
        let (meta, mut select, reader) = query.into_parts()?;
        if size == 0 {
            return Err(
                Error::config(format!("a page of {} has at least one row", meta.def.key()))
                    .with_hint("give a size of at least 1"),
            );
        }
        if select.is_cut() || !select.groups().by.is_empty() {
            return Err(Error::unsupported(format!(
                "{}() cuts a page out of all rows, and this query of {} has a limit, an offset or groups",
                way.name(),
                meta.def.key()
            ))
            .with_hint("leave them out"));
        }
        if select.order.has_window() || select.groups().columns.has_window() {
            return Err(Error::unsupported(format!(
                "{}() of {} leaves out the rows before the page, at which a window would have looked",
                way.name(),
                meta.def.key()
            ))
            .with_hint(
                "cut the page by `page(..)`, or read what is computed over a window by a query of its own",
            ));
        }
        ensure_lasting_order(meta, &select)?;
        order_uniquely(meta, &mut select);
        Ok(InTurn::new(Keyset {
            meta,
            select,
            reader: Some(reader),
            backwards: way == Way::Before,
            place: place.cloned(),
            size,
            key,
            seal: None,
            rows: Vec::new(),
        }))
    }

    /// The values of the order, as a query of their own: what tells the query from others, and of which types they are.
    fn order_alone<T>(&self, values: &ExprTokens, of: impl FnOnce(&ReadQuery<'_>) -> Result<T>) -> Result<T> {
        let mut select = self.select.same_rows(self.select.order.clone());
        select.annotate(values.clone());
        select.name_again();
        of(&ReadQuery {
            kind: StatementKind::Tuples,
            meta: self.meta,
            select: &select,
            joined: &[],
            step: None,
            limit: RowLimit::None,
            parent: None,
            nulls: u32::MAX,
            first: 0,
        })
    }

    /// The query without its place: model, conditions and order as the database gets them, and the values in the order.
    fn query_hash(&self, values: &ExprTokens, dialect: &'static Dialect) -> Result<[u8; 32]> {
        let sql = self.order_alone(values, |query| query.statement(dialect))?;
        let mut hash = Sha256::new();
        hash.update(self.meta.def.key().to_string());
        hash.update([0]);
        hash.update(&sql.sql);
        for value in self.select.order.values() {
            hash.update([0]);
            hash.update(format!("{value:?}"));
        }
        Ok(hash.finalize().into())
    }
}

impl<R: Reader> Stages for Keyset<R> {
    type Stage = Fetch<Beside<R>, Vec<Placed<R::Partial>>>;
    type Output = KeysetPage<R::Row>;

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "reading",
            model: self.meta,
        })
    }

    fn begin(&mut self, dialect: &'static Dialect) -> Result<Option<Self::Stage>> {
        let Some(reader) = self.reader.take() else {
            return Ok(None);
        };
        let keys = self.select.order.sort_keys();
        let mut values = ExprTokens::default();
        for (by, ..) in &keys {
            values.extend(by.clone());
        }
        let facts = self.order_alone(&values, |query| query.sort_keys(dialect))?;
        let types = facts.iter().map(|fact| fact.ty);
        let types: Option<Vec<_>> = types.collect();
        let types = types.ok_or_else(|| {
            Error::unsupported("the order of a page is by a value whose type nothing says")
                .with_hint("order by a field, or by what is computed from one")
        })?;
        let number = keys.len();
        let seal = Seal {
            query: self.query_hash(&values, dialect)?,
            types,
            key: self.key.take(),
        };
        if self.backwards {
            self.select.order.reverse();
        }
        if let Some(place) = &self.place {
            let keys = self.select.order.sort_keys().into_iter().zip(&facts);
            let places: Vec<Place> = keys
                .zip(seal.values(place)?)
                .map(|(((by, direction, nulls), fact), value)| Place {
                    by,
                    direction,
                    nulls,
                    null: fact.null,
                    value,
                })
                .collect();
            match behind(&places) {
                Some(condition) => self.select.filter.and(condition),
                None => self.select.nothing = true,
            }
        }
        self.seal = Some(seal);
        self.select.set_limit(Some(u64::from(self.size) + 1));
        self.select.annotate(values);
        let select = std::mem::take(&mut self.select);
        Ok(Some(Fetch::of_parts(
            self.meta,
            select,
            Beside::new(reader, number)?,
        )))
    }

    fn end(&mut self, rows: Vec<Placed<R::Row>>) -> Result<()> {
        self.rows = rows;
        Ok(())
    }

    fn finish(mut self) -> Result<KeysetPage<R::Row>> {
        let seal = self.seal.as_ref();
        let seal = seal.ok_or_else(|| Error::internal("a page was not asked for"))?;
        let size = self.size as usize;
        let has_more = self.rows.len() > size;
        self.rows.truncate(size);
        if self.backwards {
            self.rows.reverse();
        }
        let place = |row: Option<&Placed<R::Row>>, is_there: bool| match row {
            Some((_, cells)) if is_there => {
                let cells = cells.iter().zip(&seal.types);
                let values: Vec<Value<'static>> =
                    cells.map(|(cell, ty)| cell.value(*ty)).collect::<Result<_>>()?;
                seal.cursor(&values).map(Some)
            }
            _ => Ok(None),
        };
        // What the place was taken from lies on its other side.
        let (before, behind) = match self.backwards {
            true => (has_more, self.place.is_some()),
            false => (self.place.is_some(), has_more),
        };
        Ok(KeysetPage {
            previous: place(self.rows.first(), before)?,
            next: place(self.rows.last(), behind)?,
            rows: self.rows.into_iter().map(|(row, _)| row).collect(),
        })
    }
}
