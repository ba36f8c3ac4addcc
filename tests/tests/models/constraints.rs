//! The database enforces what the model says, and the error names the violated rule.

use orm::error::Kind;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use rust_decimal::Decimal;

behaviour! {
    fn unique_names_its_constraint_and_columns(db) {
        run!(Author::create().name("Ann").email("a@example.com").save(db));
        let refused = error(attempt!(Author::create().name("Bob").email("a@example.com").save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("suite_author_email_uniq"));
        assert_eq!(refused.fields(), ["email"]);
        // Values must not be in it.
        assert!(!refused.to_string().contains("a@example.com"), "{refused}");
        assert!(!format!("{refused:?}").contains("a@example.com"), "{refused:?}");
    }

    fn a_violated_partial_unique_index_is_named(db) {
        let booking = |place: i32, code: &'static str, closed: bool| {
            Booking::create().place(place).code(code).closed(closed)
        };
        let mut closed = run!(booking(1, "a", true).save(db));
        run!(booking(1, "b", true).save(db));
        run!(booking(1, "c", false).save(db));
        run!(booking(2, "d", false).save(db));
        let taken = error(attempt!(booking(1, "e", false).save(db)));
        assert!(taken.is_unique_violation(), "{taken:?}");
        assert_eq!(taken.constraint(), Some("open_once"));
        assert_eq!(taken.fields(), ["place"]);
        assert_eq!(taken.constraint_message(), Some("the place is taken"));
        closed.closed = false;
        let taken = error(attempt!(closed.save(db)));
        assert_eq!(taken.constraint(), Some("open_once"));
        assert_eq!(run!(Booking::objects().filter(|b| b.place.eq(1)).count(db)), 3);
    }

    fn a_violated_unique_index_over_an_expression_is_named(db) {
        run!(Booking::create().place(1).code("Ann").closed(true).save(db));
        let taken = error(attempt!(Booking::create().place(2).code("aNN").closed(true).save(db)));
        assert!(taken.is_unique_violation(), "{taken:?}");
        assert_eq!(taken.constraint(), Some("code_once"));
        assert_eq!(taken.fields(), ["code"]);
        assert!(!taken.to_string().contains("aNN"), "{taken}");
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

    fn a_violation_has_the_message_of_the_model(db) {
        let limits = |second: i32| Limits::create().short("x").first(1).second(second).status(Status::Draft);
        let mut row = run!(limits(2).save(db));
        let taken = error(attempt!(Limits::bulk_create([limits(3), limits(2)]).run(db)));
        assert!(taken.is_unique_violation(), "{taken:?}");
        assert_eq!(taken.constraint_message(), Some("the two numbers are taken"));
        assert!(taken.to_string().starts_with("creating suite.Limits: the two numbers are taken"), "{taken}");
        // The database's own message is kept as the source.
        assert!(format!("{taken:?}").contains("caused by: "), "{taken:?}");
        row.first = 9;
        let wrong = error(attempt!(row.save(db)));
        assert!(wrong.is_check_violation(), "{wrong:?}");
        assert_eq!(wrong.constraint_message(), Some("the first number is less than the second"));
        // Without a message in the model, the database's is shown.
        let long = error(attempt!(Limits::create().short("toolong").first(1).second(5).status(Status::Draft).save(db)));
        assert_eq!(long.constraint_message(), None);
    }

    fn unique_allows_several_nulls(db) {
        for second in 2..5 {
            run!(Limits::create().short("x").first(1).second(second).status(Status::Draft).save(db));
        }
        assert_eq!(run!(Limits::objects().filter(|l| l.code.is_null()).count(db)), 3);
    }

    fn a_violated_check_is_named(db) {
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

    fn a_value_is_kept_as_it_is_or_refused(db) {
        let decimal = |text: &str| text.parse::<Decimal>().expect("a decimal");
        let limits = |second: i32| Limits::create().short("abc  ").first(0).second(second).status(Status::Draft);
        let mut row = run!(limits(1).price(decimal("9999.990")).save(db));
        assert_eq!((row.short.as_str(), row.price), ("abc  ", Some(decimal("9999.99"))));
        let refused = |result: orm::Result<()>, constraint: &str| {
            let error = error(result);
            assert!(error.is_check_violation(), "{error:?}");
            assert_eq!(error.constraint(), Some(constraint));
        };
        let (price, short) = ("suite_limits_price_check", "suite_limits_short_check");
        for wrong in ["1.005", "0.001", "-0.009", "9999.995", "10000"] {
            let wrong = decimal(wrong);
            refused(attempt!(limits(2).price(wrong).save(db)).map(drop), price);
            for size in [2, 40] {
                let drafts = (2..2 + size).map(|at| limits(at).price(if at == 3 { wrong } else { decimal("1.5") }));
                refused(attempt!(Limits::bulk_create(drafts).run(db)).map(drop), price);
            }
            refused(attempt!(Limits::objects().update(|l| l.price.set(wrong)).run(db)).map(drop), price);
        }
        refused(attempt!(Limits::objects().update(|l| l.price.set(l.price - decimal("0.005"))).run(db)).map(drop), price);
        refused(attempt!(Limits::objects().update(|l| l.price.set(l.price / decimal("8"))).run(db)).map(drop), price);
        for wrong in ["abcde ", "abc   ", "     \n", "abcdef"] {
            refused(attempt!(limits(2).short(wrong).save(db)).map(drop), short);
            refused(attempt!(Limits::objects().update(|l| l.short.set(wrong)).run(db)).map(drop), short);
        }
        assert_eq!(run!(Limits::objects().all(db)), [row.clone()]);
        row.price = Some(decimal("0.001"));
        refused(attempt!(row.save(db)), price);
        run!(Limits::objects().update(|l| l.price.set(l.price - decimal("0.49"))).run(db));
        assert_eq!(run!(Limits::objects().values(|l| l.price).all(db)), [Some(decimal("9999.5"))]);
    }

    fn a_foreign_key_to_a_missing_row_is_refused(db) {
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

    fn a_refused_row_names_the_field(db) {
        let limits = || Limits::create().short("x").first(1).second(2).status(Status::Draft);
        let long = error(attempt!(limits().short("toolong").save(db)));
        assert!(long.is_check_violation(), "{long:?}");
        assert_eq!((long.constraint(), long.fields()), (Some("suite_limits_short_check"), &["short".to_owned()][..]));
        assert_eq!(long.hint(), Some("`short` takes at most 5 characters"));
        let digits = error(attempt!(limits().price(rust_decimal::Decimal::new(1_234_567, 2)).save(db)));
        assert!(digits.is_check_violation(), "{digits:?}");
        assert_eq!((digits.constraint(), digits.fields()), (Some("suite_limits_price_check"), &["price".to_owned()][..]));
        assert_eq!(digits.hint(), Some("`price` takes at most 6 digits, 2 of them after the point"));
        let order = error(attempt!(limits().first(3).save(db)));
        assert_eq!(order.fields(), ["first", "second"]);
    }

    fn a_number_beyond_its_column_is_one_kind_of_error(db) {
        run!(Nothing::create().small(10_000).medium(2_000_000_000).large(i64::MAX).save(db));
        let small = error(attempt!(Nothing::objects().update(|n| n.small.set(n.small + 30_000)).run(db)));
        assert!(small.is_check_violation(), "{small:?}");
        assert_eq!((small.constraint(), small.fields()), (Some("suite_nothing_small_check"), &["small".to_owned()][..]));
        assert_eq!(small.hint(), Some("`small` takes whole numbers from -32768 to 32767"));
        let medium = error(attempt!(Nothing::objects().update(|n| n.medium.set(n.medium + 2_000_000_000)).run(db)));
        assert!(medium.is_check_violation(), "{medium:?}");
        assert_eq!((medium.constraint(), medium.fields()), (Some("suite_nothing_medium_check"), &["medium".to_owned()][..]));
        let large = error(attempt!(Nothing::objects().update(|n| n.large.set(n.large + 1)).run(db)));
        assert_eq!(large.kind(), Kind::Encode, "{large:?}");
        assert_eq!(large.fields(), ["large"]);
    }

    fn errors_name_fields_and_not_columns(db) {
        let ann = run!(Author::create().name("Ann").email("a").save(db));
        run!(Profile::create().author(&ann).save(db));
        let twice = error(attempt!(Profile::create().author(&ann).save(db)));
        assert_eq!((twice.constraint(), twice.fields()), (Some("suite_profile_author_id_uniq"), &["author".to_owned()][..]));
        assert_eq!(twice.hint(), Some("a row with the same author is there already"));
        let numbered = error(attempt!(Author::create().id(ann.id).name("Bob").email("b").save(db)));
        assert_eq!(numbered.fields(), ["id"]);
        assert!(numbered.hint().is_some_and(|hint| hint.contains("with the same id") && hint.contains("counter behind")), "{numbered:?}");
        run!(Country::create().code("fr").name("France").save(db));
        let key = error(attempt!(Country::create().code("fr").name("x").save(db)));
        assert_eq!((key.constraint(), key.fields()), (Some("suite_country_code_pkey"), &["code".to_owned()][..]));
        run!(Post::create().author(&ann).title("a").slug("s").save(db));
        let both = error(attempt!(Post::create().author(&ann).title("b").slug("s").save(db)));
        assert_eq!(both.fields(), ["author", "slug"]);
    }

    fn a_foreign_key_to_a_missing_row_names_its_field(db) {
        let named = |refused: &orm::Error, constraint: &str, field: &str| {
            assert!(refused.is_foreign_key_violation(), "{refused:?}");
            assert_eq!((refused.constraint(), refused.fields()), (Some(constraint), &[field.to_owned()][..]), "{refused:?}");
        };
        let refused = error(attempt!(CascadeChild::create().parent(12345).save(db)));
        named(&refused, "suite_cascade_child_parent_id_fk", "parent");
        assert_eq!(
            refused.hint(),
            Some("the suite.Parent that suite.CascadeChild.parent points at does not exist")
        );
        let parent = run!(Parent::create().name("p").save(db));
        let drafts = [parent.id, 99].map(|id| RestrictChild::create().parent(id));
        named(&error(attempt!(RestrictChild::bulk_create(drafts).run(db))), "suite_restrict_child_parent_id_fk", "parent");
        let mut child = run!(SetNullChild::create().parent(parent.id).save(db));
        child.parent = Some(ForeignKey::new(99));
        named(&error(attempt!(child.save(db))), "suite_set_null_child_parent_id_fk", "parent");
        // Of two foreign keys to one model, the one that points at no row.
        let ann = run!(Author::create().name("Ann").email("a").save(db));
        let edited = error(attempt!(Post::create().author(&ann).editor(99).title("t").slug("s").save(db)));
        named(&edited, "suite_post_editor_id_fk", "editor");
        let post = run!(Post::create().author(&ann).title("t").slug("s").save(db));
        let tag = run!(Tag::create().label("x").save(db));
        run!(tag.delete(db));
        named(&error(attempt!(post.tags().add([&tag]).run(db))), "suite_post_tags_tag_id_fk", "tags");
        let own = error(attempt!(Person::create().name("x").parent(7).save(db)));
        named(&own, "suite_person_parent_id_fk", "parent");
        assert_eq!((run!(RestrictChild::objects().count(db)), run!(Post::objects().count(db))), (0, 1));
    }

    fn deleting_a_referenced_row_names_what_refers_to_it(db) {
        let parent = run!(Parent::create().name("p").save(db));
        let other = run!(Parent::create().name("q").save(db));
        run!(CascadeChild::create().parent(parent.id).save(db));
        run!(NoActionChild::create().parent(parent.id).save(db));
        run!(RestrictChild::create().parent(other.id).save(db));
        let kept = error(attempt!(parent.delete(db)));
        assert!(kept.is_foreign_key_violation(), "{kept:?}");
        assert_eq!((kept.constraint(), kept.fields()), (Some("suite_no_action_child_parent_id_fk"), &["id".to_owned()][..]));
        assert!(kept.hint().unwrap_or_default().starts_with("suite.NoActionChild.parent still points at it"), "{kept}");
        let held = error(attempt!(Parent::objects().filter(|p| p.name.eq("q")).delete().run(db)));
        assert_eq!((held.constraint(), held.fields()), (Some("suite_restrict_child_parent_id_fk"), &["id".to_owned()][..]));
        assert_eq!((run!(Parent::objects().count(db)), run!(CascadeChild::objects().count(db))), (2, 1));
        // Rows that are deleted together do not restrict each other; a remaining row does.
        let root = run!(Person::create().name("root").save(db));
        run!(Person::create().name("leaf").parent(&root).save(db));
        run!(Person::objects().delete().run(db));
        assert_eq!(run!(Person::objects().count(db)), 0);
    }

    fn a_foreign_key_that_fails_at_the_commit_names_its_field(db) {
        let refused = error(transaction!(db, |tx| {
            run!(Parent::create().name("p").save(tx));
            run!(NoActionChild::create().parent(12345).save(tx));
            Ok(())
        }));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("suite_no_action_child_parent_id_fk"));
        assert_eq!(refused.fields(), ["parent"]);
        assert!(refused.hint().unwrap_or_default().contains("suite.NoActionChild.parent points at"), "{refused}");
        // A foreign key that is not deferrable fails within the transaction.
        let refused = error(transaction!(db, |tx| {
            run!(Parent::create().name("p").save(tx));
            attempt!(RestrictChild::create().parent(12345).save(tx))
        }));
        assert_eq!(refused.fields(), ["parent"]);
        assert_eq!(run!(Parent::objects().count(db)), 0);
        let again = transaction!(db, |tx| { attempt!(Parent::create().name("p").save(tx)) });
        assert!(again.is_ok(), "{again:?}");
    }

    fn a_refused_update_changes_nothing(db) {
        let row = run!(Limits::create().short("x").first(1).second(2).status(Status::Draft).save(db));
        let refused = error(attempt!(Limits::objects().update(|l| l.first.set(l.second + 1)).run(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert_eq!(run!(Limits::objects().get(db)), row);
    }
}

/// On a shard of a table (as Citus has them) the constraint's name ends with the shard's number.
#[test]
fn a_constraint_of_a_shard_has_the_message_of_the_model() {
    let database = orm_tests::Database::with_tables(orm_tests::Backend::Postgres);
    let db = value(orm::Db::connect(database.url()));
    value(orm::db::Session::batch(
        &mut value(db.session()),
        "ALTER TABLE suite_limits RENAME CONSTRAINT first_is_less TO first_is_less_102019; ALTER TABLE suite_limits RENAME \
         CONSTRAINT second_once TO second_once_102019",
    ));
    let limits = |first: i32| {
        Limits::create()
            .short("x")
            .first(first)
            .second(5)
            .status(Status::Draft)
    };
    let order = error(limits(9).save(&db));
    assert_eq!(order.constraint(), Some("first_is_less"));
    assert_eq!(
        order.constraint_message(),
        Some("the first number is less than the second")
    );
    value(limits(1).save(&db));
    let twice = error(limits(1).save(&db));
    assert_eq!(twice.constraint(), Some("second_once"));
    assert_eq!(twice.constraint_message(), Some("the two numbers are taken"));
}

mod chains {
    //! Rows that are deleted by cascade, and one behind them that restricts.

    use orm::prelude::*;
    use orm::{AsyncDb, Db};
    use orm_tests::behaviour::{error, runtime, value};
    use orm_tests::{Backend, Database};

    orm::app!("chains");

    #[derive(Model, Debug, Clone, PartialEq)]
    pub struct Root {
        #[orm(primary_key, max_length = 20)]
        pub code: String,
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    pub struct Branch {
        pub id: i64,
        #[orm(on_delete = Cascade)]
        pub root: ForeignKey<Root>,
    }

    #[derive(Model, Debug, Clone, PartialEq)]
    pub struct Leaf {
        pub id: i64,
        #[orm(on_delete = Restrict)]
        pub branch: ForeignKey<Branch>,
    }

    #[test]
    fn a_restriction_behind_a_cascade_is_named() {
        for backend in Backend::ALL {
            let database = Database::with_tables_of(backend, "chains");
            let db = value(Db::connect(database.url()));
            for code in ["a", "b"] {
                let root = value(Root::create().code(code).save(&db));
                value(Branch::create().root(&root).save(&db));
            }
            value(Leaf::create().branch(1).save(&db));
            let told = |held: orm::Error| {
                assert!(held.is_foreign_key_violation(), "{held:?}");
                assert_eq!(held.constraint(), Some("chains_leaf_branch_id_fk"), "{held:?}");
                let hint = held.hint().unwrap_or_default();
                assert!(
                    hint.starts_with("chains.Leaf.branch still points at it"),
                    "{held}"
                );
            };
            let a = value(Root::objects().filter(|r| r.code.eq("a")).get(&db));
            told(error(a.delete(&db)));
            told(error(Root::objects().delete().run(&db)));
            runtime().block_on(async {
                let db = value(AsyncDb::connect(database.url()).await);
                told(error(a.delete(&db).await));
                told(error(
                    db.transaction(async |tx| Root::objects().delete().run(tx).await)
                        .await,
                ));
            });
            value(Root::objects().filter(|r| r.code.eq("b")).delete().run(&db));
            assert_eq!(
                (
                    value(Root::objects().count(&db)),
                    value(Branch::objects().count(&db))
                ),
                (1, 1)
            );
        }
    }
}
