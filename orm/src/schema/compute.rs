//! Values that a row's other values make, from neutral data to SQL: arithmetic, texts, choices between values.
//!
//! The SQL means the same on every database, and a generated column can hold it: upper and lower case know ASCII only, a
//! division by zero is NULL, whole numbers are computed with 64 bits.

use crate::error::{Error, Result};
use crate::model::{CheckExpr, FieldDef, GeneratedDef};
use crate::value::{FieldType, Literal};

use super::check::{Part, Scope};
use super::{ComputedDef, backend};

/// Most digits that a floating-point number keeps.
const EXACT: u32 = 15;

/// Most digits of a number before and after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub whole: u32,
    pub places: u32,
    /// Whether everything it was computed from is exact as a floating-point number.
    exact: bool,
}

impl Size {
    /// What a column of that field can hold.
    pub fn of_field(field: &FieldDef) -> Option<Size> {
        let (whole, places) = match field.ty {
            FieldType::SmallInt => (5, 0),
            FieldType::Int => (10, 0),
            FieldType::BigInt => (19, 0),
            FieldType::Decimal => (
                field.max_digits?.saturating_sub(field.decimal_places?),
                field.decimal_places?,
            ),
            _ => return None,
        };
        Some(Size::new(whole, places))
    }

    pub fn of(value: &Literal) -> Option<Size> {
        let text = match value {
            Literal::Int(value) => value.to_string(),
            Literal::Text(text) => crate::value::decimal_text(text)?,
            _ => return None,
        };
        let text = text.trim_start_matches('-');
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        Some(Size::new(
            u32::try_from(whole.len()).ok()?,
            u32::try_from(places.len()).ok()?,
        ))
    }

    fn new(whole: u32, places: u32) -> Self {
        Size {
            whole,
            places,
            exact: true,
        }
    }

    fn fits(self) -> bool {
        self.exact && self.whole + self.places <= EXACT
    }
}

/// What a generated field's column is computed from.
///
/// # Errors
/// If the expression is none of the model's, or gives what the column cannot hold.
pub(super) fn computed(field: &FieldDef, generated: &GeneratedDef, scope: &Scope<'_>) -> Result<ComputedDef> {
    let part = scope.part(&generated.expression, Some(field.ty))?;
    let given = part.ty.unwrap_or(field.ty);
    if !holds(field.ty, given) {
        return Err(Error::config(
            "the expression of the generated field gives a value of another type than the field's",
        ));
    }
    let sql = if field.ty == FieldType::Decimal && part.computed {
        let exact = part.size.filter(|size| {
            size.exact
                && field.decimal_places.is_some_and(|places| size.places <= places)
                && field.max_digits.is_some_and(|digits| digits <= EXACT)
        });
        backend(scope.dialect)
            .computed_decimal(&part.sql, exact.and(field.decimal_places))
            .ok_or_else(|| {
                Error::unsupported(format!(
                    "{} computes decimals exactly only up to {EXACT} digits",
                    scope.dialect.name
                ))
                .with_hint(format!(
                    "give the fields max_digits (at most {EXACT}) and decimal_places, the generated one as many as its expression \
                     can give, and do not divide"
                ))
            })?
    } else {
        part.sql
    };
    Ok(ComputedDef {
        sql,
        stored: !generated.computed_on_read,
    })
}

/// Whether a column of one type holds a value of another as it is.
fn holds(column: FieldType, value: FieldType) -> bool {
    use FieldType::*;
    let texts = [Text, Choices];
    column == value
        || (column.is_integer() && value.is_integer())
        || (matches!(column, Real | Double | Decimal) && value.is_integer())
        || (matches!(column, Real | Double) && matches!(value, Real | Double))
        || (texts.contains(&column) && texts.contains(&value))
}

/// Whether the value is known without a row; a server that finds that out may have lost how to compare by then.
fn constant(op: &str, operands: &[CheckExpr]) -> bool {
    let literal = |operand: &CheckExpr| matches!(operand, CheckExpr::Literal(_));
    let (last, first) = match operands.split_last() {
        Some(split) => split,
        None => return false,
    };
    match op {
        "coalesce" => first.iter().any(literal),
        "if" => operands.first().is_some_and(literal),
        _ => literal(last) && first.iter().all(literal),
    }
}

