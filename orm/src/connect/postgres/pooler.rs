//! Detects a pooler between the client and the server.
//!
//! A pooler that assigns a free connection to each transaction (PgBouncer's `pool_mode = transaction`) keeps no
//! session state: no prepared statement, no setting, no lock. Worse, another client may have prepared a different
//! statement under the same name there. In the startup message a pooler sends a process id of its own, for cancel
//! requests; a server sends the number that `pg_backend_pid()` returns. Comparing the two tells them apart.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// Detects a pooler, and otherwise sets the session to UTC, in one round trip.
pub(super) async fn set_up(client: &Client) -> Result<bool, Error> {
    let query = format!(
        "SELECT CASE WHEN pg_backend_pid() = {} THEN set_config('TimeZone', 'UTC', false) END",
        greeted_by(client).await?
    );
    let answer = client.simple_query(&query).await?;
    let set = answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).is_some(),
        _ => false,
    });
    Ok(!set)
}

/// The process id from the startup message. The driver only exposes it in a cancel request, so one is sent to
/// ourselves.
async fn greeted_by(client: &Client) -> Result<i32, Error> {
    let mut listener = RecordingServer::default();
    client
        .cancel_token()
        .cancel_query_raw(&mut listener, RecordingTls)
        .await?;
    // The request ends with the process id and its secret key.
    let id = listener
        .received
        .last_chunk::<8>()
        .and_then(|end| end.first_chunk());
    Ok(id.map_or(0, |id| i32::from_be_bytes(*id)))
}

/// A fake server that accepts everything and records what it receives.
#[derive(Default)]
struct RecordingServer {
    received: Vec<u8>,
}

/// Fakes TLS towards a [`RecordingServer`], if the settings require it.
struct RecordingTls;

struct RecordingTlsStream<'l>(&'l mut RecordingServer);

impl<'l> TlsConnect<&'l mut RecordingServer> for RecordingTls {
    type Stream = RecordingTlsStream<'l>;
    type Error = io::Error;
    type Future = Ready<io::Result<RecordingTlsStream<'l>>>;

    fn connect(self, listener: &'l mut RecordingServer) -> Self::Future {
        ready(Ok(RecordingTlsStream(listener)))
    }
}

impl TlsStream for RecordingTlsStream<'_> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for RecordingServer {
    /// The answer to an SSLRequest: yes.
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        out.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for RecordingServer {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, said: &[u8]) -> Poll<io::Result<usize>> {
        self.received.extend_from_slice(said);
        Poll::Ready(Ok(said.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for RecordingTlsStream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(context, out)
    }
}

impl AsyncWrite for RecordingTlsStream<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        said: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(context, said)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(context)
    }
}
