//! Ranges: between which values something lies.

use std::cmp::Ordering;
use std::ops::{Bound, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Newtype, OwnedCell, Value, range_form};

/// What no database has.
const BACKWARDS: &str = "the lower bound of a range is greater than its upper bound";

/// A range of values, for columns: `int4range`, `int8range`, `numrange`, `daterange`, `tsrange` and `tstzrange` on Postgres, bytes of the
/// same equality and order on SQLite.
///
/// Rust's own ranges become one: `(9..17).into()`, `(day..).into()`. Two bounds make one by [`new`](Range::new), and nothing is within
/// [`empty`](Range::empty). Ranges of whole numbers and days have one form, as on Postgres: `1..=9` is `1..10`, and both are equal.
/// Dates with a time have the microseconds that databases store.
///
/// A range whose lower bound is greater than its upper bound, and one of whole numbers up to and including the greatest, is one that no
/// database has: a statement with it is refused before it is sent.
///
/// # Example: bookings of a room
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// use orm::fields::Range;
///
/// #[derive(Model, Debug)]
/// #[orm(table = "guide_booking")]
/// struct Booking {
///     id: i64,
///     hours: Range<i32>,
/// }
///
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
/// let morning = Booking::create().hours(9..=11).save(&db)?;
/// assert_eq!(morning.hours, Range::from(9..12));
/// assert!(Booking::objects().filter(|b| b.hours.contains(9)).exists(&db)?);
/// assert!(!Booking::objects().filter(|b| b.hours.overlaps(12..14)).exists(&db)?);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: one that no database has
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// # use orm::fields::Range;
/// # #[derive(Model, Debug)]
/// # #[orm(table = "guide_booking")]
/// # struct Booking { id: i64, hours: Range<i32> }
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
/// let error = Booking::create().hours(17..9).save(&db).unwrap_err();
/// assert!(error.to_string().contains("greater than its upper bound"), "{error}");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range<T>(Option<(Bound<T>, Bound<T>)>);

/// A type that ranges are of: `i32`, `i64`, decimals, dates, and dates with a time in a zone or without one, of `chrono`, `time` or
/// `jiff`; and types of your own around one of those.
///
/// # Example: of numbers
///
/// ```
/// use orm::fields::RangeBound;
///
/// fn is_bound<T: RangeBound>() {}
/// is_bound::<i64>();
/// ```
#[diagnostic::on_unimplemented(
    message = "there are no ranges of `{Self}` in databases",
    label = "not a type of bounds",
    note = "ranges are of i32, i64, decimals, dates, and dates with a time, of chrono, time or jiff"
)]
pub trait RangeBound: ColumnType<Base = Self> + Ord + Clone {
    /// The type of a column of its ranges.
    #[doc(hidden)]
    const RANGE: FieldType;

    /// The next value, where there is none between the two.
    #[doc(hidden)]
    fn next(&self) -> Next<Self> {
        Next::Dense
    }
}

/// What follows a value.
#[doc(hidden)]
pub enum Next<T> {
    /// Between any two there is another.
    Dense,
    /// This one.
    Is(T),
    /// Nothing, with the reason why no range goes on to there.
    End(&'static str),
}

/// What a column of ranges does not take.
pub(super) const AT_THE_END: &str = "databases store what follows the last value of a range of whole numbers or days, and nothing follows the \
     greatest: leave out the bound";

macro_rules! bounds {
    ($($ty:ty = $range:ident $(, $next:expr)?;)*) => {$(
        impl RangeBound for $ty {
            const RANGE: FieldType = FieldType::$range;

            $(fn next(&self) -> Next<Self> {
                let next: fn(&Self) -> Option<Self> = $next;
                next(self).map_or(Next::End(AT_THE_END), Next::Is)
            })?
        }
    )*};
}
bounds! {
    i32 = IntRange, |number| number.checked_add(1);
    i64 = BigIntRange, |number| number.checked_add(1);
}
#[cfg(feature = "chrono")]
bounds! {
    chrono::NaiveDate = DateRange, |day| day.succ_opt();
    chrono::NaiveDateTime = DateTimeRange;
    chrono::DateTime<chrono::Utc> = TimestampRange;
}
#[cfg(feature = "decimal")]
bounds!(rust_decimal::Decimal = DecimalRange;);

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: RangeBound> + Ord + Clone> RangeBound for T {
    const RANGE: FieldType = T::Inner::RANGE;

    fn next(&self) -> Next<Self> {
        let inner = match converted::<T::Inner>(&self.encode()) {
            Ok(inner) => inner.next(),
            Err(_) => return Next::End(AT_THE_END),
        };
        match inner {
            Next::Dense => Next::Dense,
            Next::End(reason) => Next::End(reason),
            Next::Is(next) => match converted(&next.into_value()) {
                Ok(next) => Next::Is(next),
                Err(_) => Next::End(AT_THE_END),
            },
        }
    }
}

/// A value as one of another Rust type of the same column.
fn converted<T: ColumnType>(value: &Value<'_>) -> Result<T> {
    T::decode(OwnedCell::of_value(value)?.cell())
}

impl<T> Range<T> {
    /// The range within which nothing is.
    ///
    /// # Example: it contains nothing
    ///
    /// ```
    /// use orm::fields::Range;
    ///
    /// assert!(Range::<i32>::empty().is_empty());
    /// assert_eq!(Range::from(5..5), Range::empty());
    /// ```
    pub const fn empty() -> Self {
        Range(None)
    }

