//! Columns of a query that another selects from: `FROM (SELECT post.*, row_number() OVER (..) AS "value 0" FROM post) AS post`.
//!
//! They stand behind the columns of the model, at positions that no table has, and an expression names them as it names those.

use std::sync::{PoisonError, RwLock};

use crate::expr::NO_COLUMN;
use crate::value::FieldType;

use super::{ColumnMeta, EnumMeta, QualifiedName};

/// The position of the first. No database has tables of so many columns.
const FIRST: u16 = 2048;

/// What tells one from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedColumn {
    /// Its name in the query.
    pub name: String,
    /// What it is called in errors.
    pub told: String,
    /// What it stores.
    pub ty: FieldType,
    /// Whether it may be NULL.
    pub null: bool,
    /// The values of the native enum that it is of, in order.
    pub choices: Option<&'static [&'static str]>,
}

/// A program has a few: one for each type at each place.
static INTERNED: RwLock<Vec<(DerivedColumn, &'static ColumnMeta)>> = RwLock::new(Vec::new());

impl DerivedColumn {
    /// The `nth` value of a query, which may be NULL.
    pub(crate) fn of_value(nth: usize, ty: FieldType) -> Self {
        DerivedColumn {
            name: format!("value {nth}"),
            told: format!("annotated value {}", nth + 1),
            ty,
            null: true,
            choices: None,
        }
    }

    /// Its position. What has one is kept for as long as the program runs.
    pub(crate) fn intern(self) -> u16 {
        let known = |all: &[(DerivedColumn, _)]| all.iter().position(|(known, _)| *known == self);
        let found = known(&INTERNED.read().unwrap_or_else(PoisonError::into_inner));
        let found = found.unwrap_or_else(|| {
            let mut all = INTERNED.write().unwrap_or_else(PoisonError::into_inner);
            // Another thread may have come first.
            known(&all).unwrap_or_else(|| {
                let meta: &'static ColumnMeta = Box::leak(Box::new(self.meta()));
                all.push((self.clone(), meta));
                all.len() - 1
            })
        });
        let position = u16::try_from(found).ok().and_then(|nth| FIRST.checked_add(nth));
        position
            .filter(|position| *position < NO_COLUMN)
            .unwrap_or(NO_COLUMN)
    }

    fn meta(&self) -> ColumnMeta {
        ColumnMeta {
            field: usize::MAX,
            name: self.told.clone(),
            column: self.name.clone(),
            storage: self.ty,
            null: self.null,
            enumeration: self.choices.map(|values| EnumMeta {
                name: QualifiedName::new(None, ""),
                values,
            }),
            db_type: None,
            computed: true,
        }
    }
}

/// The derived column at a position; `None` for the position of a model's own.
pub(crate) fn derived_column(position: u16) -> Option<&'static ColumnMeta> {
    let nth = position.checked_sub(FIRST)?;
    let all = INTERNED.read().unwrap_or_else(PoisonError::into_inner);
    all.get(usize::from(nth)).map(|(_, meta)| *meta)
}

/// Whether a position is that of a derived column.
#[inline]
pub(crate) fn is_derived(position: u16) -> bool {
    position >= FIRST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_columns_have_one_position() {
        let column = |name: &str, null| DerivedColumn {
            name: name.to_owned(),
            told: name.to_owned(),
            ty: FieldType::BigInt,
            null,
            choices: None,
        };
        let position = column("value 0", false).intern();
        assert_eq!(column("value 0", false).intern(), position);
        assert_ne!(column("value 0", true).intern(), position);
        assert_ne!(column("value 1", false).intern(), position);
        assert_eq!(derived_column(position).unwrap().column, "value 0");
        assert!(is_derived(position) && derived_column(FIRST - 1).is_none());
    }
}
