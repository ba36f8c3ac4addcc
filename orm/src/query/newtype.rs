//! What columns of a program's own types can do: what those of the type inside can.
//!
//! None is recommended: the compiler would say of a number without `contains` that it is not a type around another.

use crate::expr::{ExprTokens, Function};
use crate::model::{ForeignKey, Inner, Join, Model, OneToOne, Outer};
use crate::value::Newtype;

use super::functions::{StringOrWholeNumber, Widened};
use super::lookup::SignedNumber;
use super::{
    Container, Counted, Expr, Expression, Extreme, Field, Number, Operand, Ordered, StringValue, Summable,
    WholeNumber,
};

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Ordered>> Ordered for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Extreme>> Extreme for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: StringValue>> StringValue for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: StringValue>> Container for T {
    type Part = String;
    const CONTAINS: Function = Function::Contains;
}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: StringValue>> Counted for T {
    const LENGTH: Function = Function::Length;
}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Number>> Number for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: SignedNumber>> SignedNumber for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: WholeNumber>> WholeNumber for T {}
#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: StringOrWholeNumber>> StringOrWholeNumber for T {}

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Widened>> Widened for T {
    type Wide = <T::Inner as Widened>::Wide;
}

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Widened>> Widened for Option<T> {
    type Wide = Option<i64>;
}

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Summable>> Summable for T {
    type Sum = <T::Inner as Summable>::Sum;
    type Mean = <T::Inner as Summable>::Mean;
}

/// What the type inside is compared with as a literal: `p.email.eq("ann@example.com")`, `p.price.gt(100)`.
macro_rules! literals {
    ($($literal:ty => $inner:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Newtype<Inner = $inner>> Operand<T> for $literal {
            type Joined = Inner;

            fn append(self, to: &mut ExprTokens) {
                Operand::<$inner>::append(self, to);
            }
        }
    )*};
}
literals!(
    &str => String, &String => String, String => String, bool => bool, f32 => f32, f64 => f64, i8 => i8, i16 => i16,
    i32 => i32, i64 => i64, u8 => u8, u16 => u16, u32 => u32, u64 => u64
);

/// Columns of keys and the columns that name them, as for the keys of other types.
macro_rules! keys {
    ($($relation:ident),*) => {$(
        keys!(@one [K: Newtype, M: Model<Key = K>, J: Join] $relation<M>, Field<K, J>, J);
        keys!(@one [K: Newtype, M: Model<Key = K>] $relation<M>, Expr<K>, Inner);
        keys!(@one [K: Newtype, M: Model<Key = K>, J: Join] K, Field<$relation<M>, J>, J);
        keys!(@one [K: Newtype, M: Model<Key = K>, J: Join] K, Field<Option<$relation<M>>, J>, Outer);
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
keys!(ForeignKey, OneToOne);

/// A value of a derived type where a relation to its model is set or compared. Not for all types at once: a program could then
/// not implement the traits for references to its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __newtype_key {
    ($key:ty) => {
        $crate::__newtype_key!(@relation $key, ForeignKey);
        $crate::__newtype_key!(@relation $key, OneToOne);
    };
    (@relation $key:ty, $relation:ident) => {
        $crate::__newtype_key!(@value $key, $crate::__private::$relation<__M>);
        $crate::__newtype_key!(@value $key, ::core::option::Option<$crate::__private::$relation<__M>>);

        #[automatically_derived]
        impl<__M: $crate::__private::Model<Key = $key>> $crate::__private::Operand<$crate::__private::$relation<__M>> for $key {
            type Joined = $crate::__private::Inner;

            fn append(self, to: &mut $crate::__private::ExprTokens) {
                <$key as $crate::__private::Operand<$key>>::append(self, to);
            }
        }
    };
    (@value $key:ty, $column:ty) => {
        #[automatically_derived]
        impl<__M: $crate::__private::Model<Key = $key>> $crate::__private::ToValue<$column> for $key {
            fn to_value(self) -> $crate::__private::Value<'static> {
                $crate::__private::ColumnType::into_value(self)
            }
        }

        #[automatically_derived]
        impl<__M: $crate::__private::Model<Key = $key>> $crate::__private::Assignable<$column> for $key {
            fn append(self, to: &mut $crate::__private::ExprTokens) {
                <$key as $crate::__private::Assignable<$key>>::append(self, to);
            }
        }
    };
}
