//! Views: changed after what they come to read is there, and before what they read goes.

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::ModelPair;
use crate::error::{Error, Result};
use crate::migrate::operation::{AlterView, Operation, RemoveConstraint, RemoveIndex, RemoveTableObject};
use crate::model::{FieldDef, ModelKey};
use crate::schema::same_queries;

impl Detector<'_> {
    /// # Errors
    /// If a model with a table becomes a view, or the other way: rows would be dropped without a word.
    pub(super) fn refuse_tables_as_views(&self, pairs: &[ModelPair<'_>]) -> Result<()> {
        let changed = |pair: &&ModelPair<'_>| pair.old.view.is_some() != pair.new.view.is_some();
        match pairs.iter().find(changed) {
            None => Ok(()),
            Some(pair) => {
                let (before, now) = match pair.new.view.is_some() {
                    true => ("a table", "a view"),
                    false => ("a view", "a table"),
                };
                Err(
                    Error::unsupported(format!("{} was {before} and is {now}", pair.key)).with_hint(
                        "make it in two rounds: take the model out and run makemigrations, which says what goes with it, then add it",
                    ),
                )
            }
        }
    }

    /// The columns of a view come with its query, so all of them change at once.
    pub(super) fn altered_views(&mut self, pairs: &[ModelPair<'_>]) {
        for pair in pairs {
            let (Some(before), Some(now)) = (&pair.old.view, &pair.new.view) else {
                continue;
            };
            let mut before = before.clone();
            for read in &mut before.reads {
                if let Some(new) = self.renamed_to.get(read) {
                    read.clone_from(new);
                }
            }
            let mut same = now.clone();
            before.reads.sort();
            same.reads.sort();
            if same_queries(&before, now) {
                // Other white space is no change.
                before.take_queries(now);
            }
            if before == same && pair.old.fields == pair.new.fields {
                continue;
            }
            let mut operation = DetectedOperation::new(AlterView {
                model: pair.model(),
                fields: pair.new.fields.clone(),
                view: now.clone(),
            });
            for field in &pair.old.fields {
                let id = (pair.key.clone(), field.name.clone());
                operation.provide(Dependency::RemoveField(id.0.clone(), id.1.clone()));
                operation.provide(Dependency::AlterField(id.0, id.1));
            }
            let targets = pair.new.refers_to().cloned().map(Dependency::CreateModel);
            let mut must: Vec<Dependency> = self.after_rename(&pair.key);
            must.extend(targets);
            self.push(pair.app(), operation.must(must));
        }
    }

    /// What makes, changes or drops a view has its place among the changes of what the view reads: behind those that the new query may
    /// need, and before those that take away what the old one may use.
    pub(super) fn order_views(&mut self) {
        let (from, renamed_to) = (self.from, &self.renamed_to);
        let now = |key: &ModelKey| renamed_to.get(key).unwrap_or(key).clone();
        let mut let_go: BTreeMap<ModelKey, Vec<Dependency>> = BTreeMap::new();
        let mut readers = Readers::default();
        let mut unindexed: BTreeMap<ModelKey, Vec<Dependency>> = BTreeMap::new();
        for (app, operation) in self.all_detected() {
            match &operation.operation {
                Operation::CreateModel(create) if create.view.is_some() => {
                    readers.add(
                        app,
                        &create.model,
                        create.view.iter().flat_map(|view| &view.reads),
                    );
                }
                Operation::AlterView(alter) => {
                    readers.add(app, &alter.model, &alter.view.reads);
                    let key = ModelKey::new(app, &alter.model);
                    let old = from.models().values().find(|old| now(&old.key()) == key);
                    let reads = old.into_iter().flat_map(|old| old.reads()).map(now);
                    lets_go(&mut let_go, reads, &Dependency::AlterView(key));
                }
                Operation::DeleteModel(delete) => {
                    let key = ModelKey::new(app, &delete.model);
                    let old = from.model(&key);
                    let reads = old.into_iter().flat_map(|old| old.reads()).map(now);
                    lets_go(&mut let_go, reads, &Dependency::RemoveModel(key));
                }
                Operation::RemoveIndex(RemoveIndex { model, index: name })
                | Operation::RemoveConstraint(RemoveConstraint {
                    model,
                    constraint: name,
                })
                | Operation::RemoveTableObject(RemoveTableObject { model, name, .. }) => {
                    let view = ModelKey::new(app, model);
                    let gone = Dependency::RemoveIndexOrConstraint(view.clone(), name.clone());
                    unindexed.entry(view).or_default().push(gone);
                }
                _ => {}
            }
        }
        if readers.reads.is_empty() && let_go.is_empty() {
            return;
        }
        for (app, found) in self.first.iter_mut().chain(&mut self.detected) {
            for operation in found {
                let renamed = renamed_by(app, operation);
                for of in renamed.iter().flat_map(|of| let_go.get(of)).flatten() {
                    // What a deleted view names has to be there on the way back.
                    if matches!(of, Dependency::RemoveModel(_)) {
                        operation.must.push(of.clone());
                    }
                }
                if let Some(of) = readers.changed_by(app, operation) {
                    operation.provide(Dependency::ReshapeTable(of));
                }
                if let Some(view) = made_view(app, operation) {
                    let reads = readers.reads.get(&view).into_iter().flatten();
                    operation
                        .must
                        .extend(reads.cloned().map(Dependency::ReshapeTable));
                    operation
                        .must
                        .extend(unindexed.remove(&view).into_iter().flatten());
                }
                if let Some(view) = readers.index_added(app, operation) {
                    operation.must.push(Dependency::AlterView(view));
                }
                if let Some(of) = taken_by(app, operation) {
                    let waits = let_go.get(&of).into_iter().flatten();
                    operation.must.extend(waits.cloned());
                }
            }
        }
    }
}

/// The views that are made or changed, and the models that they come to read.
#[derive(Default)]
pub(super) struct Readers {
    reads: BTreeMap<ModelKey, Vec<ModelKey>>,
    read: BTreeSet<ModelKey>,
}

impl Readers {
    fn add<'k>(&mut self, app: &str, view: &str, reads: impl IntoIterator<Item = &'k ModelKey>) {
        let reads: Vec<ModelKey> = reads.into_iter().cloned().collect();
        self.read.extend(reads.iter().cloned());
        self.reads.insert(ModelKey::new(app, view), reads);
    }

    /// Models that something else reads than a view.
    pub(super) fn read_too<'k>(&mut self, reads: impl IntoIterator<Item = &'k ModelKey>) {
        self.read.extend(reads.into_iter().cloned());
    }

    fn points_at_one(&self, field: &FieldDef) -> bool {
        field.refers_to().any(|to| self.reads.contains_key(to))
    }

    /// The model whose columns or table an operation gives what a view may need.
    pub(super) fn changed_by(&self, app: &str, operation: &DetectedOperation) -> Option<ModelKey> {
        let key = match &operation.operation {
            Operation::CreateModel(create) => ModelKey::new(app, &create.model),
            Operation::AlterView(alter) => ModelKey::new(app, &alter.model),
            Operation::RenameModel(rename) => ModelKey::new(app, &rename.new),
            Operation::MoveModel(moved) => moved.to.clone(),
            Operation::AlterModelTable(alter) => ModelKey::new(app, &alter.model),
            // What points at a view comes after it.
            Operation::AddField(add) if self.points_at_one(&add.field) => return None,
            Operation::AlterField(alter) if self.points_at_one(&alter.field) => return None,
            Operation::AddField(add) => ModelKey::new(app, &add.model),
            Operation::AlterField(alter) => ModelKey::new(app, &alter.model),
            Operation::RenameField(rename) => ModelKey::new(app, &rename.model),
            _ => return None,
        };
        self.read.contains(&key).then_some(key)
    }

    /// The view that an operation gives an index or a grant, if its query changes, too.
    fn index_added(&self, app: &str, operation: &DetectedOperation) -> Option<ModelKey> {
        let model = match &operation.operation {
            Operation::AddIndex(add) => &add.model,
            Operation::AddConstraint(add) => &add.model,
            Operation::AddTableObject(add) => &add.model,
            _ => return None,
        };
        let key = ModelKey::new(app, model);
        self.reads.contains_key(&key).then_some(key)
    }
}

