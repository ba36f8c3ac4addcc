//! Ranges and multiranges in queries: how they lie, what is within them, where they begin and end, and what may stand for one.

use std::ops::{Bound, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::expr::{ExprTokens, Function};
use crate::model::{Inner, Join};
use crate::value::{ColumnType, Range, RangeBound, Value};

use super::functions::call;
use super::operand::also;
use super::{Assignable, Contained, Container, Expr, Field, Operand, Ordered, Overlapping, ToValue};

impl<T: RangeBound> Ordered for Range<T> {}

impl<T: RangeBound> Container for Range<T> {
    type Part = T;
    const CONTAINS: Function = Function::RangeContains;
}

impl<T: RangeBound> Contained for Range<T> {
    type Container = Range<T>;
    const CONTAINS: Function = Function::RangeContainsRange;
}

impl<T: RangeBound> Overlapping for Range<T> {
    const OVERLAPS: Function = Function::RangeOverlaps;
}

macro_rules! within_ranges {
    ($($ty:ty),*) => {$(
        impl Contained for $ty {
            type Container = Range<$ty>;
            const CONTAINS: Function = Function::RangeContains;
        }
    )*};
}
within_ranges!(i32, i64);
#[cfg(feature = "decimal")]
within_ranges!(rust_decimal::Decimal);
#[cfg(feature = "bigdecimal")]
within_ranges!(bigdecimal::BigDecimal);
#[cfg(feature = "chrono")]
within_ranges!(
    chrono::NaiveDate,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>
);

#[cfg(feature = "time")]
within_ranges!(
    time::Date,
    time::PrimitiveDateTime,
    time::OffsetDateTime,
    time::UtcDateTime
);
#[cfg(feature = "jiff")]
within_ranges!(jiff::civil::Date, jiff::civil::DateTime, jiff::Timestamp);

also! {
    [T: RangeBound] &Range<T> => Range<T>, |range| range.encode().into_owned();
    [T: RangeBound] std::ops::Range<T> => Range<T>, |range| Range::from(range).into_value();
    [T: RangeBound] RangeInclusive<T> => Range<T>, |range| Range::from(range).into_value();
    [T: RangeBound] RangeFrom<T> => Range<T>, |range| Range::from(range).into_value();
    [T: RangeBound] RangeTo<T> => Range<T>, |range| Range::from(range).into_value();
    [T: RangeBound] RangeToInclusive<T> => Range<T>, |range| Range::from(range).into_value();
    [T: RangeBound] RangeFull => Range<T>, |range| Range::<T>::from(range).into_value();
    [T: RangeBound] (Bound<T>, Bound<T>) => Range<T>, |range| Range::from(range).into_value();
}

/// A type of ranges or multiranges, by the type of their bounds.
///
/// # Example: of whole numbers
///
/// ```
/// use orm::fields::Range;
/// use orm::queries::RangeColumn;
///
/// fn is_range<T: RangeColumn<Bound = i32>>() {}
/// is_range::<Range<i32>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not ranges",
    label = "this looks at a range: `Range<i32>`, `Range<NaiveDate>` and the like"
)]
pub trait RangeColumn: ColumnType<Base = Self> {
    /// What they are of.
    type Bound: RangeBound;
}

impl<T: RangeBound> RangeColumn for Range<T> {
    type Bound = T;
}

