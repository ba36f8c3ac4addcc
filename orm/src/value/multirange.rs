//! Multiranges: ranges of one type that lie apart.

use std::cmp::Ordering;
use std::ops::Bound;

use crate::error::Result;

use super::range_form::{self, RangeValue};
use super::{Cell, ColumnType, FieldType, Range, RangeBound, Value, multirange_form};

/// Several ranges, for columns: `int4multirange`, `int8multirange`, `nummultirange`, `datemultirange`, `tsmultirange` and
/// `tstzmultirange` on Postgres, which has them since version 14, and JSON of the same equality on SQLite.
///
/// It is a set of values, and has one form for each, as on Postgres: its ranges are in their order, nothing is within two of
/// them, those between which nothing lies are one, and none is empty. So `[9..11, 10..12, 20..20]` is `[9..12]`. What is said of a
/// [`Range`] holds for each of them: a statement with one that ends before it begins is refused before it is sent.
///
/// # Example: hours of a shop
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// use orm::fields::{Multirange, Range};
///
/// #[derive(Model, Debug)]
/// #[orm(table = "guide_shop")]
/// struct Shop {
///     id: i64,
///     hours: Multirange<i32>,
/// }
///
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE guide_shop (id INTEGER PRIMARY KEY, hours TEXT NOT NULL)")?;
/// let shop = Shop::create().hours([14..18, 9..12, 11..13]).save(&db)?;
/// assert_eq!(shop.hours.ranges(), [Range::from(9..13), Range::from(14..18)]);
/// assert!(Shop::objects().filter(|s| s.hours.contains(9)).exists(&db)?);
/// assert!(!Shop::objects().filter(|s| s.hours.overlaps(13..14)).exists(&db)?);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: one that no database has
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// # use orm::fields::Multirange;
/// # #[derive(Model, Debug)]
/// # #[orm(table = "guide_shop")]
/// # struct Shop { id: i64, hours: Multirange<i32> }
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE guide_shop (id INTEGER PRIMARY KEY, hours TEXT NOT NULL)")?;
/// let error = Shop::create().hours([9..12, 18..14]).save(&db).unwrap_err();
/// assert!(error.to_string().contains("greater than its upper bound"), "{error}");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Multirange<T>(Vec<Range<T>>);

impl<T> Multirange<T> {
    /// The multirange within which nothing is.
    ///
    /// # Example: it has no ranges
    ///
    /// ```
    /// use orm::fields::Multirange;
    ///
    /// assert!(Multirange::<i32>::empty().ranges().is_empty());
    /// ```
    pub const fn empty() -> Self {
        Multirange(Vec::new())
    }

    /// Whether nothing is within it.
    ///
    /// # Example: of empty ranges
    ///
    /// ```
    /// use orm::fields::Multirange;
    ///
    /// assert!(Multirange::new([5..5]).is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its ranges in their order.
    ///
    /// # Example: two that are one
    ///
    /// ```
    /// use orm::fields::{Multirange, Range};
    ///
    /// assert_eq!(Multirange::new([3..5, 1..3]).ranges(), [Range::from(1..5)]);
    /// ```
    pub fn ranges(&self) -> &[Range<T>] {
        &self.0
    }
}

impl<T: RangeBound> Multirange<T> {
    /// The multirange of these ranges, in any order. So it is also made by `collect()`.
    ///
    /// # Example: bounds of any kind
    ///
    /// ```
    /// use orm::fields::{Multirange, Range};
    ///
    /// let whole = Multirange::new([Range::from(..0), Range::from(0..=9), Range::from(20..)]);
    /// assert_eq!(whole.ranges(), [Range::from(..10), Range::from(20..)]);
    /// ```
    pub fn new<R: Into<Range<T>>>(ranges: impl IntoIterator<Item = R>) -> Self {
        let ranges: Vec<Range<T>> = ranges.into_iter().map(R::into).collect();
        // With one that no database has it has none either, and is told so where it would be sent.
        match ranges.iter().all(is_stored) {
            true => Multirange(merged(ranges, T::cmp)),
            false => Multirange(ranges),
        }
    }

