//! `copy_in_stream`: rows as they come from a stream, all of them or none.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use orm::prelude::*;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database, pooler};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Poured {
    pub id: i64,
    #[orm(unique)]
    pub label: String,
    pub note: Option<String>,
    #[orm(default = 7)]
    pub stars: i64,
}

fn poured(label: impl Into<String>) -> PouredCreate<orm::__private::Assigned> {
    Poured::create().label(label.into())
}

/// Runs a case on SQLite, on Postgres and behind the pooler, each with one connection that writes.
fn everywhere(case: impl AsyncFn(AsyncDb, Backend)) {
    let runtime = runtime();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let separator = if database.url().contains('?') { "&" } else { "?" };
        let url = format!("{}{separator}pool=2", database.url());
        runtime.block_on(async { case(value(AsyncDb::connect(&url).await), backend).await });
    }
    let database = Database::with_tables(Backend::Postgres);
    let url = pooler::url(&database, "copies_streamed");
    runtime.block_on(async { case(value(AsyncDb::connect(&url).await), Backend::Postgres).await });
}

/// A stream that is not ready at every second asking, and counts what is taken of it.
struct Slow {
    rows: std::ops::Range<usize>,
    ready: bool,
    taken: Arc<AtomicUsize>,
}

impl Stream for Slow {
    type Item = PouredCreate<orm::__private::Assigned>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ready = !self.ready;
        if !self.ready {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = self.rows.next();
        self.taken.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(next.map(|n| poured(n.to_string())))
    }
}

#[test]
fn all_rows_of_a_stream_arrive() {
    everywhere(async |db, _| {
        let taken = Arc::new(AtomicUsize::new(0));
        let rows = Slow {
            rows: 0..9_001,
            ready: false,
            taken: Arc::clone(&taken),
        };
        assert_eq!(value(Poured::copy_in_stream(rows).run(&db).await), 9_001);
        assert_eq!(taken.load(Ordering::SeqCst), 9_002);
        let labels: Vec<String> = value(
            Poured::objects()
                .order_by(|p| p.id)
                .values(|p| p.label)
                .all(&db)
                .await,
        );
        assert!(labels.into_iter().eq((0..9_001).map(|n| n.to_string())));
        assert_eq!(
            value(
                Poured::objects()
                    .filter(|p| p.stars.eq(7) & p.note.is_null())
                    .count(&db)
                    .await
            ),
            9_001
        );
        let none = stream::empty::<PouredCreate<orm::__private::Assigned>>();
        assert_eq!(value(Poured::copy_in_stream(none).run(&db).await), 0);
    });
}

/// Four of these rows are more than a mebibyte.
#[test]
fn large_rows_are_sent_before_there_are_many_of_them() {
    everywhere(async |db, backend| {
        let rows = stream::iter(0..24).map(|n| poured(n.to_string()).note("x".repeat(300_000)));
        let (copied, queries) = orm::testing::queries_async(Poured::copy_in_stream(rows).run(&db)).await;
        assert_eq!(value(copied), 24);
        let is_sent = |sql: &str| sql.starts_with("COPY") || sql.starts_with("INSERT");
        assert_eq!(
            queries.iter().filter(|query| is_sent(query.sql())).count(),
            6,
            "{backend:?}"
        );
    });
}

#[test]
fn an_error_leaves_nothing_and_the_connection_goes_on() {
    everywhere(async |db, _| {
        for stop in [0, 1, 3_999, 4_000, 6_000] {
            let rows = stream::iter(0..7_000).map(move |n| match n == stop {
                true => Err(orm::Error::config("the body ends here")),
                false => Ok(poured(n.to_string())),
            });
            let refused = error(Poured::try_copy_in_stream(rows).run(&db).await);
            assert_eq!(refused.to_string(), "creating suite.Poured: the body ends here");
            let twice =
                stream::iter(0..7_000).map(move |n| poured(if n == stop { 6_999 } else { n }.to_string()));
            let refused = error(Poured::copy_in_stream(twice).run(&db).await);
            assert!(refused.is_unique_violation(), "{refused:?}");
            assert_eq!(refused.fields(), ["label"]);
            assert_eq!(value(Poured::objects().count(&db).await), 0);
        }
        assert_eq!(
            value(Poured::copy_in_stream(stream::iter([poured("a")])).run(&db).await),
            1
        );
    });
}

