//! Whole numbers of a field in a column that may hold more of them.

use std::ops::RangeInclusive;

use crate::value::FieldType;

/// A condition that is true if the quoted column `c` holds a number of the field's type, and NULL if it holds NULL; `None`
/// if the column, which holds the numbers of `column`, cannot hold another.
pub(super) fn check(c: &str, ty: FieldType, column: &RangeInclusive<i64>) -> Option<String> {
    let range = ty.whole_numbers()?;
    let (low, high) = (range.start(), range.end());
    match (low > column.start(), high < column.end()) {
        (false, false) => None,
        (true, false) => Some(format!("{c} >= {low}")),
        (false | true, true) => Some(format!("{c} BETWEEN {low} AND {high}")),
    }
}

/// Whether every number of one type is one of the other.
pub(super) fn fit(from: FieldType, to: FieldType) -> bool {
    let (Some(from), Some(to)) = (from.whole_numbers(), to.whole_numbers()) else {
        return false;
    };
    to.start() <= from.start() && from.end() <= to.end()
}
