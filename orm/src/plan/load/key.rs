//! The key by which rows are related: where the rows have it that something is loaded for, and where the related rows do.

use crate::error::{Error, Result};
use crate::model::ModelMeta;
use crate::plan::relation_key::RelationKey;
use crate::query::{JoinStep, RelationKind};
use crate::value::{FieldType, Row, Value};

use super::pending::PendingResults;

/// The columns of a key.
pub(super) enum LoadKey {
    /// One, at a position of the rows that something is loaded for.
    One(usize, FieldType),
    /// Several.
    Several(Box<[KeyColumn]>),
}

/// One column of several.
pub(super) struct KeyColumn {
    /// Its position in a row that something is loaded for.
    own: usize,
    /// That of the column that holds the same, among those of the related row, or among those that precede it.
    related: usize,
    ty: FieldType,
}

impl KeyColumn {
    /// Where the related row has the column, once it is selected among other values.
    pub(super) fn select_related(&mut self, select: &mut impl FnMut(usize) -> Result<usize>) -> Result<()> {
        self.related = select(self.related)?;
        Ok(())
    }
}

impl LoadKey {
    /// The same key, where the rows that something is loaded for have its columns elsewhere.
    pub(super) fn moved(&mut self, mut to: impl FnMut(usize) -> Result<usize>) -> Result<()> {
        match self {
            LoadKey::One(at, _) => *at = to(*at)?,
            LoadKey::Several(columns) => {
                for column in columns {
                    column.own = to(column.own)?;
                }
            }
        }
        Ok(())
    }

    /// The same key, where the rows start so many columns later.
    pub(super) fn shift(&mut self, by: usize) {
        match self {
            LoadKey::One(at, _) => *at += by,
            LoadKey::Several(columns) => columns.iter_mut().for_each(|column| column.own += by),
        }
    }

    /// Where none is known yet.
    pub(super) const UNKNOWN: LoadKey = LoadKey::One(0, FieldType::BigInt);

    /// That of a step from rows of a model, whose columns start at a position.
    ///
    /// # Errors
    /// If the models are not registered.
    pub(super) fn of(step: &JoinStep, start: usize, model: &ModelMeta) -> Result<Self> {
        if step.composite()?.is_some() {
            return several(step, start, model);
        }
        let at = match step.kind {
            RelationKind::Forward => {
                let mut columns = model.columns.iter();
                let found = columns.position(|column| column.field == usize::from(step.field));
                found.ok_or_else(|| Error::internal("a foreign key has no column"))?
            }
            RelationKind::Reverse => step.pointed_at()?,
            RelationKind::Join | RelationKind::JoinBack if model.key.len() > 1 => {
                return Ok(several_before(start, model));
            }
            RelationKind::Join | RelationKind::JoinBack => model.primary_key,
        };
        let key = model.columns.get(at);
        let key = key.ok_or_else(|| Error::internal("a relation points at a column that is not there"))?;
        Ok(LoadKey::One(start + at, key.storage))
    }

    /// How many columns it has.
    pub(super) fn columns(&self) -> usize {
        match self {
            LoadKey::One(..) => 1,
            LoadKey::Several(columns) => columns.len(),
        }
    }

    /// Whether the database may take two strings for equal that differ.
    pub(super) fn is_collated(&self) -> bool {
        match self {
            LoadKey::One(_, ty) => ty.is_collated(),
            LoadKey::Several(columns) => columns.iter().any(|column| column.ty.is_collated()),
        }
    }

    /// The key of a row that something is loaded for.
    ///
    /// # Errors
    /// If a column holds no key.
    #[inline]
    pub(super) fn read(&self, row: &Row<'_>) -> Result<RelationKey> {
        match self {
            LoadKey::One(at, ty) => RelationKey::decode(row.cell(*at)?, *ty),
            LoadKey::Several(columns) => read_several(columns, row, |column| column.own),
        }
    }

    /// The same of a row's values, in the order of its columns.
    ///
    /// # Errors
    /// As [`read`](LoadKey::read).
    pub(super) fn of_values(&self, values: &[Value<'_>]) -> Result<RelationKey> {
        let value = |at: usize| {
            let value = values.get(at);
            value.ok_or_else(|| Error::internal("a row has fewer values than its model has columns"))
        };
        match self {
            LoadKey::One(at, _) => RelationKey::of(value(*at)?),
            LoadKey::Several(columns) => {
                RelationKey::several(columns.iter().map(|column| RelationKey::of(value(column.own)?)))
            }
        }
    }

    /// The first result that waits for a related row: a key of one column is at the first position, several are counted from the second.
    ///
    /// # Errors
    /// As [`read`](LoadKey::read).
    #[inline]
    pub(super) fn waiting(
        &self,
        pending: &mut PendingResults,
        row: &Row<'_>,
        (key_at, first): (usize, usize),
    ) -> Result<Option<usize>> {
        match self {
            LoadKey::One(_, ty) => pending.first(row.cell(key_at)?, *ty),
            LoadKey::Several(columns) => {
                let key = read_several(columns, row, |column| first + column.related)?;
                Ok(pending.first_of(&key))
            }
        }
    }
}

#[cold]
fn several(step: &JoinStep, start: usize, model: &ModelMeta) -> Result<LoadKey> {
    let pairs = step.column_pairs()?;
    let columns = pairs.iter().map(|pair| KeyColumn {
        own: start + pair.from,
        related: pair.to,
        ty: model.columns[pair.from].storage,
    });
    Ok(LoadKey::Several(columns.collect()))
}

/// A key that a join table has: its columns precede the related row.
#[cold]
fn several_before(start: usize, model: &ModelMeta) -> LoadKey {
    let key = model.key.iter().enumerate();
    let columns = key.map(|(related, &own)| KeyColumn {
        own: start + own,
        related,
        ty: model.columns[own].storage,
    });
    LoadKey::Several(columns.collect())
}

#[inline(never)]
fn read_several(
    columns: &[KeyColumn],
    row: &Row<'_>,
    at: impl Fn(&KeyColumn) -> usize,
) -> Result<RelationKey> {
    let part = |column: &KeyColumn| RelationKey::decode(row.cell(at(column))?, column.ty);
    RelationKey::several(columns.iter().map(part))
}
