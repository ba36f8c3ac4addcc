//! Jobs that read: whole rows with what is loaded beside them, tuples, counts.

use std::sync::Arc;

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::model::{Model, ModelMeta};
use crate::query::{Fragment, QuerySet, Rows, Select, Selection, Tuples};
use crate::registry::meta;
use crate::sql::{Dialect, Kind, Limit, Read, Statement};
use crate::value::{Row, Value};

use super::load::{Columns, IntoLoads, Loads};
use super::order::{order_of, order_or_key};
use super::{Access, Executor, Job};

/// Reads the rows of a query, and whatever its loads ask for after it.
#[doc(hidden)]
pub trait Reader: Send + 'static {
    /// Rows or tuples.
    const KIND: Kind;
    /// Which columns may be NULL in the result, as bits.
    const NULLS: u32;
    /// What is kept of a row until everything is loaded.
    type Partial: Send + 'static;
    /// What it becomes.
    type Row: Send + 'static;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()>;
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;
    fn values(&self) -> &[Value<'static>];
    fn accept(&mut self, row: &Row<'_>) -> Result<()>;
    fn finish(&mut self, partial: Self::Partial) -> Self::Row;
}

/// Output of whole rows: ties the loads to their model.
#[doc(hidden)]
pub struct RowReader<M, N> {
    loads: N,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<M: Model, N: Loads> Reader for RowReader<M, N> {
    const KIND: Kind = Kind::Rows;
    const NULLS: u32 = u32::MAX;
    type Partial = (M, N::Partial);
    type Row = N::Row<M>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        self.loads.prepare(columns)
    }

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        Ok((M::decode(row, 0)?, self.loads.decode(row)?))
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.loads.next(dialect)
    }

    fn values(&self) -> &[Value<'static>] {
        self.loads.values()
    }

    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        self.loads.accept(row)
    }

    #[inline]
    fn finish(&mut self, (row, partial): Self::Partial) -> Self::Row {
        self.loads.finish(row, partial)
    }
}

#[doc(hidden)]
pub struct TupleReader<S>(std::marker::PhantomData<fn() -> S>);

impl<S: Selection + 'static> Reader for TupleReader<S> {
    const KIND: Kind = Kind::Tuples;
    const NULLS: u32 = S::NULLS;
    type Partial = S::Row;
    type Row = S::Row;

    fn prepare(&mut self, _: &mut Columns) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<S::Row> {
        S::decode(row)
    }

    fn next(&mut self, _: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        Ok(None)
    }

    fn values(&self) -> &[Value<'static>] {
        &[]
    }

    fn accept(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn finish(&mut self, row: S::Row) -> S::Row {
        row
    }
}

/// A query of either output.
pub trait Query: Sized {
    #[doc(hidden)]
    type Reader: Reader;

    #[doc(hidden)]
    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)>;
}

impl<M: Model, L: IntoLoads> Query for QuerySet<M, Rows<L>> {
    type Reader = RowReader<M, L::Loads>;

    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)> {
        let reader = RowReader {
            loads: self.output.0.into_loads(),
            model: std::marker::PhantomData,
        };
        Ok((meta(M::slot())?, self.select, reader))
    }
}

impl<M: Model, S: Selection + 'static> Query for QuerySet<M, Tuples<S>> {
    type Reader = TupleReader<S>;

    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)> {
        Ok((
            meta(M::slot())?,
            self.select,
            TupleReader(std::marker::PhantomData),
        ))
    }
}

/// Reads rows, then what is loaded beside them.
pub struct Fetch<R: Reader> {
    meta: &'static ModelMeta,
    select: Select,
    reader: R,
    limit: Limit,
    or_by_key: bool,
    started: bool,
    reading_rows: bool,
    values: Vec<Value<'static>>,
    rows: Vec<R::Partial>,
}

