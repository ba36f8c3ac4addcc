//! Conditions of checks, from neutral data to SQL.
//!
//! The operators are those that `query::check` writes. An operator that is not known here is an error by name, never
//! text passed through.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::CheckExpr;
use crate::sql::{Dialect, quote};
use crate::value::{FieldType, Literal};

use super::{backend, literal};

/// What a condition may name: fields with their columns and what those store.
pub(super) struct Scope<'a> {
    pub fields: &'a BTreeMap<&'a str, (String, FieldType)>,
    pub dialect: &'static Dialect,
}

/// SQL of a part of a condition.
struct Part {
    sql: String,
    ty: Option<FieldType>,
    /// Whether it stands as an operand without parentheses.
    atom: bool,
    /// Whether it was computed: a decimal then is a number, where a stored one may be a text.
    computed: bool,
}

impl Part {
    fn operand(&self) -> String {
        if self.atom {
            self.sql.clone()
        } else {
            format!("({})", self.sql)
        }
    }
}

/// The condition in SQL, without outer parentheses.
pub(super) fn condition(expr: &CheckExpr, scope: &Scope<'_>) -> Result<String> {
    Ok(scope.part(expr, Some(FieldType::Bool))?.sql)
}

impl Scope<'_> {
    fn part(&self, expr: &CheckExpr, hint: Option<FieldType>) -> Result<Part> {
        match expr {
            CheckExpr::Field { field } => {
                let (column, ty) = self.fields.get(field.as_str()).ok_or_else(|| {
                    Error::config(format!(
                        "the condition names `{field}`, which is no column of the model"
                    ))
                })?;
                Ok(Part {
                    sql: quote(column),
                    ty: Some(*ty),
                    atom: true,
                    computed: false,
                })
            }
            CheckExpr::Literal(value) => {
                let ty = hint.filter(|&ty| fits(value, ty)).unwrap_or(natural(value));
                Ok(Part {
                    sql: literal::render(value, ty, self.dialect)?,
                    ty: Some(ty),
                    atom: true,
                    computed: false,
                })
            }
            CheckExpr::Call(parts) => {
                let Some((CheckExpr::Literal(Literal::Text(op)), operands)) = parts.split_first() else {
                    return Err(Error::config(
                        "the condition has a call without an operator's name in front",
                    ));
                };
                self.call(op, operands)
            }
        }
    }

    fn call(&self, op: &str, operands: &[CheckExpr]) -> Result<Part> {
        let boolean = |sql: String| Part {
            sql,
            ty: Some(FieldType::Bool),
            atom: false,
            computed: false,
        };
        let function = |sql: String, ty: FieldType| Part {
            sql,
            ty: Some(ty),
            atom: true,
            computed: false,
        };
        match (op, operands) {
            ("and" | "or", [_, ..]) => {
                let parts = operands
                    .iter()
                    .map(|operand| Ok(self.part(operand, Some(FieldType::Bool))?.operand()))
                    .collect::<Result<Vec<_>>>()?;
                let word = if op == "and" { " AND " } else { " OR " };
                Ok(boolean(parts.join(word)))
            }
            ("not", [operand]) => {
                let operand = self.part(operand, Some(FieldType::Bool))?.operand();
                Ok(boolean(format!("NOT {operand}")))
            }
            ("is_null", [operand]) => {
                Ok(boolean(format!("{} IS NULL", self.part(operand, None)?.operand())))
            }
            ("is_not_null", [operand]) => {
                Ok(boolean(format!("{} IS NOT NULL", self.part(operand, None)?.operand())))
            }
            ("eq" | "ne", [_, _]) => {
                let parts = self.alike(operands)?;
                // Equal decimals are equal texts, so the numbers themselves matter only beside a computed one.
                let [left, right] = if parts.iter().all(|part| part.ty == Some(FieldType::Decimal) && !part.computed) {
                    [parts[0].operand(), parts[1].operand()]
                } else {
                    [self.number(&parts[0]), self.number(&parts[1])]
                };
                Ok(boolean(format!("{left} {} {right}", if op == "eq" { "=" } else { "<>" })))
            }
            ("lt" | "le" | "gt" | "ge", [_, _]) => {
                let parts = self.alike(operands)?;
                let sign = match op {
                    "lt" => "<",
                    "le" => "<=",
                    "gt" => ">",
                    _ => ">=",
                };
                Ok(boolean(format!(
                    "{} {sign} {}",
                    self.number(&parts[0]),
                    self.number(&parts[1])
                )))
            }
            ("between", [_, _, _]) => {
                let parts = self.alike(operands)?;
                Ok(boolean(format!(
                    "{} BETWEEN {} AND {}",
                    self.number(&parts[0]),
                    self.number(&parts[1]),
                    self.number(&parts[2])
                )))
            }
            ("in", [tested, choices @ ..]) => {
                let choices = match choices {
                    [CheckExpr::Call(list)] => list.as_slice(),
                    flat => flat,
                };
                if choices.is_empty() {
                    return Ok(boolean("1 = 0".to_owned()));
                }
                let tested = self.part(tested, None)?;
                let show = |part: &Part| if tested.computed { self.number(part) } else { part.operand() };
                let choices = choices
                    .iter()
                    .map(|choice| Ok(show(&self.part(choice, tested.ty)?)))
                    .collect::<Result<Vec<_>>>()?;
                Ok(boolean(format!("{} IN ({})", show(&tested), choices.join(", "))))
            }
            ("add" | "sub" | "mul" | "div", [_, _]) => {
                let parts = self.alike(operands)?;
                let sign = match op {
                    "add" => "+",
                    "sub" => "-",
                    "mul" => "*",
                    _ => "/",
                };
                Ok(Part {
                    sql: format!("{} {sign} {}", self.number(&parts[0]), self.number(&parts[1])),
                    ty: parts.iter().find_map(|part| part.ty),
                    atom: false,
 computed: true,
                })
            }
            ("neg", [operand]) => {
                let part = self.part(operand, None)?;
                Ok(Part {
                    sql: format!("-({})", self.number(&part)),
                    ty: part.ty,
                    atom: false,
 computed: true,
                })
            }
            ("trim" | "lower" | "upper", [operand]) => {
                let operand = self.part(operand, Some(FieldType::Text))?;
                Ok(function(format!("{op}({})", operand.sql), FieldType::Text))
            }
            ("length", [operand]) => {
                let operand = self.part(operand, Some(FieldType::Text))?;
                Ok(function(format!("length({})", operand.sql), FieldType::BigInt))
            }
            ("contains" | "starts_with" | "ends_with", [text, part]) => {
                let text = self.part(text, Some(FieldType::Text))?.operand();
                let part = self.part(part, Some(FieldType::Text))?.operand();
                Ok(boolean(backend(self.dialect).text_test(op, &text, &part)))
            }
            (
                "and" | "or" | "not" | "is_null" | "is_not_null" | "eq" | "ne" | "lt" | "le" | "gt" | "ge"
                | "between" | "in" | "add" | "sub" | "mul" | "div" | "neg" | "trim" | "lower" | "upper"
                | "length" | "contains" | "starts_with" | "ends_with",
                _,
            ) => Err(Error::config(format!(
                "the condition gives `{op}` {} operands, which is not how many it takes",
                operands.len()
            ))),
            _ => Err(Error::unsupported(format!(
                "the condition uses `{op}`, which checks do not know"
            ))
            .with_hint(
                "known are and or not is_null is_not_null eq ne lt le gt ge between in add sub mul div neg trim lower \
                 upper length contains starts_with ends_with",
            )),
        }
    }

    /// Operands that are compared: literals are read by the type of what they are compared with.
    fn alike(&self, operands: &[CheckExpr]) -> Result<Vec<Part>> {
        let ty = operands
            .iter()
            .filter(|operand| !matches!(operand, CheckExpr::Literal(_)))
            .map(|operand| Ok(self.part(operand, None)?.ty))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .next();
        operands.iter().map(|operand| self.part(operand, ty)).collect()
    }

    /// An operand where its order or its amount counts.
    fn number(&self, part: &Part) -> String {
        match part.ty {
            Some(ty) => backend(self.dialect).number(&part.operand(), ty),
            None => part.operand(),
        }
    }
}

