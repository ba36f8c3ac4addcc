//! Arrays: `Vec<T>` of every scalar, of newtypes of one, of `Option`s of those, and of such arrays.
//!
//! Postgres has them. SQLite gets JSON that has one text for each value, so that equal arrays are equal strings and a unique
//! constraint holds (`value/array_json.rs`).

use crate::error::{Error, Kind, Result};

#[cfg(feature = "sqlite")]
use super::array_json::Tokens;
use super::array_type::{ElementType, MOST_LEVELS};
use super::{ArrayType, Cell, ChoicesFacts, ColumnType, FieldType, Newtype, Range, RangeBound, Value};

const RAGGED: &str =
    "the lists within a nested array have different lengths, and databases have rectangular arrays only";
const HOLLOW: &str = "a nested array has lists without elements, and databases have no such arrays but the one that is empty itself";

/// A type that arrays hold: a scalar, choices, a type of your own around one, an `Option` of those, or a `Vec` of such.
///
/// # Example: an array of arrays
///
/// ```
/// use orm::fields::{ArrayElement, Value};
///
/// fn is_element<T: ArrayElement>() {}
/// is_element::<String>();
/// is_element::<Option<i64>>();
/// is_element::<Vec<f64>>();
/// ```
///
/// # Example: of choices
///
/// ```
/// use orm::Choices;
/// use orm::fields::{ColumnType, FieldType};
///
/// #[derive(Choices, Debug, Clone, Copy, PartialEq)]
/// enum Size {
///     Small,
///     Large,
/// }
///
/// let FieldType::Array(ty) = <Vec<Size>>::field_type() else { panic!("it is an array") };
/// assert_eq!(ty.to_string(), "choices[]");
/// ```
#[diagnostic::on_unimplemented(
    message = "`Vec<{Self}>` is not a type a column can hold: arrays do not hold `{Self}`",
    label = "not a type of elements",
    note = "arrays hold the scalars that columns hold, choices, types with #[derive(ColumnType)] around those, Option of them, and Vec of all that",
    note = "for a list of anything that serde reads and writes: Json<Vec<{Self}>>",
    note = "for rows of another model write ManyToMany<Tag>"
)]
pub trait ArrayElement: Sized + Send + Sync + 'static {
    /// The choices that its elements are of, if they are.
    #[doc(hidden)]
    const CHOICES: Option<&'static ChoicesFacts> = None;

    /// The type of an array of it.
    #[doc(hidden)]
    fn array_type() -> ArrayType;

    /// The value within an array.
    #[doc(hidden)]
    fn to_element(&self) -> Value<'_>;

    /// The value within an array, moved instead of copied.
    #[doc(hidden)]
    fn into_element(self) -> Value<'static>;

    /// The next value of an array whose levels below have these lengths.
    #[doc(hidden)]
    fn take(lengths: &[usize], elements: &mut Elements<'_>) -> Result<Self>;
}

/// A scalar that arrays hold, also as an `Option`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an array does not hold `Option<{Self}>`",
    label = "elements that may be NULL are scalars",
    note = "an array may be NULL as a whole: Option<Vec<T>>"
)]
pub trait Scalar: ColumnType<Base = Self> {
    #[doc(hidden)]
    const ELEMENT: ElementType;
}

/// What an array holds as it is.
macro_rules! elements {
    ($(#[$attribute:meta])* [$($generics:tt)*] $ty:ty) => {
        $(#[$attribute])*
        impl<$($generics)*> ArrayElement for $ty {
            const CHOICES: Option<&'static ChoicesFacts> = <$ty as ColumnType>::CHOICES;

            fn array_type() -> ArrayType {
                ArrayType::of_scalar::<Self>()
            }

            fn to_element(&self) -> Value<'_> {
                self.encode()
            }

            fn into_element(self) -> Value<'static> {
                self.into_value()
            }

            fn take(lengths: &[usize], elements: &mut Elements<'_>) -> Result<Self> {
                elements.take(lengths)
            }
        }
    };
}

/// An enum of choices as an element. Not for all at once: what is around a type of columns is one by that type.
#[doc(hidden)]
#[macro_export]
macro_rules! __choices_element {
    ($choices:ty, $kind:expr) => {
        #[automatically_derived]
        impl $crate::__private::Scalar for $choices {
            const ELEMENT: $crate::__private::ElementType = $kind;
        }

        #[automatically_derived]
        impl $crate::__private::ArrayElement for $choices {
            const CHOICES: ::core::option::Option<&'static $crate::__private::ChoicesFacts> =
                <$choices as $crate::__private::ColumnType>::CHOICES;

            fn array_type() -> $crate::__private::ArrayType {
                $crate::__private::ArrayType::of_scalar::<Self>()
            }

            fn to_element(&self) -> $crate::__private::Value<'_> {
                $crate::__private::ColumnType::encode(self)
            }

            fn into_element(self) -> $crate::__private::Value<'static> {
                $crate::__private::ColumnType::into_value(self)
            }

            fn take(
                lengths: &[usize],
                elements: &mut $crate::__private::Elements<'_>,
            ) -> $crate::__private::Result<Self> {
                elements.take(lengths)
            }
        }
    };
}

