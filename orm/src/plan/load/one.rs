//! Loading to-one relations: the row is joined.

use std::sync::Arc;

use crate::error::Result;
use crate::expr::RowSource;
use crate::model::{Inner, Model, Outer};
use crate::query::ToOne;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::{FollowUp, IntoLoader, IntoLoads, JoinedColumns, Loader, Loads, follow_ups_of};

/// Loads the row that a foreign key refers to.
pub struct OneLoader<M, N> {
    at: RowSource,
    start: usize,
    nested: N,
    model: std::marker::PhantomData<fn() -> M>,
}

/// Loads the row at the end of a to-one relation that may have none.
pub struct MaybeLoader<M, N> {
    one: OneLoader<M, N>,
    key: usize,
}

impl<M: Model, L: IntoLoads> IntoLoader for ToOne<M, Inner, L> {
    type Loader = OneLoader<M, L::Loads>;

    fn into_loader(self) -> Self::Loader {
        OneLoader::new(self.at, self.loads)
    }
}

impl<M: Model, L: IntoLoads> IntoLoader for ToOne<M, Outer, L> {
    type Loader = MaybeLoader<M, L::Loads>;

    fn into_loader(self) -> Self::Loader {
        MaybeLoader {
            one: OneLoader::new(self.at, self.loads),
            key: 0,
        }
    }
}

impl<M, N> OneLoader<M, N> {
    fn new(at: RowSource, loads: impl IntoLoads<Loads = N>) -> Self {
        OneLoader {
            at,
            start: 0,
            nested: loads.into_loads(),
            model: std::marker::PhantomData,
        }
    }
}

// The queries of whatever is nested in a joined row are the loader's own.
impl<M: Model, N: Loads> FollowUp for OneLoader<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.start = columns.join(self.at)?;
        self.nested.prepare(columns)
    }

    follow_ups_of!(nested);
}

impl<M: Model, N: Loads> Loader for OneLoader<M, N> {
    type Partial = N::Kept<M>;
    type Out = N::Row<M>;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        self.nested.decode(row, self.start)
    }

    #[inline]
    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Out> {
        self.nested.finish(partial)
    }
}

impl<M: Model, N: Loads> FollowUp for MaybeLoader<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.one.prepare(columns)?;
        let (start, model) = columns.place(self.one.at)?;
        self.key = start + model.primary_key;
        Ok(())
    }

    follow_ups_of!(one.nested);
}

impl<M: Model, N: Loads> Loader for MaybeLoader<M, N> {
    type Partial = Option<N::Kept<M>>;
    type Out = Option<N::Row<M>>;

    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        match row.cell(self.key)? {
            crate::value::Cell::Null => Ok(None),
            _ => self.one.decode(row).map(Some),
        }
    }

    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Out> {
        partial.map(|partial| self.one.finish(partial)).transpose()
    }
}
