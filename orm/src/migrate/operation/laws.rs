//! Law: what operations declare as accesses is what they do to states.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::testing::attempts::{attempts, beginning, fitting};
use super::{
    AccessKind, AddConstraint, AddField, AddIndex, AddTableObject, AlterModelOptions, ModelRef,
    ObjectAccesses, Operation, SchemaObject,
};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey};

/// A thing by its words.
type Name = String;

fn name(object: SchemaObject<'_>) -> Name {
    format!("{object:?}")
}

/// A thing that a state has.
struct Part {
    definition: String,
    /// The model that it is of.
    owner: Option<ModelKey>,
    /// What it is defined over.
    reads: Vec<Name>,
}

/// Everything that a state has.
struct Parts(BTreeMap<Name, Part>);

impl Parts {
    fn of(state: &ProjectState) -> Self {
        let mut parts = Parts(BTreeMap::new());
        for (key, model) in state.models() {
            parts.add_model(key, model);
        }
        for (key, values) in state.enums() {
            parts.add(SchemaObject::Enum(&key.app, &key.name), format!("{values:?}"));
        }
        parts
    }

    fn add(&mut self, object: SchemaObject<'_>, definition: String) {
        let part = Part {
            definition,
            owner: object.model().map(ModelRef::key),
            reads: Vec::new(),
        };
        self.0.insert(name(object), part);
    }

    /// A thing that an operation would define so.
    fn add_defined(&mut self, object: SchemaObject<'_>, by: impl Into<Operation>) {
        let by = by.into();
        self.add(object, format!("{by:?}"));
        let app = object.model().unwrap().app;
        if let Some(part) = self.0.get_mut(&name(object)) {
            let accesses = by.accesses(app);
            let reads = accesses.iter().filter(|access| access.kind == AccessKind::Reads);
            part.reads = reads.map(|access| name(access.object)).collect();
        }
    }

    fn add_model(&mut self, key: &ModelKey, model: &ModelDef) {
        let of = ModelRef::from(key);
        let owner = || model.name.clone();
        self.add(SchemaObject::Model(of), String::new());
        self.add(SchemaObject::ModelTable(of), format!("{:?}", model.table));
        self.add(SchemaObject::Comment(of), format!("{:?}", model.comment));
        self.add(SchemaObject::Storage(of), format!("{:?}", model.storage));
        self.add_defined(SchemaObject::Options(of), AlterModelOptions::of(model));
        if let Some(view) = &model.view {
            self.add(SchemaObject::View(of), format!("{view:?}"));
        }
        for field in &model.fields {
            let add = AddField {
                model: owner(),
                field: field.clone(),
                fill: None,
            };
            self.add_defined(SchemaObject::Field(of, &field.name), add);
        }
        for index in &model.indexes {
            let add = AddIndex {
                model: owner(),
                index: index.clone(),
            };
            self.add_defined(SchemaObject::Index(of, &index.name), add);
        }
        for constraint in &model.constraints {
            let add = AddConstraint {
                model: owner(),
                constraint: constraint.clone(),
            };
            self.add_defined(SchemaObject::Constraint(of, constraint.name()), add);
        }
        for object in &model.objects {
            let add = AddTableObject {
                model: owner(),
                object: object.clone(),
            };
            self.add_defined(SchemaObject::TableObject(of, object.kind(), object.name()), add);
        }
    }

    fn has(&self, object: SchemaObject<'_>) -> bool {
        self.0.contains_key(&name(object))
    }

    /// Whether a thing follows what is touched: it is over what has another name or allows other strings from here on.
    fn follows(&self, part: &Part, accesses: &ObjectAccesses<'_>) -> bool {
        part.reads.iter().any(|read| {
            let mut all = accesses.iter().filter(|access| name(access.object) == *read);
            let declared = all.any(|access| match access.object {
                SchemaObject::Enum(..) => access.kind.finds(),
                _ => matches!(access.kind, AccessKind::ReleasesName | AccessKind::RenamesValue),
            });
            declared || self.0.get(read).is_some_and(|read| self.follows(read, accesses))
        })
    }
}

