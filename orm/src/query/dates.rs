//! Parts of dates and times: `p.published_at.year()`, `p.published_at.start_of_month()`. An instant is looked at in UTC.

#[cfg(feature = "chrono")]
use crate::expr::ExprTokens;
use crate::expr::Function;
use crate::model::Join;
use crate::value::ColumnType;

use super::{Expr, Expression, Field};

/// Types of columns that hold a date, with a time or without one, and may be NULL: `year()`, `month()` and their like ask for it.
/// Years are the same on both databases from the year 1 on: for Postgres the one before it is the year -1.
///
/// # Example: posts of a year
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Post::objects().filter(|p| p.published_at.year().eq(1970)).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a string holds no date
///
/// ```compile_fail,E0599
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().filter(|p| p.title.year().eq(1970)).count(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no date",
    label = "expected a date, a date with a time or an instant"
)]
pub trait HasDate: ColumnType {
    /// `i64`, or `Option<i64>` where the date may be NULL.
    type Number: ColumnType<Base = i64>;
}

/// Types of columns that hold a time, with a date or without one, and may be NULL: `hour()`, `minute()` and `second()` ask for it.
///
/// # Example: what was published in the first hour of a day
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Post::objects().filter(|p| p.published_at.hour().eq(0)).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no time",
    label = "expected a time, a date with a time or an instant"
)]
pub trait HasTime: ColumnType {
    /// `i64`, or `Option<i64>` where the time may be NULL.
    type Number: ColumnType<Base = i64>;
}

/// Types of columns that hold a date with a time, and may be NULL: `date()`, `time()`, `start_of_hour()` and their like ask for it.
///
/// # Example: how many posts each day
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let days: Vec<(Option<NaiveDate>, i64)> = Post::objects()
///     .group_by(|p| p.published_at.date())
///     .values(|p| (p.published_at.date(), count()))
///     .all(&db)?;
/// assert_eq!(days.len(), 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no date with a time",
    label = "expected a date with a time or an instant"
)]
pub trait HasDateAndTime: HasDate + HasTime {
    /// The type of its date; NULL where the whole is.
    type Date: ColumnType;
    /// The type of its time; NULL where the whole is.
    type Time: ColumnType;
}

#[cfg(feature = "chrono")]
macro_rules! holds {
    ($has:ident: $($ty:ty),*) => {$(
        impl $has for $ty {
            type Number = i64;
        }
        impl $has for Option<$ty> {
            type Number = Option<i64>;
        }
    )*};
    (both: $($ty:ty, $date:ty, $time:ty;)*) => {$(
        holds!(HasDate: $ty);
        holds!(HasTime: $ty);
        impl HasDateAndTime for $ty {
            type Date = $date;
            type Time = $time;
        }
        impl HasDateAndTime for Option<$ty> {
            type Date = Option<$date>;
            type Time = Option<$time>;
        }
    )*};
}
#[cfg(feature = "chrono")]
holds!(HasDate: chrono::NaiveDate);
#[cfg(feature = "chrono")]
holds!(HasTime: chrono::NaiveTime);
#[cfg(feature = "chrono")]
holds! {
    both:
    chrono::NaiveDateTime, chrono::NaiveDate, chrono::NaiveTime;
    chrono::DateTime<chrono::Utc>, chrono::NaiveDate, chrono::NaiveTime;
}
#[cfg(feature = "time")]
holds!(HasDate: time::Date);
#[cfg(feature = "time")]
holds!(HasTime: time::Time);
#[cfg(feature = "time")]
holds! {
    both:
    time::PrimitiveDateTime, time::Date, time::Time;
    time::UtcDateTime, time::Date, time::Time;
    time::OffsetDateTime, time::Date, time::Time;
}
#[cfg(feature = "jiff")]
holds!(HasDate: jiff::civil::Date);
#[cfg(feature = "jiff")]
holds!(HasTime: jiff::civil::Time);
#[cfg(feature = "jiff")]
holds! {
    both:
    jiff::civil::DateTime, jiff::civil::Date, jiff::civil::Time;
    jiff::Timestamp, jiff::civil::Date, jiff::civil::Time;
}

/// The time at which the statement began, by the clock of the database: `statement_timestamp()` on Postgres, the milliseconds of
/// `strftime('%f', 'now')` on SQLite. The same for every row of one statement; where rows are read by portions, each portion is a
/// statement on Postgres.
///
/// # Example: what was published by now
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Post::objects().filter(|p| p.published_at.le(orm::now())).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a post is published now
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().filter(|p| p.title.eq("Later")).update(|p| p.published_at.set(orm::now())).run(&db)?;
/// assert!(!Post::objects().filter(|p| p.published_at.is_null()).exists(&db)?);
/// # Ok::<(), orm::Error>(())
/// ```
#[cfg(feature = "chrono")]
pub fn now() -> Expr<chrono::DateTime<chrono::Utc>> {
    let mut tokens = ExprTokens::default();
    tokens.call(Function::Now, 0);
    Expr::new(tokens)
}