    /// Whether nothing is within it.
    ///
    /// # Example: no whole number
    ///
    /// ```
    /// use orm::fields::Range;
    /// use std::ops::Bound::Excluded;
    ///
    /// assert!(Range::new(Excluded(1), Excluded(2)).is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Where it begins; unbounded if nothing is within it.
    ///
    /// # Example: a beginning
    ///
    /// ```
    /// use orm::fields::Range;
    /// use std::ops::Bound::Included;
    ///
    /// assert_eq!(Range::from(3..).lower(), Included(&3));
    /// ```
    pub fn lower(&self) -> Bound<&T> {
        self.0
            .as_ref()
            .map_or(Bound::Unbounded, |(lower, _)| lower.as_ref())
    }

    /// Where it ends; unbounded if nothing is within it. That of a whole number or a day is excluded.
    ///
    /// # Example: an end
    ///
    /// ```
    /// use orm::fields::Range;
    /// use std::ops::Bound::Excluded;
    ///
    /// assert_eq!(Range::from(3..=5).upper(), Excluded(&6));
    /// ```
    pub fn upper(&self) -> Bound<&T> {
        self.0
            .as_ref()
            .map_or(Bound::Unbounded, |(_, upper)| upper.as_ref())
    }

    /// Its bounds, or `None` if nothing is within it.
    pub(crate) fn bounds(&self) -> Option<(Bound<&T>, Bound<&T>)> {
        (!self.is_empty()).then(|| (self.lower(), self.upper()))
    }

    /// Of bounds in the form that databases have, between which is something.
    pub(super) const fn of_bounds(lower: Bound<T>, upper: Bound<T>) -> Self {
        Range(Some((lower, upper)))
    }

    /// Its bounds, or `None` if nothing is within it.
    pub(super) fn into_bounds(self) -> Option<(Bound<T>, Bound<T>)> {
        self.0
    }

    /// As databases have it: the one form of what has several, or why they have none.
    pub(super) fn canonical(
        lower: Bound<T>,
        upper: Bound<T>,
        order: impl Fn(&T, &T) -> Ordering,
        next: impl Fn(&T) -> Next<T>,
    ) -> Result<Self, &'static str> {
        use Bound::{Excluded, Included};

        let between = |lower: &Bound<T>, upper: &Bound<T>| match (lower, upper) {
            (Included(one) | Excluded(one), Included(other) | Excluded(other)) => order(one, other),
            _ => Ordering::Less,
        };
        match between(&lower, &upper) {
            Ordering::Greater => return Err(BACKWARDS),
            Ordering::Equal if !matches!((&lower, &upper), (Included(_), Included(_))) => {
                return Ok(Range::empty());
            }
            _ => {}
        }
        let lower = match lower {
            Excluded(bound) => match next(&bound) {
                Next::Dense => Excluded(bound),
                Next::Is(next) => Included(next),
                Next::End(reason) => return Err(reason),
            },
            lower => lower,
        };
        let upper = match upper {
            Included(bound) => match next(&bound) {
                Next::Dense => Included(bound),
                Next::Is(next) => Excluded(next),
                Next::End(reason) => return Err(reason),
            },
            upper => upper,
        };
        let nothing = matches!((&lower, &upper), (Included(_), Excluded(_)))
            && between(&lower, &upper) != Ordering::Less;
        Ok(if nothing {
            Range::empty()
        } else {
            Range(Some((lower, upper)))
        })
    }
}

