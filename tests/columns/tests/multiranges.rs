//! Columns of multiranges.

#![allow(clippy::single_range_in_vec_init, reason = "an array of one range is meant")]

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};

use orm::dynamic::DynModel;
use orm::fields::{Multirange, Range};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use serde_json::json;

orm::app!("suite");

/// A range that ends before it begins.
fn backwards() -> std::ops::Range<i32> {
    let (start, end) = (9, 3);
    start..end
}

/// Values of any kind.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Schedule {
    pub id: i64,
    pub small: Option<Multirange<i32>>,
    pub big: Option<Multirange<i64>>,
    pub exact: Option<Multirange<Decimal>>,
    pub days: Option<Multirange<NaiveDate>>,
    pub local: Option<Multirange<NaiveDateTime>>,
    pub time: Option<Multirange<DateTime<Utc>>>,
    pub one: Option<Range<i32>>,
    pub number: Option<i32>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("shop_opens", |s| !s.hours.is_empty() & !s.hours.lower_unbounded()), check("shop_rests", |s| s.hours.ne([0..24])))]
#[orm(index(name = "shop_for_ever", "name", where = |s| s.days.upper_unbounded()))]
pub struct Shop {
    pub id: i64,
    pub name: String,
    #[orm(unique)]
    pub hours: Multirange<i32>,
    #[orm(default = [day(1)..day(9), day(20)..day(30)])]
    pub days: Multirange<NaiveDate>,
    #[orm(default = [])]
    pub prices: Multirange<Decimal>,
}

fn day(of_year: u32) -> NaiveDate {
    NaiveDate::from_yo_opt(2026, of_year).expect("a day")
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).expect("an instant")
}

fn numbers() -> Vec<Multirange<i32>> {
    let several = |ranges: &[Range<i32>]| ranges.iter().copied().collect();
    vec![
        Multirange::empty(),
        Range::from(..).into(),
        Range::from(3..6).into(),
        [0..3, 6..9].into(),
        [-3..1, 2..4, 5..6, 8..9].into(),
        several(&[(..-3).into(), (4..).into()]),
        several(&[(..0).into(), (1..3).into()]),
        several(&[(1..2).into(), (3..).into()]),
        [9..12].into(),
        [-20..-9, 4..5, 18..19].into(),
    ]
}

/// As far as any of those with an end reaches, and the numbers that only those without one have.
fn points() -> impl Iterator<Item = i32> {
    [i32::MIN].into_iter().chain(-22..22).chain([i32::MAX])
}

fn within(holds: impl Fn(&i32) -> bool) -> BTreeSet<i32> {
    points().filter(|point| holds(point)).collect()
}

/// Of what is not said: no columns but the first.
macro_rules! small {
    ($small:expr) => {
        Schedule::create()
            .small($small)
            .big(None)
            .exact(None)
            .days(None)
            .local(None)
            .time(None)
            .one(None)
            .number(None)
    };
}

