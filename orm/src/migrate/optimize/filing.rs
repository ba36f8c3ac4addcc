//! Where the partners of an operation are, and where whatever may be in its way is.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound::{Excluded, Unbounded};

use crate::migrate::operation::Operation;
use crate::model::{FieldDef, ModelKey};

type Places = BTreeSet<u64>;

/// What two operations that may become one have in common: a kind of thing, its model and its name.
type Key = (&'static str, String, String);

/// The operations of a list by what they are about.
pub(super) struct Files<'a> {
    app: &'a str,
    all: Places,
    partners: HashMap<Key, Places>,
    seekers: HashMap<Key, Places>,
    /// About a model or a part of it.
    own: HashMap<String, Places>,
    /// About a model, but not about one field of it alone.
    own_whole: HashMap<String, Places>,
    /// With a relation to a model.
    pointing: HashMap<ModelKey, Places>,
    /// About a field, or with a field that is computed from it.
    fields: HashMap<(String, String), Places>,
    /// Taking the name of a table, or giving one away.
    tables: Places,
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
        mark(&mut self.all, at, here);
        if is_wild(operation) {
            mark(&mut self.wild, at, here);
        }
        if matches!(
            operation,
            Operation::CreateModel(_) | Operation::AlterModelTable(_)
        ) {
            mark(&mut self.tables, at, here);
        }
        for key in offered(operation) {
            enter(&mut self.partners, key, at, here);
        }
        for key in sought(operation) {
            enter(&mut self.seekers, key, at, here);
        }
        let field_names = field_names(operation);
        for model in models(operation) {
            if field_names.is_empty() {
                enter(&mut self.own_whole, model.to_owned(), at, here);
            }
            for field in &field_names {
                enter(
                    &mut self.fields,
                    (model.to_owned(), (*field).to_owned()),
                    at,
                    here,
                );
            }
            enter(&mut self.own, model.to_owned(), at, here);
        }
        for to in targets(operation) {
            enter(&mut self.pointing, to.clone(), at, here);
        }
    }

    /// Operations after this one that it may become one with, in order.
    pub fn partners(&self, at: u64, operation: &Operation) -> impl Iterator<Item = u64> {
        let sets = sought(operation).into_iter();
        merged(
            sets.filter_map(|key| self.partners.get(&key)).collect(),
            at,
            u64::MAX,
        )
    }

    /// Operations before a place that may become one with what is there.
    pub fn seekers(&self, at: u64, operation: &Operation) -> Vec<u64> {
        let sets = offered(operation)
            .into_iter()
            .filter_map(|key| self.seekers.get(&key));
        sets.flat_map(|places| places.range(..at).copied()).collect()
    }

    /// Operations on a model as a whole before a place.
    pub fn on_model(&self, model: &str, at: u64) -> impl Iterator<Item = u64> {
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
        let mut sets: Vec<&Places> = vec![&self.wild];
        let names = field_names(operation);
        let own = models(operation);
        let renames = matches!(operation, Operation::RenameModel(_));
        // These pass nothing, or what their names do not say.
        let unnamed = own.is_empty() || (is_wild(operation) && !renames);
        for model in &own {
            match names.is_empty() {
                true => sets.extend(self.own.get(*model)),
                false => sets.extend(self.own_whole.get(*model)),
            }
            for name in &names {
                sets.extend(self.fields.get(&((*model).to_owned(), (*name).to_owned())));
            }
            if way == Way::Right || renames {
                sets.extend(self.pointing.get(&ModelKey::new(self.app, *model)));
            }
        }
        if way == Way::Left {
            let own_targets = targets(operation).into_iter().filter(|to| to.app == self.app);
            sets.extend(own_targets.filter_map(|to| self.own.get(&to.model)));
        }
        if matches!(operation, Operation::AlterModelTable(_)) {
            sets.push(&self.tables);
        }
        if unnamed {
            sets = vec![&self.all];
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
fn is_wild(operation: &Operation) -> bool {
    match operation {
        Operation::CreateModel(_)
        | Operation::AlterModelTable(_)
        | Operation::AlterModelTableComment(_)
        | Operation::AlterModelOptions(_)
        | Operation::AddField(_)
        | Operation::RemoveField(_)
        | Operation::AlterField(_)
        | Operation::RenameField(_) => false,
        Operation::DeleteModel(_)
        | Operation::RenameModel(_)
        | Operation::MoveModel(_)
        | Operation::AddIndex(_)
        | Operation::RemoveIndex(_)
        | Operation::RenameIndex(_)
        | Operation::AddConstraint(_)
        | Operation::RemoveConstraint(_)
        | Operation::AlterConstraint(_)
        | Operation::CreateEnum(_)
        | Operation::DeleteEnum(_)
        | Operation::AddEnumValue(_)
        | Operation::RenameEnumValue(_)
        | Operation::RenameChoice(_)
        | Operation::AlterEnum(_)
        | Operation::RunSql(_)
        | Operation::RunRust(_)
        | Operation::SeparateDatabaseAndState(_)
        | Operation::CreateExtension(_)
        | Operation::RemoveExtension(_)
        | Operation::CreateCollation(_)
        | Operation::RemoveCollation(_) => true,
    }
}

/// The models of the app that it is about.
fn models(operation: &Operation) -> Vec<&str> {
    match operation {
        Operation::CreateModel(create) => vec![&create.model],
        Operation::DeleteModel(delete) => vec![&delete.model],
        Operation::RenameModel(rename) => vec![&rename.old, &rename.new],
        _ => operation.changed_model().into_iter().collect(),
    }
}

/// The fields it is about, if it is about fields and not about the model, and those that it computes one from.
fn field_names(operation: &Operation) -> Vec<&str> {
    fn with_read(field: &FieldDef) -> Vec<&str> {
        let made = field.generated_as.iter();
        let mut names: Vec<&str> = made.flat_map(|made| made.expression.fields()).collect();
        names.push(&field.name);
        names
    }
    match operation {
        Operation::AddField(add) => with_read(&add.field),
        Operation::AlterField(alter) => with_read(&alter.field),
        Operation::RemoveField(remove) => vec![&remove.field],
        Operation::RenameField(rename) => vec![&rename.old, &rename.new],
        _ => Vec::new(),
    }
}

/// The models it points at.
fn targets(operation: &Operation) -> Vec<&ModelKey> {
    match operation {
        Operation::CreateModel(create) => create
            .fields
            .iter()
            .filter_map(|field| field.to.as_ref())
            .collect(),
        Operation::AddField(add) => add.field.to.iter().collect(),
        Operation::AlterField(alter) => alter.field.to.iter().collect(),
        _ => Vec::new(),
    }
}

fn key(kind: &'static str, model: &str, name: &str) -> Key {
    (kind, model.to_owned(), name.to_owned())
}

/// Under what others look for it.
fn offered(operation: &Operation) -> Vec<Key> {
    let mut keys: Vec<Key> = operation
        .changed_model()
        .map(|model| key("model", model, ""))
        .into_iter()
        .collect();
    match operation {
        Operation::DeleteModel(delete) => {
            keys.push(key("model", &delete.model, ""));
            keys.push(key("deleted", &delete.model, ""));
        }
        Operation::RenameModel(rename) => {
            keys.push(key("model", &rename.old, ""));
            keys.push(key("renamed", &rename.old, ""));
        }
        Operation::MoveModel(moved) => keys.push(key("renamed", &moved.from.model, "")),
        Operation::AlterModelTable(alter) => keys.push(key("table", &alter.model, "")),
        Operation::AlterModelTableComment(alter) => keys.push(key("comment", &alter.model, "")),
        Operation::AlterModelOptions(alter) => keys.push(key("options", &alter.model, "")),
        Operation::AlterField(alter) => keys.push(key("field", &alter.model, &alter.field.name)),
        Operation::RemoveField(remove) => keys.push(key("field", &remove.model, &remove.field)),
        Operation::RenameField(rename) => keys.push(key("field", &rename.model, &rename.old)),
        Operation::RemoveIndex(remove) => keys.push(key("index", &remove.model, &remove.index)),
        Operation::RenameIndex(rename) => keys.push(key("index", &rename.model, &rename.old)),
        Operation::RemoveConstraint(remove) => {
            keys.push(key("constraint", &remove.model, &remove.constraint));
        }
        Operation::AlterConstraint(alter) => {
            keys.push(key("constraint", &alter.model, alter.constraint.name()));
        }
        Operation::DeleteEnum(delete) => keys.push(key("enum", "", &delete.name)),
        Operation::AddEnumValue(add) => keys.push(key("enum", "", &add.name)),
        Operation::RenameEnumValue(rename) => keys.push(key("enum", "", &rename.name)),
        Operation::RenameChoice(rename) => keys.push(key("field", &rename.model, &rename.field)),
        Operation::AlterEnum(alter) => keys.push(key("enum", "", &alter.name)),
        Operation::RemoveExtension(remove) => keys.push(key("extension", "", &remove.name)),
        Operation::RemoveCollation(remove) => keys.push(key("collation", "", &remove.name)),
        _ => {}
    }
    keys
}

/// Under what it looks for others.
fn sought(operation: &Operation) -> Vec<Key> {
    let option = |kind, model: &str| vec![key(kind, model, ""), key("deleted", model, "")];
    match operation {
        Operation::CreateModel(create) => vec![key("model", &create.model, "")],
        Operation::RenameModel(rename) => vec![key("renamed", &rename.new, "")],
        Operation::MoveModel(moved) => vec![key("renamed", &moved.to.model, "")],
        Operation::AlterModelTable(alter) => option("table", &alter.model),
        Operation::AlterModelTableComment(alter) => option("comment", &alter.model),
        Operation::AlterModelOptions(alter) => option("options", &alter.model),
        Operation::AddField(add) => vec![key("field", &add.model, &add.field.name)],
        Operation::AlterField(alter) => vec![key("field", &alter.model, &alter.field.name)],
        Operation::RemoveField(remove) => vec![key("deleted", &remove.model, "")],
        Operation::RenameField(rename) => vec![key("field", &rename.model, &rename.new)],
        Operation::AddIndex(add) => vec![key("index", &add.model, &add.index.name)],
        Operation::RenameIndex(rename) => vec![key("index", &rename.model, &rename.new)],
        Operation::AddConstraint(add) => vec![key("constraint", &add.model, add.constraint.name())],
        Operation::AlterConstraint(alter) => vec![key("constraint", &alter.model, alter.constraint.name())],
        Operation::CreateEnum(create) => vec![key("enum", "", &create.name)],
        Operation::AddEnumValue(add) => vec![key("enum", "", &add.name)],
        Operation::RenameEnumValue(rename) => vec![key("enum", "", &rename.name)],
        Operation::RenameChoice(rename) => vec![
            key("field", &rename.model, &rename.field),
            key("deleted", &rename.model, ""),
        ],
        Operation::AlterEnum(alter) => vec![key("enum", "", &alter.name)],
        Operation::CreateExtension(create) => vec![key("extension", "", &create.name)],
        Operation::CreateCollation(create) => vec![key("collation", "", &create.name)],
        _ => Vec::new(),
    }
}
