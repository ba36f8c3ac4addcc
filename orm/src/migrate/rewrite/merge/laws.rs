//! What does not clash may come in any order.

use proptest::prelude::*;

use super::conflict::Claims;
use crate::migrate::operation::testing::attempts::{attempts, fitting, fitting_alone};
use crate::migrate::operation::{AccessKind, ObjectAccesses, Operation, SchemaObject};
use crate::migrate::state::ProjectState;

fn after(base: &ProjectState, operations: [&Operation; 2]) -> crate::Result<ProjectState> {
    let mut state = base.clone();
    for operation in operations {
        operation.state_forwards("a", &mut state)?;
    }
    Ok(state)
}

/// Whether one respells a string that the other may say: only the states tell, and `prove` asks them.
fn may_say(one: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    let mut respelled = one
        .iter()
        .filter(|access| access.kind == AccessKind::RenamesValue);
    // A value of an enum may be said of any field, whose model tells that it is one of them.
    let reads_fields = || {
        let mut accesses = other.iter();
        accesses.any(|access| {
            access.kind == AccessKind::Reads && matches!(access.object, SchemaObject::Field(..))
        })
    };
    respelled.any(|access| match access.object {
        SchemaObject::Enum(..) => reads_fields() || other.has(AccessKind::Reads, access.object),
        object => other.has(AccessKind::Reads, object),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn operations_that_do_not_clash_lead_to_one_state_in_either_order((start, attempts) in attempts()) {
        let base = fitting(start, &attempts).base;
        let operations = fitting_alone(&base, &attempts);
        for (at, one) in operations.iter().enumerate() {
            for other in &operations[at + 1..] {
                let (mine, theirs) = (one.accesses("a"), other.accesses("a"));
                let conflicts = !Claims::of(&mine).conflicts(&Claims::of(&theirs)).is_empty();
                if conflicts || may_say(&mine, &theirs) || may_say(&theirs, &mine) {
                    continue;
                }
                let show = || format!("{} | {}", one.line(), other.line());
                match (after(&base, [one, other]), after(&base, [other, one])) {
                    (Ok(state), Ok(turned)) => prop_assert!(state.agrees_with(&turned), "{}", show()),
                    (Err(error), _) | (_, Err(error)) => prop_assert!(false, "{}: {error}", show()),
                }
            }
        }
    }
}