fn call<T>(of: impl Expression, function: Function) -> Expr<T> {
    let mut tokens = of.into_tokens();
    tokens.call(function, 1);
    Expr::new(tokens)
}

/// Methods, each with an example whose column is that of a post that was published on 1970-01-01 and of one that was not at all.
macro_rules! methods {
    ($result:ty, $has:ident: $($name:ident, $function:ident, $doc:literal, $sql:literal, $type:literal, $found:literal;)+) => {$(
        #[doc = concat!($doc, " `", $sql, "`; an instant is looked at in UTC.")]
        ///
        /// # Example: of a post, and NULL of one without a date
        ///
        /// ```
        /// # use {blog::*, orm::prelude::*};
        /// # let db = blog::open()?;
        #[doc = concat!(
            "let found: Vec<Option<", $type, ">> = Post::objects().values(|p| p.published_at.", stringify!($name),
            "()).all(&db)?;"
        )]
        #[doc = concat!("assert_eq!(found, [Some(", $found, "), None]);")]
        /// # Ok::<(), orm::Error>(())
        /// ```
        pub fn $name(self) -> Expr<$result>
        where
            T: $has,
        {
            call(self, Function::$function)
        }
    )+};
}

macro_rules! parts {
    ([$($join:tt)*] $this:ty, $ty:ty, $of_date:ty, $of_time:ty, $date:ty, $time:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            methods! { $of_date, HasDate:
                year, Year, "The year.", "EXTRACT(YEAR FROM published_at)", "i64", "1970";
                quarter, Quarter, "The quarter of the year, from 1.", "EXTRACT(QUARTER FROM published_at)", "i64", "1";
                month, Month, "The month of the year, from 1.", "EXTRACT(MONTH FROM published_at)", "i64", "1";
                day, Day, "The day of the month, from 1.", "EXTRACT(DAY FROM published_at)", "i64", "1";
                iso_year, IsoYear, "The year of the [`week`](Self::week): by ISO 8601 that of its Thursday.", "EXTRACT(ISOYEAR FROM published_at)", "i64", "1970";
                week, Week, "The week of the [`iso_year`](Self::iso_year), by ISO 8601: from 1.", "EXTRACT(WEEK FROM published_at)", "i64", "1";
                weekday, Weekday, "The day of the week, by ISO 8601: 1 is Monday, 7 is Sunday.", "EXTRACT(ISODOW FROM published_at)", "i64", "4";
                day_of_year, DayOfYear, "The day of the year, from 1.", "EXTRACT(DOY FROM published_at)", "i64", "1";
            }

            methods! { $of_time, HasTime:
                hour, Hour, "The hour of the day, from 0.", "EXTRACT(HOUR FROM published_at)", "i64", "0";
                minute, Minute, "The minute of the hour, from 0.", "EXTRACT(MINUTE FROM published_at)", "i64", "0";
                second, Second, "The whole second of the minute, from 0.", "floor(EXTRACT(SECOND FROM published_at))", "i64", "0";
            }

            methods! { $ty, HasDate:
                start_of_year, StartOfYear, "The first day of the year, at midnight if there is a time.", "date_trunc('year', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
                start_of_quarter, StartOfQuarter, "The first day of the quarter, at midnight if there is a time.", "date_trunc('quarter', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
                start_of_month, StartOfMonth, "The first day of the month, at midnight if there is a time.", "date_trunc('month', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
                start_of_week, StartOfWeek, "The Monday of the week, at midnight if there is a time.", "date_trunc('week', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH - chrono::TimeDelta::days(3)";
            }

            methods! { $ty, HasDateAndTime:
                start_of_day, StartOfDay, "Midnight of the day.", "date_trunc('day', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
                start_of_hour, StartOfHour, "The beginning of the hour.", "date_trunc('hour', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
                start_of_minute, StartOfMinute, "The beginning of the minute.", "date_trunc('minute', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
                start_of_second, StartOfSecond, "Without the fraction of a second.", "date_trunc('second', published_at)", "DateTime<Utc>", "DateTime::UNIX_EPOCH";
            }

            methods! { $date, HasDateAndTime:
                date, DateOf, "The date.", "CAST(published_at AS date)", "NaiveDate", "NaiveDate::default()";
            }

            methods! { $time, HasDateAndTime:
                time, TimeOf, "The time of day.", "CAST(published_at AS time)", "NaiveTime", "NaiveTime::MIN";
            }
        }
    };
}
parts!(
    [J: Join] Field<T, J>, J::Of<T>, J::Of<<T as HasDate>::Number>, J::Of<<T as HasTime>::Number>, J::Of<T::Date>, J::Of<T::Time>
);
parts!([] Expr<T>, T, <T as HasDate>::Number, <T as HasTime>::Number, T::Date, T::Time);