impl<R: Reader> Fetch<R> {
    fn new(query: impl Query<Reader = R>) -> Result<Self> {
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
            values: Vec::new(),
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

    fn start(&mut self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let mut columns = Columns::new(self.meta, 0);
        self.reader.prepare(&mut columns)?;
        let order = if self.or_by_key && R::KIND == Kind::Rows {
            order_or_key(self.meta, &self.select)?
        } else {
            order_of(self.meta, &self.select)?
        };
        let statement = Read {
            kind: R::KIND,
            meta: self.meta,
            select: &self.select,
            order: &order,
            joined: &columns.joined(),
            hop: None,
            limit: self.limit,
            nulls: R::NULLS,
        }
        .statement(dialect)?;
        self.values = values_of(&mut self.select, order, self.limit);
        Ok(statement)
    }
}

/// The values of a query in the order that [`Read`] gives them.
fn values_of(select: &mut Select, order: Fragment, limit: Limit) -> Vec<Value<'static>> {
    let mut values = std::mem::take(&mut select.columns.values).into_vec();
    for part in [&mut select.filter, &mut select.groups, &mut select.having] {
        values.extend(std::mem::take(&mut part.values));
    }
    values.extend(order.values);
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

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if !self.started {
            self.started = true;
            if self.select.nothing {
                return Ok(None);
            }
            self.reading_rows = true;
            return self.start(dialect).map(Some);
        }
        self.reading_rows = false;
        self.reader.next(dialect)
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
            let partial = self.reader.decode(row).map_err(|error| self.decoding(error))?;
            self.rows.push(partial);
            Ok(())
        } else {
            self.reader.accept(row)
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

impl<R: Reader> Fetch<R> {
    #[cold]
    fn decoding(&self, error: Error) -> Error {
        error.context(format!("reading {}", self.meta.def.key()))
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

    /// The last row, by the query's order turned around; `None` if there is none.
    ///
    /// # Errors
    /// As [`all`](QuerySet::all).
    pub fn last<'e, E: Executor<'e>>(mut self, db: E) -> E::Out<Option<<ReaderOf<M, O> as Reader>::Row>> {
        let ordered = meta(M::slot()).and_then(|meta| order_or_key(meta, &self.select));
        let job = ordered.and_then(|order| {
            self.select.order = order;
            Fetch::new(self.reverse())
        });
        db.run(job.map(|job| job.at_most(1)), |rows| Ok(rows.into_iter().next()))
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

/// The reader of a query's output.
pub type ReaderOf<M, O> = <QuerySet<M, O> as Query>::Reader;

fn one<T>(rows: Vec<T>, meta: &ModelMeta) -> Result<Option<T>> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(multiple(meta)),
    }
}

/// Counts rows, or asks whether there is one.
pub struct Ask {
    meta: &'static ModelMeta,
    select: Select,
    kind: Kind,
    sent: bool,
    values: Vec<Value<'static>>,
    answer: i64,
}

impl Job for Ask {
    type Output = i64;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent || self.select.nothing {
            return Ok(None);
        }
        self.sent = true;
        let limit = if self.select.limit.is_some() || self.select.offset.is_some() {
            Limit::Param
        } else {
            Limit::None
        };
        let order = order_of(self.meta, &self.select)?;
        let statement = Read {
            kind: self.kind,
            meta: self.meta,
            select: &self.select,
            order: &order,
            joined: &[],
            hop: None,
            limit,
            nulls: u32::MAX,
        }
        .statement(dialect)?;
        self.values = values_of(&mut self.select, order, limit);
        Ok(Some(statement))
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.answer = match self.kind {
            Kind::Exists => i64::from(row.get::<bool>(0)?),
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

impl<M: Model, L> QuerySet<M, Rows<L>> {
    fn ask(self, kind: Kind) -> Result<Ask> {
        Ok(Ask {
            meta: meta(M::slot())?,
            select: self.select,
            kind,
            sent: false,
            values: Vec::new(),
            answer: 0,
        })
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// What the database says.
    pub fn count<'e, E: Executor<'e>>(self, db: E) -> E::Out<i64> {
        db.run(self.ask(Kind::Count), Ok)
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// What the database says.
    pub fn exists<'e, E: Executor<'e>>(self, db: E) -> E::Out<bool> {
        db.run(self.ask(Kind::Exists), |answer| Ok(answer != 0))
    }
}

/// Values over all rows of a query, from [`QuerySet::aggregate`].
#[must_use = "nothing is asked until `.run(&db)`"]
pub struct Aggregate<M: Model, S>(QuerySet<M, Tuples<S>>);

impl<M: Model> QuerySet<M> {
    /// One tuple of values over all rows: `aggregate(|p| (count(), p.views.sum()))`.
    pub fn aggregate<S: Selection + 'static>(self, columns: impl FnOnce(M::Fields) -> S) -> Aggregate<M, S> {
        Aggregate(self.values(columns))
    }
}

impl<M: Model, S: Selection + 'static> Aggregate<M, S> {
    /// Asks the database.
    ///
    /// # Errors
    /// If an expression is no aggregate; what the database says.
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<S::Row> {
        let job = Fetch::new(self.0).and_then(|job| {
            if job.select.limit.is_some() || job.select.offset.is_some() || job.select.distinct {
                return Err(Error::unsupported(
                    "an aggregate is over all rows and cannot be combined with limit, offset or distinct",
                )
                .with_hint("aggregate the rows you need after `all()`, or filter them"));
            }
            Ok(job.unordered())
        });
        db.run(job, |rows| {
            rows.into_iter().next().ok_or_else(|| {
                Error::new(
                    ErrorKind::Database,
                    "the database returned no row for an aggregate",
                )
            })
        })
    }
}

impl<R: Reader> Fetch<R> {
    /// Without any order, also not the model's own: an aggregate has one row.
    fn unordered(mut self) -> Self {
        self.select.order = Fragment::default();
        self
    }
}
