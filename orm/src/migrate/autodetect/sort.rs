//! The order of the operations of one app: Django's, and where that would not do, the nearest that does.

use rustc_hash::FxHashMap;

use super::draft::{Dependency, Draft};
use crate::error::{Error, Result};

/// # Errors
/// If operations need each other in a circle.
pub(super) fn sort(app: &str, drafts: Vec<Draft>) -> Result<Vec<Draft>> {
    let mut providers: FxHashMap<Dependency, Vec<usize>> = FxHashMap::default();
    for (at, draft) in drafts.iter().enumerate() {
        for provided in draft.provides(app) {
            providers.entry(provided).or_default().push(at);
        }
    }
    let of = |dependency: &Dependency| providers.get(dependency).map_or(&[][..], Vec::as_slice);
    let order = by_level(app, &drafts, of)?;
    let order = repaired(app, &drafts, &order, of)?;
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| drafts[at].take()).collect())
}

/// First what needs nothing, then what needs only those, and so on; within a level as Django's sorter has it, where an
/// operation takes its place when it is first named, be it by another that needs it.
fn by_level<'a>(app: &str, drafts: &[Draft], of: impl Fn(&Dependency) -> &'a [usize]) -> Result<Vec<usize>> {
    let mut named: Vec<usize> = Vec::with_capacity(drafts.len());
    let mut is_named = vec![false; drafts.len()];
    let mut name = |at: usize, named: &mut Vec<usize>| {
        if !std::mem::replace(&mut is_named[at], true) {
            named.push(at);
        }
    };
    let mut open = vec![0_usize; drafts.len()];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    for (at, draft) in drafts.iter().enumerate() {
        name(at, &mut named);
        for dependency in draft.needs.iter().filter(|dependency| dependency.app() == app) {
            for &before in of(dependency) {
                name(before, &mut named);
                open[at] += 1;
                after[before].push(at);
            }
        }
    }
    let mut level: Vec<usize> = named.into_iter().filter(|at| open[*at] == 0).collect();
    let mut order = Vec::with_capacity(drafts.len());
    while !level.is_empty() {
        let mut next = Vec::new();
        for &at in &level {
            for &later in &after[at] {
                open[later] -= 1;
                if open[later] == 0 {
                    next.push(later);
                }
            }
        }
        order.append(&mut level);
        level = next;
    }
    if order.len() < drafts.len() {
        let left = (0..drafts.len()).filter(|at| open[*at] > 0);
        return Err(circle(app, left.map(|at| &drafts[at])));
    }
    Ok(order)
}

/// The same order, but that what an operation must have before it is moved in front of it.
fn repaired<'a>(
    app: &str,
    drafts: &[Draft],
    order: &[usize],
    of: impl Fn(&Dependency) -> &'a [usize],
) -> Result<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Waits,
        Open,
        Done,
    }
    let mut marks = vec![Mark::Waits; drafts.len()];
    let mut result = Vec::with_capacity(drafts.len());
    let mut stack: Vec<usize> = Vec::new();
    for &start in order {
        stack.push(start);
        while let Some(&at) = stack.last() {
            match marks[at] {
                Mark::Done => {
                    stack.pop();
                }
                Mark::Open => {
                    stack.pop();
                    marks[at] = Mark::Done;
                    result.push(at);
                }
                Mark::Waits => {
                    marks[at] = Mark::Open;
                    let draft = &drafts[at];
                    let is_free = draft.is_free(app);
                    let needs = draft.needs.iter().filter(|_| !is_free);
                    let dependencies = draft.must.iter().chain(needs);
                    let of_app = dependencies.filter(|dependency| dependency.app() == app);
                    let first = stack.len();
                    for &before in of_app.flat_map(&of).filter(|before| **before != at) {
                        match marks[before] {
                            Mark::Waits => stack.push(before),
                            Mark::Open => {
                                return Err(circle(app, [&drafts[at], &drafts[before]].into_iter()));
                            }
                            Mark::Done => {}
                        }
                    }
                    stack[first..].reverse();
                }
            }
        }
    }
    Ok(result)
}

fn circle<'a>(app: &str, drafts: impl Iterator<Item = &'a Draft>) -> Error {
    let lines: Vec<String> = drafts.map(|draft| draft.operation.line()).collect();
    stuck(&format!("{app}: {}", lines.join("; ")))
}

/// The error for changes of which each waits for another.
pub(super) fn stuck(changes: &str) -> Error {
    Error::migration(format!("these changes need each other in a circle: {changes}"))
        .with_hint(
            "make them in two rounds: undo one of these changes in the models, run makemigrations, make it again; but take \
             no model or field out for that whose rows shall stay",
        )
}
