//! Who watches the statements of a thread or a task.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::place;
use super::trace::STATEMENTS;

/// The words of statements that begin and end transactions, which nobody watches.
const CONTROL: [&str; 7] = [
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "START",
    "PRAGMA",
];

/// How many watch, anywhere: without any, no thread is asked.
static WATCHES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The innermost watch of what this thread does at the moment.
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Someone who watches, and who watches around that.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Watching>);

/// Is told the text of a statement, and how many rows it gave or changed.
type Seen = dyn Fn(&str, u64) + Send + Sync;

struct Watching {
    seen: Box<Seen>,
    around: Option<Watch>,
}

impl Watch {
    /// Calls `seen` with the text of each statement and with how many rows it gave or changed, within the watch that there is.
    pub(crate) fn new(seen: impl Fn(&str, u64) + Send + Sync + 'static) -> Self {
        WATCHES.fetch_add(1, Ordering::Relaxed);
        Watch(Arc::new(Watching {
            seen: Box::new(seen),
            around: Watch::here(),
        }))
    }

    /// Whether there may be one here.
    #[inline]
    pub(super) fn any() -> bool {
        WATCHES.load(Ordering::Relaxed) != 0
    }

    /// The one of what this thread does; none while it ends and drops what is its own.
    pub(super) fn here() -> Option<Self> {
        WATCH.try_with(|watch| watch.borrow().clone()).ok().flatten()
    }

    /// Watches what `work` sends.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        /// Puts the watch back that there was, also on a panic.
        struct Before(Option<Watch>);
        impl Drop for Before {
            fn drop(&mut self) {
                let _ = WATCH.try_with(|watch| watch.replace(self.0.take()));
            }
        }
        let _before = Before(
            WATCH
                .try_with(|watch| watch.replace(Some(self.clone())))
                .ok()
                .flatten(),
        );
        work()
    }

    /// Watches what a future sends while it is polled.
    #[cfg(feature = "async")]
    pub(crate) async fn during_async<F: Future>(&self, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| self.during(|| work.as_mut().poll(context))).await
    }

    /// Tells those who watch.
    pub(super) fn see(&self, sql: &str, rows: u64) {
        let first = sql.split_ascii_whitespace().next().unwrap_or_default();
        if CONTROL.contains(&first) {
            return;
        }
        let mut watch = Some(self);
        while let Some(Watch(watching)) = watch {
            (watching.seen)(sql, rows);
            watch = watching.around.as_ref();
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        WATCHES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Warns of a statement that is sent so often.
fn repeated(times: u32) -> Watch {
    let sent: Mutex<FxHashMap<Box<str>, u32>> = Mutex::default();
    Watch::new(move |sql, _| {
        let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        let so_often = match sent.get_mut(sql) {
            Some(so_often) => so_often,
            None => sent.entry(Box::from(sql)).or_default(),
        };
        *so_often += 1;
        let reached = *so_often == times.max(2);
        drop(sent);
        if reached {
            warn(sql, times.max(2));
        }
    })
}

#[cold]
fn warn(sql: &str, times: u32) {
    let place = place::here();
    tracing::warn!(
        target: STATEMENTS,
        sql,
        times,
        place,
        "the same statement again and again: `with(..)`, `load(..)` and `in_(..)` read for several rows at once, `bulk_create` and \
         `bulk_update` write them"
    );
}

/// What a function returns, which is warned of where it sends one statement so often: a query for each row of a list, say. Of each statement
/// it warns once, by an event of `tracing` with the target `orm::sql` and the level `WARN`: its `sql`, how many `times`, and the `place` in the
/// program that sent it, as far as the build has names and lines. It is meant to stand around each request of a service.
///
/// `work` is not stopped. What it sends is counted by its text, whatever its values and by whatever handle, in this thread only. Nothing is
/// counted outside of such functions, and there nothing is paid for it.
///
/// # Example: a list that asks for the author of each post
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let names = orm::db::warn_repeated(2, || -> orm::Result<Vec<String>> {
///     let posts = Post::objects().all(&db)?;
///     posts.iter().map(|post| Ok(post.author().get(&db)?.name)).collect() // WARN orm::sql: the same statement again and again: ..
/// })?;
/// assert_eq!(names.len(), 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[doc(alias("N+1", "nplusone", "strict_loading"))]
pub fn warn_repeated<T>(times: u32, work: impl FnOnce() -> T) -> T {
    repeated(times).during(work)
}

/// As [`warn_repeated`], of what a future does while it is polled; what it spawns is not seen. An [`AsyncDb`](crate::AsyncDb) on SQLite has its
/// statements run by other threads, so that their `place` is not known; the span of the task is.
///
/// # Example: around each request
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// # async fn handle(db: &AsyncDb) -> orm::Result<usize> { Ok(Post::objects().all(db).await?.len()) }
/// let answer = orm::db::warn_repeated_async(10, handle(&db)).await?;
/// assert_eq!(answer, 2);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "async")]
pub async fn warn_repeated_async<F: Future>(times: u32, work: F) -> F::Output {
    repeated(times).during_async(work).await
}
