//! Postgres' way of saying things.

use std::borrow::Cow;

use sea_query::{BinOper, Expr, ExprTrait, Func};

use crate::model::ColumnMeta;
use crate::query::{Binary, Place, TextLookup, Unary};
use crate::value::FieldType;

use super::rules::{Buildable, Operand, Rules, common_binary, common_unary, number};
use super::writer::{self, Writer};
use super::{Slot, Transform, quote};

pub(super) struct PostgresRules;

fn call(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Func::cust(name).args(arguments).into()
}

impl Rules for PostgresRules {
    fn text(&self, lookup: TextLookup, left: Expr, right: Operand) -> Expr {
        match right {
            // The escape character of LIKE is a backslash unless said otherwise.
            Operand::Param(position) => {
                let transform = match lookup.place {
                    Place::Whole => Transform::LikeExact,
                    Place::Anywhere => Transform::LikeContains,
                    Place::Start => Transform::LikeStartsWith,
                    Place::End => Transform::LikeEndsWith,
                };
                let operator = if lookup.ignore_case { "ILIKE" } else { "LIKE" };
                left.binary(BinOper::Custom(operator), writer::param(position, transform))
            }
            Operand::Expr(right) => {
                let (left, right) = if lookup.ignore_case {
                    (call("lower", [left]), call("lower", [right]))
                } else {
                    (left, right)
                };
                match lookup.place {
                    Place::Whole => left.eq(right),
                    Place::Anywhere => call("strpos", [left, right]).gt(number(0)),
                    Place::Start => call("starts_with", [left, right]),
                    Place::End => {
                        let length = call("length", [right.clone()]);
                        call("right", [left, length]).eq(right)
                    }
                }
            }
        }
    }

    fn in_list(&self, left: Expr, position: u32) -> Expr {
        Expr::cust_with_exprs("$1 = ANY($2)", [left, writer::param(position, Transform::None)])
    }

    fn binary(&self, op: Binary, left: Expr, right: Expr, _: Option<FieldType>) -> Expr {
        match op {
            Binary::Ne => left.binary(BinOper::Custom("IS DISTINCT FROM"), right),
            op => common_binary(op, left, right),
        }
    }

    fn unary(&self, op: Unary, operand: Expr, ty: Option<FieldType>) -> Expr {
        let decimal = ty == Some(FieldType::Decimal);
        match op {
            // The sum of 64-bit integers is numeric, of 32-bit floats a 32-bit float.
            Unary::Sum if ty.is_some_and(FieldType::is_integer) => {
                common_unary(op, operand).cast_as("bigint")
            }
            Unary::Sum if !decimal => common_unary(op, operand).cast_as("double precision"),
            Unary::Avg if !decimal => common_unary(op, operand).cast_as("double precision"),
            // There is no greatest boolean, but whether any is true.
            Unary::Max if ty == Some(FieldType::Bool) => call("bool_or", [operand]),
            Unary::Min if ty == Some(FieldType::Bool) => call("bool_and", [operand]),
            Unary::Length => common_unary(op, operand).cast_as("bigint"),
            op => common_unary(op, operand),
        }
    }

    fn comparable(&self, operand: Expr, _: Option<FieldType>) -> Expr {
        operand
    }

    fn places_nulls(&self) -> bool {
        true
    }

    fn list_type(&self, column: &ColumnMeta) -> Option<Cow<'static, str>> {
        if let Some(enumeration) = &column.enumeration {
            return Some(format!("{}[]", quote(&enumeration.name)).into());
        }
        Some(Cow::Borrowed(match column.storage {
            FieldType::Bool => "boolean[]",
            FieldType::SmallInt => "smallint[]",
            FieldType::Int => "integer[]",
            FieldType::BigInt => "bigint[]",
            FieldType::Real => "real[]",
            FieldType::Double => "double precision[]",
            FieldType::Text | FieldType::Choices => "text[]",
            FieldType::Bytes => "bytea[]",
            FieldType::Date => "date[]",
            FieldType::Time => "time[]",
            FieldType::DateTime => "timestamp[]",
            FieldType::Timestamp => "timestamptz[]",
            FieldType::Uuid => "uuid[]",
            FieldType::Decimal => "numeric[]",
            FieldType::Json => "jsonb[]",
            // A key stores what it points at.
            FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => return None,
        }))
    }

    fn build(&self, statement: &dyn Buildable) -> (String, Vec<Slot>) {
        let mut writer = Writer::new(true);
        statement.write_postgres(&mut writer);
        writer.into_parts()
    }
}
