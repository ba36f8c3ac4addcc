//! What differs between dialects when an expression is rendered. Each backend implements it in a file of its own.

use std::borrow::Cow;

use sea_query::{Expr, ExprTrait, FunctionCall, QueryStatementWriter};

use crate::error::Result;
use crate::expr::{Spelling, Spellings};
use crate::model::{ColumnMeta, ModelMeta};
use crate::value::FieldType;

use super::Placeholder;
use super::spell::SqlContext;
use super::writer::Writer;

/// How an operand is compared.
pub(super) struct Compared<'a> {
    /// What it is compared as.
    pub ty: FieldType,
    /// Whether arithmetic made it or what it is compared with.
    pub computed: bool,
    /// Whether their order counts, not only whether they are equal.
    pub order: bool,
    /// Whether it is the first operand, which says how all are compared.
    pub first: bool,
    /// For a native enum: its values in order.
    pub enumeration: Option<&'a [&'a str]>,
    /// Where the comparison stands.
    pub context: SqlContext,
}

/// A dialect's way of saying things.
pub(super) trait Rules: Sync {
    /// Which of the spellings of a function are the dialect's.
    fn spelling(&self, spellings: &Spellings, context: SqlContext) -> Spelling;
    /// What stands for the operand of that number, from 1, in a text that is completed by operands.
    fn placeholder(&self, number: usize) -> Cow<'static, str>;
    /// Whether `left` is one of the values of the list at `position`.
    fn in_list(&self, left: Expr, position: u32, ty: Option<FieldType>) -> Expr;
    /// The list of values at `position` as rows, and the name of their column: where that is faster than
    /// [`in_list`](Rules::in_list), if an index has the rows of each value.
    fn list_as_rows(&self, position: u32) -> Option<(FunctionCall, &'static str)> {
        let _ = position;
        None
    }
    /// An operand of a comparison, with whatever makes its type compare as it does everywhere.
    ///
    /// # Errors
    /// If the dialect cannot compare such values there.
    fn comparable(&self, operand: Expr, compared: &Compared<'_>) -> Result<Expr>;
    /// An operand of type `ty` of arithmetic whose result is of type `result`.
    fn number(&self, operand: Expr, ty: FieldType, result: FieldType, context: SqlContext) -> Expr;
    /// The value of a native enum of that rank.
    fn unranked(&self, rank: Expr, values: &[&str]) -> Expr {
        let _ = values;
        rank
    }
    /// A bound value as one of type `ty`.
    fn cast(&self, operand: Expr, ty: FieldType) -> Expr {
        let _ = ty;
        operand
    }
    /// Whether NULL must be placed explicitly to stand before everything.
    fn places_nulls(&self) -> bool;
    /// The type of a list of values for a column, where the dialect has [`rows_from_lists`] and the type of
    /// the column is known to be ours.
    ///
    /// [`rows_from_lists`]: super::Dialect::rows_from_lists
    fn list_type(&self, column: &ColumnMeta) -> Option<Cow<'static, str>> {
        let _ = column;
        None
    }
    /// Text and placeholders of a statement.
    fn build(&self, statement: &dyn Buildable) -> Result<(String, Vec<Placeholder>)>;
    /// Text of an expression without bound values.
    fn text(&self, expr: &Expr) -> String;
}

/// A sea-query statement, whichever kind.
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

/// A column in a result: as text, where the database may have made its type for itself and the dialect reads no such type.
pub(super) fn read(expr: Expr, column: &ColumnMeta, meta: &ModelMeta, dialect: &super::Dialect) -> Expr {
    match !dialect.own_types && may_be_own(column, meta) {
        true => expr.cast_as("text"),
        false => expr,
    }
}

/// Native enums are, and what is text to us may be in somebody else's table.
pub(super) fn may_be_own(column: &ColumnMeta, meta: &ModelMeta) -> bool {
    let text = matches!(column.storage, FieldType::Text | FieldType::Choices);
    column.enumeration.is_some() || (meta.def.unmanaged && text)
}

/// The rules of a backend.
pub(super) fn rules(dialect: &super::Dialect) -> &'static dyn Rules {
    match dialect.backend {
        super::Backend::Sqlite => &super::sqlite::SqliteRules,
        super::Backend::Postgres => &super::postgres::PostgresRules,
    }
}

/// A small number that stands in the text.
pub(super) fn number(value: i32) -> Expr {
    Expr::Constant(value.into())
}
