//! Rows sent behind `COPY .. FROM STDIN`.

use std::pin::pin;

use futures_util::SinkExt;
use postgres_types::private::BytesMut;
use tokio_postgres::Client;

use crate::connect::trace::Timer;
use crate::error::{Error, Kind, Result};
use crate::plan::ErasedJob;
use crate::sql::Statement;
use crate::value::postgres::copy_line;

use super::state::{ConnState, SYSTEM};

/// So many bytes are sent at once.
const CHUNK: usize = 1 << 16;

/// Sends the job's rows. Where one is an error, or this is dropped halfway, the driver tells the server that the copy has failed.
pub(super) async fn copy_in(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    statement: &Statement,
) -> Result<()> {
    let timer = Timer::start(SYSTEM, &statement.sql, state.slow_statement);
    state.sent();
    let result = send(client, state, job, statement).await;
    state.answered();
    timer.ended(&statement.sql, &result);
    job.affected(result?)?;
    job.answered();
    Ok(())
}

async fn send(
    client: &Client,
    state: &mut ConnState,
    job: &mut dyn ErasedJob,
    statement: &Statement,
) -> Result<u64> {
    let sink = client.copy_in::<str, BytesMut>(&statement.sql).await;
    let mut sink = pin!(sink.map_err(|error| state.note(error))?);
    let mut chunk = BytesMut::new();
    while let Some(values) = job.copied()? {
        copy_line(&values, &mut chunk).map_err(|(at, reason)| {
            let refused = Error::new(Kind::Encode, format!("a value cannot be stored: {reason}"));
            statement.explain_parameter(at, refused)
        })?;
        if chunk.len() >= CHUNK {
            sink.send(chunk.split())
                .await
                .map_err(|error| state.note(error))?;
        }
    }
    if !chunk.is_empty() {
        sink.send(chunk).await.map_err(|error| state.note(error))?;
    }
    sink.finish().await.map_err(|error| state.note(error))
}
