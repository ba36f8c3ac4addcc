//! Arithmetic, comparison and order of every type for which the databases differ.

use crate::edges::is_sqlite;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

behaviour! {
    fn operators_have_the_precedence_they_are_written_with(db) {
        for (first, second) in [(1, 2), (3, 9), (4, 5)] {
            run!(Limits::create().short("x").first(first).second(second).status(Status::Draft).save(db));
        }
        let rows = Limits::objects().order_by(|l| l.first).values(|l| {
            (
                l.second - (l.second - l.first),
                (l.second - l.first) - l.second,
                l.second * (l.first + 1),
                l.second / (l.first * 2),
                -(l.first - l.second),
                l.second - l.first * 2,
            )
        });
        let expected: Vec<_> = [(1, 2), (3, 9), (4, 5)].into_iter().map(|(first, second)| {
            (first, -first, second * (first + 1), second / (first * 2), second - first, second - first * 2)
        }).collect();
        assert_eq!(run!(rows.all(db)), expected);
        macro_rules! count {
            ($condition:expr) => {
                run!(Limits::objects().filter($condition).count(db))
            };
        }
        // Conditions are operands of comparisons.
        assert_eq!(count!(|l| l.first.gt(2).eq(l.second.gt(5))), 2);
        assert_eq!(count!(|l| l.first.gt(2).eq(false)), 1);
        assert_eq!(count!(|l| l.first.eq(3).ne(l.second.eq(9))), 0);
        assert_eq!(count!(|l| l.first.ne(3).eq(l.second.ne(9))), 3);
        assert_eq!(count!(|l| l.first.eq(3).in_([true])), 1);
        assert_eq!(count!(|l| l.first.in_([3]).eq(true)), 1);
        assert_eq!(count!(|l| l.short.contains("x").eq(true)), 3);
        assert_eq!(count!(|l| l.short.starts_with("x").eq(l.first.gt(3))), 1);
        assert_eq!(count!(|l| (l.first.gt(2) | l.first.eq(1)).eq(l.second.gt(5) & l.first.eq(3))), 1);
        assert_eq!(count!(|l| l.first.between(2, 3).eq(true)), 1);
        assert_eq!(count!(|l| l.code.is_null().eq(true)), 3);
        assert_eq!(count!(|l| l.first.between(1, 3) & l.second.between(5, 9)), 1);
        assert_eq!(count!(|l| (l.first + 1).in_([2, 5])), 2);
        assert_eq!(count!(|l| (!l.first.eq(3)).eq(true)), 2);
        assert_eq!(count!(|l| l.first.eq(3).is_null()), 0);
        assert_eq!(count!(|l| l.first.gt(2).is_not_null()), 3);
    }

    fn values_of_conditions_are_known_to_be_there(db) {
        run!(Line::create().text("a").save(db));
        let row = Line::objects().values(|l| (l.note.ne("x"), l.note.is_null(), l.note.eq("x").optional(), !l.note.eq("x")));
        assert_eq!(run!(row.all(db)), [(true, true, None, true)]);
        assert!(attempt!(Line::objects().values(|l| l.note.eq("x")).all(db)).is_err());
        assert!(attempt!(Line::objects().values(|l| l.text.between(l.note, "z")).all(db)).is_err());
    }

    fn decimals_are_computed_and_compared_as_numbers(db) {
        for (amount, discount) in [("10", Some("0.5")), ("9.5", Some("2")), ("2", None), ("-3", Some("-10"))] {
            let draft = Price::create().amount(decimal(amount)).discount(discount.map(decimal));
            run!(draft.save(db));
        }
        let found = |query: QuerySet<Price>| query.order_by(|p| p.amount).values(|p| p.amount);
        let strings = |amounts: Vec<Decimal>| amounts.iter().map(|amount| amount.normalize().to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| p.amount.gt(p.discount))).all(db))), "-3 9.5 10");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| (p.amount * decimal("2")).ge(decimal("19.0")))).all(db))), "9.5 10");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| (-p.amount).lt(decimal("-9")))).all(db))), "9.5 10");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| (p.amount / decimal("4")).eq(decimal("2.5")))).all(db))), "10");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| (p.amount + p.discount).between(decimal("10.5"), decimal("11.5")))).all(db))), "9.5 10");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| p.amount.in_([decimal("9.50"), decimal("2.0"), decimal("77")]))).all(db))), "2 9.5");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| (p.amount - decimal("1")).in_([decimal("1")]))).all(db))), "2");
        assert_eq!(strings(run!(found(Price::objects().filter(|p| p.discount.ne(decimal("2.00")))).all(db))), "-3 2 10");
        let ordered = run!(Price::objects().order_by(|p| (p.amount + p.amount).desc()).values(|p| p.amount).all(db));
        assert_eq!(strings(ordered), "10 9.5 2 -3");
        let ordered = run!(Price::objects().order_by(|p| p.discount).values(|p| p.amount).all(db));
        assert_eq!(strings(ordered), "2 -3 10 9.5");
        let (mean, sum, greatest, least) = run!(Price::objects().aggregate(|p| (p.amount.avg(), (p.amount * p.amount).sum(), p.discount.max(), p.discount.min())).run(db));
        assert_eq!(mean, Some(decimal("4.625")));
        assert_eq!(sum, Some(decimal("203.25")));
        assert_eq!((greatest, least), (Some(decimal("2")), Some(decimal("-10"))));
        let all = Price::objects().group_by(|p| p.discount.is_null()).values(|p| p.amount.sum()).having(|p| p.amount.sum().gt(decimal("9")));
        assert_eq!(run!(all.all(db)), [Some(decimal("16.5"))]);
    }

    fn whole_numbers_that_do_not_fit_are_errors(db) {
        run!(Counter::create().value(i64::MAX).save(db));
        assert!(attempt!(Counter::objects().update(|c| c.value.set(c.value + 1)).run(db)).is_err());
        assert_eq!(run!(Counter::objects().get(db)).value, i64::MAX);
    }

    fn rows_of_nothing_but_defaults_are_created(db) {
        let one = run!(Nothing::create().save(db));
        assert!(one.id > 0 && one.text.is_none());
        let many = run!(Nothing::bulk_create((0..3).map(|_| Nothing::create())).all(db));
        assert_eq!(many.len(), 3);
        let drafts = [Nothing::create().large(1), Nothing::create(), Nothing::create().text("x"), Nothing::create().large(2)];
        let mixed = run!(Nothing::bulk_create(drafts).all(db));
        let large: Vec<_> = mixed.iter().map(|row| row.large).collect();
        assert_eq!(large, [Some(1), None, None, Some(2)]);
        assert_eq!(run!(Nothing::bulk_create((0..1200).map(|at| Nothing::create().medium(at))).run(db)), 1200);
        assert_eq!(run!(Nothing::objects().count(db)), 1208);
    }

    fn columns_of_bool_are_conditions(db) {
        for truth in [Some(true), Some(false), None] {
            run!(Nothing::create().truth(truth).save(db));
        }
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.eq(true)).count(db)), 1);
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.ne(true)).count(db)), 2);
        assert_eq!(run!(Nothing::objects().exclude(|n| n.truth.eq(false)).count(db)), 2);
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.in_([true, false])).count(db)), 2);
        let none: [bool; 0] = [];
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.in_(none)).count(db)), 0);
        assert_eq!(run!(Nothing::objects().exclude(|n| n.truth.in_(none)).count(db)), 3);
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.eq(None)).count(db)), 1);
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.ne(None)).count(db)), 2);
        assert_eq!(run!(Nothing::objects().exclude(|n| n.truth.eq(None)).count(db)), 2);
        assert_eq!(run!(Nothing::objects().filter(|n| n.truth.eq(n.truth)).count(db)), 2);
        assert_eq!(run!(Nothing::objects().aggregate(|n| (n.truth.max(), n.truth.min())).run(db)), (Some(true), Some(false)));
    }

    fn floats_of_both_widths_are_found_again(db) {
        let row = run!(Nothing::create().single(0.1).save(db));
        assert_eq!(run!(Nothing::objects().filter(|n| (n.single * 2.0).eq(0.2_f32)).count(db)), 1);
        run!(row.delete(db));
        for single in [0.1_f32, f32::MAX, f32::MIN_POSITIVE, -0.0, f32::INFINITY, f32::NEG_INFINITY] {
            let row = run!(Nothing::create().single(single).double(f64::from(single)).save(db));
            assert_eq!(row.single, Some(single));
            assert_eq!(run!(Nothing::objects().filter(|n| n.single.eq(single)).count(db)), 1, "{single}");
            assert_eq!(run!(Nothing::objects().filter(|n| n.single.in_([single])).count(db)), 1, "{single}");
            assert!(run!(Nothing::objects().filter(|n| n.double.eq(f64::from(single)) & n.single.le(single)).count(db)) >= 1, "{single}");
        }
        assert_eq!(run!(Nothing::objects().order_by(|n| n.single).first(db)).and_then(|row| row.single), Some(f32::NEG_INFINITY));
    }

    fn empty_and_null_strings_in_lookups(db) {
        run!(Line::create().text("a").save(db));
        run!(Line::create().text("b").note("").save(db));
        let none = None::<String>;
        assert_eq!(run!(Line::objects().filter(|l| l.note.contains("")).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.istarts_with("")).count(db)), 2);
        assert_eq!(run!(Line::objects().filter(|l| l.note.eq(none.clone())).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.note.ne(none.clone())).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.lt(l.note)).count(db)), 0);
        assert_eq!(run!(Line::objects().filter(|l| l.text.starts_with(l.note)).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.ends_with(l.note)).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.icontains(l.text.upper())).count(db)), 2);
        let long = "ab%_\\".repeat(20_000);
        run!(Line::create().text(long.as_str()).save(db));
        assert_eq!(run!(Line::objects().filter(|l| l.text.contains(long.as_str())).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.istarts_with(long.as_str())).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.ends_with("b%_\\")).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.text.length().gt(99_999)).values(|l| l.text.length()).all(db)), [100_000]);
    }

    /// SQLite has times as strings of fixed width, with years of four digits.
    fn late_times_are_kept_on_postgres_and_refused_on_sqlite(db) {
        let late = chrono::NaiveDate::from_ymd_opt(20_000, 1, 1).expect("a day");
        let last = DateTime::<Utc>::MAX_UTC;
        let (day, instant) = (attempt!(Nothing::create().date(late).save(db)), attempt!(Nothing::create().instant(last).save(db)));
        if is_sqlite!(db) {
            assert_eq!(error(day).kind(), orm::error::Kind::Encode);
            assert_eq!(error(instant).kind(), orm::error::Kind::Encode);
        } else {
            assert_eq!(value(day).date, Some(late));
            let stored = value(instant).instant.map(|instant| instant.timestamp_micros());
            assert_eq!(stored, Some(last.timestamp_micros()));
        }
        // The connection still works.
        run!(Nothing::objects().count(db));
    }
}
