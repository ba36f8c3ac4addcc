//! What operations say that they touch, held against what they do to states.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::testing::attempts::{attempts, beginning, fitting};
use super::{
    AddConstraint, AddField, AddIndex, AlterModelOptions, Contract, How, Of, Operation, Thing, Touches,
};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey};

/// A thing by its words.
type Name = String;

fn name(thing: Thing<'_>) -> Name {
    format!("{thing:?}")
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
            parts.add(Thing::Enum(&key.app, &key.name), format!("{values:?}"));
        }
        parts
    }

    fn add(&mut self, thing: Thing<'_>, definition: String) {
        let part = Part {
            definition,
            owner: thing.model().map(Of::key),
            reads: Vec::new(),
        };
        self.0.insert(name(thing), part);
    }

    /// A thing that an operation would define so.
    fn add_defined(&mut self, thing: Thing<'_>, by: impl Into<Operation>) {
        let by = by.into();
        self.add(thing, format!("{by:?}"));
        let app = thing.model().unwrap().app;
        if let Some(part) = self.0.get_mut(&name(thing)) {
            let touches = by.touches(app);
            let reads = touches.iter().filter(|touch| touch.how == How::Reads);
            part.reads = reads.map(|touch| name(touch.thing)).collect();
        }
    }

    fn add_model(&mut self, key: &ModelKey, model: &ModelDef) {
        let of = Of::from(key);
        let owner = || model.name.clone();
        self.add(Thing::Model(of), String::new());
        self.add(Thing::TableOf(of), format!("{:?}", model.table));
        self.add(Thing::Comment(of), format!("{:?}", model.comment));
        self.add_defined(Thing::Options(of), AlterModelOptions::of(model));
        for field in &model.fields {
            let add = AddField {
                model: owner(),
                field: field.clone(),
                fill: None,
            };
            self.add_defined(Thing::Field(of, &field.name), add);
        }
        for index in &model.indexes {
            let add = AddIndex {
                model: owner(),
                index: index.clone(),
            };
            self.add_defined(Thing::Index(of, &index.name), add);
        }
        for constraint in &model.constraints {
            let add = AddConstraint {
                model: owner(),
                constraint: constraint.clone(),
            };
            self.add_defined(Thing::Constraint(of, constraint.name()), add);
        }
    }

    fn has(&self, thing: Thing<'_>) -> bool {
        self.0.contains_key(&name(thing))
    }

    /// Whether a thing follows what is touched: it is over what has another name or allows other strings from here on.
    fn follows(&self, part: &Part, touches: &Touches<'_>) -> bool {
        part.reads.iter().any(|read| {
            let mut all = touches.iter().filter(|touch| name(touch.thing) == *read);
            let told = all.any(|touch| match touch.thing {
                Thing::Enum(..) => touch.how.finds(),
                _ => matches!(touch.how, How::Leaves | How::Respells),
            });
            told || self.0.get(read).is_some_and(|read| self.follows(read, touches))
        })
    }
}

/// What is different after an operation and neither said by it nor follows from what it says.
fn unsaid(before: &Parts, touches: &Touches<'_>, after: &Parts) -> Vec<Name> {
    let said = |is_it: &dyn Fn(Thing<'_>) -> bool, fits: &dyn Fn(How) -> bool| {
        let mut all = touches.iter();
        all.any(|touch| is_it(touch.thing) && fits(touch.how))
    };
    let mut unsaid = Vec::new();
    for thing in before.0.keys().chain(after.0.keys()) {
        let (old, new) = (before.0.get(thing), after.0.get(thing));
        let fits = |how: How| match (old, new) {
            (None, Some(_)) => how.leaves_behind(),
            (Some(_), None) => matches!(how, How::Deletes | How::Leaves),
            _ => how.finds() && how.leaves_behind(),
        };
        let owner = old.or(new).and_then(|part| part.owner.as_ref());
        let own = |other: Thing<'_>| name(other) == *thing;
        let owners = |other: Thing<'_>| owner.is_some_and(|key| other == Thing::Model(key.into()));
        let is_same = match (old, new) {
            (Some(old), Some(new)) => old.definition == new.definition || before.follows(old, touches),
            _ => false,
        };
        if !is_same && !said(&own, &fits) && !said(&owners, &fits) {
            unsaid.push(thing.clone());
        }
    }
    unsaid
}

/// What an operation says that is not so.
fn untrue(before: &Parts, touches: &Touches<'_>, after: &Parts) -> Vec<String> {
    let orders = touches
        .iter()
        .any(|touch| matches!(touch.thing, Thing::Options(_)));
    let untrue = touches.iter().filter(|touch| {
        let (old, new) = (before.has(touch.thing), after.has(touch.thing));
        let is_in_states = match touch.thing {
            Thing::Model(_)
            | Thing::TableOf(_)
            | Thing::Comment(_)
            | Thing::Options(_)
            | Thing::Field(..)
            | Thing::Index(..)
            | Thing::Constraint(..)
            | Thing::Enum(..) => true,
            Thing::Anything
            | Thing::JoinTable(..)
            | Thing::Table(_)
            | Thing::Extension(_)
            | Thing::Collation(_) => false,
        };
        let is_so = match touch.how {
            // An ordering may come before what it is over; what is new may be over itself.
            How::Reads => orders || new,
            How::Ensures => new,
            How::Extends | How::Alters | How::Respells => old && new,
            How::Creates | How::Takes => !old && new,
            How::Deletes | How::Leaves => old && !new,
        };
        is_in_states && !is_so
    });
    untrue
        .map(|touch| format!("{:?} {:?}", touch.how, touch.thing))
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
            let touches = operation.touches(app);
            let none: Vec<String> = Vec::new();
            prop_assert_eq!(unsaid(&before, &touches, &after), none.clone(), "unsaid by {}", operation.line());
            prop_assert_eq!(untrue(&before, &touches, &after), none, "untrue of {}", operation.line());
        }
    }
}
