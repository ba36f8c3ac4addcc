//! The database holds rows to what the model says, and the error says which rule it was.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

behaviour! {
    fn unique_names_its_constraint_and_columns(db) {
        run!(Author::create().name("Ann").email("a@example.com").save(db));
        let refused = error(attempt!(Author::create().name("Bob").email("a@example.com").save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("suite_author_email_uniq"));
        assert_eq!(refused.fields(), ["email"]);
        // Values are nobody's business.
        assert!(!refused.to_string().contains("a@example.com"), "{refused}");
        assert!(!format!("{refused:?}").contains("a@example.com"), "{refused:?}");
    }

    fn unique_together_names_both_columns(db) {
        let limits = |second: i32| Limits::create().short("x").first(1).second(second).status(Status::Draft);
        run!(limits(2).save(db));
        run!(limits(3).save(db));
        let refused = error(attempt!(limits(2).save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("second_once"));
        assert_eq!(refused.fields(), ["first", "second"]);
    }

    fn a_violation_is_told_in_the_words_of_the_model(db) {
        let limits = |second: i32| Limits::create().short("x").first(1).second(second).status(Status::Draft);
        let mut row = run!(limits(2).save(db));
        let taken = error(attempt!(Limits::bulk_create([limits(3), limits(2)]).run(db)));
        assert!(taken.is_unique_violation(), "{taken:?}");
        assert_eq!(taken.constraint_message(), Some("the two numbers are taken"));
        assert!(taken.to_string().starts_with("creating suite.Limits: the two numbers are taken"), "{taken}");
        // What the database said is not lost.
        assert!(format!("{taken:?}").contains("caused by: "), "{taken:?}");
        row.first = 9;
        let wrong = error(attempt!(row.save(db)));
        assert!(wrong.is_check_violation(), "{wrong:?}");
        assert_eq!(wrong.constraint_message(), Some("the first number is less than the second"));
        // Where the model says nothing, the database does.
        let long = error(attempt!(Limits::create().short("toolong").first(1).second(5).status(Status::Draft).save(db)));
        assert_eq!(long.constraint_message(), None);
    }

    fn unique_lets_nulls_be(db) {
        for second in 2..5 {
            run!(Limits::create().short("x").first(1).second(second).status(Status::Draft).save(db));
        }
        assert_eq!(run!(Limits::objects().filter(|l| l.code.is_null()).count(db)), 3);
    }

    fn a_check_names_itself(db) {
        let refused = error(attempt!(Limits::create().short("x").first(2).second(1).status(Status::Draft).save(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("first_is_less"));
        let ann = run!(Author::create().name("Ann").email("a").save(db));
        let blank = error(attempt!(Post::create().author(&ann).title("  ").slug("s").save(db)));
        assert!(blank.is_check_violation(), "{blank:?}");
        assert_eq!(blank.constraint(), Some("title_not_blank"));
    }

    fn length_counts_characters_and_is_enforced(db) {
        run!(Limits::create().short("日本語ab").first(1).second(2).status(Status::Draft).save(db));
        let refused = error(attempt!(Limits::create().short("toolong").first(1).second(3).status(Status::Draft).save(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        let rows = run!(Limits::objects().values(|l| l.short).all(db));
        assert_eq!(rows, ["日本語ab"]);
    }

    fn a_key_to_nothing_is_refused(db) {
        let refused = error(attempt!(CascadeChild::create().parent(12345).save(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(run!(CascadeChild::objects().count(db)), 0);
    }

    fn one_to_one_is_unique(db) {
        let ann = run!(Author::create().name("Ann").email("a").save(db));
        run!(Profile::create().author(&ann).save(db));
        let refused = error(attempt!(Profile::create().author(&ann).save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
    }

    fn a_refused_update_changes_nothing(db) {
        let row = run!(Limits::create().short("x").first(1).second(2).status(Status::Draft).save(db));
        let refused = error(attempt!(Limits::objects().update(|l| l.first.set(l.second + 1)).run(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert_eq!(run!(Limits::objects().get(db)), row);
    }
}
