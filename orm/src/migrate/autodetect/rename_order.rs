//! The order of renames, also for chains (`a` to `b`, `b` to `c`) and cycles (two names that swap).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::MAX_IDENTIFIER;

/// A longer name is cut when it gets a temporary one. What is derived from it (a table name with the app in front)
/// is longer, so this leaves room.
const ROOM_FOR_ASIDE: usize = 40;

/// One rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RenameStep<T = String> {
    pub old: T,
    pub new: T,
}

/// Renames, in an order in which each new name is free.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RenameSteps {
    /// Each rename; a cycle starts with a rename to a temporary name.
    pub steps: Vec<RenameStep>,
    /// The new name -> the name before all of them.
    pub old_by_new: BTreeMap<String, String>,
}

/// `wanted` maps new names to old names. A rename has already happened if its new name is one of `names` and no
/// other rename frees it; so `renamed_from` may stay in the model afterwards. `around` says whether a cycle of
/// names that all exist has yet to be applied.
pub(super) fn rename_steps(
    names: &BTreeSet<&str>,
    wanted: &BTreeMap<String, String>,
    around: impl Fn(&BTreeMap<&str, &str>) -> bool,
) -> RenameSteps {
    let mut pending: BTreeMap<&str, &str> = BTreeMap::new();
    let mut sources: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = pending.len();
        for (new, old) in wanted {
            let free = !names.contains(new.as_str()) || sources.contains(new.as_str());
            if free
                && names.contains(old.as_str())
                && !sources.contains(old.as_str())
                && !pending.contains_key(new.as_str())
            {
                pending.insert(new, old);
                sources.insert(old);
            }
        }
        if pending.len() == before {
            break;
        }
    }
    for cycle in cycles(names, wanted, &pending) {
        if around(&cycle) {
            pending.extend(cycle);
        }
    }
    in_order(names, pending)
}

/// Cycles of existing names, each of which takes the name of the next.
fn cycles<'a>(
    names: &BTreeSet<&str>,
    wanted: &'a BTreeMap<String, String>,
    pending: &BTreeMap<&str, &str>,
) -> Vec<BTreeMap<&'a str, &'a str>> {
    let mut found: Vec<BTreeMap<&str, &str>> = Vec::new();
    for start in wanted.keys() {
        let known = found.iter().any(|cycle| cycle.contains_key(start.as_str()));
        let mut cycle = BTreeMap::new();
        let mut at = start.as_str();
        while let Some(old) = wanted
            .get(at)
            .filter(|_| names.contains(at) && !pending.contains_key(at))
        {
            if cycle.insert(at, old.as_str()).is_some() {
                break;
            }
            at = old;
        }
        let sources: BTreeSet<&str> = cycle.values().copied().collect();
        if !known
            && cycle.len() > 1
            && sources.len() == cycle.len()
            && cycle.keys().all(|new| sources.contains(new))
        {
            found.push(cycle);
        }
    }
    found
}

fn in_order(names: &BTreeSet<&str>, pending: BTreeMap<&str, &str>) -> RenameSteps {
    let old_by_new = pending
        .iter()
        .map(|(new, old)| ((*new).to_owned(), (*old).to_owned()))
        .collect();
    let owned = |(new, old): (&str, &str)| (new.to_owned(), old.to_owned());
    let steps = steps(
        pending.into_iter().map(owned).collect(),
        |name| names.contains(name.as_str()),
        |name, number| aside_of(name, number),
    );
    RenameSteps { steps, old_by_new }
}

