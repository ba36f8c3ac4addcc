//! Cancels a statement from outside: a cancel request is sent on a connection of its own.

use std::time::Duration;

use tokio_postgres::CancelToken;

use crate::error::{Error, Kind, Result};

use super::client;
use super::error::unreachable;
use super::tls::Tls;

/// Timeout of a cancel request.
const WITHIN: Duration = Duration::from_secs(5);

/// What a cancel request needs.
pub(in crate::connect) struct Cancel {
    pub(super) token: CancelToken,
    pub(super) tls: Tls,
    /// The database as an error names it.
    pub(super) name: String,
}

impl Cancel {
    /// # Errors
    /// If the server cannot be reached.
    pub(in crate::connect) fn send(&self) -> Result<()> {
        // On a thread of its own: the caller's may not be allowed to block.
        std::thread::scope(|scope| {
            let sent = scope.spawn(|| self.tell()).join();
            sent.unwrap_or_else(|_| {
                Err(Error::new(
                    Kind::Connection,
                    "the server could not be told to cancel",
                ))
            })
        })
    }

    fn tell(&self) -> Result<()> {
        let runtime = client::runtime()?;
        let asked = runtime.block_on(async {
            tokio::time::timeout(WITHIN, self.token.cancel_query(self.tls.connector())).await
        });
        match asked {
            Ok(asked) => asked.map_err(|error| unreachable(&self.name, &error)),
            Err(_) => Err(Error::new(
                Kind::Connection,
                format!("{} does not answer, so it was not told to cancel", self.name),
            )),
        }
    }
}
