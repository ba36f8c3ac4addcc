//! A blocking connection: the async driver's, and the single-threaded runtime that drives it.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind, Result};

use super::open::{ConnectionTask, reach, set_up};
use super::state::ConnState;
use super::tls::Tls;
use super::{Cancel, Settings};

/// How long a server may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// How long closing a connection may take if the server no longer answers.
const GOODBYE: Duration = Duration::from_secs(1);

pub(super) struct Client {
    client: tokio_postgres::Client,
    /// `None` once it has ended; every later call returns that the connection is closed.
    connection: Option<ConnectionTask>,
    runtime: Runtime,
    tls: Tls,
    /// The database as an error names it.
    name: String,
}

/// A runtime for one connection, driven by the thread that uses it.
pub(super) fn runtime() -> Result<Runtime> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|error| {
        Error::new(Kind::Connection, "the runtime of a connection cannot be set up").with_source(error)
    })
}

impl Client {
    pub(super) fn open(settings: &Settings) -> Result<(Self, ConnState)> {
        let runtime = runtime()?;
        let until = tokio::time::Instant::now() + settings.patience();
        // Timers belong to the runtime, so they are created inside it.
        let (client, connection) = runtime.block_on(async { reach(settings, until).await })?;
        let mut client = Client {
            client,
            connection: Some(connection),
            runtime,
            tls: settings.tls.clone(),
            name: settings.name(),
        };
        let state = client.wait(async |client| set_up(client, settings, until).await)?;
        Ok((client, state))
    }

    /// Waits for `work`, and drives the connection meanwhile.
    pub(super) fn wait<'c, F: Future>(
        &'c mut self,
        work: impl FnOnce(&'c tokio_postgres::Client) -> F,
    ) -> F::Output {
        let Client {
            client,
            connection,
            runtime,
            ..
        } = self;
        let mut work = pin!(work(client));
        // First the requests, then what the connection receives.
        let mut asked = false;
        runtime.block_on(std::future::poll_fn(|context| {
            let first = !std::mem::replace(&mut asked, true);
            if first && let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            if let Some(moving) = connection
                && moving.as_mut().poll(context).is_ready()
            {
                // Pending requests fail now, and are woken.
                *connection = None;
            }
            if first {
                return Poll::Pending;
            }
            work.as_mut().poll(context)
        }))
    }

    /// How to cancel a statement of it from outside.
    pub(super) fn cancel(&self) -> Cancel {
        Cancel {
            token: self.client.cancel_token(),
            tls: self.tls.clone(),
            name: self.name.clone(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.is_none() || self.client.is_closed()
    }

    /// Whether the connection is open, as far as is known here; with `for_sure`, the server is asked.
    pub(super) fn works(&mut self, for_sure: bool) -> bool {
        let Client {
            connection, runtime, ..
        } = self;
        runtime.block_on(async {
            // The runtime polls the socket, then the connection reads it.
            tokio::task::yield_now().await;
            std::future::poll_fn(|context| {
                if let Some(moving) = connection
                    && moving.as_mut().poll(context).is_ready()
                {
                    *connection = None;
                }
                Poll::Ready(())
            })
            .await;
        });
        !self.is_closed() && (!for_sure || self.answers())
    }

    /// A round trip to the server.
    fn answers(&mut self) -> bool {
        // Timers belong to the runtime, so they are created inside it.
        let asked =
            self.wait(|client| async move { tokio::time::timeout(ANSWER, client.simple_query("")).await });
        matches!(asked, Ok(Ok(_)))
    }

    /// Closes the connection.
    pub(super) fn close(self) {
        let Client {
            client,
            connection,
            runtime,
            ..
        } = self;
        drop(client);
        if let Some(moving) = connection {
            let _ = runtime.block_on(async { tokio::time::timeout(GOODBYE, moving).await });
        }
    }
}
