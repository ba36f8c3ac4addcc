//! Loading to one: the row is joined.

use std::sync::Arc;

use crate::error::Result;
use crate::expr::Place;
use crate::model::{Inner, Model, Outer};
use crate::query::ToOne;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::{Columns, IntoLoader, IntoLoads, Loader, Loads};

/// Loads the one row a key names.
pub struct OneLoader<M, N> {
    at: Place,
    start: usize,
    nested: N,
    model: std::marker::PhantomData<fn() -> M>,
}

/// Loads the row at the end of a relation that may lead nowhere.
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
    fn new(at: Place, loads: impl IntoLoads<Loads = N>) -> Self {
        OneLoader {
            at,
            start: 0,
            nested: loads.into_loads(),
            model: std::marker::PhantomData,
        }
    }
}

/// The queries of whatever is nested in a joined row are the loader's own.
macro_rules! nested_queries {
    ($($nested:tt)+) => {
        fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
            self.$($nested)+.next(dialect)
        }

        fn is_active(&self) -> bool {
            self.$($nested)+.is_active()
        }

        fn values(&self) -> &[Value<'static>] {
            self.$($nested)+.values()
        }

        fn take_values(&mut self) -> Vec<Value<'static>> {
            self.$($nested)+.take_values()
        }

        fn accept(&mut self, row: &Row<'_>) -> Result<()> {
            self.$($nested)+.accept(row)
        }

        fn answered(&mut self) {
            self.$($nested)+.answered();
        }
    };
}

impl<M: Model, N: Loads> Loader for OneLoader<M, N> {
    type Partial = N::Kept<M>;
    type Out = N::Row<M>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        self.start = columns.join(self.at)?;
        self.nested.prepare(columns)
    }

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        self.nested.decode(row, self.start)
    }

    nested_queries!(nested);

    #[inline]
    fn finish(&mut self, partial: Self::Partial) -> Self::Out {
        self.nested.finish(partial)
    }
}

impl<M: Model, N: Loads> Loader for MaybeLoader<M, N> {
    type Partial = Option<N::Kept<M>>;
    type Out = Option<N::Row<M>>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        self.one.prepare(columns)?;
        let (start, model) = columns.place(self.one.at)?;
        self.key = start + model.primary_key;
        Ok(())
    }

    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        match row.cell(self.key)? {
            crate::value::Cell::Null => Ok(None),
            _ => self.one.decode(row).map(Some),
        }
    }

    nested_queries!(one.nested);

    fn finish(&mut self, partial: Self::Partial) -> Self::Out {
        partial.map(|partial| self.one.finish(partial))
    }
}
