//! Multiranges in queries: which lookups of ranges they have, and what may stand for one.

use std::ops::{RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::expr::{ExprTokens, Function};
use crate::model::{Inner, Join};
use crate::value::{ColumnType, Multirange, Range, RangeBound, Value};

use super::functions::call;
use super::operand::also;
use super::{Assignable, Contained, Container, Expr, Field, Operand, Overlapping, RangeColumn, ToValue};

impl<T: RangeBound> Container for Multirange<T> {
    type Part = T;
    const CONTAINS: Function = Function::RangeContains;
}

impl<T: RangeBound> Contained for Multirange<T> {
    type Container = Multirange<T>;
    const CONTAINS: Function = Function::RangeContainsRange;
}

impl<T: RangeBound> Overlapping for Multirange<T> {
    const OVERLAPS: Function = Function::RangeOverlaps;
}

impl<T: RangeBound> RangeColumn for Multirange<T> {
    type Bound = T;
}

/// The multirange of some ranges.
fn of<T: RangeBound, R: Into<Range<T>>>(ranges: impl IntoIterator<Item = R>) -> Value<'static> {
    Multirange::new(ranges).into_value()
}

also! {
    [T: RangeBound] &Multirange<T> => Multirange<T>, |ranges| ranges.encode().into_owned();
    [T: RangeBound, R: Into<Range<T>>, const N: usize] [R; N] => Multirange<T>, |ranges| of(ranges);
    [T: RangeBound] Vec<Range<T>> => Multirange<T>, |ranges| of(ranges);
    [T: RangeBound] Range<T> => Multirange<T>, |range| of([range]);
    [T: RangeBound] std::ops::Range<T> => Multirange<T>, |range| of([range]);
    [T: RangeBound] RangeInclusive<T> => Multirange<T>, |range| of([range]);
    [T: RangeBound] RangeFrom<T> => Multirange<T>, |range| of([range]);
    [T: RangeBound] RangeTo<T> => Multirange<T>, |range| of([range]);
    [T: RangeBound] RangeToInclusive<T> => Multirange<T>, |range| of([range]);
    [T: RangeBound] RangeFull => Multirange<T>, |range| of([Range::<T>::from(range)]);
}

macro_rules! multiranges {
    ([$($join:tt)*] $this:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// The multirange of this one range: `multirange(hours)` on Postgres, since version 14. So a column of ranges lies beside one of
            /// multiranges. NULL of NULL.
            ///
            /// # Example: bookings while it is open
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// use orm::fields::{Multirange, Range};
            ///
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_opening")]
            /// struct Opening {
            ///     id: i64,
            ///     hours: Multirange<i32>,
            ///     booked: Range<i32>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_opening (id INTEGER PRIMARY KEY, hours TEXT NOT NULL, booked BLOB NOT NULL)")?;
            /// Opening::create().hours([9..12, 14..18]).booked(10..11).save(&db)?;
            /// assert!(Opening::objects().filter(|o| o.hours.contains_range(o.booked.to_multirange())).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("multirange"))]
            pub fn to_multirange<B: RangeBound>(self) -> Expr<Option<Multirange<B>>>
            where
                T: ColumnType<Base = Range<B>>,
            {
                call(self, Function::ToMultirange, 1, |_| {})
            }
        }
    };
}
multiranges!([J: Join] Field<T, J>);
multiranges!([] Expr<T>);
