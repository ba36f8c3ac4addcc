//! Loading beside rows that were read before: what is related to them is found by the values that they hold.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::expr::{ExprTokens, Path, RowSource};
use crate::model::{Inner, Model, Outer};
use crate::plan::relation_key::RelationKey;
use crate::query::{JoinStep, Select, ToMany, ToOne, first_step, path_behind};
use crate::sql::{Dialect, KeyBinding, ReadQuery, RowLimit, Statement, StatementKind, key_of_related};
use crate::value::{Cell, Row, Value};

use super::key::LoadKey;
use super::many::ManyLoader;
use super::pending::PendingResults;
use super::{FollowUp, IntoLoader, IntoLoads, JoinedColumns, Loader, Loads, own_path};

/// A loader that needs the values of each row, and not the row of a result.
pub trait KeyedLoader: Loader {
    /// Waits for what is related to a row with these values, in the order of its columns.
    ///
    /// # Errors
    /// If those of its key are none that rows are related by.
    fn wait_for(&mut self, values: &[Value<'_>]) -> Result<Self::Partial>;
}

/// All that is loaded for each row: a tuple of loaders.
pub trait KeyedLoads: Loads {
    /// Takes a row to load it for.
    ///
    /// # Errors
    /// As [`KeyedLoader::wait_for`].
    fn take<M: Model>(&mut self, row: M) -> Result<Self::Kept<M>>;
}

/// What `load` takes, as loaders.
pub trait IntoKeyedLoads {
    /// The loaders.
    type Loads: KeyedLoads;

    #[doc(hidden)]
    fn into_keyed_loads(self) -> Self::Loads;
}

/// A relation that `load` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation, such as `p.author()`"
)]
pub trait IntoKeyedLoader {
    /// Its loader.
    type Loader: KeyedLoader;

    #[doc(hidden)]
    fn into_keyed_loader(self) -> Self::Loader;
}

impl<M: Model, L: IntoLoads, C> IntoKeyedLoader for ToMany<M, L, C> {
    type Loader = ManyLoader<M, L::Loads>;

    fn into_keyed_loader(self) -> Self::Loader {
        self.into_loader()
    }
}

impl<M: Model, N: Loads> KeyedLoader for ManyLoader<M, N> {
    fn wait_for(&mut self, values: &[Value<'_>]) -> Result<usize> {
        let key = self.key().of_values(values)?;
        Ok(self.wait(key))
    }
}

impl<M: Model, L: IntoLoads> IntoKeyedLoader for ToOne<M, Inner, L> {
    type Loader = OneByKey<M, L::Loads>;

    fn into_keyed_loader(self) -> Self::Loader {
        OneByKey(MaybeByKey::new(self.at, self.loads))
    }
}

impl<M: Model, L: IntoLoads> IntoKeyedLoader for ToOne<M, Outer, L> {
    type Loader = MaybeByKey<M, L::Loads>;

    fn into_keyed_loader(self) -> Self::Loader {
        MaybeByKey::new(self.at, self.loads)
    }
}

/// Loads the row at the end of relations to one, of which there is one.
pub struct OneByKey<M: Model, N: Loads>(MaybeByKey<M, N>);

/// Loads the row at the end of relations to one, if there is one.
pub struct MaybeByKey<M: Model, N: Loads> {
    at: RowSource,
    /// The first of the relations, whose key the rows hold, and the path that it is.
    first: Option<(Path, JoinStep)>,
    nested: N,
    /// The key, at its place among the columns of the rows' model.
    key: LoadKey,
    /// In a loaded row, the positions of that key, of the first column, and of the primary key.
    key_at: usize,
    row_at: usize,
    primary_key_at: usize,
    pending: PendingResults,
    select: Select,
    results: Vec<Option<N::Kept<M>>>,
    asked: bool,
    reading: bool,
}

impl<M: Model, N: Loads> MaybeByKey<M, N> {
    fn new(at: RowSource, loads: impl IntoLoads<Loads = N>) -> Self {
        MaybeByKey {
            at,
            first: None,
            nested: loads.into_loads(),
            key: LoadKey::UNKNOWN,
            key_at: 0,
            row_at: 0,
            primary_key_at: 0,
            pending: PendingResults::default(),
            select: Select::default(),
            results: Vec::new(),
            asked: false,
            reading: false,
        }
    }

    fn first(&self) -> Result<(Path, JoinStep)> {
        self.first
            .ok_or_else(|| Error::internal("a relation to one is loaded that has no relation"))
    }

    /// Queries the rows of all keys: those that the first relation leads to, joined to what further ones do.
    fn ask(&mut self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let (base, step) = self.first()?;
        let meta = step.target()?;
        let mut columns = JoinedColumns::behind(base, meta, 0);
        let key = key_of_related(&step)?;
        self.key_at = key.ok_or_else(|| Error::internal("a relation to one goes through a join table"))?;
        if self.at.path() != base {
            self.row_at = columns.join(self.at)?;
        }
        let (start, model) = columns.place(self.at)?;
        self.primary_key_at = start + model.primary_key;
        self.nested.prepare(&mut columns)?;
        let joined = columns.joined().iter().map(|path| {
            path_behind(*path, base)
                .ok_or_else(|| Error::internal("a joined row is not behind the loaded one"))
        });
        let joined = joined.collect::<Result<Vec<Path>>>()?;
        let keys = self.pending.keys(self.key.columns());
        let given = KeyBinding::of(&keys);
        let statement = ReadQuery {
            kind: StatementKind::Related,
            meta,
            select: &self.select,
            joined: &joined,
            step: Some((step, given)),
            parent: None,
            limit: RowLimit::None,
            nulls: u32::MAX,
            first: 0,
        }
        .statement(dialect)?;
        self.select.filter = ExprTokens::default();
        for key in keys {
            self.select.filter.add_value(key);
        }
        (self.asked, self.reading) = (true, true);
        Ok(statement)
    }

