//! Replays migrations: applies or reverses their operations on a state.

use super::Graph;
use crate::error::{Error, Result};
use crate::migrate::file::{MigrationFile, MigrationKey};
use crate::migrate::operation::Operation;
use crate::migrate::state::ProjectState;

/// Applies a migration to a state.
///
/// # Errors
/// If an operation does not fit; the error names file, position and operation.
pub(in crate::migrate) fn replay(file: &MigrationFile, state: &mut ProjectState) -> Result<()> {
    for (at, operation) in file.operations.iter().enumerate() {
        operation
            .state_forwards(&file.key.app, state)
            .map_err(|error| at_operation(error, file, at))?;
    }
    Ok(())
}

/// Adds the operation to an error.
pub(in crate::migrate) fn at_operation(error: Error, file: &MigrationFile, at: usize) -> Error {
    let describe = file
        .operations
        .get(at)
        .map(Operation::describe)
        .unwrap_or_default();
    error.context(format!("{}, operation {} ({describe})", file.key, at + 1))
}

/// The operations that undo a migration, in order; applies the migration to the state.
///
/// # Errors
/// If one cannot be undone.
pub(in crate::migrate) fn inverses(file: &MigrationFile, state: &mut ProjectState) -> Result<Vec<Operation>> {
    let app = &file.key.app;
    let mut inverses = Vec::with_capacity(file.operations.len());
    for (at, operation) in file.operations.iter().enumerate() {
        let inverse = operation.inverse(app, state).and_then(|inverse| {
            operation.state_forwards(app, state)?;
            Ok(inverse)
        });
        inverses.push(inverse.map_err(|error| at_operation(error, file, at))?);
    }
    inverses.reverse();
    Ok(inverses)
}

/// The state before a migration, if only those it depends on are applied.
///
/// # Errors
/// If an operation does not fit.
pub(in crate::migrate) fn state_before(graph: &Graph, key: &MigrationKey) -> Result<ProjectState> {
    let ancestors = graph.ancestors(key);
    let mut state = ProjectState::default();
    for file in graph.files() {
        if file.key != *key && ancestors.contains(&file.key) {
            replay(file, &mut state)?;
        }
    }
    Ok(state)
}
