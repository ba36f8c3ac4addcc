//! Reading rows: the job, and the terminals `all`, `first`, `last`, `get`, `get_or_none`.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::expr::{ExprTokens, Function, RowSource, Token};
use crate::model::{Model, ModelMeta};
use crate::query::{QuerySet, Select, order_by_default};
use crate::registry::meta;
use crate::sql::{Dialect, ReadQuery, RowLimit, Statement, StatementKind, by_key};
use crate::value::{Cell, Row, Value};

use super::collect::{Collect, First};
use super::load::JoinedColumns;
use super::order::apply_default_or_key_ordering;
use super::reader::{Output, Query, Reader};
use super::{Access, ErrorContext, Executor, Job};

/// Reads rows, then the rows loaded for them.
pub struct Fetch<R: Reader, C> {
    meta: &'static ModelMeta,
    pub(super) select: Select,
    reader: R,
    limit: RowLimit,
    /// The number of rows after which reading can stop.
    most: u64,
    or_by_key: bool,
    /// A cursor reads the rows; what is loaded for them is read for each portion.
    in_portions: bool,
    started: bool,
    reading_rows: bool,
    /// A list comes in the same statement, behind the rows.
    with_list: bool,
    rows: C,
}

impl<R: Reader, C: Collect<R::Partial>> Fetch<R, C> {
    #[inline]
    pub(crate) fn new(query: impl Query<Reader = R>) -> Result<Self> {
        let (meta, select, reader) = query.into_parts()?;
        Ok(Self::of_parts(meta, select, reader))
    }

    #[inline]
    pub(super) fn of_parts(meta: &'static ModelMeta, select: Select, reader: R) -> Self {
        let limit = if select.is_cut() {
            RowLimit::Param
        } else {
            RowLimit::None
        };
        Fetch {
            meta,
            select,
            reader,
            limit,
            most: u64::MAX,
            or_by_key: false,
            in_portions: false,
            started: false,
            reading_rows: false,
            with_list: false,
            rows: C::default(),
        }
    }

    /// In the query's order, the model's default ordering, or that of the primary key.
    pub(crate) fn in_some_order(mut self) -> Self {
        self.or_by_key = true;
        self
    }

    /// As what a cursor is over.
    pub(super) fn in_portions(mut self) -> Self {
        self.in_portions = true;
        self
    }

    /// Where there are certainly no rows, the database is asked all the same.
    pub(super) fn asking_for_nothing(mut self) -> Self {
        if self.select.nothing {
            self.ask_for_nothing();
        }
        self
    }

    /// For aggregates: without an order, and querying the database even where there are certainly no rows.
    pub(super) fn over_all_rows(mut self) -> Self {
        self.select.order = ExprTokens::default();
        if self.select.nothing {
            self.ask_for_nothing();
        }
        self
    }

    /// Where there are certainly no rows: a query that the database answers.
    fn ask_for_nothing(&mut self) {
        self.select.nothing = false;
        let mut never = ExprTokens::default();
        never.param(Value::Bool(false));
        self.select.filter.and(never);
    }

    fn start(&mut self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        if !R::LOADS && self.is_by_key() {
            self.most = 1;
            return by_key(self.meta, dialect);
        }
        let mut columns = JoinedColumns::new(self.meta, 0);
        self.reader.prepare(&mut columns)?;
        if columns.has_lists() && !self.in_portions {
            // Where the query names the keys, the list goes out beside the rows, which takes the server less.
            let named = self.names_keys();
            self.with_list = !named && columns.has_one_list() && self.takes_list(dialect);
            if let (true, [keys]) = (named, self.select.filter.values()) {
                self.reader.name(keys);
            }
        }
        let mut nulls = R::NULLS;
        if let Some((first, of_values)) = columns.values() {
            self.reader.place_values(first);
            nulls = of_values;
        }
        if R::LOADS && !self.with_list && self.is_by_key() && columns.joined().is_empty() {
            self.most = 1;
            return by_key(self.meta, dialect);
        }
        if self.or_by_key {
            apply_default_or_key_ordering(self.meta, &mut self.select)?;
        } else {
            order_by_default(self.meta, &mut self.select);
        }
        if R::KIND == StatementKind::Tuples || columns.values().is_some() {
            self.select.name_again();
        }
        let read = ReadQuery {
            kind: R::KIND,
            meta: self.meta,
            select: &self.select,
            joined: columns.joined(),
            step: None,
            parent: None,
            limit: self.limit,
            nulls,
            first: 0,
        };
        if self.with_list {
            let list = self.reader.list();
            let list =
                list.ok_or_else(|| Error::internal("a list that is read along with rows is not there"))?;
            let statement = list.read_along(columns.end(), read.values(), &mut |list| {
                read.statement_with(list, dialect)
            })?;
            put_values_in_bind_order(&mut self.select, self.limit);
            for value in self.reader.take_values() {
                self.select.filter.add_value(value);
            }
            self.most = u64::MAX;
            return Ok(statement);
        }
        let statement = read.statement(dialect)?;
        put_values_in_bind_order(&mut self.select, self.limit);
        Ok(statement)
    }

