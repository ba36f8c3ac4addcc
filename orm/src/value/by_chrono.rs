//! Dates and times of other crates: the columns, the forms and the operations are those of `chrono`'s types, as which databases'
//! values are read and written. What differs from crate to crate is how its types become those (`value/time.rs`, `value/jiff.rs`).

/// A type of a crate for the same values as one of `chrono`'s.
pub(super) trait ByChrono<Chrono>: Sized {
    /// What the type holds, for the error of a value beyond it.
    const EXPECTED: &'static str;

    /// `None` if the type does not go as far.
    fn from_chrono(value: Chrono) -> Option<Self>;

    /// `None` if that of `chrono` does not go as far.
    fn to_chrono(self) -> Option<Chrono>;
}

/// Columns of types that are [`ByChrono`].
macro_rules! columns {
    ($($ty:ty => $chrono:ty),* $(,)?) => {$(
        impl ColumnType for $ty {
            type Base = $ty;

            fn field_type() -> FieldType {
                <$chrono>::field_type()
            }

            fn decode(cell: Cell<'_>) -> Result<Self> {
                let value = <$chrono>::decode(cell)?;
                Self::from_chrono(value).ok_or_else(|| cell.mismatch(Self::EXPECTED))
            }

            fn encode(&self) -> Value<'_> {
                self.into_value()
            }

            fn into_value(self) -> Value<'static> {
                match self.to_chrono() {
                    Some(value) => value.into_value(),
                    None => Value::Refused("databases have no date as far away"),
                }
            }
        }

        // Its order, arrays and what else the type of `chrono` has.
        impl Newtype for $ty {
            type Inner = $chrono;
        }
    )*};
}
pub(super) use columns;
