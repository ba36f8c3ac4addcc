//! Dates, times and durations of the crate `time`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime};

use crate::error::Result;

use super::by_chrono::{ByChrono, columns};
use super::now::Clock;
use super::{Cell, ColumnType, FieldType, Newtype, Value};

impl ByChrono<NaiveDate> for Date {
    const EXPECTED: &'static str = "a date of the years -9999 to 9999";

    fn from_chrono(date: NaiveDate) -> Option<Self> {
        Date::from_ordinal_date(date.year(), u16::try_from(date.ordinal()).ok()?).ok()
    }

    fn to_chrono(self) -> Option<NaiveDate> {
        NaiveDate::from_yo_opt(self.year(), self.ordinal().into())
    }
}

impl ByChrono<NaiveTime> for Time {
    const EXPECTED: &'static str = "a time of day";

    fn from_chrono(time: NaiveTime) -> Option<Self> {
        let [hour, minute, second] =
            [time.hour(), time.minute(), time.second()].map(|part| u8::try_from(part).ok());
        Time::from_hms_nano(hour?, minute?, second?, time.nanosecond()).ok()
    }

    fn to_chrono(self) -> Option<NaiveTime> {
        let (hour, minute, second, nanosecond) = self.as_hms_nano();
        NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond)
    }
}

impl ByChrono<NaiveDateTime> for PrimitiveDateTime {
    const EXPECTED: &'static str = "a date and time of the years -9999 to 9999";

    fn from_chrono(value: NaiveDateTime) -> Option<Self> {
        Some(PrimitiveDateTime::new(
            Date::from_chrono(value.date())?,
            Time::from_chrono(value.time())?,
        ))
    }

    fn to_chrono(self) -> Option<NaiveDateTime> {
        Some(self.date().to_chrono()?.and_time(self.time().to_chrono()?))
    }
}

impl ByChrono<DateTime<Utc>> for UtcDateTime {
    const EXPECTED: &'static str = "an instant of the years -9999 to 9999";

    fn from_chrono(instant: DateTime<Utc>) -> Option<Self> {
        PrimitiveDateTime::from_chrono(instant.naive_utc()).map(PrimitiveDateTime::as_utc)
    }

    fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.unix_timestamp(), self.nanosecond())
    }
}

// The instant alone is kept, and comes back in UTC.
impl ByChrono<DateTime<Utc>> for OffsetDateTime {
    const EXPECTED: &'static str = UtcDateTime::EXPECTED;

    fn from_chrono(instant: DateTime<Utc>) -> Option<Self> {
        PrimitiveDateTime::from_chrono(instant.naive_utc()).map(PrimitiveDateTime::assume_utc)
    }

    fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.unix_timestamp(), self.nanosecond())
    }
}

columns!(Date => NaiveDate, Time => NaiveTime, PrimitiveDateTime => NaiveDateTime, UtcDateTime => DateTime<Utc>, OffsetDateTime => DateTime<Utc>);

impl ColumnType for Duration {
    type Base = Duration;

    fn field_type() -> FieldType {
        FieldType::Duration
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        super::duration::microseconds(cell).map(Duration::microseconds)
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        super::duration::of_microseconds(i64::try_from(self.whole_microseconds()).ok())
    }
}

impl Clock for OffsetDateTime {
    fn now() -> Self {
        let now = OffsetDateTime::now_utc();
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }
}

impl Clock for UtcDateTime {
    fn now() -> Self {
        <OffsetDateTime as Clock>::now().to_utc()
    }
}

impl Clock for PrimitiveDateTime {
    fn now() -> Self {
        let now = <OffsetDateTime as Clock>::now();
        PrimitiveDateTime::new(now.date(), now.time())
    }
}

impl Clock for Date {
    fn now() -> Self {
        <OffsetDateTime as Clock>::now().date()
    }
}

impl Clock for Time {
    fn now() -> Self {
        <OffsetDateTime as Clock>::now().time()
    }
}
