//! Reading rows: the job, and the terminals `all`, `first`, `last`, `get`, `get_or_none`.

use std::sync::Arc;

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::model::{Model, ModelMeta, Path};
use crate::query::{Fragment, QuerySet, Select, Values};
use crate::registry::meta;
use crate::sql::{Dialect, Limit, Read, Statement};
use crate::value::{Row, Value};

use super::load::Columns;
use super::order::{settle, settle_or_key};
use super::reader::{Query, Reader, ReaderOf};
use super::{About, Access, Executor, Job};

/// Reads rows, then what is loaded beside them.
pub struct Fetch<R: Reader> {
    meta: &'static ModelMeta,
    pub(super) select: Box<Select>,
    reader: R,
    limit: Limit,
    or_by_key: bool,
    started: bool,
    reading_rows: bool,
    values: Values,
    rows: Vec<R::Partial>,
}

impl<R: Reader> Fetch<R> {
    pub(super) fn new(query: impl Query<Reader = R>) -> Result<Self> {
        let (meta, select, reader) = query.into_parts()?;
        let limit = if select.limit.is_some() || select.offset.is_some() {
            Limit::Param
        } else {
            Limit::None
        };
        Ok(Fetch {
            meta,
            select,
            reader,
            limit,
            or_by_key: false,
            started: false,
            reading_rows: false,
            values: Values::new(),
            rows: Vec::new(),
        })
    }

    /// At most so many rows, which only matters where the query has no limit of its own.
    fn at_most(mut self, rows: u8) -> Self {
        match self.select.limit {
            Some(limit) => self.select.limit = Some(limit.min(u64::from(rows))),
            None if self.limit == Limit::None => self.limit = Limit::Literal(rows),
            None => self.select.limit = Some(u64::from(rows)),
        }
        self
    }

    /// For aggregates: without an order, and with an answer of the database also where there are no rows.
    pub(super) fn over_all_rows(mut self) -> Self {
        self.select.order = Fragment::default();
        if std::mem::take(&mut self.select.nothing) {
            let mut never = Fragment::default();
            never.param(Value::Bool(false));
            self.select.filter.and(never);
        }
        self
    }

    fn start(&mut self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let mut columns = Columns::new(Path::ROOT, self.meta, 0);
        self.reader.prepare(&mut columns)?;
        if self.or_by_key {
            settle_or_key(self.meta, &mut self.select)?;
        } else {
            settle(Path::ROOT, self.meta, &mut self.select)?;
        }
        let statement = Read {
            kind: R::KIND,
            root: Path::ROOT,
            meta: self.meta,
            select: &self.select,
            joined: &columns.joined(),
            hop: None,
            limit: self.limit,
            nulls: R::NULLS,
        }
        .statement(dialect)?;
        self.values = values_of(&mut self.select, self.limit);
        if let Limit::Literal(most) = self.limit {
            self.rows.reserve_exact(usize::from(most));
        }
        Ok(statement)
    }
}

/// The values of a query in the order that [`Read`] gives them, or of an update.
pub(super) fn values_of(select: &mut Select, limit: Limit) -> Values {
    let mut values = Values::new();
    for part in [
        &mut select.assignments,
        &mut select.columns,
        &mut select.filter,
        &mut select.groups,
        &mut select.having,
        &mut select.order,
    ] {
        if part.values.is_empty() {
            continue;
        }
        if values.is_empty() {
            std::mem::swap(&mut values, &mut part.values);
        } else {
            values.append(&mut part.values);
        }
    }
    let number = |rows: u64| Value::Int(i64::try_from(rows).unwrap_or(i64::MAX));
    if limit == Limit::Param {
        values.push(number(select.limit.unwrap_or(u64::MAX)));
    }
    if let Some(offset) = select.offset {
        values.push(number(offset));
    }
    values
}

