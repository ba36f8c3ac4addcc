//! Columns of whole numbers.
//!
//! Both databases have whole numbers of up to 64 bits with a sign and no others, so a type that they lack is held by the
//! next wider one with a check. What a `u64` has beyond the greatest `i64` is refused, and never stored as something else.

use crate::error::{Error, Kind, Result};

use super::{Cell, ColumnType, FieldType, Value};

macro_rules! whole_numbers {
    ($($rust:ty => $kind:ident),*) => {$(
        impl ColumnType for $rust {
            type Base = $rust;
            const GENERATED_KEY: bool = true;

            fn field_type() -> FieldType {
                FieldType::$kind
            }

            #[inline]
            fn decode(cell: Cell<'_>) -> Result<Self> {
                #[allow(clippy::useless_conversion, reason = "i64 is one of them")]
                cell.int()?.try_into().map_err(|_| beyond(stringify!($rust)))
            }

            #[inline]
            fn encode(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }

            #[inline]
            fn into_value(self) -> Value<'static> {
                Value::Int(i64::from(self))
            }
        }
    )*};
}
whole_numbers! {
    i8 => TinyInt, i16 => SmallInt, i32 => Int, i64 => BigInt,
    u8 => UnsignedTinyInt, u16 => UnsignedSmallInt, u32 => UnsignedInt
}

impl ColumnType for u64 {
    type Base = u64;
    const GENERATED_KEY: bool = true;

    fn field_type() -> FieldType {
        FieldType::UnsignedBigInt
    }

    #[inline]
    fn decode(cell: Cell<'_>) -> Result<Self> {
        cell.int()?.try_into().map_err(|_| beyond("u64"))
    }

    #[inline]
    fn encode(&self) -> Value<'_> {
        self.into_value()
    }

    #[inline]
    fn into_value(self) -> Value<'static> {
        match i64::try_from(self) {
            Ok(value) => Value::Int(value),
            Err(_) => Value::Refused(
                "a u64 column holds whole numbers up to 9223372036854775807, the greatest that the databases have",
            ),
        }
    }
}

#[cold]
fn beyond(rust: &str) -> Error {
    Error::new(
        Kind::Decode,
        format!("expected {rust}, the database holds a whole number beyond it"),
    )
}
