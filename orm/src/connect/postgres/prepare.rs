//! Prepared statements of a connection.

use futures_util::future::join_all;
use tokio_postgres::{Client, Statement as Prepared};

use crate::error::Result;
use crate::sql::Statement;

use super::run::PendingStatement;
use super::state::ConnState;

pub(super) async fn prepare(client: &Client, state: &mut ConnState, statement: &Statement) -> Result<()> {
    let prepared = client.prepare(&statement.sql).await;
    let prepared = prepared.map_err(|error| state.note(error))?;
    state.keep(statement, prepared);
    Ok(())
}

/// Prepares all statements that are not prepared yet, in one batch; none behind a pooler.
pub(super) async fn prepare_all(
    client: &Client,
    state: &mut ConnState,
    batch: &[PendingStatement],
) -> Result<Vec<Prepared>> {
    if state.unnamed {
        return Ok(Vec::new());
    }
    let known: Vec<_> = batch
        .iter()
        .map(|asked| state.prepared(&asked.statement).cloned())
        .collect();
    let prepared = join_all(batch.iter().zip(known).map(async |(asked, known)| match known {
        Some(known) => Ok(known),
        None => client.prepare(&asked.statement.sql).await,
    }));
    let mut statements = Vec::with_capacity(batch.len());
    for (asked, prepared) in batch.iter().zip(prepared.await) {
        let prepared = prepared.map_err(|error| state.note(error))?;
        state.keep(&asked.statement, prepared.clone());
        statements.push(prepared);
    }
    Ok(statements)
}
