//! SQLite's rendering rules.
//!
//! LIKE ignores case for ASCII only and stops at a NUL, so string lookups use functions that see the whole string;
//! prefixes are a range, so that an index can serve them. Functions that SQLite lacks are registered by the
//! connection.

mod lexis;
mod paths;

use std::borrow::Cow;

use sea_query::{
    Alias, Expr, ExprTrait, Func, FunctionCall, Query, QueryBuilder, SelectStatement, UnionType,
};

use crate::error::{Error, Result};
use crate::expr::{Enumeration, Spelling, Spellings};
use crate::model::ColumnMeta;
use crate::value::FieldType;

use super::ranks::ranked;
use super::rules::{Buildable, Compared, ComputedDecimal, Rules, number};
use super::spell::SqlContext;
use super::writer::{self, Writer};
use super::{Placeholder, Transform};

pub(super) struct SqliteRules;

fn call(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Func::cust(name).args(arguments).into()
}

impl Rules for SqliteRules {
    fn lexical_rules(&self) -> super::lexis::LexicalRules {
        lexis::LEXIS
    }

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
            // JSON in the list is in the form in which it was bound; the left side is canonical.
            Some(FieldType::Json) => {
                Expr::cust_with_exprs("? IN (SELECT orm_json(value) FROM rarray(?))", [left, list])
            }
            _ => Expr::cust_with_exprs("? IN rarray(?)", [left, list]),
        }
    }

    // `IN` would first sort the list into a temporary table. A cross join keeps the list's order:
    // https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join
    fn list_as_rows(&self, position: u32) -> Option<(FunctionCall, &'static str)> {
        let list = writer::param(position, Transform::None);
        Some((Func::cust("rarray").arg(list), "value"))
    }

    // A table of a list has no index, by which lists could be joined: their values are sorted together.
    fn rows_of_lists(&self, columns: &[&ColumnMeta], position: u32) -> SelectStatement {
        let value = |at: usize| Alias::new(format!("v{at}"));
        let list = |at: usize, position: u32| {
            let list = Func::cust("rarray").arg(writer::param(position, Transform::None));
            let mut select = Query::select();
            select.expr_as(Expr::cust("rowid"), Alias::new("place"));
            for other in 0..columns.len() {
                let held = if other == at {
                    Expr::col(Alias::new("value"))
                } else {
                    Expr::custom_keyword(Alias::new("NULL"))
                };
                select.expr_as(held, value(other));
            }
            select.from_function(list, Alias::new("list")).to_owned()
        };
        let mut lists = (position..)
            .zip(0..columns.len())
            .map(|(position, at)| list(at, position));
        let mut rows = Query::select();
        for at in 0..columns.len() {
            rows.expr_as(Func::max(Expr::col(value(at))), value(at));
        }
        if let Some(mut all) = lists.next() {
            for list in lists {
                all.union(UnionType::All, list);
            }
            rows.from_subquery(all, Alias::new("lists"))
                .group_by_col(Alias::new("place"));
        }
        rows
    }

    fn comparable(&self, operand: Expr, compared: &Compared<'_>) -> Result<Expr> {
        if let Some(enumeration) = compared.enumeration.filter(|_| compared.order) {
            return Ok(ranked(self, operand, &enumeration.values));
        }
        Ok(match (compared.ty, compared.context) {
            // Equal decimals are equal strings; only their order is numeric.
            (FieldType::Decimal, SqlContext::Query) if compared.order && compared.first => {
                Expr::cust_with_exprs("? COLLATE \"orm_decimal\"", [operand])
            }
            // Compared with a computed one, a stored decimal becomes a number too, to 15 digits.
            (FieldType::Decimal, SqlContext::Table) if compared.order || compared.computed => {
                let number = operand.cast_as("REAL");
                match &compared.decimal {
                    None => number,
                    Some(computed) => nearest(number, computed),
                }
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

    // A program without the connection's exact functions must be able to open the table, so it computes to 15 digits.
    fn number(&self, operand: Expr, ty: FieldType, _: FieldType, context: SqlContext) -> Expr {
        match (ty, context) {
            (FieldType::Decimal, SqlContext::Table) => operand.cast_as(Alias::new("REAL")),
            _ => operand,
        }
    }

    fn ranks(&self, _: &Enumeration<'_>) -> bool {
        true
    }

    fn json_path(&self, keys: &[&str]) -> String {
        keys.iter()
            .fold("$".to_owned(), |path, key| format!("{path}.\"{key}\""))
    }

    fn exact_string(&self, operand: Expr) -> Expr {
        Expr::cust_with_exprs("? COLLATE BINARY", [operand])
    }

    fn path_of_keys(&self, above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
        paths::path(above, key, ty)
    }

    fn place_of_keys(&self, above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
        paths::place(above, key, ty)
    }

    fn place_as_bytes(&self, place: Expr) -> Expr {
        paths::place_as_bytes(place)
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

/// A decimal computed with floating-point numbers, as the number that is nearest to the decimal: `0.1 * 3` is not `0.3` otherwise.
/// Where nobody knows how many decimal places it has, it has the 15 digits that SQLite writes of a number.
fn nearest(number: Expr, computed: &ComputedDecimal) -> Expr {
    match computed.exact_places() {
        Some(places) => call("round", [number, self::number(places)]),
        None => number.cast_as("TEXT").cast_as("REAL"),
    }
}
