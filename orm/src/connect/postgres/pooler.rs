//! Whether a pooler stands between us and the server.
//!
//! One that gives each transaction whichever of its connections is free (PgBouncer's `pool_mode = transaction`) keeps nothing
//! of a session: no prepared statement, no setting, no lock. Worse, the next client may have prepared another statement by the
//! same name there. A pooler greets us with a process id of its own making, by which it finds whom to cancel; so it is told
//! from a server, which greets us with the number that `pg_backend_pid()` has.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// Looks who answers, and where that is the server itself sets the session to UTC, all in one round trip.
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

/// The process id that we were greeted with. The driver tells it only to whom it asks to cancel something, which is we.
async fn greeted_by(client: &Client) -> Result<i32, Error> {
    let mut listener = RecordingServer::default();
    client
        .cancel_token()
        .cancel_query_raw(&mut listener, RecordingTls)
        .await?;
    // The request ends with the process id and the secret that goes with it.
    let id = listener.heard.last_chunk::<8>().and_then(|end| end.first_chunk());
    Ok(id.map_or(0, |id| i32::from_be_bytes(*id)))
}

/// Somebody who agrees to everything and writes down what is said.
#[derive(Default)]
struct RecordingServer {
    heard: Vec<u8>,
}

/// Talks to a [`RecordingServer`] as if that were encrypted, where the settings insist on it.
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
    /// Asked whether it speaks TLS, it says yes.
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        out.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for RecordingServer {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, said: &[u8]) -> Poll<io::Result<usize>> {
        self.heard.extend_from_slice(said);
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