/// What is different after an operation and neither said by it nor follows from what it says.
fn unsaid(before: &Parts, accesses: &ObjectAccesses<'_>, after: &Parts) -> Vec<Name> {
    let said = |is_it: &dyn Fn(SchemaObject<'_>) -> bool, fits: &dyn Fn(AccessKind) -> bool| {
        let mut all = accesses.iter();
        all.any(|access| is_it(access.object) && fits(access.kind))
    };
    let mut unsaid = Vec::new();
    for object in before.0.keys().chain(after.0.keys()) {
        let (old, new) = (before.0.get(object), after.0.get(object));
        let fits = |kind: AccessKind| match (old, new) {
            (None, Some(_)) => kind.leaves_behind(),
            (Some(_), None) => matches!(kind, AccessKind::Deletes | AccessKind::ReleasesName),
            _ => kind.finds() && kind.leaves_behind(),
        };
        let owner = old.or(new).and_then(|part| part.owner.as_ref());
        let own = |other: SchemaObject<'_>| name(other) == *object;
        let owners =
            |other: SchemaObject<'_>| owner.is_some_and(|key| other == SchemaObject::Model(key.into()));
        let is_same = match (old, new) {
            (Some(old), Some(new)) => old.definition == new.definition || before.follows(old, accesses),
            _ => false,
        };
        if !is_same && !said(&own, &fits) && !said(&owners, &fits) {
            unsaid.push(object.clone());
        }
    }
    unsaid
}

/// What an operation says that is not so.
fn untrue(before: &Parts, accesses: &ObjectAccesses<'_>, after: &Parts) -> Vec<String> {
    let orders = accesses
        .iter()
        .any(|access| matches!(access.object, SchemaObject::Options(_)));
    let untrue = accesses.iter().filter(|access| {
        let (old, new) = (before.has(access.object), after.has(access.object));
        let is_in_states = match access.object {
            SchemaObject::Model(_)
            | SchemaObject::ModelTable(_)
            | SchemaObject::Comment(_)
            | SchemaObject::Storage(_)
            | SchemaObject::Options(_)
            | SchemaObject::View(_)
            | SchemaObject::Field(..)
            | SchemaObject::Index(..)
            | SchemaObject::Constraint(..)
            | SchemaObject::TableObject(..)
            | SchemaObject::Enum(..) => true,
            SchemaObject::Anything
            | SchemaObject::JoinTable(..)
            | SchemaObject::Table(_)
            | SchemaObject::Extension(_)
            | SchemaObject::Collation(_) => false,
        };
        let is_so = match access.kind {
            // An ordering may come before what it is over; what is new may be over itself.
            AccessKind::Reads => orders || new,
            AccessKind::Ensures => new,
            AccessKind::Extends | AccessKind::Alters | AccessKind::RenamesValue => old && new,
            AccessKind::Creates | AccessKind::ClaimsName => !old && new,
            AccessKind::Deletes | AccessKind::ReleasesName => old && !new,
        };
        is_in_states && !is_so
    });
    untrue
        .map(|access| format!("{:?} {:?}", access.kind, access.object))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn an_operation_touches_what_it_changes_and_changes_what_it_says((start, attempts) in attempts()) {
        let fitting = fitting(start, &attempts);
        let mut state = beginning();
        let own = |operations: Vec<Operation>, app| operations.into_iter().map(move |operation| (app, operation));
        let all = own(fitting.first, "a").chain(own(fitting.outside, "b")).chain(own(fitting.operations, "a"));
        for (app, operation) in all {
            let before = Parts::of(&state);
            operation.state_forwards(app, &mut state).unwrap();
            let after = Parts::of(&state);
            let accesses = operation.accesses(app);
            let none: Vec<String> = Vec::new();
            prop_assert_eq!(unsaid(&before, &accesses, &after), none.clone(), "unsaid by {}", operation.line());
            prop_assert_eq!(untrue(&before, &accesses, &after), none, "untrue of {}", operation.line());
        }
    }
}
