//! Loading to-many relations: one more query for all rows at once.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, NO_COLUMN, RowSource, Token};
use crate::model::{Model, ModelMeta};
use crate::plan::fetch::put_values_in_bind_order;
use crate::plan::relation_key::RelationKey;
use crate::query::{JoinStep, Select, ToMany, order_by_default, order_uniquely};
use crate::sql::{
    Dialect, KeyBinding, ReadQuery, RowLimit, Statement, StatementKind, key_of_related, keys_before_related,
};
use crate::value::{Row, Value};

use super::key::LoadKey;
use super::pending::PendingResults;
use super::{FollowUp, IntoLoader, IntoLoads, JoinedColumns, List, Loader, Loads};

/// Loads the rows at the end of a to-many relation, for all parent rows at once.
pub struct ManyLoader<M: Model, N: Loads> {
    /// The parent rows.
    from: RowSource,
    step: JoinStep,
    /// The parent rows' model.
    parent: Option<&'static ModelMeta>,
    select: Select,
    nested: N,
    /// The parents' key.
    key: LoadKey,
    /// In a loaded row, the positions of the parent's key, of what the columns of several are counted from, and of the first column.
    key_at: usize,
    keys_from: usize,
    row_at: usize,
    /// Whether the parents are the query's own rows, and the key their primary key; and the keys, if the query announced
    /// them and they are not used yet.
    of_first: bool,
    of_primary_key: bool,
    named: Option<Value<'static>>,
    pending: PendingResults,
    results: Vec<Vec<N::Kept<M>>>,
    state: LoadState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LoadState {
    CollectingKeys,
    Reading,
    Nested,
}

impl<M: Model, L: IntoLoads, C> IntoLoader for ToMany<M, L, C> {
    type Loader = ManyLoader<M, L::Loads>;

    fn into_loader(self) -> Self::Loader {
        ManyLoader::new(self.from, self.step(), self.select, self.loads.into_loads())
    }
}

impl<M: Model, N: Loads> ManyLoader<M, N> {
    pub(super) fn new(from: RowSource, step: JoinStep, select: Select, nested: N) -> Self {
        ManyLoader {
            from,
            step,
            parent: None,
            select,
            nested,
            key: LoadKey::UNKNOWN,
            key_at: 0,
            keys_from: 0,
            row_at: 0,
            of_first: false,
            of_primary_key: false,
            named: None,
            pending: PendingResults::default(),
            results: Vec::new(),
            state: LoadState::CollectingKeys,
        }
    }

    /// Of rows that are a projection: the key stands among its values.
    pub(super) fn of_projection(&mut self, parent: &'static ModelMeta, key: LoadKey) {
        self.parent = Some(parent);
        self.key = key;
    }

    /// The values that its key is among start at a position.
    pub(super) fn place_key(&mut self, first: usize) {
        self.key.shift(first);
    }

    /// Queries the rows of a key, or of a list of keys: a value or a list for each column.
    fn start(
        &mut self,
        keys: SmallVec<[Value<'static>; 1]>,
        dialect: &'static Dialect,
    ) -> Result<Arc<Statement>> {
        let statement = self.ask(KeyBinding::of(&keys), 0, 0, |read| read.statement(dialect))?;
        for key in keys {
            self.select.filter.add_value(key);
        }
        Ok(statement)
    }

    /// Makes a statement for its rows, whose columns and values start at these positions.
    fn ask(
        &mut self,
        given: KeyBinding,
        column: usize,
        value: usize,
        statement: impl FnOnce(&ReadQuery<'_>) -> Result<Arc<Statement>>,
    ) -> Result<Arc<Statement>> {
        let meta = self.step.target()?;
        // If the rows do not have the key themselves, it precedes them.
        (self.key_at, self.row_at) = match key_of_related(&self.step)? {
            Some(key) => (column + key, column),
            None => (column, column + keys_before_related(&self.step)?),
        };
        self.keys_from = column;
        let mut columns = JoinedColumns::new(meta, self.row_at);
        self.nested.prepare(&mut columns)?;
        if self.select.is_projected() {
            self.select_key(&mut columns)?;
        }
        let mut nulls = u32::MAX;
        if let Some((first, of_values)) = columns.values() {
            self.nested.place_values(first);
            nulls = of_values;
        }
        let limit = match self.select.is_cut() {
            true => RowLimit::Param,
            false => RowLimit::None,
        };
        let numbered = limit == RowLimit::Param || !self.select.groups().by.is_empty();
        if numbered && self.select.order.has_window() {
            return Err(Error::unsupported(format!(
                "lists of {} that are cut off are numbered in their order, and this one is by what is computed over a window",
                meta.def.key()
            ))
            .with_hint("order by what the window is ordered by; what it comes to may stand beside the rows, by `annotate(..)`"));
        }
        match numbered {
            false => order_by_default(meta, &mut self.select),
            // It is a definite row that is cut off.
            true => order_uniquely(meta, &mut self.select),
        }
        self.select.name_again();
        let statement = statement(&ReadQuery {
            kind: StatementKind::Related,
            meta,
            select: &self.select,
            joined: columns.joined(),
            step: Some((self.step, given)),
            parent: self.parent,
            limit,
            nulls,
            first: u32::try_from(value).map_err(|_| Error::internal("a query has too many values"))?,
        })?;
        put_values_in_bind_order(&mut self.select, limit);
        self.state = LoadState::Reading;
        Ok(statement)
    }
}

impl<M: Model, N: Loads> ManyLoader<M, N> {
    /// Puts the parents' key behind the values that are read of the related rows, where these have it.
    fn select_key(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        let Some(key) = key_of_related(&self.step)? else {
            return Ok(());
        };
        let mut tokens = ExprTokens::default();
        let mut select = |column: usize| {
            let position = u16::try_from(column).unwrap_or(NO_COLUMN);
            tokens.push(Token::Column(RowSource::OWN, position));
            columns.add_values(1, 1)
        };
        match &mut self.key {
            LoadKey::One(..) => self.key_at = self.row_at + select(key)?,
            LoadKey::Several(several) => {
                for column in several {
                    column.select_related(&mut select)?;
                }
            }
        }
        self.select.annotate(tokens);
        Ok(())
    }

    /// The parents' key.
    pub(super) fn key(&self) -> &LoadKey {
        &self.key
    }

    /// Adds a parent row with this key, and returns its index in `results`.
    pub(super) fn wait(&mut self, key: RelationKey) -> usize {
        match key {
            // No foreign key points at NULL.
            RelationKey::Null => self.pending.pass(),
            key => self.pending.push(key),
        }
        self.results.push(Vec::new());
        self.results.len() - 1
    }

    /// A row was returned for a key that it does not have: only the database knows which of the keys it matched.
    #[cold]
    fn other_string(&self) -> Error {
        let name = match self.step.target() {
            Ok(meta) => meta.def.key(),
            Err(error) => return error,
        };
        Error::config(format!(
            "a row of {name} that is loaded beside others has a key that is another string than theirs, and the database takes \
             the two for equal"
        ))
        .with_hint(
            "give both columns a collation that compares strings exactly, or ask for the related rows by a query of their own",
        )
    }
}

impl<M: Model, N: Loads> FollowUp for ManyLoader<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        let (start, model) = columns.place(self.from)?;
        self.key = LoadKey::of(&self.step, start, model)?;
        self.of_primary_key = matches!(self.key, LoadKey::One(at, _) if at == start + model.primary_key);
        self.parent = Some(columns.root());
        self.of_first = columns.add_list(self.from)?;
        Ok(())
    }

