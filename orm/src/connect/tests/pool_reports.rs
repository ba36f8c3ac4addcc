//! What users of other pools reported, as it would be here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::runtime::Builder;

use super::{Place, ids, insert, sql};
use crate::connect::housekeeping::{Ages, Kept};
use crate::connect::pool::{Connection, Lent, Pool, Turn};
use crate::connect::{AsyncDb, Db};
use crate::error::{Error, Kind, Result};
use crate::plan::Access;

/// A connection to nothing, which may be found broken when it comes back.
struct Plain {
    is_broken: bool,
}

impl Connection for Plain {
    fn clean(&mut self) -> bool {
        !self.is_broken
    }
}

/// A pool, and how many connections were ever opened in it.
struct Counted {
    pool: Arc<Pool<Plain>>,
    opened: AtomicUsize,
    is_broken: bool,
}

impl Counted {
    fn new(size: u32, timeout: Duration, is_broken: bool) -> Arc<Self> {
        Arc::new(Counted {
            pool: Pool::new(size, timeout, None),
            opened: AtomicUsize::new(0),
            is_broken,
        })
    }

    fn open(&self) -> Result<Plain> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Plain {
            is_broken: self.is_broken,
        })
    }

    fn get(&self) -> Result<Lent<Plain>> {
        self.pool.get(|| self.open())
    }

    async fn get_async(&self) -> Result<Lent<Plain>> {
        match self.pool.take() {
            Some(lent) => Ok(lent),
            None => self.pool.opened(self.pool.turn_of_task().await?, || self.open()),
        }
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

const LONG: Duration = Duration::from_secs(60);

fn runtime() -> tokio::runtime::Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

/// <https://github.com/djc/bb8/issues/167>: where every connection comes back broken, those who waited timed out.
#[test]
fn connections_that_all_come_back_broken_starve_nobody() {
    let (counted, runtime) = (Counted::new(5, LONG, true), runtime());
    let tasks: Vec<_> = (0..50)
        .map(|at| {
            let counted = Arc::clone(&counted);
            match at % 2 {
                0 => runtime.spawn(async move { drop(counted.get_async().await.unwrap()) }),
                _ => runtime.spawn_blocking(move || drop(counted.get().unwrap())),
            }
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    assert_eq!(counted.opened(), 50);
    assert_eq!(counted.pool.counted(), (0, 0));
}

/// <https://github.com/djc/bb8/issues/67>: futures that were dropped while they waited took their connections with them, for good.
#[test]
fn futures_that_are_dropped_wherever_they_stand_leak_nothing() {
    let (counted, runtime) = (Counted::new(2, LONG, false), runtime());
    runtime.block_on(async {
        for round in 0..200 {
            let held: Vec<_> = (0..round % 3).map(|_| counted.get().unwrap()).collect();
            let waiting: Vec<_> = (0..5).map(|_| Box::pin(counted.get_async())).collect();
            let mut polled: Vec<_> = waiting
                .into_iter()
                .map(|mut get| (get.as_mut().now_or_never(), get))
                .collect();
            drop(held);
            // Some have a turn that nobody has told them of yet.
            polled.truncate(round % 5);
            drop(polled);
            let both = (counted.get().unwrap(), counted.get().unwrap());
            drop(both);
        }
    });
    assert_eq!(counted.opened(), 2);
    assert_eq!(counted.pool.counted(), (0, 2));
}

/// <https://github.com/transact-rs/sqlx/issues/1869>: a call that was cancelled closed its connection, and with it a database in
/// memory.
#[test]
fn a_database_in_memory_outlives_callers_that_give_up() {
    let (place, runtime) = (Place::memory(""), runtime());
    runtime.block_on(async {
        let db = AsyncDb::connect(&place.url).await.unwrap();
        sql(Access::Write, super::ITEM, vec![]).on(&db).await.unwrap();
        for id in 0..100 {
            let calls: Vec<_> = (0..4)
                .map(|at| {
                    let db = db.clone();
                    tokio::spawn(async move { insert(id * 4 + at).on(&db).await.map(drop) })
                })
                .collect();
            let _ = ids().on(&db).now_or_never();
            for (at, call) in calls.into_iter().enumerate() {
                if at % 2 == 0 {
                    call.abort();
                } else {
                    call.await.unwrap().unwrap();
                }
            }
        }
        let found = ids().on(&db).await.unwrap();
        assert!((0..100).all(|id| found.contains(&(id * 4 + 1)) && found.contains(&(id * 4 + 3))));
    });
}

/// <https://github.com/transact-rs/sqlx/issues/622>: of many tasks with two short queries each the second ones timed out.
#[test]
fn many_tasks_with_two_queries_each_all_have_their_turns() {
    let (place, runtime) = (Place::file("pool=1&pool_timeout=60s"), runtime());
    place.db();
    let places: Vec<Place> = [place]
        .into_iter()
        .chain(Place::postgres("pool=1&pool_timeout=60s"))
        .collect();
    for place in places {
        if place.url.starts_with("postgres") {
            place.db();
        }
        runtime.block_on(async {
            let db = AsyncDb::connect(&place.url).await.unwrap();
            let tasks: Vec<_> = (0..100)
                .map(|id| {
                    let db = db.clone();
                    tokio::spawn(async move {
                        insert(id).on(&db).await.unwrap();
                        tokio::task::yield_now().await;
                        assert!(ids().on(&db).await.unwrap().contains(&id));
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    }
}

/// <https://github.com/transact-rs/sqlx/issues/3132>: those whose time ran out in the moment of their turn closed a connection each.
#[test]
fn callers_whose_time_runs_out_close_no_connection() {
    let (counted, runtime) = (Counted::new(1, Duration::from_millis(4), false), runtime());
    let stop = Arc::new(AtomicUsize::new(0));
    let holders: Vec<_> = (0..2)
        .map(|_| {
            let (counted, stop) = (Arc::clone(&counted), Arc::clone(&stop));
            thread::spawn(move || {
                while stop.load(Ordering::SeqCst) == 0 {
                    if let Ok(lent) = counted.get() {
                        thread::sleep(Duration::from_millis(2));
                        counted.pool.put(lent);
                    }
                }
            })
        })
        .collect();
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let counted = Arc::clone(&counted);
            runtime.spawn(async move {
                match counted.get_async().await {
                    Ok(lent) => counted.pool.put(lent),
                    Err(error) => assert!(error.is_timeout(), "{error}"),
                }
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    stop.store(1, Ordering::SeqCst);
    for holder in holders {
        holder.join().unwrap();
    }
    assert_eq!(counted.opened(), 1);
    assert_eq!(counted.pool.counted(), (0, 1));
}

/// <https://github.com/djc/bb8/pull/224>: a connection that was in use whenever somebody looked lived for ever.
#[test]
fn a_connection_that_is_always_in_use_does_not_live_for_ever() {
    let counted = Counted::new(1, LONG, false);
    let ages = Ages {
        idle: Duration::from_secs(600),
        life: Duration::from_secs(1_800),
    };
    let now = Instant::now();
    let lent = counted.get().unwrap();
    counted.pool.sweep(now + Duration::from_secs(1_700), ages);
    counted.pool.put(lent);
    let lent = counted.get().unwrap();
    assert_eq!(counted.opened(), 1);
    counted.pool.sweep(now + Duration::from_secs(1_900), ages);
    counted.pool.put(lent);
    assert_eq!(counted.pool.counted(), (0, 0), "closed when it came back");
    drop(counted.get().unwrap());
    assert_eq!(counted.opened(), 2);
}

/// <https://github.com/mirromutth/r2dbc-mysql/issues/82> begins with connections that nobody used for long.
#[test]
fn a_connection_that_lies_idle_is_closed_and_one_that_is_used_stays() {
    let counted = Counted::new(3, LONG, false);
    let ages = Ages {
        idle: Duration::from_secs(600),
        life: Duration::from_secs(100_000),
    };
    let now = Instant::now();
    drop([
        counted.get().unwrap(),
        counted.get().unwrap(),
        counted.get().unwrap(),
    ]);
    for second in (0..1_200).step_by(10) {
        counted.pool.sweep(now + Duration::from_secs(second), ages);
        counted.pool.put(counted.get().unwrap());
    }
    assert_eq!((counted.opened(), counted.pool.counted()), (3, (0, 1)));
}

/// A caller who gives up while an idle connection is asked whether it works leaves it as doubtful as it was.
#[test]
fn a_connection_that_was_not_found_to_work_is_asked_again() {
    let counted = Counted::new(1, LONG, false);
    let ages = Ages {
        idle: Duration::from_secs(600),
        life: Duration::from_secs(100_000),
    };
    drop(counted.get().unwrap());
    counted.pool.sweep(Instant::now(), ages);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // As a task comes for it: the housekeeping has put it away.
    let Turn::Lent(given_up) = runtime.block_on(counted.pool.turn_of_task()).unwrap() else {
        panic!("it is open")
    };
    assert!(given_up.rested().is_some());
    drop(given_up);
    let given_up = counted.pool.take().unwrap();
    assert!(given_up.rested().is_some() && !given_up.is_fresh());
    drop(given_up);
    let mut lent = counted.pool.take().unwrap();
    lent.used();
    counted.pool.put(lent);
    assert!(counted.pool.take().unwrap().is_fresh());
}

/// <https://github.com/brettwooldridge/HikariCP/issues/1909>: whoever came later took what had been handed to somebody who waited.
#[test]
fn a_newcomer_does_not_take_what_is_handed_to_somebody_who_waits() {
    let counted = Counted::new(1, LONG, false);
    let lent = counted.get().unwrap();
    let (send, served) = mpsc::channel();
    let waits = {
        let counted = Arc::clone(&counted);
        thread::spawn(move || {
            let lent = counted.get().unwrap();
            send.send("who waited").unwrap();
            counted.pool.put(lent);
        })
    };
    while counted.pool.counted().0 == 0 {
        thread::yield_now();
    }
    // For longer than a thread may be overtaken.
    thread::sleep(Duration::from_millis(50));
    counted.pool.put(lent);
    if counted.pool.take().is_some() {
        assert_eq!(
            served.try_recv(),
            Ok("who waited"),
            "a newcomer took what was handed over"
        );
    }
    waits.join().unwrap();
}

/// <https://github.com/sfackler/r2d2/issues/79>, <https://github.com/brettwooldridge/HikariCP/issues/2254>: while a database was
/// down everybody waited until their time was up, and was then told of a full pool.
#[test]
fn who_cannot_open_a_connection_is_told_why_and_the_next_one_too() {
    let counted = Counted::new(1, LONG, false);
    let lent = counted.get().unwrap();
    let down = || Err(Error::new(Kind::Connection, "the database is down"));
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let counted = Arc::clone(&counted);
            thread::spawn(move || counted.pool.get(down).map(drop).unwrap_err())
        })
        .collect();
    while counted.pool.counted().0 < 10 {
        thread::yield_now();
    }
    drop(lent.close());
    for waits in waiting {
        let error = waits.join().unwrap();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (Kind::Connection, "the database is down")
        );
    }
    // And when it is back, it is back.
    drop(counted.get().unwrap());
    assert_eq!(counted.pool.counted(), (0, 1));
}

/// <https://github.com/deadpool-rs/deadpool/issues/205>, <https://github.com/deadpool-rs/deadpool/issues/92>: more connections than
/// the pool may have, and numbers below zero, where some could not be opened or came back broken.
#[test]
fn what_fails_breaks_or_is_given_up_leaves_the_count_as_it_was() {
    let counted = Counted::new(4, LONG, false);
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for caller in 0..16 {
            let (counted, now, most) = (&counted, &now, &most);
            scope.spawn(move || {
                for call in 0..300 {
                    let fails = || Err(Error::new(Kind::Connection, "on purpose"));
                    let got = match (caller + call) % 4 {
                        0 => counted.pool.get(fails),
                        _ => counted.get(),
                    };
                    let Ok(mut lent) = got else { continue };
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    lent.is_broken = call % 7 == 0;
                    now.fetch_sub(1, Ordering::SeqCst);
                    match lent.is_broken {
                        true => drop(lent),
                        false => counted.pool.put(lent),
                    }
                }
            });
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 4);
    let all: Vec<_> = (0..4).map(|_| counted.get().unwrap()).collect();
    assert_eq!(counted.pool.counted(), (0, 4));
    drop(all);
}

/// <https://github.com/eclipse-vertx/vertx-sql-client/pull/1620>: a turn that came in the moment in which the time ran out was lost.
#[test]
fn a_turn_that_comes_in_the_last_moment_is_not_lost() {
    let (counted, runtime) = (Counted::new(1, Duration::from_millis(2), false), runtime());
    for round in 0..200 {
        let lent = counted.get().unwrap();
        let waits = Arc::clone(&counted);
        let waits = match round % 2 {
            0 => runtime.spawn(async move { waits.get_async().await.map(drop) }),
            _ => runtime.spawn_blocking(move || waits.get().map(drop)),
        };
        thread::sleep(Duration::from_micros(1_900 + round % 5 * 50));
        counted.pool.put(lent);
        let _ = runtime.block_on(waits).unwrap();
        assert_eq!(counted.pool.counted(), (0, 1));
    }
    assert_eq!(counted.opened(), 1);
}

/// <https://github.com/sfackler/r2d2/issues/142>: a pool hung whose database came up while it was being opened.
#[test]
fn a_server_that_comes_up_late_is_reached_by_who_comes_late() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("postgres://ann@{address}/blog?connect_timeout=60&sslmode=disable");
    assert!(Db::connect(&url).unwrap_err().is_connection());
    let listener = std::net::TcpListener::bind(address).unwrap();
    // It resets those that come while it starts.
    let starts = thread::spawn(move || drop(listener.accept().unwrap()));
    assert!(Db::connect(&url).unwrap_err().is_connection());
    starts.join().unwrap();
}
