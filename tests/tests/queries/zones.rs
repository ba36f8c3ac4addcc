//! What clocks show in time zones, as `chrono-tz` tells it.

use chrono::offset::LocalResult;
use chrono::{Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use orm::TimeZone;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Broadcast {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub local: NaiveDateTime,
    pub again: Option<DateTime<Utc>>,
}

/// Among them: half an hour of summer time, a day left out, seconds in an offset, summer time of less than none. None whose rules
/// change from year to year: the tables that are compared are of different years.
const ZONES: [Tz; 15] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::Europe__Dublin,
    Tz::America__New_York,
    Tz::America__St_Johns,
    Tz::America__Caracas,
    Tz::America__Sao_Paulo,
    Tz::Asia__Kolkata,
    Tz::Asia__Kathmandu,
    Tz::Asia__Pyongyang,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Apia,
    Tz::Pacific__Kiritimati,
    Tz::Africa__Monrovia,
    Tz::Antarctica__Troll,
];

fn moment(year: i32, month: u32, day: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, month, day)
        .unwrap_or_default()
        .into()
}

/// Moments around every turn of clocks in some years, and some others.
fn moments() -> Vec<NaiveDateTime> {
    let mut all = vec![moment(1850, 3, 1), moment(1, 1, 2), moment(2099, 7, 1)];
    for year in [1900, 1945, 1972, 2011, 2015, 2026, 2080] {
        for zone in ZONES {
            let offset = |at: &NaiveDateTime| zone.offset_from_utc_datetime(at).fix();
            let hours = (0..366 * 24).map(|hour| moment(year, 1, 1) + TimeDelta::hours(hour));
            let mut before = offset(&moment(year, 1, 1));
            for at in hours {
                let now = offset(&at);
                if now != before {
                    let local = at + now;
                    let shifts = (-5..6).map(|quarter| TimeDelta::seconds(quarter * 900 + 1));
                    all.extend(shifts.flat_map(|shift| [at + shift, local + shift]));
                    before = now;
                }
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

fn instant_in(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => at.to_utc(),
        LocalResult::None => {
            let before = zone.offset_from_local_datetime(&(local - TimeDelta::hours(25)));
            (local - before.latest().expect("an offset").fix()).and_utc()
        }
    }
}

fn named(zone: Tz) -> TimeZone {
    TimeZone::named(zone.name()).expect("a zone of the database")
}

behaviour! {
    fn clocks_show_what_they_show(db) {
        let moments = moments();
        assert!(moments.len() > 500, "{}", moments.len());
        let drafts = moments.iter().map(|at| Broadcast::create().at(at.and_utc()).local(*at));
        run!(Broadcast::bulk_create(drafts).run(db));
        let all = || Broadcast::objects().order_by(|b| b.id);
        for zone in ZONES {
            let of = named(zone);
            let shown = run!(all().values(|b| (b.at.in_zone(&of), b.local.instant_in(&of))).all(db));
            for (at, found) in moments.iter().zip(shown) {
                let expected = (zone.from_utc_datetime(at).naive_local(), instant_in(zone, *at));
                assert_eq!(found, expected, "{at} in {zone}");
            }
        }
    }

    fn parts_are_those_of_the_zone(db) {
        let at = moment(2026, 10, 24) + TimeDelta::hours(23) + TimeDelta::microseconds(5);
        run!(Broadcast::create().at(at.and_utc()).local(at).save(db));
        let kolkata = named(Tz::Asia__Kolkata);
        let parts = run!(Broadcast::objects().values(|b| {
            let there = b.at.in_zone(&kolkata);
            (there.clone().day(), there.clone().hour(), there.clone().minute(), there.clone().date(), there.start_of_day().instant_in(&kolkata))
        }).get(db));
        let midnight = moment(2026, 10, 25) - TimeDelta::minutes(330);
        assert_eq!(parts, (25, 4, 30, moment(2026, 10, 25).date(), midnight.and_utc()));
        let nothing = run!(Broadcast::objects().values(|b| (b.again.in_zone(&kolkata), b.again.in_zone(&kolkata).instant_in(&kolkata))).get(db));
        assert_eq!(nothing, (None, None));
    }

    fn days_of_a_zone_are_grouped_filtered_and_set(db) {
        let berlin = named(Tz::Europe__Berlin);
        let hours = (0..72).map(|hour| moment(2026, 10, 24) + TimeDelta::hours(hour));
        run!(Broadcast::bulk_create(hours.map(|at| Broadcast::create().at(at.and_utc()).local(at))).run(db));
        let days = run!(Broadcast::objects()
            .group_by(|b| b.at.in_zone(&berlin).date())
            .values(|b| (b.at.in_zone(&berlin).date(), count()))
            .order_by(|b| b.at.in_zone(&berlin).date())
            .all(db));
        let days: Vec<_> = days.into_iter().map(|(day, count)| (day.day(), count)).collect();
        // The day on which clocks are turned back has 25 hours.
        assert_eq!(days, [(24, 22), (25, 25), (26, 24), (27, 1)]);
        let at_two = Broadcast::objects().filter(|b| b.at.in_zone(&berlin).hour().eq(2));
        assert_eq!(run!(at_two.clone().count(db)), 4);
        run!(at_two.update(|b| b.again.set(b.local.instant_in(&berlin))).run(db));
        let again = run!(Broadcast::objects().filter(|b| b.again.is_null().eq(false)).all(db));
        let expected = |broadcast: &Broadcast| Some(instant_in(Tz::Europe__Berlin, broadcast.local));
        assert!(again.len() == 4 && again.iter().all(|broadcast| broadcast.again == expected(broadcast)), "{again:?}");
    }

    fn rules_go_on_beyond_what_is_written_down(db) {
        let [berlin, lord_howe] = [Tz::Europe__Berlin, Tz::Australia__Lord_Howe].map(named);
        for year in [2138, 2400, 9999] {
            let (winter, summer) = (moment(year, 1, 2), moment(year, 7, 2));
            run!(Broadcast::objects().delete().run(db));
            run!(Broadcast::bulk_create([winter, summer].map(|at| Broadcast::create().at(at.and_utc()).local(at))).run(db));
            let shown = Broadcast::objects().order_by(|b| b.at).values(|b| (b.at.in_zone(&berlin), b.at.in_zone(&lord_howe), b.local.instant_in(&berlin)));
            let minutes = |at: NaiveDateTime, minutes| at + TimeDelta::minutes(minutes);
            assert_eq!(run!(shown.all(db)), [
                (minutes(winter, 60), minutes(winter, 660), minutes(winter, -60).and_utc()),
                (minutes(summer, 120), minutes(summer, 630), minutes(summer, -120).and_utc()),
            ]);
        }
        let last = moment(9999, 12, 31) + TimeDelta::hours(23);
        run!(Broadcast::objects().update(|b| (b.at.set(last.and_utc()), b.local.set(last))).run(db));
        let shown = run!(Broadcast::objects().values(|b| (b.at.in_zone(&named(Tz::America__Caracas)), b.local.instant_in(&berlin))).first(db));
        assert_eq!(shown, Some((last - TimeDelta::hours(4), (last - TimeDelta::hours(1)).and_utc())));
    }
}

#[test]
fn a_zone_has_the_name_of_the_database() {
    for (name, expected) in [
        ("europe/berlin", "Europe/Berlin"),
        ("utc", "UTC"),
        ("Asia/Kolkata", "Asia/Kolkata"),
    ] {
        let zone: TimeZone = name.parse().expect("a zone");
        assert_eq!((zone.name(), zone.to_string()), (expected, expected.to_owned()));
    }
    for short in ["CET", "eet", "EST", "WET"] {
        let refused = error(TimeZone::named(short));
        assert!(
            refused.to_string().contains("the same offset the whole year"),
            "{refused}"
        );
    }
    for none in [
        "",
        "Europe/Berln",
        "+02:00",
        "Etc/Unknown",
        "UTC+2",
        "../etc/passwd",
        "Berlin\0",
    ] {
        let refused = error(TimeZone::named(none));
        assert!(
            refused.to_string().starts_with("no time zone is named `"),
            "{refused}"
        );
    }
}
