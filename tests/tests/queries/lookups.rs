//! Filters, orders, slices and terminals over numbers and times.

use orm::Result;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;

use orm_tests::samples::samples;
use orm_tests::world;

behaviour! {
    fn comparisons_agree_with_rust(db) {
        let values: Vec<i64> = vec![i64::MIN, -2, -1, 0, 1, 2, 2, 7, i64::MAX];
        run!(Counter::bulk_create(values.iter().map(|value| Counter::create().value(*value))).run(db));
        for pivot in [i64::MIN, -1, 0, 2, 3, i64::MAX] {
            macro_rules! same {
                ($lookup:ident, $op:tt) => {
                    let expected = values.iter().filter(|value| **value $op pivot).count() as i64;
                    let found = run!(Counter::objects().filter(|c| c.value.$lookup(pivot)).count(db));
                    assert_eq!(found, expected, "{} {pivot}", stringify!($lookup));
                };
            }
            same!(eq, ==);
            same!(ne, !=);
            same!(lt, <);
            same!(le, <=);
            same!(gt, >);
            same!(ge, >=);
        }
        assert_eq!(run!(Counter::objects().filter(|c| c.value.between(-1, 2)).count(db)), 5);
        assert_eq!(run!(Counter::objects().filter(|c| c.value.in_(vec![2, 7, 9])).count(db)), 3);
    }

    fn conditions_combine(db) {
        run!(Counter::bulk_create((0..10).map(|value| Counter::create().value(value))).run(db));
        let values = |query: QuerySet<Counter>| query.order_by(|c| c.value).values(|c| c.value);
        let either = Counter::objects().filter(|c| c.value.lt(2) | c.value.gt(7));
        assert_eq!(run!(values(either).all(db)), [0, 1, 8, 9]);
        let both = Counter::objects().filter(|c| c.value.gt(2) & c.value.lt(5)).exclude(|c| c.value.eq(3));
        assert_eq!(run!(values(both).all(db)), [4]);
        let not = Counter::objects().filter(|c| !(c.value.gt(2) | c.value.eq(0)));
        assert_eq!(run!(values(not).all(db)), [1, 2]);
        let grouped = Counter::objects().filter(|c| (c.value.eq(1) | c.value.eq(2)) & c.value.ne(1));
        assert_eq!(run!(values(grouped).all(db)), [2]);
    }

    fn fields_are_compared_with_fields_and_calculated_with(db) {
        for (first, second) in [(1, 2), (3, 9), (4, 5)] {
            run!(Limits::create().short("x").first(first).second(second).status(Status::Draft).save(db));
        }
        let close = Limits::objects().filter(|l| l.second.eq(l.first + 1)).order_by(|l| l.first).values(|l| l.first);
        assert_eq!(run!(close.all(db)), [1, 4]);
        let tripled = Limits::objects().filter(|l| (l.first * 3).eq(l.second)).values(|l| l.first);
        assert_eq!(run!(tripled.all(db)), [3]);
        let less = Limits::objects().filter(|l| (l.second - l.first).gt(1)).values(|l| l.second - l.first);
        assert_eq!(run!(less.all(db)), [6]);
    }

    fn long_chains_of_conditions_hold(db) {
        run!(Counter::create().value(2999).save(db));
        let query = (0..3000).fold(Counter::objects(), |query, value| query.exclude(|c| c.value.eq(value + 3000)));
        assert_eq!(run!(query.count(db)), 1);
        let query = Counter::objects().filter(|c| (0..3000).fold(c.value.eq(-1), |any, value| any | c.value.eq(value)));
        assert_eq!(run!(query.count(db)), 1);
    }

    fn more_values_than_a_statement_has_are_refused_before_it_is_sent(db) {
        run!(Counter::create().value(7).save(db));
        let any = |terms: usize| {
            let terms = 1..terms as i64;
            Counter::objects().filter(|c| terms.fold(c.value.eq(0), |any, value| any | c.value.eq(value)))
        };
        let most = db.dialect().max_parameters;
        let counted = error(attempt!(any(70_000).count(db)));
        let deleted = error(attempt!(any(most + 1).delete().run(db)));
        for error in [counted, deleted] {
            assert!(error.is_unsupported(), "{error:?}");
            assert!(error.to_string().contains(&format!("at most {most}")), "{error}");
            assert!(error.hint().unwrap().contains("in_"), "{error:?}");
        }
        // The connection still works, also within a transaction.
        let done: Result<()> = transaction!(db, |tx| {
            assert!(error(attempt!(any(most + 1).count(tx))).is_unsupported());
            assert_eq!(run!(Counter::objects().filter(|c| c.value.in_(0..70_000)).count(tx)), 1);
            Ok(())
        });
        value(done);
    }

    fn nesting_has_a_limit_that_is_an_error(db) {
        run!(Counter::create().value(1).save(db));
        let nested = |levels: usize| {
            Counter::objects().filter(|c| (0..levels).fold(c.value.eq(1), |condition, _| !condition))
        };
        assert_eq!(run!(nested(190).count(db)), 1);
        assert!(error(attempt!(nested(10_000).count(db))).is_unsupported());
    }

    fn lists_of_any_length_are_one_parameter(db) {
        run!(Counter::bulk_create((0..10).map(|value| Counter::create().value(value))).run(db));
        assert_eq!(run!(Counter::objects().filter(|c| c.value.in_(5..100_000)).count(db)), 5);
    }

    fn order_limit_and_offset_cut_out_a_page(db) {
        run!(Counter::bulk_create((0..20).map(|value| Counter::create().value(value % 5))).run(db));
        let page = Counter::objects().order_by(|c| (c.value.desc(), c.id)).limit(6).offset(3).values(|c| (c.value, c.id));
        let mut all: Vec<(i64, i64)> = run!(Counter::objects().values(|c| (c.value, c.id)).all(db));
        all.sort_by_key(|&(value, id)| (-value, id));
        assert_eq!(run!(page.all(db)), all[3..9]);
        assert_eq!(run!(Counter::objects().order_by(|c| c.id).offset(18).count(db)), 2);
        assert_eq!(run!(Counter::objects().limit(0).all(db)), []);
    }

    fn null_comes_first_or_last_as_asked(db) {
        run!(Line::create().text("a").note("x").save(db));
        run!(Line::create().text("b").save(db));
        run!(Line::create().text("c").note("y").save(db));
        macro_rules! strings {
            ($order:expr) => {
                run!(Line::objects().order_by($order).values(|l| l.text).all(db)).concat()
            };
        }
        assert_eq!(strings!(|l| l.note), "bac");
        assert_eq!(strings!(|l| l.note.desc()), "cab");
        assert_eq!(strings!(|l| l.note.asc().nulls_last()), "acb");
        assert_eq!(strings!(|l| l.note.desc().nulls_first()), "bca");
    }

    fn terminals_give_one_many_or_none(db) {
        assert_eq!(run!(Counter::objects().first(db)), None);
        assert_eq!(run!(Counter::objects().get_or_none(db)), None);
        assert!(!run!(Counter::objects().exists(db)));
        assert!(error(attempt!(Counter::objects().get(db))).is_not_found());
        let one = run!(Counter::create().value(1).save(db));
        assert_eq!(run!(Counter::objects().get(db)), one);
        let two = run!(Counter::create().value(2).save(db));
        assert!(error(attempt!(Counter::objects().get(db))).is_multiple());
        assert!(error(attempt!(Counter::objects().get_or_none(db))).is_multiple());
        assert_eq!(run!(Counter::objects().order_by(|c| c.id).first(db)), Some(one.clone()));
        assert_eq!(run!(Counter::objects().order_by(|c| c.id).last(db)), Some(two.clone()));
        assert_eq!(run!(Counter::objects().order_by(|c| c.id).reverse().first(db)), Some(two));
        assert_eq!(run!(Counter::objects().none().all(db)), []);
        assert!(run!(Counter::objects().filter(|c| c.value.eq(1)).exists(db)));
    }

    fn the_order_of_the_model_is_the_default(db) {
        for name in ["b", "c", "a"] {
            run!(Country::create().code(name).name(name).save(db));
        }
        let names = run!(Country::objects().values(|c| c.name).all(db));
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(run!(Country::objects().last(db)).map(|country| country.code).as_deref(), Some("c"));
    }

    fn distinct_values_come_once(db) {
        run!(Counter::bulk_create([1, 2, 2, 1].map(|value| Counter::create().value(value))).run(db));
        assert_eq!(run!(Counter::objects().distinct().order_by(|c| c.value).values(|c| c.value).all(db)), [1, 2]);
    }

    fn the_same_shape_with_other_values_gives_other_rows(db) {
        run!(Counter::bulk_create((0..50).map(|value| Counter::create().value(value))).run(db));
        for value in samples(50, 0_i64..50) {
            let found = run!(Counter::objects().filter(|c| c.value.eq(value)).values(|c| c.value).all(db));
            assert_eq!(found, [value]);
            let below = run!(Counter::objects().filter(|c| c.value.lt(value)).count(db));
            assert_eq!(below, value);
        }
    }

    fn letters_have_their_case_also_in_what_knows_ascii_only(db) {
        run!(Tag::create().label("Éclair").save(db));
        assert_eq!(run!(Tag::objects().values(|t| (t.label.ascii_lower(), t.label.ascii_lower().lower())).all(db)), [("Éclair".to_owned(), "éclair".to_owned())]);
        assert_eq!(run!(Tag::objects().values(|t| t.label.ascii_upper().trim().upper()).all(db)), ["ÉCLAIR"]);
        let found = [
            Tag::objects().filter(|t| t.label.ascii_lower().ieq("éCLAIR")),
            Tag::objects().filter(|t| t.label.ascii_upper().icontains("éc")),
            Tag::objects().filter(|t| t.label.istarts_with(t.label.lower().substr(0, 2).ascii_lower())),
            Tag::objects().filter(|t| t.label.ascii_lower().iends_with(t.label.lower())),
            Tag::objects().filter(|t| orm::subquery(Tag::objects().limit(1).values(|s| s.label.ascii_lower())).ieq(t.label.lower())),
        ];
        for query in found {
            assert_eq!(run!(query.count(db)), 1);
        }
    }

    fn conditions_stand_between_conditions(db) {
        world!(db);
        let hidden = |query: QuerySet<Comment>| query.filter(|c| c.hidden);
        let low = Comment::objects().filter(|c| c.hidden.between(!c.text.eq("no"), c.text.starts_with("") | c.id.gt(0)));
        assert_eq!((run!(low.clone().count(db)), run!(hidden(low).count(db))), (1, 1));
        let tested = Comment::objects().filter(|c| (!c.hidden).between(c.id.gt(0) & c.text.contains(""), !c.id.is_null()));
        assert_eq!((run!(tested.clone().count(db)), run!(hidden(tested).count(db))), (2, 0));
    }
}