macro_rules! scalars {
    ($($ty:ty = $kind:ident),* $(,)?) => {$(
        impl Scalar for $ty {
            const ELEMENT: ElementType = ElementType::$kind;
        }

        elements!([] $ty);
    )*};
}
scalars! {
    bool = Bool, i8 = TinyInt, i16 = SmallInt, i32 = Int, i64 = BigInt, u16 = UnsignedSmallInt, u32 = UnsignedInt,
    u64 = UnsignedBigInt, f32 = Real, f64 = Double, String = Text, Vec<u8> = Bytes, std::time::Duration = Duration,
    std::net::IpAddr = IpAddress, std::net::Ipv4Addr = Ipv4Address, std::net::Ipv6Addr = Ipv6Address,
}
// A `Vec<u8>` is bytes, and not an array of numbers: those may be NULL, or are of a type of their own.
impl Scalar for u8 {
    const ELEMENT: ElementType = ElementType::UnsignedTinyInt;
}
#[cfg(feature = "chrono")]
scalars! {
    chrono::NaiveDate = Date, chrono::NaiveTime = Time, chrono::NaiveDateTime = DateTime,
    chrono::DateTime<chrono::Utc> = Timestamp, chrono::TimeDelta = Duration,
}
#[cfg(feature = "time")]
scalars!(time::Duration = Duration);
#[cfg(feature = "jiff")]
scalars!(jiff::SignedDuration = Duration);
#[cfg(feature = "uuid")]
scalars!(uuid::Uuid = Uuid);
#[cfg(feature = "decimal")]
scalars!(rust_decimal::Decimal = Decimal);
#[cfg(feature = "cidr")]
scalars!(cidr::IpInet = Inet, cidr::IpCidr = Cidr);
#[cfg(feature = "macaddr")]
scalars!(macaddr::MacAddr6 = MacAddress);

impl<T: RangeBound> Scalar for Range<T> {
    const ELEMENT: ElementType = match ElementType::of(T::RANGE) {
        Some(element) => element,
        None => panic!("arrays hold every type of ranges"),
    };
}

elements!([T: RangeBound] Range<T>);

#[diagnostic::do_not_recommend]
impl<T: Newtype<Inner: Scalar>> Scalar for T {
    const ELEMENT: ElementType = T::Inner::ELEMENT;
}

elements!(#[diagnostic::do_not_recommend] [T: Newtype<Inner: Scalar>] T);

impl<T: Scalar> ArrayElement for Option<T> {
    const CHOICES: Option<&'static ChoicesFacts> = <T as ColumnType>::CHOICES;

    fn array_type() -> ArrayType {
        ArrayType::of_scalar::<T>().with_nulls()
    }

    fn to_element(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::encode)
    }

    fn into_element(self) -> Value<'static> {
        self.map_or(Value::Null, T::into_value)
    }

    fn take(lengths: &[usize], elements: &mut Elements<'_>) -> Result<Self> {
        match elements.scalar(lengths)? {
            Element::Null => Ok(None),
            element => element.read::<T>().map(Some),
        }
    }
}

impl<T: ArrayElement> ArrayElement for Vec<T> {
    const CHOICES: Option<&'static ChoicesFacts> = T::CHOICES;

    fn array_type() -> ArrayType {
        T::array_type().deeper()
    }

    fn to_element(&self) -> Value<'_> {
        Value::Array(self.iter().map(T::to_element).collect())
    }

    fn into_element(self) -> Value<'static> {
        Value::Array(self.into_iter().map(T::into_element).collect())
    }

    fn take(lengths: &[usize], elements: &mut Elements<'_>) -> Result<Self> {
        let Some((&length, below)) = lengths.split_first() else {
            return Err(elements.shape());
        };
        (0..length).map(|_| T::take(below, elements)).collect()
    }
}

impl<T: ArrayElement> ColumnType for Vec<T> {
    type Base = Vec<T>;

    const CHOICES: Option<&'static ChoicesFacts> = T::CHOICES;

    fn field_type() -> FieldType {
        FieldType::Array(T::array_type())
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        let ty = T::array_type();
        let (lengths, mut elements) = Elements::of(cell, ty)?;
        match lengths.as_slice() {
            [] => Ok(Vec::new()),
            lengths => Self::take(lengths, &mut elements),
        }
    }

    fn encode(&self) -> Value<'_> {
        checked(self.iter().map(T::to_element).collect())
    }

    fn into_value(self) -> Value<'static> {
        checked(self.into_iter().map(T::into_element).collect())
    }
}

