//! Structs of fields that models share: their columns lie among those of the model that holds them.

use crate::error::Result;
use crate::expr::RowSource;
use crate::value::{Cell, Row, Value};

use super::{AssignedColumns, FieldSpec, Join, MetaSlot, Outer};

/// A struct of fields that models share. [Derive it](derive@crate::Embed), and put it into a model with `#[orm(embed)]`; nothing here
/// is called by hand.
///
/// # Example: a function for every embed
///
/// ```
/// # use orm::prelude::*;
/// use orm::Embed;
///
/// #[derive(Embed)]
/// struct Address {
///     street: String,
///     city: String,
/// }
///
/// fn columns<E: Embed>() -> u16 {
///     E::COLUMNS
/// }
/// assert_eq!(columns::<Address>(), 2);
/// ```
pub trait Embed: Sized + Send + Sync + 'static {
    /// The fields as parts of a query: what `p.address` is in closures.
    type Fields<J: Join>: Copy + Send + Sync + 'static;

    /// The fields with those of embeds inside, each a column.
    #[doc(hidden)]
    const FIELDS: &'static [FieldSpec];

    /// How many columns it has.
    const COLUMNS: u16 = Self::FIELDS.len() as u16;

    /// Whether a new row has to give it: one of its fields has no default.
    #[doc(hidden)]
    const REQUIRED: bool;

    /// Whether the database computes columns of it.
    #[doc(hidden)]
    const COMPUTED: bool = false;

    /// Its fields at a place of a model.
    #[doc(hidden)]
    fn fields<J: Join>(place: EmbedPlace) -> Self::Fields<J>;

    /// Reads it from a row, where its columns start at position `at`.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    #[doc(hidden)]
    fn decode(row: &Row<'_>, at: usize) -> Result<Self>;

    /// The values of its columns, in order.
    #[doc(hidden)]
    fn encode<'a>(&'a self, out: &mut Vec<Value<'a>>);

    /// Sets the `auto_now` fields to the current time.
    #[doc(hidden)]
    fn touch(&mut self) {}

    /// Assigns every unassigned column whose default Rust code computes; its columns start at position `at`.
    #[doc(hidden)]
    fn fill(row: &mut AssignedColumns, at: usize) {
        let _ = (row, at);
    }
}

/// What a field with `#[orm(embed)]` can be: an embed, or an `Option` of one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of fields that models share",
    label = "does not derive `Embed`",
    note = "add #[derive(Embed)] to the struct: its fields are columns of the model",
    note = "a field with one column needs no `embed`"
)]
pub trait EmbedField: Sized + Send + Sync + 'static {
    /// The fields as parts of a query.
    type Fields<J: Join>: Copy + Send + Sync + 'static;

    /// The fields of the struct.
    const FIELDS: &'static [FieldSpec];
    /// How many columns there are.
    const COLUMNS: u16 = Self::FIELDS.len() as u16;
    /// Whether it may be missing as a whole.
    const OPTIONAL: bool;
    /// Whether a new row has to give it.
    const REQUIRED: bool;
    /// Whether the database computes columns of it.
    const COMPUTED: bool;

    /// As [`Embed::fields`].
    fn fields<J: Join>(place: EmbedPlace) -> Self::Fields<J>;
    /// As [`Embed::decode`].
    ///
    /// # Errors
    /// As there.
    fn decode(row: &Row<'_>, at: usize) -> Result<Self>;
    /// As [`Embed::encode`].
    fn encode<'a>(&'a self, out: &mut Vec<Value<'a>>);
    /// As [`Embed::touch`].
    fn touch(&mut self);
    /// As [`Embed::fill`].
    fn fill(row: &mut AssignedColumns, at: usize);
}

#[diagnostic::do_not_recommend]
impl<E: Embed> EmbedField for E {
    type Fields<J: Join> = E::Fields<J>;

    const FIELDS: &'static [FieldSpec] = E::FIELDS;
    const OPTIONAL: bool = false;
    const REQUIRED: bool = E::REQUIRED;
    const COMPUTED: bool = E::COMPUTED;

    #[inline]
    fn fields<J: Join>(place: EmbedPlace) -> E::Fields<J> {
        E::fields(place)
    }

    #[inline]
    fn decode(row: &Row<'_>, at: usize) -> Result<Self> {
        E::decode(row, at)
    }

    #[inline]
    fn encode<'a>(&'a self, out: &mut Vec<Value<'a>>) {
        E::encode(self, out);
    }

    fn touch(&mut self) {
        E::touch(self);
    }

    fn fill(row: &mut AssignedColumns, at: usize) {
        E::fill(row, at);
    }
}

#[diagnostic::do_not_recommend]
impl<E: Embed> EmbedField for Option<E> {
    /// Any of its values may be NULL, as of a row that may not be there.
    type Fields<J: Join> = E::Fields<Outer>;

    const FIELDS: &'static [FieldSpec] = E::FIELDS;
    const OPTIONAL: bool = true;
    const REQUIRED: bool = false;
    const COMPUTED: bool = E::COMPUTED;

    #[inline]
    fn fields<J: Join>(place: EmbedPlace) -> E::Fields<Outer> {
        E::fields(place)
    }

    /// `None` where every column that a program writes is NULL.
    fn decode(row: &Row<'_>, at: usize) -> Result<Self> {
        for (column, field) in (at..).zip(E::FIELDS) {
            if field.generated_as.is_none() && !matches!(row.cell(column)?, Cell::Null) {
                return E::decode(row, at).map(Some);
            }
        }
        Ok(None)
    }

    fn encode<'a>(&'a self, out: &mut Vec<Value<'a>>) {
        match self {
            Some(embed) => embed.encode(out),
            None => out.extend(E::FIELDS.iter().map(|_| Value::Null)),
        }
    }

    fn touch(&mut self) {
        if let Some(embed) = self {
            embed.touch();
        }
    }

    /// A row that does not give it is without it, whatever the defaults of its fields.
    fn fill(_: &mut AssignedColumns, _: usize) {}
}

/// Where the fields of an embed are: the rows, the model, and the position of the first among its fields and its columns. A
/// many-to-many field is a field without a column, so these differ.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct EmbedPlace {
    rows: RowSource,
    slot: &'static MetaSlot,
    field: u16,
    column: u16,
}

impl EmbedPlace {
    /// Among the fields of a model.
    #[inline]
    pub fn new(rows: RowSource, slot: &'static MetaSlot, field: u16, column: u16) -> Self {
        EmbedPlace {
            rows,
            slot,
            field,
            column,
        }
    }

    /// Of an embed that is so many fields into this one.
    #[inline]
    pub fn within(self, fields: u16) -> Self {
        EmbedPlace {
            field: self.field + fields,
            column: self.column + fields,
            ..self
        }
    }

    /// The rows of the model.
    #[inline]
    pub fn rows(self) -> RowSource {
        self.rows
    }

    /// The model's slot.
    #[inline]
    pub fn slot(self) -> &'static MetaSlot {
        self.slot
    }

    /// The position of a field among those of the model.
    #[inline]
    pub fn field(self, field: u16) -> u16 {
        self.field + field
    }

    /// The position of a column among those of the model.
    #[inline]
    pub fn column(self, column: u16) -> u16 {
        self.column + column
    }
}
