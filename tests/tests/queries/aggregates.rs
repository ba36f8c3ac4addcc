//! Aggregates of the rows for which something holds, of different values and of conditions, and how far values are spread.

use chrono::TimeDelta;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Measured {
    pub id: i64,
    pub series: String,
    pub whole: Option<i64>,
    pub small: i16,
    pub double: Option<f64>,
    pub single: f32,
    pub price: Decimal,
    pub took: TimeDelta,
}

/// Both databases agree to 12 digits with what is computed by hand.
fn near(found: Option<f64>, expected: f64) {
    let found = found.expect("a number");
    assert!(
        (found - expected).abs() <= expected.abs() * 1e-12,
        "{found} is not {expected}"
    );
}

behaviour! {
    fn an_aggregate_is_of_the_rows_of_its_filter(db) {
        world!(db);
        let all = Post::objects().aggregate(|p| {
            (
                count(), count().filter(p.views.ge(10)), p.editor.count().filter(p.views.ge(10)), p.author.count_distinct().filter(p.views.gt(5)),
                p.views.sum().filter(p.status.eq(Status::Published)), p.views.avg().filter(p.views.lt(20)), p.views.min().filter(p.views.gt(0)), p.slug.max().filter(p.views.lt(20)),
            )
        });
        let posts = run!(Post::objects().all(db));
        let published: i64 = posts.iter().filter(|post| post.status == Status::Published).map(|post| post.views).sum();
        assert_eq!(run!(all.run(db)), (4, 2, 1, 1, Some(published), Some(5.0), Some(5), Some("third".to_owned())));
        let none = Post::objects().aggregate(|p| (count().filter(p.views.lt(0)), p.views.sum().filter(p.views.lt(0)), p.views.max().filter(p.title.is_null()), p.slug.string_agg(",").filter(p.views.ge(10))));
        assert_eq!(run!(none.run(db)), (0, None, None, Some("first,second".to_owned())));
        // Both filters are meant, and neither is another's.
        let both = Post::objects().aggregate(|p| (count().filter(p.views.ge(5)).filter(p.views.lt(20)), count().filter(p.views.eq(5) | p.views.eq(0)).filter(!p.views.eq(0))));
        assert_eq!(run!(both.run(db)), (2, 1));
        // A condition that is NULL does not hold.
        let unknown = Post::objects().aggregate(|p| (count().filter(p.editor().name.eq("Ben")), count().filter(!p.editor().name.eq("Ben"))));
        assert_eq!(run!(unknown.run(db)), (1, 3));
    }

    fn an_aggregate_is_of_the_rows_that_a_limit_leaves(db) {
        world!(db);
        let most_read = || Post::objects().order_by(|p| (p.views.desc(), p.id)).limit(2);
        assert_eq!(run!(most_read().aggregate(|p| (count(), p.views.sum(), p.views.min(), p.author().name.max())).run(db)), (2, Some(30), Some(10), Some("Ann".to_owned())));
        let rest = Post::objects().order_by(|p| p.views.desc()).offset(2).filter(|p| p.views.ge(0));
        assert_eq!(run!(rest.aggregate(|p| (count(), p.views.max(), count().filter(p.editor.is_null()))).run(db)), (2, Some(5), 2));
        // Many related rows, an order by them, and values that are bound on both sides.
        let talked = Author::objects().filter(|a| a.name.ne("Cleo")).order_by(|a| a.posts().filter(|p| p.views.gt(4)).count().desc()).limit(1);
        assert_eq!(run!(talked.aggregate(|a| (a.name.min(), a.posts().count().sum(), count().filter(a.email.ends_with(".com")))).run(db)), (Some("Ann".to_owned()), Some(3), 1));
        for beyond in [Post::objects().limit(0), Post::objects().order_by(|p| p.id).offset(9), Post::objects().none().limit(3)] {
            assert_eq!(run!(beyond.aggregate(|p| (count(), p.views.sum())).run(db)), (0, None));
        }
        // Whole rows are distinct anyway.
        assert_eq!(run!(Post::objects().distinct().aggregate(|p| p.views.sum()).run(db)), Some(35));
        let grouped = error(attempt!(Post::objects().group_by(|p| p.author).limit(1).aggregate(|p| p.views.sum()).run(db)));
        assert!(grouped.is_unsupported() && grouped.to_string().contains("group_by()"), "{grouped}");
    }

    fn filtered_aggregates_stand_in_groups_and_beside_rows(db) {
        world!(db);
        let grouped = Post::objects()
            .group_by(|p| p.author().name)
            .values(|p| (p.author().name, count(), count().filter(p.views.ge(10)), p.views.sum().filter(p.views.ge(10)).coalesce(0)))
            .having(|p| count().filter(p.views.gt(0)).gt(0))
            .order_by(|p| (count().filter(p.views.ge(10)).desc(), p.author().name));
        assert_eq!(run!(grouped.all(db)), [("Ann".to_owned(), 3, 2, 30), ("Ben".to_owned(), 1, 0, 0)]);
        let beside = run!(Author::objects().annotate(|a| (a.posts().aggregate(|p| count().filter(p.views.ge(10))), a.posts().aggregate(|p| p.views.sum().filter(p.comments().exists())))).all(db));
        assert_eq!(beside.iter().map(|(author, values)| (author.name.as_str(), *values)).collect::<Vec<_>>(), [("Ann", (2, Some(10))), ("Ben", (0, Some(5))), ("Cleo", (0, None))]);
        // What is around the query says which rows count, and the aggregate is still over those of the query.
        let named = Author::objects().values(|a| (a.name, a.posts().aggregate(|_| count().filter(a.name.eq("Ann"))), a.posts().aggregate(|p| p.views.sum().filter(a.name.ne("Ann")))));
        assert_eq!(run!(named.all(db)), [("Ann".to_owned(), 3, None), ("Ben".to_owned(), 0, Some(5)), ("Cleo".to_owned(), 0, None)]);
        let changed = run!(Author::objects().filter(|a| a.posts().aggregate(|p| count().filter(p.views.ge(20))).eq(1)).update(|a| a.email.set("busy@example.com")).run(db));
        assert_eq!(changed, 1);
    }

    fn what_cannot_be_filtered_is_refused_by_name(db) {
        let value = error(attempt!(Post::objects().values(|p| p.views.abs().filter(p.views.gt(1))).all(db)));
        assert!(value.is_unsupported() && value.to_string().contains("filter() is of an aggregate itself"), "{value}");
        let computed = error(attempt!(Post::objects().aggregate(|p| (p.views.sum() + 1).filter(p.views.gt(1))).run(db)));
        assert!(computed.to_string().contains("filter the aggregate before"), "{computed}");
        let within = error(attempt!(Post::objects().aggregate(|p| count().filter(p.views.sum().gt(1))).run(db)));
        assert!(within.is_unsupported() && within.to_string().contains("an aggregate of them already"), "{within}");
    }

    fn different_values_count_once(db) {
        let rows = [(1, "0.5"), (1, "0.50"), (2, "1"), (2, "1.0"), (4, "0.25")];
        run!(Measured::bulk_create(rows.map(|(number, price)| Measured::create().series("a").whole(number).small(i16::try_from(number).unwrap()).double(number as f64).single(number as f32).price(price.parse::<Decimal>().unwrap()).took(TimeDelta::seconds(number)))).run(db));
        let whole = Measured::objects().aggregate(|m| (m.whole.sum_distinct(), m.small.sum_distinct(), m.double.sum_distinct(), m.whole.avg_distinct()));
        assert_eq!(run!(whole.run(db)), (Some(7), Some(7), Some(7.0), Some(7.0 / 3.0)));
        let price = Measured::objects().aggregate(|m| (m.price.sum_distinct(), m.price.sum_distinct().filter(m.whole.gt(1)), (m.price * 2).sum_distinct()));
        assert_eq!(run!(price.run(db)), (Some("1.75".parse().unwrap()), Some("1.25".parse().unwrap()), Some("3.5".parse().unwrap())));
        let took = Measured::objects().aggregate(|m| (m.took.sum().filter(m.whole.gt(1)), m.took.avg().filter(m.whole.ne(4))));
        assert_eq!(run!(took.run(db)), (Some(TimeDelta::seconds(8)), Some(TimeDelta::milliseconds(1500))));
    }

    fn conditions_are_taken_together(db) {
        world!(db);
        let all = Post::objects().aggregate(|p| (p.views.ge(0).bool_and(), p.views.gt(0).bool_and(), p.views.ge(20).bool_or(), p.views.gt(20).bool_or(), p.editor().name.eq("Ben").bool_and(), p.views.gt(0).bool_and().filter(p.views.ne(0))));
        assert_eq!(run!(all.run(db)), (Some(true), Some(false), Some(true), Some(false), Some(true), Some(true)));
        assert_eq!(run!(Post::objects().none().aggregate(|p| (p.views.gt(0).bool_and(), p.views.gt(0).bool_or())).run(db)), (None, None));
        let authors = Author::objects().filter(|a| a.posts().aggregate(|p| p.views.gt(0).bool_and()).eq(true)).values(|a| a.name);
        assert_eq!(run!(authors.all(db)), ["Ben"]);
        let grouped = Post::objects().group_by(|p| p.author().name).values(|p| p.author().name).having(|p| p.views.ge(5).bool_and().eq(true));
        assert_eq!(run!(grouped.all(db)), ["Ben"]);
    }

    fn values_are_spread_the_same_on_both_databases(db) {
        // Large and close to each other, so that a sum of squares would have no digits left for the difference.
        let large = 9_000_000_000_000_000_000_i64;
        let rows = [(0, 1.5, "1000000000000.1"), (3, -2.5, "1000000000000.2"), (10, 1e3, "1000000000000.4"), (11, 0.1, "1000000000000.1")];
        run!(Measured::bulk_create(rows.map(|(number, double, price)| Measured::create().series("a").whole(large + number).small(i16::try_from(number).unwrap()).double(double).single(double as f32).price(price.parse::<Decimal>().unwrap()).took(TimeDelta::zero()))).run(db));
        run!(Measured::bulk_create([Measured::create().series("none").small(7).single(1.0).price(3).took(TimeDelta::zero())]).run(db));
        let by_hand = |values: &[f64], of: f64| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / of
        };
        let a = || Measured::objects().filter(|m| m.series.eq("a"));
        let whole = by_hand(&[0.0, 3.0, 10.0, 11.0], 4.0);
        let (population, sample, deviation, small) = run!(a().aggregate(|m| (m.whole.var_pop(), m.whole.var_samp(), m.whole.stddev_pop(), m.small.stddev_samp())).run(db));
        near(population, whole);
        near(sample, whole * 4.0 / 3.0);
        near(deviation, whole.sqrt());
        near(small, (whole * 4.0 / 3.0).sqrt());
        let double = by_hand(&[1.5, -2.5, 1e3, 0.1], 3.0);
        let single = by_hand(&[1.5, -2.5, 1e3, f64::from(0.1_f32)], 3.0);
        let price = by_hand(&[0.1, 0.2, 0.4, 0.1], 4.0);
        let (doubles, singles, prices, computed) = run!(a().aggregate(|m| (m.double.var_samp(), m.single.var_samp(), m.price.var_pop(), (m.small * 2).var_pop())).run(db));
        near(doubles, double);
        near(singles, single);
        near(prices, price);
        near(computed, whole * 4.0);
        let one = Measured::objects().filter(|m| m.small.eq(7)).aggregate(|m| (m.small.var_pop(), m.small.var_samp(), m.whole.var_pop(), m.small.stddev_samp().filter(m.id.lt(0))));
        assert_eq!(run!(one.run(db)), (Some(0.0), None, None, None));
        let groups = Measured::objects().group_by(|m| m.series).values(|m| (m.series, m.small.var_pop().filter(m.small.gt(5)))).having(|m| m.small.stddev_samp().gt(1.0));
        assert_eq!(run!(groups.all(db)), [("a".to_owned(), Some(0.25))]);
    }
}