/// The array of these elements, or why no database holds it.
pub(crate) fn checked(elements: Vec<Value<'_>>) -> Value<'_> {
    match shape(&elements) {
        Ok(_) => Value::Array(elements),
        Err(reason) => Value::Refused(reason),
    }
}

/// The length of each level of a rectangular array; none if it is empty.
pub(crate) fn shape(elements: &[Value<'_>]) -> Result<Vec<usize>, &'static str> {
    let Some(first) = elements.first() else {
        return Ok(Vec::new());
    };
    let mut lengths = vec![elements.len()];
    if let Value::Array(inner) = first {
        let below = shape(inner)?;
        if below.is_empty() {
            return Err(HOLLOW);
        }
        lengths.extend(below);
    }
    for element in elements {
        match element {
            Value::Array(inner) if lengths.len() == 1 || shape(inner)? != lengths[1..] => return Err(RAGGED),
            Value::Array(_) => {}
            Value::Refused(reason) => return Err(reason),
            Value::List(_) => return Err("an array does not hold lists of values"),
            _ if lengths.len() > 1 => return Err(RAGGED),
            _ => {}
        }
    }
    match lengths.len() <= usize::from(MOST_LEVELS) {
        true => Ok(lengths),
        false => Err("an array has more than 6 levels, which databases do not have"),
    }
}

/// One element as the database has it.
#[doc(hidden)]
pub enum Element<'a> {
    /// NULL
    Null,
    #[cfg(feature = "sqlite")]
    Sqlite(rusqlite::types::Value),
    #[cfg(feature = "postgres")]
    Postgres(&'a postgres_types::Type, &'a [u8]),
    #[allow(dead_code, reason = "keeps the lifetime where no backend is enabled")]
    Other(std::marker::PhantomData<&'a ()>),
}

impl Element<'_> {
    /// The element, as a column would have it.
    pub(crate) fn cell(&self) -> Cell<'_> {
        match self {
            Element::Null => Cell::Null,
            #[cfg(feature = "sqlite")]
            Element::Sqlite(value) => Cell::Sqlite(value.into()),
            #[cfg(feature = "postgres")]
            Element::Postgres(ty, raw) => Cell::Postgres(ty, raw),
            Element::Other(_) => Cell::Other(std::marker::PhantomData),
        }
    }

    fn read<T: ColumnType>(&self) -> Result<T> {
        T::decode(self.cell()).map_err(|error| error.context("an element of an array"))
    }
}

/// The length of each level of an array, and its elements.
fn parts<'a>(cell: Cell<'a>, ty: ArrayType) -> Result<(Vec<usize>, Vec<Element<'a>>)> {
    match cell {
        #[cfg(feature = "sqlite")]
        Cell::Sqlite(rusqlite::types::ValueRef::Text(text)) => std::str::from_utf8(text)
            .ok()
            .and_then(Tokens::read)
            .and_then(|(lengths, tokens)| {
                let elements = tokens.into_iter().map(|token| token.element(ty.element()));
                Some((lengths, elements.collect::<Option<Vec<_>>>()?))
            })
            .ok_or_else(|| cell.mismatch(&format!("an array of type {ty}"))),
        #[cfg(feature = "postgres")]
        Cell::Postgres(of, raw) => super::postgres::array_elements(of, raw)
            .ok_or_else(|| cell.mismatch(&format!("an array of type {ty}"))),
        other => Err(other.mismatch(&format!("an array of type {ty}"))),
    }
}

/// The elements of an array from its first to its last, whatever its levels.
#[doc(hidden)]
pub struct Elements<'a> {
    elements: std::vec::IntoIter<Element<'a>>,
}

impl<'a> Elements<'a> {
    /// The length of each level and the elements of an array.
    ///
    /// # Errors
    /// If it is no array of that many levels.
    pub(crate) fn of(cell: Cell<'a>, ty: ArrayType) -> Result<(Vec<usize>, Self)> {
        let (lengths, elements) = parts(cell, ty)?;
        let elements = Elements {
            elements: elements.into_iter(),
        };
        match lengths.is_empty() || lengths.len() == usize::from(ty.levels()) {
            true => Ok((lengths, elements)),
            false => Err(elements.shape()),
        }
    }

    /// The next element, below whose level are no others.
    #[doc(hidden)]
    pub fn take<T: ColumnType>(&mut self, lengths: &[usize]) -> Result<T> {
        self.scalar(lengths)?.read::<T>()
    }

    fn scalar(&mut self, lengths: &[usize]) -> Result<Element<'a>> {
        match (lengths, self.elements.next()) {
            ([], Some(element)) => Ok(element),
            _ => Err(self.shape()),
        }
    }

    #[cold]
    fn shape(&self) -> Error {
        Error::new(
            Kind::Decode,
            "expected an array of other levels than the database holds",
        )
        .with_hint("let the field have one `Vec` for each level of the arrays that are there")
    }
}

/// The array of a column that holds elements of that type, read without a Rust type for it.
pub(crate) fn read(cell: Cell<'_>, ty: ArrayType) -> Result<Value<'static>> {
    fn take(lengths: &[usize], elements: &mut Elements<'_>, ty: FieldType) -> Result<Value<'static>> {
        match lengths.split_first() {
            None => super::owned_cell::value_of(elements.scalar(lengths)?.cell(), ty),
            Some((&length, below)) => (0..length)
                .map(|_| take(below, elements, ty))
                .collect::<Result<_>>()
                .map(Value::Array),
        }
    }
    let (lengths, mut elements) = Elements::of(cell, ty)?;
    match lengths.as_slice() {
        [] => Ok(Value::Array(Vec::new())),
        lengths => take(lengths, &mut elements, ty.element()),
    }
}
