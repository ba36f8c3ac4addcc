//! The terminals `latest`, `earliest`, `in_bulk` and `contains`: rows picked by an order or by their primary keys.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::expr::{Direction, ExprTokens, Function, NullsPlace, RowSource, Token};
use crate::model::{IntoKey, Model, PrimaryKey};
use crate::query::{Fields, IntoOrder, QuerySet, orders_rows};
use crate::sql::{Dialect, StatementKind};
use crate::value::Value;

use super::aggregate::CountOrExists;
use super::change::{has_key, key_positions};
use super::fetch::{Fetch, FetchFirst};
use super::in_turn::{InTurn, Stages};
use super::reader::{Output, Query, Reader};
use super::{ErrorContext, Executor, Job};

impl<M: Model, O: Output> QuerySet<M, O> {
    /// The row that is greatest by what the closure says, whatever order the query has: `ORDER BY .. DESC LIMIT 1`. A row where
    /// that is NULL comes only where there is no other; of equals it is the one with the greatest primary key.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit or an offset; as [`all`](QuerySet::all).
    ///
    /// # Example: the newest
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::objects().latest(|p| p.views, &db)?;
    /// assert_eq!(post.map(|post| post.title).as_deref(), Some("Hello"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: by what?
    ///
    /// ```compile_fail,E0061
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::objects().latest(&db)?; // `.latest(|p| p.published_at, &db)?`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn latest<'e, T: IntoOrder, E: Executor<'e>>(
        self,
        by: impl FnOnce(Fields<M>) -> T,
        db: E,
    ) -> E::Out<Option<O::Row<M>>> {
        db.run(self.extreme("latest", by, true), |found| Ok(found.row))
    }

    /// The row that is least by what the closure says, whatever order the query has: `ORDER BY .. ASC LIMIT 1`. A row where that
    /// is NULL comes only where there is no other; of equals it is the one with the least primary key.
    ///
    /// # Errors
    /// As [`latest`](QuerySet::latest).
    ///
    /// # Example: the least read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::objects().earliest(|p| (p.views, p.title), &db)?;
    /// assert_eq!(post.map(|post| post.title).as_deref(), Some("Later"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn earliest<'e, T: IntoOrder, E: Executor<'e>>(
        self,
        by: impl FnOnce(Fields<M>) -> T,
        db: E,
    ) -> E::Out<Option<O::Row<M>>> {
        db.run(self.extreme("earliest", by, false), |found| Ok(found.row))
    }

    fn extreme<T: IntoOrder>(
        self,
        name: &str,
        by: impl FnOnce(Fields<M>) -> T,
        greatest: bool,
    ) -> Result<FetchFirst<O::Reader<M>>> {
        if self.select.is_cut() {
            return Err(Error::unsupported(format!(
                "{name}() has an order of its own, and a limit or offset counts in the query's"
            ))
            .with_hint("use order_by() and first(), or take it from the rows of all()"));
        }
        let mut query = self.order_by(by);
        if greatest {
            query.select.order.reverse();
        }
        query.select.order.put_nulls_last();
        // Of distinct values only what is read can be ordered by.
        if orders_rows(&query.select) {
            let direction = if greatest { Direction::Desc } else { Direction::Asc };
            for column in key_positions(M::SPEC) {
                query.select.order.push(Token::Column(RowSource::OWN, column));
                query
                    .select
                    .order
                    .push(Token::Order(direction, NullsPlace::Default));
            }
        }
        Fetch::first(query)
    }
}

