//! What differs between dialects when an expression is rendered. Each backend implements it in a file of its own.

use std::borrow::Cow;

use sea_query::{Expr, ExprTrait, QueryStatementWriter};

use crate::model::{ColumnMeta, ModelMeta};
use crate::query::{Binary, TextLookup, Unary};
use crate::value::FieldType;

use super::Slot;
use super::writer::Writer;

/// The right side of a lookup: a value on its way in, which can be transformed, or anything else.
#[derive(Clone)]
pub(super) enum Operand {
    /// The value at this position.
    Param(u32),
    /// Any expression.
    Expr(Expr),
}

/// A dialect's way of saying things.
pub(super) trait Rules: Sync {
    /// A lookup in text.
    fn text(&self, lookup: TextLookup, left: Expr, right: Operand) -> Expr;
    /// Whether `left` is one of the values of the list at `position`.
    fn in_list(&self, left: Expr, position: u32) -> Expr;
    /// A comparison or arithmetic of two operands of type `ty`.
    fn binary(&self, op: Binary, left: Expr, right: Expr, ty: Option<FieldType>) -> Expr;
    /// A function or aggregate of an operand of type `ty`.
    fn unary(&self, op: Unary, operand: Expr, ty: Option<FieldType>) -> Expr;
    /// An operand of a comparison or an order, with whatever makes its type compare as numbers do.
    fn comparable(&self, operand: Expr, ty: Option<FieldType>) -> Expr;
    /// An operand that is a native enum, as something that orders as its variants do.
    fn ranked(&self, operand: Expr, values: &[&str]) -> Expr {
        let _ = values;
        operand
    }
    /// The least or greatest of the values of a native enum.
    fn extreme(&self, op: Unary, operand: Expr, values: &[&str]) -> Expr {
        let _ = values;
        common_unary(op, operand)
    }
    /// Whether NULL must be placed explicitly to stand before everything.
    fn places_nulls(&self) -> bool;
    /// A column of type `ty` in a result.
    fn output(&self, expr: Expr) -> Expr {
        expr
    }
    /// The type of a list of values for a column, where the dialect has [`rows_from_lists`] and the type of
    /// the column is known to be ours.
    ///
    /// [`rows_from_lists`]: super::Dialect::rows_from_lists
    fn list_type(&self, column: &ColumnMeta) -> Option<Cow<'static, str>> {
        let _ = column;
        None
    }
    /// Text and slots of a statement.
    fn build(&self, statement: &dyn Buildable) -> (String, Vec<Slot>);
}

/// A sea-query statement, whichever kind.
pub(super) trait Buildable {
    #[cfg(feature = "sqlite")]
    fn write_sqlite(&self, writer: &mut Writer);
    #[cfg(feature = "postgres")]
    fn write_postgres(&self, writer: &mut Writer);
}

impl<S: QueryStatementWriter> Buildable for S {
    #[cfg(feature = "sqlite")]
    fn write_sqlite(&self, writer: &mut Writer) {
        self.build_collect_into(sea_query::SqliteQueryBuilder, writer);
    }

    #[cfg(feature = "postgres")]
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
        #[cfg(feature = "sqlite")]
        super::Backend::Sqlite => &super::sqlite::SqliteRules,
        #[cfg(feature = "postgres")]
        super::Backend::Postgres => &super::postgres::PostgresRules,
        // A dialect without its feature has no handle that could ask.
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        _ => &NoRules,
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
struct NoRules;

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
impl Rules for NoRules {
    fn text(&self, _: TextLookup, left: Expr, _: Operand) -> Expr {
        left
    }

    fn in_list(&self, left: Expr, _: u32) -> Expr {
        left
    }

    fn binary(&self, _: Binary, left: Expr, _: Expr, _: Option<FieldType>) -> Expr {
        left
    }

    fn unary(&self, _: Unary, operand: Expr, _: Option<FieldType>) -> Expr {
        operand
    }

    fn comparable(&self, operand: Expr, _: Option<FieldType>) -> Expr {
        operand
    }

    fn places_nulls(&self) -> bool {
        false
    }

    fn build(&self, _: &dyn Buildable) -> (String, Vec<Slot>) {
        (String::new(), Vec::new())
    }
}

/// A small number that stands in the text.
pub(super) fn number(value: i32) -> Expr {
    Expr::Constant(value.into())
}

/// What both dialects say the same way.
pub(super) fn common_binary(op: Binary, left: Expr, right: Expr) -> Expr {
    use sea_query::BinOper;
    let operator = match op {
        Binary::And => BinOper::And,
        Binary::Or => BinOper::Or,
        Binary::Eq => BinOper::Equal,
        Binary::Ne => BinOper::NotEqual,
        Binary::Lt => BinOper::SmallerThan,
        Binary::Le => BinOper::SmallerThanOrEqual,
        Binary::Gt => BinOper::GreaterThan,
        Binary::Ge => BinOper::GreaterThanOrEqual,
        Binary::Add => BinOper::Add,
        Binary::Sub => BinOper::Sub,
        Binary::Mul => BinOper::Mul,
        Binary::Div => BinOper::Div,
        // The renderer sends these to `in_list` and `text`.
        Binary::In => BinOper::In,
        Binary::Text(_) => BinOper::Equal,
    };
    sea_query::ExprTrait::binary(left, operator, right)
}

/// Functions both dialects know by the same name.
pub(super) fn common_unary(op: Unary, operand: Expr) -> Expr {
    use sea_query::{ExprTrait, Func, SimpleExpr};
    let call = |name: &'static str, operand: Expr| -> SimpleExpr { Func::cust(name).arg(operand).into() };
    match op {
        Unary::Not => operand.is_not(Expr::custom_keyword("TRUE")),
        Unary::IsNull => operand.is_null(),
        Unary::IsNotNull => operand.is_not_null(),
        Unary::Negate => number(0).sub(operand),
        Unary::Lower => call("lower", operand),
        Unary::Upper => call("upper", operand),
        Unary::Trim => call("trim", operand),
        Unary::Length => call("length", operand),
        Unary::Count => Func::count(operand).into(),
        Unary::CountDistinct => Func::count_distinct(operand).into(),
        Unary::Sum => Func::sum(operand).into(),
        Unary::Avg => Func::avg(operand).into(),
        Unary::Min => Func::min(operand).into(),
        Unary::Max => Func::max(operand).into(),
    }
}
