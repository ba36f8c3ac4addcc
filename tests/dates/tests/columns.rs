//! Columns of `time` and `jiff` are those of `chrono`: what one writes the others read, and they have the same operations.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm::dynamic::DynModel;
use orm::models::{ModelKey, registry};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use serde_json::json;
use time::{OffsetDateTime, PrimitiveDateTime, UtcDateTime, UtcOffset};

orm::app!("suite");

/// One table, which the models below are about too.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "dates_entry", ordering("id"))]
pub struct Entry {
    pub id: i64,
    pub day: NaiveDate,
    pub hour: NaiveTime,
    pub naive: NaiveDateTime,
    pub instant: DateTime<Utc>,
    pub length: TimeDelta,
    pub perhaps: Option<DateTime<Utc>>,
    pub days: Vec<NaiveDate>,
    pub lengths: Vec<Option<TimeDelta>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "dates_entry", ordering("id"))]
pub struct ByTime {
    pub id: i64,
    pub day: time::Date,
    pub hour: time::Time,
    pub naive: PrimitiveDateTime,
    pub instant: OffsetDateTime,
    pub length: time::Duration,
    pub perhaps: Option<UtcDateTime>,
    pub days: Vec<time::Date>,
    pub lengths: Vec<Option<time::Duration>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "dates_entry", ordering("id"))]
pub struct ByJiff {
    pub id: i64,
    pub day: jiff::civil::Date,
    pub hour: jiff::civil::Time,
    pub naive: jiff::civil::DateTime,
    pub instant: jiff::Timestamp,
    pub length: jiff::SignedDuration,
    pub perhaps: Option<jiff::Timestamp>,
    pub days: Vec<jiff::civil::Date>,
    pub lengths: Vec<Option<jiff::SignedDuration>>,
}

/// Of all of them, with what a model says beside a type.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("ends_later", |b| (b.ends - b.starts).gt(time::Duration::ZERO)), index("starts"))]
pub struct Reservation {
    pub id: i64,
    #[orm(unique)]
    pub day: jiff::civil::Date,
    pub starts: PrimitiveDateTime,
    pub ends: PrimitiveDateTime,
    #[orm(default = jiff::SignedDuration::from_mins(90))]
    pub pause: jiff::SignedDuration,
    #[orm(default = PrimitiveDateTime::MIN.replace_year(2000).unwrap())]
    pub checked: PrimitiveDateTime,
    #[orm(auto_now_add)]
    pub created: jiff::Timestamp,
    #[orm(auto_now)]
    pub changed: OffsetDateTime,
    #[orm(auto_now)]
    pub changed_on: time::Date,
    #[orm(generated = |b| b.ends - b.starts)]
    pub lasts: time::Duration,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Visitor {
    pub id: i64,
    #[orm(to = "day", related_name = "guests")]
    pub booking: ForeignKey<Reservation, jiff::civil::Date>,
}

fn moment(year: i32, micros: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, 2, 28)
        .and_then(|day| day.and_hms_micro_opt(23, 59, 58, micros))
        .expect("a time")
}

fn instant(moment: NaiveDateTime) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(moment.and_utc().timestamp_micros()).expect("an instant")
}

fn noon(day: u8) -> PrimitiveDateTime {
    let day = time::Date::from_calendar_date(2026, time::Month::November, day).expect("a day");
    PrimitiveDateTime::new(day, time::Time::from_hms(12, 0, 0).expect("a time"))
}

macro_rules! entry {
    ($db:expr, $moment:expr, $micros:expr) => {
        run!(
            Entry::create()
                .day($moment.date())
                .hour($moment.time())
                .naive($moment)
                .instant($moment.and_utc())
                .length(TimeDelta::microseconds($micros))
                .perhaps($moment.and_utc())
                .days([$moment.date()])
                .lengths([Some(TimeDelta::microseconds($micros)), None])
                .save($db)
        )
    };
}

/// The same once more.
macro_rules! again {
    ($db:expr, $model:ident, $row:expr) => {
        run!(
            $model::create()
                .day($row.day)
                .hour($row.hour)
                .naive($row.naive)
                .instant($row.instant)
                .length($row.length)
                .perhaps($row.perhaps)
                .days(&$row.days)
                .lengths(&$row.lengths)
                .save($db)
        )
    };
}

