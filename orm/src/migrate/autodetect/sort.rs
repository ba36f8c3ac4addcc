//! The order of the operations of one app: Django's, or where that would be invalid, the nearest valid one.

use rustc_hash::FxHashMap;

use super::detected_operation::{Dependency, DetectedOperation};
use crate::error::{Error, Result};

/// # Errors
/// If operations depend on each other in a cycle.
pub(super) fn sort(app: &str, detected: Vec<DetectedOperation>) -> Result<Vec<DetectedOperation>> {
    let mut providers: FxHashMap<Dependency, Vec<usize>> = FxHashMap::default();
    for (at, operation) in detected.iter().enumerate() {
        for provided in operation.provides(app) {
            providers.entry(provided).or_default().push(at);
        }
    }
    let of = |dependency: &Dependency| providers.get(dependency).map_or(&[][..], Vec::as_slice);
    let order = by_level(app, &detected, of)?;
    let order = repaired(app, &detected, &order, of)?;
    let mut detected: Vec<Option<DetectedOperation>> = detected.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| detected[at].take()).collect())
}

/// Topological order by level, as in Django: first operations without dependencies, then those that depend only on
/// these, and so on. Within a level, an operation is placed when it is first mentioned, possibly as a dependency of
/// another.
fn by_level<'a>(
    app: &str,
    detected: &[DetectedOperation],
    of: impl Fn(&Dependency) -> &'a [usize],
) -> Result<Vec<usize>> {
    let mut named: Vec<usize> = Vec::with_capacity(detected.len());
    let mut is_named = vec![false; detected.len()];
    let mut name = |at: usize, named: &mut Vec<usize>| {
        if !std::mem::replace(&mut is_named[at], true) {
            named.push(at);
        }
    };
    let mut open = vec![0_usize; detected.len()];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); detected.len()];
    for (at, operation) in detected.iter().enumerate() {
        name(at, &mut named);
        for dependency in operation
            .needs
            .iter()
            .filter(|dependency| dependency.app() == app)
        {
            for &before in of(dependency) {
                name(before, &mut named);
                open[at] += 1;
                after[before].push(at);
            }
        }
    }
    let mut level: Vec<usize> = named.into_iter().filter(|at| open[*at] == 0).collect();
    let mut order = Vec::with_capacity(detected.len());
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
    if order.len() < detected.len() {
        let left = (0..detected.len()).filter(|at| open[*at] > 0);
        return Err(cycle(app, left.map(|at| &detected[at])));
    }
    Ok(order)
}

/// The same order, with what an operation must have before it moved in front of it.
fn repaired<'a>(
    app: &str,
    detected: &[DetectedOperation],
    order: &[usize],
    of: impl Fn(&Dependency) -> &'a [usize],
) -> Result<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Waits,
        Open,
        Done,
    }
    let mut marks = vec![Mark::Waits; detected.len()];
    let mut result = Vec::with_capacity(detected.len());
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
                    let operation = &detected[at];
                    let is_free = operation.is_free(app);
                    let needs = operation.needs.iter().filter(|_| !is_free);
                    let dependencies = operation.must.iter().chain(needs);
                    let of_app = dependencies.filter(|dependency| dependency.app() == app);
                    let first = stack.len();
                    for &before in of_app.flat_map(&of).filter(|before| **before != at) {
                        match marks[before] {
                            Mark::Waits => stack.push(before),
                            Mark::Open => {
                                return Err(cycle(app, [&detected[at], &detected[before]].into_iter()));
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

fn cycle<'a>(app: &str, detected: impl Iterator<Item = &'a DetectedOperation>) -> Error {
    let lines: Vec<String> = detected.map(|detected| detected.operation.line()).collect();
    stuck(&format!("{app}: {}", lines.join("; ")))
}

/// The error for a dependency cycle.
pub(super) fn stuck(changes: &str) -> Error {
    Error::migration(format!("these changes depend on each other in a cycle: {changes}"))
        .with_hint(
            "make them in two rounds: undo one of these changes in the models, run makemigrations, make it again; but take \
             no model or field out for that whose rows shall stay",
        )
}