/// The renames of `open` (new name -> old name), in an order in which each new name is free. Every name in the
/// way must itself be renamed. `taken` says which names a temporary name must avoid, and `aside_of` makes temporary names.
pub(super) fn steps<T: Ord + Clone>(
    mut open: BTreeMap<T, T>,
    taken: impl Fn(&T) -> bool,
    aside_of: impl Fn(&T, usize) -> T,
) -> Vec<RenameStep<T>> {
    let mut held: BTreeSet<T> = open.values().cloned().collect();
    let mut steps = Vec::new();
    while !open.is_empty() {
        let free = open.keys().find(|new| !held.contains(*new)).cloned();
        match free {
            Some(new) => {
                if let Some(old) = open.remove(&new) {
                    held.remove(&old);
                    held.insert(new.clone());
                    steps.push(RenameStep { old, new });
                }
            }
            // Only cycles are left: one name gets a temporary name.
            None => {
                let Some(name) = open.keys().next().cloned() else {
                    break;
                };
                let is_free = |aside: &T| !held.contains(aside) && !open.contains_key(aside) && !taken(aside);
                let mut number = 0;
                while !is_free(&aside_of(&name, number)) {
                    number += 1;
                }
                let aside = aside_of(&name, number);
                held.remove(&name);
                held.insert(aside.clone());
                for old in open.values_mut().filter(|old| **old == name) {
                    old.clone_from(&aside);
                }
                steps.push(RenameStep {
                    old: name,
                    new: aside,
                });
            }
        }
    }
    steps
}

/// A temporary name with this number, no longer than databases allow.
pub(super) fn aside_of(name: &str, number: usize) -> String {
    let mut end = name.len();
    if end > ROOM_FOR_ASIDE {
        end -= MAX_IDENTIFIER - ROOM_FOR_ASIDE;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
    }
    let start = &name[..end];
    match number {
        0 => format!("{start}_aside"),
        _ => format!("{start}_aside{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `check("a b", "new=old …", "old>new …")`
    #[track_caller]
    fn check(names: &str, wanted: &str, expected: &str) {
        let names: BTreeSet<&str> = names.split_whitespace().collect();
        let pair = |text: &str| {
            let (new, old) = text.split_once('=').unwrap();
            (new.to_owned(), old.to_owned())
        };
        let wanted = wanted.split_whitespace().map(pair).collect();
        let renames = rename_steps(&names, &wanted, |_| true);
        let steps: Vec<String> = renames
            .steps
            .iter()
            .map(|step| format!("{}>{}", step.old, step.new))
            .collect();
        assert_eq!(steps.join(" "), expected);
    }

    #[test]
    fn a_rename_waits_until_its_new_name_is_free() {
        check("a b", "c=a d=b", "a>c b>d");
        // A chain: the last one first.
        check("a b", "b=a c=b", "b>c a>b");
        // Already applied.
        check("b c", "b=a c=b", "");
        check("b", "b=a", "");
        // Two request for one.
        check("a", "x=a y=a", "a>x");
    }

    #[test]
    fn cycles_go_through_a_temporary_name() {
        check("a b", "a=b b=a", "a>a_aside b>a a_aside>b");
        check("a b c a_aside", "a=b b=c c=a", "a>a_aside1 b>a c>b a_aside1>c");
        check("a b x", "a=b b=a y=x", "x>y a>a_aside b>a a_aside>b");
        check("a b c", "a=b b=a c=a", "a>a_aside b>a a_aside>b");
        check("a", "a=a", "");
    }

    #[test]
    fn temporary_names_fit_and_are_free() {
        let long = format!("{}é{}", "x".repeat(39), "y".repeat(22));
        let pending = BTreeMap::from([(long.clone(), "b".to_owned()), ("b".to_owned(), long.clone())]);
        let aside = |taken: &dyn Fn(&String) -> bool| {
            let steps = steps(pending.clone(), taken, |name, number| aside_of(name, number));
            steps[0].new.clone()
        };
        assert_eq!(aside(&|_| false), "b_aside");
        assert_eq!(aside(&|name| name == "b_aside"), "b_aside1");
        let asides: Vec<String> = (0..12).map(|number| aside_of(&long, number)).collect();
        assert_eq!(asides[0], format!("{}_aside", "x".repeat(39)));
        assert!(asides.iter().all(|aside| aside.len() < long.len()), "{asides:?}");
    }

    #[test]
    fn an_applied_cycle_is_not_applied_again() {
        let names = BTreeSet::from(["a", "b"]);
        let wanted = BTreeMap::from([("a".to_owned(), "b".to_owned()), ("b".to_owned(), "a".to_owned())]);
        assert_eq!(rename_steps(&names, &wanted, |_| false), RenameSteps::default());
    }
}