macro_rules! ranges {
    ([$($join:tt)*] $this:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// All of the other range is within it: `hours @> ?` on Postgres. An empty range is within every one. For one value: `contains`.
            ///
            /// # Example: an hour of it
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.contains_range(10..11)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("contains"))]
            pub fn contains_range(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeContainsRange, 2, |to| other.append(to))
            }

            /// All of it is less than all of the other range: `hours << ?` on Postgres. Never true of an empty range.
            ///
            /// # Example: before noon
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.strictly_left_of(12..)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("fully_lt"))]
            pub fn strictly_left_of(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeLeftOf, 2, |to| other.append(to))
            }

            /// All of it is greater than all of the other range: `hours >> ?` on Postgres. Never true of an empty range.
            ///
            /// # Example: after eight
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.strictly_right_of(..=8)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("fully_gt"))]
            pub fn strictly_right_of(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeRightOf, 2, |to| other.append(to))
            }

            /// It does not end behind the end of the other range: `hours &< ?` on Postgres. Never true of an empty range.
            ///
            /// # Example: over by noon
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.not_right_of(0..12)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("not_gt"))]
            pub fn not_right_of(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeNotRightOf, 2, |to| other.append(to))
            }

            /// It does not begin before the other range does: `hours &> ?` on Postgres. Never true of an empty range.
            ///
            /// # Example: not before nine
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.not_left_of(9..10)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("not_lt"))]
            pub fn not_left_of(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeNotLeftOf, 2, |to| other.append(to))
            }

            /// It begins where the other range ends, or ends where that begins, and nothing is within both: `hours -|- ?` on Postgres.
            ///
            /// # Example: the next one
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.adjacent_to(12..14)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn adjacent_to(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeAdjacent, 2, |to| other.append(to))
            }

            /// What is within both ranges: `hours * ?` on Postgres. NULL if one of them is.
            ///
            /// # Example: hours of the morning
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// let morning = Booking::objects().values(|b| b.hours.intersection(6..10)).get(&db)?;
            /// assert_eq!(morning, Some(Range::from(9..10)));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn intersection(self, other: impl Operand<T::Base>) -> Expr<Option<T::Base>>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeIntersection, 2, |to| other.append(to))
            }

            /// The range from where the first of both begins to where the last ends, with what lies between them: `range_merge(hours, ?)` on Postgres. NULL
            /// if one of them is. Of multiranges it is a multirange of one range.
            ///
            /// # Example: with the break
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// let whole = Booking::objects().values(|b| b.hours.span(14..16)).get(&db)?;
            /// assert_eq!(whole, Some(Range::from(9..16)));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("range_merge"))]
            pub fn span(self, other: impl Operand<T::Base>) -> Expr<Option<T::Base>>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeSpan, 2, |to| other.append(to))
            }

            /// What is within one of both ranges: `hours + ?` on Postgres. NULL if one of them is.
            ///
            /// # Errors
            /// If there is something between two ranges, when the query runs: [`span`](Self::span) takes that too, and so do multiranges.
            ///
            /// # Example: prolonged
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// let longer = Booking::objects().values(|b| b.hours.union(12..14)).get(&db)?;
            /// assert_eq!(longer, Some(Range::from(9..14)));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn union(self, other: impl Operand<T::Base>) -> Expr<Option<T::Base>>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeUnion, 2, |to| other.append(to))
            }

            /// What is within it and not within the other range: `hours - ?` on Postgres. NULL if one of them is.
            ///
            /// # Errors
            /// If that of ranges would be two of them, when the query runs. A multirange may be of two.
            ///
            /// # Example: what is left
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// let rest = Booking::objects().values(|b| b.hours.difference(..10)).get(&db)?;
            /// assert_eq!(rest, Some(Range::from(10..12)));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn difference(self, other: impl Operand<T::Base>) -> Expr<Option<T::Base>>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeDifference, 2, |to| other.append(to))
            }

            /// Where it begins: `lower(hours)` on Postgres. NULL if it is unbounded there, or empty.
            ///
            /// # Example: in the order of beginnings
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// let first = Booking::objects().order_by(|b| b.hours.lower_bound()).values(|b| b.hours.lower_bound()).first(&db)?;
            /// assert_eq!(first, Some(Some(9)));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("startswith"))]
            #[doc(alias("lower"))]
            pub fn lower_bound(self) -> Expr<Option<<T::Base as RangeColumn>::Bound>>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeLower, 1, |_| {})
            }

            /// Where it ends: `upper(hours)` on Postgres. NULL if it is unbounded there, or empty.
            ///
            /// # Example: over by noon
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.upper_bound().le(12)).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("endswith"))]
            #[doc(alias("upper"))]
            pub fn upper_bound(self) -> Expr<Option<<T::Base as RangeColumn>::Bound>>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeUpper, 1, |_| {})
            }

            /// Nothing is within it: `isempty(hours)` on Postgres. A check can say that too.
            ///
            /// # Example: something
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| !b.hours.is_empty()).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("isempty"))]
            pub fn is_empty(self) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeIsEmpty, 1, |_| {})
            }

            /// Where it begins is within it: `lower_inc(hours)` on Postgres. True of whole numbers and days, where they have a beginning.
            ///
            /// # Example: its first hour
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| b.hours.lower_included()).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("lower_inc"))]
            pub fn lower_included(self) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeLowerIncluded, 1, |_| {})
            }

            /// Where it ends is within it: `upper_inc(hours)` on Postgres. Never true of whole numbers and days, whose end is what follows.
            ///
            /// # Example: its end
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| !b.hours.upper_included()).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("upper_inc"))]
            pub fn upper_included(self) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeUpperIncluded, 1, |_| {})
            }

            /// It has no beginning: `lower_inf(hours)` on Postgres. A check can say that too.
            ///
            /// # Example: from the start of time
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| !b.hours.lower_unbounded()).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("lower_inf"))]
            pub fn lower_unbounded(self) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeLowerUnbounded, 1, |_| {})
            }

            /// It has no end: `upper_inf(hours)` on Postgres. A check can say that too.
            ///
            /// # Example: for ever
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// # use orm::fields::Range;
            /// # #[derive(Model, Debug)]
            /// # #[orm(table = "guide_booking")]
            /// # struct Booking {
            /// #     id: i64,
            /// #     hours: Range<i32>,
            /// # }
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_booking (id INTEGER PRIMARY KEY, hours BLOB NOT NULL)")?;
            /// Booking::create().hours(9..12).save(&db)?;
            /// assert!(Booking::objects().filter(|b| !b.hours.upper_unbounded()).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("upper_inf"))]
            pub fn upper_unbounded(self) -> Expr<bool>
            where
                T::Base: RangeColumn,
            {
                call(self, Function::RangeUpperUnbounded, 1, |_| {})
            }
        }
    };
}
ranges!([J: Join] Field<T, J>);
ranges!([] Expr<T>);
