//! From operations to migrations: whole apps where that can be, else cut where apps need each other.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::draft::{Dependency, Draft};
use super::sort::{sort, stuck};
use crate::error::Result;
use crate::migrate::operation::{Contract, Of, Operation};
use crate::model::ModelKey;

/// The operations of one migration.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct Piece {
    pub app: String,
    pub operations: Vec<Operation>,
    /// Positions of earlier pieces that it comes after.
    pub pieces: BTreeSet<usize>,
    /// Other apps that it comes after the last migration of, as that stands in the files.
    pub apps: BTreeSet<String>,
}

/// The operations of an app that are in no migration yet.
struct Queue {
    drafts: Vec<Draft>,
    /// How many of them are in migrations.
    taken: usize,
    /// Up to where all that is needed from other apps is in migrations.
    ready: usize,
}

#[derive(Default)]
struct Progress {
    pieces: Vec<Piece>,
    last_of_app: BTreeMap<String, usize>,
    /// How many operations that are in no migration yet provide it.
    pending: FxHashMap<Dependency, usize>,
    /// The last piece that provides it.
    provided: FxHashMap<Dependency, usize>,
}

/// Cuts operations into migrations, in an order in which each comes after those it needs.
///
/// # Errors
/// If operations need each other in a circle.
pub(in crate::migrate) fn arrange(drafts: BTreeMap<String, Vec<Draft>>) -> Result<Vec<Piece>> {
    let mut progress = Progress::default();
    let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
    for (app, drafts) in drafts {
        for provided in drafts.iter().flat_map(|draft| draft.provides(&app)) {
            *progress.pending.entry(provided).or_default() += 1;
        }
        let queue = Queue {
            drafts: sort(&app, drafts)?,
            taken: 0,
            ready: 0,
        };
        queues.insert(app, queue);
    }
    // Only when a whole round changed nothing is one app cut, or taken for one whose target stands in the files.
    let mut cut = false;
    loop {
        let mut moved = false;
        let mut open = false;
        for (app, queue) in &mut queues {
            if queue.taken == queue.drafts.len() {
                continue;
            }
            let end = progress.reach(app, queue, cut);
            if end == queue.drafts.len() || (cut && end > queue.taken) {
                progress.take(app, queue, end);
                cut = false;
                moved = true;
            }
            open |= queue.taken < queue.drafts.len();
        }
        if !open {
            return Ok(progress.pieces);
        }
        if !moved {
            if cut && !progress.overtake(&mut queues) {
                return Err(stuck(&left(&queues)));
            }
            cut = !cut;
        }
    }
}

impl Progress {
    /// Up to where the operations of an app can go into a migration now.
    fn reach(&self, app: &str, queue: &mut Queue, cut: bool) -> usize {
        let mut end = queue.ready;
        while let Some(draft) = queue.drafts.get(end) {
            let must = || draft.must.iter().filter(|dependency| dependency.app() != app);
            let mut needs = draft.needs.iter().filter(|dependency| dependency.app() != app);
            let waits = must().any(|dependency| self.is_pending(dependency));
            if waits || !needs.all(|dependency| self.is_there(dependency, cut)) {
                break;
            }
            end += 1;
        }
        if !cut {
            queue.ready = end;
        }
        end
    }

    /// Where each app waits for another: lets what waits for nothing overtake what waits, in the first app that has it.
    fn overtake(&mut self, queues: &mut BTreeMap<String, Queue>) -> bool {
        for (app, queue) in queues {
            let mut waiting: Vec<Draft> = Vec::new();
            let mut free: Vec<Draft> = Vec::new();
            let mut missing: BTreeSet<Dependency> = BTreeSet::new();
            let mut models: BTreeSet<ModelKey> = BTreeSet::new();
            for draft in queue.drafts.drain(queue.taken..) {
                let mut dependencies = draft.needs.iter().chain(&draft.must);
                let waits = dependencies.any(|dependency| match dependency.app() == app {
                    true => missing.contains(dependency),
                    false => self.is_pending(dependency),
                });
                let model = draft.operation.touches(app).models().next().map(Of::key);
                if waits || model.as_ref().is_some_and(|model| models.contains(model)) {
                    missing.extend(draft.provides(app));
                    models.extend(model);
                    waiting.push(draft);
                } else {
                    free.push(draft);
                }
            }
            let end = queue.taken + free.len();
            queue.drafts.extend(free);
            queue.drafts.extend(waiting);
            if end > queue.taken {
                self.take(app, queue, end);
                return true;
            }
        }
        false
    }

    fn is_pending(&self, dependency: &Dependency) -> bool {
        self.pending.get(dependency).is_some_and(|count| *count > 0)
    }

    fn is_there(&self, dependency: &Dependency, cut: bool) -> bool {
        !self.is_pending(dependency) && (cut || self.last_of_app.contains_key(dependency.app()))
    }

    fn take(&mut self, app: &str, queue: &mut Queue, end: usize) {
        let at = self.pieces.len();
        let mut piece = Piece {
            app: app.to_owned(),
            operations: Vec::with_capacity(end - queue.taken),
            pieces: self.last_of_app.get(app).copied().into_iter().collect(),
            apps: BTreeSet::new(),
        };
        for draft in &queue.drafts[queue.taken..end] {
            for dependency in draft.needs.iter().filter(|dependency| dependency.app() != app) {
                match self.last_of_app.get(dependency.app()) {
                    Some(&last) => {
                        piece.pieces.insert(last);
                    }
                    None => {
                        piece.apps.insert(dependency.app().to_owned());
                    }
                }
            }
            let must = draft.must.iter().filter(|dependency| dependency.app() != app);
            piece
                .pieces
                .extend(must.filter_map(|dependency| self.provided.get(dependency)));
            piece.operations.push(draft.operation.clone());
        }
        for draft in &queue.drafts[queue.taken..end] {
            for provided in draft.provides(app) {
                if let Some(count) = self.pending.get_mut(&provided) {
                    *count -= 1;
                }
                self.provided.insert(provided, at);
            }
        }
        queue.taken = end;
        queue.ready = queue.ready.max(end);
        self.last_of_app.insert(app.to_owned(), at);
        self.pieces.push(piece);
    }
}

fn left(queues: &BTreeMap<String, Queue>) -> String {
    let lines: Vec<String> = queues
        .iter()
        .flat_map(|(app, queue)| {
            let waiting = &queue.drafts[queue.taken..];
            waiting
                .iter()
                .map(move |draft| format!("{app}: {}", draft.operation.line()))
        })
        .collect();
    lines.join("; ")
}