/// Whether a literal can be read as `ty`; if not it stands for itself, as 2 does in `price * 2`.
fn fits(value: &Literal, ty: FieldType) -> bool {
    match value {
        Literal::Bool(_) => matches!(ty, FieldType::Bool | FieldType::Json),
        Literal::Int(_) => {
            ty.is_integer()
                || matches!(
                    ty,
                    FieldType::Real | FieldType::Double | FieldType::Decimal | FieldType::Json
                )
        }
        Literal::Float(_) => matches!(
            ty,
            FieldType::Real | FieldType::Double | FieldType::Decimal | FieldType::Json
        ),
        Literal::Text(_) => {
            !ty.is_integer() && !matches!(ty, FieldType::Bool | FieldType::Real | FieldType::Double)
        }
    }
}

fn natural(value: &Literal) -> FieldType {
    match value {
        Literal::Bool(_) => FieldType::Bool,
        Literal::Int(_) => FieldType::BigInt,
        Literal::Float(_) => FieldType::Double,
        Literal::Text(_) => FieldType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> CheckExpr {
        CheckExpr::Field {
            field: name.to_owned(),
        }
    }

    fn call(op: &str, operands: Vec<CheckExpr>) -> CheckExpr {
        let mut parts = vec![CheckExpr::Literal(op.into())];
        parts.extend(operands);
        CheckExpr::Call(parts)
    }

    fn both(expr: &CheckExpr) -> (String, String) {
        let fields = BTreeMap::from([
            ("title", ("title".to_owned(), FieldType::Text)),
            ("views", ("views".to_owned(), FieldType::Int)),
            ("price", ("price".to_owned(), FieldType::Decimal)),
        ]);
        let render = |dialect| {
            condition(
                expr,
                &Scope {
                    fields: &fields,
                    dialect,
                },
            )
            .unwrap()
        };
        (render(Dialect::SQLITE), render(Dialect::POSTGRES))
    }

    #[test]
    fn literals_take_the_type_of_what_they_are_compared_with() {
        let expr = call(
            "and",
            vec![
                call(
                    "ne",
                    vec![call("trim", vec![field("title")]), CheckExpr::Literal("".into())],
                ),
                call("ge", vec![field("price"), CheckExpr::Literal("0.50".into())]),
                call(
                    "in",
                    vec![
                        field("views"),
                        CheckExpr::Call(vec![
                            CheckExpr::Literal(1_i64.into()),
                            CheckExpr::Literal(2_i64.into()),
                        ]),
                    ],
                ),
            ],
        );
        assert_eq!(
            both(&expr),
            (
                "(trim(\"title\") <> '') AND (CAST(\"price\" AS REAL) >= CAST('0.5' AS REAL)) AND (\"views\" IN (1, 2))"
                    .to_owned(),
                "(trim(\"title\") <> '') AND (\"price\" >= 0.5) AND (\"views\" IN (1, 2))".to_owned(),
            )
        );
    }

    #[test]
    fn an_unknown_operator_is_named() {
        let fields = BTreeMap::new();
        let scope = Scope {
            fields: &fields,
            dialect: Dialect::SQLITE,
        };
        let error = condition(&call("sounds_like", vec![]), &scope).unwrap_err();
        assert!(error.to_string().contains("`sounds_like`"), "{error}");
        let error = condition(&call("eq", vec![CheckExpr::Literal(1_i64.into())]), &scope).unwrap_err();
        assert!(error.to_string().contains("`eq` 1 operands"), "{error}");
    }
}
