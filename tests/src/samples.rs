//! Arbitrary values, and a small data set of related rows.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// That many values of a strategy, the same in every run.
pub fn samples<S: Strategy>(count: usize, strategy: S) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| {
            strategy
                .new_tree(&mut runner)
                .expect("a value of the strategy")
                .current()
        })
        .collect()
}

/// Ann and Ben with their countries, posts, tags and comments.
///
/// Ann (AT): "First" (tags rust, sql; two comments, one hidden; edited by Ben), "Second" (tag rust), "Draft".
/// Ben (no country): "Third" (one comment). Cleo (AT) has written nothing.
#[macro_export]
macro_rules! world {
    ($db:expr) => {{
        use $crate::models::*;
        let austria = run!(Country::create().code("AT").name("Austria").save($db));
        run!(Country::create().code("DE").name("Germany").save($db));
        let ann = run!(
            Author::create()
                .name("Ann")
                .email("ann@example.com")
                .country(&austria)
                .save($db)
        );
        let ben = run!(Author::create().name("Ben").email("ben@example.org").save($db));
        run!(
            Author::create()
                .name("Cleo")
                .email("cleo@example.com")
                .country(&austria)
                .save($db)
        );
        run!(Profile::create().author(&ann).bio("writes").save($db));
        let rust = run!(Tag::create().label("rust").save($db));
        let sql = run!(Tag::create().label("sql").save($db));
        run!(Tag::create().label("unused").save($db));
        let day = |day: u32| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
            date.and_hms_opt(12, 0, 0).expect("noon").and_utc()
        };
        let first = run!(
            Post::create()
                .author(&ann)
                .editor(&ben)
                .title("First")
                .slug("first")
                .views(10)
                .status(Status::Published)
                .published_at(day(1))
                .save($db)
        );
        let second = run!(
            Post::create()
                .author(&ann)
                .title("Second")
                .slug("second")
                .views(20)
                .status(Status::Published)
                .published_at(day(2))
                .save($db)
        );
        run!(Post::create().author(&ann).title("Draft").slug("draft").save($db));
        let third = run!(
            Post::create()
                .author(&ben)
                .title("Third")
                .slug("third")
                .views(5)
                .published_at(day(3))
                .save($db)
        );
        run!(first.tags().add([&rust, &sql]).run($db));
        run!(second.tags().add([&rust]).run($db));
        run!(Comment::create().post(&first).text("good").save($db));
        run!(Comment::create().post(&first).text("spam").hidden(true).save($db));
        run!(Comment::create().post(&third).text("hm").save($db));
    }};
}

/// Counters with the values 1, 2 and 3.
#[macro_export]
macro_rules! world_of_counters {
    ($db:expr) => {
        run!(
            $crate::models::Counter::bulk_create(
                (1..=3).map(|value| $crate::models::Counter::create().value(value))
            )
            .run($db)
        )
    };
}
