//! Postgres' rendering rules.

mod lexis;
mod paths;

use std::borrow::Cow;

use sea_query::{Alias, Expr, ExprTrait, Query, QueryBuilder, SelectStatement};

use crate::error::Result;
use crate::expr::{Enumeration, Spelling, Spellings};
use crate::model::ColumnMeta;
use crate::value::{ArrayType, FieldType};

use super::ranks::ranked;
use super::rules::{Buildable, Compared, Rules};
use super::spell::SqlContext;
use super::write::from_list;
use super::writer::{self, Writer};
use super::{Dialect, Placeholder, Transform, quote_qualified};

pub(super) struct PostgresRules;

/// The server's own type for the values of one column that are not arrays; `None` for a relation, which stores what it refers to.
pub(crate) fn plain_type(ty: FieldType) -> Option<&'static str> {
    Some(match ty {
        FieldType::Bool => "boolean",
        // The narrowest that holds all of them; a check refuses what else it would.
        FieldType::TinyInt | FieldType::UnsignedTinyInt | FieldType::SmallInt => "smallint",
        FieldType::UnsignedSmallInt | FieldType::Int => "integer",
        FieldType::UnsignedInt | FieldType::UnsignedBigInt | FieldType::BigInt => "bigint",
        FieldType::Real => "real",
        FieldType::Double => "double precision",
        // Not varchar(n) and numeric(p, s): those cut and round a value before any check sees it.
        FieldType::Text | FieldType::Choices => "text",
        FieldType::Bytes => "bytea",
        FieldType::Date => "date",
        FieldType::Time => "time",
        FieldType::DateTime => "timestamp",
        FieldType::Timestamp => "timestamptz",
        FieldType::Duration => "interval",
        FieldType::Uuid => "uuid",
        FieldType::IpAddress | FieldType::Ipv4Address | FieldType::Ipv6Address | FieldType::Inet => "inet",
        FieldType::Cidr => "cidr",
        FieldType::MacAddress => "macaddr",
        FieldType::Decimal => "numeric",
        FieldType::IntRange => "int4range",
        FieldType::BigIntRange => "int8range",
        FieldType::DecimalRange => "numrange",
        FieldType::DateRange => "daterange",
        FieldType::DateTimeRange => "tsrange",
        FieldType::TimestampRange => "tstzrange",
        FieldType::IntMultirange => "int4multirange",
        FieldType::BigIntMultirange => "int8multirange",
        FieldType::DecimalMultirange => "nummultirange",
        FieldType::DateMultirange => "datemultirange",
        FieldType::DateTimeMultirange => "tsmultirange",
        FieldType::TimestampMultirange => "tstzmultirange",
        FieldType::Json => "jsonb",
        FieldType::Array(_) | FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => {
            return None;
        }
    })
}

/// The type of a column that stores `ty`; `None` for a relation.
fn type_name(ty: FieldType) -> Option<Cow<'static, str>> {
    match ty {
        // Whatever the levels: Postgres does not say them in the type.
        FieldType::Array(array) => Some(format!("{}[]", plain_type(array.element())?).into()),
        ty => plain_type(ty).map(Cow::Borrowed),
    }
}

/// The SQL of the type of a column that has one by its name.
fn named_type(column: &ColumnMeta) -> Option<String> {
    let name = column.db_type.as_ref()?.postgres.as_deref()?;
    Some(quote_qualified(name))
}

impl Rules for PostgresRules {
    fn lexical_rules(&self) -> super::lexis::LexicalRules {
        lexis::LEXIS
    }

    fn spelling(&self, spellings: &Spellings, context: SqlContext) -> Spelling {
        match context {
            SqlContext::Query => spellings.postgres,
            SqlContext::Table => spellings.postgres_tables,
        }
    }