    fn name(&mut self, keys: &Value<'static>) {
        // The string in the row may differ from the key that matched it; see `PendingResults::first`.
        if self.of_first && self.of_primary_key && !self.key.is_collated() {
            self.named = Some(keys.clone());
        }
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        let select = &self.select;
        // For strings it is as with `name`.
        let alike = matches!(self.key, LoadKey::One(_, ty) if !ty.is_collated());
        let some = select.is_cut() || !select.groups().by.is_empty();
        (self.of_first && alike && !select.is_annotated() && !some).then_some(self)
    }

    fn is_named(&self) -> bool {
        self.named.is_some()
    }

    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self.named.take() {
            Some(keys) => self.start(smallvec![keys], dialect).map(Some),
            None => Ok(None),
        }
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match self.state {
            LoadState::CollectingKeys if self.pending.is_empty() => {
                self.state = LoadState::Nested;
                Ok(None)
            }
            LoadState::CollectingKeys => self
                .start(self.pending.keys(self.key.columns()), dialect)
                .map(Some),
            LoadState::Reading => Ok(None),
            LoadState::Nested => self.nested.next(dialect),
        }
    }

    fn is_active(&self) -> bool {
        self.state == LoadState::Reading || self.nested.is_active()
    }

    fn values(&self) -> &[Value<'static>] {
        match self.state {
            LoadState::Reading => self.select.filter.values(),
            _ => self.nested.values(),
        }
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match self.state {
            LoadState::Reading => self.select.filter.take_values(),
            _ => self.nested.take_values(),
        }
    }

    fn answered(&mut self) {
        match self.state {
            LoadState::Reading => self.state = LoadState::Nested,
            _ => self.nested.answered(),
        }
    }

    fn accept(&mut self, row: &Row<'_>) -> Result<()> {
        if self.state != LoadState::Reading {
            return self.nested.accept(row);
        }
        let places = (self.key_at, self.keys_from);
        let mut waiting = self.key.waiting(&mut self.pending, row, places)?;
        if waiting.is_none() && self.key.is_collated() {
            return Err(self.other_string());
        }
        // Models need not be `Clone`, so a row that belongs to several results is decoded for each.
        while let Some(result) = waiting {
            let related = self.nested.decode(row, self.row_at)?;
            self.results[result].push(related);
            waiting = self.pending.after(result);
        }
        Ok(())
    }
}

impl<M: Model, N: Loads> List for ManyLoader<M, N> {
    fn read_along(
        &mut self,
        column: usize,
        value: usize,
        with: &mut dyn FnMut(&ReadQuery<'_>) -> Result<Arc<Statement>>,
    ) -> Result<Arc<Statement>> {
        match self.key {
            LoadKey::One(at, _) => self.ask(KeyBinding::Along(at), column, value, with),
            LoadKey::Several(_) => Err(Error::internal(
                "a list over several columns is read along with the rows it is of",
            )),
        }
    }
}

impl<M: Model, N: Loads> Loader for ManyLoader<M, N> {
    /// The index in `results`.
    type Partial = usize;
    type Out = Vec<N::Row<M>>;

    fn decode(&mut self, row: &Row<'_>) -> Result<usize> {
        let key = self.key.read(row)?;
        Ok(self.wait(key))
    }

    fn finish(&mut self, result: usize) -> Result<Self::Out> {
        let rows = self.results.get_mut(result).map(std::mem::take);
        let rows = rows.ok_or_else(|| Error::internal("a row waits for a list that was never asked for"))?;
        self.nested.finish_all(rows)
    }
}
