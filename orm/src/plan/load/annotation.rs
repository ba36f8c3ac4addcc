//! Values beside each row: columns of the row's own statement.

use std::marker::PhantomData;

use crate::error::Result;
use crate::query::{Annotated, Selection};
use crate::value::Row;

use super::{FollowUp, IntoLoader, JoinedColumns, Loader};

/// Reads values that stand behind the columns of all rows in the result.
pub struct AnnotationLoader<S> {
    at: usize,
    values: PhantomData<fn() -> S>,
}

impl<S: Selection + 'static> IntoLoader for Annotated<S> {
    type Loader = AnnotationLoader<S>;

    fn into_loader(self) -> Self::Loader {
        AnnotationLoader {
            at: 0,
            values: PhantomData,
        }
    }
}

impl<S: Selection + 'static> FollowUp for AnnotationLoader<S> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.at = columns.add_values(S::VALUES, S::NULLS)?;
        Ok(())
    }

    fn place_values(&mut self, first: usize) {
        self.at += first;
    }
}

impl<S: Selection + 'static> Loader for AnnotationLoader<S> {
    type Partial = S::Row;
    type Out = S::Row;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<S::Row> {
        S::decode(row, self.at)
    }

    #[inline]
    fn finish(&mut self, values: S::Row) -> Result<S::Row> {
        Ok(values)
    }
}
