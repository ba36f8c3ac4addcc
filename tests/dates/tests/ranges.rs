//! Ranges of the dates of `time` and `jiff`, and of types around dates, are those of `chrono`'s.

use std::ops::Bound;

use jiff::Timestamp;
use orm::fields::Range;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use time::{OffsetDateTime, PrimitiveDateTime};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Period {
    pub id: i64,
    pub days: Range<time::Date>,
    pub naive: Range<PrimitiveDateTime>,
    pub instants: Range<OffsetDateTime>,
    pub civil: Range<jiff::civil::Date>,
    pub stamps: Range<Timestamp>,
    pub nights: Range<Night>,
}

#[derive(ColumnType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Night(NaiveDate);

behaviour! {
    fn ranges_of_other_crates_are_those_of_chrono(db) {
        let day = |number| time::Date::from_ordinal_date(2026, number).unwrap();
        let night = |number| Night(NaiveDate::from_yo_opt(2026, number).unwrap());
        let civil = |month| jiff::civil::Date::new(2026, month, 1).unwrap();
        let noon = PrimitiveDateTime::new(day(9), time::Time::from_hms(12, 0, 0).unwrap());
        let draft = Period::create().days(day(3)..=day(5)).naive(noon..).instants(..=noon.assume_utc()).civil(civil(1)..civil(2)).stamps(..);
        let made = run!(draft.nights(night(365)..=night(365)).save(db));
        // What follows the last day of a year is the first of the next.
        let next = Night(NaiveDate::from_yo_opt(2027, 1).unwrap());
        assert_eq!((made.days, made.nights), (Range::from(day(3)..day(6)), Range::from(night(365)..next)));
        assert_eq!(run!(Period::get(made.id, db)), made);
        let found = Period::objects().filter(|p| p.days.contains(day(5)) & p.instants.contains(noon.assume_utc()) & p.nights.overlaps(night(1)..));
        let found = found.filter(|p| p.civil.adjacent_to(civil(2)..) & p.stamps.contains(Timestamp::UNIX_EPOCH) & p.naive.lower_bound().eq(noon));
        assert_eq!(run!(found.values(|p| (p.days.upper_bound(), p.nights.lower_bound())).get(db)), (Some(day(6)), Some(night(365))));
    }

    fn nothing_follows_the_last_day(db) {
        let (last, civil) = (time::Date::MAX, jiff::civil::Date::MAX);
        let period = || Period::create().days(..).naive(..).instants(..).civil(..).stamps(..).nights(..);
        for draft in [
            period().days(..=last),
            period().days((Bound::Excluded(last), Bound::Unbounded)),
            period().civil(civil..=civil),
            period().civil((Bound::Excluded(civil), Bound::Unbounded)),
        ] {
            let said = error(attempt!(draft.save(db))).to_string();
            assert!(said.contains("leave out the bound"), "{said}");
        }
        let said = error(attempt!(Period::objects().filter(|p| p.days.overlaps(..=last)).count(db))).to_string();
        assert!(said.contains("leave out the bound"), "{said}");
        // Up to it, and from it, both databases have.
        let made = run!(period().days(..last).civil(civil..).save(db));
        assert_eq!(run!(Period::get(made.id, db)), made);
    }
}
