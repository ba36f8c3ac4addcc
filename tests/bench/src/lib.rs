//! The library compared with the raw drivers, in one process and interleaved: see the README.

mod allocations;
pub mod cases;
pub mod checks;
pub mod measure;
pub mod migrations;
mod models;
mod ours;
mod processor;
mod raw;
mod reprepared;
pub mod rows;
mod server;
pub mod threads;
pub mod traffic;

/// The size of the data.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many posts; each has two comments.
    pub posts: i64,
}

impl Size {
    /// The size for measurements.
    pub const FULL: Size = Size { posts: 10_000 };
    /// The size for tests.
    pub const SMALL: Size = Size { posts: 1_000 };
}

const AUTHORS: i64 = 100;

/// The posts that have remarks: five each, then three each.
const FIVE_REMARKS: i64 = 500;
const THREE_REMARKS: i64 = 500;

/// Post and number of every remark.
fn remarks() -> impl Iterator<Item = (i64, i64)> {
    let remarks = |posts: std::ops::RangeInclusive<i64>, each| {
        posts.flat_map(move |post| (0..each).map(move |part| (post, part)))
    };
    remarks(1..=FIVE_REMARKS, 5).chain(remarks(FIVE_REMARKS + 1..=FIVE_REMARKS + THREE_REMARKS, 3))
}

/// Key, post and text of a hundred comments that are there.
fn replaced() -> impl Iterator<Item = (i64, i64, String)> {
    let row = |at: i64| {
        (
            at + 1,
            at / 2 + 1,
            format!("comment {} on {}", at % 2, at / 2 + 1),
        )
    };
    (0..100).map(row)
}

/// A post with five remarks.
fn with_five_remarks(key: i64) -> i64 {
    key % FIVE_REMARKS + 1
}

/// Ten posts with three remarks each.
fn with_three_remarks(key: i64) -> Vec<i64> {
    let first = FIVE_REMARKS + key % (THREE_REMARKS - 10) + 1;
    (first..first + 10).collect()
}

fn driver(error: impl std::error::Error) -> orm::Error {
    // Postgres' own message is in the source.
    let reason = error
        .source()
        .map_or_else(String::new, |source| format!(": {source}"));
    orm::Error::new(orm::error::Kind::Database, format!("{error}{reason}"))
}

/// A pseudorandom sequence of primary keys, the same on both sides.
struct Keys {
    last: i64,
    posts: i64,
}

impl Keys {
    fn new(posts: i64) -> Self {
        Keys { last: 0, posts }
    }

    /// Another sequence for every thread.
    fn of_thread(posts: i64, thread: usize) -> Self {
        Keys {
            last: thread as i64 * 131,
            posts,
        }
    }

    fn next(&mut self) -> i64 {
        self.last = (self.last + 7_919) % self.posts;
        self.last + 1
    }
}
