//! What differs between dialects when expressions are rendered. Each backend implements it in a file of its own.

use std::borrow::Cow;

use sea_query::{Expr, ExprTrait, FunctionCall, QueryStatementWriter, SelectStatement};

use crate::error::Result;
use crate::expr::{Digits, Enumeration, Leaves, Spelling, Spellings, Typed};
use crate::model::{ColumnMeta, ModelMeta};
use crate::value::FieldType;

use super::Placeholder;
use super::spell::SqlContext;
use super::writer::Writer;

/// How an operand is compared.
pub(super) struct Compared<'a> {
    /// The type it is compared as.
    pub ty: FieldType,
    /// Whether it, or the other operand, is computed by arithmetic.
    pub computed: bool,
    /// Whether the comparison is one of order, not only of equality.
    pub order: bool,
    /// Whether it is the first operand, which decides how all are compared.
    pub first: bool,
    /// Of a decimal that this operand computes: what is known of its digits.
    pub decimal: Option<ComputedDecimal>,
    /// The native enum that it is of.
    pub enumeration: Option<&'a Enumeration<'a>>,
    /// Where the comparison occurs.
    pub context: SqlContext,
}

/// The digits of a decimal that is computed and compared.
pub(super) struct ComputedDecimal {
    /// The most digits it can have, where they are known.
    pub digits: Option<Digits>,
    /// Whether a floating-point number preserves what it is compared with.
    pub others_fit: bool,
}

impl ComputedDecimal {
    /// Of one operand of a comparison.
    pub fn of<L: Leaves>(part: &Typed<'_, '_, L>, all: &[Typed<'_, '_, L>]) -> Option<Self> {
        if part.ty != Some(FieldType::Decimal) || !part.computed {
            return None;
        }
        let mut others = all.iter().filter(|other| !std::ptr::eq(*other, part));
        Some(ComputedDecimal {
            digits: part.digits,
            others_fit: others.all(|other| other.digits.is_some_and(Digits::fits)),
        })
    }

    /// The decimal places to which it is exact where it is computed with floating-point numbers. One that may have too many
    /// digits for them has, then, too many to be near to what has few.
    pub fn exact_places(&self) -> Option<i32> {
        let digits = self.digits.filter(|digits| digits.exact)?;
        let places = i32::try_from(digits.places).ok()?;
        (digits.fits() || self.others_fit).then_some(places)
    }
}

