//! The statements that were sent while something ran.

use std::backtrace::Backtrace;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

use crate::connect::{Watch, place};

/// The statements that were sent while something ran; from [`queries`]. Those that begin and end transactions are not among them, and
/// neither are values.
///
/// It is printed as a list, each different text once, with how often it was sent and from where.
///
/// # Example: what one listing takes
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (posts, queries) = orm::testing::queries(|| Post::objects().with(|p| p.tags()).all(&db));
/// assert_eq!((posts?.len(), queries.len()), (2, 2));
/// println!("{queries}");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Queries(Vec<Query>);

/// A statement that was sent.
///
/// # Example: its text and its rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (_, queries) = orm::testing::queries(|| Tag::objects().all(&db));
/// let query = queries.iter().next().unwrap();
/// assert!(query.sql().starts_with("SELECT"));
/// assert_eq!(query.rows(), 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug)]
pub struct Query {
    sql: String,
    rows: u64,
    sent: Backtrace,
}

impl Query {
    pub(super) fn new(sql: String, rows: u64) -> Self {
        Query {
            sql,
            rows,
            sent: Backtrace::force_capture(),
        }
    }

    /// Its SQL, with placeholders for values.
    ///
    /// # Example: which tables it is about
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (_, queries) = orm::testing::queries(|| Tag::get(1, &db));
    /// assert!(queries.iter().all(|query| query.sql().contains("blog_tag")));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// How many rows it gave or changed.
    ///
    /// # Example: none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (_, queries) = orm::testing::queries(|| Tag::objects().filter(|t| t.label.eq("")).all(&db));
    /// assert_eq!(queries.iter().map(|query| query.rows()).sum::<u64>(), 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The place in the program that sent it, as far as the build has names and lines: the innermost function that is not of this crate,
    /// the standard library or a runtime. `None` where a thread of a runtime did it, as for an [`AsyncDb`](crate::AsyncDb) on SQLite.
    ///
    /// # Example: a function
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (_, queries) = orm::testing::queries(|| Tag::objects().count(&db));
    /// println!("{:?}", queries.iter().next().unwrap().place());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn place(&self) -> Option<String> {
        place(&self.sent.to_string())
    }
}

impl Queries {
    /// How many there were.
    ///
    /// # Example: of one related list, two
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (_, queries) = orm::testing::queries(|| Author::objects().with(|a| a.posts()).all(&db));
    /// assert_eq!(queries.len(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there was none.
    ///
    /// # Example: a query that is not sent
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (_, queries) = orm::testing::queries(|| Author::objects().none().all(&db));
    /// assert!(queries.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after the other, as they were sent.
    ///
    /// # Example: the first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (_, queries) = orm::testing::queries(|| Tag::objects().exists(&db));
    /// assert!(queries.iter().next().unwrap().sql().contains("EXISTS"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &Query> {
        self.0.iter()
    }

    /// Panics unless there were so many, which is what it is for.
    #[allow(clippy::panic)]
    fn assert_len(&self, expected: usize, at: &Location<'_>) {
        if self.len() == expected {
            return;
        }
        panic!(
            "{at}: expected {expected} {}, and there {}\n{self}",
            if expected == 1 { "query" } else { "queries" },
            match self.len() {
                0 => "was none".to_owned(),
                1 => "was 1:".to_owned(),
                found => format!("were {found}:"),
            }
        );
    }
}

impl fmt::Display for Queries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts: Vec<(&Query, usize)> = Vec::new();
        for query in &self.0 {
            match texts.iter_mut().find(|(first, _)| first.sql == query.sql) {
                Some((_, times)) => *times += 1,
                None => texts.push((query, 1)),
            }
        }
        for (first, times) in &texts {
            writeln!(f, "{times:>5} x {}", first.sql)?;
            if let Some(place) = first.place() {
                writeln!(f, "        at {place}")?;
            }
        }
        if texts.iter().any(|(_, times)| *times > 1) {
            writeln!(
                f,
                "what is sent for each of several rows is one query for all of them by `with(..)` or `in_(..)`"
            )?;
        }
        Ok(())
    }
}

/// Where statements are noted.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<Query>>>);

impl Notes {
    fn watch(&self) -> Watch {
        let notes = self.clone();
        Watch::new(move |sql, rows| {
            let query = Query::new(sql.to_owned(), rows);
            notes.0.lock().unwrap_or_else(PoisonError::into_inner).push(query);
        })
    }

    fn taken(&self) -> Queries {
        Queries(std::mem::take(
            &mut self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

/// What a function returns, and the statements that this thread sent meanwhile, by whatever handle, also those that failed.
///
/// # Example: a transaction counts by what is in it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (saved, queries) = orm::testing::queries(|| db.transaction(|tx| Tag::create().label("new").save(tx)));
/// assert_eq!(queries.len(), 1);
/// assert_eq!(saved?.label, "new");
/// # Ok::<(), orm::Error>(())
/// ```
pub fn queries<T>(work: impl FnOnce() -> T) -> (T, Queries) {
    let notes = Notes::default();
    let done = notes.watch().during(work);
    (done, notes.taken())
}

/// What a function returns, which has to send so many statements, no more and no less: what keeps a list from one query for each of its rows.
///
/// # Panics
/// If there were others; the message has them, and which are the same. What `work` returns is not looked at: where it failed early, there are fewer.
///
/// # Example: posts beside their authors are one query
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::testing::assert_queries;
///
/// let posts = assert_queries(1, || Post::objects().with(|p| p.author()).all(&db))?;
/// assert_eq!(posts[0].1.name, "Ann");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: an author for each post
///
/// ```should_panic
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open().unwrap();
/// use orm::testing::assert_queries;
///
/// assert_queries(1, || -> orm::Result<()> {
///     for post in Post::objects().all(&db)? {
///         println!("{}", post.author().get(&db)?.name); // `with(|p| p.author())`
///     }
///     Ok(())
/// })
/// .unwrap();
/// ```
#[doc(alias("assertNumQueries", "assert_num_queries"))]
#[track_caller]
pub fn assert_queries<T>(expected: usize, work: impl FnOnce() -> T) -> T {
    let (done, sent) = queries(work);
    sent.assert_len(expected, Location::caller());
    done
}

/// As [`queries`], of what a future does while it is polled; what it spawns is not seen.
///
/// # Example: awaited
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// let (tags, queries) = orm::testing::queries_async(async { Tag::objects().all(&db).await }).await;
/// assert_eq!((tags?.len(), queries.len()), (2, 1));
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "async")]
pub async fn queries_async<F: Future>(work: F) -> (F::Output, Queries) {
    let notes = Notes::default();
    let done = notes.watch().during_async(work).await;
    (done, notes.taken())
}

/// As [`assert_queries`], of what a future does while it is polled; what it spawns is not seen.
///
/// # Panics
/// If there were others; the message has them, and which are the same.
///
/// # Example: awaited
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # #[tokio::main]
/// # async fn main() -> orm::Result<()> {
/// # let db = blog::open_async().await?;
/// use orm::testing::assert_queries_async;
///
/// let tags = assert_queries_async(1, async { Tag::objects().all(&db).await }).await?;
/// assert_eq!(tags.len(), 2);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "async")]
#[track_caller]
pub fn assert_queries_async<F: Future>(expected: usize, work: F) -> impl Future<Output = F::Output> {
    let at = Location::caller();
    async move {
        let (done, sent) = queries_async(work).await;
        sent.assert_len(expected, at);
        done
    }
}