impl Scope<'_> {
    /// The value of an operator or function; `None` if it is none of those, or takes another number of operands.
    pub fn compute(&self, op: &str, operands: &[CheckExpr]) -> Result<Option<Part>> {
        if self.kept && constant(op, operands) {
            return Err(Error::config(format!(
                "a generated field is computed from other fields, and this `{op}` has only constants to go by"
            ))
            .with_hint("write what it gives"));
        }
        let text = |sql: String| Part::new(sql, FieldType::Text, true);
        let backend = backend(self.dialect);
        Ok(Some(match (op, operands) {
            ("add" | "sub" | "mul" | "div" | "mod", [_, _]) => self.arithmetic(op, operands)?,
            ("neg" | "abs", [operand]) => {
                let part = self.numeric(op, self.part(operand, None)?)?;
                let number = self.number(&part);
                Part {
                    sql: match op {
                        "neg" => format!("-({number})"),
                        _ => format!("abs({number})"),
                    },
                    atom: op == "abs",
                    computed: true,
                    size: part.size.map(|size| Size {
                        exact: size.fits(),
                        ..size
                    }),
                    ..part
                }
            }
            ("trim" | "ltrim" | "rtrim", [operand]) => text(format!("{op}({})", self.text(operand)?)),
            ("lower" | "upper", [operand]) => text(backend.ascii_case(op, &self.text(operand)?)),
            ("length", [operand]) => Part::new(
                format!("length({})", self.text(operand)?),
                FieldType::BigInt,
                true,
            ),
            // With nothing to look for, one database does not look at what to put there either.
            ("replace", [whole, from @ CheckExpr::Literal(Literal::Text(part)), to]) if !part.is_empty() => {
                text(format!(
                    "replace({}, {}, {})",
                    self.text(whole)?,
                    self.text(from)?,
                    self.text(to)?
                ))
            }
            ("replace", [_, _, _]) => {
                return Err(Error::config(
                    "`replace` looks for a text that is given and not empty",
                ));
            }
            // Places before the first mean something else on every database.
            ("substr", [whole, rest @ ..]) if (1..3).contains(&rest.len()) => {
                let mut sql = format!("substr({}", self.text(whole)?);
                for (number, least) in rest.iter().zip([1, 0]) {
                    match number {
                        CheckExpr::Literal(Literal::Int(number)) if *number >= least => {
                            sql.push_str(&format!(", {number}"));
                        }
                        _ => {
                            return Err(Error::config(
                                "`substr` takes a text, the number of the first character (from 1) and how many, as plain numbers",
                            ));
                        }
                    }
                }
                text(format!("{sql})"))
            }
            ("concat", [_, _, ..]) => {
                let parts: Vec<String> = operands
                    .iter()
                    .map(|operand| self.concatenated(operand))
                    .collect::<Result<_>>()?;
                Part::new(parts.join(" || "), FieldType::Text, false)
            }
            ("coalesce", [_, _, ..]) | ("nullif", [_, _]) => {
                let part = self.one_of(operands)?;
                Part {
                    sql: format!("{op}({})", part.1.join(", ")),
                    ..part.0
                }
            }
            ("if", [condition, then, otherwise]) => {
                let condition = self.part(condition, Some(FieldType::Bool))?.sql;
                let (part, values) = self.one_of(&[then.clone(), otherwise.clone()])?;
                Part {
                    sql: format!("CASE WHEN {condition} THEN {} ELSE {} END", values[0], values[1]),
                    ..part
                }
            }
            _ => return Ok(None),
        }))
    }

    fn arithmetic(&self, op: &str, operands: &[CheckExpr]) -> Result<Part> {
        let parts: Vec<Part> = self
            .alike(operands)?
            .into_iter()
            .map(|part| self.numeric(op, part))
            .collect::<Result<_>>()?;
        let any = |wanted: &[FieldType]| {
            parts
                .iter()
                .filter_map(|part| part.ty)
                .any(|ty| wanted.contains(&ty))
        };
        let ty = if any(&[FieldType::Real, FieldType::Double]) {
            FieldType::Double
        } else if any(&[FieldType::Decimal]) {
            FieldType::Decimal
        } else {
            FieldType::BigInt
        };
        if op == "mod" && ty != FieldType::BigInt {
            return Err(Error::config("`mod` takes whole numbers"));
        }
        let sign = match op {
            "add" => '+',
            "sub" => '-',
            "mul" => '*',
            "div" => '/',
            _ => '%',
        };
        let size = match (op, parts[0].size, parts[1].size) {
            ("add" | "sub", Some(left), Some(right)) => Some(Size {
                whole: left.whole.max(right.whole) + 1,
                places: left.places.max(right.places),
                exact: left.fits() && right.fits(),
            }),
            // A product that is not exact is longer than the column that is to hold it, unless a factor was not.
            ("mul", Some(left), Some(right)) => Some(Size {
                whole: left.whole + right.whole,
                places: left.places + right.places,
                exact: parts
                    .iter()
                    .all(|part| !part.computed || part.size.is_some_and(Size::fits)),
            }),
            _ => None,
        };
        Ok(Part {
            computed: true,
            size,
            ..Part::new(
                backend(self.dialect).arithmetic(sign, &self.number(&parts[0]), &self.number(&parts[1]), ty),
                ty,
                false,
            )
        })
    }

    fn numeric(&self, op: &str, part: Part) -> Result<Part> {
        match part.ty {
            Some(ty)
                if !ty.is_integer()
                    && !matches!(ty, FieldType::Real | FieldType::Double | FieldType::Decimal) =>
            {
                Err(Error::config(format!("`{op}` takes numbers")))
            }
            _ => Ok(part),
        }
    }

    /// An operand of a function that takes texts.
    pub fn text(&self, operand: &CheckExpr) -> Result<String> {
        let part = self.part(operand, Some(FieldType::Text))?;
        if !part.native || !self.dialect.enum_types {
            return Ok(part.operand());
        }
        if self.kept {
            return Err(Error::unsupported(
                "a generated field cannot be computed from the text of a field of an enum type",
            )
            .with_hint("its texts can be renamed; compare the field with a text instead"));
        }
        Ok(format!("CAST({} AS text)", part.sql))
    }

    fn concatenated(&self, operand: &CheckExpr) -> Result<String> {
        let part = self.part(operand, Some(FieldType::Text))?;
        match part.ty {
            Some(ty) if ty.is_integer() => Ok(format!("CAST({} AS text)", part.sql)),
            Some(FieldType::Text | FieldType::Choices) => self.text(operand),
            _ => Err(Error::config("`concat` takes texts and whole numbers")
                .with_hint("other values have no text that is the same on every database")),
        }
    }

    /// Values of which one is given, and what is known about it.
    fn one_of(&self, operands: &[CheckExpr]) -> Result<(Part, Vec<String>)> {
        let parts = self.alike(operands)?;
        let ty = parts.iter().find_map(|part| part.ty);
        let computed = parts.iter().any(|part| part.computed);
        let values = parts
            .iter()
            .map(|part| {
                let same = match (part.ty, ty) {
                    (Some(one), Some(ty)) => holds(ty, one) && holds(one, ty),
                    _ => true,
                };
                if !same {
                    return Err(Error::config("values of different types stand for one another"));
                }
                Ok(if computed {
                    self.number(part)
                } else {
                    part.operand()
                })
            })
            .collect::<Result<_>>()?;
        let size = parts.iter().map(|part| part.size).reduce(|left, right| {
            let (left, right) = (left?, right?);
            Some(Size {
                whole: left.whole.max(right.whole),
                places: left.places.max(right.places),
                exact: left.fits() && right.fits(),
            })
        });
        Ok((
            Part {
                sql: String::new(),
                ty,
                atom: true,
                computed,
                native: parts.iter().any(|part| part.native),
                size: size.flatten(),
            },
            values,
        ))
    }
}