impl<M: Model> QuerySet<M> {
    /// The rows with these primary keys, by key: `WHERE id IN (..)`, in one statement however many keys. Keys that no row of the query
    /// has are not in the map. Keys of several fields come in batches, a statement for each 500.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit, an offset or groups; as [`all`](QuerySet::all).
    ///
    /// # Example: two posts, and one that is not there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().in_bulk([1, 2, 99], &db)?;
    /// assert_eq!(posts[&1].title, "Hello");
    /// assert!(!posts.contains_key(&99));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: keys, and not conditions
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().in_bulk(|p| p.id.in_([1, 2]), &db)?; // `.in_bulk([1, 2], &db)?`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn in_bulk<'e, K: IntoKey<M::Key>, E: Executor<'e>>(
        self,
        keys: impl IntoIterator<Item = K>,
        db: E,
    ) -> E::Out<HashMap<M::Key, M>> {
        let keys: HashSet<M::Key> = keys.into_iter().map(IntoKey::into_key).collect();
        db.run(InBulk::new(self, keys.into_iter().collect()), |rows: Vec<M>| {
            Ok(rows.into_iter().map(|row| (row.key(), row)).collect())
        })
    }

    /// Whether a row is one of the query's, by its primary key: `SELECT EXISTS (..)`. What the row holds does not matter.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit or an offset; what the database says.
    ///
    /// # Example: is it published?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// assert!(Post::objects().filter(|p| p.status.eq(Status::Published)).contains(&post, &db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn contains<'e, E: Executor<'e>>(mut self, row: &M, db: E) -> E::Out<bool> {
        let job = match self.select.is_cut() {
            true => Err(Error::unsupported(
                "contains() asks for one row by its key, and a limit or offset counts others",
            )
            .with_hint("look among the rows of all()")),
            false => {
                self.select.filter.and(has_key::<M>(&row.key()));
                self.into_parts()
                    .map(|(meta, select, _)| CountOrExists::new(meta, select, StatementKind::Exists))
            }
        };
        db.run(job, |answer| Ok(answer != 0))
    }
}

/// How many keys of several fields a statement takes: each field is a value of its own.
const KEYS_OF_SEVERAL: usize = 500;

/// Reads rows by their primary keys, one batch after another.
struct InBulk<R: Reader> {
    batches: Vec<Fetch<R, Vec<R::Partial>>>,
    rows: Vec<R::Row>,
    context: Option<ErrorContext>,
}

impl<R: Reader> InBulk<R> {
    fn new<M: Model>(query: QuerySet<M>, keys: Vec<M::Key>) -> Result<InTurn<Self>>
    where
        QuerySet<M>: Query<Reader = R>,
    {
        if query.select.is_cut() || !query.select.groups().by.is_empty() {
            return Err(Error::unsupported(
                "in_bulk() says which rows by their keys, and a limit, an offset or groups mean others",
            )
            .with_hint("leave them out"));
        }
        let size = match M::SPEC.fields.iter().filter(|field| field.primary_key).count() {
            // A list of values of one column is one value.
            1 => keys.len().max(1),
            _ => KEYS_OF_SEVERAL,
        };
        let batches = keys.chunks(size).map(|keys| {
            let mut query = query.clone();
            query.select.filter.and(among::<M>(keys));
            Fetch::new(query)
        });
        let batches: Vec<Fetch<_, _>> = batches.collect::<Result<_>>()?;
        Ok(InTurn::new(InBulk {
            context: batches.first().and_then(Job::error_context),
            batches,
            rows: Vec::new(),
        }))
    }
}

impl<R: Reader> Stages for InBulk<R> {
    type Stage = Fetch<R, Vec<R::Partial>>;
    type Output = Vec<R::Row>;

    fn error_context(&self) -> Option<ErrorContext> {
        self.context
    }

    fn begin(&mut self, _: &'static Dialect) -> Result<Option<Self::Stage>> {
        Ok(self.batches.pop())
    }

    fn end(&mut self, rows: Vec<R::Row>) -> Result<()> {
        self.rows.extend(rows);
        Ok(())
    }

    fn finish(self) -> Result<Vec<R::Row>> {
        Ok(self.rows)
    }
}

/// The condition that the primary key is one of these.
fn among<M: Model>(keys: &[M::Key]) -> ExprTokens {
    let mut condition = ExprTokens::default();
    let is_single = keys.first().is_some_and(|key| key.values().as_ref().len() == 1);
    let column = key_positions(M::SPEC).next();
    if let (true, Some(column)) = (is_single, column) {
        condition.push(Token::Column(RowSource::OWN, column));
        let values = keys.iter().flat_map(PrimaryKey::values).collect();
        condition.param(Value::List(values));
        condition.call(Function::In, 2);
        return condition;
    }
    for key in keys {
        match condition.is_empty() {
            true => condition = has_key::<M>(key),
            false => condition.join(has_key::<M>(key), Function::Or),
        }
    }
    condition
}
