//! Loading related rows: to one by a join, to many by one more query per level, whatever the number of rows.
//!
//! What is loaded is in the type: loaders nest as the closures of `with` nest, and each turns what it read beside a row
//! into its part of the result tuple.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::error::Result;
use crate::model::{Model, ModelMeta, Path};
use crate::query::{Hop, Select, ToMany, ToMaybe, ToOne, hop};
use crate::sql::{Dialect, Kind, Limit, Read, Statement};
use crate::value::{Row, Value};

use super::key::Key;
use super::order::order_of;

/// Where the columns of each joined model start in a row.
pub struct Columns {
    places: SmallVec<[(Path, usize, &'static ModelMeta); 4]>,
    next: usize,
}

impl Columns {
    /// The columns of `root` start at position `first`.
    pub(super) fn new(root: &'static ModelMeta, first: usize) -> Self {
        let mut places = SmallVec::new();
        places.push((Path::ROOT, first, root));
        Columns {
            places,
            next: first + root.columns.len(),
        }
    }

    fn join(&mut self, path: Path) -> Result<usize> {
        let model = match hop(path) {
            Some(hop) => hop.target()?,
            None => self.places[0].2,
        };
        let start = self.next;
        self.next += model.columns.len();
        self.places.push((path, start, model));
        Ok(start)
    }

    /// Model and first column of the rows at a path that was joined before.
    fn place(&self, path: Path) -> (usize, &'static ModelMeta) {
        self.places
            .iter()
            .find(|(known, ..)| *known == path)
            .map_or((0, self.places[0].2), |&(_, start, model)| (start, model))
    }

    pub(super) fn joined(&self) -> SmallVec<[Path; 4]> {
        self.places[1..].iter().map(|(path, ..)| *path).collect()
    }
}

/// Loads one thing beside each row.
pub trait Loader: Send + 'static {
    /// What is kept beside a row until everything is loaded.
    type Partial: Send + 'static;
    /// Its part of the result.
    type Out: Send + 'static;

    /// Says which columns the query of the rows needs.
    ///
    /// # Errors
    /// If the registry is in error.
    fn prepare(&mut self, columns: &mut Columns) -> Result<()>;

    /// Reads its columns of a row.
    ///
    /// # Errors
    /// If a column holds what its field cannot.
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;

    /// Its next query, after the rows were read.
    ///
    /// # Errors
    /// If the dialect cannot do what is asked.
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;

    /// Whether the query last sent was its own.
    fn is_active(&self) -> bool;

    /// The values of that query.
    fn values(&self) -> &[Value<'static>];

    /// A row of that query.
    ///
    /// # Errors
    /// If a column holds what its field cannot.
    fn accept(&mut self, row: &Row<'_>) -> Result<()>;

    /// Its part of the result for one row.
    fn finish(&mut self, partial: Self::Partial) -> Self::Out;
}

/// What is loaded beside each row: a tuple of loaders.
pub trait Loads: Send + 'static {
    /// What is kept beside a row until everything is loaded.
    type Partial: Send + 'static;
    /// The row alone, or a tuple of it and what was loaded.
    type Row<M: Send + 'static>: Send + 'static;

    #[doc(hidden)]
    fn prepare(&mut self, columns: &mut Columns) -> Result<()>;
    #[doc(hidden)]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;
    #[doc(hidden)]
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>>;
    #[doc(hidden)]
    fn is_active(&self) -> bool;
    #[doc(hidden)]
    fn values(&self) -> &[Value<'static>];
    #[doc(hidden)]
    fn accept(&mut self, row: &Row<'_>) -> Result<()>;
    #[doc(hidden)]
    fn finish<M: Send + 'static>(&mut self, row: M, partial: Self::Partial) -> Self::Row<M>;
}

/// What `with` was given, ready to load.
pub trait IntoLoads {
    /// The loaders.
    type Loads: Loads;

    #[doc(hidden)]
    fn into_loads(self) -> Self::Loads;
}

/// A relation that `with` can load.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation, such as `p.author()`",
    note = "a field of the model itself is loaded anyway; for single values use `values(|p| (p.id, p.title))`"
)]
pub trait IntoLoader {
    /// Its loader.
    type Loader: Loader;

    #[doc(hidden)]
    fn into_loader(self) -> Self::Loader;
}

macro_rules! tuples {
    ($(($($name:ident $at:tt)*);)+) => {$(
        impl<$($name: Loader),*> Loads for ($($name,)*) {
            type Partial = ($($name::Partial,)*);
            type Row<Model: Send + 'static> = tuples!(@row Model $($name)*);

            #[inline]
            fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
                let _ = columns;
                $(self.$at.prepare(columns)?;)*
                Ok(())
            }

            #[inline]
            fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
                let _ = row;
                Ok(($(self.$at.decode(row)?,)*))
            }

            fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
                let _ = dialect;
                $(if let Some(statement) = self.$at.next(dialect)? {
                    return Ok(Some(statement));
                })*
                Ok(None)
            }

            fn is_active(&self) -> bool {
                false $(|| self.$at.is_active())*
            }

            fn values(&self) -> &[Value<'static>] {
                $(if self.$at.is_active() {
                    return self.$at.values();
                })*
                &[]
            }

            fn accept(&mut self, row: &Row<'_>) -> Result<()> {
                let _ = row;
                $(if self.$at.is_active() {
                    return self.$at.accept(row);
                })*
                Ok(())
            }

            #[inline]
            fn finish<Model: Send + 'static>(&mut self, row: Model, partial: Self::Partial) -> Self::Row<Model> {
                let _ = &partial;
                tuples!(@finish self row partial $($at)*)
            }
        }

