//! Where the partners of an operation are, and where whatever may be in its way is.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound::{Excluded, Unbounded};

use crate::migrate::operation::{Contract, How, Of, Operation, Thing, Touches};
use crate::model::ModelKey;

type Places = BTreeSet<u64>;

/// What two operations that may become one have in common, in words: two things of one name would only be looked at once
/// more.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key(String);

impl Key {
    /// The thing.
    fn of(thing: Thing<'_>) -> Self {
        Key(thing.to_string())
    }

    /// A model, or anything of it.
    fn within(of: Of<'_>) -> Self {
        Key(format!("something of {of}"))
    }
}

/// The operations of a list by what they are about.
pub(super) struct Files<'a> {
    app: &'a str,
    all: Places,
    partners: HashMap<Key, Places>,
    seekers: HashMap<Key, Places>,
    /// About a model or a part of it.
    own: HashMap<ModelKey, Places>,
    /// About a model, but not about one field of it alone.
    own_whole: HashMap<ModelKey, Places>,
    /// With a relation to a model.
    pointing: HashMap<ModelKey, Places>,
    /// About a field, or with a field that is computed from it.
    fields: HashMap<(ModelKey, String), Places>,
    /// Giving a table a name, or taking one away.
    tables: Places,
    /// Leaving a name of a table that they do not say.
    leaving: Places,
    /// In the way of more than their names say.
    wild: Places,
}

/// Which of two operations is to pass those between them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// The first, to where the second is.
    Right,
    /// The second, to where the first is.
    Left,
}

impl<'a> Files<'a> {
    pub fn new(app: &'a str) -> Self {
        Files {
            app,
            all: Places::new(),
            partners: HashMap::new(),
            seekers: HashMap::new(),
            own: HashMap::new(),
            own_whole: HashMap::new(),
            pointing: HashMap::new(),
            fields: HashMap::new(),
            tables: Places::new(),
            leaving: Places::new(),
            wild: Places::new(),
        }
    }

    pub fn insert(&mut self, at: u64, operation: &Operation) {
        self.file(at, operation, true);
    }

    pub fn remove(&mut self, at: u64, operation: &Operation) {
        self.file(at, operation, false);
    }

    fn file(&mut self, at: u64, operation: &Operation, here: bool) {
        let touches = operation.touches(self.app);
        mark(&mut self.all, at, here);
        if is_wild(&touches) {
            mark(&mut self.wild, at, here);
        }
        if touches.move_tables() {
            mark(&mut self.tables, at, here);
        }
        if touches.rename_tables() {
            mark(&mut self.leaving, at, here);
        }
        for key in offered(&touches) {
            enter(&mut self.partners, key, at, here);
        }
        for key in sought(&touches) {
            enter(&mut self.seekers, key, at, here);
        }
        let fields = fields(&touches);
        for of in models(&touches) {
            if fields.is_empty() {
                enter(&mut self.own_whole, of.key(), at, here);
            }
            for field in &fields {
                enter(&mut self.fields, (of.key(), (*field).to_owned()), at, here);
            }
            enter(&mut self.own, of.key(), at, here);
        }
        for to in targets(&touches) {
            enter(&mut self.pointing, to.key(), at, here);
        }
    }

    /// Operations after this one that it may become one with, in order.
    pub fn partners(&self, at: u64, operation: &Operation) -> impl Iterator<Item = u64> {
        let sets = sought(&operation.touches(self.app)).into_iter();
        merged(
            sets.filter_map(|key| self.partners.get(&key)).collect(),
            at,
            u64::MAX,
        )
    }

    /// Operations before a place that may become one with what is there.
    pub fn seekers(&self, at: u64, operation: &Operation) -> Vec<u64> {
        let sets = offered(&operation.touches(self.app)).into_iter();
        let sets = sets.filter_map(|key| self.seekers.get(&key));
        sets.flat_map(|places| places.range(..at).copied()).collect()
    }

    /// Operations on a model as a whole before a place.
    pub fn on_model(&self, model: &ModelKey, at: u64) -> impl Iterator<Item = u64> {
        let places = self.own_whole.get(model).into_iter();
        places.flat_map(move |places| places.range(..at).copied())
    }

