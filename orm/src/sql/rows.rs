//! Resolves columns in a running program: models, positions and relations, for the passes over expressions.

use std::borrow::Cow;

use crate::error::Result;
use crate::expr::{ByPosition, ColumnInfo, ColumnRef, ColumnResolver, Enumeration, Param, Path, RowSource};
use crate::model::{ColumnMeta, ModelMeta, derived_column, is_derived};
use crate::query::{PathEnd, outside, outside_of, path_end, target};
use crate::value::{FieldType, Literal};

use super::render::no_column;

/// The models that a statement selects from, as its scopes see them.
#[derive(Clone, Copy)]
pub(super) struct RowModels {
    /// The model of its own rows.
    pub own: &'static ModelMeta,
    /// The model of the rows it is loaded for, if they can be joined.
    pub parent: Option<&'static ModelMeta>,
    /// The model of the rows it is loaded for, if they cannot be joined.
    pub apart: Option<&'static ModelMeta>,
}

/// A column and its model.
pub(super) struct ResolvedColumn {
    pub model: &'static ModelMeta,
    pub column: &'static ColumnMeta,
}

impl RowModels {
    /// The model of the rows of a scope, that many queries outwards.
    fn scope(&self, outwards: usize, around: &[RowSource]) -> Result<Option<&'static ModelMeta>> {
        if let Some(at) = around.len().checked_sub(outwards + 1) {
            let from = around.get(at).ok_or_else(no_column)?;
            return target(from.path());
        }
        Ok(match outwards - around.len() {
            0 => Some(self.own),
            1 => self.parent,
            _ => None,
        })
    }

    /// The model of a row source.
    ///
    /// # Errors
    /// If its scope is not one of the enclosing queries.
    pub fn model(&self, source: RowSource, around: &[RowSource]) -> Result<&'static ModelMeta> {
        let outwards = source.scope().outwards().ok_or_else(|| outside(source, None))?;
        let scope = self
            .scope(outwards, around)?
            .ok_or_else(|| outside(source, None))?;
        Ok(target(source.path())?.unwrap_or(scope))
    }

    /// A column and its model.
    ///
    /// # Errors
    /// If its scope is not one of the enclosing queries.
    pub fn find(&self, column: &ColumnRef, around: &[RowSource]) -> Result<ResolvedColumn> {
        let position = Some(column.position);
        let outwards = column.source.scope().outwards();
        let scope = match outwards {
            Some(outwards) => self.scope(outwards, around)?,
            None => None,
        };
        let scope = scope.ok_or_else(|| match (outwards, column.source.path()) {
            (Some(outwards), Path::ROOT) if outwards == around.len() + 1 => outside_of(self.apart, position),
            _ => outside(column.source, position),
        })?;
        let model = target(column.source.path())?.unwrap_or(scope);
        let columns = model.columns.get(usize::from(column.position));
        let column = columns
            .or_else(|| derived_column(column.position))
            .ok_or_else(no_column)?;
        Ok(ResolvedColumn { model, column })
    }

    /// Whether an outer join leads to the rows, so that there may be none.
    pub fn may_be_missing(source: RowSource) -> Result<bool> {
        let mut path = source.path();
        while let Some(PathEnd::Join(step)) = path_end(path) {
            if step.is_optional()? {
                return Ok(true);
            }
            path = step.from;
        }
        Ok(false)
    }
}

/// The native enum of these values, by the column of a model that a query computes them from: the Rust type does not say the app.
#[cold]
fn enum_of(model: &'static ModelMeta, values: &[&str]) -> Option<String> {
    let own = std::iter::once(model);
    let mut all = own.chain(crate::registry::registry().ok()?.models());
    all.find_map(|model| {
        let mut enums = model
            .columns
            .iter()
            .filter_map(|column| column.enumeration.as_ref());
        enums
            .find(|found| found.values == values)
            .map(|found| found.name.quoted())
    })
}

impl ColumnResolver<ByPosition> for RowModels {
    fn column(&self, column: &ColumnRef, around: &[RowSource]) -> Result<ColumnInfo<'_>> {
        let ResolvedColumn { model, column: found } = self.find(column, around)?;
        Ok(ColumnInfo {
            ty: found.storage,
            null: found.null || RowModels::may_be_missing(column.source)?,
            enumeration: found.enumeration.as_ref().map(|found| Enumeration {
                name: match is_derived(column.position) {
                    false => Some(found.name.quoted().into()),
                    true => enum_of(model, found.values).map(Cow::Owned),
                },
                values: found.values.to_vec(),
            }),
            digits: None,
        })
    }

    fn value_type(&self, value: &Param) -> Option<FieldType> {
        value.ty
    }

    fn choices(&self, value: &Param) -> Option<&'static [&'static str]> {
        value.choices
    }

    fn literal<'v>(&self, _: &'v Param) -> Option<&'v Literal> {
        None
    }
}