behaviour! {
    fn multiranges_come_back_in_one_form(db) {
        for multirange in numbers() {
            let backwards: Vec<Range<i32>> = multirange.clone().into_iter().rev().chain([Range::empty()]).collect();
            let made = run!(small!(backwards).save(db));
            assert_eq!(made.small.as_ref(), Some(&multirange));
            assert_eq!(run!(Schedule::get(made.id, db)), made);
            assert_eq!(run!(Schedule::objects().filter(|s| s.small.eq(&multirange)).count(db)), 1);
            let others = [multirange.clone(), Multirange::new([77..78])];
            assert_eq!(run!(Schedule::objects().filter(|s| s.small.in_(others)).count(db)), 1);
        }
        run!(small!(None).save(db));
        let count = numbers().len() as i64;
        assert_eq!(run!(Schedule::objects().aggregate(|s| s.small.count_distinct()).run(db)), count);
        assert_eq!(run!(Schedule::objects().filter(|s| s.small.ne(Multirange::empty())).count(db)), count);
        assert_eq!(run!(Schedule::objects().filter(|s| s.small.is_null()).count(db)), 1);
    }

    fn every_type_of_bounds_comes_back(db) {
        let local = |second: i64| at(second).naive_utc();
        let half = |halves: i64| Decimal::new(halves * 5, 1);
        let exact = [Range::new(Included(half(1)), Included(half(2))), Range::new(Excluded(half(2)), Excluded(half(3))), Range::new(Excluded(half(3)), Unbounded)];
        let draft = Schedule::create().small(None).big([i64::MIN..0, 5..i64::MAX]).exact(exact).days([day(3)..=day(5), day(6)..=day(7), day(9)..=day(9)]);
        let made = run!(draft.local([Range::from(..local(0)), (local(3)..=local(9)).into()]).time([at(3)..at(9), at(0)..at(3), at(10)..at(11)]).one(None).number(None).save(db));
        assert_eq!(run!(Schedule::get(made.id, db)), made);
        assert_eq!(made.exact.unwrap().ranges(), [Range::new(Included(half(1)), Excluded(half(3))), Range::new(Excluded(half(3)), Unbounded)]);
        assert_eq!(made.days.unwrap().ranges(), [Range::from(day(3)..day(8)), Range::from(day(9)..day(10))]);
        assert_eq!(made.time.unwrap().ranges(), [Range::from(at(0)..at(9)), Range::from(at(10)..at(11))]);
        let found = Schedule::objects().filter(|s| s.big.contains(-1) & s.days.contains(day(7)) & s.local.contains(local(9)) & s.time.contains(at(8)));
        let found = found.filter(|s| s.exact.contains(half(2)) & s.days.upper_bound().eq(day(10)) & s.time.lower_bound().eq(at(0)) & s.exact.lower_bound().eq(half(1)));
        assert_eq!(run!(found.count(db)), 1);
        assert_eq!(run!(Schedule::objects().filter(|s| s.big.contains(0) | s.days.contains(day(8)) | s.local.contains(local(1)) | s.exact.contains(half(3))).count(db)), 0);
        // What databases store has microseconds, and then the two touch.
        let close = [local(0)..local(5), local(5) + chrono::TimeDelta::nanoseconds(400)..local(6)];
        let made = run!(small!(None).local(close).save(db));
        assert_eq!(made.local.unwrap().ranges(), [Range::from(local(0)..local(6))]);
    }

    fn multiranges_lie_as_what_is_within_them(db) {
        for multirange in numbers() {
            run!(small!(multirange).save(db));
        }
        let all = || Schedule::objects().order_by(|s| s.id);
        let ends = |set: &BTreeSet<i32>| set.first().copied().zip(set.last().copied());
        for other in numbers() {
            let theirs = within(|point| other.contains(point));
            let said = run!(all().values(|s| (s.small, s.small.overlaps(&other).optional(), s.small.contains_range(&other).optional(), s.small.contained_by(&other).optional(), s.small.strictly_left_of(&other).optional(), s.small.strictly_right_of(&other).optional(), s.small.not_right_of(&other).optional(), s.small.not_left_of(&other).optional())).all(db));
            for (small, overlaps, contains, contained, left, right, not_right, not_left) in said {
                let small = small.unwrap();
                let own = within(|point| small.contains(point));
                let sets = [!own.is_disjoint(&theirs), own.is_superset(&theirs), own.is_subset(&theirs)];
                assert_eq!([overlaps, contains, contained], sets.map(Some), "{small:?} {other:?}");
                let lie = match ends(&own).zip(ends(&theirs)) {
                    Some((one, other)) => [one.1 < other.0, one.0 > other.1, one.1 <= other.1, one.0 >= other.0],
                    None => [false; 4],
                };
                assert_eq!([left, right, not_right, not_left], lie.map(Some), "{small:?} {other:?}");
            }
            let made = run!(all().values(|s| (s.small, s.small.intersection(&other), s.small.union(&other), s.small.difference(&other), s.small.span(&other), s.small.adjacent_to(&other).optional())).all(db));
            for (small, common, both, rest, whole, adjacent) in made {
                let small = small.unwrap();
                let own = within(|point| small.contains(point));
                let of = |made: &Multirange<i32>| within(|point| made.contains(point));
                let [common, both, rest, whole] = [common, both, rest, whole].map(Option::unwrap);
                assert_eq!(of(&common), &own & &theirs, "{small:?} {other:?}");
                assert_eq!(of(&both), &own | &theirs, "{small:?} {other:?}");
                assert_eq!(of(&rest), &own - &theirs, "{small:?} {other:?}");
                let ends = ends(&(&own | &theirs));
                assert_eq!(of(&whole), within(|point| ends.is_some_and(|(first, last)| (first..=last).contains(point))), "{small:?} {other:?}");
                // What they make has the one form that such a set has.
                for made in [common, both, rest, whole] {
                    assert_eq!(Multirange::new(made.clone()), made);
                }
                let touch = |one: &Multirange<i32>, other: &Multirange<i32>| match (one.ranges().last().map(Range::upper), other.ranges().first().map(Range::lower)) {
                    (Some(Excluded(end)), Some(Included(start))) => end == start,
                    _ => false,
                };
                assert_eq!(adjacent, Some(touch(&small, &other) || touch(&other, &small)), "{small:?} {other:?}");
            }
        }
        let said = run!(all().values(|s| (s.small, s.small.lower_bound(), s.small.upper_bound(), s.small.is_empty().optional(), s.small.lower_unbounded().optional(), s.small.upper_unbounded().optional(), s.small.lower_included().optional(), s.small.upper_included().optional())).all(db));
        for (small, lower, upper, empty, from_ever, for_ever, included, ends) in said {
            let small = small.unwrap();
            let (first, last) = (small.ranges().first(), small.ranges().last());
            let number = |bound| match bound { Included(&at) | Excluded(&at) => Some(at), Unbounded => None };
            assert_eq!((lower, upper), (first.and_then(|range| number(range.lower())), last.and_then(|range| number(range.upper()))), "{small:?}");
            let is_unbounded = [first.map(Range::lower), last.map(Range::upper)].map(|bound| Some(bound == Some(Unbounded)));
            assert_eq!((empty, [from_ever, for_ever]), (Some(small.is_empty()), is_unbounded), "{small:?}");
            assert_eq!((included, ends), (Some(lower.is_some()), Some(false)), "{small:?}");
        }
        for point in points() {
            let holding = run!(all().filter(|s| s.small.contains(point)).values(|s| s.small).all(db));
            assert_eq!(holding, numbers().into_iter().filter(|small| small.contains(&point)).map(Some).collect::<Vec<_>>(), "{point}");
        }
    }

    fn columns_are_within_columns_and_null_is_unknown(db) {
        let draft = |small: Option<Multirange<i32>>, one: Option<Range<i32>>, number: Option<i32>| Schedule::create().small(small).big(None).exact(None).days(None).local(None).time(None).one(one).number(number);
        let hours = || Some(Multirange::new([9..12, 14..18]));
        run!(draft(hours(), Some((9..11).into()), Some(17)).save(db));
        run!(draft(hours(), Some((11..15).into()), Some(12)).save(db));
        run!(draft(hours(), None, None).save(db));
        run!(draft(None, Some((9..11).into()), Some(9)).save(db));
        run!(draft(Some(Multirange::empty()), Some(Range::empty()), Some(i32::MAX)).save(db));
        let all = || Schedule::objects().order_by(|s| s.id);
        let contains = [Some(true), Some(false), None, None, Some(false)];
        assert_eq!(run!(all().values(|s| s.small.contains(s.number).optional()).all(db)), contains);
        // What is computed has 64 bits.
        let next = [Some(false), Some(false), None, None, Some(false)];
        assert_eq!(run!(all().values(|s| s.small.contains(s.number + 1).optional()).all(db)), next);
        assert_eq!(run!(all().values(|s| s.small.contains(s.number - 0).optional()).all(db)), contains);
        let whole = [Some(true), Some(false), None, None, Some(true)];
        assert_eq!(run!(all().values(|s| s.small.contains_range(s.one.to_multirange()).optional()).all(db)), whole);
        assert_eq!(run!(all().values(|s| s.one.to_multirange().contained_by(s.small).optional()).all(db)), whole);
        assert_eq!(run!(all().filter(|s| !s.small.contains_range(s.one.to_multirange())).count(db)), 3);
        let made = run!(all().values(|s| s.one.to_multirange().union(s.small)).all(db));
        assert_eq!(made, [hours(), Some(Multirange::new([9..18])), None, None, Some(Multirange::empty())]);
        run!(Schedule::objects().update(|s| s.small.set(s.small.difference(10..15))).run(db));
        assert_eq!(run!(all().values(|s| s.small).first(db)), Some(Some(Multirange::new([9..10, 15..18]))));
        run!(Schedule::objects().update(|s| (s.small.set([3..4, 1..2]), s.days.set(..))).run(db));
        assert_eq!(run!(all().values(|s| (s.small, s.days)).first(db)), Some((Some(Multirange::new([1..2, 3..4])), Some(Multirange::from(Range::from(..))))));
    }

    fn a_shop_has_what_its_model_says(db) {
        let made = run!(Shop::create().name("é").hours([14..18, 9..12]).save(db));
        assert_eq!((made.days.ranges().len(), made.prices.is_empty()), (2, true));
        let twice = error(attempt!(Shop::create().name("b").hours([9..10, 10..12, 14..18]).save(db)));
        assert!(twice.is_unique_violation(), "{twice}");
        let refused = [Multirange::empty(), Multirange::new([Range::from(..5), Range::from(6..7)]), Multirange::new([0..12, 12..24])];
        for refused in refused {
            let refused = error(attempt!(Shop::create().name("b").hours(refused).save(db)));
            assert!(refused.is_check_violation(), "{refused}");
        }
        let drafts = (1..4).map(|hour| Shop::create().name("c").hours([hour..hour + 1, 20..21]).days([day(1)..day(2)]).prices(Decimal::ONE..));
        assert_eq!(run!(Shop::bulk_create(drafts).run(db)), 3);
        let found = run!(Shop::objects().filter(|s| s.hours.contains(20) & s.prices.upper_unbounded() & s.days.contains(day(1))).count(db));
        assert_eq!(found, 3);
        assert_eq!(run!(Shop::objects().filter(|s| s.hours.contains(11) & s.hours.overlaps([1..3, 17..20])).values(|s| s.name).all(db)), ["é"]);
    }

    fn what_no_database_has_is_refused(db) {
        let shop = |hours: Multirange<i32>| Shop::create().name("a").hours(hours);
        // Also where another range would take it in.
        for (refused, said) in [
            (error(attempt!(shop([0..24, backwards()].into()).save(db))), "the lower bound of a range is greater"),
            (error(attempt!(shop([1..=2, 9..=i32::MAX].into()).save(db))), "nothing follows the greatest"),
            (error(attempt!(Shop::objects().filter(|s| s.hours.overlaps([1..2, backwards()])).all(db))), "the lower bound of a range is greater"),
        ] {
            assert!(refused.to_string().contains(said), "{refused}");
        }
        assert_eq!(run!(Shop::objects().count(db)), 0);
    }

    fn rows_by_name_have_lists_of_texts(db) {
        let shops = value(DynModel::named("suite.Shop"));
        let draft = shops.create().set_json("name", &json!("a")).set_json("hours", &json!(["(13,17]", "[9,12)", "empty"]));
        let row = run!(draft.set_json("days", &json!([])).set_json("prices", &json!(["(0.50,1]"])).save(db));
        let row = serde_json::Value::Object(value(row.json()));
        let said = json!({ "id": row["id"], "name": "a", "hours": ["[9,12)", "[14,18)"], "days": [], "prices": ["(0.5,1]"] });
        assert_eq!(row, said);
        for (field, wrong) in [
            ("days", json!("[2026-01-03,)")),
            ("days", json!(["[2026-01-03,2026-01-01)"])),
            ("hours", json!(["[1.5,2)"])),
            ("hours", json!([1, 2])),
            ("hours", json!([null])),
            ("hours", json!(["[3000000000,)"])),
            ("prices", json!("{[1,2)}")),
        ] {
            let refused = error(attempt!(shops.create().set_json(field, &wrong).save(db)));
            assert!(refused.to_string().contains(field) && !refused.to_string().contains(&wrong.to_string()), "{refused}");
        }
    }

    fn what_other_programs_store_is_refused(db) {
        for text in ["", "[]]", "{}", "[\"00\"]", "[\"01\"]", "[null]", "[[]]", "[1]", "{1,2}"] {
            error(attempt!(orm::sql("INSERT INTO suite_shop (name, hours) VALUES ('a', {})", (text,)).execute(db)));
        }
        assert_eq!(run!(Shop::objects().count(db)), 0);
        if db.dialect().name == "postgres" {
            return;
        }
        // No check sees in which order they are: who reads them does.
        let (first, second) = ("01800000000000000100018000000000000002 00", "01800000000000000300018000000000000004 00");
        let [first, second] = [first, second].map(|digits| digits.replace(' ', ""));
        run!(orm::sql("INSERT INTO suite_shop (name, hours) VALUES ('a', {})", (format!("[\"{second}\",\"{first}\"]"),)).execute(db));
        let refused = error(attempt!(Shop::objects().all(db)));
        assert!(refused.to_string().contains("a multirange of whole numbers"), "{refused}");
    }
}
