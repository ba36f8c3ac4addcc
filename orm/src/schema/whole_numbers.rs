//! Whole numbers of a field in a column that may hold more of them.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::model::FieldDef;
use crate::value::FieldType;

/// A condition that is true if the quoted column `c` holds a number of the field's type, or of its choices, and NULL if it
/// holds NULL; `None` if the column, which holds the numbers of `column`, cannot hold another.
pub(super) fn check(c: &str, field: &FieldDef, column: &RangeInclusive<i64>) -> Result<Option<String>> {
    let Some(range) = field.ty.whole_numbers() else {
        return Ok(None);
    };
    if !field.choices.is_empty() {
        let within = |choice: &String| is_choice_of(choice, field.ty);
        if !field.choices.iter().all(within) {
            return Err(Error::config(
                "a choice is not a whole number of the field's type",
            ));
        }
        return Ok(Some(format!("{c} IN ({})", field.choices.join(", "))));
    }
    let (low, high) = (range.start(), range.end());
    Ok(match (low > column.start(), high < column.end()) {
        (false, false) => None,
        (true, false) => Some(format!("{c} >= {low}")),
        (false | true, true) => Some(format!("{c} BETWEEN {low} AND {high}")),
    })
}

/// Whether a choice is a number of the type, in the one form that it has.
pub(crate) fn is_choice_of(choice: &str, ty: FieldType) -> bool {
    let number = choice
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == choice);
    number.is_some_and(|number| ty.whole_numbers().is_some_and(|range| range.contains(&number)))
}

/// Whether every number of one type is one of the other.
pub(super) fn fit(from: FieldType, to: FieldType) -> bool {
    let (Some(from), Some(to)) = (from.whole_numbers(), to.whole_numbers()) else {
        return false;
    };
    to.start() <= from.start() && from.end() <= to.end()
}
