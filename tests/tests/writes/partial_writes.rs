//! Some fields of a row, and some rows at a time.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use super::bulk_updates::Jar;
use orm_tests::samples::samples;

orm::app!("suite");

/// What is saved with some of its fields.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Memo {
    pub id: i64,
    pub subject: String,
    pub body: Option<String>,
    pub stars: i32,
    #[orm(generated = |m| m.stars + 1)]
    pub shown: i32,
    #[orm(auto_now)]
    pub touched_at: DateTime<Utc>,
}

behaviour! {
    fn only_the_named_fields_are_saved(db) {
        let mut mine = run!(Memo::create().subject("s").stars(1).save(db));
        let before = mine.touched_at;
        let mut theirs = mine.clone();
        theirs.body = Some("theirs".to_owned());
        run!(theirs.save_fields(|m| m.body, db));
        mine.stars = 7;
        mine.subject = "not written".to_owned();
        run!(mine.save_fields(|m| (m.stars, m.stars), db));
        let now = run!(Memo::objects().get(db));
        assert_eq!((now.subject.as_str(), now.body.as_deref(), now.stars, now.shown), ("s", Some("theirs"), 7, 8));
        assert!(now.touched_at > before);
        assert_eq!(mine, now, "the struct is the row as it is");
        run!(mine.save_fields(|m| vec![m.body], db));
        assert_eq!(mine.body.as_deref(), Some("theirs"));
        mine.body = None;
        run!(mine.save_fields(|m| m.body, db));
        assert_eq!(run!(Memo::objects().get(db)), mine);
    }

    fn fields_that_cannot_be_saved_are_refused_by_name(db) {
        let mut memo = run!(Memo::create().subject("s").stars(1).save(db));
        let key = error(attempt!(memo.save_fields(|m| (m.subject, m.id), db)));
        assert!(key.is_unsupported() && key.to_string().contains("the save of suite.Memo cannot set `id`"), "{key}");
        let generated = error(attempt!(memo.save_fields(|m| m.shown, db)));
        assert!(generated.to_string().contains("`shown` of suite.Memo is generated"), "{generated}");
        let nothing: Vec<orm::queries::Field<String>> = Vec::new();
        let nothing = error(attempt!(memo.save_fields(|_| nothing, db)));
        assert!(nothing.to_string().contains("the save of suite.Memo names no field"), "{nothing}");
        memo.stars = 2;
        run!(Memo::objects().delete().run(db));
        assert!(error(attempt!(memo.save_fields(|m| m.stars, db))).is_not_found());
    }

    fn fields_of_a_composite_key_are_found_by_all_of_it(db) {
        run!(Jar::create().shelf(1).place("left").label("l").save(db));
        let mut right = run!(Jar::create().shelf(1).place("right").label("r").save(db));
        right.honey = Some(4);
        run!(right.save_fields(|j| j.honey, db));
        assert_eq!(right.more, 5);
        let honey = run!(Jar::objects().order_by(|j| j.place).values(|j| j.honey).all(db));
        assert_eq!(honey, [None, Some(4)]);
    }

    fn rows_are_deleted_in_batches_of_any_size(db) {
        let numbers: Vec<i64> = samples(61, 0..5_i64).into_iter().take(57).collect();
        for size in [1_u32, 2, 7, 56, 57, 58, u32::MAX] {
            run!(Counter::bulk_create(numbers.iter().map(|number| Counter::create().value(*number))).run(db));
            let matching = numbers.iter().filter(|number| **number != 3).count();
            let deleted = run!(Counter::objects().filter(|c| c.value.ne(3)).delete().in_batches(size).run(db));
            assert_eq!(deleted, matching as u64, "{size}");
            let left = run!(Counter::objects().values(|c| c.value).all(db));
            assert!(left.len() == numbers.len() - matching && left.iter().all(|value| *value == 3));
            run!(Counter::objects().delete().in_batches(size).run(db));
            assert_eq!(run!(Counter::objects().count(db)), 0);
        }
        assert_eq!(run!(Counter::objects().none().delete().in_batches(3).run(db)), 0);
    }

    fn batches_follow_relations_and_composite_keys(db) {
        orm_tests::world!(db);
        let gone = run!(Comment::objects().filter(|c| c.post().author().name.eq("Ann")).delete().in_batches(1).run(db));
        assert_eq!(gone, 2);
        let gone = run!(Post::objects()
            .filter(|p| p.id.in_(Post::objects().filter(|q| q.views.ge(0)).values(|q| q.id)))
            .delete()
            .in_batches(3)
            .run(db));
        assert_eq!(gone, 4);
        let jars = (0..5_i64).map(|at| Jar::create().shelf(at % 2).place(at.to_string()).label("j"));
        run!(Jar::bulk_create(jars).run(db));
        assert_eq!(run!(Jar::objects().filter(|j| j.shelf.eq(0)).delete().in_batches(2).run(db)), 3);
        assert_eq!(run!(Jar::objects().count(db)), 2);
    }

    fn what_cannot_be_deleted_in_batches_is_refused(db) {
        run!(Counter::create().value(1).save(db));
        let none = error(attempt!(Counter::objects().delete().in_batches(0).run(db))).to_string();
        assert!(none.contains("suite.Counter cannot be deleted no rows at a time"), "{none}");
        let cut = error(attempt!(Counter::objects().limit(1).delete().in_batches(1).run(db)));
        assert!(cut.is_unsupported(), "{cut}");
        assert_eq!(run!(Counter::objects().count(db)), 1);
    }
}
