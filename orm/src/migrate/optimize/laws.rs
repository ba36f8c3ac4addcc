//! Laws of lists of operations, over models of several apps that point at each other.

use std::borrow::Cow;

use proptest::prelude::*;

use super::tests::lines;
use super::*;
use crate::migrate::file::{self, MigrationFile, MigrationKey};
use crate::migrate::graph::inverses;
use crate::migrate::graph::replay;
use crate::migrate::operation::testing::attempts::{Fitting, attempts, fitting};
use crate::migrate::state::ProjectState;
use crate::model::OrderingTerm;

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
    let pointers = Pointers::new(&ProjectState::default(), &list, "a");
    while let Some(shorter) = one_pass(&list, &pointers) {
        list = shorter;
    }
    list
}

fn one_pass(list: &[Operation], pointers: &Pointers) -> Option<Vec<Operation>> {
    let strands = |at: usize, other: &Operation| match (&list[at], other) {
        (Operation::AddField(add), Operation::RenameField(rename)) => list[..at].iter().any(|earlier| {
            matches!(earlier, Operation::AlterModelOptions(options) if options.model == add.model
                && options.ordering.iter().any(|name| OrderingTerm::parse(name).own_field() == rename.old))
        }),
        _ => false,
    };
    let keep_order = |first: &Operation, second: &Operation| {
        pointers.keep_order(&first.accesses("a"), &second.accesses("a"))
    };
    for (at, operation) in list.iter().enumerate() {
        let mut right = true;
        for other_at in at + 1..list.len() {
            let (other, between) = (&list[other_at], &list[at + 1..other_at]);
            match operation.reduce(other, "a") {
                Reduction::Hop if !keep_order(operation, other) => {}
                Reduction::Hop | Reduction::Barrier => right = false,
                Reduction::Replace(both) => {
                    let left = || {
                        let behind = between.iter().map(|between| {
                            between.behind(other, "a").filter(|_| !keep_order(between, other))
                        });
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
