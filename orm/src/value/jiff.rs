//! Dates, times and durations of the crate `jiff`.

use chrono::{DateTime as ChronoDateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::Result;

use super::by_chrono::{ByChrono, columns};
use super::now::Clock;
use super::{Cell, ColumnType, FieldType, Newtype, Value};

impl ByChrono<NaiveDate> for Date {
    const EXPECTED: &'static str = "a date of the years -9999 to 9999";

    fn from_chrono(date: NaiveDate) -> Option<Self> {
        let [month, day] = [date.month(), date.day()].map(|part| i8::try_from(part).ok());
        Date::new(i16::try_from(date.year()).ok()?, month?, day?).ok()
    }

    fn to_chrono(self) -> Option<NaiveDate> {
        let day_of_year = u32::try_from(self.day_of_year()).ok()?;
        NaiveDate::from_yo_opt(self.year().into(), day_of_year)
    }
}

impl ByChrono<NaiveTime> for Time {
    const EXPECTED: &'static str = "a time of day";

    fn from_chrono(time: NaiveTime) -> Option<Self> {
        let [hour, minute, second] =
            [time.hour(), time.minute(), time.second()].map(|part| i8::try_from(part).ok());
        Time::new(hour?, minute?, second?, i32::try_from(time.nanosecond()).ok()?).ok()
    }

    fn to_chrono(self) -> Option<NaiveTime> {
        let [hour, minute, second] =
            [self.hour(), self.minute(), self.second()].map(|part| u32::try_from(part).ok());
        let nanosecond = u32::try_from(self.subsec_nanosecond()).ok()?;
        NaiveTime::from_hms_nano_opt(hour?, minute?, second?, nanosecond)
    }
}

impl ByChrono<NaiveDateTime> for DateTime {
    const EXPECTED: &'static str = "a date and time of the years -9999 to 9999";

    fn from_chrono(value: NaiveDateTime) -> Option<Self> {
        Some(DateTime::from_parts(
            Date::from_chrono(value.date())?,
            Time::from_chrono(value.time())?,
        ))
    }

    fn to_chrono(self) -> Option<NaiveDateTime> {
        Some(self.date().to_chrono()?.and_time(self.time().to_chrono()?))
    }
}

impl ByChrono<ChronoDateTime<Utc>> for Timestamp {
    const EXPECTED: &'static str = "an instant of the years -9999 to 9999";

    fn from_chrono(instant: ChronoDateTime<Utc>) -> Option<Self> {
        let nanosecond = i32::try_from(instant.timestamp_subsec_nanos()).ok()?;
        Timestamp::new(instant.timestamp(), nanosecond).ok()
    }

    fn to_chrono(self) -> Option<ChronoDateTime<Utc>> {
        let nanoseconds = self.as_nanosecond();
        let second = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
        let nanosecond = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?;
        ChronoDateTime::from_timestamp(second, nanosecond)
    }
}

columns!(Date => NaiveDate, Time => NaiveTime, DateTime => NaiveDateTime, Timestamp => ChronoDateTime<Utc>);

impl ColumnType for SignedDuration {
    type Base = SignedDuration;

    fn field_type() -> FieldType {
        FieldType::Duration
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        super::duration::microseconds(cell).map(SignedDuration::from_micros)
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        super::duration::of_microseconds(i64::try_from(self.as_micros()).ok())
    }
}

impl Clock for Timestamp {
    fn now() -> Self {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

impl Clock for DateTime {
    fn now() -> Self {
        TimeZone::UTC.to_datetime(<Timestamp as Clock>::now())
    }
}

impl Clock for Date {
    fn now() -> Self {
        <DateTime as Clock>::now().date()
    }
}

impl Clock for Time {
    fn now() -> Self {
        <DateTime as Clock>::now().time()
    }
}
