//! How a whole row is read: as a struct, or as what knows its fields by name.

use std::marker::PhantomData;

use crate::error::Result;
use crate::model::Model;
use crate::value::Row;

use super::error_context::decoded;

/// A form of whole rows.
pub trait Decode: Send + 'static {
    /// What a row becomes.
    type Row: Send + 'static;

    /// Reads a row whose columns start at position 0, in the order of the model.
    ///
    /// # Errors
    /// If a column holds what its field cannot.
    fn decode(&self, row: &Row<'_>) -> Result<Self::Row>;
}

/// Rows as the model's struct.
pub struct AsStruct<M>(PhantomData<fn() -> M>);

impl<M> AsStruct<M> {
    pub(super) const NEW: Self = AsStruct(PhantomData);
}

impl<M: Model> Decode for AsStruct<M> {
    type Row = M;

    #[inline]
    fn decode(&self, row: &Row<'_>) -> Result<M> {
        decoded(row, 0)
    }
}
