//! Conditions of check constraints and expressions of generated columns: from a closure to neutral data.

use crate::error::{Error, Result};
use crate::model::{CheckExpr, Model, ModelSpec, Path};
use crate::value::{Literal, Value};

use super::node::Node;
use super::token::{Binary, Place, Unary};
use super::{Assignable, Fragment, IntoCondition, ToValue};

/// Builds the condition of `#[orm(check("name", |p| ..))]`.
///
/// # Errors
/// If the condition leaves the row: relations and subqueries cannot be checked by a database.
pub fn check<M, C, F>(condition: F) -> Result<CheckExpr>
where
    M: Model,
    C: IntoCondition,
    F: FnOnce(M::Fields) -> C,
{
    neutral::<M>("a check", condition(M::fields(Path::ROOT)).into_condition())
}

/// Builds the expression of `#[orm(generated = |p| ..)]` for a field of type `T`.
///
/// # Errors
/// If the expression leaves the row: a database computes a column from others of its row.
pub fn generated<M, T, E, F>(expression: F) -> Result<CheckExpr>
where
    M: Model,
    E: Assignable<T>,
    F: FnOnce(M::Fields) -> E,
{
    let mut fragment = Fragment::default();
    expression(M::fields(Path::ROOT)).append(&mut fragment);
    neutral::<M>("a generated column", fragment)
}

fn neutral<M: Model>(what: &'static str, fragment: Fragment) -> Result<CheckExpr> {
    let node = Node::parse_one(fragment.tokens(), 0)?
        .ok_or_else(|| Error::config(format!("{what} is said to be nothing")))?;
    let neutral = Neutral {
        what,
        values: fragment.values(),
        spec: M::SPEC,
    };
    neutral.convert(&node)
}

struct Neutral<'a> {
    /// What it is for, in errors.
    what: &'static str,
    values: &'a [Value<'static>],
    spec: &'static ModelSpec,
}

impl Neutral<'_> {
    fn convert(&self, node: &Node) -> Result<CheckExpr> {
        let Neutral { what, values, spec } = self;
        let call = |op: &str, operands: &[&Node]| {
            let mut parts = vec![CheckExpr::Literal(Literal::Text(op.to_owned()))];
            for operand in operands {
                parts.push(self.convert(operand)?);
            }
            Ok(CheckExpr::Call(parts))
        };
        match node {
            Node::Column(path, column) if *path == Path::ROOT => {
                let field = spec
                    .fields
                    .iter()
                    .filter(|field| (field.ty)().is_column())
                    .nth(*column as usize)
                    .ok_or_else(|| Error::config(format!("{what} names a field that is no column")))?;
                Ok(CheckExpr::Field {
                    field: field.name.to_owned(),
                })
            }
            Node::Column(..) | Node::Exists(..) => Err(Error::unsupported(format!(
                "{what} sees one row and cannot follow a relation"
            ))
            .with_hint("use the key itself, or do it where rows are written")),
            Node::CountRows => Err(self.aggregate()),
            Node::Param(position) => {
                let value = values.get(*position as usize).unwrap_or(&Value::Null);
                match value {
                    Value::List(items) => Ok(CheckExpr::Call(
                        items
                            .iter()
                            .map(|item| to_literal(item).map(CheckExpr::Literal))
                            .collect::<Result<_>>()?,
                    )),
                    value => to_literal(value).map(CheckExpr::Literal),
                }
            }
            Node::Unary(op, operand) => call(
                match op {
                    Unary::Not => "not",
                    Unary::IsNull => "is_null",
                    Unary::IsNotNull => "is_not_null",
                    Unary::Negate => "neg",
                    Unary::Lower => "lower",
                    Unary::Upper => "upper",
                    Unary::Trim => "trim",
                    Unary::Length => "length",
                    Unary::Count
                    | Unary::CountDistinct
                    | Unary::Sum
                    | Unary::Avg
                    | Unary::Min
                    | Unary::Max => {
                        return Err(self.aggregate());
                    }
                },
                &[operand],
            ),
            Node::Binary(op, left, right) => call(
                match op {
                    Binary::And => "and",
                    Binary::Or => "or",
                    Binary::Eq => "eq",
                    Binary::Ne => "ne",
                    Binary::Lt => "lt",
                    Binary::Le => "le",
                    Binary::Gt => "gt",
                    Binary::Ge => "ge",
                    Binary::Add => "add",
                    Binary::Sub => "sub",
                    Binary::Mul => "mul",
                    Binary::Div => "div",
                    Binary::In => "in",
                    Binary::Text(lookup) if lookup.ignore_case => {
                        return Err(Error::unsupported(format!(
                            "{what} cannot ignore case the same way on every backend"
                        ))
                        .with_hint("compare the `lower()` of the field"));
                    }
                    Binary::Text(lookup) => match lookup.place {
                        Place::Whole => "eq",
                        Place::Anywhere => "contains",
                        Place::Start => "starts_with",
                        Place::End => "ends_with",
                    },
                },
                &[left, right],
            ),
            Node::Between(tested, low, high) => call("between", &[tested, low, high]),
        }
    }

    #[cold]
    fn aggregate(&self) -> Error {
        Error::unsupported(format!("{} sees one row and cannot aggregate", self.what))
    }
}

/// The default of a field of type `T`, as the database holds it.
#[doc(hidden)]
pub fn default_value<T>(value: impl ToValue<T>) -> Value<'static> {
    value.to_value()
}

/// A literal default of a field, from its value.
#[doc(hidden)]
pub fn literal(value: &Value<'_>) -> Literal {
    // A value without a literal form is refused by the derive's checks on the field's type; what is left is text.
    to_literal(value).unwrap_or_else(|_| Literal::Text(String::new()))
}

fn to_literal(value: &Value<'_>) -> Result<Literal> {
    Ok(match value {
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(*value),
        Value::Text(text) | Value::Json(text) => Literal::Text(text.to_string()),
        #[cfg(feature = "chrono")]
        Value::Date(value) => Literal::Text(value.format(crate::value::chrono::DATE).to_string()),
        #[cfg(feature = "chrono")]
        Value::Time(value) => Literal::Text(value.format(crate::value::chrono::TIME).to_string()),
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => Literal::Text(value.format(crate::value::chrono::DATE_TIME).to_string()),
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => Literal::Text(value.format(crate::value::chrono::TIMESTAMP).to_string()),
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => Literal::Text(value.to_string()),
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => Literal::Text(crate::value::decimal::canonical(*value)),
        Value::Null | Value::Bytes(_) | Value::List(_) | Value::Refused(_) => {
            return Err(Error::unsupported(format!(
                "a {} has no literal form",
                value.kind()
            )));
        }
    })
}
