//! Writes the history. A squashed migration and those it replaces are always recorded together, so it does not
//! matter later which of them has run.

use std::collections::BTreeSet;

use super::Direction;
use super::history::{History, RecordedMigration};
use crate::error::Result;
use crate::migrate::file::{MigrationFile, MigrationKey};
use crate::migrate::graph::Graph;
use crate::sql::Session;

/// What the history says when a migration is about to run and nobody else can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum Found {
    /// It can run.
    Open,
    /// Another runner has done it.
    Done,
    /// Something else has happened since the plan was made.
    Changed,
}

/// Checks only the records of a migration and its neighbours, so that the cost does not grow with the history.
///
/// # Errors
/// What the database says.
pub(in crate::migrate) fn look(
    session: &mut dyn Session,
    graph: &Graph,
    file: &MigrationFile,
    direction: Direction,
) -> Result<Found> {
    let id_of = |key: &MigrationKey| graph.file(key).map(|file| file.id.as_str());
    let (there, gone): (Vec<&str>, Vec<&str>) = match direction {
        Direction::Forward => (
            graph.parents(&file.key).filter_map(id_of).collect(),
            below(graph, &file.key).map(|entry| entry.id).collect(),
        ),
        Direction::Backward => (Vec::new(), graph.children(&file.key).filter_map(id_of).collect()),
    };
    let mut ids = vec![file.id.as_str()];
    ids.extend(there.iter().chain(&gone));
    let found = History::probe(session, &ids)?;
    let done = found.contains(&file.id) == (direction == Direction::Forward);
    Ok(if done {
        Found::Done
    } else if there.iter().all(|id| found.contains(*id)) && !gone.iter().any(|id| found.contains(*id)) {
        Found::Open
    } else {
        Found::Changed
    })
}

/// Records that a migration was applied, with those it replaces, and with those that replace it if they are
/// complete now.
///
/// # Errors
/// What the database says.
pub(in crate::migrate) fn applied(
    session: &mut dyn Session,
    graph: &Graph,
    file: &MigrationFile,
) -> Result<()> {
    History::record(session, graph, &entry(file))?;
    let below: Vec<RecordedMigration<'_>> = below(graph, &file.key).collect();
    add_missing(session, graph, &below)?;
    for over in graph.squashes().over(&file.key) {
        let (Some(squash), Some(over)) = (graph.squashes().get(over), graph.file(over)) else {
            continue;
        };
        let ids: Vec<&str> = squash
            .single
            .iter()
            .filter_map(|key| graph.squashes().id(key))
            .collect();
        if ids.len() == squash.single.len() && History::probe(session, &ids)?.len() == ids.len() {
            add_missing(session, graph, &[entry(over)])?;
        }
    }
    Ok(())
}

/// Removes a migration from the history, with those it replaces and those that replace it.
///
/// # Errors
/// What the database says.
pub(in crate::migrate) fn taken_back(
    session: &mut dyn Session,
    graph: &Graph,
    file: &MigrationFile,
) -> Result<()> {
    History::forget(session, &file.id)?;
    for entry in below(graph, &file.key) {
        History::forget(session, entry.id)?;
    }
    for over in graph.squashes().over(&file.key).filter_map(|key| graph.file(key)) {
        History::forget(session, &over.id)?;
    }
    Ok(())
}

/// Records those of some migrations that are not recorded.
///
/// # Errors
/// What the database says.
pub(in crate::migrate) fn add_missing(
    session: &mut dyn Session,
    graph: &Graph,
    entries: &[RecordedMigration<'_>],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id).collect();
    let found: BTreeSet<String> = History::probe(session, &ids)?;
    for entry in entries.iter().filter(|entry| !found.contains(entry.id)) {
        History::record(session, graph, entry)?;
    }
    Ok(())
}

fn entry(file: &MigrationFile) -> RecordedMigration<'_> {
    RecordedMigration {
        id: &file.id,
        key: &file.key,
    }
}

/// What a squashed migration replaces, as far as ids are known.
fn below<'a>(graph: &'a Graph, key: &MigrationKey) -> impl Iterator<Item = RecordedMigration<'a>> + use<'a> {
    let squash = graph.squashes().get(key);
    squash
        .into_iter()
        .flat_map(|squash| &squash.all)
        .filter_map(|key| {
            let id = graph.squashes().id(key)?;
            Some(RecordedMigration { id, key })
        })
}

impl History {
    /// Records that follow from squashed migrations and are missing.
    pub(in crate::migrate) fn unsettled<'a>(&self, graph: &'a Graph) -> Vec<RecordedMigration<'a>> {
        let mut out = Vec::new();
        for key in graph.squashes().keys() {
            let Some(file) = graph.file(key) else { continue };
            if self.has(graph, file) {
                out.push(entry(file));
                out.extend(below(graph, key));
            }
        }
        out.retain(|entry| self.row(entry.id).is_none());
        out.sort_by_key(|entry| entry.key);
        out.dedup();
        out
    }
}
