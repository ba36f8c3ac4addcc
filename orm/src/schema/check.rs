//! Conditions of checks, from neutral data to SQL; values are `compute`'s.
//!
//! The operators are those that `query::check` writes. An operator that is not known here is an error by name, never
//! text passed through.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::CheckExpr;
use crate::sql::{Dialect, quote};
use crate::value::{FieldType, Literal};

use super::compute::Size;
use super::{backend, literal};

/// What a condition may name, and for whom it is written.
pub(super) struct Scope<'a> {
    pub fields: &'a BTreeMap<&'a str, Named>,
    pub dialect: &'static Dialect,
    /// Whether the value is kept in a column, so that it must be the same at any time.
    pub kept: bool,
}

/// A field as conditions see it.
pub(super) struct Named {
    pub column: String,
    /// What the column stores.
    pub ty: FieldType,
    /// Whether it is of an enum type of its own.
    pub native: bool,
    /// Whether the database computes it.
    pub computed: bool,
    pub size: Option<Size>,
}

/// SQL of a part of a condition.
pub(super) struct Part {
    pub sql: String,
    pub ty: Option<FieldType>,
    /// Whether it stands as an operand without parentheses.
    pub atom: bool,
    /// Whether it was computed: a decimal then is a number, where a stored one may be a text.
    pub computed: bool,
    /// Whether it is of an enum type.
    pub native: bool,
    /// How many digits a number has at most, if that is known.
    pub size: Option<Size>,
}

impl Part {
    pub fn operand(&self) -> String {
        if self.atom {
            self.sql.clone()
        } else {
            format!("({})", self.sql)
        }
    }

    pub fn new(sql: String, ty: FieldType, atom: bool) -> Self {
        Part {
            sql,
            ty: Some(ty),
            atom,
            computed: false,
            native: false,
            size: None,
        }
    }
}

/// The condition in SQL, without outer parentheses.
pub(super) fn condition(expr: &CheckExpr, scope: &Scope<'_>) -> Result<String> {
    Ok(scope.part(expr, Some(FieldType::Bool))?.sql)
}

/// Every operator and function, for the error about one that is not there.
const KNOWN: &str = "and or not is_null is_not_null eq ne lt le gt ge between in contains starts_with ends_with add sub mul \
                     div mod neg abs concat trim ltrim rtrim lower upper length substr replace coalesce nullif if";

impl Scope<'_> {
    pub fn part(&self, expr: &CheckExpr, hint: Option<FieldType>) -> Result<Part> {
        match expr {
            CheckExpr::Field { field } => {
                let named = self.fields.get(field.as_str()).ok_or_else(|| {
                    Error::config(format!(
                        "the condition names `{field}`, which is no column of the model"
                    ))
                })?;
                if self.kept && named.computed {
                    return Err(Error::unsupported(format!(
                        "a generated field cannot be computed from another, `{field}`"
                    ))
                    .with_hint("repeat the expression of that field"));
                }
                Ok(Part {
                    native: named.native,
                    size: named.size,
                    ..Part::new(quote(&named.column), named.ty, true)
                })
            }
            CheckExpr::Literal(value) => {
                let fitting = hint.filter(|&ty| value.fits(ty) || matches!(value, Literal::Text(_)));
                let ty = fitting.or(value.ty()).unwrap_or(FieldType::Text);
                Ok(Part {
                    size: Size::of(value),
                    ..Part::new(literal::render(value, ty, self.dialect)?, ty, true)
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
        let boolean = |sql: String| Part::new(sql, FieldType::Bool, false);
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
            ("is_null", [operand]) => Ok(boolean(format!(
                "{} IS NULL",
                self.part(operand, None)?.operand()
            ))),
            ("is_not_null", [operand]) => Ok(boolean(format!(
                "{} IS NOT NULL",
                self.part(operand, None)?.operand()
            ))),
            ("eq" | "ne", [_, _]) => {
                let parts = self.alike(operands)?;
                // Equal decimals are equal texts, so the numbers themselves matter only beside a computed one.
                let [left, right] = if parts
                    .iter()
                    .all(|part| part.ty == Some(FieldType::Decimal) && !part.computed)
                {
                    [parts[0].operand(), parts[1].operand()]
                } else {
                    [self.number(&parts[0]), self.number(&parts[1])]
                };
                Ok(boolean(format!(
                    "{left} {} {right}",
                    if op == "eq" { "=" } else { "<>" }
                )))
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
                let show = |part: &Part| {
                    if tested.computed {
                        self.number(part)
                    } else {
                        part.operand()
                    }
                };
                let choices = choices
                    .iter()
                    .map(|choice| Ok(show(&self.part(choice, tested.ty)?)))
                    .collect::<Result<Vec<_>>>()?;
                Ok(boolean(format!("{} IN ({})", show(&tested), choices.join(", "))))
            }
            ("contains" | "starts_with" | "ends_with", [text, part]) => {
                let text = self.text(text)?;
                let part = self.text(part)?;
                Ok(boolean(backend(self.dialect).text_test(op, &text, &part)))
            }
            _ => match self.compute(op, operands)? {
                Some(part) => Ok(part),
                None if KNOWN.split(' ').any(|known| known == op) => Err(Error::config(format!(
                    "the condition gives `{op}` {} operands, which is not how many it takes",
                    operands.len()
                ))),
                None => Err(Error::unsupported(format!(
                    "the condition uses `{op}`, which checks do not know"
                ))
                .with_hint(format!("known are {KNOWN}"))),
            },
        }
    }

    /// Operands that are compared: literals are read by the type of what they are compared with.
    pub fn alike(&self, operands: &[CheckExpr]) -> Result<Vec<Part>> {
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
    pub fn number(&self, part: &Part) -> String {
        match part.ty {
            Some(ty) => backend(self.dialect).number(&part.operand(), ty),
            None => part.operand(),
        }
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

    fn named(column: &str, ty: FieldType) -> Named {
        Named {
            column: column.to_owned(),
            ty,
            native: false,
            computed: false,
            size: None,
        }
    }

    fn both(expr: &CheckExpr) -> (String, String) {
        let fields = BTreeMap::from([
            ("title", named("title", FieldType::Text)),
            ("views", named("views", FieldType::Int)),
            ("price", named("price", FieldType::Decimal)),
        ]);
        let render = |dialect| {
            condition(
                expr,
                &Scope {
                    fields: &fields,
                    dialect,
                    kept: false,
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
            kept: false,
        };
        let error = condition(&call("sounds_like", vec![]), &scope).unwrap_err();
        assert!(error.to_string().contains("`sounds_like`"), "{error}");
        let error = condition(&call("eq", vec![CheckExpr::Literal(1_i64.into())]), &scope).unwrap_err();
        assert!(error.to_string().contains("`eq` 1 operands"), "{error}");
    }
}
