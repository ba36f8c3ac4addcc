//! What is known of the sort keys of a query.

use crate::error::Result;
use crate::expr::annotate;
use crate::value::FieldType;

use super::render::Renderer;
use super::{Dialect, ReadQuery};

/// What is known of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKeyType {
    /// Its type, where anything says it.
    pub ty: Option<FieldType>,
    /// Whether it may be NULL.
    pub null: bool,
}

impl ReadQuery<'_> {
    /// The types of its sort keys, in their order.
    ///
    /// # Errors
    /// If the query is inconsistent.
    pub fn sort_keys(&self, dialect: &'static Dialect) -> Result<Vec<SortKeyType>> {
        let mut renderer = Renderer::of(self.rows(), dialect);
        let rows = self.rows();
        let parts = self.parts()?;
        let keys = parts.order.iter().map(|order| {
            Ok(SortKeyType {
                ty: annotate(&order.by, None, &rows, &mut renderer.around)?.ty,
                null: renderer.nullable(&order.by)?,
            })
        });
        keys.collect()
    }
}