    /// Whether a list of related rows, if it can, is read in the statement of the rows: these are few then.
    fn takes_list(&mut self, dialect: &'static Dialect) -> bool {
        let most = match self.limit {
            RowLimit::Literal(rows) => u64::from(rows),
            RowLimit::Param => self.select.limit().unwrap_or(u64::MAX),
            RowLimit::None => u64::MAX,
        };
        most <= dialect.rows_with_list
            // Without a primary key, related rows could not be assigned; a table of others or a view may have none.
            && self.meta.def.makes_table()
            && self.select.lock().is_none()
            && !self.select.is_of_values()
            && self.select.groups().by.is_empty()
            && self.reader.list().is_some()
    }

    /// Whether the query is for exactly one row by its primary key: then it is the same statement as `Model::get`.
    #[inline]
    fn is_by_key(&self) -> bool {
        let select = &self.select;
        R::KIND == StatementKind::Rows
            && self.limit != RowLimit::Param
            && select.order.is_empty()
            && select.is_plain()
            // That statement is in all scopes.
            && select.left_out.is_none()
            && self.is_key(Function::Eq)
    }

    /// Whether the filter is exactly that the primary key equals a value, or is in a list.
    #[inline]
    fn is_key(&self, function: Function) -> bool {
        let Ok(key) = u16::try_from(self.meta.primary_key) else {
            return false;
        };
        let tokens = [
            Token::Column(RowSource::OWN, key),
            Token::Param,
            Token::Call(function, 2),
        ];
        self.meta.key.len() == 1 && *self.select.filter.tokens() == tokens.map(Token::pack)
    }

    /// Whether the query is for all rows with certain keys, so that related rows can be queried together with the rows once
    /// the loaders know these. With any further condition or a limit, lists would be loaded for rows that are not in the
    /// result.
    fn names_keys(&self) -> bool {
        self.select.derived_rows().is_none()
            && (self.limit != RowLimit::Param && self.is_key(Function::Eq)
                || self.limit == RowLimit::None && self.is_key(Function::In))
    }

    /// Whether the latest statement is the query's own, and not one of those pipelined with it.
    #[inline]
    fn has_given_rows(&self) -> bool {
        self.reading_rows && (self.with_list || !self.reader.is_active())
    }
}

/// Reads the first row and checks whether there are more.
pub(crate) type FetchFirst<R> = Fetch<R, First<<R as Reader>::Partial>>;

impl<R: Reader> FetchFirst<R> {
    /// The job for the first row.
    ///
    /// # Errors
    /// If the query is inconsistent.
    pub(crate) fn first(query: impl Query<Reader = R>) -> Result<Self> {
        Self::at_most(1, true, query)
    }

    /// The job for the only row, for [`one`].
    ///
    /// # Errors
    /// If the query is inconsistent.
    pub(crate) fn only(query: impl Query<Reader = R>) -> Result<Self> {
        Self::at_most(2, false, query)
    }

    /// With a limit, unless the query has one. Everything is known before the job is made, so that it is made in its place.
    #[inline]
    fn at_most(rows: u8, or_by_key: bool, query: impl Query<Reader = R>) -> Result<Self> {
        let (meta, mut select, reader) = query.into_parts()?;
        let (limit, most) = if select.is_cut() {
            // The query has an offset but no limit.
            let limit = select.limit().unwrap_or(u64::MAX);
            select.set_limit(Some(limit.min(u64::from(rows))));
            (RowLimit::Param, u64::MAX)
        } else {
            (RowLimit::Literal(rows), u64::from(rows))
        };
        Ok(Fetch {
            meta,
            select,
            reader,
            limit,
            most,
            or_by_key,
            in_portions: false,
            started: false,
            reading_rows: false,
            with_list: false,
            rows: First::default(),
        })
    }
}

