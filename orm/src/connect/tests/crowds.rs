//! Many callers at once, some of which give up, fail or panic halfway: whoever is known that a row was written finds it, whoever
//! is known that it was not does not, and afterwards every connection is there for the next.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::{Place, ids, insert};
use crate::connect::AsyncDb;
use crate::error::{Error, Kind, Result};

/// What a caller knows of a row that it has asked for.
enum Known {
    There,
    NotThere,
    /// Nobody waited for the answer.
    Perhaps,
}

/// Polls it so often, and no more; then it is dropped.
async fn polled<T>(times: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut left = times;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            // It may wait for what never comes.
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

async fn within(db: &AsyncDb, id: i64, then: impl Fn() -> Result<()>) -> Result<()> {
    db.transaction(async |tx| {
        insert(id).on(tx).await?;
        assert!(
            ids().on(tx).await?.contains(&id),
            "a transaction sees its own rows"
        );
        then()
    })
    .await
}

async fn asks(db: &AsyncDb, id: i64) -> Known {
    let known = |answer: Option<Result<()>>| match answer {
        Some(answer) => {
            answer.unwrap();
            Known::There
        }
        None => Known::Perhaps,
    };
    match id % 8 {
        0 | 1 => {
            insert(id).on(db).await.unwrap();
            assert!(
                ids().on(db).await.unwrap().contains(&id),
                "what was written is read"
            );
            Known::There
        }
        2 => known(Some(within(db, id, || Ok(())).await)),
        3 => {
            let refused = within(db, id, || Err(Error::new(Kind::Database, "on purpose")));
            assert_eq!(refused.await.unwrap_err().to_string(), "on purpose");
            Known::NotThere
        }
        4 => {
            let db = db.clone();
            let panics = tokio::spawn(async move { within(&db, id, || panic!("on purpose")).await });
            assert!(panics.await.unwrap_err().is_panic());
            Known::NotThere
        }
        5 => known(polled(id as usize % 3, async { insert(id).on(db).await.map(drop) }).await),
        6 => known(polled(id as usize % 7, within(db, id, || Ok(()))).await),
        _ => {
            let never = db.transaction(async |tx| {
                insert(id).on(tx).await?;
                std::future::pending::<Result<()>>().await
            });
            assert!(polled(id as usize % 5, never).await.is_none());
            Known::NotThere
        }
    }
}

async fn crowd(place: &Place, db: &AsyncDb, callers: i64, calls: i64) {
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut known = Vec::new();
                for call in 0..calls {
                    let id = caller * calls + call;
                    known.push((id, asks(&db, id).await));
                }
                known
            })
        })
        .collect();
    let (mut there, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
    for task in tasks {
        for (id, known) in task.await.unwrap() {
            match known {
                Known::There => drop(there.insert(id)),
                Known::Perhaps => drop(perhaps.insert(id)),
                Known::NotThere => {}
            }
        }
    }
    // It waits for whatever still writes, and then nothing does.
    within(db, -1, || Ok(())).await.unwrap();
    let found: BTreeSet<i64> = ids()
        .on(db)
        .await
        .unwrap()
        .into_iter()
        .filter(|id| *id >= 0)
        .collect();
    let about = format!("{callers} callers on {}", place.url);
    assert!(there.is_subset(&found), "{about}: {:?} is lost", &there - &found);
    let more = &found - &there;
    assert!(
        more.is_subset(&perhaps),
        "{about}: {:?} was taken back",
        &more - &perhaps
    );
}

/// On one thread, where who watches keeps all others from going on, and on several.
fn runtimes() -> [tokio::runtime::Runtime; 2] {
    [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ]
    .map(|mut builder| builder.enable_all().build().unwrap())
}

#[test]
fn of_any_number_of_callers_each_is_told_what_has_become_of_its_rows() {
    for (callers, calls) in [(1, 64), (4, 32), (32, 16), (128, 8)] {
        for runtime in runtimes() {
            for place in Place::all("pool=3") {
                let made = place.url.starts_with("sqlite::memory").then_some(());
                if made.is_none() {
                    place.db();
                }
                runtime.block_on(async {
                    let db = AsyncDb::connect(&place.url).await.unwrap();
                    if made.is_some() {
                        let table = super::sql(crate::plan::Access::Write, super::ITEM, vec![]);
                        table.on(&db).await.unwrap();
                    }
                    crowd(&place, &db, callers, calls).await;
                });
            }
        }
    }
}

/// The threads of a call belong to its runtime, and a handle outlives both.
#[test]
fn a_handle_goes_on_with_another_runtime() {
    let place = Place::file("pool=2");
    place.db();
    let [first, second] = runtimes();
    let db = Arc::new(first.block_on(AsyncDb::connect(&place.url)).unwrap());
    for id in 0..200 {
        let runtime = if id % 3 == 0 { &first } else { &second };
        runtime.block_on(within(&db, id, || Ok(()))).unwrap();
    }
    let held = first.spawn({
        let db = Arc::clone(&db);
        async move {
            db.transaction(async |tx| {
                insert(1_000).on(tx).await?;
                std::future::pending::<Result<()>>().await
            })
            .await
        }
    });
    // It ends with the transaction open, which lets the others in.
    first.block_on(async { tokio::task::yield_now().await });
    drop(first);
    drop(held);
    second.block_on(within(&db, 1_001, || Ok(()))).unwrap();
    let found = second.block_on(ids().on(&*db)).unwrap();
    assert!(found.iter().copied().eq((0..200).chain([1_001])), "{found:?}");
}
