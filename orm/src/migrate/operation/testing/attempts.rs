//! Lists of operations for laws, drawn from the words of operations: what comes to mind, as far as it fits.

use proptest::prelude::*;

use super::operations;
use crate::migrate::operation::Operation;
use crate::migrate::state::ProjectState;
use crate::migrate::testing::models;
use crate::model::{ModelKey, OrderingTerm};

const MODELS: [&str; 4] = ["A", "B", "C", "D"];
const FIELDS: [&str; 4] = ["x", "y", "z", "w"];
const VALUES: [&str; 4] = ["p", "q", "r", "s"];
const TYPES: [&str; 17] = [
    "int",
    "int default=1",
    "int null",
    "text",
    "int fill=3",
    "text column=c",
    "fk=A null",
    "m2m=B",
    "fk=b.Other",
    "choices enum=m",
    "choices enum=m default=q",
    "int of=z",
    "choices strings=p|q default=p",
    "choices strings=q|r|s",
    "bool is=z:p",
    "m2m=B through=C",
    "m2m=A symmetrical",
];

/// What an index says beside a field; `?` is another field, or the same.
const INDEXES: [&str; TYPES.len()] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " where=?",
    " where=?",
    " is_null=?",
    " is_null=?",
    " is_null=? where=?",
    " include=?",
    " where=? include=?",
];

/// What is unique, or excluded.
const CONSTRAINTS: [&str; TYPES.len()] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " where=?",
    " where=?",
    " is_null=?",
    " is_null=? where=?",
    " include=?",
    " nulls",
    " later",
    "exclude",
    "exclude more",
];

/// Whether every database can do what is attempted.
pub(in crate::migrate) fn everywhere(attempt: &Attempt) -> bool {
    let (kind, .., at) = *attempt;
    match kind {
        21 => at < 13,
        24 => at < 10,
        _ => true,
    }
}

/// An attempt at an operation, as it comes to mind: which, of what, what else, and more.
pub(in crate::migrate) type Attempt = (usize, usize, usize, usize, usize);

pub(in crate::migrate) fn attempts() -> impl Strategy<Value = (usize, Vec<Attempt>)> {
    let attempt = (0..37_usize, 0..4_usize, 0..4_usize, 0..4_usize, 0..17_usize);
    (0..40_usize, proptest::collection::vec(attempt, 0..90))
}

/// The attempt in words; several operations where one alone would be a mistake.
fn text((kind, model, one, other, ty): Attempt) -> String {
    let (m, n) = (MODELS[model], MODELS[one]);
    let (x, y) = (FIELDS[one], FIELDS[other]);
    let (p, q) = (VALUES[one], VALUES[other]);
    let at = ty;
    let ty = TYPES[ty];
    match kind {
        0 => format!("create {m}, id int pk, {x} {ty}"),
        1 => format!("create {m} unmanaged, id int pk"),
        2 => format!("delete {m}"),
        3 => format!("rename {m} {n}"),
        4 => format!("table {m} {x}"),
        5 => format!("comment {m} {x}"),
        6 => format!("options {m} {x}"),
        7 => format!("options {m} unmanaged"),
        8 => format!("options {m} -{x}; add {m}.{x} int"),
        9..=12 => format!("add {m}.{x} {ty}"),
        13 | 14 => format!("remove {m}.{x}"),
        15..=17 => format!("alter {m}.{x} {ty}"),
        18..=20 => format!("rename {m}.{x} {y}"),
        21 => format!("index {m} i{x} {y}{}", INDEXES[at].replace('?', x)),
        22 => format!("unindex {m} i{x}"),
        23 => format!("reindex {m} i{x} i{y}"),
        24 => match CONSTRAINTS[at] {
            "exclude" => format!("exclude {m} u{x} {y}:="),
            "exclude more" => format!("exclude {m} u{x} {y}:= is_null={x}:<> where={x} include={x} later"),
            more => format!("unique {m} u{x} {y}{}", more.replace('?', x)),
        },
        25 => format!("drop {m} u{x}"),
        26 => format!("say {m} u{x} {y} {p}"),
        27 if other < 2 => format!("enum m q {p}"),
        27 => "no enum m".to_owned(),
        28 if other < 2 => format!("value m {p}"),
        28 => format!("values m q {p}"),
        29 if other == 0 => "sql by hand".to_owned(),
        30 | 31 => format!("spell {m}.{x} {p} {q}"),
        32 => format!("hold {m} u{x} {y} {p}"),
        33 => format!("move {m} a.{n} {x}"),
        34 if other < 2 => format!("move {m} b.{n}"),
        34 => format!("bring b.{m} {n}"),
        35 if other == 0 => format!("apart {m} {x}"),
        35 => format!("collation {x}"),
        36 => format!("collation {x}; comment {m} {y}; no collation {x}"),
        _ => format!("respell m {p} {q}"),
    }
}

/// Whether the ordering of every model is over fields that it has: an app in use has no other.
fn in_order(state: &ProjectState) -> bool {
    state.models().values().all(|model| {
        let mut names = model
            .ordering
            .iter()
            .map(|written| OrderingTerm::parse(written).own_field());
        names.all(|name| model.field(name).is_some())
    })
}

/// A state, and operations that fit it.
pub(in crate::migrate) struct Fitting {
    /// Operations of the app `a` that lead to the state, then those of `b`.
    pub(in crate::migrate) first: Vec<Operation>,
    pub(in crate::migrate) outside: Vec<Operation>,
    pub(in crate::migrate) base: ProjectState,
    pub(in crate::migrate) operations: Vec<Operation>,
}

/// The state that every list starts from.
pub(in crate::migrate) fn beginning() -> ProjectState {
    ProjectState::from_models(&models("b.Other\n  x int")).unwrap()
}

/// The attempts that fit a state, each by itself.
pub(in crate::migrate) fn fitting_alone(base: &ProjectState, attempts: &[Attempt]) -> Vec<Operation> {
    let fits = |operation: &Operation| {
        let mut after = base.clone();
        operation.state_forwards("a", &mut after).is_ok() && in_order(&after)
    };
    let all = attempts.iter().flat_map(|attempt| operations(&text(*attempt)));
    all.filter(fits).collect()
}

pub(in crate::migrate) fn fitting(start: usize, attempts: &[Attempt]) -> Fitting {
    let mut state = beginning();
    let mut fitting = Fitting {
        first: Vec::new(),
        outside: Vec::new(),
        base: state.clone(),
        operations: Vec::new(),
    };
    for (at, attempt) in attempts.iter().enumerate() {
        let mut after = state.clone();
        let new = operations(&text(*attempt));
        let fits = new
            .iter()
            .all(|operation| operation.state_forwards("a", &mut after).is_ok());
        if fits && in_order(&after) {
            state = after;
            fitting.operations.extend(new);
        }
        if at == start {
            // Another app points in, too.
            if state.model(&ModelKey::new("a", "A")).is_some() {
                fitting.outside = operations("add Other.f fk=a.A null");
            }
            for operation in &fitting.outside {
                operation.state_forwards("b", &mut state).unwrap();
            }
            fitting.base = state.clone();
            fitting.first = std::mem::take(&mut fitting.operations);
        }
    }
    fitting
}
