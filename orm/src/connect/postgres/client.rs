//! A connection for those who wait: the driver's, and the runtime of one thread that moves it.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Kind, Result};

use super::Settings;
use super::error::unreachable;
use super::settings::SET_UP;

/// The connection's own side, which reads and writes the socket; it ends with an error of its own or after the client.
type Moving = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

pub(super) struct Client {
    client: tokio_postgres::Client,
    /// `None` once it has ended, after which every call says that the connection is closed.
    connection: Option<Moving>,
    runtime: Runtime,
}

impl Client {
    pub(super) fn open(settings: &Settings) -> Result<Self> {
        let lost = |error: tokio_postgres::Error| unreachable(&settings.name(), &error);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| {
                Error::new(Kind::Connection, "the runtime of a connection cannot be set up")
                    .with_source(error)
            })?;
        let connecting = settings.config.connect(settings.tls.connector());
        let (client, connection) = runtime.block_on(connecting).map_err(lost)?;
        let mut client = Client {
            client,
            connection: Some(Box::pin(connection)),
            runtime,
        };
        client.wait(|client| client.batch_execute(SET_UP)).map_err(lost)?;
        Ok(client)
    }

    /// Waits until `work` is done, and moves the connection meanwhile.
    pub(super) fn wait<'c, F: Future>(
        &'c mut self,
        work: impl FnOnce(&'c tokio_postgres::Client) -> F,
    ) -> F::Output {
        let Client {
            client,
            connection,
            runtime,
        } = self;
        let mut work = pin!(work(client));
        // What is to be sent comes first; from then on, what the connection brings.
        let mut asked = false;
        runtime.block_on(std::future::poll_fn(|context| {
            let first = !std::mem::replace(&mut asked, true);
            if first && let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            if let Some(moving) = connection
                && moving.as_mut().poll(context).is_ready()
            {
                // Whoever waits for an answer now learns that there is none, and is woken.
                *connection = None;
            }
            if first {
                return Poll::Pending;
            }
            work.as_mut().poll(context)
        }))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.is_none() || self.client.is_closed()
    }

    /// Asks the server for anything.
    pub(super) fn is_alive(&mut self, within: Duration) -> bool {
        // The clock is the runtime's, and so made within it.
        let asked =
            self.wait(|client| async move { tokio::time::timeout(within, client.simple_query("")).await });
        matches!(asked, Ok(Ok(_)))
    }

    /// Says goodbye to the server.
    pub(super) fn close(self) {
        let Client {
            client,
            connection,
            runtime,
        } = self;
        drop(client);
        if let Some(moving) = connection {
            let _ = runtime.block_on(moving);
        }
    }
}
