//! Numbers and orders by chance: what is certain of them.

use std::collections::BTreeSet;

use orm::prelude::*;
use orm::random;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

const ROWS: i64 = 200;

macro_rules! lines {
    ($db:expr) => {
        run!(Line::bulk_create((0..ROWS).map(|at| Line::create().text(at.to_string()))).run($db))
    };
}

fn all_of(texts: &[String]) -> bool {
    let texts: BTreeSet<i64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    texts == (0..ROWS).collect()
}

behaviour! {
    /// At least 0 and less than 1, another for each row, and not all of them at one end.
    fn a_random_number_is_another_for_each_row(db) {
        lines!(db);
        let numbers: Vec<f64> = run!(Line::objects().values(|_| random()).all(db));
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)), "{numbers:?}");
        let different: BTreeSet<u64> = numbers.iter().map(|number| number.to_bits()).collect();
        assert_eq!(different.len(), numbers.len());
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        assert!((0.3..0.7).contains(&mean), "{mean}");
        let two: Vec<(f64, f64)> = run!(Line::objects().values(|_| (random(), random())).all(db));
        assert!(two.iter().all(|(one, other)| one.to_bits() != other.to_bits()), "{two:?}");
    }

    /// Every row once, in another order each time.
    fn a_random_order_has_every_row(db) {
        lines!(db);
        let shuffled = || Line::objects().order_by(|_| random()).values(|line| line.text);
        let (one, other) = (run!(shuffled().all(db)), run!(shuffled().all(db)));
        assert!(all_of(&one) && all_of(&other));
        assert_ne!(one, other);
        let some: BTreeSet<String> = run!(shuffled().limit(20).all(db)).into_iter().collect();
        assert_eq!(some.len(), 20);
        assert!(run!(Line::objects().order_by(|line| (line.note, random())).first(db)).is_some());
        assert_eq!(run!(Line::objects().order_by(|_| random()).reverse().limit(0).all(db)), []);
    }

    /// In conditions, computed with, and set.
    fn a_random_number_is_a_value_as_any_other(db) {
        lines!(db);
        let below = |most: f64| Line::objects().filter(move |_| random().lt(most));
        assert_eq!(run!(below(1.0).count(db)), ROWS);
        assert_eq!(run!(below(0.0).count(db)), 0);
        let half = run!(below(0.5).count(db));
        assert!((50..150).contains(&half), "{half}");
        for _ in 0..3 {
            run!(Nothing::create().save(db));
        }
        run!(Nothing::objects().update(|n| n.double.set(random() * 10.0 + 5.0)).run(db));
        let set: Vec<f64> = run!(Nothing::objects().values(|n| n.double).all(db)).into_iter().flatten().collect();
        assert!(set.len() == 3 && set.iter().all(|number| (5.0..15.0).contains(number)), "{set:?}");
        assert_ne!(set[0].to_bits(), set[1].to_bits());
    }

    /// An order by the number beside the rows is the order of those numbers.
    fn rows_in_the_order_of_numbers_beside_them(db) {
        lines!(db);
        let rows: Vec<(Line, f64)> = run!(Line::objects().annotate(|_| random()).order_by(|_| random()).all(db));
        assert!(rows.is_sorted_by(|one, other| one.1 <= other.1), "{rows:?}");
        let sum = run!(Line::objects().aggregate(|_| random().sum()).run(db));
        assert!(sum.is_some_and(|sum| (60.0..140.0).contains(&sum)), "{sum:?}");
    }

    /// A number is drawn once, to be looked at and to be read.
    fn rows_picked_by_numbers_beside_them(db) {
        lines!(db);
        let rows = run!(Line::objects().annotate(|_| random()).qualify(|_, number| number.lt(0.5)).all(db));
        assert!((50..150).contains(&rows.len()), "{}", rows.len());
        assert!(rows.iter().all(|(_, number)| *number < 0.5), "{rows:?}");
    }

    /// Each batch would draw again, until there is nothing left.
    fn rows_by_chance_are_not_deleted_in_batches(db) {
        lines!(db);
        let refused = error(attempt!(Line::objects().filter(|_| random().lt(0.5)).delete().in_batches(10).run(db)));
        assert!(refused.is_unsupported() && refused.to_string().contains("random()"), "{refused}");
        assert_eq!(run!(Line::objects().count(db)), ROWS);
        let deleted = run!(Line::objects().filter(|_| random().lt(0.5)).delete().run(db));
        assert!((50..150).contains(&deleted), "{deleted}");
    }

    /// Some rows of each list by chance.
    fn lists_by_chance(db) {
        let ann = run!(Author::create().name("Ann").email("a").save(db));
        let ben = run!(Author::create().name("Ben").email("b").save(db));
        for at in 0..20 {
            let author = if at % 2 == 0 { &ann } else { &ben };
            run!(Post::create().author(author).title("t").slug(at.to_string()).save(db));
        }
        let drawn = || Author::objects().with(|a| a.posts().order_by(|_| random()).limit(3));
        let mut seen = BTreeSet::new();
        for _ in 0..8 {
            for (author, posts) in run!(drawn().all(db)) {
                assert_eq!(posts.len(), 3);
                assert!(posts.iter().all(|post| post.author.id() == author.id));
                seen.extend(posts.into_iter().map(|post| post.id));
            }
        }
        assert!(seen.len() > 6, "{seen:?}");
        let first: Vec<Option<String>> = run!(Author::objects().values(|a| a.posts().order_by(|_| random()).first(|p| p.slug)).all(db));
        assert!(first.iter().all(Option::is_some));
    }

    /// What an order by chance cannot be.
    fn pages_and_distinct_rows_in_no_order_by_chance(db) {
        let shuffled = || Line::objects().order_by(|line| (line.text, random()));
        for refused in [
            error(attempt!(shuffled().page(1, 10, db))),
            error(attempt!(shuffled().after(None, 10, db))),
            error(attempt!(shuffled().before(None, 10, db))),
        ] {
            assert!(refused.is_unsupported(), "{refused}");
            assert!(refused.to_string().contains("suite.Line would each be cut out of another order"), "{refused}");
        }
        let drawn = || Line::objects().annotate(|_| random()).qualify(|_, number| number.lt(0.5)).order_by(|line| line.id);
        for refused in [error(attempt!(drawn().page(1, 10, db))), error(attempt!(drawn().after(None, 10, db)))] {
            assert!(refused.to_string().contains("suite.Line would each be cut out of other rows"), "{refused}");
        }
        let distinct = Line::objects().order_by(|_| random()).values(|line| line.text).distinct();
        assert!(error(attempt!(distinct.all(db))).is_unsupported());
    }
}