impl<T: RangeBound> Range<T> {
    /// The range between two bounds, which Rust's own ranges become by `into()`.
    ///
    /// # Example: after, and up to and including
    ///
    /// ```
    /// use orm::fields::Range;
    /// use std::ops::Bound::{Excluded, Included};
    ///
    /// assert_eq!(Range::new(Excluded(1), Included(4)), Range::from(2..5));
    /// ```
    pub fn new(lower: Bound<T>, upper: Bound<T>) -> Self {
        // One that no database has is told so where it would be sent.
        Range::canonical(lower.clone(), upper.clone(), T::cmp, T::next).unwrap_or(Range(Some((lower, upper))))
    }

    /// Whether a value is within it.
    ///
    /// # Example: the bounds
    ///
    /// ```
    /// use orm::fields::Range;
    ///
    /// let hours = Range::from(9..17);
    /// assert!(hours.contains(&9) && !hours.contains(&17));
    /// ```
    pub fn contains(&self, value: &T) -> bool {
        let within = |bounds: (Bound<&T>, Bound<&T>)| std::ops::RangeBounds::contains(&bounds, value);
        self.bounds().is_some_and(within)
    }
}

macro_rules! from {
    ($($range:ty, |$from:ident| ($lower:expr, $upper:expr);)*) => {$(
        impl<T: RangeBound> From<$range> for Range<T> {
            fn from($from: $range) -> Self {
                Range::new($lower, $upper)
            }
        }
    )*};
}
from! {
    std::ops::Range<T>, |range| (Bound::Included(range.start), Bound::Excluded(range.end));
    RangeFrom<T>, |range| (Bound::Included(range.start), Bound::Unbounded);
    RangeTo<T>, |range| (Bound::Unbounded, Bound::Excluded(range.end));
    RangeToInclusive<T>, |range| (Bound::Unbounded, Bound::Included(range.end));
    (Bound<T>, Bound<T>), |range| (range.0, range.1);
}

impl<T: RangeBound> From<RangeInclusive<T>> for Range<T> {
    fn from(range: RangeInclusive<T>) -> Self {
        let (start, end) = range.into_inner();
        Range::new(Bound::Included(start), Bound::Included(end))
    }
}

impl<T: RangeBound> From<RangeFull> for Range<T> {
    fn from(_: RangeFull) -> Self {
        Range::new(Bound::Unbounded, Bound::Unbounded)
    }
}

impl<T: RangeBound> Range<T> {
    /// The range of values of a Rust type that a database has.
    pub(super) fn of_value(range: &Range<Value<'static>>) -> Result<Self> {
        let bound = |bound: Bound<&Value<'static>>| {
            Ok(match bound {
                Bound::Included(value) => Bound::Included(converted(value)?),
                Bound::Excluded(value) => Bound::Excluded(converted(value)?),
                Bound::Unbounded => Bound::Unbounded,
            })
        };
        let bounds = range
            .bounds()
            .map(|(lower, upper)| Ok((bound(lower)?, bound(upper)?)));
        bounds.transpose().map(Range)
    }
}

impl Range<Value<'static>> {
    /// As databases have it, or why they have none.
    pub(crate) fn of_values(
        lower: Bound<Value<'static>>,
        upper: Bound<Value<'static>>,
        ty: FieldType,
    ) -> Result<Self, &'static str> {
        let stored = |bound: Bound<Value<'static>>| -> Result<_, &'static str> {
            Ok(match bound {
                Bound::Included(value) => Bound::Included(range_form::stored(value, ty)?),
                Bound::Excluded(value) => Bound::Excluded(range_form::stored(value, ty)?),
                Bound::Unbounded => Bound::Unbounded,
            })
        };
        let next = |value: &Value<'static>| range_form::next(value, ty);
        Range::canonical(stored(lower)?, stored(upper)?, range_form::order, next)
    }
}

impl<T: RangeBound> ColumnType for Range<T> {
    type Base = Range<T>;

    fn field_type() -> FieldType {
        T::RANGE
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        Range::of_value(&range_form::read(cell, T::RANGE)?)
    }

    fn encode(&self) -> Value<'_> {
        self.clone().into_value()
    }

    fn into_value(self) -> Value<'static> {
        let Some((lower, upper)) = self.0 else {
            return Value::Range(Box::new(Range::empty()));
        };
        // The last value of `T` may come before that of the column.
        let range = Range::canonical(lower, upper, T::cmp, T::next).and_then(|range| match range.0 {
            Some((lower, upper)) => {
                Range::of_values(lower.map(T::into_value), upper.map(T::into_value), T::RANGE)
            }
            None => Ok(Range::empty()),
        });
        match range {
            Ok(range) => Value::Range(Box::new(range)),
            Err(reason) => Value::Refused(reason),
        }
    }
}
