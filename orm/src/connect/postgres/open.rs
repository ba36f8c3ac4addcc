//! Opening a connection: reaching the server, and finding out how to speak to it.

use std::pin::Pin;

use tokio::time::Instant;
use tokio_postgres::Client;

use crate::error::{Error, Kind, Result};

use super::Settings;
use super::error::unreachable;
use super::pooler;
use super::settings::Statements;
use super::state::ConnState;

/// The future that reads and writes the socket. It ends with an error or after the client is dropped.
pub(super) type ConnectionTask = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// Connects; [`set_up`] does the rest, within the same deadline.
pub(super) async fn reach(settings: &Settings, until: Instant) -> Result<(Client, ConnectionTask)> {
    let connecting = settings.config.connect(settings.tls.connector());
    let (client, connection) = in_time(settings, until, connecting).await?;
    Ok((client, Box::pin(connection)))
}

/// Sets up a connection that is being driven, in one round trip.
pub(super) async fn set_up(client: &Client, settings: &Settings, until: Instant) -> Result<ConnState> {
    let mut state = match settings.statements {
        Some(Statements::Unnamed) => ConnState::pooled(true),
        named => match in_time(settings, until, pooler::set_up(client)).await? {
            true => ConnState::pooled(named != Some(Statements::Named)),
            false => ConnState::direct(),
        },
    };
    state.slow_statement = settings.pool.slow_statement;
    Ok(state)
}

async fn in_time<T>(
    settings: &Settings,
    until: Instant,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    match tokio::time::timeout_at(until, work).await {
        Ok(done) => done.map_err(|error| unreachable(&settings.name(), &error)),
        Err(_) => Err(Error::new(
            Kind::Connection,
            format!("{} did not answer within {:?}", settings.name(), settings.patience()),
        )
        .with_hint(
            "check that a Postgres server listens there and is not overloaded; `connect_timeout` (seconds) in the \
             database URL says how long to wait",
        )),
    }
}
