//! A server that goes away, falls silent and comes back, as its clients see it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use postgres::Config;

use crate::Database;
use crate::wire::{at_port, connect};

/// A proxy in front of a database server that can refuse or swallow connections.
pub struct Outage {
    url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    mode: Mode,
    open: Vec<TcpStream>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Up,
    Gone,
    Silent,
}

impl Outage {
    /// In front of a database on the test server; all connections get through at first.
    pub fn before(database: &Database) -> Self {
        let config: Config = database.url().parse().expect("an address of Postgres");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        let state = Arc::new(Mutex::new(State {
            mode: Mode::Up,
            open: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        // The thread ends with the process; a test starts few of them.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut state = lock(&shared);
                if state.mode == Mode::Gone {
                    continue;
                }
                state.open.push(client.try_clone().expect("a socket"));
                if state.mode == Mode::Silent {
                    continue;
                }
                drop(state);
                let (from_server, to_server) = connect(&config);
                let to_client = client.try_clone().expect("a socket");
                thread::spawn(move || pass_on(client, to_server));
                thread::spawn(move || pass_on(from_server, to_client));
            }
        });
        Outage {
            url: at_port(database.url(), port),
            state,
        }
    }

    /// The address of the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes all connections, and refuses new ones.
    pub fn go_away(&self) {
        let mut state = lock(&self.state);
        state.mode = Mode::Gone;
        for open in state.open.drain(..) {
            let _ = open.shutdown(Shutdown::Both);
        }
    }

    /// Accepts new connections and never answers.
    pub fn fall_silent(&self) {
        lock(&self.state).mode = Mode::Silent;
    }

    /// Lets new connections through again.
    pub fn come_back(&self) {
        lock(&self.state).mode = Mode::Up;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass_on(mut from: impl Read, mut to: impl Write) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}