/// A dialect's rendering rules.
pub(super) trait Rules: Sync {
    /// How its text is split into tokens.
    fn lexical_rules(&self) -> super::lexis::LexicalRules;
    /// The dialect's spellings of a function.
    fn spelling(&self, spellings: &Spellings, context: SqlContext) -> Spelling;
    /// The placeholder for the operand of that number, from 1, in a sea-query template.
    fn placeholder(&self, number: usize) -> Cow<'static, str>;
    /// Whether `left` is in the list of values at `position`.
    fn in_list(&self, left: Expr, position: u32, ty: Option<FieldType>) -> Expr;
    /// The list of values at `position` as rows, and the name of their column, where that is faster than
    /// [`in_list`](Rules::in_list) given an index on the column.
    fn list_as_rows(&self, position: u32) -> Option<(FunctionCall, &'static str)> {
        let _ = position;
        None
    }
    /// The rows that lists make, a list for each of these columns from the value at `position` on: the first row of what each holds first.
    fn rows_of_lists(&self, columns: &[&ColumnMeta], position: u32) -> SelectStatement;
    /// An operand of a comparison, in a form that compares the same on every backend.
    ///
    /// # Errors
    /// If the dialect cannot compare such values in this context.
    fn comparable(&self, operand: Expr, compared: &Compared<'_>) -> Result<Expr>;
    /// An operand of type `ty` in arithmetic whose result has type `result`.
    fn number(&self, operand: Expr, ty: FieldType, result: FieldType, context: SqlContext) -> Expr;
    /// Whether values of a native enum are ordered by their positions in it, because the database knows them as strings.
    fn ranks(&self, enumeration: &Enumeration<'_>) -> bool;
    /// A bound value, cast to type `ty`.
    fn cast(&self, operand: Expr, ty: FieldType) -> Expr {
        let _ = ty;
        operand
    }
    /// A bound value, cast to the type of a column.
    fn cast_for(&self, operand: Expr, column: &ColumnMeta) -> Expr {
        self.cast(operand, column.storage)
    }
    /// A string whose letters get the case that the database itself knows.
    fn cased(&self, operand: Expr) -> Expr {
        operand
    }
    /// The text of a path into a document that is known: of keys, which hold no quotes.
    fn json_path(&self, keys: &[&str]) -> String;
    /// A string in a form in which only equal strings are equal, whatever its collation.
    fn exact_string(&self, operand: Expr) -> Expr;
    /// A value as one of the native enum of that name, or an array of such.
    fn cast_enumeration(&self, operand: Expr, name: &str, ty: Option<FieldType>) -> Expr {
        let _ = (name, ty);
        operand
    }
    /// Whether `NULLS FIRST` is needed to put NULL before everything.
    /// The keys on the way to a row of a tree, as an array: those to the row above it, and its own.
    fn path_of_keys(&self, above: Option<Expr>, key: Expr, ty: FieldType) -> Expr;

    /// What orders the rows of a tree depth first, from that of the row above and the row's key.
    fn place_of_keys(&self, above: Option<Expr>, key: Expr, ty: FieldType) -> Expr;

    /// The same, once it is whole.
    fn place_as_bytes(&self, place: Expr) -> Expr {
        place
    }

    fn places_nulls(&self) -> bool;
    /// The type of a list of values for a column, where the dialect has [`rows_from_lists`] and the type of
    /// the column is known to be ours.
    ///
    /// [`rows_from_lists`]: super::Dialect::rows_from_lists
    fn list_type(&self, column: &ColumnMeta) -> Option<Cow<'static, str>> {
        let _ = column;
        None
    }
    /// The SQL and placeholders of a statement.
    fn build(&self, statement: &dyn Buildable) -> Result<(String, Vec<Placeholder>)>;
    /// The SQL of an expression without bound values.
    fn text(&self, expr: &Expr) -> String;
}

/// A sea-query statement of any kind.
pub(super) trait Buildable {
    fn write_sqlite(&self, writer: &mut Writer);
    fn write_postgres(&self, writer: &mut Writer);
}

impl<S: QueryStatementWriter> Buildable for S {
    fn write_sqlite(&self, writer: &mut Writer) {
        self.build_collect_into(sea_query::SqliteQueryBuilder, writer);
    }

    fn write_postgres(&self, writer: &mut Writer) {
        self.build_collect_into(sea_query::PostgresQueryBuilder, writer);
    }
}

/// A column of the result, cast to text where the dialect cannot read the column's own type.
pub(super) fn read(expr: Expr, column: &ColumnMeta, meta: &ModelMeta, dialect: &super::Dialect) -> Expr {
    match own_as_text(column, meta).filter(|_| !dialect.own_types) {
        Some(text) => expr.cast_as(text),
        None => expr,
    }
}

/// The type as which a column is read that may be of a type of the database's own: native enums, and strings, which a
/// table of others or a view may have in such a type; also arrays of both.
pub(super) fn own_as_text(column: &ColumnMeta, meta: &ModelMeta) -> Option<&'static str> {
    match column.enumeration.is_some() || !meta.def.makes_table() {
        true => string_as_text(column.storage),
        false => None,
    }
}

/// The type as which strings and arrays of strings are read, where they may be of a type of the database's own.
pub(super) fn string_as_text(ty: FieldType) -> Option<&'static str> {
    let is_string = ty.scalar().without_choices() == FieldType::Text;
    is_string.then_some(match ty {
        FieldType::Array(_) => "text[]",
        _ => "text",
    })
}

/// The rules of a backend.
pub(super) fn rules(dialect: &super::Dialect) -> &'static dyn Rules {
    match dialect.backend {
        super::Backend::Sqlite => &super::sqlite::SqliteRules,
        super::Backend::Postgres => &super::postgres::PostgresRules,
    }
}

/// A small number, written literally.
pub(super) fn number(value: i32) -> Expr {
    Expr::Constant(value.into())
}
