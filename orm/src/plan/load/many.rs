//! Loading to many: one more query for all rows at once.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::error::Result;
use crate::expr::Place;
use crate::model::{Model, ModelMeta};
use crate::plan::about::decoded;
use crate::plan::fetch::gather;
use crate::plan::key::Key;
use crate::plan::order::settle;
use crate::query::{Hop, Select, ToMany};
use crate::sql::{Dialect, Kind, Limit, Read, Statement};
use crate::value::{Row, Value};

use super::{Columns, IntoLoader, IntoLoads, Loader, Loads};

/// Loads the rows at the end of a relation to many, for all rows at once.
pub struct ManyLoader<M: Model, N: Loads> {
    /// Where the relation starts.
    from: Place,
    hop: Hop,
    /// The model of the rows that it loads for.
    parent: Option<&'static ModelMeta>,
    select: Select,
    nested: N,
    /// Position and type of the key of the rows it loads for.
    key: (usize, crate::value::FieldType),
    /// Which results a key belongs to: one row may stand beside several.
    wanted: FxHashMap<Key, SmallVec<[u32; 1]>>,
    results: Vec<Vec<(M, N::Partial)>>,
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
            from: self.from,
            hop: self.hop(),
            parent: None,
            select: Select::of(self.filter, self.order),
            nested: self.loads.into_loads(),
            key: (0, crate::value::FieldType::BigInt),
            wanted: FxHashMap::default(),
            results: Vec::new(),
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
        settle(meta, &mut self.select)?;
        let statement = Read {
            kind: Kind::Related,
            meta,
            select: &self.select,
            joined: columns.joined(),
            hop: Some(self.hop),
            parent: self.parent,
            limit: Limit::None,
            nulls: u32::MAX,
        }
        .statement(dialect)?;
        let keys = self.wanted.keys().map(Key::to_value).collect();
        gather(&mut self.select, Limit::None);
        self.select.filter.add_value(Value::List(keys));
        Ok(statement)
    }
}

impl<M: Model, N: Loads> Loader for ManyLoader<M, N> {
    /// Position in `results`.
    type Partial = u32;
    type Out = Vec<N::Row<M>>;

    fn prepare(&mut self, columns: &mut Columns) -> Result<()> {
        let (start, model) = columns.place(self.from)?;
        // The registry has made sure that there is one.
        let key = &model.columns[model.primary_key];
        self.key = (start + model.primary_key, key.storage);
        self.parent = Some(columns.root());
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
            State::Reading => Ok(None),
            State::Nested => self.nested.next(dialect),
        }
    }

    fn is_active(&self) -> bool {
        self.state == State::Reading || self.nested.is_active()
    }

    fn values(&self) -> &[Value<'static>] {
        match self.state {
            State::Reading => self.select.filter.values(),
            _ => self.nested.values(),
        }
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match self.state {
            State::Reading => self.select.filter.take_values(),
            _ => self.nested.take_values(),
        }
    }

    fn answered(&mut self) {
        match self.state {
            State::Reading => self.state = State::Nested,
            _ => self.nested.answered(),
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
            let related = (decoded(row, 1)?, self.nested.decode(row)?);
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
