//! Columns of durations, and arithmetic of dates with a time.

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use orm::dynamic::DynModel;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use proptest::prelude::*;
use serde_json::json;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("shift_pause_is_shorter", |s| s.pause.lt(s.length) | s.pause.is_null()))]
#[orm(check("shift_ends_later", |s| (s.ends - s.starts).gt(TimeDelta::zero())))]
pub struct WorkShift {
    pub id: i64,
    pub starts: NaiveDateTime,
    pub ends: NaiveDateTime,
    pub booked: DateTime<Utc>,
    pub length: TimeDelta,
    #[orm(default = Duration::from_millis(1500))]
    pub wait: Duration,
    pub pause: Option<TimeDelta>,
    #[orm(generated = |s| s.ends - s.starts)]
    pub lasts: TimeDelta,
}

/// Without checks, for what SQL by hand writes.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Lapse {
    pub id: i64,
    pub length: TimeDelta,
    pub other: Option<TimeDelta>,
}

fn at(day: u32, hour: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 11, day)
        .and_then(|day| day.and_hms_micro_opt(hour, 5, 6, 7))
        .expect("a time")
}

macro_rules! shift {
    ($db:expr, $length:expr) => {
        run!(
            WorkShift::create()
                .starts(at(1, 8))
                .ends(at(2, 9))
                .booked(at(1, 8).and_utc())
                .length($length)
                .save($db)
        )
    };
}

/// Far apart and close together.
fn lengths() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
        2 => Just(0),
        4 => -3_i64..3,
        4 => any::<i64>(),
        4 => -200_000_000_000_i64..200_000_000_000,
    ]
}

