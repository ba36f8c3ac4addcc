//! SQLite's way of saying things.
//!
//! LIKE ignores case for ASCII only and stops at a NUL, so text lookups go through functions that see the whole text;
//! prefixes are a range, which an index serves. What SQLite has no function for is registered by the connection.

use sea_query::{Expr, ExprTrait, Func};

use crate::query::{Binary, Place, TextLookup, Unary};
use crate::value::FieldType;

use super::rules::{Buildable, Operand, Rules, common_binary, common_unary, number};
use super::writer::{self, Writer};
use super::{Slot, Transform};

pub(super) struct SqliteRules;

fn call(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Func::cust(name).args(arguments).into()
}

impl Operand {
    /// The operand as it is.
    fn plain(self) -> Expr {
        match self {
            Operand::Param(position) => writer::param(position, Transform::None),
            Operand::Expr(expr) => expr,
        }
    }
}

/// The right side in lower case: values are lowered on the way in.
fn lowered(right: Operand) -> Expr {
    match right {
        Operand::Param(position) => writer::param(position, Transform::Lower),
        Operand::Expr(expr) => call("orm_lower", [expr]),
    }
}

fn blob(expr: Expr) -> Expr {
    expr.cast_as("blob")
}

/// Compares the last bytes; of two UTF-8 texts that is comparing their ends.
fn ends_with(left: Expr, right: Expr) -> Expr {
    let left = blob(left);
    let right = blob(right);
    let length = |expr: &Expr| call("length", [expr.clone()]);
    // Where the right side is longer, what is cut out is shorter than it, and so different.
    let start = length(&left).sub(length(&right)).add(number(1));
    // `substr` of empty bytes is NULL.
    let end = call("substr", [left.clone(), start]);
    call("coalesce", [end, left]).eq(right)
}

/// A text that stands in the statement: one of those that the source of the program names.
fn literal(text: &str) -> Expr {
    Expr::Constant(text.into())
}

/// `CASE operand WHEN .. THEN .. END`, NULL where nothing matches.
fn case(operand: Expr, pairs: impl Iterator<Item = (Expr, Expr)>) -> Expr {
    let mut sql = "CASE ?".to_owned();
    let mut parts = vec![operand];
    for (from, to) in pairs {
        sql.push_str(" WHEN ? THEN ?");
        parts.extend([from, to]);
    }
    sql.push_str(" END");
    Expr::cust_with_exprs(sql, parts)
}

impl Rules for SqliteRules {
    fn text(&self, lookup: TextLookup, left: Expr, right: Operand) -> Expr {
        let (left, right) = if lookup.ignore_case {
            (call("orm_lower", [left]), Operand::Expr(lowered(right)))
        } else {
            (left, right)
        };
        match (lookup.place, right) {
            (Place::Whole, right) => left.eq(right.plain()),
            (Place::Anywhere, right) => call("instr", [left, right.plain()]).gt(number(0)),
            (Place::Start, Operand::Param(position)) => left
                .clone()
                .gte(writer::param(position, Transform::None))
                .and(left.lt(writer::param(position, Transform::PrefixEnd))),
            (Place::Start, Operand::Expr(right)) => call("instr", [left, right]).eq(number(1)),
            (Place::End, right) => ends_with(left, right.plain()),
        }
    }

    fn in_list(&self, left: Expr, position: u32) -> Expr {
        Expr::cust_with_exprs("? IN rarray(?)", [left, writer::param(position, Transform::None)])
    }

    fn binary(&self, op: Binary, left: Expr, right: Expr, ty: Option<FieldType>) -> Expr {
        if ty == Some(FieldType::Decimal) {
            let function = match op {
                Binary::Add => Some("orm_decimal_add"),
                Binary::Sub => Some("orm_decimal_sub"),
                Binary::Mul => Some("orm_decimal_mul"),
                Binary::Div => Some("orm_decimal_div"),
                _ => None,
            };
            if let Some(function) = function {
                return call(function, [left, right]);
            }
        }
        match op {
            Binary::Ne => left.is_not(right),
            op => common_binary(op, left, right),
        }
    }

    fn unary(&self, op: Unary, operand: Expr, ty: Option<FieldType>) -> Expr {
        match (op, ty) {
            (Unary::Sum, Some(FieldType::Decimal)) => call("orm_decimal_sum", [operand]),
            (Unary::Avg, Some(FieldType::Decimal)) => call("orm_decimal_avg", [operand]),
            (Unary::Min | Unary::Max, Some(FieldType::Decimal)) => {
                common_unary(op, self.comparable(operand, ty))
            }
            (Unary::Negate, Some(FieldType::Decimal)) => {
                call("orm_decimal_sub", [Expr::cust("'0'"), operand])
            }
            _ => common_unary(op, operand),
        }
    }

    fn comparable(&self, operand: Expr, ty: Option<FieldType>) -> Expr {
        match ty {
            Some(FieldType::Decimal) => Expr::cust_with_exprs("? COLLATE \"orm_decimal\"", [operand]),
            _ => operand,
        }
    }

    fn ranked(&self, operand: Expr, values: &[&str]) -> Expr {
        let ranks = values.iter().zip(0..);
        case(operand, ranks.map(|(&text, rank)| (literal(text), number(rank))))
    }

    fn extreme(&self, op: Unary, operand: Expr, values: &[&str]) -> Expr {
        let rank = common_unary(op, self.ranked(operand, values));
        let texts = values.iter().zip(0..);
        case(rank, texts.map(|(&text, rank)| (number(rank), literal(text))))
    }

    fn places_nulls(&self) -> bool {
        false
    }

    fn build(&self, statement: &dyn Buildable) -> (String, Vec<Slot>) {
        let mut writer = Writer::new(false);
        statement.write_sqlite(&mut writer);
        writer.into_parts()
    }
}
