//! A proxy between a handle and the server that counts how often the handle waits for an answer.
//!
//! A round trip begins when the handle sends a message that requires an answer while no answer is outstanding.
//! Whatever it sends before the first answer belongs to the same round trip.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use postgres::Config;
use postgres::config::Host;

use crate::Database;

/// A proxy in front of a database server.
pub struct Wire {
    url: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    round_trips: AtomicU64,
    asked: AtomicU64,
}

impl Wire {
    /// In front of a database on the test server.
    pub fn before(database: &Database) -> Self {
        Self::before_url(database.url())
    }

    /// In front of the server at an address.
    pub fn before_url(url: &str) -> Self {
        let config: Config = url.parse().expect("an address of Postgres");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        let counts = Arc::new(Counts::default());
        let counting = Arc::clone(&counts);
        // The thread ends with the process; a test starts few of them.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (from_server, to_server) = connect(&config);
                let outstanding = Arc::new(Mutex::new(0));
                let (to_client, counts, open) = (
                    client.try_clone().expect("a socket"),
                    Arc::clone(&counting),
                    Arc::clone(&outstanding),
                );
                thread::spawn(move || {
                    pass_on(client, to_server, Messages::of_client(), |kind| {
                        // Simple queries, and the Sync message that ends extended ones.
                        if matches!(kind, b'Q' | b'S') {
                            counts.asked.fetch_add(1, Ordering::SeqCst);
                            let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                            if *open == 0 {
                                counts.round_trips.fetch_add(1, Ordering::SeqCst);
                            }
                            *open += 1;
                        }
                    })
                });
                thread::spawn(move || {
                    pass_on(from_server, to_client, Messages::default(), |kind| {
                        // ReadyForQuery; the first one follows the startup message, which is not counted.
                        if kind == b'Z' {
                            let mut open = outstanding.lock().unwrap_or_else(PoisonError::into_inner);
                            *open = u64::saturating_sub(*open, 1);
                        }
                    })
                });
            }
        });
        Wire {
            url: at_port(url, port),
            counts,
        }
    }

    /// The address of the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The number of requests so far: a statement with its values is one, and so is `BEGIN`, `SAVEPOINT` or a
    /// preparation.
    pub fn asked(&self) -> u64 {
        self.counts.asked.load(Ordering::SeqCst)
    }

    /// Round trips so far.
    pub fn round_trips(&self) -> u64 {
        self.counts.round_trips.load(Ordering::SeqCst)
    }
}

/// The address of a proxy on this port.
pub(crate) fn at_port(url: &str, port: u16) -> String {
    let (address, user) = url.split_once("://").map_or(("", ""), |(_, rest)| {
        let (address, name) = rest.rsplit_once('/').unwrap_or((rest, ""));
        (name, address.split_once('@').map_or("", |(user, _)| user))
    });
    let name = address.split('?').next().unwrap_or_default();
    format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable")
}

type Reader = Box<dyn Read + Send>;
type Writer = Box<dyn Write + Send>;

pub(crate) fn connect(config: &Config) -> (Reader, Writer) {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let on_socket = |folder: &Path| {
        let socket = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).expect("the test server");
        let other: (Reader, Writer) = (Box::new(socket.try_clone().expect("a socket")), Box::new(socket));
        other
    };
    match config.get_hosts().first() {
        Some(Host::Unix(folder)) => on_socket(folder),
        Some(Host::Tcp(host)) => {
            let socket = TcpStream::connect((host.as_str(), port)).expect("the test server");
            socket.set_nodelay(true).expect("a socket");
            (Box::new(socket.try_clone().expect("a socket")), Box::new(socket))
        }
        None => on_socket(Path::new("/var/run/postgresql")),
    }
}

fn pass_on(mut from: impl Read, mut to: impl Write, mut messages: Messages, mut seen: impl FnMut(u8)) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        // Counted before they are passed on, so that an answer is never seen before its request.
        messages.read(&buffer[..length], &mut seen);
        if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

/// Finds the message boundaries in a stream of bytes.
#[derive(Default)]
struct Messages {
    /// The kind and length of the current message, as far as they have arrived.
    head: Vec<u8>,
    /// Bytes until the next message.
    rest: usize,
    /// The first message of a client has no kind byte.
    greeting: bool,
}

impl Messages {
    fn of_client() -> Self {
        Messages {
            greeting: true,
            ..Messages::default()
        }
    }

    fn read(&mut self, mut bytes: &[u8], seen: &mut impl FnMut(u8)) {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let taken = self.rest.min(bytes.len());
                self.rest -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            let length_at = usize::from(!self.greeting);
            let Some(&[a, b, c, d]) = self.head.get(length_at..length_at + 4) else {
                continue;
            };
            self.rest = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(4);
            if !self.greeting {
                seen(self.head[0]);
            }
            self.greeting = false;
            self.head.clear();
        }
    }
}

#[test]
fn messages_are_found_however_they_are_cut() {
    // A startup message of eight bytes, then three messages.
    let stream = [
        &[0, 0, 0, 8, 1, 2, 3, 4][..],
        &[b'P', 0, 0, 0, 6, b'S', b'Q'],
        &[b'S', 0, 0, 0, 4],
        &[b'Q', 0, 0, 0, 5, 0],
    ]
    .concat();
    for size in 1..stream.len() {
        let mut messages = Messages::of_client();
        let mut kinds = Vec::new();
        for part in stream.chunks(size) {
            messages.read(part, &mut |kind| kinds.push(kind));
        }
        assert_eq!(kinds, b"PSQ");
    }
}
