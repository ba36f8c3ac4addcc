//! The parameters of a statement, from a job's values.

use std::borrow::Cow;
use std::slice;

use crate::sql::{Placeholder, Statement, Transform};
use crate::value::Value;

/// The converted parameters, for a statement whose parameters are not simply the job's values.
pub(super) fn made<'v>(statement: &Statement, values: &'v [Value<'v>]) -> Vec<Cow<'v, Value<'v>>> {
    let mut placeholders = statement.placeholders.iter();
    match placeholders.all(|placeholder| placeholder.transform == Transform::None) {
        true => Vec::new(),
        // The caller has checked that all values are there; the driver refuses too few parameters.
        false => statement
            .placeholders
            .iter()
            .filter_map(|placeholder| placeholder.fill(values).ok())
            .collect(),
    }
}

/// The parameters of a statement, borrowed by the driver.
pub(super) enum Parameters<'v> {
    AsGiven(slice::Iter<'v, Placeholder>, &'v [Value<'v>]),
    Made(slice::Iter<'v, Cow<'v, Value<'v>>>),
}

impl<'v> Parameters<'v> {
    /// From the job's values, or from what [`made`] has made of them.
    pub(super) fn of(
        statement: &'v Statement,
        values: &'v [Value<'v>],
        made: &'v [Cow<'v, Value<'v>>],
    ) -> Self {
        match made {
            [] => Parameters::AsGiven(statement.placeholders.iter(), values),
            made => Parameters::Made(made.iter()),
        }
    }
}

impl<'v> Iterator for Parameters<'v> {
    type Item = &'v Value<'v>;

    #[inline]
    fn next(&mut self) -> Option<&'v Value<'v>> {
        match self {
            Parameters::AsGiven(placeholders, values) => {
                let placeholder = placeholders.next()?;
                // The caller has checked that there is one; the driver refuses too few parameters.
                placeholder.lend(values)
            }
            Parameters::Made(values) => values.next().map(Cow::as_ref),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Parameters::AsGiven(placeholders, _) => placeholders.size_hint(),
            Parameters::Made(values) => values.size_hint(),
        }
    }
}

impl ExactSizeIterator for Parameters<'_> {}
