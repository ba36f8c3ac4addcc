//! Terminals combined with limits, orders and aggregates.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::{world, world_of_counters};

behaviour! {
    fn reversing_an_order_reverses_where_null_comes(db) {
        for (text, note) in [("a", Some("x")), ("b", None), ("c", Some("y"))] {
            run!(Line::create().text(text).note(note.map(str::to_owned)).save(db));
        }
        macro_rules! strings {
            ($order:expr) => {
                run!(Line::objects().order_by($order).reverse().values(|l| l.text).all(db)).concat()
            };
        }
        assert_eq!(strings!(|l| l.note), "cab");
        assert_eq!(strings!(|l| l.note.asc().nulls_last()), "bca");
        assert_eq!(strings!(|l| l.note.desc().nulls_first()), "acb");
        let last = run!(Line::objects().order_by(|l| l.note.desc().nulls_last()).last(db));
        assert_eq!(last.map(|line| line.text).as_deref(), Some("b"));
    }

    fn the_order_of_the_model_is_reversed_too(db) {
        for name in ["b", "c", "a"] {
            run!(Country::create().code(name).name(name).save(db));
        }
        let names = |query: QuerySet<Country>| query.values(|c| c.name);
        assert_eq!(run!(names(Country::objects().reverse()).all(db)), ["c", "b", "a"]);
        assert_eq!(run!(names(Country::objects().reverse().reverse()).all(db)), ["a", "b", "c"]);
        let code = |country: Option<Country>| country.map(|country| country.code);
        assert_eq!(code(run!(Country::objects().reverse().first(db))).as_deref(), Some("c"));
        assert_eq!(code(run!(Country::objects().reverse().last(db))).as_deref(), Some("a"));
        // Without any order, by primary key.
        world_of_counters!(db);
        assert_eq!(run!(Counter::objects().first(db)).map(|counter| counter.value), Some(1));
        assert_eq!(run!(Counter::objects().last(db)).map(|counter| counter.value), Some(3));
        assert_eq!(run!(Counter::objects().reverse().first(db)).map(|counter| counter.value), Some(3));
        assert_eq!(run!(Counter::objects().reverse().last(db)).map(|counter| counter.value), Some(1));
        assert_eq!(run!(Counter::objects().values(|c| c.value).first(db)), Some(1));
        assert_eq!(run!(Counter::objects().values(|c| c.value).last(db)), Some(3));
        // A later `order_by` replaces the reversed order.
        assert_eq!(run!(names(Country::objects().reverse().order_by(|c| c.name)).all(db)), ["a", "b", "c"]);
    }

    fn the_last_of_a_page_is_not_the_last_of_all(db) {
        world_of_counters!(db);
        let page = || Counter::objects().order_by(|c| c.value).limit(2);
        assert_eq!(run!(page().first(db)).map(|counter| counter.value), Some(1));
        assert!(error(attempt!(page().last(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().offset(1).last(db))).is_unsupported());
        assert_eq!(run!(page().offset(1).first(db)).map(|counter| counter.value), Some(2));
        assert_eq!(run!(Counter::objects().limit(0).first(db)), None);
        assert_eq!(run!(page().count(db)), 2);
        assert_eq!(run!(page().offset(2).count(db)), 1);
        assert!(!run!(page().offset(3).exists(db)));
        assert!(!run!(page().limit(0).exists(db)));
        // One row remains on the page, although more match.
        assert_eq!(run!(page().offset(2).get(db)).value, 3);
    }

    fn distinct_rows_are_ordered_by_anything_and_distinct_values_by_themselves(db) {
        world!(db);
        let posts = Post::objects().distinct().order_by(|p| (p.author().name.desc(), p.id)).all(db);
        assert_eq!(run!(posts).into_iter().map(|post| post.slug).collect::<Vec<_>>(), ["third", "first", "second", "draft"]);
        assert_eq!(run!(Post::objects().distinct().count(db)), 4);
        // The model's default ordering does not apply to other values.
        let mut authors = run!(Post::objects().distinct().values(|p| p.author().name).all(db));
        authors.sort();
        assert_eq!(authors, ["Ann", "Ben"]);
        let named = Post::objects().distinct().order_by(|p| p.author().name.desc()).values(|p| p.author().name);
        assert_eq!(run!(named.all(db)), ["Ben", "Ann"]);
        assert!(run!(Post::objects().distinct().values(|p| p.author().name).first(db)).is_some());
        let other = Post::objects().distinct().order_by(|p| p.id).values(|p| p.author().name);
        assert!(error(attempt!(other.all(db))).is_unsupported());
    }

    fn aggregates_answer_over_no_rows_too(db) {
        world_of_counters!(db);
        let none = run!(Counter::objects().filter(|c| c.value.gt(9)).aggregate(|c| (count(), c.value.sum(), c.value.max())).run(db));
        assert_eq!(none, (0, None, None));
        let none = run!(Counter::objects().none().aggregate(|c| (count(), c.value.sum(), c.value.avg())).run(db));
        assert_eq!(none, (0, None, None));
        let all = run!(Counter::objects().aggregate(|c| (c.value.sum(), c.value.avg(), c.value.count(), c.value.count_distinct())).run(db));
        assert_eq!(all, (Some(6), Some(2.0), 3, 3));
        let doubled = run!(Counter::objects().aggregate(|c| (c.value * 2 + 1).sum()).run(db));
        assert_eq!(doubled, Some(15));
    }

    fn an_aggregate_of_plain_columns_is_refused_before_it_is_sent(db) {
        world_of_counters!(db);
        assert!(error(attempt!(Counter::objects().aggregate(|c| c.value).run(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().values(|c| (c.value, count())).all(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().filter(|_| count().gt(1)).all(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().group_by(|c| c.value).all(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().group_by(|c| c.value).count(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().group_by(|c| c.value).aggregate(|_| count()).run(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().group_by(|c| c.value).delete().run(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().limit(1).delete().run(db))).is_unsupported());
        assert!(error(attempt!(Counter::objects().offset(1).update(|c| c.value.set(0)).run(db))).is_unsupported());
        assert_eq!(run!(Counter::objects().count(db)), 3);
    }

    fn groups_are_counted_and_chosen(db) {
        world!(db);
        let rows = Post::objects()
            .group_by(|p| p.author().name)
            .order_by(|p| p.author().name)
            .values(|p| (p.author().name, count(), p.views.sum()));
        assert_eq!(run!(rows.all(db)), [("Ann".to_owned(), 3, Some(30)), ("Ben".to_owned(), 1, Some(5))]);
        let busy = Post::objects().group_by(|p| p.author().name).values(|p| p.author().name).having(|_| count().gt(2));
        assert_eq!(run!(busy.all(db)), ["Ann"]);
    }

    fn an_update_names_a_column_once(db) {
        world_of_counters!(db);
        let twice = attempt!(Counter::objects().update(|c| (c.value.set(1), c.value.set(2))).run(db));
        assert!(error(twice).to_string().contains("value"));
        let nothing: Vec<orm::queries::Assignment> = Vec::new();
        assert!(attempt!(Counter::objects().update(|_| nothing).run(db)).is_err());
    }
}
