//! Refuses what no database supports, before it is written to a file.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::migrate::autodetect::PendingMigration;
use crate::migrate::graph::{Graph, replay, undo_of_unapplied};
use crate::migrate::operation::{AccessKind, Operation, SchemaObject};
use crate::migrate::run::{history_model, journal_model};
use crate::migrate::state::ProjectState;
use crate::model::{ModelKey, QualifiedName};
use crate::schema::check_models;
use crate::sql::Dialect;

/// Checks that databases support a state.
pub(in crate::migrate) fn refuse_unsupported(
    state: &ProjectState,
    dialects: &[&'static Dialect],
) -> Result<()> {
    check_models(state.models(), &[history_model(), journal_model()], dialects)
}

/// Checks that some database supports the state that the files lead to: a later migration could not repair it.
pub(in crate::migrate) fn refuse_dead_files(graph: &Graph, from: &ProjectState) -> Result<()> {
    let dead = |state: &ProjectState| {
        let refused = |dialect| refuse_unsupported(state, &[dialect]).err();
        let mut errors = Dialect::ALL.into_iter().map(refused).collect::<Option<Vec<_>>>();
        errors.as_mut().and_then(Vec::pop)
    };
    let Some(error) = dead(from) else {
        return Ok(());
    };
    let mut state = ProjectState::default();
    for file in graph.files() {
        replay(file, &mut state)?;
        if dead(&state).is_some() {
            return Err(error
                .context(format!("{} cannot be applied", file.key))
                .with_hint(undo_of_unapplied(graph, &file.key)));
        }
    }
    Err(error)
}

/// Checks that no table is given a name that another model's table still has at that point.
pub(in crate::migrate) fn refuse_crossings(
    pending_migrations: &[PendingMigration],
    from: &ProjectState,
) -> Result<()> {
    let gives_a_name = |operation: &Operation, app: &str| {
        let accesses = operation.accesses(app);
        accesses.iter().any(|access| match access.object {
            SchemaObject::Model(_) => access.kind == AccessKind::ClaimsName,
            SchemaObject::ModelTable(_) | SchemaObject::JoinTable(..) => access.kind == AccessKind::Alters,
            _ => false,
        })
    };
    let gives_one = |pending: &PendingMigration| {
        let mut operations = pending.operations.iter();
        operations.any(|operation| gives_a_name(operation, &pending.app))
    };
    if !pending_migrations.iter().any(gives_one) {
        return Ok(());
    }
    let mut state = from.clone();
    for pending in pending_migrations {
        for operation in &pending.operations {
            operation.state_forwards(&pending.app, &mut state)?;
            if !gives_a_name(operation, &pending.app) {
                continue;
            }
            let mut owners: BTreeMap<QualifiedName, &ModelKey> = BTreeMap::new();
            for (key, model) in state.models().iter().filter(|(_, model)| !model.unmanaged) {
                let tables = model.join_table_names().chain([model.table_name()]);
                for table in tables {
                    let other = owners.insert(table.to_lowercase(), key);
                    if let Some(other) = other.filter(|other| *other != key) {
                        return Err(Error::config(format!(
                            "tables of {other} and {key} would both be named `{table}` on the way"
                        ))
                        .with_hint(
                            "make it in two rounds: give one of the two a third name and run makemigrations, then the \
                             name that it shall have",
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}
