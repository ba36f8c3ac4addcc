//! What a query's rows become: whole rows with what is loaded beside them, or tuples.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Model, ModelMeta};
use crate::query::{QuerySet, Rows, Select, Selection, Tuples};
use crate::registry::meta;
use crate::sql::{Dialect, Kind, Statement};
use crate::value::{Row, Value};

use super::load::{Columns, IntoLoads, Loads};

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

    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;
    fn finish(&mut self, partial: Self::Partial) -> Self::Row;

    /// The same of all rows.
    #[inline]
    fn finish_all(&mut self, partials: Vec<Self::Partial>) -> Vec<Self::Row> {
        partials.into_iter().map(|partial| self.finish(partial)).collect()
    }

    // What follows is of loads, which not every query has.

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        let _ = columns;
        Ok(())
    }

    /// The rows are those with this key, or with a key of this list.
    fn name(&mut self, keys: &Value<'static>) {
        let _ = keys;
    }

    /// Whether there are lists beside the rows whose keys were named.
    #[inline]
    fn is_named(&self) -> bool {
        false
    }

    /// A query for one of those: it goes out together with the query for the rows.
    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let _ = dialect;
        Ok(None)
    }

    #[inline]
    fn is_active(&self) -> bool {
        false
    }

    fn values(&self) -> &[Value<'static>] {
        &[]
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        Vec::new()
    }

    fn answered(&mut self) {}

    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        let _ = row;
        Ok(())
    }
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
    type Partial = N::Kept<M>;
    type Row = N::Row<M>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        self.loads.prepare(columns)
    }

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        self.loads.decode(row, 0)
    }

    fn name(&mut self, keys: &Value<'static>) {
        self.loads.name(keys);
    }

    #[inline]
    fn is_named(&self) -> bool {
        self.loads.is_named()
    }

    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.loads.early(dialect)
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.loads.next(dialect)
    }

    #[inline]
    fn is_active(&self) -> bool {
        self.loads.is_active()
    }

    fn values(&self) -> &[Value<'static>] {
        self.loads.values()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.loads.take_values()
    }

    fn answered(&mut self) {
        self.loads.answered();
    }

    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        self.loads.accept(row)
    }

    #[inline]
    fn finish(&mut self, partial: Self::Partial) -> Self::Row {
        self.loads.finish(partial)
    }

    #[inline]
    fn finish_all(&mut self, partials: Vec<Self::Partial>) -> Vec<Self::Row> {
        self.loads.finish_all(partials)
    }
}

#[doc(hidden)]
pub struct TupleReader<S>(std::marker::PhantomData<fn() -> S>);

impl<S: Selection + 'static> Reader for TupleReader<S> {
    const KIND: Kind = Kind::Tuples;
    const NULLS: u32 = S::NULLS;
    type Partial = S::Row;
    type Row = S::Row;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<S::Row> {
        S::decode(row)
    }

    #[inline]
    fn finish(&mut self, row: S::Row) -> S::Row {
        row
    }

    #[inline]
    fn finish_all(&mut self, rows: Vec<S::Row>) -> Vec<S::Row> {
        rows
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

/// The reader of a query's output.
pub type ReaderOf<M, O> = <QuerySet<M, O> as Query>::Reader;
