//! Columns of ranges.

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use orm::dynamic::DynModel;
use orm::fields::Range;
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

/// Without what is unique, for values of any kind.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Span {
    pub id: i64,
    pub small: Option<Range<i32>>,
    pub big: Option<Range<i64>>,
    pub exact: Option<Range<Decimal>>,
    pub days: Option<Range<NaiveDate>>,
    pub local: Option<Range<NaiveDateTime>>,
    pub time: Option<Range<DateTime<Utc>>>,
    pub number: Option<i32>,
    pub price: Option<Decimal>,
}

/// Times when somebody is away.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Absence {
    pub id: i64,
    #[orm(default = [9..12, 13..17])]
    pub hours: Vec<Range<i32>>,
    pub days: Vec<Option<Range<NaiveDate>>>,
    pub prices: Option<Vec<Range<Decimal>>>,
    pub times: Vec<Vec<Range<DateTime<Utc>>>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("stay_has_nights", |s| !s.nights.is_empty() & !s.nights.lower_unbounded()), check("stay_is_not_new_year", |s| s.nights.ne(day(1)..day(2))))]
#[orm(index(name = "stay_open", "room", where = |s| s.nights.upper_unbounded()))]
pub struct Stay {
    pub id: i64,
    pub room: i32,
    #[orm(unique)]
    pub nights: Range<NaiveDate>,
    #[orm(default = 9..17)]
    pub hours: Range<i32>,
    #[orm(default = Range::<Decimal>::empty())]
    pub prices: Range<Decimal>,
}

fn day(of_year: u32) -> NaiveDate {
    NaiveDate::from_yo_opt(2026, of_year).expect("a day")
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).expect("an instant")
}

/// From the least to the greatest, as Postgres has them.
fn numbers() -> Vec<Range<i32>> {
    let mut ranges = vec![
        Range::empty(),
        (..-3).into(),
        (..4).into(),
        (..).into(),
        (i32::MIN..0).into(),
    ];
    for lower in [-3, 0, 2, 4] {
        ranges.extend([1, 3, 6].map(|length| Range::from(lower..lower + length)));
        ranges.push((lower..).into());
    }
    ranges.push((i32::MAX - 1..i32::MAX).into());
    ranges
}

/// Whole and halved, so that what is between two whole numbers is there too.
const POINTS: std::ops::Range<i64> = -40..40;

fn decimals() -> Vec<Range<Decimal>> {
    let bound = |number: i64, included: bool| match included {
        true => Included(Decimal::new(number * 10, 1)),
        false => Excluded(Decimal::from(number)),
    };
    let mut ranges: Vec<Range<Decimal>> = vec![Range::empty(), Range::new(Unbounded, Unbounded)];
    for (lower, upper) in [(-2, 1), (1, 1), (1, 3), (3, 4)] {
        for (from, to) in [(true, true), (true, false), (false, true), (false, false)] {
            ranges.push(Range::new(bound(lower, from), bound(upper, to)));
        }
        ranges.push(Range::new(bound(lower, true), Unbounded));
        ranges.push(Range::new(Unbounded, bound(upper, false)));
    }
    ranges
}

/// What is within a range, by looking.
fn within<T: orm::fields::RangeBound>(range: &Range<T>, points: &[T]) -> Vec<usize> {
    (0..points.len())
        .filter(|at| range.contains(&points[*at]))
        .collect()
}

