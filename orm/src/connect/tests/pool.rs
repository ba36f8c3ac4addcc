//! What the pool promises, on both databases and to threads and tasks alike.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::{Place, ids, insert, sql};
use crate::connect::{AsyncDb, Db};
use crate::error::Result;
use crate::plan::Access;

/// One connection that writes, and who waits for it.
#[derive(Clone)]
enum Handle {
    Blocking(Db),
    Async(AsyncDb, Arc<Runtime>),
}

use Handle::{Async, Blocking};

/// What comes of something that runs beside the test.
type Ends<T> = thread::JoinHandle<T>;

impl Handle {
    fn all(place: &Place) -> [Handle; 2] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let db = runtime.block_on(AsyncDb::connect(&place.url)).unwrap();
        [
            Blocking(Db::connect(&place.url).unwrap()),
            Async(db, Arc::new(runtime)),
        ]
    }

    fn counted(&self) -> (usize, usize) {
        match self {
            Blocking(db) => db.counted(),
            Async(db, _) => db.counted(),
        }
    }

    fn until_waiting(&self, callers: usize) {
        while self.counted().0 != callers {
            thread::yield_now();
        }
    }

    /// A transaction on a thread of its own, in which `work` is done before it commits.
    fn begins(&self, work: impl FnOnce() + Send + 'static) -> Ends<Result<()>> {
        let handle = self.clone();
        thread::spawn(move || match handle {
            Blocking(db) => db.transaction(|_| {
                work();
                Ok(())
            }),
            Async(db, runtime) => runtime.block_on(db.transaction(async |_| {
                work();
                Ok(())
            })),
        })
    }

    /// Takes the only connection, until the sender is dropped.
    fn occupied(&self) -> (mpsc::Sender<()>, Ends<Result<()>>) {
        let (release, released) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let ends = self.begins(move || {
            begun.send(()).unwrap();
            let _ = released.recv();
        });
        begins.recv().unwrap();
        (release, ends)
    }

    fn insert(&self, id: i64) -> Result<()> {
        match self {
            Blocking(db) => insert(id).on(db).map(drop),
            Async(db, runtime) => runtime.block_on(insert(id).on(db)).map(drop),
        }
    }

    fn ids(&self) -> Vec<i64> {
        match self {
            Blocking(db) => ids().on(db).unwrap(),
            Async(db, runtime) => runtime.block_on(ids().on(db)).unwrap(),
        }
    }
}

/// Both databases, with the table made.
fn places(options: &str) -> Vec<Place> {
    let places: Vec<Place> = [Place::file(options)]
        .into_iter()
        .chain(Place::postgres(options))
        .collect();
    for place in &places {
        place.db();
    }
    places
}

#[test]
fn who_comes_first_is_served_first() {
    for place in places("pool=1") {
        for handle in Handle::all(&place) {
            let (release, first) = handle.occupied();
            let order = Arc::new(Mutex::new(Vec::new()));
            let waiting: Vec<_> = (0..12)
                .map(|at| {
                    let order = Arc::clone(&order);
                    let ends = handle.begins(move || order.lock().unwrap().push(at));
                    handle.until_waiting(at + 1);
                    ends
                })
                .collect();
            drop(release);
            first.join().unwrap().unwrap();
            for ends in waiting {
                ends.join().unwrap().unwrap();
            }
            assert!(order.lock().unwrap().iter().copied().eq(0..12), "{}", place.url);
        }
    }
}

#[test]
fn whoever_does_not_wait_any_longer_gives_the_turn_on() {
    for place in places("pool=1") {
        let [_, handle] = Handle::all(&place);
        let Async(db, runtime) = &handle else {
            unreachable!()
        };
        let (release, first) = handle.occupied();
        let inserted = |id: i64| {
            let db = db.clone();
            runtime.spawn(async move { insert(id).on(&db).await.map(drop) })
        };
        let tasks: Vec<_> = (0..20)
            .map(|id| {
                let task = inserted(id);
                handle.until_waiting(id as usize + 1);
                task
            })
            .collect();
        for task in tasks.iter().step_by(2) {
            task.abort();
        }
        handle.until_waiting(10);
        // Others leave in the very moment in which their turn comes.
        let leaves = inserted(100);
        handle.until_waiting(11);
        drop(release);
        leaves.abort();
        first.join().unwrap().unwrap();
        let mut done = Vec::new();
        for (id, task) in tasks.into_iter().enumerate() {
            match runtime.block_on(task) {
                Ok(result) => {
                    result.unwrap();
                    done.push(id as i64);
                }
                Err(error) => assert!(error.is_cancelled()),
            }
        }
        assert!(done.iter().copied().eq((1..20).step_by(2)), "{done:?}");
        let _ = runtime.block_on(leaves);
        handle.insert(200).unwrap();
        let found: Vec<i64> = handle.ids().into_iter().filter(|id| *id < 100).collect();
        assert_eq!(found, done, "{}", place.url);
    }
}

#[test]
fn who_waits_in_vain_is_told_who_has_what_and_since_when() {
    for place in places("pool=1&pool_timeout=100ms") {
        for handle in Handle::all(&place) {
            let (release, first) = handle.occupied();
            let error = handle.insert(1).unwrap_err();
            assert!(error.is_timeout(), "{error}");
            let message = error.to_string();
            let begun = "for 100ms: a transaction begun at orm/src/connect/tests/pool.rs:";
            assert!(message.contains(begun), "{message}");
            drop(release);
            first.join().unwrap().unwrap();
            assert!(handle.ids().is_empty());
        }
    }
}

