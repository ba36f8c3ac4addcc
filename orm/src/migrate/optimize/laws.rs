//! Laws of lists of operations, over models of several apps that point at each other.

use std::borrow::Cow;

use proptest::prelude::*;

use super::tests::lines;
use super::*;
use crate::migrate::file::{self, MigrationFile, MigrationKey};
use crate::migrate::graph::inverses;
use crate::migrate::graph::replay;
use crate::migrate::operation::testing::operations;
use crate::migrate::state::ProjectState;
use crate::migrate::testing::models;
use crate::model::ModelKey;

const MODELS: [&str; 4] = ["A", "B", "C", "D"];
const FIELDS: [&str; 4] = ["x", "y", "z", "w"];
const VALUES: [&str; 4] = ["p", "q", "r", "s"];
const TYPES: [&str; 12] = [
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
];

/// An attempt at an operation, as it comes to mind: which, of what, what else, and more.
pub(super) type Attempt = (usize, usize, usize, usize, usize);

pub(super) fn attempts() -> impl Strategy<Value = (usize, Vec<Attempt>)> {
    let attempt = (0..30_usize, 0..4_usize, 0..4_usize, 0..4_usize, 0..12_usize);
    (0..40_usize, proptest::collection::vec(attempt, 0..90))
}

/// The attempt in words; several operations where one alone would be a mistake.
fn text((kind, model, one, other, ty): Attempt) -> String {
    let (m, n) = (MODELS[model], MODELS[one]);
    let (x, y) = (FIELDS[one], FIELDS[other]);
    let (p, q) = (VALUES[one], VALUES[other]);
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
        21 => format!("index {m} i{x} {y}"),
        22 => format!("unindex {m} i{x}"),
        23 => format!("reindex {m} i{x} i{y}"),
        24 => format!("unique {m} u{x} {y}"),
        25 => format!("drop {m} u{x}"),
        26 => format!("say {m} u{x} {y} {p}"),
        27 if other < 2 => format!("enum m q {p}"),
        27 => "no enum m".to_owned(),
        28 if other < 2 => format!("value m {p}"),
        28 => format!("values m q {p}"),
        29 if other == 0 => "sql by hand".to_owned(),
        _ => format!("respell m {p} {q}"),
    }
}

/// Whether the ordering of every model is over fields that it has: an app in use has no other.
fn in_order(state: &ProjectState) -> bool {
    state.models().values().all(|model| {
        let mut names = model.ordering.iter().map(|name| name.trim_start_matches('-'));
        names.all(|name| model.field(name).is_some())
    })
}

/// A state, and operations that fit it.
pub(super) struct Fitting {
    /// Operations of the app `a` that lead to the state, then those of `b`.
    pub first: Vec<Operation>,
    pub outside: Vec<Operation>,
    pub base: ProjectState,
    pub operations: Vec<Operation>,
}

