//! The limits of what can be stored and queried: values are kept or refused by name, never truncated and never wrong.

use chrono::NaiveDate;
use orm::error::Kind;
use orm::prelude::*;
use orm::{AsyncDb, Db};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;

use orm_tests::{world, world_of_counters};

macro_rules! is_sqlite {
    ($db:expr) => {
        $db.dialect().name == "sqlite"
    };
}
pub(crate) use is_sqlite;

behaviour! {
    /// SQLite has days as strings of fixed width, with years of four digits; Postgres' days begin in 4713 BC.
    fn days_are_kept_within_the_range_of_the_database_and_refused_beyond(db) {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
        let ides = NaiveDate::from_ymd_opt(-44, 3, 15).expect("a day");
        for (day, kept) in [(NaiveDate::MAX, !is_sqlite!(db)), (NaiveDate::MIN, false), (ides, !is_sqlite!(db))] {
            let saved = attempt!(Nothing::create().date(day).save(db));
            if !kept {
                assert_eq!(error(saved).kind(), Kind::Encode, "{day}");
                assert_eq!(run!(Nothing::objects().count(db)), 0);
                continue;
            }
            let row = value(saved);
            assert_eq!(row.date, Some(day));
            let later = run!(Nothing::objects().filter(|n| n.date.gt(today)).count(db));
            assert_eq!(later == 1, day > today, "{day} is ordered as a day");
            run!(row.delete(db));
        }
    }

    fn nul_within_json_is_kept_where_strings_may_have_it_and_refused_elsewhere(db) {
        let saved = attempt!(Nothing::create().json(serde_json::json!({"a": "b\0c"})).save(db));
        if db.dialect().nul_in_text {
            assert_eq!(run!(Nothing::objects().get(db)), value(saved));
        } else {
            assert_eq!(error(saved).kind(), Kind::Encode);
            assert_eq!(run!(Nothing::objects().count(db)), 0);
        }
    }

    fn an_update_of_a_slice_is_refused(db) {
        world_of_counters!(db);
        let refused = error(attempt!(Counter::objects().limit(1).update(|c| c.value.set(0)).run(db)));
        assert!(refused.is_unsupported() && refused.hint().is_some(), "{refused:?}");
        assert!(error(attempt!(Counter::objects().offset(1).delete().run(db))).is_unsupported());
        assert_eq!(run!(Counter::objects().count(db)), 3);
    }

    fn count_respects_limit_and_offset(db) {
        world_of_counters!(db);
        assert_eq!(run!(Counter::objects().limit(2).count(db)), 2);
        assert_eq!(run!(Counter::objects().offset(2).count(db)), 1);
        assert_eq!(run!(Counter::objects().offset(9).count(db)), 0);
        assert!(!run!(Counter::objects().offset(9).exists(db)));
        assert!(!run!(Counter::objects().limit(0).exists(db)));
    }

    fn aggregates_over_no_rows_are_none(db) {
        let (rows, sum, most) =
            run!(Counter::objects().aggregate(|c| (count(), c.value.sum(), c.value.max())).run(db));
        assert_eq!((rows, sum, most), (0, None, None));
        world_of_counters!(db);
        let (sum, mean) = run!(Counter::objects().aggregate(|c| (c.value.sum(), c.value.avg())).run(db));
        assert_eq!((sum, mean), (Some(6), Some(2.0)));
    }

    fn a_sum_beyond_an_integer_is_an_error_and_not_a_wrong_number(db) {
        run!(Counter::bulk_create([i64::MAX, 1].map(|value| Counter::create().value(value))).run(db));
        let sum = attempt!(Counter::objects().aggregate(|c| c.value.sum()).run(db));
        assert!(sum.is_err(), "{sum:?}");
        let changed = attempt!(Counter::objects().update(|c| c.value.set(c.value + 1)).run(db));
        assert!(changed.is_err(), "{changed:?}");
        assert_eq!(run!(Counter::objects().filter(|c| c.value.eq(i64::MAX)).count(db)), 1);
    }

    fn division_by_zero_is_null(db) {
        run!(Counter::create().value(0).save(db));
        assert_eq!(run!(Counter::objects().filter(|c| (c.id / c.value).eq(1)).count(db)), 0);
        assert_eq!(run!(Counter::objects().filter(|c| (c.id / c.value).is_null()).count(db)), 1);
    }

    fn a_table_is_changed_by_a_condition_on_itself(db) {
        let root = run!(Person::create().name("root").save(db));
        let child = run!(Person::create().name("child").parent(&root).save(db));
        run!(Person::create().name("grandchild").parent(&child).save(db));
        let renamed = Person::objects().filter(|p| p.parent().name.eq("root"));
        assert_eq!(run!(renamed.update(|p| p.name.set("only child")).run(db)), 1);
        let leaves = Person::objects().exclude(|p| p.children().exists());
        assert_eq!(run!(leaves.delete().run(db)), 1);
        assert_eq!(run!(Person::objects().values(|p| p.name).all(db)), ["only child", "root"]);
    }

    fn values_behind_nullable_relations_are_options(db) {
        world!(db);
        let editors = run!(Post::objects().order_by(|p| p.id).values(|p| p.editor().name).all(db));
        assert_eq!(editors, [Some("Ben".to_owned()), None, None, None]);
        let conditions = run!(Line::objects().values(|l| (l.text.ends_with("x"), l.note.is_null())).all(db));
        assert!(conditions.is_empty());
        run!(Line::create().text("").save(db));
        let conditions = run!(Line::objects().values(|l| (l.text.ends_with("x"), l.note.is_null())).all(db));
        assert_eq!(conditions, [(false, true)]);
    }

    fn slices_are_of_the_rows_and_not_of_what_is_loaded(db) {
        world!(db);
        let two = run!(Author::objects().with(|a| a.posts()).limit(2).all(db));
        assert_eq!(two.iter().map(|(_, posts)| posts.len()).collect::<Vec<_>>(), [3, 1]);
        let second = run!(Author::objects().with(|a| a.posts()).offset(1).first(db)).expect("a row");
        assert_eq!((second.0.name.as_str(), second.1.len()), ("Ben", 1));
    }

    fn relating_a_deleted_row_is_refused(db) {
        world!(db);
        let post = run!(Post::objects().filter(|p| p.slug.eq("first")).get(db));
        let tag = run!(Tag::create().label("gone").save(db));
        run!(tag.delete(db));
        let refused = error(attempt!(post.tags().add([&tag]).run(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(run!(post.tags().count(db)), 2);
    }
}

#[test]
fn a_database_in_memory_is_one_for_all_threads() {
    let db = value(Db::connect("sqlite::memory:"));
    {
        let mut session = value(db.session());
        value(orm::db::Session::batch(
            &mut session,
            "CREATE TABLE suite_counter (id INTEGER PRIMARY KEY, value INTEGER)",
        ));
    }
    std::thread::scope(|scope| {
        for at in 0..8 {
            let db = &db;
            scope.spawn(move || value(Counter::create().value(at).save(db)));
        }
    });
    assert_eq!(value(Counter::objects().count(&db)), 8);
    let other = value(Db::connect("sqlite::memory:"));
    assert!(Counter::objects().count(&other).is_err(), "another database");
}

#[test]
fn a_blocking_handle_within_a_runtime_is_an_error_that_names_the_other() {
    let database = orm_tests::Database::with_tables(orm_tests::Backend::Postgres);
    runtime().block_on(async {
        let refused = match Db::connect(database.url()) {
            Ok(db) => error(Counter::objects().count(&db)),
            Err(refused) => refused,
        };
        assert!(refused.to_string().contains("AsyncDb"), "{refused}");
        let db = value(AsyncDb::connect(database.url()).await);
        assert_eq!(value(Counter::objects().count(&db).await), 0);
    });
}