behaviour! {
    fn durations_come_back_to_the_microsecond(db) {
        let samples = samples(60, lengths());
        let drafts = samples.iter().map(|micros| {
            Lapse::create().length(TimeDelta::microseconds(*micros)).other(TimeDelta::microseconds(*micros))
        });
        run!(Lapse::bulk_create(drafts).run(db));
        let rows = run!(Lapse::objects().order_by(|l| l.id).all(db));
        let read: Vec<i64> = rows.iter().filter_map(|row| row.length.num_microseconds()).collect();
        assert_eq!(read, samples);
        assert!(rows.iter().all(|row| row.other == Some(row.length)));
        let mut sorted = samples.clone();
        sorted.sort_unstable();
        let ordered = run!(Lapse::objects().order_by(|l| (l.length, l.id)).values(|l| l.length).all(db));
        let ordered: Vec<i64> = ordered.iter().filter_map(TimeDelta::num_microseconds).collect();
        assert_eq!(ordered, sorted);
        for micros in &samples {
            let length = TimeDelta::microseconds(*micros);
            let equal = samples.iter().filter(|other| *other == micros).count() as i64;
            let less = samples.iter().filter(|other| *other < micros).count() as i64;
            assert_eq!(run!(Lapse::objects().filter(|l| l.length.eq(length)).count(db)), equal);
            assert_eq!(run!(Lapse::objects().filter(|l| l.length.lt(length)).count(db)), less);
            assert_eq!(run!(Lapse::objects().filter(|l| l.length.in_([length])).count(db)), equal);
            assert_eq!(run!(Lapse::objects().filter(|l| l.length.between(length, length)).count(db)), equal);
        }
        let ends = run!(Lapse::objects().aggregate(|l| (l.length.min(), l.length.max(), l.length.count_distinct())).run(db));
        let mut distinct = sorted.clone();
        distinct.dedup();
        let first_and_last = (sorted.first().copied(), sorted.last().copied());
        let micros = |end: Option<TimeDelta>| end.and_then(|end| end.num_microseconds());
        assert_eq!(((micros(ends.0), micros(ends.1)), ends.2), (first_and_last, distinct.len() as i64));
    }

    fn durations_are_computed_as_in_rust(db) {
        let samples = samples(40, (-200_000_000_000_i64..200_000_000_000, -5_i64..5));
        let drafts = samples.iter().map(|(length, other)| {
            let other = (*other != 0).then(|| TimeDelta::microseconds(*other));
            Lapse::create().length(TimeDelta::microseconds(*length)).other(other)
        });
        let rows = run!(Lapse::bulk_create(drafts).all(db));
        let hour = TimeDelta::hours(1);
        let computed = run!(Lapse::objects().order_by(|l| l.id)
            .values(|l| (l.length + hour, l.length - l.other, l.other + l.length)).all(db));
        for (row, (longer, less, more)) in rows.iter().zip(computed) {
            assert_eq!(longer, row.length + hour);
            assert_eq!(less, row.other.map(|other| row.length - other));
            assert_eq!(more, row.other.map(|other| row.length + other));
        }
        let totals = run!(Lapse::objects().aggregate(|l| (l.length.sum(), l.length.avg(), l.other.avg(), l.other.sum())).run(db));
        let all = |pick: fn(&(i64, i64)) -> i64| samples.iter().map(pick).sum::<i64>();
        let some = samples.iter().filter(|(_, other)| *other != 0).count() as i64;
        let micros = |number: i64| Some(TimeDelta::microseconds(number));
        assert_eq!(totals.0, micros(all(|sample| sample.0)));
        assert_eq!(totals.1, micros(all(|sample| sample.0) / samples.len() as i64));
        assert_eq!(totals.2, micros(all(|sample| sample.1) / some));
        assert_eq!(totals.3, micros(all(|sample| sample.1)));
        let none = run!(Lapse::objects().filter(|l| l.id.lt(0)).aggregate(|l| (l.length.sum(), l.length.avg())).run(db));
        assert_eq!(none, (None, None));
        let longest = run!(Lapse::objects().order_by(|l| ((l.length + l.length).desc(), l.id)).values(|l| l.length).first(db));
        assert_eq!(longest, rows.iter().map(|row| row.length).max());
        run!(Lapse::objects().update(|l| l.other.set(l.length + hour)).run(db));
        assert_eq!(run!(Lapse::objects().filter(|l| (l.other - l.length).eq(hour)).count(db)), rows.len() as i64);
    }

    fn dates_with_a_time_are_moved_by_durations(db) {
        let shift = shift!(db, TimeDelta::hours(25));
        assert_eq!((shift.wait, shift.pause, shift.lasts), (Duration::from_millis(1500), None, TimeDelta::hours(25)));
        let micro = TimeDelta::microseconds(1);
        // Over the end of a day, of a year and of a leap day, and back before 1970.
        for moved in [0, 1, -1, 57_294_999_993, 86_400_000_000 * 40, -86_400_000_000 * 365 * 60, 86_400_000_000 * 470] {
            let moved = TimeDelta::microseconds(moved);
            let computed = run!(WorkShift::objects()
                .values(|s| (s.starts + moved, s.starts - moved, s.booked + moved)).all(db));
            assert_eq!(computed, [(shift.starts + moved, shift.starts - moved, shift.booked + moved)]);
            let found = WorkShift::objects().filter(|s| {
                (s.starts + moved).eq(shift.starts + moved) & (s.starts - moved).gt(shift.starts - moved - micro)
            });
            assert_eq!(run!(found.count(db)), 1);
        }
        let apart = run!(WorkShift::objects().values(|s| (s.ends - s.starts, s.starts - s.ends, s.booked - (s.booked - micro),
            s.ends - s.wait, s.starts + s.length, s.starts + s.pause)).all(db));
        assert_eq!(apart, [(TimeDelta::hours(25), TimeDelta::hours(-25), micro, at(2, 9) - TimeDelta::milliseconds(1500),
            at(2, 9), None)]);
        assert_eq!(run!(WorkShift::objects().filter(|s| s.ends.eq(s.starts + s.length)).count(db)), 1);
        // What the model says is what the database takes.
        let refused = error(attempt!(shift.clone().update(|s| s.pause.set(TimeDelta::hours(25))).run(db)));
        assert_eq!(refused.constraint(), Some("shift_pause_is_shorter"));
        let refused = error(attempt!(shift.clone().update(|s| s.ends.set(shift.starts)).run(db)));
        assert_eq!(refused.constraint(), Some("shift_ends_later"));
        run!(WorkShift::objects().update(|s| (s.ends.set(s.ends + TimeDelta::days(1)), s.pause.set(TimeDelta::milliseconds(1500)))).run(db));
        let shift = run!(WorkShift::get(shift.id, db));
        assert_eq!((shift.lasts, shift.pause), (TimeDelta::hours(49), Some(TimeDelta::milliseconds(1500))));
    }

    fn what_is_not_a_duration_is_an_error(db) {
        let shift = shift!(db, TimeDelta::hours(25));
        for beyond in [TimeDelta::MAX, TimeDelta::MIN] {
            let refused = error(attempt!(shift.clone().update(|s| s.length.set(beyond)).run(db)));
            assert!(refused.to_string().contains("a duration has at most 9223372036854775807 microseconds"), "{refused}");
        }
        let refused = error(attempt!(shift.clone().update(|s| s.wait.set(Duration::MAX)).run(db)));
        assert!(refused.to_string().contains("a duration has at most"), "{refused}");
        // A negative one is what another type of Rust has.
        let shifts = value(DynModel::named("suite.WorkShift"));
        run!(shifts.rows().update(value(shifts.assign_json("wait", &json!("-PT0.000001S")))).run(db));
        let unreadable = error(attempt!(WorkShift::get(shift.id, db)));
        assert!(unreadable.to_string().contains("expected a duration that is not negative"), "{unreadable}");
        assert!(unreadable.to_string().contains("wait"), "{unreadable}");
        run!(shifts.rows().update(value(shifts.assign_json("wait", &json!("PT36H")))).run(db));
        assert_eq!(run!(WorkShift::get(shift.id, db)).wait, Duration::from_secs(36 * 3600));
        let rows = run!(shifts.rows().all(db));
        let row = &rows[0];
        assert_eq!((value(row.get_json("wait")), value(row.get_json("pause"))), (json!("P1DT12H"), json!(null)));
        for wrong in [json!("36:00:00"), json!("P1M"), json!(5), json!(""), json!("P106751992D")] {
            let refused = error(shifts.eq_json("wait", &wrong).map(drop));
            assert!(refused.to_string().contains("takes a duration without months such as"), "{refused}");
        }
        let endless = TimeDelta::microseconds(i64::MAX);
        run!(Lapse::bulk_create([Lapse::create().length(endless), Lapse::create().length(endless)]).run(db));
        error(attempt!(Lapse::objects().aggregate(|l| l.length.sum()).run(db)));
        error(attempt!(WorkShift::objects().values(|s| s.starts + endless).all(db)));
    }
}