        impl<$($name: IntoLoader),*> IntoLoads for ($($name,)*) {
            type Loads = ($($name::Loader,)*);

            #[allow(clippy::unused_unit, reason = "the tuple of nothing is ()")]
            fn into_loads(self) -> Self::Loads {
                ($(self.$at.into_loader(),)*)
            }
        }
    )+};
    (@row $model:ident) => { $model };
    (@row $model:ident $($name:ident)+) => { ($model, $($name::Out,)+) };
    (@finish $self:ident $row:ident $partial:ident) => { $row };
    (@finish $self:ident $row:ident $partial:ident $($at:tt)+) => {
        ($row, $($self.$at.finish($partial.$at),)+)
    };
}
tuples! {
    ();
    (A 0);
    (A 0 B 1);
    (A 0 B 1 C 2);
    (A 0 B 1 C 2 D 3);
    (A 0 B 1 C 2 D 3 E 4);
    (A 0 B 1 C 2 D 3 E 4 F 5);
}

/// Loads the one row a key names.
pub struct OneLoader<M, N> {
    at: Path,
    start: usize,
    nested: N,
    model: std::marker::PhantomData<fn() -> M>,
}

/// Loads the row at the end of a relation that may lead nowhere.
pub struct MaybeLoader<M, N> {
    one: OneLoader<M, N>,
    key: usize,
}

impl<M: Model, L: IntoLoads> IntoLoader for ToOne<M, L> {
    type Loader = OneLoader<M, L::Loads>;

    fn into_loader(self) -> Self::Loader {
        OneLoader::new(self.at, self.loads)
    }
}

impl<M: Model, L: IntoLoads> IntoLoader for ToMaybe<M, L> {
    type Loader = MaybeLoader<M, L::Loads>;

    fn into_loader(self) -> Self::Loader {
        MaybeLoader {
            one: OneLoader::new(self.at, self.loads),
            key: 0,
        }
    }
}

impl<M, N> OneLoader<M, N> {
    fn new(at: Path, loads: impl IntoLoads<Loads = N>) -> Self {
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

        fn accept(&mut self, row: &Row<'_>) -> Result<()> {
            self.$($nested)+.accept(row)
        }
    };
}

impl<M: Model, N: Loads> Loader for OneLoader<M, N> {
    type Partial = (M, N::Partial);
    type Out = N::Row<M>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        self.start = columns.join(self.at)?;
        self.nested.prepare(columns)
    }

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        Ok((M::decode(row, self.start)?, self.nested.decode(row)?))
    }

    nested_queries!(nested);

    #[inline]
    fn finish(&mut self, (row, partial): Self::Partial) -> Self::Out {
        self.nested.finish(row, partial)
    }
}

