//! What clocks show in a time zone: `p.published_at.in_zone(&berlin)`, and at which instant they do.

use crate::expr::Function;
use crate::model::Join;
use crate::value::{ColumnType, TimeZone, Value};

use super::functions::call;
use super::{Expr, Field};

/// Types of columns that hold an instant, and may be NULL: [`in_zone`](Field::in_zone) asks for it.
///
/// # Example: a date without a time is none
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let utc = orm::TimeZone::named("UTC")?;
/// Post::objects().values(|p| p.published_at.date().in_zone(&utc)).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no instant",
    label = "expected an instant: a date with a time in UTC",
    note = "a date with a time of no zone has one by `instant_in(&zone)`"
)]
pub trait Instant: ColumnType {
    /// The type of what clocks show; NULL where the instant is.
    type Local: ColumnType;
}

/// Types of columns that hold a date with a time of no zone, and may be NULL: [`instant_in`](Expr::instant_in) asks for it.
///
/// # Example: an instant is one already
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let utc = orm::TimeZone::named("UTC")?;
/// Post::objects().values(|p| p.published_at.instant_in(&utc)).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` hold no date with a time of no zone",
    label = "expected a date with a time of no zone",
    note = "what clocks show at an instant is `in_zone(&zone)`"
)]
pub trait LocalDateTime: ColumnType {
    /// The type of the instant; NULL where the date is.
    type Instant: ColumnType;
}

macro_rules! instants {
    ($($instant:ty, $local:ty;)*) => {$(
        impl Instant for $instant {
            type Local = $local;
        }
        impl Instant for Option<$instant> {
            type Local = Option<$local>;
        }
    )*};
}
macro_rules! local {
    ($($local:ty, $instant:ty;)*) => {$(
        impl LocalDateTime for $local {
            type Instant = $instant;
        }
        impl LocalDateTime for Option<$local> {
            type Instant = Option<$instant>;
        }
    )*};
}
instants!(chrono::DateTime<chrono::Utc>, chrono::NaiveDateTime;);
local!(chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>;);
#[cfg(feature = "time")]
instants! {
    time::UtcDateTime, time::PrimitiveDateTime;
    time::OffsetDateTime, time::PrimitiveDateTime;
}
#[cfg(feature = "time")]
local!(time::PrimitiveDateTime, time::UtcDateTime;);
#[cfg(feature = "jiff")]
instants!(jiff::Timestamp, jiff::civil::DateTime;);
#[cfg(feature = "jiff")]
local!(jiff::civil::DateTime, jiff::Timestamp;);

macro_rules! zones {
    ([$($join:tt)*] $this:ty, $local:ty, $instant:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// The date and time that clocks of a time zone show at this instant: `published_at AT TIME ZONE 'Europe/Berlin'`; a function
            /// of the connection on SQLite. Its parts are those of every date with a time: the [`hour`](Expr::hour), the
            /// [day](Expr::start_of_day) that it belongs to there.
            ///
            /// # Errors
            /// On SQLite, where a row's clocks show a year beyond 9999, as every date there.
            ///
            /// # Example: posts by the day that it was in Tokyo
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let tokyo = orm::TimeZone::named("Asia/Tokyo")?;
            /// let hours: Vec<Option<i64>> =
            ///     Post::objects().values(|p| p.published_at.in_zone(&tokyo).hour()).all(&db)?;
            /// assert_eq!(hours, [Some(9), None]); // midnight in UTC
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("AT TIME ZONE", "tzinfo"))]
            pub fn in_zone(self, zone: &TimeZone) -> Expr<$local>
            where
                T: Instant,
            {
                call(self, Function::InZone, 2, |to| to.param(Value::from(zone.name()).into_owned()))
            }

            /// The instant at which clocks of a time zone show this date and time: `moved AT TIME ZONE 'Europe/Berlin'`; a function of the
            /// connection on SQLite. Where clocks are turned back and show it twice, it is the later of the two; where they are
            /// turned forward over it, it is as much after the turn.
            /// So two instants that clocks show alike are one behind `in_zone` and this: the [hour](Expr::start_of_hour) that clocks show twice.
            ///
            /// # Example: the instant at which the day began in Tokyo
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let tokyo = orm::TimeZone::named("Asia/Tokyo")?;
            /// let began = Post::objects()
            ///     .values(|p| p.published_at.in_zone(&tokyo).start_of_day().instant_in(&tokyo))
            ///     .first(&db)?;
            /// assert_eq!(began.flatten(), Some(DateTime::UNIX_EPOCH - chrono::TimeDelta::hours(9)));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("AT TIME ZONE"))]
            pub fn instant_in(self, zone: &TimeZone) -> Expr<$instant>
            where
                T: LocalDateTime,
            {
                call(self, Function::InstantIn, 2, |to| to.param(Value::from(zone.name()).into_owned()))
            }
        }
    };
}
zones!([J: Join] Field<T, J>, J::Of<T::Local>, J::Of<T::Instant>);
zones!([] Expr<T>, T::Local, T::Instant);