    /// A row was returned for a key that none of the rows has: only the database knows which of them it matched.
    #[cold]
    fn other_string(&self) -> Error {
        match self.first().and_then(|(_, step)| step.name()) {
            Ok(name) => Error::config(format!(
                "{name} leads to a row whose key is another string than that of the rows given, and the database takes the two for equal"
            ))
            .with_hint("give both columns a collation that compares strings exactly"),
            Err(error) => error,
        }
    }
}

impl<M: Model, N: Loads> FollowUp for MaybeByKey<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        let (base, step) = first_step(own_path(self.at)?)
            .ok_or_else(|| Error::internal("a relation to one is loaded that has no relation"))?;
        self.first = Some((base, step));
        let root = columns.root();
        self.key = LoadKey::of(&step, 0, root)?;
        Ok(())
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.reading {
            return Ok(None);
        }
        match self.asked || self.pending.is_empty() {
            true => self.nested.next(dialect),
            false => self.ask(dialect).map(Some),
        }
    }

    fn is_active(&self) -> bool {
        self.reading || self.nested.is_active()
    }

    fn values(&self) -> &[Value<'static>] {
        match self.reading {
            true => self.select.filter.values(),
            false => self.nested.values(),
        }
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match self.reading {
            true => self.select.filter.take_values(),
            false => self.nested.take_values(),
        }
    }

    fn answered(&mut self) {
        match self.reading {
            true => self.reading = false,
            false => self.nested.answered(),
        }
    }

    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        if !self.reading {
            return self.nested.accept(row);
        }
        // What further relations lead to stands behind.
        let mut waiting = self.key.waiting(&mut self.pending, row, (self.key_at, 0))?;
        if waiting.is_none() && self.key.is_collated() {
            return Err(self.other_string());
        }
        if matches!(row.cell(self.primary_key_at)?, Cell::Null) {
            return Ok(());
        }
        // Models need not be `Clone`, so a row that belongs to several results is decoded for each.
        while let Some(result) = waiting {
            let related = self.nested.decode(row, self.row_at)?;
            self.results[result] = Some(related);
            waiting = self.pending.after(result);
        }
        Ok(())
    }
}

impl<M: Model, N: Loads> Loader for MaybeByKey<M, N> {
    /// The index in `results`.
    type Partial = usize;
    type Out = Option<N::Row<M>>;

    fn decode(&mut self, row: &Row<'_>) -> Result<usize> {
        let key = self.key.read(row)?;
        Ok(self.wait(key))
    }

    fn finish(&mut self, result: usize) -> Result<Self::Out> {
        let row = self.results.get_mut(result).and_then(Option::take);
        row.map(|row| self.nested.finish(row)).transpose()
    }
}

impl<M: Model, N: Loads> MaybeByKey<M, N> {
    fn wait(&mut self, key: RelationKey) -> usize {
        match key {
            RelationKey::Null => self.pending.pass(),
            key => self.pending.push(key),
        }
        self.results.push(None);
        self.results.len() - 1
    }
}

impl<M: Model, N: Loads> KeyedLoader for MaybeByKey<M, N> {
    fn wait_for(&mut self, values: &[Value<'_>]) -> Result<usize> {
        let key = self.key.of_values(values)?;
        Ok(self.wait(key))
    }
}

impl<M: Model, N: Loads> FollowUp for OneByKey<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.0.prepare(columns)
    }

    super::follow_ups_of!(0);
}

impl<M: Model, N: Loads> Loader for OneByKey<M, N> {
    type Partial = usize;
    type Out = N::Row<M>;

    fn decode(&mut self, row: &Row<'_>) -> Result<usize> {
        self.0.decode(row)
    }

    fn finish(&mut self, result: usize) -> Result<N::Row<M>> {
        match self.0.finish(result)? {
            Some(row) => Ok(row),
            None => Err(gone(&self.0.first()?.1)),
        }
    }
}

impl<M: Model, N: Loads> KeyedLoader for OneByKey<M, N> {
    fn wait_for(&mut self, values: &[Value<'_>]) -> Result<usize> {
        self.0.wait_for(values)
    }
}

/// A row that was given points at one that is not there.
#[cold]
fn gone(step: &JoinStep) -> Error {
    match step.name() {
        Ok(name) => Error::new(
            Kind::NotFound,
            format!("{name} of a row that was given to load() leads to a row that is not there"),
        )
        .with_hint("the row has changed since it was read, or was never saved: read it again"),
        Err(error) => error,
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt)+);)+) => {$(
        impl<$($name: KeyedLoader),+> KeyedLoads for ($($name,)+) {
            fn take<M: Model>(&mut self, row: M) -> Result<Self::Kept<M>> {
                let waiting = {
                    let mut values = Vec::with_capacity(M::SPEC.fields.len());
                    row.encode(&mut values);
                    ($(self.$at.wait_for(&values)?,)+)
                };
                Ok((row, waiting))
            }
        }

        impl<$($name: IntoKeyedLoader),+> IntoKeyedLoads for ($($name,)+) {
            type Loads = ($($name::Loader,)+);

            fn into_keyed_loads(self) -> Self::Loads {
                ($(self.$at.into_keyed_loader(),)+)
            }
        }
    )+};
}
tuples! {
    (A 0);
    (A 0 B 1);
    (A 0 B 1 C 2);
    (A 0 B 1 C 2 D 3);
    (A 0 B 1 C 2 D 3 E 4);
    (A 0 B 1 C 2 D 3 E 4 F 5);
}
