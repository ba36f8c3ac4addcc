//! Which fields name other fields: a foreign key the field that it points at, a many-to-many field those of the model that it goes
//! through. An operation that removes or alters such a field does not say what the field named before, but must come before one that
//! takes the named field, or its uniqueness, away.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::operation::{
    AccessKind, ModelRef, ObjectAccess, ObjectAccesses, Operation, SchemaObject,
};
use crate::migrate::state::ProjectState;
use crate::model::FieldDef;

/// The names of the fields that each field of an app names, or has named.
#[derive(Default)]
pub(super) struct Pointers {
    /// By model and field.
    named: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Pointers {
    /// Those of the models before the operations, and those that the operations make.
    pub fn new(before: &ProjectState, operations: &[Operation], app: &str) -> Self {
        let mut pointers = Pointers::default();
        for model in before.models().values().filter(|model| model.app == app) {
            for field in &model.fields {
                pointers.add(&model.name, field);
            }
        }
        for operation in operations {
            let accesses = operation.accesses(app);
            for field in operation.fields() {
                let made = accesses.iter().find_map(|access| match access.object {
                    SchemaObject::Field(of, name)
                        if name == field.name && access.kind != AccessKind::Reads =>
                    {
                        Some(of)
                    }
                    _ => None,
                });
                if let Some(of) = made {
                    pointers.add(of.model, field);
                }
            }
            pointers.rename(&accesses);
        }
        pointers
    }

    fn add(&mut self, model: &str, field: &FieldDef) {
        let named = field.to_field.iter().chain(&field.through_fields);
        let named: Vec<String> = named.cloned().collect();
        if !named.is_empty() {
            let key = (model.to_owned(), field.name.clone());
            self.named.entry(key).or_default().extend(named);
        }
    }

    /// What a field named stays under its earlier name, too: other operations come before the rename.
    fn rename(&mut self, accesses: &ObjectAccesses<'_>) {
        for (of, old, new) in accesses.fields_renamed() {
            for named in self.named.values_mut() {
                if named.contains(old) {
                    named.insert(new.to_owned());
                }
            }
            if let Some(named) = self.named.get(&key(of, old)).cloned() {
                self.named.entry(key(of, new)).or_default().extend(named);
            }
        }
        for (old, new) in accesses.models_renamed() {
            let of_model = self.named.iter().filter(|((model, _), _)| model == old.model);
            let renamed =
                of_model.map(|((_, field), named)| ((new.model.to_owned(), field.clone()), named.clone()));
            let renamed: Vec<_> = renamed.collect();
            for (key, named) in renamed {
                self.named.entry(key).or_default().extend(named);
            }
        }
    }

    /// Whether the operation removes or alters a field that names others.
    pub fn let_go(&self, operation: &ObjectAccesses<'_>) -> bool {
        !self.named.is_empty() && self.let_go_by(operation).next().is_some()
    }

    /// Whether the first operation may let go of what the second takes away.
    pub fn keep_order(&self, first: &ObjectAccesses<'_>, second: &ObjectAccesses<'_>) -> bool {
        self.let_go_by(first).any(|named| {
            second.iter().filter(changes).any(|access| match access.object {
                SchemaObject::Field(_, name) => named.contains(name),
                // Over which fields it is, is not known.
                SchemaObject::Constraint(..) => true,
                _ => false,
            })
        })
    }

    fn let_go_by(&self, operation: &ObjectAccesses<'_>) -> impl Iterator<Item = &BTreeSet<String>> {
        let changed = operation.iter().filter(changes);
        changed.filter_map(|access| match access.object {
            SchemaObject::Field(of, name) => self.named.get(&key(of, name)),
            _ => None,
        })
    }

    /// Whether the operation may take away what a field names.
    pub fn take_away(&self, operation: &ObjectAccesses<'_>) -> bool {
        !self.named.is_empty()
            && operation.iter().filter(changes).any(|access| {
                matches!(
                    access.object,
                    SchemaObject::Field(..) | SchemaObject::Constraint(..)
                )
            })
    }
}

fn key(of: ModelRef<'_>, field: &str) -> (String, String) {
    (of.model.to_owned(), field.to_owned())
}

/// Whether what was there is not what it was.
fn changes(access: &ObjectAccess<'_>) -> bool {
    matches!(access.kind, AccessKind::Deletes | AccessKind::Alters)
}