    /// Operations between two places that may not let one pass, in order.
    pub fn in_the_way(
        &self,
        operation: &Operation,
        way: Way,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = u64> {
        let touches = operation.touches(self.app);
        let own = models(&touches);
        let names = fields(&touches);
        let renames = !touches.models_renamed().is_empty();
        // These pass nothing, or what their names do not say.
        let stays = own.is_empty() || own.iter().any(|of| of.app != self.app);
        if stays || touches.reach_anywhere() {
            return merged(vec![&self.all], from, to);
        }
        let mut sets: Vec<&Places> = vec![&self.wild];
        for of in own {
            match names.is_empty() {
                true => sets.extend(self.own.get(&of.key())),
                false => sets.extend(self.own_whole.get(&of.key())),
            }
            for name in &names {
                sets.extend(self.fields.get(&(of.key(), (*name).to_owned())));
            }
            if way == Way::Right || renames {
                sets.extend(self.pointing.get(&of.key()));
            }
        }
        if way == Way::Left {
            sets.extend(targets(&touches).filter_map(|to| self.own.get(&to.key())));
        }
        if touches.rename_tables() {
            sets.push(&self.tables);
        }
        if way == Way::Left && touches.move_tables() {
            sets.push(&self.leaving);
        }
        merged(sets, from, to)
    }
}

/// Every place of some sets between two others, in order.
fn merged(sets: Vec<&Places>, from: u64, to: u64) -> impl Iterator<Item = u64> {
    let next = move |at: u64| {
        let firsts = sets
            .iter()
            .filter_map(|set| set.range((Excluded(at), Unbounded)).next());
        firsts.min().copied().filter(|place| *place < to)
    };
    std::iter::successors(next(from), move |at| next(*at))
}

fn mark(places: &mut Places, at: u64, here: bool) {
    if here {
        places.insert(at);
    } else {
        places.remove(&at);
    }
}

fn enter<K: Hash + Eq>(files: &mut HashMap<K, Places>, key: K, at: u64, here: bool) {
    mark(files.entry(key).or_default(), at, here);
}

/// Whether it is in the way of operations that have nothing to do with its names, or may be.
fn is_wild(touches: &Touches<'_>) -> bool {
    touches.reach_anywhere() || models(touches).is_empty() || !touches.models_renamed().is_empty()
}

/// The models that it is about.
fn models<'a>(touches: &Touches<'a>) -> Vec<Of<'a>> {
    let mut models: Vec<Of<'a>> = Vec::new();
    for touch in touches.iter().filter(|touch| touch.how != How::Reads) {
        models.extend(touch.thing.model().filter(|of| !models.contains(of)));
    }
    models
}

/// The fields it is about, if it is about fields and not about the model, and those that it computes one from.
fn fields<'a>(touches: &Touches<'a>) -> Vec<&'a str> {
    let mut fields = Vec::new();
    for touch in touches.iter() {
        match touch.thing {
            Thing::Field(_, name) | Thing::JoinTable(_, name) => fields.push(name),
            Thing::Model(_) if touch.how == How::Reads => {}
            thing if thing.model().is_some() => return Vec::new(),
            _ => {}
        }
    }
    fields
}

/// The models it points at.
fn targets<'a>(touches: &Touches<'a>) -> impl Iterator<Item = Of<'a>> {
    touches.iter().filter_map(|touch| match touch.thing {
        Thing::Model(of) if touch.how == How::Reads => Some(of),
        _ => None,
    })
}

/// Under what others look for it: what it finds, and whose parts it touches.
fn offered(touches: &Touches<'_>) -> Vec<Key> {
    let found = touches.iter().filter(|touch| touch.how.finds());
    let within = models(touches).into_iter().map(Key::within);
    within.chain(found.map(|touch| Key::of(touch.thing))).collect()
}

/// Under what it looks for others: what it leaves behind, and the end of the model whose part that is. A new model becomes
/// one with whatever is done within it.
fn sought(touches: &Touches<'_>) -> Vec<Key> {
    let new = touches.iter().find_map(|touch| match touch.thing {
        Thing::Model(of) if touch.how == How::Creates => Some(of),
        _ => None,
    });
    if let Some(of) = new {
        return vec![Key::within(of)];
    }
    let left = touches.iter().filter(|touch| touch.how.leaves_behind());
    let models = models(touches).into_iter();
    models
        .map(|of| Key::of(Thing::Model(of)))
        .chain(left.map(|touch| Key::of(touch.thing)))
        .collect()
}