    fn placeholder(&self, number: usize) -> Cow<'static, str> {
        format!("${number}").into()
    }

    fn in_list(&self, left: Expr, position: u32, ty: Option<FieldType>) -> Expr {
        let list = writer::param(position, Transform::None);
        // A list of arrays would be one array with more levels, so they come as strings.
        let items = match ty {
            Some(FieldType::Array(_)) => ty.and_then(type_name),
            _ => None,
        };
        match items {
            Some(name) => Expr::cust_with_exprs(
                format!("$1 IN (SELECT item::{name} FROM unnest($2::text[]) AS item)"),
                [left, list],
            ),
            None => Expr::cust_with_exprs("$1 = ANY($2)", [left, list]),
        }
    }

    fn rows_of_lists(&self, columns: &[&ColumnMeta], position: u32) -> SelectStatement {
        let lists = (position as usize..).zip(columns);
        let lists = lists.map(|(position, column)| from_list(position, column, Dialect::POSTGRES));
        Query::select().exprs(lists).to_owned()
    }

    fn comparable(&self, operand: Expr, compared: &Compared<'_>) -> Result<Expr> {
        Ok(match compared.enumeration {
            Some(enumeration) if compared.order && self.ranks(enumeration) => {
                ranked(self, operand, &enumeration.values)
            }
            _ => operand,
        })
    }

    fn ranks(&self, enumeration: &Enumeration<'_>) -> bool {
        enumeration.name.is_none()
    }

    // Whole numbers are computed with 64 bits, as on every backend.
    fn number(&self, operand: Expr, ty: FieldType, result: FieldType, _: SqlContext) -> Expr {
        match (result, ty) {
            (FieldType::BigInt, ty) if ty.is_integer() && type_name(ty).as_deref() != Some("bigint") => {
                operand.cast_as("bigint")
            }
            _ => operand,
        }
    }

    fn cast(&self, operand: Expr, ty: FieldType) -> Expr {
        match type_name(ty) {
            Some(name) => operand.cast_as(Alias::new(&*name)),
            None => operand,
        }
    }

    fn cast_for(&self, operand: Expr, column: &ColumnMeta) -> Expr {
        match named_type(column) {
            Some(name) => operand.cast_as(Alias::new(name)),
            None => self.cast(operand, column.storage),
        }
    }

    fn json_path(&self, keys: &[&str]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        format!("{{{}}}", keys.join(","))
    }

    fn cased(&self, operand: Expr) -> Expr {
        Expr::cust_with_exprs("($1) COLLATE \"default\"", [operand])
    }

    // A type of its own may ignore case, or have no collation.
    fn exact_string(&self, operand: Expr) -> Expr {
        Expr::cust_with_exprs("CAST($1 AS text) COLLATE \"C\"", [operand])
    }

    fn cast_enumeration(&self, operand: Expr, name: &str, ty: Option<FieldType>) -> Expr {
        let brackets = if matches!(ty, Some(FieldType::Array(_))) {
            "[]"
        } else {
            ""
        };
        operand.cast_as(Alias::new(format!("{name}{brackets}")))
    }

    fn path_of_keys(&self, above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
        let none = || {
            let keys = ArrayType::of(ty).map_or(ty, FieldType::Array);
            self.cast(Expr::cust("'{}'"), keys)
        };
        paths::path(above.unwrap_or_else(none), self.cast(key, ty))
    }

    fn place_of_keys(&self, above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
        paths::place(above, key, ty)
    }

    fn places_nulls(&self) -> bool {
        true
    }

    fn list_type(&self, column: &ColumnMeta) -> Option<Cow<'static, str>> {
        // Lists of arrays of different lengths are no list of the database.
        if matches!(column.storage, FieldType::Array(_)) {
            return None;
        }
        if let Some(name) = named_type(column) {
            return Some(format!("{name}[]").into());
        }
        if let Some(enumeration) = &column.enumeration {
            return Some(format!("{}[]", enumeration.name.quoted()).into());
        }
        Some(format!("{}[]", type_name(column.storage)?).into())
    }

    fn build(&self, statement: &dyn Buildable) -> Result<(String, Vec<Placeholder>)> {
        let mut writer = Writer::new(true);
        statement.write_postgres(&mut writer);
        writer.into_parts()
    }

    fn text(&self, expr: &Expr) -> String {
        let mut text = String::new();
        sea_query::PostgresQueryBuilder.prepare_expr(expr, &mut text);
        text
    }
}