pub(super) fn fitting(start: usize, attempts: &[Attempt]) -> Fitting {
    let mut state = ProjectState::from_models(&models("b.Other\n  x int")).unwrap();
    let mut fitting = Fitting {
        first: Vec::new(),
        outside: Vec::new(),
        base: state.clone(),
        operations: Vec::new(),
    };
    for (at, attempt) in attempts.iter().enumerate() {
        let mut after = state.clone();
        let operations = operations(&text(*attempt));
        let fits = operations
            .iter()
            .all(|operation| operation.state_forwards("a", &mut after).is_ok());
        if fits && in_order(&after) {
            state = after;
            fitting.operations.extend(operations);
        }
        if at == start {
            // Another app points in, too.
            if state.model(&ModelKey::new("a", "A")).is_some() {
                fitting.outside = self::operations("add Other.f fk=a.A null");
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

fn after(base: &ProjectState, operations: &[Operation]) -> crate::Result<ProjectState> {
    let mut state = base.clone();
    for operation in operations {
        operation.state_forwards("a", &mut state)?;
    }
    Ok(state)
}

/// The search by its definition: everything is held against everything.
fn by_definition(operations: &[Operation]) -> Vec<Operation> {
    let mut list = without_elidable(operations.to_vec());
    while let Some(shorter) = one_pass(&list) {
        list = shorter;
    }
    list
}

fn one_pass(list: &[Operation]) -> Option<Vec<Operation>> {
    let strands = |at: usize, other: &Operation| match (&list[at], other) {
        (Operation::AddField(add), Operation::RenameField(rename)) => list[..at].iter().any(|earlier| {
            matches!(earlier, Operation::AlterModelOptions(options) if options.model == add.model
                && options.ordering.iter().any(|name| name.trim_start_matches('-') == rename.old))
        }),
        _ => false,
    };
    for (at, operation) in list.iter().enumerate() {
        let mut right = true;
        for other_at in at + 1..list.len() {
            let (other, between) = (&list[other_at], &list[at + 1..other_at]);
            match operation.reduce(other, "a") {
                Reduction::Hop => {}
                Reduction::Barrier => right = false,
                Reduction::Replace(both) => {
                    let left = || {
                        let behind = between.iter().map(|between| between.behind(other, "a"));
                        behind
                            .map(|behind| behind.map(Cow::into_owned))
                            .collect::<Option<Vec<_>>>()
                    };
                    let middle = match right {
                        _ if strands(at, other) => break,
                        true => [between, &both].concat(),
                        false => match left() {
                            Some(behind) => [both, behind].concat(),
                            None => break,
                        },
                    };
                    return Some([&list[..at], &middle, &list[other_at + 1..]].concat());
                }
            }
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn fewer_operations_lead_to_the_same_state((start, attempts) in attempts()) {
        let Fitting { base, operations: before, .. } = fitting(start, &attempts);
        let optimized = optimize(before.clone(), "a");
        let show = || format!("{}\n---\n{}", lines(&before), lines(&optimized));
        prop_assert!(optimized.len() <= before.len());
        match after(&base, &optimized) {
            Ok(state) => prop_assert!(state.agrees_with(&after(&base, &before).unwrap()), "{}", show()),
            Err(error) => prop_assert!(false, "{error}\n{}", show()),
        }
        prop_assert_eq!(&optimize(optimized.clone(), "a"), &optimized, "{}", show());
    }

    #[test]
    fn what_is_searched_is_what_there_is_to_find((start, attempts) in attempts()) {
        let before = fitting(start, &attempts).operations;
        let (ours, defined) = (optimize(before.clone(), "a"), by_definition(&before));
        prop_assert!(
            ours == defined,
            "{}\n--- ours\n{}\n--- by definition\n{}", lines(&before), lines(&ours), lines(&defined)
        );
    }

    #[test]
    fn the_way_back_leads_to_where_the_way_began((start, attempts) in attempts()) {
        let Fitting { base, operations: before, .. } = fitting(start, &attempts);
        let file = MigrationFile::new(MigrationKey::new("a", "0001_x"), false, Vec::new(), before).unwrap();
        let by_hand = file.operations.iter().any(|operation| !operation.reversible());
        let mut state = base.clone();
        let back = inverses(&file, &mut state);
        prop_assert_eq!(back.is_err(), by_hand);
        if let Ok(back) = back {
            let state = after(&state, &back).unwrap();
            prop_assert!(state.agrees_with(&base));
        }
    }

    #[test]
    fn a_file_reads_as_it_was_written((start, attempts) in attempts()) {
        let Fitting { base, operations: before, .. } = fitting(start, &attempts);
        let file = MigrationFile::new(MigrationKey::new("a", "0001_x"), false, Vec::new(), before).unwrap();
        let text = file::render(&file).unwrap();
        let read = file::read(file.key.clone(), "0001_x.toml", &text).unwrap();
        prop_assert_eq!(&read, &file);
        prop_assert_eq!(file::render(&read).unwrap(), text);
        let mut state = base.clone();
        replay(&read, &mut state).unwrap();
        prop_assert!(state == after(&base, &file.operations).unwrap());
    }
}
