//! The cases. Each reads or writes the same rows on both sides.

pub mod postgres;
pub mod sqlite;

use tokio::runtime::{Builder, Runtime};

use crate::driver;

/// A single-threaded runtime, which also runs the drivers' connections to Postgres, so that the cost of waking
/// another thread is not measured.
fn runtime() -> orm::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(driver)
}

/// Every case: its name, how often a side runs per round on SQLite, and the function of both sides.
macro_rules! every_case {
    ($case:ident) => {
        $case!("get(key)", 2_000, get());
        $case!("filter(key).get", 2_000, filter_get());
        $case!("filter.first", 1_000, first());
        $case!("load 1", 1_000, load(1));
        $case!("load 10", 500, load(10));
        $case!("load 100", 100, load(100));
        $case!("load 1000", 10, load(1_000));
        $case!("load 10000", 1, load(10_000));
        $case!("values of 1000", 20, values());
        $case!("count with a filter", 50, count());
        $case!("join 1000", 10, join());
        $case!("authors, posts, comments", 5, three_levels());
        $case!("three levels by lists of keys", 5, three_levels_by_keys());
        $case!("1 post, 5 remarks", 1_000, one_with_five());
        $case!("first post, 5 remarks", 1_000, first_with_five());
        $case!("10 posts, 3 remarks each", 200, ten_with_three());
        $case!("update by key", 1_000, update());
        $case!("insert 1 and read it", 200, save());
        $case!("insert 1", 200, insert(1));
        $case!("insert 10", 100, insert(10));
        $case!("insert 100", 10, insert(100));
        $case!("insert 1000", 2, insert(1_000));
        $case!("insert 10 in a transaction", 100, insert_within(10));
        $case!("insert 100 in a transaction", 10, insert_within(100));
        $case!("insert 100 with optional fields", 10, insert_optional(100));
        $case!("insert 10, one statement each", 50, save_each(10));
        $case!("insert 1000, one statement each", 1, save_each(1_000));
        $case!("annotate 100 authors", 5, annotate());
        $case!("window over 1000", 10, window());
        $case!("keyset pages, 20 and 20", 100, pages());
        $case!("SQL by hand, 100", 100, by_hand(100));
        $case!("stream 1000 in a transaction", 10, stream(1_000));
        $case!("upsert 100", 10, upsert());
        $case!("bulk_update 100", 10, bulk_update());
    };
}
use every_case;
