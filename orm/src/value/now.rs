//! Defaults that are the moment: `auto_now`, `auto_now_add`, and UUIDs that sort by time.

#[cfg(any(feature = "chrono", feature = "uuid"))]
use super::Value;

/// A type that can be now.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set to now",
    label = "auto_now and auto_now_add need a date, a time, or both"
)]
#[doc(hidden)]
pub trait Clock: Sized {
    /// The current moment, to the microsecond, as databases keep it.
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

/// Now, as a field's type has it.
#[doc(hidden)]
pub fn now<T: Clock>() -> T {
    T::now()
}

/// Now, as the value of a column.
#[doc(hidden)]
#[cfg(feature = "chrono")]
pub fn now_value<T: Clock + super::ColumnType>() -> Value<'static> {
    T::now().encode().into_owned()
}

/// A UUID of version 7: unique, and later ones sort after earlier ones.
#[doc(hidden)]
#[cfg(feature = "uuid")]
pub fn uuid_v7() -> Value<'static> {
    Value::Uuid(uuid::Uuid::now_v7())
}
