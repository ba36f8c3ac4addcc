//! Defaults that are the current time: `auto_now`, `auto_now_add`, and time-ordered UUIDs.

#[cfg(any(feature = "chrono", feature = "uuid"))]
use super::Value;

/// A type that can hold the current time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set to now",
    label = "auto_now and auto_now_add need a date, a time, or both"
)]
#[doc(hidden)]
pub trait Clock: Sized {
    /// The current time, to the microsecond, as databases store it.
    fn now() -> Self;
}

#[cfg(feature = "chrono")]
mod clocks {
    use chrono::{DateTime, DurationRound, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

    use super::Clock;

    impl Clock for DateTime<Utc> {
        fn now() -> Self {
            let now = Utc::now();
            now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
        }
    }

    impl Clock for NaiveDateTime {
        fn now() -> Self {
            DateTime::<Utc>::now().naive_utc()
        }
    }

    impl Clock for NaiveDate {
        fn now() -> Self {
            Utc::now().date_naive()
        }
    }

    impl Clock for NaiveTime {
        fn now() -> Self {
            NaiveDateTime::now().time()
        }
    }
}

impl<T: Clock> Clock for Option<T> {
    fn now() -> Self {
        Some(T::now())
    }
}

/// The current time, in a field's type.
#[doc(hidden)]
pub fn now<T: Clock>() -> T {
    T::now()
}

/// The current time, as a column's value.
#[doc(hidden)]
#[cfg(feature = "chrono")]
pub fn now_value<T: Clock + super::ColumnType>() -> Value<'static> {
    T::now().encode().into_owned()
}

/// A UUID of version 7: unique, and ordered by creation time.
#[doc(hidden)]
#[cfg(feature = "uuid")]
pub fn uuid_v7() -> Value<'static> {
    Value::Uuid(uuid::Uuid::now_v7())
}