/// Moves a query's values behind those of its filter, in the order in which [`ReadQuery`] binds them.
pub(super) fn put_values_in_bind_order(select: &mut Select, limit: RowLimit) {
    // No table has so many rows that capping the number would change the result.
    let number = |rows: u64| Value::Int(i64::try_from(rows).unwrap_or(i64::MAX));
    select.put_values_in_bind_order();
    if limit == RowLimit::Param {
        // An offset without a limit: SQLite requires a limit anyway.
        let most = select.limit().unwrap_or(u64::MAX);
        select.filter.add_value(number(most));
    }
    if let Some(offset) = select.offset() {
        select.filter.add_value(number(offset));
    }
}

impl<R: Reader, C: Collect<R::Partial> + 'static> Job for Fetch<R, C> {
    type Output = C::Of<R::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        match self.select.lock() {
            None => Access::Read,
            Some(_) => Access::Lock,
        }
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "reading",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if !self.started {
            self.started = true;
            if self.select.nothing {
                if !self.select.is_of_all_rows() {
                    return Ok(None);
                }
                self.ask_for_nothing();
            }
            self.reading_rows = true;
            return self.start(dialect).map(Some);
        }
        // Every statement so far has its result.
        self.reading_rows = false;
        while self.reader.is_active() {
            self.reader.answered();
        }
        self.reader.next(dialect)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self.reading_rows {
            true => self.reader.early(dialect),
            false => self.reader.next(dialect),
        }
    }

    fn can_pipeline(&self) -> bool {
        // Related rows are queried after the rows if only the rows tell their keys; they never wait for others loaded
        // at the same level.
        !self.reading_rows || self.reader.is_named()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match self.has_given_rows() {
            true => self.select.filter.take_values(),
            false => self.reader.take_values(),
        }
    }

    fn answered(&mut self) {
        if self.reading_rows {
            self.reading_rows = false;
        } else {
            self.reader.answered();
        }
    }

    fn values(&self) -> &[Value<'_>] {
        match self.has_given_rows() {
            true => self.select.filter.values(),
            false => self.reader.values(),
        }
    }

    #[inline]
    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        if self.reading_rows {
            if self.with_list && matches!(row.cell(self.meta.primary_key)?, Cell::Null) {
                return self.reader.accept(row);
            }
            let partial = self.reader.decode(row)?;
            self.rows.push(partial);
            Ok(())
        } else {
            self.reader.accept(row)
        }
    }

    #[inline]
    fn max_rows(&self) -> u64 {
        if self.reading_rows { self.most } else { u64::MAX }
    }

    #[inline]
    fn finish(self) -> Result<C::Of<R::Row>> {
        let mut reader = self.reader;
        self.rows.finish(&mut reader)
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cold]
fn not_found(meta: &ModelMeta) -> Error {
    let name = meta.def.key();
    Error::new(Kind::NotFound, format!("no {name} matches the query"))
        .with_hint("use get_or_none() or first() where a missing row is not an error")
}

#[cold]
fn multiple(meta: &ModelMeta) -> Error {
    let name = meta.def.key();
    Error::new(Kind::Multiple, format!("more than one {name} matches the query"))
        .with_hint("filter further, or use first() where any one will do")
}

