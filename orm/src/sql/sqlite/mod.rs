//! SQLite's way of saying things.
//!
//! LIKE ignores case for ASCII only and stops at a NUL, so text lookups go through functions that see the whole text;
//! prefixes are a range, which an index serves. What SQLite has no function for is registered by the connection.

use std::borrow::Cow;

use sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall, QueryBuilder};

use crate::error::{Error, Result};
use crate::expr::{Spelling, Spellings};
use crate::value::FieldType;

use super::rules::{Buildable, Compared, Rules, number};
use super::spell::SqlContext;
use super::writer::{self, Writer};
use super::{Placeholder, Transform};

pub(super) struct SqliteRules;

fn call(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Func::cust(name).args(arguments).into()
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
    fn spelling(&self, spellings: &Spellings, context: SqlContext) -> Spelling {
        match context {
            SqlContext::Query => spellings.sqlite,
            SqlContext::Table => spellings.sqlite_tables,
        }
    }

    fn placeholder(&self, _: usize) -> Cow<'static, str> {
        Cow::Borrowed("?")
    }

    fn in_list(&self, left: Expr, position: u32, ty: Option<FieldType>) -> Expr {
        let list = writer::param(position, Transform::None);
        match ty {
            // The list has JSON as it is bound; what it is compared with is canonical.
            Some(FieldType::Json) => {
                Expr::cust_with_exprs("? IN (SELECT orm_json(value) FROM rarray(?))", [left, list])
            }
            _ => Expr::cust_with_exprs("? IN rarray(?)", [left, list]),
        }
    }

    // `IN` sorts the list into a table of its own first. A cross join keeps its order:
    // https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join
    fn list_as_rows(&self, position: u32) -> Option<(FunctionCall, &'static str)> {
        let list = writer::param(position, Transform::None);
        Some((Func::cust("rarray").arg(list), "value"))
    }

    fn comparable(&self, operand: Expr, compared: &Compared<'_>) -> Result<Expr> {
        if let Some(values) = compared.enumeration.filter(|_| compared.order) {
            return Ok(ranked(operand, values));
        }
        Ok(match (compared.ty, compared.context) {
            // Equal decimals are equal strings; their order is that of numbers.
            (FieldType::Decimal, SqlContext::Query) if compared.order && compared.first => {
                Expr::cust_with_exprs("? COLLATE \"orm_decimal\"", [operand])
            }
            // Beside a computed one a stored decimal is a number, too. To 15 digits.
            (FieldType::Decimal, SqlContext::Table) if compared.order || compared.computed => {
                operand.cast_as("REAL")
            }
            (FieldType::Json, SqlContext::Query) => call("orm_json", [operand]),
            (FieldType::Json, SqlContext::Table) => {
                return Err(Error::unsupported(
                    "JSON cannot be compared in a check or a generated column: SQLite has no canonical form of it",
                )
                .with_hint("compare it where rows are read or written"));
            }
            _ => operand,
        })
    }

    // A program without the connection's exact functions has to be able to open the table, which so computes to 15 digits.
    fn number(&self, operand: Expr, ty: FieldType, _: FieldType, context: SqlContext) -> Expr {
        match (ty, context) {
            (FieldType::Decimal, SqlContext::Table) => operand.cast_as(Alias::new("REAL")),
            _ => operand,
        }
    }

    fn unranked(&self, rank: Expr, values: &[&str]) -> Expr {
        let strings = values.iter().zip(0..);
        case(rank, strings.map(|(&text, rank)| (number(rank), literal(text))))
    }

    fn places_nulls(&self) -> bool {
        false
    }

    fn build(&self, statement: &dyn Buildable) -> Result<(String, Vec<Placeholder>)> {
        let mut writer = Writer::new(false);
        statement.write_sqlite(&mut writer);
        writer.into_parts()
    }

    fn text(&self, expr: &Expr) -> String {
        let mut text = String::new();
        sea_query::SqliteQueryBuilder.prepare_expr(expr, &mut text);
        text
    }
}

/// A value of a native enum as its place in the list.
fn ranked(operand: Expr, values: &[&str]) -> Expr {
    let ranks = values.iter().zip(0..);
    case(operand, ranks.map(|(&text, rank)| (literal(text), number(rank))))
}
