//! An index over a list of operations: finds those that an operation may merge with, and those that may block it.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound::{Excluded, Unbounded};

use crate::migrate::operation::{AccessKind, ModelRef, ObjectAccesses, Operation, SchemaObject};
use crate::model::ModelKey;

type Positions = BTreeSet<u64>;

/// A key that two operations share if they may merge. It is a string, so objects with equal names collide; that
/// only costs an extra comparison.
#[derive(Clone, PartialEq, Eq, Hash)]
struct IndexKey(String);

impl IndexKey {
    /// The thing.
    fn of(object: SchemaObject<'_>) -> Self {
        IndexKey(object.to_string())
    }

    /// A model or any part of it.
    fn within(of: ModelRef<'_>) -> Self {
        IndexKey(format!("something of {of}"))
    }
}

/// The positions of a list's operations, by what they access.
pub(super) struct OperationIndex<'a> {
    app: &'a str,
    all: Positions,
    partners: HashMap<IndexKey, Positions>,
    seekers: HashMap<IndexKey, Positions>,
    /// Operations on a model or a part of it.
    own: HashMap<ModelKey, Positions>,
    /// Operations on a model, except those on a single field.
    own_whole: HashMap<ModelKey, Positions>,
    /// Operations with a relation to a model.
    pointing: HashMap<ModelKey, Positions>,
    /// Operations on a field, or on a field generated from it.
    fields: HashMap<(ModelKey, String), Positions>,
    /// Operations that create, drop or rename a table.
    tables: Positions,
    /// Operations that release a table name without saying which.
    leaving: Positions,
    /// Operations that may block others with unrelated names.
    wild: Positions,
}

/// Which of two operations moves past those between them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// The first moves to the second.
    Right,
    /// The second moves to the first.
    Left,
}

impl<'a> OperationIndex<'a> {
    pub fn new(app: &'a str) -> Self {
        OperationIndex {
            app,
            all: Positions::new(),
            partners: HashMap::new(),
            seekers: HashMap::new(),
            own: HashMap::new(),
            own_whole: HashMap::new(),
            pointing: HashMap::new(),
            fields: HashMap::new(),
            tables: Positions::new(),
            leaving: Positions::new(),
            wild: Positions::new(),
        }
    }

    pub fn insert(&mut self, at: u64, operation: &Operation) {
        self.file(at, operation, true);
    }

    pub fn remove(&mut self, at: u64, operation: &Operation) {
        self.file(at, operation, false);
    }

    fn file(&mut self, at: u64, operation: &Operation, here: bool) {
        let accesses = operation.accesses(self.app);
        mark(&mut self.all, at, here);
        if is_wild(&accesses) {
            mark(&mut self.wild, at, here);
        }
        if accesses.move_tables() {
            mark(&mut self.tables, at, here);
        }
        if accesses.rename_tables() {
            mark(&mut self.leaving, at, here);
        }
        for key in offered(&accesses) {
            enter(&mut self.partners, key, at, here);
        }
        for key in sought(&accesses) {
            enter(&mut self.seekers, key, at, here);
        }
        let fields = fields(&accesses);
        for of in models(&accesses) {
            if fields.is_empty() {
                enter(&mut self.own_whole, of.key(), at, here);
            }
            for field in &fields {
                enter(&mut self.fields, (of.key(), (*field).to_owned()), at, here);
            }
            enter(&mut self.own, of.key(), at, here);
        }
        for to in targets(&accesses) {
            enter(&mut self.pointing, to.key(), at, here);
        }
    }

    /// Later operations that this one may merge with, in order.
    pub fn partners(&self, at: u64, operation: &Operation) -> impl Iterator<Item = u64> {
        let sets = sought(&operation.accesses(self.app)).into_iter();
        merged(
            sets.filter_map(|key| self.partners.get(&key)).collect(),
            at,
            u64::MAX,
        )
    }

    /// Earlier operations that may merge with the one at a position.
    pub fn seekers(&self, at: u64, operation: &Operation) -> Vec<u64> {
        let sets = offered(&operation.accesses(self.app)).into_iter();
        let sets = sets.filter_map(|key| self.seekers.get(&key));
        sets.flat_map(|places| places.range(..at).copied()).collect()
    }

    /// Operations on a model as a whole before a position.
    pub fn on_model(&self, model: &ModelKey, at: u64) -> impl Iterator<Item = u64> {
        let places = self.own_whole.get(model).into_iter();
        places.flat_map(move |places| places.range(..at).copied())
    }