    /// Whether a value is within it.
    ///
    /// # Example: between two ranges
    ///
    /// ```
    /// use orm::fields::Multirange;
    ///
    /// let hours = Multirange::new([9..12, 14..18]);
    /// assert!(hours.contains(&17) && !hours.contains(&13));
    /// ```
    pub fn contains(&self, value: &T) -> bool {
        self.0.iter().any(|range| range.contains(value))
    }
}

/// Whether databases have such a range.
fn is_stored<T: RangeBound>(range: &Range<T>) -> bool {
    let Some((lower, upper)) = range.bounds() else {
        return true;
    };
    Range::canonical(lower.cloned(), upper.cloned(), T::cmp, T::next).is_ok()
}

/// Where a range begins or ends: before all values (-1), at one (0) or behind all (1), and whether behind that one.
type Place<'a, T> = (i8, Option<&'a T>, bool);

fn begins<T>(range: &Range<T>) -> Place<'_, T> {
    match range.lower() {
        Bound::Unbounded => (-1, None, false),
        Bound::Included(value) => (0, Some(value), false),
        Bound::Excluded(value) => (0, Some(value), true),
    }
}

fn ends<T>(range: &Range<T>) -> Place<'_, T> {
    match range.upper() {
        Bound::Unbounded => (1, None, false),
        Bound::Excluded(value) => (0, Some(value), false),
        Bound::Included(value) => (0, Some(value), true),
    }
}

fn compare<T>(one: Place<'_, T>, other: Place<'_, T>, order: &impl Fn(&T, &T) -> Ordering) -> Ordering {
    let of_values = || match (one.1, other.1) {
        (Some(one), Some(other)) => order(one, other),
        _ => Ordering::Equal,
    };
    let (of_kinds, of_sides) = (one.0.cmp(&other.0), one.2.cmp(&other.2));
    of_kinds.then_with(of_values).then(of_sides)
}

/// The ranges of a multirange within which is what is within these.
fn merged<T>(mut ranges: Vec<Range<T>>, order: impl Fn(&T, &T) -> Ordering) -> Vec<Range<T>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by(|one, other| compare(begins(one), begins(other), &order));
    let mut apart: Vec<Range<T>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let reached = |last: &mut Range<T>| compare(begins(&range), ends(last), &order) != Ordering::Greater;
        match apart.pop_if(reached) {
            None => apart.push(range),
            Some(last) => {
                let longer = compare(ends(&range), ends(&last), &order) == Ordering::Greater;
                apart.extend(joined(last, range, longer));
            }
        }
    }
    apart
}

/// From where the first begins to where it ends, or the second if that goes on.
fn joined<T>(first: Range<T>, second: Range<T>, longer: bool) -> Option<Range<T>> {
    let ((lower, upper), (_, other)) = (first.into_bounds()?, second.into_bounds()?);
    Some(Range::of_bounds(lower, if longer { other } else { upper }))
}

/// The ranges of a multirange of values within which is what is within these.
pub(super) fn merged_values(ranges: Vec<RangeValue>) -> Vec<RangeValue> {
    merged(ranges, range_form::order)
}

/// Whether they are the ranges of a multirange: in their order, apart, and none of them empty.
#[cfg(feature = "sqlite")]
pub(super) fn are_apart(ranges: &[RangeValue]) -> bool {
    let apart = |pair: &[RangeValue]| match pair {
        [one, other] => compare(ends(one), begins(other), &range_form::order) == Ordering::Less,
        _ => true,
    };
    !ranges.iter().any(Range::is_empty) && ranges.windows(2).all(apart)
}

impl<T> Default for Multirange<T> {
    fn default() -> Self {
        Multirange::empty()
    }
}

impl<T: RangeBound, R: Into<Range<T>>> FromIterator<R> for Multirange<T> {
    fn from_iter<I: IntoIterator<Item = R>>(ranges: I) -> Self {
        Multirange::new(ranges)
    }
}

