//! From operations to migrations: sorted by what each needs, one migration per app, cut in two where apps need each
//! other.

use std::collections::{BTreeMap, BTreeSet};

use super::Draft;
use crate::error::{Error, Result};
use crate::migrate::operation::Operation;
use crate::model::ModelKey;

/// The operations of one migration.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Piece {
    pub app: String,
    pub operations: Vec<Operation>,
    /// Positions of earlier pieces it needs.
    pub pieces: BTreeSet<usize>,
    /// Models of other apps that it needs and that no piece creates.
    pub models: BTreeSet<ModelKey>,
}

/// Cuts operations into migrations, in an order in which each comes after those it needs.
///
/// # Errors
/// If operations need each other in a circle.
pub(in crate::migrate) fn arrange(drafts: Vec<Draft>) -> Result<Vec<Piece>> {
    let before = befores(&drafts);
    let apps: BTreeSet<&str> = drafts.iter().map(|draft| draft.key.app.as_str()).collect();
    let mut open: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        open.entry(&draft.key.app).or_default().push(at);
    }
    let mut piece_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut pieces = Vec::new();
    // Whole apps first; only when none can be had whole is one cut.
    let mut cut = false;
    while open.values().any(|open| !open.is_empty()) {
        let mut progress = false;
        for app in &apps {
            let Some(waiting) = open.get_mut(app).filter(|waiting| !waiting.is_empty()) else {
                continue;
            };
            let taken = ready(waiting, &before, &piece_of);
            if taken.is_empty() || (taken.len() < waiting.len() && !cut) {
                continue;
            }
            waiting.retain(|at| !taken.contains(at));
            let piece = piece(app, &taken, &drafts, &before, &piece_of);
            for at in taken {
                piece_of.insert(at, pieces.len());
            }
            pieces.push(piece);
            progress = true;
            if cut {
                break;
            }
        }
        if !progress && cut {
            return Err(stuck(&drafts, &piece_of));
        }
        cut = !progress;
    }
    Ok(pieces)
}

/// For each operation the positions of those that must come before it.
fn befores(drafts: &[Draft]) -> Vec<Vec<usize>> {
    let mut last_of_model: BTreeMap<&ModelKey, usize> = BTreeMap::new();
    drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| {
            let mut before: Vec<usize> = drafts
                .iter()
                .enumerate()
                .filter(|(other, candidate)| *other != at && candidate.provides(&draft.needs))
                .map(|(other, _)| other)
                .collect();
            before.extend(last_of_model.insert(&draft.key, at));
            before
        })
        .collect()
}

/// Those of one app that can run, in order, given what other pieces have.
fn ready(waiting: &[usize], before: &[Vec<usize>], piece_of: &BTreeMap<usize, usize>) -> Vec<usize> {
    let mut taken: Vec<usize> = Vec::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    loop {
        let next = waiting.iter().copied().find(|at| {
            !done.contains(at)
                && before[*at]
                    .iter()
                    .all(|needed| piece_of.contains_key(needed) || done.contains(needed))
        });
        match next {
            Some(at) => {
                taken.push(at);
                done.insert(at);
            }
            None => return taken,
        }
    }
}

fn piece(
    app: &str,
    taken: &[usize],
    drafts: &[Draft],
    before: &[Vec<usize>],
    piece_of: &BTreeMap<usize, usize>,
) -> Piece {
    let needed = taken.iter().flat_map(|at| &before[*at]);
    let models = taken.iter().flat_map(|at| &drafts[*at].needs.models);
    let created = |key: &ModelKey| {
        drafts
            .iter()
            .any(|draft| draft.key == *key && matches!(draft.operation, Operation::CreateModel(_)))
    };
    Piece {
        app: app.to_owned(),
        operations: taken.iter().map(|at| drafts[*at].operation.clone()).collect(),
        pieces: needed.filter_map(|at| piece_of.get(at).copied()).collect(),
        models: models
            .filter(|key| key.app != app && !created(key))
            .cloned()
            .collect(),
    }
}

fn stuck(drafts: &[Draft], piece_of: &BTreeMap<usize, usize>) -> Error {
    let left: Vec<String> = drafts
        .iter()
        .enumerate()
        .filter(|(at, _)| !piece_of.contains_key(at))
        .map(|(_, draft)| format!("{}: {}", draft.key.app, draft.operation.line()))
        .collect();
    Error::migration(format!(
        "these changes need each other in a circle: {}",
        left.join("; ")
    ))
    .with_hint("make them in two rounds: take one out of the models, run makemigrations, put it back")
}