    /// Operations between two positions that may block one from moving past, in order.
    pub fn in_the_way(
        &self,
        operation: &Operation,
        way: Side,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = u64> {
        let accesses = operation.accesses(self.app);
        let own = models(&accesses);
        let names = fields(&accesses);
        let renames = !accesses.models_renamed().is_empty();
        // These may be blocked by anything, or by operations with unrelated names.
        let stays = own.is_empty() || own.iter().any(|of| of.app != self.app);
        if stays || accesses.reach_anywhere() {
            return merged(vec![&self.all], from, to);
        }
        let mut sets: Vec<&Positions> = vec![&self.wild];
        for of in own {
            match names.is_empty() {
                true => sets.extend(self.own.get(&of.key())),
                false => sets.extend(self.own_whole.get(&of.key())),
            }
            for name in &names {
                sets.extend(self.fields.get(&(of.key(), (*name).to_owned())));
            }
            if way == Side::Right || renames {
                sets.extend(self.pointing.get(&of.key()));
            }
        }
        if way == Side::Left {
            sets.extend(targets(&accesses).filter_map(|to| self.own.get(&to.key())));
        }
        if accesses.rename_tables() {
            sets.push(&self.tables);
        }
        if way == Side::Left && accesses.move_tables() {
            sets.push(&self.leaving);
        }
        merged(sets, from, to)
    }
}

/// The positions of several sets between two positions, in order.
fn merged(sets: Vec<&Positions>, from: u64, to: u64) -> impl Iterator<Item = u64> {
    let next = move |at: u64| {
        let firsts = sets
            .iter()
            .filter_map(|set| set.range((Excluded(at), Unbounded)).next());
        firsts.min().copied().filter(|place| *place < to)
    };
    std::iter::successors(next(from), move |at| next(*at))
}

fn mark(places: &mut Positions, at: u64, here: bool) {
    if here {
        places.insert(at);
    } else {
        places.remove(&at);
    }
}

fn enter<K: Hash + Eq>(index: &mut HashMap<K, Positions>, key: K, at: u64, here: bool) {
    mark(index.entry(key).or_default(), at, here);
}

/// Whether it may block operations with unrelated names.
fn is_wild(accesses: &ObjectAccesses<'_>) -> bool {
    accesses.reach_anywhere() || models(accesses).is_empty() || !accesses.models_renamed().is_empty()
}

/// The models it changes.
fn models<'a>(accesses: &ObjectAccesses<'a>) -> Vec<ModelRef<'a>> {
    let mut models: Vec<ModelRef<'a>> = Vec::new();
    for access in accesses.iter().filter(|access| access.kind != AccessKind::Reads) {
        models.extend(access.object.model().filter(|of| !models.contains(of)));
    }
    models
}

/// The fields it changes, if it changes fields and not the model, and those that generated fields read.
fn fields<'a>(accesses: &ObjectAccesses<'a>) -> Vec<&'a str> {
    let mut fields = Vec::new();
    for access in accesses.iter() {
        match access.object {
            SchemaObject::Field(_, name) | SchemaObject::JoinTable(_, name) => fields.push(name),
            SchemaObject::Model(_) if access.kind == AccessKind::Reads => {}
            object if object.model().is_some() => return Vec::new(),
            _ => {}
        }
    }
    fields
}

/// The models its relations point at.
fn targets<'a>(accesses: &ObjectAccesses<'a>) -> impl Iterator<Item = ModelRef<'a>> {
    accesses.iter().filter_map(|access| match access.object {
        SchemaObject::Model(of) if access.kind == AccessKind::Reads => Some(of),
        _ => None,
    })
}

/// The keys under which earlier operations find it: the objects it changes, and the models whose parts it changes.
fn offered(accesses: &ObjectAccesses<'_>) -> Vec<IndexKey> {
    let found = accesses.iter().filter(|access| access.kind.finds());
    let within = models(accesses).into_iter().map(IndexKey::within);
    within
        .chain(found.map(|access| IndexKey::of(access.object)))
        .collect()
}

/// The keys under which it looks for later operations: the objects it leaves behind, and the deletion of their
/// model. A new model merges with any change within it.
fn sought(accesses: &ObjectAccesses<'_>) -> Vec<IndexKey> {
    let new = accesses.iter().find_map(|access| match access.object {
        SchemaObject::Model(of) if access.kind == AccessKind::Creates => Some(of),
        _ => None,
    });
    if let Some(of) = new {
        return vec![IndexKey::within(of)];
    }
    let left = accesses.iter().filter(|access| access.kind.leaves_behind());
    let models = models(accesses).into_iter();
    models
        .map(|of| IndexKey::of(SchemaObject::Model(of)))
        .chain(left.map(|access| IndexKey::of(access.object)))
        .collect()
}
