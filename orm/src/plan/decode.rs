//! How a whole row is decoded: as a struct, or as a dynamic row.

use std::marker::PhantomData;

use crate::error::Result;
use crate::model::Model;
use crate::value::Row;

use super::error_context::decoded;

/// A decoder of whole rows.
pub trait Decode: Send + 'static {
    /// The decoded row.
    type Row: Send + 'static;

    /// Decodes a row whose columns start at position 0, in the model's order.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
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