impl<R: Reader> Job for Fetch<R> {
    type Output = Vec<R::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn about(&self) -> Option<About> {
        Some(About {
            doing: "reading",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if !self.started {
            self.started = true;
            if self.select.nothing {
                return Ok(None);
            }
            self.reading_rows = true;
            return self.start(dialect).map(Some);
        }
        // Whatever was asked has been answered.
        self.reading_rows = false;
        while self.reader.is_active() {
            self.reader.answered();
        }
        self.reader.next(dialect)
    }

    fn ahead(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.reader.next(dialect)
    }

    fn goes_ahead(&self) -> bool {
        // What is loaded beside the rows waits for them, and for nothing that is loaded at the same level.
        !self.reading_rows
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.reader.take_values()
    }

    fn answered(&mut self) {
        if self.reading_rows {
            self.reading_rows = false;
        } else {
            self.reader.answered();
        }
    }

    fn values(&self) -> &[Value<'_>] {
        if self.reading_rows {
            &self.values
        } else {
            self.reader.values()
        }
    }

    #[inline]
    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        if self.reading_rows {
            let partial = self.reader.decode(row)?;
            self.rows.push(partial);
            Ok(())
        } else {
            self.reader.accept(row)
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        match self.limit {
            Limit::Literal(most) => self.reading_rows && self.rows.len() >= usize::from(most),
            Limit::None | Limit::Param => false,
        }
    }

    fn finish(self) -> Result<Vec<R::Row>> {
        let mut reader = self.reader;
        Ok(self
            .rows
            .into_iter()
            .map(|partial| reader.finish(partial))
            .collect())
    }

    fn into_owned(self) -> Self {
        self
    }
}

#[cold]
fn not_found(meta: &ModelMeta) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("no {} matches the query", meta.def.key()),
    )
    .with_hint("use get_or_none() or first() where a missing row is no error")
}

#[cold]
fn multiple(meta: &ModelMeta) -> Error {
    Error::new(
        ErrorKind::Multiple,
        format!("more than one {} matches the query", meta.def.key()),
    )
    .with_hint("filter further, or use first() where any one will do")
}

impl<M: Model, O> QuerySet<M, O>
where
    QuerySet<M, O>: Query,
{
    /// All rows.
    ///
    /// # Errors
    /// What the database says; a column that its field cannot hold.
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<<ReaderOf<M, O> as Reader>::Row>> {
        db.run(Fetch::new(self), Ok)
    }

    /// The first row, by the query's order, the model's, or the primary key; `None` if there is none.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub fn first<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<<ReaderOf<M, O> as Reader>::Row>> {
        let job = Fetch::new(self).map(|mut job| {
            job.or_by_key = true;
            job.at_most(1)
        });
        db.run(job, |rows| Ok(rows.into_iter().next()))
    }

    /// The last row, by the query's order, the model's, or the primary key; `None` if there is none.
    ///
    /// # Errors
    /// If the query has a limit or an offset; as [`all`](QuerySet::all).
    pub fn last<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<<ReaderOf<M, O> as Reader>::Row>> {
        let job = if self.select.limit.is_some() || self.select.offset.is_some() {
            Err(
                Error::unsupported("last() turns the order around, which a limit or offset counts in")
                    .with_hint("use reverse() and first(), or take the last row of all()"),
            )
        } else {
            Fetch::new(self.reverse()).map(|mut job| {
                job.or_by_key = true;
                job.at_most(1)
            })
        };
        db.run(job, |rows| Ok(rows.into_iter().next()))
    }

    /// The one row that matches.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) if none does, [`is_multiple`](Error::is_multiple) if several do.
    pub fn get<'e, E: Executor<'e>>(self, db: E) -> E::Out<<ReaderOf<M, O> as Reader>::Row> {
        db.run(Fetch::new(self).map(|job| job.at_most(2)), |rows| {
            let meta = meta(M::slot())?;
            one(rows, meta)?.ok_or_else(|| not_found(meta))
        })
    }

    /// The one row that matches, or `None`.
    ///
    /// # Errors
    /// [`is_multiple`](Error::is_multiple) if several match.
    pub fn get_or_none<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<<ReaderOf<M, O> as Reader>::Row>> {
        db.run(Fetch::new(self).map(|job| job.at_most(2)), |rows| {
            one(rows, meta(M::slot())?)
        })
    }

    /// The SQL of the query and the number of its parameters; loads to many send more when it runs.
    ///
    /// # Errors
    /// If the query cannot be rendered for the dialect.
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        Ok(Fetch::new(self)?.start(dialect)?.sql.clone())
    }
}

fn one<T>(rows: Vec<T>, meta: &ModelMeta) -> Result<Option<T>> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(multiple(meta)),
    }
}