impl<M: Model, N: Loads> Loader for MaybeLoader<M, N> {
    type Partial = Option<(M, N::Partial)>;
    type Out = Option<N::Row<M>>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        self.one.prepare(columns)?;
        let (start, model) = columns.place(self.one.at);
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

/// Loads the rows at the end of a relation to many, for all rows at once.
pub struct ManyLoader<M: Model, N: Loads> {
    hop: Hop,
    select: Select,
    nested: N,
    /// Position and type of the key of the rows it loads for.
    key: (usize, crate::value::FieldType),
    /// Which results a key belongs to: one row may stand beside several.
    wanted: FxHashMap<Key, SmallVec<[u32; 1]>>,
    results: Vec<Vec<(M, N::Partial)>>,
    values: Vec<Value<'static>>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Gathering,
    Reading,
    Nested,
}

impl<M: Model, L: IntoLoads> IntoLoader for ToMany<M, L> {
    type Loader = ManyLoader<M, L::Loads>;

    fn into_loader(self) -> Self::Loader {
        ManyLoader {
            hop: self.hop,
            select: Select {
                filter: self.filter,
                order: self.order,
                ..Select::default()
            },
            nested: self.loads.into_loads(),
            key: (0, crate::value::FieldType::BigInt),
            wanted: FxHashMap::default(),
            results: Vec::new(),
            values: Vec::new(),
            state: State::Gathering,
        }
    }
}

impl<M: Model, N: Loads> ManyLoader<M, N> {
    fn start(&mut self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let meta = self.hop.target()?;
        // The key stands before the row.
        let mut columns = Columns::new(meta, 1);
        self.nested.prepare(&mut columns)?;
        let order = order_of(meta, &self.select)?;
        let statement = Read {
            kind: Kind::Related,
            meta,
            select: &self.select,
            order: &order,
            joined: &columns.joined(),
            hop: Some(self.hop),
            limit: Limit::None,
            nulls: u32::MAX,
        }
        .statement(dialect)?;
        let keys = self.wanted.keys().map(Key::to_value).collect();
        self.values = std::mem::take(&mut self.select.filter.values).into_vec();
        self.values.extend(order.values);
        self.values.push(Value::List(keys));
        Ok(statement)
    }
}

impl<M: Model, N: Loads> Loader for ManyLoader<M, N> {
    /// Position in `results`.
    type Partial = u32;
    type Out = Vec<N::Row<M>>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        let (start, model) = columns.place(self.hop.from);
        let key = model.columns.get(model.primary_key);
        self.key = (
            start + model.primary_key,
            key.map_or(crate::value::FieldType::BigInt, |key| key.storage),
        );
        Ok(())
    }

    fn decode(&mut self, row: &Row<'_>) -> Result<u32> {
        let key = Key::decode(row.cell(self.key.0)?, self.key.1)?;
        let position = u32::try_from(self.results.len()).unwrap_or(u32::MAX);
        self.results.push(Vec::new());
        self.wanted.entry(key).or_default().push(position);
        Ok(position)
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self.state {
            State::Gathering if self.wanted.is_empty() => {
                self.state = State::Nested;
                Ok(None)
            }
            State::Gathering => {
                let statement = self.start(dialect)?;
                self.state = State::Reading;
                Ok(Some(statement))
            }
            State::Reading | State::Nested => {
                self.state = State::Nested;
                self.nested.next(dialect)
            }
        }
    }

    fn is_active(&self) -> bool {
        self.state == State::Reading || self.nested.is_active()
    }

    fn values(&self) -> &[Value<'static>] {
        match self.state {
            State::Reading => &self.values,
            _ => self.nested.values(),
        }
    }

    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        if self.state != State::Reading {
            return self.nested.accept(row);
        }
        let key = Key::decode(row.cell(0)?, self.key.1)?;
        let Some(positions) = self.wanted.get(&key) else {
            return Ok(());
        };
        // Models need not be Clone, so a row that belongs to several results is read as often.
        for &position in positions {
            let related = (M::decode(row, 1)?, self.nested.decode(row)?);
            self.results[position as usize].push(related);
        }
        Ok(())
    }

    fn finish(&mut self, position: u32) -> Self::Out {
        let rows = self
            .results
            .get_mut(position as usize)
            .map(std::mem::take)
            .unwrap_or_default();
        let nested = &mut self.nested;
        rows.into_iter()
            .map(|(row, partial)| nested.finish(row, partial))
            .collect()
    }
}
