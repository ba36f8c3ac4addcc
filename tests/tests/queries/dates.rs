//! Parts of dates and times, as `chrono` tells them.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use proptest::prelude::*;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("appointment_not_on_sunday_in_office", |a| a.day.weekday().ne(7) | a.at_home.eq(true)))]
#[orm(index(name = "appointment_by_month", |a| a.at.start_of_month()))]
pub struct Appointment {
    pub id: i64,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub local: NaiveDateTime,
    pub at: DateTime<Utc>,
    pub moved: Option<DateTime<Utc>>,
    #[orm(default = true)]
    pub at_home: bool,
    #[orm(generated = |a| a.at.iso_year() * 100 + a.at.week())]
    pub week_of_year: i64,
    #[orm(generated = |a| a.local.start_of_quarter())]
    pub quarter: NaiveDateTime,
    #[orm(generated = |a| a.local.date())]
    pub date: NaiveDate,
}

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// Days of all years that have four digits, most of them about the ends of years, and microseconds of a day.
fn moments() -> impl Strategy<Value = (NaiveDate, i64)> {
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).map_or(0, |day| day.num_days_from_ce());
    let at_end = (1..9_998_i32, -5_i64..6).prop_map(|(year, days)| {
        let first = NaiveDate::from_ymd_opt(year, 12, 31).map_or(1, |day| day.num_days_from_ce());
        (i64::from(first) + days) as i32
    });
    let day = prop_oneof![
        1 => Just(1),
        1 => Just(last),
        6 => at_end,
        6 => 1..last,
        6 => 719_163 - 400..719_163 + 20_000_i32,
    ];
    let micros = prop_oneof![
        1 => Just(0_i64),
        1 => Just(MICROS_OF_DAY - 1),
        1 => Just(59_999_999_i64),
        6 => 0..MICROS_OF_DAY,
    ];
    (day, micros).prop_map(|(day, micros)| {
        let day = NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default();
        (day, micros)
    })
}

fn time(micros: i64) -> NaiveTime {
    NaiveTime::MIN + TimeDelta::microseconds(micros)
}

fn of_date(date: NaiveDate) -> [i64; 8] {
    let week = date.iso_week();
    [
        i64::from(date.year()),
        i64::from(date.month().div_ceil(3)),
        i64::from(date.month()),
        i64::from(date.day()),
        i64::from(week.year()),
        i64::from(week.week()),
        i64::from(date.weekday().number_from_monday()),
        i64::from(date.ordinal()),
    ]
}

fn of_time(time: NaiveTime) -> [i64; 3] {
    [time.hour(), time.minute(), time.second()].map(i64::from)
}

/// The first days of the year, of the quarter, of the month and of the week.
fn starts(date: NaiveDate) -> [Option<NaiveDate>; 4] {
    let first = |month| NaiveDate::from_ymd_opt(date.year(), month, 1);
    [
        first(1),
        first((date.month() - 1) / 3 * 3 + 1),
        first(date.month()),
        date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))),
    ]
}

fn midnight(date: Option<NaiveDate>) -> NaiveDateTime {
    date.unwrap_or_default().and_time(NaiveTime::MIN)
}

macro_rules! filled {
    ($db:expr) => {{
        let samples = samples(120, moments());
        let drafts = samples.iter().map(|(day, micros)| {
            let local = day.and_time(time(*micros));
            let moved = (*micros % 2 == 0).then(|| local.and_utc());
            Appointment::create()
                .day(*day)
                .time(time(*micros))
                .local(local)
                .at(local.and_utc())
                .moved(moved)
        });
        run!(Appointment::bulk_create(drafts).all($db))
    }};
}