behaviour! {
    fn what_one_crate_writes_the_others_read(db) {
        let cases = [
            (moment(1, 0), i64::MIN), (moment(1969, 999_999), -1), (moment(1970, 1), 0), (moment(2024, 500_000), 90_061_000_001), (moment(9999, 999_999), i64::MAX),
        ];
        for (moment, micros) in cases {
            let made = entry!(db, moment, micros);
            let of_time = run!(ByTime::get(made.id, db));
            let of_jiff = run!(ByJiff::get(made.id, db));
            assert_eq!((of_time.day.year(), of_jiff.day.to_string()), (chrono::Datelike::year(&made.day), made.day.to_string()));
            let micro = moment.and_utc().timestamp_subsec_micros();
            assert_eq!(of_time.hour.as_hms_micro(), (23, 59, 58, micro));
            assert_eq!(of_jiff.hour, jiff::civil::time(23, 59, 58, micro as i32 * 1_000));
            assert_eq!((of_jiff.instant, of_jiff.perhaps), (instant(moment), Some(instant(moment))));
            assert_eq!(of_time.instant.unix_timestamp_nanos(), of_jiff.instant.as_nanosecond());
            assert_eq!((of_time.instant.offset(), of_time.perhaps.map(OffsetDateTime::from)), (UtcOffset::UTC, Some(of_time.instant)));
            assert_eq!(of_time.naive.assume_utc(), of_time.instant);
            assert_eq!(of_jiff.naive, jiff::civil::DateTime::from_parts(of_jiff.day, of_jiff.hour));
            assert_eq!(of_time.length.whole_microseconds(), i128::from(micros));
            assert_eq!(of_jiff.length.as_micros(), i128::from(micros));
            assert_eq!(of_time.days, [of_time.day]);
            assert_eq!(of_jiff.lengths, [Some(of_jiff.length), None]);
            // And back.
            let again = again!(db, ByTime, of_time);
            assert_eq!(Entry { id: made.id, ..run!(Entry::get(again.id, db)) }, made);
            let again = again!(db, ByJiff, of_jiff);
            assert_eq!(Entry { id: made.id, ..run!(Entry::get(again.id, db)) }, made);
            let found = ByTime::objects().filter(|e| {
                e.day.eq(of_time.day) & e.hour.eq(of_time.hour) & e.naive.eq(of_time.naive) & e.instant.eq(of_time.instant) & e.length.eq(of_time.length)
                    & e.perhaps.eq(of_time.perhaps) & e.days.has(of_time.day) & e.lengths.eq(&of_time.lengths)
            });
            assert_eq!(run!(found.count(db)), 3);
            let found = ByJiff::objects().filter(|e| {
                e.day.eq(of_jiff.day) & e.hour.eq(of_jiff.hour) & e.naive.eq(of_jiff.naive) & e.instant.eq(of_jiff.instant) & e.length.eq(of_jiff.length)
                    & e.perhaps.eq(of_jiff.perhaps) & e.days.has(of_jiff.day) & e.lengths.eq(&of_jiff.lengths)
            });
            assert_eq!(run!(found.count(db)), 3);
            run!(Entry::objects().delete().run(db));
        }
    }

    fn a_zone_is_the_instant_and_what_is_finer_is_cut_off(db) {
        let made = entry!(db, moment(2026, 7), 0);
        let east = UtcOffset::from_hms(5, 30, 0).expect("an offset");
        let mut read = run!(ByTime::get(made.id, db));
        read.instant = read.instant.to_offset(east) + time::Duration::nanoseconds(999);
        run!(read.save(db));
        let kept = run!(ByTime::get(made.id, db));
        assert_eq!((kept.instant.offset(), kept.instant.microsecond()), (UtcOffset::UTC, 7));
        assert_eq!(run!(ByTime::objects().filter(|e| e.instant.eq(kept.instant.to_offset(east))).count(db)), 1);
    }

    fn they_are_ordered_added_and_summed_up(db) {
        for (year, micros) in [(2024, 1_000_000), (2026, 2_000_000), (2025, -500_000)] {
            entry!(db, moment(year, 0), micros);
        }
        let years = run!(ByTime::objects().order_by(|e| e.day.desc()).values(|e| e.day).all(db));
        assert_eq!(years.iter().map(|day| day.year()).collect::<Vec<_>>(), [2026, 2025, 2024]);
        let ends = run!(ByJiff::objects().aggregate(|e| (e.naive.min(), e.instant.max(), e.length.sum(), e.length.max())).run(db));
        assert_eq!(ends.0.map(|least| least.year()), Some(2024));
        assert_eq!(ends.1, Some(instant(moment(2026, 0))));
        assert_eq!((ends.2, ends.3), (Some(jiff::SignedDuration::from_millis(2_500)), Some(jiff::SignedDuration::from_secs(2))));
        let sum = run!(ByTime::objects().aggregate(|e| (e.length.sum(), e.length.avg())).run(db));
        assert_eq!(sum.0, Some(time::Duration::milliseconds(2_500)));
        let hour = jiff::SignedDuration::from_hours(1);
        let found = ByJiff::objects().filter(|e| (e.instant + hour).gt(instant(moment(2026, 0))) & e.day.ge(jiff::civil::date(2024, 1, 1)));
        let moved = run!(found.values(|e| (e.instant + hour, e.naive - e.length, e.perhaps - e.instant)).all(db));
        assert_eq!(moved.len(), 1);
        assert_eq!(moved[0].0.duration_since(instant(moment(2026, 0))), hour);
        assert_eq!(moved[0].2, Some(jiff::SignedDuration::ZERO));
        // A duration of any crate.
        let found = ByTime::objects().filter(|e| (e.naive + hour).gt(e.naive + TimeDelta::minutes(59)) & (e.instant + hour - e.instant).eq(time::Duration::HOUR));
        assert_eq!(run!(found.count(db)), 3);
        let between = ByTime::objects().filter(|e| e.instant.between(OffsetDateTime::UNIX_EPOCH, noon(1).assume_utc()) & e.hour.lt(time::Time::MAX));
        assert_eq!(run!(between.count(db)), 3);
    }

    fn models_say_the_same_of_them(db) {
        let before = jiff::Timestamp::now();
        let day = jiff::civil::date(2026, 11, 28);
        let mut made = run!(Reservation::create().day(day).starts(noon(1)).ends(noon(3)).save(db));
        assert_eq!((made.pause, made.lasts), (jiff::SignedDuration::from_mins(90), time::Duration::days(2)));
        assert_eq!(made.checked.year(), 2000);
        assert!(before.duration_since(made.created).as_secs().abs() < 60 && made.changed_on == made.changed.date(), "{made:?}");
        let created = (made.created, made.changed);
        made.ends = noon(4);
        run!(made.save(db));
        assert_eq!(run!(Reservation::get(made.id, db)), made);
        assert!(made.created == created.0 && made.changed >= created.1 && made.lasts == time::Duration::days(3));
        let early = error(attempt!(Reservation::create().day(day.tomorrow().expect("a day")).starts(noon(2)).ends(noon(1)).save(db)));
        assert!(early.is_check_violation(), "{early}");
        let twice = error(attempt!(Reservation::create().day(day).starts(noon(1)).ends(noon(2)).save(db)));
        assert!(twice.is_unique_violation(), "{twice}");
        run!(Visitor::create().booking(day).save(db));
        run!(Visitor::create().booking(&made).save(db));
        assert_eq!(run!(Visitor::objects().filter(|g| g.booking().pause.gt(jiff::SignedDuration::ZERO)).count(db)), 2);
        let loaded = run!(Reservation::objects().with(|b| b.guests()).all(db));
        assert_eq!((loaded.len(), loaded[0].1.len()), (1, 2));
        let bookings = value(DynModel::named("suite.Reservation"));
        let draft = bookings.create().set_json("day", &json!("2026-01-01")).set_json("starts", &json!("2026-01-01T00:00:00"));
        let by_name = run!(draft.set_json("ends", &json!("2026-01-02T00:00:00")).save(db));
        assert_eq!(serde_json::Value::Object(value(by_name.json()))["lasts"], json!("P1D"));
    }

    fn a_value_beyond_the_type_is_an_error(db) {
        let far = NaiveDate::from_ymd_opt(12_000, 1, 1).expect("a day");
        let in_years = moment(2026, 0);
        let made = Entry::create().day(far).hour(in_years.time()).naive(in_years).instant(in_years.and_utc()).length(TimeDelta::zero());
        let kept = attempt!(made.perhaps(None).days(Vec::new()).lengths(Vec::new()).save(db));
        // SQLite has no such year.
        if let Ok(kept) = kept {
            for refused in [error(attempt!(ByTime::get(kept.id, db))), error(attempt!(ByJiff::get(kept.id, db)))] {
                assert!(refused.to_string().contains("years -9999 to 9999"), "{refused}");
            }
        }
        let long = ByTime::objects().filter(|e| e.length.eq(time::Duration::MAX)).count(db);
        assert!(error(attempt!(long)).to_string().contains("292,000 years"));
        let long = ByJiff::objects().filter(|e| e.length.eq(jiff::SignedDuration::MIN)).count(db);
        assert!(error(attempt!(long)).to_string().contains("292,000 years"));
    }
}

#[test]
fn the_columns_are_those_of_chrono() {
    let types = |name: &str| {
        let model = value(registry())
            .model(&ModelKey::new("suite", name))
            .expect("it is linked");
        model.def.fields.iter().map(|field| field.ty).collect::<Vec<_>>()
    };
    assert_eq!(types("ByTime"), types("Entry"));
    assert_eq!(types("ByJiff"), types("Entry"));
}
