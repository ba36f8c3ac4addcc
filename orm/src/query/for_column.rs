//! The column that a value is for. A row stands for its primary key, or for the value that a foreign key with `to` holds of it,
//! and only the column tells which.

use crate::expr::{ExprTokens, RowSource, Token};
use crate::model::{FieldSpec, KeyPairedWith, Model, PairedWith, PointedAtBy};
use crate::value::Value;

use super::Field;
use super::path::target;

/// Where a value goes.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub enum ForColumn {
    /// To no column that is known here.
    Unknown,
    /// To a column of a query, or beside one.
    Column(RowSource, u16),
    /// To a field of a new row.
    Field(&'static FieldSpec),
}

const UNKNOWN: &str = "a row was given for a foreign key that points at another column than the primary key, where it is not known \
                       which: give the value of that column, such as `&country.code`";

impl ForColumn {
    /// The column that an expression ends with, if it does.
    pub(super) fn beside(tokens: &ExprTokens) -> Self {
        match tokens.tokens().last().and_then(|last| last.token()) {
            Some(Token::Column(source, position)) => ForColumn::Column(source, position),
            _ => ForColumn::Unknown,
        }
    }

    /// The name of the field that the foreign key points at.
    fn pointed_at(self) -> Option<&'static str> {
        match self {
            ForColumn::Unknown => None,
            ForColumn::Field(field) => field.relation.as_ref()?.to,
            ForColumn::Column(source, position) => {
                let model = target(source.path()).ok().flatten()?;
                let column = model.columns.get(usize::from(position))?;
                model.def.fields.get(column.field)?.to_field.as_deref()
            }
        }
    }

    /// What this column holds of a row that it points at.
    pub(super) fn of_row<M: Model>(self, row: &M) -> Value<'static> {
        let value = self.pointed_at().and_then(|field| value_of(row, field));
        value.unwrap_or(Value::Refused(UNKNOWN))
    }
}

/// That a foreign key which holds `K` can point at a column of this type; the derive has the compiler look.
#[doc(hidden)]
pub const fn points_at<K, T: PointedAtBy<K>>(_: Field<T>) {}

/// That a field which holds `K` can point at a column of this type.
#[doc(hidden)]
pub const fn paired<K, T: PairedWith<K, How>, How>(_: Field<T>) {}

/// That fields which hold `Own` can point at the primary key of this type.
#[doc(hidden)]
pub const fn paired_key<Own, Key: KeyPairedWith<Own, How>, How>() {}

/// The value of a row's column, by the name of its field.
pub(crate) fn value_of<M: Model>(row: &M, field: &str) -> Option<Value<'static>> {
    let mut values = Vec::new();
    row.encode(&mut values);
    let columns = M::SPEC.fields.iter().filter(|field| (field.ty)().is_column());
    let mut columns = columns.zip(values);
    let found = columns.find(|(column, _)| column.name == field);
    found.map(|(_, value)| value.into_owned())
}
