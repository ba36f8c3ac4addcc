//! Relations as operands: beside keys, columns, rows and each other.

use std::hash::Hash;

use crate::expr::ExprTokens;
use crate::model::{ForeignKey, Inner, IntoKey, Join, KeyTo, Model, OneToOne, Outer, PrimaryKey};
use crate::query::{Expr, Expression, Field, ForColumn};
use crate::value::{ColumnType, SmallString, Value};

use super::{Assignable, Operand, ToValue};

/// Foreign keys are compared with primary keys: `p.author.eq(a.id)`, `a.id.eq(p.author)`.
macro_rules! keys {
    ($($key:ty),*; $relation:ident) => {$(
        keys!(@one [M: Model<Key = $key>, J: Join] $relation<M>, Field<$key, J>, J);
        keys!(@one [M: Model<Key = $key>] $relation<M>, Expr<$key>, Inner);
        keys!(@one [M: Model<Key = $key>, J: Join] $key, Field<$relation<M>, J>, J);
        keys!(@one [M: Model<Key = $key>] $key, Expr<$relation<M>>, Inner);
        keys!(@one [M: Model<Key = $key>, J: Join] $key, Field<Option<$relation<M>>, J>, Outer);
        keys!(@one [M: Model<Key = $key>] $key, Expr<Option<$relation<M>>>, Outer);
    )*};
    (@one [$($generics:tt)*] $column:ty, $this:ty, $joined:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$column> for $this {
            type Joined = $joined;

            fn append(self, to: &mut ExprTokens) {
                Expression::append(self, to);
            }
        }
    };
}
keys!(i8, i16, i32, i64, u8, u16, u32, u64, String; ForeignKey);
keys!(i8, i16, i32, i64, u8, u16, u32, u64, String; OneToOne);
#[cfg(feature = "uuid")]
keys!(uuid::Uuid; ForeignKey);
#[cfg(feature = "uuid")]
keys!(uuid::Uuid; OneToOne);

/// A row of a composite key at the end of a many-to-many field is given by that key.
macro_rules! composite_keys {
    ($($($name:ident)+;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, $($name),+> ToValue<ForeignKey<M>> for ($($name,)+)
        where
            Self: IntoKey<M::Key>,
        {
            fn to_value(self) -> Value<'static> {
                self.into_key().value().into_owned()
            }
        }
    )+};
}
composite_keys! {
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

/// So are foreign keys that point at another column with columns of its type: `order.country.eq(country.code)`; and what they hold is
/// given as a value of that type.
macro_rules! other_columns {
    ($($relation:ident),*) => {$(
        also! {
            [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash] T => $relation<M, T>, ColumnType::into_value;
            [M: Model] &str => $relation<M, String>, |text| Value::Str(SmallString::copy(text));
            [M: Model] &String => $relation<M, String>, |text| Value::Str(SmallString::copy(text));
        }
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash, J: Join] $relation<M, T>, Field<T, J>, J);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash, J: Join] $relation<M, T>, Field<Option<T>, J>, Outer);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash] $relation<M, T>, Expr<T>, Inner);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash] $relation<M, T>, Expr<Option<T>>, Outer);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash, J: Join] T, Field<$relation<M, T>, J>, J);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash] T, Expr<$relation<M, T>>, Inner);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash, J: Join] T, Field<Option<$relation<M, T>>, J>, Outer);
        keys!(@one [M: Model, T: ColumnType<Base = T> + Clone + Eq + Hash] T, Expr<Option<$relation<M, T>>>, Outer);
    )*};
}
other_columns!(ForeignKey, OneToOne);

/// A row for a foreign key that points at another column than the primary key. For the types that such columns mostly have: a row
/// for any type at all would clash with values of any type at all.
macro_rules! rows {
    ($($key:ty),*; $relation:ident) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model> ToValue<$relation<M, $key>> for &M {
            fn to_value(self) -> Value<'static> {
                ForColumn::Unknown.of_row(self)
            }

            fn to_value_for(self, column: ForColumn) -> Value<'static> {
                column.of_row(self)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<M: Model> ToValue<Option<$relation<M, $key>>> for &M {
            fn to_value(self) -> Value<'static> {
                ForColumn::Unknown.of_row(self)
            }

            fn to_value_for(self, column: ForColumn) -> Value<'static> {
                column.of_row(self)
            }
        }

        rows!(@assigned $relation<M, $key>);
        rows!(@assigned Option<$relation<M, $key>>);

        #[diagnostic::do_not_recommend]
        impl<M: Model> Operand<$relation<M, $key>> for &M {
            type Joined = Inner;

            fn append(self, to: &mut ExprTokens) {
                let value = ForColumn::beside(to).of_row(self);
                to.param(value);
            }
        }
    )*};
    (@assigned $column:ty) => {
        #[diagnostic::do_not_recommend]
        impl<M: Model> Assignable<$column> for &M {
            fn append(self, to: &mut ExprTokens) {
                to.param(ForColumn::Unknown.of_row(self));
            }

            fn append_for(self, column: ForColumn, to: &mut ExprTokens) {
                to.param(column.of_row(self));
            }
        }
    };
}
rows!(bool, i8, i16, i32, i64, u8, u16, u32, u64, String; ForeignKey);
rows!(bool, i8, i16, i32, i64, u8, u16, u32, u64, String; OneToOne);
#[cfg(feature = "uuid")]
rows!(uuid::Uuid; ForeignKey);
#[cfg(feature = "uuid")]
rows!(uuid::Uuid; OneToOne);
#[cfg(feature = "chrono")]
rows!(chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>; ForeignKey);
#[cfg(feature = "chrono")]
rows!(chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>; OneToOne);
#[cfg(feature = "time")]
rows!(time::Date, time::Time, time::PrimitiveDateTime, time::UtcDateTime, time::OffsetDateTime; ForeignKey);
#[cfg(feature = "time")]
rows!(time::Date, time::Time, time::PrimitiveDateTime, time::UtcDateTime, time::OffsetDateTime; OneToOne);
#[cfg(feature = "jiff")]
rows!(jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp; ForeignKey);
#[cfg(feature = "jiff")]
rows!(jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp; OneToOne);
#[cfg(feature = "decimal")]
rows!(rust_decimal::Decimal; ForeignKey);
#[cfg(feature = "decimal")]
rows!(rust_decimal::Decimal; OneToOne);
#[cfg(feature = "bigdecimal")]
rows!(bigdecimal::BigDecimal; ForeignKey);
#[cfg(feature = "bigdecimal")]
rows!(bigdecimal::BigDecimal; OneToOne);

/// Foreign keys to one column are compared with each other, of whatever kind: `profile.author.eq(post.author)`.
macro_rules! kinds {
    ($($one:ident, $other:ident;)*) => {$(
        keys!(@one [M: Model, K: KeyTo<M>, J: Join] $one<M, K>, Field<$other<M, K>, J>, J);
        keys!(@one [M: Model, K: KeyTo<M>] $one<M, K>, Expr<$other<M, K>>, Inner);
        keys!(@one [M: Model, K: KeyTo<M>, J: Join] $one<M, K>, Field<Option<$other<M, K>>, J>, Outer);
        keys!(@one [M: Model, K: KeyTo<M>] $one<M, K>, Expr<Option<$other<M, K>>>, Outer);
    )*};
}
kinds! {
    ForeignKey, OneToOne;
    OneToOne, ForeignKey;
}