/// What a view that is changed or dropped reads so far goes after that.
fn lets_go(
    let_go: &mut BTreeMap<ModelKey, Vec<Dependency>>,
    reads: impl Iterator<Item = ModelKey>,
    change: &Dependency,
) {
    for read in reads {
        let_go.entry(read).or_default().push(change.clone());
    }
}

fn made_view(app: &str, operation: &DetectedOperation) -> Option<ModelKey> {
    match &operation.operation {
        Operation::CreateModel(create) => create.view.as_ref().map(|_| ModelKey::new(app, &create.model)),
        Operation::AlterView(alter) => Some(ModelKey::new(app, &alter.model)),
        _ => None,
    }
}

/// The model of which an operation renames something that a view names.
pub(super) fn renamed_by(app: &str, operation: &DetectedOperation) -> Option<ModelKey> {
    Some(match &operation.operation {
        Operation::RenameModel(rename) => ModelKey::new(app, &rename.new),
        Operation::MoveModel(moved) => moved.to.clone(),
        Operation::AlterModelTable(alter) => ModelKey::new(app, &alter.model),
        Operation::RenameField(rename) => ModelKey::new(app, &rename.model),
        _ => return None,
    })
}

/// The model of which an operation takes away what a view may use.
pub(super) fn taken_by(app: &str, operation: &DetectedOperation) -> Option<ModelKey> {
    match &operation.operation {
        Operation::DeleteModel(delete) => Some(ModelKey::new(app, &delete.model)),
        Operation::RemoveField(remove) => Some(ModelKey::new(app, &remove.model)),
        _ => None,
    }
}