behaviour! {
    fn parts_of_dates_are_those_of_the_calendar(db) {
        let rows = filled!(db);
        let query = Appointment::objects().order_by(|a| a.id);
        let days = run!(query.clone().values(|a| (
            a.day.year(), a.day.quarter(), a.day.month(), a.day.day(),
            a.day.iso_year(), a.day.week(), a.day.weekday(), a.day.day_of_year(),
        )).all(db));
        let local = run!(query.clone().values(|a| (
            a.local.year(), a.local.quarter(), a.local.month(), a.local.day(),
            a.local.iso_year(), a.local.week(), a.local.weekday(), a.local.day_of_year(),
        )).all(db));
        let at = run!(query.clone().values(|a| (
            a.at.year(), a.at.quarter(), a.at.month(), a.at.day(),
            a.at.iso_year(), a.at.week(), a.at.weekday(), a.at.day_of_year(),
        )).all(db));
        let moved = run!(query.values(|a| (a.moved.year(), a.moved.week(), a.moved.weekday())).all(db));
        assert_eq!(days, local);
        assert_eq!(days, at);
        for ((row, found), moved) in rows.iter().zip(days).zip(moved) {
            let (a, b, c, d, e, f, g, h) = found;
            let expected = of_date(row.day);
            assert_eq!([a, b, c, d, e, f, g, h], expected, "{}", row.day);
            let of_moved = row.moved.map(|moved| of_date(moved.date_naive()));
            assert_eq!(moved.0, of_moved.map(|parts| parts[0]));
            assert_eq!(moved.1, of_moved.map(|parts| parts[5]));
            assert_eq!(moved.2, of_moved.map(|parts| parts[6]));
            assert_eq!(row.week_of_year, expected[4] * 100 + expected[5]);
            assert_eq!(row.quarter, midnight(starts(row.day)[1]));
            assert_eq!(row.date, row.day);
        }
    }

    fn parts_of_times_are_whole(db) {
        let rows = filled!(db);
        let query = Appointment::objects().order_by(|a| a.id);
        let times = run!(query.clone().values(|a| (a.time.hour(), a.time.minute(), a.time.second())).all(db));
        let local = run!(query.clone().values(|a| (a.local.hour(), a.local.minute(), a.local.second())).all(db));
        let at = run!(query.clone().values(|a| (a.at.hour(), a.at.minute(), a.at.second())).all(db));
        assert_eq!(times, local);
        assert_eq!(times, at);
        for (row, (hour, minute, second)) in rows.iter().zip(times) {
            assert_eq!([hour, minute, second], of_time(row.time), "{}", row.time);
        }
        let both = run!(query.values(|a| (a.local.date(), a.local.time(), a.at.date(), a.at.time(), a.moved.date(), a.moved.time()))
            .all(db));
        for (row, found) in rows.iter().zip(both) {
            let moved = row.moved.map(|moved| moved.naive_utc());
            assert_eq!(
                found,
                (row.day, row.time, row.day, row.time, moved.map(|at| at.date()), moved.map(|at| at.time()))
            );
        }
    }

    fn what_a_moment_is_in_begins_before_it(db) {
        let rows = filled!(db);
        let query = Appointment::objects().order_by(|a| a.id);
        let days = run!(query.clone().values(|a| (
            a.day.start_of_year(), a.day.start_of_quarter(), a.day.start_of_month(), a.day.start_of_week(),
        )).all(db));
        let local = run!(query.clone().values(|a| (
            a.local.start_of_year(), a.local.start_of_quarter(), a.local.start_of_month(), a.local.start_of_week(),
            a.local.start_of_day(), a.local.start_of_hour(), a.local.start_of_minute(), a.local.start_of_second(),
        )).all(db));
        let at = run!(query.clone().values(|a| (
            a.at.start_of_year(), a.at.start_of_quarter(), a.at.start_of_month(), a.at.start_of_week(),
            a.at.start_of_day(), a.at.start_of_hour(), a.at.start_of_minute(), a.at.start_of_second(),
        )).all(db));
        let moved = run!(query.values(|a| (a.moved.start_of_month(), a.moved.start_of_day())).all(db));
        for ((((row, days), local), at), moved) in rows.iter().zip(days).zip(local).zip(at).zip(moved) {
            let firsts = starts(row.day);
            assert_eq!([days.0, days.1, days.2, days.3].map(Some), firsts, "{}", row.day);
            let within = |seconds: i64| {
                let since = row.time.signed_duration_since(NaiveTime::MIN).num_seconds();
                row.day.and_time(NaiveTime::MIN) + TimeDelta::seconds(since / seconds * seconds)
            };
            let expected = [
                midnight(firsts[0]), midnight(firsts[1]), midnight(firsts[2]), midnight(firsts[3]),
                midnight(Some(row.day)), within(3600), within(60), within(1),
            ];
            assert_eq!([local.0, local.1, local.2, local.3, local.4, local.5, local.6, local.7], expected, "{}", row.local);
            let at = [at.0, at.1, at.2, at.3, at.4, at.5, at.6, at.7];
            assert_eq!(at, expected.map(|moment| moment.and_utc()), "{}", row.at);
            let is_moved = row.moved.is_some();
            assert_eq!(moved.0, is_moved.then(|| expected[2].and_utc()));
            assert_eq!(moved.1, is_moved.then(|| expected[4].and_utc()));
        }
    }

    fn rows_are_filtered_ordered_grouped_and_changed_by_parts(db) {
        let rows = filled!(db);
        let mut by_month: BTreeMap<NaiveDateTime, i64> = BTreeMap::new();
        for row in &rows {
            *by_month.entry(midnight(starts(row.day)[2])).or_default() += 1;
        }
        let groups = run!(Appointment::objects()
            .group_by(|a| a.local.start_of_month())
            .values(|a| (a.local.start_of_month(), count()))
            .order_by(|a| a.local.start_of_month())
            .all(db));
        assert_eq!(groups, by_month.into_iter().collect::<Vec<_>>());
        let mondays = rows.iter().filter(|row| row.day.weekday() == chrono::Weekday::Mon).count() as i64;
        assert_eq!(run!(Appointment::objects().filter(|a| a.at.weekday().eq(1)).count(db)), mondays);
        let in_months = rows.iter().filter(|row| [2, 11].contains(&row.day.month())).count() as i64;
        assert_eq!(run!(Appointment::objects().filter(|a| a.at.month().in_([2, 11])).count(db)), in_months);
        let on_date = rows.iter().filter(|row| row.day == rows[0].day).count() as i64;
        assert_eq!(run!(Appointment::objects().filter(|a| a.at.date().eq(rows[0].day)).count(db)), on_date);
        assert_eq!(run!(Appointment::objects().filter(|a| a.at.date().eq(a.day)).count(db)), rows.len() as i64);
        let mut sorted: Vec<_> = rows.iter().map(|row| (row.day.ordinal(), row.id)).collect();
        sorted.sort_unstable();
        let ordered = run!(Appointment::objects().order_by(|a| (a.at.day_of_year(), a.id)).values(|a| a.id).all(db));
        assert_eq!(ordered, sorted.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        run!(Appointment::objects().update(|a| a.at.set(a.at.start_of_day() + TimeDelta::hours(1))).run(db));
        let changed = run!(Appointment::objects().order_by(|a| a.id).all(db));
        for (row, before) in changed.iter().zip(&rows) {
            assert_eq!(row.at, (midnight(Some(before.day)) + TimeDelta::hours(1)).and_utc());
        }
    }

    fn a_check_knows_the_day_of_the_week(db) {
        let sunday = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap_or_default();
        let draft = |day: NaiveDate, at_home| {
            let at = day.and_time(NaiveTime::MIN);
            Appointment::create().day(day).time(NaiveTime::MIN).local(at).at(at.and_utc()).at_home(at_home)
        };
        let refused = error(attempt!(draft(sunday, false).save(db)));
        assert!(refused.is_check_violation(), "{refused}");
        run!(draft(sunday, true).save(db));
        run!(draft(sunday + Days::new(1), false).save(db));
    }

    fn now_is_the_time_of_the_statement(db) {
        let before = Utc::now() - TimeDelta::seconds(60);
        filled!(db);
        run!(Appointment::objects().update(|a| a.moved.set(orm::now())).run(db));
        let moved = run!(Appointment::objects().values(|a| a.moved).distinct().all(db));
        assert_eq!(moved.len(), 1, "{moved:?}");
        let after = Utc::now() + TimeDelta::seconds(60);
        assert!(moved[0].is_some_and(|now| before < now && now < after), "{moved:?}");
        assert_eq!(run!(Appointment::objects().filter(|a| a.moved.gt(orm::now() + TimeDelta::hours(1))).count(db)), 0);
        assert_eq!(run!(Appointment::objects().filter(|a| a.moved.year().eq(orm::now().year())).count(db)), 120);
    }
}
