//! The numbers that an identity comes to, and which of them say nothing that is not so anyway.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

use super::identity::IdentityDef;

/// The numbers that an identity comes to, with nothing left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counting {
    pub start: i64,
    pub increment: i64,
    pub min_value: i64,
    pub max_value: i64,
    pub cache: i64,
}

impl IdentityDef {
    /// What is left out, of a column that holds these numbers, as Postgres has it by itself.
    pub(crate) fn counting(&self, column: &RangeInclusive<i64>) -> Counting {
        let increment = self.increment.unwrap_or(1);
        let (least, greatest) = match increment > 0 {
            true => (1, *column.end()),
            false => (*column.start(), -1),
        };
        let min_value = self.min_value.unwrap_or(least);
        let max_value = self.max_value.unwrap_or(greatest);
        Counting {
            start: self.start.unwrap_or(match increment > 0 {
                true => min_value,
                false => max_value,
            }),
            increment,
            min_value,
            max_value,
            cache: self.cache.unwrap_or(1),
        }
    }

    /// The same without the numbers that a column of this range has by itself.
    pub(crate) fn without_defaults(self, column: &RangeInclusive<i64>) -> IdentityDef {
        let of_itself = |without: IdentityDef| without.counting(column) == self.counting(column);
        let mut out = self;
        let shorter: [fn(&mut IdentityDef); 5] = [
            |identity| identity.start = None,
            |identity| identity.min_value = None,
            |identity| identity.max_value = None,
            |identity| identity.increment = None,
            |identity| identity.cache = None,
        ];
        for leave_out in shorter {
            let mut without = out;
            leave_out(&mut without);
            if of_itself(without) {
                out = without;
            }
        }
        out
    }

    /// # Errors
    /// If a field that holds these numbers cannot be counted so.
    pub(crate) fn check(&self, field: &RangeInclusive<i64>) -> Result<()> {
        let refused = |said: String, hint: &str| Err(Error::config(said).with_hint(hint.to_owned()));
        if self.increment == Some(0) {
            return refused(
                "the `increment` of its identity is 0, so that all numbers would be the same".to_owned(),
                "count up by 1 or more, or down by -1 or less",
            );
        }
        if self.cache.is_some_and(|cache| cache < 1) {
            return refused(
                "the `cache` of its identity is less than 1".to_owned(),
                "a connection takes at least one number at a time",
            );
        }
        let Counting {
            start,
            min_value,
            max_value,
            ..
        } = self.counting(field);
        for (name, number) in [
            ("min_value", self.min_value),
            ("max_value", self.max_value),
            ("start", Some(start)),
        ] {
            if let Some(number) = number.filter(|number| !field.contains(number)) {
                return refused(
                    format!(
                        "the `{name}` of its identity is {number}, and the field holds {} to {}",
                        field.start(),
                        field.end()
                    ),
                    "give a number that the field holds, or the field a wider type",
                );
            }
        }
        if min_value >= max_value {
            return refused(
                format!(
                    "the `min_value` of its identity, {min_value}, is not below its `max_value`, {max_value}"
                ),
                "leave room for more than one number",
            );
        }
        if !(min_value..=max_value).contains(&start) {
            return refused(
                format!("the `start` of its identity, {start}, is not within {min_value} to {max_value}"),
                "begin with a number between `min_value` and `max_value`",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_left_out_counts_the_same(
            start in prop::option::of(-3..4_i64),
            increment in prop::option::of(prop::sample::select(vec![-2_i64, -1, 1, 2])),
            min_value in prop::option::of(prop::sample::select(vec![-8_i64, -3, 0, 1])),
            max_value in prop::option::of(prop::sample::select(vec![-1_i64, 3, 7])),
            cache in prop::option::of(1..3_i64),
        ) {
            let column = -8..=7;
            let said = IdentityDef { start, increment, min_value, max_value, cache, ..IdentityDef::DEFAULT };
            let short = said.without_defaults(&column);
            prop_assert_eq!(short.counting(&column), said.counting(&column));
            let all = said.counting(&column);
            let whole = IdentityDef {
                start: Some(all.start),
                increment: Some(all.increment),
                min_value: Some(all.min_value),
                max_value: Some(all.max_value),
                cache: Some(all.cache),
                ..IdentityDef::DEFAULT
            };
            prop_assert_eq!(whole.without_defaults(&column), short);
        }
    }
}
