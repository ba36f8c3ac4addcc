//! Row decoders: whole rows with what is loaded for them, or tuples.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Model, ModelMeta};
use crate::query::{QuerySet, Rows, Select, Selection, Tuples};
use crate::registry::meta;
use crate::sql::{Dialect, Statement, StatementKind};
use crate::value::{Row, Value};

use super::load::{FollowUp, IntoLoads, JoinedColumns, List, Loads, follow_ups_of};

/// Decodes the rows of a query, and sends the queries of whatever is loaded for them.
#[doc(hidden)]
pub trait Reader: FollowUp {
    /// Rows or tuples.
    const KIND: StatementKind;
    /// A bit per column of the result, set where the column may be NULL.
    const NULLS: u32;
    /// Whether it may load anything beside the rows.
    const LOADS: bool = true;
    /// What is stored of a row until everything is loaded.
    type Partial: Send + 'static;
    /// The final row.
    type Row: Send + 'static;

    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;
    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Row>;

    /// The same for all rows.
    #[inline]
    fn finish_all(&mut self, partials: Vec<Self::Partial>) -> Result<Vec<Self::Row>> {
        partials.into_iter().map(|partial| self.finish(partial)).collect()
    }
}

/// Decodes whole rows; ties the loads to their model.
#[doc(hidden)]
pub struct RowReader<M, N> {
    loads: N,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<M: Model, N: Loads> FollowUp for RowReader<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.loads.prepare(columns)
    }

    fn place_values(&mut self, first: usize) {
        self.loads.place_values(first);
    }

    fn name(&mut self, keys: &Value<'static>) {
        self.loads.name(keys);
    }

    #[inline]
    fn is_named(&self) -> bool {
        self.loads.is_named()
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        self.loads.list()
    }

    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.loads.early(dialect)
    }

    follow_ups_of!(loads);
}

impl<M: Model, N: Loads> Reader for RowReader<M, N> {
    const KIND: StatementKind = StatementKind::Rows;
    const NULLS: u32 = u32::MAX;
    const LOADS: bool = N::ANY;
    type Partial = N::Kept<M>;
    type Row = N::Row<M>;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        self.loads.decode(row, 0)
    }

    #[inline]
    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Row> {
        self.loads.finish(partial)
    }

    #[inline]
    fn finish_all(&mut self, partials: Vec<Self::Partial>) -> Result<Vec<Self::Row>> {
        self.loads.finish_all(partials)
    }
}

#[doc(hidden)]
pub struct TupleReader<S>(std::marker::PhantomData<fn() -> S>);

impl<S: Selection + 'static> FollowUp for TupleReader<S> {}

impl<S: Selection + 'static> Reader for TupleReader<S> {
    const KIND: StatementKind = StatementKind::Tuples;
    const NULLS: u32 = S::NULLS;
    type Partial = S::Row;
    type Row = S::Row;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<S::Row> {
        S::decode(row, 0)
    }

    #[inline]
    fn finish(&mut self, row: S::Row) -> Result<S::Row> {
        Ok(row)
    }

    #[inline]
    fn finish_all(&mut self, rows: Vec<S::Row>) -> Result<Vec<S::Row>> {
        Ok(rows)
    }
}

/// What one row of a query over `M` becomes: a row of `M`, one with what is loaded beside it, or a tuple of values. It stands in
/// the signature of terminals: `all` returns `Vec<O::Row<M>>`.
///
/// # Example: a function that reads whatever a query gives
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::Output;
///
/// fn two<M: Model, O: Output>(query: QuerySet<M, O>, db: &Db) -> orm::Result<Vec<O::Row<M>>> {
///     query.limit(2).all(db)
/// }
/// let posts: Vec<Post> = two(Post::objects(), &db)?;
/// let titles: Vec<String> = two(Post::objects().values(|p| p.title), &db)?;
/// assert_eq!(posts[0].title, titles[0]);
/// # Ok::<(), orm::Error>(())
/// ```
// Not a parameter of the trait: it could then be implemented elsewhere for a query that locks, which has its own
// terminals.
pub trait Output {
    /// `Post` of `Post::objects()`, `(Post, Author)` with `.with(|p| p.author())`, `(String, i64)` with
    /// `.values(|p| (p.title, p.views))`.
    type Row<M: Model>: Send + 'static;

    #[doc(hidden)]
    type Reader<M: Model>: Reader<Row = Self::Row<M>>;

    #[doc(hidden)]
    fn into_reader<M: Model>(self) -> Self::Reader<M>;
}

impl<L: IntoLoads> Output for Rows<L> {
    type Row<M: Model> = <L::Loads as Loads>::Row<M>;
    type Reader<M: Model> = RowReader<M, L::Loads>;

    #[inline]
    fn into_reader<M: Model>(self) -> Self::Reader<M> {
        RowReader {
            loads: self.0.into_loads(),
            model: std::marker::PhantomData,
        }
    }
}

impl<S: Selection + 'static> Output for Tuples<S> {
    type Row<M: Model> = S::Row;
    type Reader<M: Model> = TupleReader<S>;

    fn into_reader<M: Model>(self) -> Self::Reader<M> {
        TupleReader(std::marker::PhantomData)
    }
}

/// A query, typed or dynamic.
pub trait Query: Sized {
    /// Its row decoder.
    type Reader: Reader;

    /// What is queried, and how the result is decoded.
    ///
    /// # Errors
    /// If the model is not registered.
    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)>;
}

impl<M: Model, O: Output> Query for QuerySet<M, O> {
    type Reader = O::Reader<M>;

    #[inline]
    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)> {
        Ok((meta(M::slot())?, self.select, self.output.into_reader()))
    }
}