#[test]
fn in_a_transaction_it_is_a_part_of_it() {
    everywhere(async |db, _| {
        let done: orm::Result<()> = db
            .transaction(async |tx| {
                let rows = |from: usize, to: usize| stream::iter(from..to).map(|n| poured(n.to_string()));
                assert_eq!(value(Poured::copy_in_stream(rows(0, 4_500)).run(tx).await), 4_500);
                // The second piece is refused, and the first goes with it.
                assert!(
                    Poured::copy_in_stream(rows(4_500, 9_000).chain(rows(0, 1)))
                        .run(tx)
                        .await
                        .is_err()
                );
                let stops = rows(4_500, 4_510)
                    .map(Ok)
                    .chain(stream::iter([Err(orm::Error::config("no more"))]));
                assert!(Poured::try_copy_in_stream(stops).run(tx).await.is_err());
                assert_eq!(value(Poured::objects().count(tx).await), 4_500);
                // Dropped while it waits for a row that never comes.
                let waits = rows(4_500, 9_000).chain(stream::pending());
                let cancelled =
                    tokio::time::timeout(Duration::from_millis(150), Poured::copy_in_stream(waits).run(tx));
                assert!(cancelled.await.is_err());
                assert_eq!(value(Poured::objects().count(tx).await), 4_500);
                Ok(())
            })
            .await;
        value(done);
        assert_eq!(value(Poured::objects().count(&db).await), 4_500);
    });
}

/// Dropped after any number of wake-ups.
#[test]
fn wherever_it_is_dropped_nothing_is_left() {
    everywhere(async |db, backend| {
        for polls in (0..60).chain([80, 200, 1_000, 4_050, 8_100]) {
            let taken = Arc::new(AtomicUsize::new(0));
            let rows = Slow {
                rows: 0..4_100,
                ready: false,
                taken: Arc::clone(&taken),
            };
            let mut copy = Box::pin(Poured::copy_in_stream(rows).run(&db));
            let mut left = polls;
            let done = std::future::poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(None);
                }
                left -= 1;
                copy.as_mut().poll(context).map(Some)
            })
            .await;
            drop(copy);
            let there = value(Poured::objects().count(&db).await);
            match done {
                Some(copied) => assert_eq!((value(copied), there), (4_100, 4_100), "{backend:?} {polls}"),
                // The commit is sent once the stream is known to end.
                None if taken.load(Ordering::SeqCst) <= 4_100 => assert_eq!(there, 0, "{backend:?} {polls}"),
                None => assert!(there == 0 || there == 4_100, "{backend:?} {polls}: {there}"),
            }
            value(Poured::objects().delete().run(&db).await);
        }
        assert_eq!(
            value(Poured::copy_in_stream(stream::iter([poured("a")])).run(&db).await),
            1
        );
    });
}

/// Rows of a query become rows of another table, by two connections.
#[test]
fn a_stream_may_be_a_query() {
    everywhere(async |db, _| {
        value(
            Poured::copy_in_stream(stream::iter(0..5_000).map(|n| poured(n.to_string())))
                .run(&db)
                .await,
        );
        let read = Poured::objects().order_by(|p| p.id).stream(&db);
        let doubled = read.map(|row| Ok(poured(format!("{} again", row?.label))));
        assert_eq!(value(Poured::try_copy_in_stream(doubled).run(&db).await), 5_000);
        assert_eq!(value(Poured::objects().count(&db).await), 10_000);
    });
}