#[test]
fn a_session_that_has_the_only_writer_is_told() {
    let place = Place::file("pool_timeout=50ms");
    let db = place.db();
    let session = db.session().unwrap();
    let message = insert(1).on(&db).unwrap_err().to_string();
    assert!(
        message.contains("a session begun at orm/src/connect/tests/pool.rs:"),
        "{message}"
    );
    drop(session);
    insert(1).on(&db).unwrap();
}

#[test]
fn connections_are_never_more_than_the_pool_says_and_are_opened_when_needed() {
    for place in places("pool=3") {
        for handle in Handle::all(&place) {
            let most = if place.url.starts_with("sqlite") { 1 } else { 3 };
            assert_eq!(
                handle.counted().1,
                1,
                "one was opened to see whether the address is right"
            );
            let seen = Arc::new(AtomicUsize::new(0));
            let callers: Vec<_> = (0..24)
                .map(|caller| {
                    let (handle, seen) = (handle.clone(), Arc::clone(&seen));
                    thread::spawn(move || {
                        for call in 0..8 {
                            let counts = handle.clone();
                            let seen = Arc::clone(&seen);
                            let ends = handle.begins(move || {
                                seen.fetch_max(counts.counted().1, Ordering::SeqCst);
                                assert!((caller + call) % 5 > 0, "on purpose");
                            });
                            let _ = ends.join();
                        }
                    })
                })
                .collect();
            for caller in callers {
                caller.join().unwrap();
            }
            assert_eq!(seen.load(Ordering::SeqCst), most, "{}", place.url);
            assert_eq!(handle.counted(), (0, most));
        }
    }
}

/// A server that never says anything.
struct Hangs {
    listener: TcpListener,
    url: String,
}

impl Hangs {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!(
            "postgres://ann@127.0.0.1:{port}/blog?connect_timeout=60&pool_timeout=60s&sslmode=disable"
        );
        Hangs { listener, url }
    }
}

#[test]
fn two_servers_that_hang_keep_nobody_waiting_at_a_healthy_one() {
    for place in places("pool=4") {
        let [blocking, tasks] = Handle::all(&place);
        let hanging = [Hangs::new(), Hangs::new()];
        let failed = Arc::new(AtomicUsize::new(0));
        let Async(_, runtime) = &tasks else { unreachable!() };
        let mut ends = Vec::new();
        for server in &hanging {
            for at in 0..4 {
                let (url, failed, runtime) = (server.url.clone(), Arc::clone(&failed), Arc::clone(runtime));
                ends.push(thread::spawn(move || {
                    let error = match at % 2 {
                        0 => Db::connect(&url).map(drop),
                        _ => runtime.block_on(AsyncDb::connect(&url)).map(drop),
                    }
                    .unwrap_err();
                    failed.fetch_add(1, Ordering::SeqCst);
                    (url, error)
                }));
            }
        }
        let sockets: Vec<_> = hanging
            .iter()
            .flat_map(|server| (0..4).map(|_| server.listener.accept().unwrap().0))
            .collect();
        // All of them hang now.
        thread::scope(|scope| {
            for handle in [&blocking, &tasks] {
                for caller in 0..8 {
                    let base = if matches!(handle, Blocking(_)) { 0 } else { 1_000 };
                    scope.spawn(move || {
                        for call in 0..5 {
                            handle.insert(base + caller * 10 + call).unwrap();
                            handle.ids();
                        }
                    });
                }
            }
        });
        assert_eq!(blocking.ids().len(), 80);
        assert_eq!(
            failed.load(Ordering::SeqCst),
            0,
            "the others still wait for their own"
        );
        drop((sockets, hanging));
        for ends in ends {
            let (url, error) = ends.join().unwrap();
            let port = url
                .split(&[':', '/'][..])
                .find(|part| part.parse::<u16>().is_ok())
                .unwrap();
            assert!(
                error.is_connection() && error.to_string().contains(port),
                "{error}"
            );
        }
    }
}

/// Whether the last connection to a file is closed: its log goes then.
fn has_log(place: &Place) -> bool {
    let file = place
        .url
        .trim_start_matches("sqlite://")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    std::path::Path::new(&format!("{file}-wal")).exists()
}

fn connections_named(name: &str, other: &Db) -> i64 {
    let text = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    sql(Access::Read, &text, vec![]).on(other).unwrap()[0]
}

#[test]
fn with_the_last_handle_all_connections_are_closed() {
    for (at, place) in places("pool=3").into_iter().enumerate() {
        let name = format!("orm_closing_{at}_{}", std::process::id());
        let is_file = place.url.starts_with("sqlite");
        let named = Place {
            url: match is_file {
                true => place.url.clone(),
                false => format!("{}&application_name={name}", place.url),
            },
            file: None,
            schema: None,
        };
        let other = (!is_file).then(|| Db::connect(&place.url).unwrap());
        let is_open = || match &other {
            Some(other) => connections_named(&name, other) > 0,
            None => has_log(&place),
        };
        for handle in Handle::all(&named) {
            let callers: Vec<_> = (0..6)
                .map(|at| {
                    let handle = handle.clone();
                    thread::spawn(move || {
                        handle.insert(at).unwrap();
                        handle.ids()
                    })
                })
                .collect();
            for caller in callers {
                caller.join().unwrap();
            }
            match &handle {
                Blocking(db) => drop(sql(Access::Write, "DELETE FROM item", vec![]).on(db).unwrap()),
                Async(db, runtime) => {
                    drop(
                        runtime
                            .block_on(sql(Access::Write, "DELETE FROM item", vec![]).on(db))
                            .unwrap(),
                    );
                }
            }
            assert!(is_open());
            drop(handle);
        }
        // A server takes a moment to notice.
        for _ in 0..1_000 {
            if !is_open() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!is_open(), "{}", place.url);
    }
}