impl<M: Model, O: Output> QuerySet<M, O> {
    /// All rows, in the query's order, else in the model's.
    ///
    /// # Errors
    /// What the database says, with the model in front of it; a column that holds what its field cannot.
    ///
    /// # Example: whole rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<Author> = Author::objects().all(&db)?;
    /// assert_eq!(authors[0].name, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: on an async handle
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let authors: Vec<Author> = Author::objects().all(&db).await?;
    /// assert_eq!(authors.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<O::Row<M>>> {
        db.run(Fetch::<_, Vec<_>>::new(self), Ok)
    }

    /// The first row, by the query's order, the model's, or the primary key: `ORDER BY .. LIMIT 1`. `None` if there is none.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    ///
    /// # Example: the most read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::objects().order_by(|p| p.views.desc()).first(&db)?;
    /// assert_eq!(post.map(|post| post.title).as_deref(), Some("Hello"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: there may be none
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post: Post = Post::objects().first(&db)?; // an `Option<Post>`; `get` fails where there is none
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn first<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<O::Row<M>>> {
        db.run(FetchFirst::first(self), |found| Ok(found.row))
    }

    /// The last row, by the query's order, the model's, or the primary key, turned around: `ORDER BY .. DESC LIMIT 1`. `None` if
    /// there is none.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit or an offset; as [`all`](QuerySet::all).
    ///
    /// # Example: the last by name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let author = Author::objects().last(&db)?;
    /// assert_eq!(author.map(|author| author.name).as_deref(), Some("Ben"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn last<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<O::Row<M>>> {
        let job = if self.select.is_cut() {
            Err(
                Error::unsupported("last() turns the order around, which a limit or offset counts in")
                    .with_hint("use reverse() and first(), or take the last row of all()"),
            )
        } else {
            FetchFirst::first(self.reverse())
        };
        db.run(job, |found| Ok(found.row))
    }

    /// The one row that matches. By its primary key it is shorter: `Post::get(1, &db)?`.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) if none does, [`is_multiple`](Error::is_multiple) if several do; as
    /// [`all`](QuerySet::all).
    ///
    /// # Example: one, none, several
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().filter(|p| p.title.eq("Hello")).get(&db)?.views, 7);
    /// assert!(Post::objects().filter(|p| p.title.eq("Gone")).get(&db).unwrap_err().is_not_found());
    /// assert!(Post::objects().get(&db).unwrap_err().is_multiple());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get<'e, E: Executor<'e>>(self, db: E) -> E::Out<O::Row<M>> {
        db.run(FetchFirst::only(self), |found| match one(found, meta_of::<M>)? {
            Some(row) => Ok(row),
            None => Err(not_found(meta_of::<M>()?)),
        })
    }

    /// The one row that matches, or `None`.
    ///
    /// # Errors
    /// [`is_multiple`](Error::is_multiple) if several match; as [`all`](QuerySet::all).
    ///
    /// # Example: who has this address?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let somebody = Author::objects().filter(|a| a.email.eq("eve@example.com")).get_or_none(&db)?;
    /// assert_eq!(somebody, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get_or_none<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<O::Row<M>>> {
        db.run(FetchFirst::only(self), |found| one(found, meta_of::<M>))
    }

    /// The SQL of the query, with placeholders for its values; it asks no database. Loads to many send more when it runs.
    ///
    /// # Errors
    /// If the query cannot be rendered for the dialect.
    ///
    /// # Example: the same query on both databases
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let query = Author::objects().filter(|a| a.name.ne("Ann")).values(|a| a.email).limit(1);
    /// assert_eq!(
    ///     query.clone().sql(Dialect::SQLITE)?,
    ///     r#"SELECT "blog_author"."email" FROM "blog_author" WHERE "blog_author"."name" IS NOT ? ORDER BY "blog_author"."name" ASC LIMIT ?"#
    /// );
    /// assert_eq!(
    ///     query.sql(Dialect::POSTGRES)?,
    ///     r#"SELECT "blog_author"."email" FROM "blog_author" WHERE "blog_author"."name" IS DISTINCT FROM $1 ORDER BY "blog_author"."name" ASC LIMIT $2"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        Ok(Fetch::<_, Vec<_>>::new(self)?.start(dialect)?.sql.clone())
    }
}

fn meta_of<M: Model>() -> Result<&'static ModelMeta> {
    meta(M::slot())
}

/// The row, if it is the only one.
///
/// # Errors
/// If there are several.
pub(crate) fn one<T>(
    found: First<T>,
    meta: impl FnOnce() -> Result<&'static ModelMeta>,
) -> Result<Option<T>> {
    if found.count > 1 {
        return Err(multiple(meta()?));
    }
    Ok(found.row)
}

/// The row, if it is the only one.
///
/// # Errors
/// If there is none, or several.
pub(crate) fn only<T>(found: First<T>, meta: &'static ModelMeta) -> Result<T> {
    one(found, || Ok(meta))?.ok_or_else(|| not_found(meta))
}