impl<T: RangeBound, R: Into<Range<T>>, const N: usize> From<[R; N]> for Multirange<T> {
    fn from(ranges: [R; N]) -> Self {
        Multirange::new(ranges)
    }
}

impl<T: RangeBound> From<Range<T>> for Multirange<T> {
    fn from(range: Range<T>) -> Self {
        Multirange::new([range])
    }
}

impl<T: RangeBound> From<Vec<Range<T>>> for Multirange<T> {
    fn from(ranges: Vec<Range<T>>) -> Self {
        Multirange::new(ranges)
    }
}

impl<T> IntoIterator for Multirange<T> {
    type Item = Range<T>;
    type IntoIter = std::vec::IntoIter<Range<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: RangeBound> ColumnType for Multirange<T> {
    type Base = Multirange<T>;

    fn field_type() -> FieldType {
        const {
            match T::RANGE.multirange() {
                Some(ty) => ty,
                None => panic!("there are multiranges of every type of ranges"),
            }
        }
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        let ranges = multirange_form::read(cell, Self::field_type())?;
        ranges
            .iter()
            .map(Range::of_value)
            .collect::<Result<_>>()
            .map(Multirange)
    }

    fn encode(&self) -> Value<'_> {
        self.clone().into_value()
    }

    fn into_value(self) -> Value<'static> {
        let mut ranges = Vec::with_capacity(self.0.len());
        for range in self.0 {
            match range.into_value() {
                Value::Range(range) => ranges.push(*range),
                refused => return refused,
            }
        }
        // What databases store has fewer digits, and then two may touch each other.
        Value::Multirange(merged_values(ranges))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn range() -> impl Strategy<Value = Range<i32>> {
        let bound = prop_oneof![
            4 => (-9..9_i32).prop_map(Bound::Included),
            4 => (-9..9_i32).prop_map(Bound::Excluded),
            1 => Just(Bound::Unbounded),
        ];
        (bound.clone(), bound).prop_map(|(lower, upper)| {
            let range = Range::new(lower, upper);
            if is_stored(&range) {
                range
            } else {
                Range::new(upper, lower)
            }
        })
    }

    proptest! {
        #[test]
        fn a_multirange_has_what_its_ranges_have_and_one_form(ranges in prop::collection::vec(range(), 0..6)) {
            let within = |holds: &dyn Fn(&i32) -> bool| (-20..20).filter(holds).collect::<BTreeSet<i32>>();
            let multirange = Multirange::new(ranges.clone());
            let all = within(&|number| ranges.iter().any(|range| range.contains(number)));
            prop_assert_eq!(&within(&|number| multirange.contains(number)), &all);
            // Another way to say the same set.
            let of_each = all.iter().map(|number| Range::from(*number..=*number));
            let outside = ranges.iter().filter(|range| !range.is_empty()).flat_map(|range| {
                let below = (range.lower() == Bound::Unbounded).then(|| Range::from(..-20));
                let above = (range.upper() == Bound::Unbounded).then(|| Range::from(20..));
                below.into_iter().chain(above)
            });
            prop_assert_eq!(of_each.chain(outside).collect::<Multirange<i32>>(), multirange);
        }
    }

    #[test]
    fn bounds_that_are_within_or_not_touch_or_lie_apart() {
        use std::ops::Bound::{Excluded, Included};

        let at = |lower, upper| Range::of_bounds(lower, upper);
        for (second, is_one) in [(Included(2), true), (Excluded(2), true), (Included(3), false)] {
            let parts = vec![at(second, Excluded(9)), at(Included(1), Included(2))];
            assert_eq!(merged(parts, i32::cmp).len() == 1, is_one, "{second:?}");
        }
        let hole = vec![at(Included(1), Excluded(2)), at(Excluded(2), Included(3))];
        assert_eq!(merged(hole, i32::cmp).len(), 2);
    }
}