behaviour! {
    fn ranges_come_back_in_their_order(db) {
        // The other way round, so that no order is that of the keys.
        for range in numbers().into_iter().rev() {
            let big = range.bounds_as(i64::from);
            run!(Span::create().small(range).big(big).exact(None).days(None).local(None).time(None).number(None).price(None).save(db));
        }
        let spans = Span::objects;
        assert_eq!(run!(spans().order_by(|s| s.small).values(|s| s.small).all(db)), numbers().into_iter().map(Some).collect::<Vec<_>>());
        let big = run!(spans().order_by(|s| s.big).values(|s| s.big).all(db));
        assert_eq!(big, numbers().into_iter().map(|range| Some(range.bounds_as(i64::from))).collect::<Vec<_>>());
        for (at, range) in numbers().into_iter().enumerate() {
            let counts = (
                run!(spans().filter(|s| s.small.lt(range)).count(db)),
                run!(spans().filter(|s| s.small.eq(range)).count(db)),
                run!(spans().filter(|s| s.small.in_([range, Range::from(77..78)])).count(db)),
                run!(spans().filter(|s| s.small.between(range, range)).count(db)),
            );
            assert_eq!(counts, (at as i64, 1, 1, 1), "{range:?}");
        }
        assert_eq!(run!(spans().aggregate(|s| s.small.count_distinct()).run(db)), numbers().len() as i64);
    }

    fn every_type_of_bounds_comes_back(db) {
        let local = |second: i64| at(second).naive_utc();
        let bounds = [(0, 1), (3, 9)];
        for (from, to) in bounds {
            let draft = Span::create().small(None).big(i64::MIN..=i64::MAX - 1).exact(Decimal::new(-15, 1)..Decimal::from(to));
            let made = run!(draft.days(day(from as u32 + 1)..=day(to as u32 + 1)).local(local(from)..).time(..=at(to)).number(None).price(None).save(db));
            assert_eq!(made.days, Some(Range::from(day(from as u32 + 1)..day(to as u32 + 2))));
            assert_eq!(run!(Span::get(made.id, db)), made);
            assert_eq!((made.local.unwrap().lower(), made.time.unwrap().upper()), (Included(&local(from)), Included(&at(to))));
        }
        let found = |count: i64| assert_eq!(count, 2);
        found(run!(Span::objects().filter(|s| s.time.contains(at(1)) & s.local.contains(local(3)) & s.exact.contains(Decimal::new(-15, 1))).count(db)));
        found(run!(Span::objects().filter(|s| s.days.upper_bound().gt(day(2)) & s.local.lower_bound().lt(local(9)) & s.time.upper_bound().ge(at(1))).count(db)));
        found(run!(Span::objects().filter(|s| s.exact.lower_bound().eq(Decimal::new(-150, 2)) & s.big.contains(i64::MAX - 1)).count(db)));
        // What is finer than a microsecond is cut off, and then there is nothing between.
        let fine = Range::from(local(0)..local(0) + chrono::TimeDelta::nanoseconds(500));
        let made = run!(Span::create().small(None).big(None).exact(None).days(None).local(fine).time(None).number(None).price(None).save(db));
        assert_eq!(made.local, Some(Range::empty()));
        let far = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        let made = run!(Span::create().small(None).big(None).exact(None).days(day(1)..=far).local(None).time(None).number(None).price(None).save(db));
        assert_eq!(made.days, Some(Range::from(day(1)..=far)));
    }

    fn whole_numbers_lie_as_they_do(db) {
        let points: Vec<i32> = (-50..50).collect();
        for range in numbers() {
            run!(Span::create().small(range).big(None).exact(None).days(None).local(None).time(None).number(None).price(None).save(db));
        }
        let all: Vec<(i64, Range<i32>)> = run!(Span::objects().order_by(|s| s.id).all(db)).into_iter().map(|s| (s.id, s.small.unwrap())).collect();
        let ids = |is: &dyn Fn(&Range<i32>) -> bool| all.iter().filter(|(_, range)| is(range)).map(|(id, _)| *id).collect::<Vec<_>>();
        let ends = |range: &Range<i32>| {
            let place = |bound: Bound<&i32>, far: i64| match bound { Included(at) | Excluded(at) => i64::from(*at), Unbounded => far };
            (!range.is_empty()).then(|| (place(range.lower(), i64::MIN), place(range.upper(), i64::MAX)))
        };
        for other in numbers() {
            let both = |range: &Range<i32>| ends(range).zip(ends(&other));
            let rows = || Span::objects().order_by(|s| s.id);
            let inside = within(&other, &points);
            assert_eq!(run!(rows().filter(|s| s.small.overlaps(other)).values(|s| s.id).all(db)), ids(&|range| both(range).is_some_and(|(a, b)| a.0 < b.1 && b.0 < a.1)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.strictly_left_of(other)).values(|s| s.id).all(db)), ids(&|range| both(range).is_some_and(|(a, b)| a.1 <= b.0)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.strictly_right_of(other)).values(|s| s.id).all(db)), ids(&|range| both(range).is_some_and(|(a, b)| b.1 <= a.0)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.not_right_of(other)).values(|s| s.id).all(db)), ids(&|range| both(range).is_some_and(|(a, b)| a.1 <= b.1)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.not_left_of(other)).values(|s| s.id).all(db)), ids(&|range| both(range).is_some_and(|(a, b)| a.0 >= b.0)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.adjacent_to(other)).values(|s| s.id).all(db)), ids(&|range| both(range).is_some_and(|(a, b)| a.1 == b.0 || b.1 == a.0)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.contains_range(other)).values(|s| s.id).all(db)), ids(&|range| other.is_empty() || both(range).is_some_and(|(a, b)| a.0 <= b.0 && b.1 <= a.1)), "{other:?}");
            assert_eq!(run!(rows().filter(|s| s.small.contained_by(other)).values(|s| s.id).all(db)), ids(&|range| range.is_empty() || both(range).is_some_and(|(a, b)| b.0 <= a.0 && a.1 <= b.1)), "{other:?}");
            // What two of them make, by its ends and by what is within.
            for (range, spanned) in run!(rows().values(|s| (s.small, s.small.span(other))).all(db)) {
                let range = range.unwrap();
                let whole = match both(&range) {
                    Some((a, b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                    None => ends(&range).or(ends(&other)),
                };
                assert_eq!(ends(&spanned.unwrap()), whole, "{range:?} {other:?}");
            }
            for (range, common) in run!(rows().values(|s| (s.small, s.small.intersection(other))).all(db)) {
                let common_points: Vec<usize> = within(&range.unwrap(), &points).into_iter().filter(|point| inside.contains(point)).collect();
                assert_eq!(within(&common.unwrap(), &points), common_points, "{range:?} {other:?}");
            }
        }
        for point in [-4, -3, 0, 3, 5, 10, i32::MIN, i32::MAX] {
            assert_eq!(run!(Span::objects().filter(|s| s.small.contains(point)).order_by(|s| s.id).values(|s| s.id).all(db)), ids(&|range| range.contains(&point)), "{point}");
        }
        let said = run!(Span::objects().order_by(|s| s.id).values(|s| (s.small, s.small.lower_bound(), s.small.upper_bound(), s.small.is_empty().optional(), s.small.lower_unbounded().optional(), s.small.upper_unbounded().optional(), s.small.lower_included().optional(), s.small.upper_included().optional())).all(db));
        for (range, lower, upper, empty, from_ever, for_ever, included, ends) in said {
            let range = range.unwrap();
            let number = |bound: Bound<&i32>| match bound { Included(at) | Excluded(at) => Some(*at), Unbounded => None };
            assert_eq!((lower, upper, empty), (number(range.lower()), number(range.upper()), Some(range.is_empty())), "{range:?}");
            let unbounded = [range.lower(), range.upper()].map(|bound| bound == Unbounded && !range.is_empty());
            assert_eq!(([from_ever, for_ever], included, ends), (unbounded.map(Some), Some(lower.is_some()), Some(false)), "{range:?}");
        }
    }

    fn decimals_lie_as_they_do(db) {
        let points: Vec<Decimal> = POINTS.map(|half| Decimal::new(half * 5, 1)).collect();
        for range in decimals() {
            run!(Span::create().small(None).big(None).exact(range).days(None).local(None).time(None).number(None).price(None).save(db));
        }
        for other in decimals() {
            let inside = within(&other, &points);
            for (range, overlaps, contains, contained, common) in run!(Span::objects().values(|s| (s.exact, s.exact.overlaps(other).optional(), s.exact.contains_range(other).optional(), s.exact.contained_by(other).optional(), s.exact.intersection(other))).all(db)) {
                let range = range.unwrap();
                let own = within(&range, &points);
                let shared: Vec<usize> = own.iter().copied().filter(|point| inside.contains(point)).collect();
                assert_eq!([overlaps, contains, contained], [!shared.is_empty(), shared == inside, shared == own].map(Some), "{range:?} {other:?}");
                assert_eq!(within(&common.unwrap(), &points), shared, "{range:?} {other:?}");
            }
        }
        let rows = run!(Span::objects().order_by(|s| s.exact).values(|s| s.exact).all(db));
        let sorted: Vec<Range<Decimal>> = rows.into_iter().flatten().collect();
        let first = sorted.iter().take_while(|range| range.is_empty()).count();
        assert!(sorted[first..].iter().all(|range| !range.is_empty()));
    }

    fn ranges_stand_in_arrays(db) {
        let days = vec![Some(Range::from(day(1)..day(3))), None, Some(Range::empty()), Some((day(9)..).into())];
        let times = vec![vec![Range::from(at(0)..=at(9)), Range::empty()], vec![(..).into(), (..at(3)).into()]];
        let made = run!(Absence::create().days(days).prices(decimals()).times(times).save(db));
        assert_eq!(made.hours, [Range::from(9..12), Range::from(13..17)]);
        assert_eq!(run!(Absence::get(made.id, db)), made);
        let absences = Absence::objects;
        let found = absences().filter(|a| a.hours.has(13..=16) & a.hours.overlaps([Range::from(9..12)]) & a.hours.length().eq(2) & a.prices.eq(decimals()));
        assert_eq!(run!(found.count(db)), 1);
        assert_eq!(run!(absences().filter(|a| a.hours.item(1).contains(16) & a.hours.item(0).lower_bound().eq(9)).count(db)), 1);
        assert_eq!(run!(absences().filter(|a| a.hours.item(0).contains(16) | a.hours.has(9..17)).count(db)), 0);
        // A list of ranges without a form in databases has none either.
        let refused = error(attempt!(Absence::create().hours([Range::from(backwards())]).days(Vec::<Option<Range<NaiveDate>>>::new()).prices(None).times(Vec::<Vec<Range<DateTime<Utc>>>>::new()).save(db)));
        assert!(refused.to_string().contains("greater than its upper bound"), "{refused}");
        let rows = value(DynModel::named("suite.Absence"));
        let row = serde_json::Value::Object(value(run!(rows.rows().get(db)).json()));
        assert_eq!((&row["hours"], &row["days"]), (&json!(["[9,12)", "[13,17)"]), &json!(["[2026-01-01,2026-01-03)", null, "empty", "[2026-01-09,)"])));
    }

    fn a_bound_of_infinity_is_told_from_no_bound(db) {
        if db.dialect().name != "postgres" {
            return;
        }
        for (field, insert) in [
            ("days", "INSERT INTO suite_span (days) VALUES ('[2026-01-01,infinity)')"),
            ("days", "INSERT INTO suite_span (days) VALUES ('(-infinity,2026-01-01)')"),
            ("local", "INSERT INTO suite_span (local) VALUES ('[2026-01-01,infinity]')"),
            ("time", "INSERT INTO suite_span (time) VALUES ('[-infinity,)')"),
            ("exact", "INSERT INTO suite_span (exact) VALUES ('[1,infinity)')"),
        ] {
            run!(orm::script(insert).run(db));
            let unreadable = error(attempt!(Span::objects().all(db)));
            assert_eq!(unreadable.fields(), [field], "{unreadable}");
            assert!(unreadable.to_string().contains("not the lack of a bound") && unreadable.to_string().contains("NULLIF"), "{unreadable}");
            run!(Span::objects().delete().run(db));
        }
        run!(orm::script("INSERT INTO suite_span (days) SELECT daterange(NULLIF(lower(r), '-infinity'), NULLIF(upper(r), 'infinity')) FROM (SELECT daterange('[2026-01-01,infinity)') AS r) AS one").run(db));
        assert_eq!(run!(Span::objects().get(db)).days, Some((day(1)..).into()));
    }

    fn what_is_computed_is_within_ranges(db) {
        let draft = |small: Option<Range<i32>>, number: Option<i32>| Span::create().small(small).big(small.map(|range| range.bounds_as(i64::from))).exact(None).days(None).local(None).time(None).number(number).price(None);
        let whole = Range::from(..);
        for (small, number) in [
            (Some(Range::from(1..10)), Some(8)),
            (Some(Range::from(1..10)), Some(9)),
            (Some(whole), Some(i32::MAX)),
            (Some(Range::empty()), Some(3)),
            (None, Some(3)),
            (Some(Range::from(1..10)), None),
        ] {
            run!(draft(small, number).save(db));
        }
        let spans = || Span::objects().order_by(|s| s.id);
        let within = [Some(true), Some(false), Some(true), Some(false), None, None];
        assert_eq!(run!(spans().values(|s| s.small.contains(s.number + 1).optional()).all(db)), within);
        assert_eq!(run!(spans().values(|s| (s.number + 1).contained_by(s.small).optional()).all(db)), within);
        assert_eq!(run!(spans().values(|s| s.big.contains(s.number.to_i64() + 1).optional()).all(db)), within);
        assert_eq!(run!(spans().filter(|s| s.small.contains(s.number + 1)).count(db)), 2);
        // What is unknown is not so either.
        assert_eq!(run!(spans().filter(|s| !s.small.contains(s.number + 1)).count(db)), 4);
    }

    fn columns_are_within_ranges_of_columns(db) {
        let draft = |number: Option<i32>, price: Option<Decimal>| Span::create().small(0..10).big(None).exact(Decimal::ZERO..=Decimal::TEN).days(None).local(None).time(None).number(number).price(price);
        run!(draft(Some(9), Some(Decimal::new(100, 1))).save(db));
        run!(draft(Some(10), Some(Decimal::new(101, 1))).save(db));
        run!(draft(None, None).save(db));
        let count = |rows: QuerySet<Span>| rows;
        assert_eq!(run!(count(Span::objects().filter(|s| s.small.contains(s.number))).count(db)), 1);
        assert_eq!(run!(count(Span::objects().filter(|s| s.number.contained_by(s.small))).count(db)), 1);
        assert_eq!(run!(count(Span::objects().filter(|s| s.number.contained_by(Range::from(..=10)))).count(db)), 2);
        assert_eq!(run!(count(Span::objects().filter(|s| s.price.contained_by(s.exact))).count(db)), 1);
        assert_eq!(run!(count(Span::objects().filter(|s| s.price.contained_by(Range::from(Decimal::new(1005, 2)..)))).count(db)), 1);
        // NULL is in nothing, and nothing is in it.
        assert_eq!(run!(count(Span::objects().filter(|s| s.small.contains(None::<i32>) | s.big.contains(7) | s.big.overlaps(1..9))).count(db)), 0);
        assert_eq!(run!(count(Span::objects().filter(|s| s.big.is_null() & s.big.lower_bound().is_null())).count(db)), 3);
    }

    fn two_ranges_make_one_or_none(db) {
        run!(Span::create().small(3..6).big(None).exact(None).days(None).local(None).time(None).number(None).price(None).save(db));
        let made = run!(Span::objects().values(|s| (s.small.union(6..9), s.small.difference(5..), s.small.difference(..9), s.small.union(Range::empty()))).get(db));
        assert_eq!(made, (Some(Range::from(3..9)), Some(Range::from(3..5)), Some(Range::empty()), Some(Range::from(3..6))));
        let apart = error(attempt!(Span::objects().values(|s| s.small.union(8..9)).all(db)));
        assert!(apart.to_string().contains("contiguous"), "{apart}");
        let two = error(attempt!(Span::objects().values(|s| s.small.difference(4..5)).all(db)));
        assert!(two.to_string().contains("contiguous"), "{two}");
        run!(Span::objects().update(|s| s.small.set(s.small.union(6..9))).run(db));
        run!(Span::objects().update(|s| s.big.set(..)).run(db));
        assert_eq!(run!(Span::objects().values(|s| (s.small, s.big)).get(db)), (Some(Range::from(3..9)), Some(Range::from(..))));
    }

    fn a_stay_has_what_its_model_says(db) {
        let made = run!(Stay::create().room(1).nights(day(3)..day(5)).save(db));
        assert_eq!((made.hours, made.prices), (Range::from(9..17), Range::empty()));
        let twice = error(attempt!(Stay::create().room(2).nights(day(3)..=day(4)).save(db)));
        assert!(twice.is_unique_violation(), "{twice}");
        for refused in [Range::empty(), Range::from(..day(5)), Range::from(day(1)..day(2))] {
            let refused = error(attempt!(Stay::create().room(2).nights(refused).save(db)));
            assert!(refused.is_check_violation(), "{refused}");
        }
        let drafts = (0..3).map(|room| Stay::create().room(room).nights(day(10 + room as u32)..).hours(room..).prices(Decimal::ONE..));
        assert_eq!(run!(Stay::bulk_create(drafts).run(db)), 3);
        assert_eq!(run!(Stay::objects().filter(|s| s.nights.upper_unbounded() & s.nights.contains(day(11))).count(db)), 2);
    }

    fn what_no_database_has_is_refused(db) {
        let stay = || Stay::create().room(1).nights(day(3)..);
        for (refused, said) in [
            (error(attempt!(stay().hours(backwards()).save(db))), "the lower bound of a range is greater"),
            (error(attempt!(stay().hours(9..=i32::MAX).save(db))), "nothing follows the greatest"),
            (error(attempt!(Stay::objects().filter(|s| s.hours.overlaps(backwards())).all(db))), "the lower bound of a range is greater"),
        ] {
            assert!(refused.to_string().contains(said), "{refused}");
        }
        assert_eq!(run!(Stay::objects().count(db)), 0);
    }

    fn rows_by_name_have_texts(db) {
        let stays = value(DynModel::named("suite.Stay"));
        let draft = stays.create().set_json("room", &json!(1)).set_json("nights", &json!("[2026-01-03,2026-01-04]"));
        let row = run!(draft.set_json("hours", &json!("(8,)")).set_json("prices", &json!("(0.50,1]")).save(db));
        let row = serde_json::Value::Object(value(row.json()));
        let said = json!({ "id": row["id"], "room": 1, "nights": "[2026-01-03,2026-01-05)", "hours": "[9,)", "prices": "(0.5,1]" });
        assert_eq!(row, said);
        for (field, wrong) in [("nights", "2026-01-03"), ("nights", "[2026-01-03,2026-01-01)"), ("hours", "[1.5,2)"), ("hours", "[3000000000,)"), ("prices", "{1,2}")] {
            let refused = error(attempt!(stays.create().set_json(field, &json!(wrong)).save(db)));
            assert!(refused.to_string().contains(field) && !refused.to_string().contains(wrong), "{refused}");
        }
    }

    fn what_other_programs_store_is_refused(db) {
        for bytes in [vec![], vec![1, 2], vec![0, 0], vec![0; 20]] {
            error(attempt!(orm::sql("INSERT INTO suite_stay (room, nights) VALUES ({}, {})", (1, bytes)).execute(db)));
        }
        error(attempt!(orm::sql("INSERT INTO suite_stay (room, nights) VALUES ({}, {})", (1, Range::from(1..9))).execute(db)));
        assert_eq!(run!(Stay::objects().count(db)), 0);
    }
}

trait BoundsAs {
    fn bounds_as(self, of: fn(i32) -> i64) -> Range<i64>;
}

impl BoundsAs for Range<i32> {
    fn bounds_as(self, of: fn(i32) -> i64) -> Range<i64> {
        match self.is_empty() {
            true => Range::empty(),
            false => Range::new(self.lower().map(|at| of(*at)), self.upper().map(|at| of(*at))),
        }
    }
}
