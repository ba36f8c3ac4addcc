//! Expressions that tables hold: conditions of checks, and what generated columns are computed from.
//!
//! What a function takes, gives and is called is said in `expr`. Here stand the rules that only tables have.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::error::{Error, Result};
use crate::expr::{
    As, Columns, Compares, Digits, Function, Gives, Named, Node, RowExpr, Spelling, Takes, When, annotate,
};
use crate::model::{FieldDef, GeneratedDef};
use crate::sql::{Dialect, quote};
use crate::value::{FieldType, Literal};

use super::{ComputedDef, backend, literal};

/// Most digits that a floating-point number keeps.
const EXACT: u32 = 15;

type Typed<'a> = crate::expr::Typed<'a, 'a, Named>;
type Facts<'a> = crate::expr::ColumnFacts<'a>;

/// What an expression may name, and for whom it is written.
pub(super) struct Scope<'a> {
    pub columns: &'a BTreeMap<&'a str, Column<'a>>,
    pub dialect: &'static Dialect,
    /// Whether the value is kept in a column, so that it must be the same at any time.
    pub kept: bool,
}

/// A field as expressions see it.
pub(super) struct Column<'a> {
    /// Name of the column.
    pub name: String,
    pub facts: Facts<'a>,
    /// Whether the database computes it.
    pub computed: bool,
}

impl<'a> Column<'a> {
    /// Of a field that stores what `base` does.
    pub fn new(name: String, field: &FieldDef, base: &'a FieldDef) -> Self {
        Column {
            name,
            facts: Facts {
                ty: base.ty,
                null: field.null,
                enumeration: base
                    .enum_type
                    .is_some()
                    .then(|| base.choices.iter().map(String::as_str).collect()),
                digits: digits(base),
            },
            computed: field.generated_as.is_some(),
        }
    }
}

/// How many digits a column of that field can hold.
fn digits(field: &FieldDef) -> Option<Digits> {
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
    Some(Digits::new(whole, places))
}

impl Columns<Named> for Scope<'_> {
    fn column(&self, field: &String, _: &[Infallible]) -> Result<Facts<'_>> {
        let column = self.named(field)?;
        if self.kept && column.computed {
            return Err(Error::unsupported(format!(
                "a generated field cannot be computed from another, `{field}`"
            ))
            .with_hint("repeat the expression of that field"));
        }
        Ok(column.facts.clone())
    }

    fn value_type(&self, value: &Literal) -> Option<FieldType> {
        value.ty()
    }

    fn literal<'v>(&self, value: &'v Literal) -> Option<&'v Literal> {
        Some(value)
    }
}

/// The condition in SQL, without outer parentheses.
///
/// # Errors
/// If it is not a condition over the columns of the model.
pub(super) fn condition(expr: &RowExpr, scope: &Scope<'_>) -> Result<String> {
    let typed = annotate(expr, Some(FieldType::Bool), scope, &mut Vec::new())?;
    if typed.ty.is_some_and(|ty| ty != FieldType::Bool) {
        return Err(Error::config("it is a value and not a condition")
            .with_hint("compare the value with another: [\"gt\", { field = \"cents\" }, 0]"));
    }
    Ok(scope.written(&typed)?.sql)
}

/// What a generated field's column is computed from.
///
/// # Errors
/// If the expression is none of the model's, or gives what the column cannot hold.
pub(super) fn computed(field: &FieldDef, generated: &GeneratedDef, scope: &Scope<'_>) -> Result<ComputedDef> {
    let typed = annotate(&generated.expression, Some(field.ty), scope, &mut Vec::new())?;
    if !typed.ty.is_none_or(|given| holds(field.ty, given)) {
        return Err(Error::config(
            "the expression of the generated field gives a value of another type than the field's",
        ));
    }
    let sql = scope.written(&typed)?.sql;
    let sql = if field.ty == FieldType::Decimal && typed.computed {
        let exact = typed.digits.filter(|digits| {
            digits.exact
                && field.decimal_places.is_some_and(|places| digits.places <= places)
                && field.max_digits.is_some_and(|digits| digits <= EXACT)
        });
        backend(scope.dialect)
            .computed_decimal(&sql, exact.and(field.decimal_places))
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
        sql
    };
    Ok(ComputedDef {
        sql,
        stored: !generated.computed_on_read,
    })
}

/// Whether a column of one type holds a value of another as it is.
fn holds(column: FieldType, value: FieldType) -> bool {
    use FieldType::*;
    let strings = [Text, Choices];
    column == value
        || (column.is_integer() && value.is_integer())
        || (matches!(column, Real | Double | Decimal) && value.is_integer())
        || (matches!(column, Real | Double) && matches!(value, Real | Double))
        || (strings.contains(&column) && strings.contains(&value))
}

/// Whether the value is known without a row; a server that finds that out may have lost how to compare by then.
fn is_constant(function: Function, operands: &[RowExpr]) -> bool {
    let literal = |operand: &RowExpr| matches!(operand, Node::Value(_));
    let Some((last, first)) = operands.split_last() else {
        return true;
    };
    match (function.row().takes, function) {
        (Takes::Conditions, _) => false,
        (_, Function::Coalesce) => first.iter().any(literal),
        (_, Function::If) => operands.first().is_some_and(literal),
        _ => literal(last) && first.iter().all(literal),
    }
}

/// SQL of a part of an expression.
struct Written {
    sql: String,
    /// Whether it stands as an operand without parentheses.
    atom: bool,
}

impl Written {
    fn operand(self) -> String {
        if self.atom {
            self.sql
        } else {
            format!("({})", self.sql)
        }
    }
}

impl Scope<'_> {
    fn named(&self, field: &str) -> Result<&Column<'_>> {
        self.columns.get(field).ok_or_else(|| {
            Error::config(format!(
                "the expression names `{field}`, which is not a column of the model"
            ))
        })
    }

    fn written(&self, typed: &Typed<'_>) -> Result<Written> {
        match typed.node {
            Node::Column(field) => Ok(Written {
                sql: quote(&self.named(field)?.name),
                atom: true,
            }),
            Node::Value(value) => Ok(Written {
                sql: literal::render(value, typed.ty.unwrap_or(FieldType::Text), self.dialect)?,
                atom: true,
            }),
            Node::Query(query) => match query.from {},
            Node::Call(function, operands) => {
                if self.kept && is_constant(*function, operands) {
                    return Err(Error::config(format!(
                        "a generated field is computed from other fields, and this `{}` has only constants to go by",
                        function.row().name
                    ))
                    .with_hint("write what it gives"));
                }
                self.call(*function, typed)
            }
        }
    }

    fn call(&self, function: Function, typed: &Typed<'_>) -> Result<Written> {
        let row = function.row();
        let spellings: Spelling = match self.dialect.enum_types {
            false => row.spellings.sqlite_tables,
            true => row.spellings.postgres_tables,
        };
        let operands = self.operands(function, typed)?;
        let is = |wanted: &dyn Fn(FieldType) -> bool| {
            typed.parts.iter().find_map(|part| part.ty).is_some_and(wanted)
        };
        let fits = |when: When| match when {
            When::Always => true,
            // What is kept in tables is not bound and not a query.
            When::Bound(_) | When::Exists => false,
            When::Bool => is(&|ty| ty == FieldType::Bool),
            When::WholeNumber => is(&FieldType::is_integer),
            When::Decimal => is(&|ty| ty == FieldType::Decimal),
        };
        let spelling = spellings
            .iter()
            .find(|(when, _)| fits(*when))
            .map(|(_, spelling)| *spelling)
            .ok_or_else(|| Error::internal(format!("`{}` has no spelling for tables", row.name)))?;
        let all = |separator: &str| operands.join(separator);
        let first = || {
            operands
                .first()
                .cloned()
                .ok_or_else(|| Error::internal(format!("`{}` has no operand", row.name)))
        };
        let (sql, atom) = match spelling {
            As::Infix(word) => (all(&format!(" {word} ")), false),
            As::Prefix(word) => (format!("{word} {}", first()?), false),
            As::Postfix(word) => (format!("{} {word}", first()?), false),
            As::Call(name) => (format!("{name}({})", all(", ")), true),
            As::Text(text) => (filled(text, &operands)?, row.gives == Gives::Operand),
            As::Between => (filled("{0} BETWEEN {1} AND {2}", &operands)?, false),
            As::In => match operands.split_first() {
                Some((_, [])) => ("1 = 0".to_owned(), false),
                Some((tested, list)) => (format!("{tested} IN ({})", list.join(", ")), false),
                None => return Err(Error::internal("`in` has no operand")),
            },
            As::Extreme(name) => (format!("{name}({})", all(", ")), true),
            As::Missing(what) => {
                return Err(Error::unsupported(format!("a table cannot {what}")));
            }
        };
        Ok(Written { sql, atom })
    }

    fn operands(&self, function: Function, typed: &Typed<'_>) -> Result<Vec<String>> {
        let row = function.row();
        let parts = &typed.parts;
        let enumeration = parts.iter().find_map(|part| part.enumeration.as_ref());
        // Equal decimals are equal strings, so the numbers themselves matter only beside a computed one.
        let first = parts.first().and_then(|first| first.ty);
        let is_computed = parts.iter().any(|part| part.computed);
        let numbers = match (row.takes, row.compares) {
            (Takes::Numbers | Takes::WholeNumbers, _) | (_, Compares::Order) => true,
            (_, Compares::Equality) => is_computed || parts.iter().any(|part| part.ty != first),
            (_, Compares::No) => is_computed,
        };
        let one = |part: &Typed<'_>| -> Result<String> {
            if row.compares == Compares::Order
                && let Some(all) = enumeration
                && !self.dialect.enum_types
            {
                return self.position(part, all);
            }
            let sql = self.written(part)?.operand();
            match (row.takes, part.ty) {
                (
                    Takes::Strings | Takes::StringsOrWholeNumbers | Takes::StringAndPositions,
                    Some(FieldType::Choices),
                ) if part.enumeration.is_some() => self.string_of_enum(sql),
                (Takes::StringsOrWholeNumbers, Some(ty)) if ty.is_integer() => {
                    Ok(format!("CAST({sql} AS text)"))
                }
                (Takes::Numbers | Takes::WholeNumbers, Some(ty))
                    if ty.is_integer()
                        && (ty != FieldType::BigInt || matches!(part.node, Node::Value(_))) =>
                {
                    Ok(backend(self.dialect).whole_number(&sql))
                }
                (_, Some(ty)) if numbers => Ok(backend(self.dialect).number(&sql, ty)),
                _ => Ok(sql),
            }
        };
        let mut operands = Vec::with_capacity(parts.len());
        for part in parts {
            match part.node {
                Node::Value(Literal::List(items)) => {
                    for item in items {
                        let node = Node::Value(item.clone());
                        operands.push(one(&Typed {
                            node: &node,
                            ty: part.ty,
                            enumeration: None,
                            computed: false,
                            digits: None,
                            parts: Vec::new(),
                        })?);
                    }
                }
                _ => operands.push(one(part)?),
            }
        }
        Ok(operands)
    }

    /// A value of an enum by its place among the variants, which is what its order is.
    fn position(&self, part: &Typed<'_>, variants: &[&str]) -> Result<String> {
        if let Node::Value(Literal::Text(text)) = part.node {
            let position = variants.iter().position(|variant| variant == text);
            return match position {
                Some(position) => Ok(position.to_string()),
                None => Err(Error::config(
                    "a field of an enum type is compared with what it does not have",
                )),
            };
        }
        let mut sql = format!("CASE {}", self.written(part)?.operand());
        for (position, variant) in variants.iter().enumerate() {
            let variant = literal::render(&Literal::from(*variant), FieldType::Text, self.dialect)?;
            sql.push_str(&format!(" WHEN {variant} THEN {position}"));
        }
        Ok(format!("{sql} END"))
    }

    fn string_of_enum(&self, sql: String) -> Result<String> {
        if !self.dialect.enum_types {
            return Ok(sql);
        }
        if self.kept {
            return Err(Error::unsupported(
                "a generated field cannot be computed from the string of a field of an enum type",
            )
            .with_hint("its strings can be renamed; compare the field with a string instead"));
        }
        Ok(format!("CAST({sql} AS text)"))
    }
}

/// The template with operands in their places.
fn filled(template: &str, operands: &[String]) -> Result<String> {
    let mut sql = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after
            .split_once('}')
            .ok_or_else(|| Error::internal("a spelling has a place without an end"))?;
        let number = place
            .split(':')
            .next()
            .and_then(|number| number.parse::<usize>().ok());
        let operand = number.and_then(|number| operands.get(number));
        sql.push_str(before);
        sql.push_str(operand.ok_or_else(|| Error::internal("a spelling has a place without an operand"))?);
        rest = after;
    }
    sql.push_str(rest);
    Ok(sql)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::testing::{call, expression, field};
    use super::*;

    fn both(written: &Json) -> Result<(String, String)> {
        let fields = [
            FieldDef::new("title", FieldType::Text),
            FieldDef::new("views", FieldType::Int),
            FieldDef::new("price", FieldType::Decimal),
            FieldDef {
                choices: vec!["low".to_owned(), "high".to_owned()],
                enum_type: Some("level".to_owned()),
                ..FieldDef::new("level", FieldType::Choices)
            },
        ];
        let columns = (fields.iter())
            .map(|field| (field.name.as_str(), Column::new(field.name.clone(), field, field)))
            .collect();
        let render = |dialect| {
            let scope = Scope {
                columns: &columns,
                dialect,
                kept: false,
            };
            condition(&expression(written), &scope)
        };
        Ok((render(Dialect::SQLITE)?, render(Dialect::POSTGRES)?))
    }

    #[test]
    fn literals_take_the_type_of_what_they_are_compared_with() {
        let written = json!([
            "and",
            ["ne", ["trim", { "field": "title" }], ""],
            ["ge", { "field": "price" }, { "decimal": "0.50" }],
            ["in", { "field": "views" }, [1, 2]],
        ]);
        let (sqlite, postgres) = both(&written).unwrap();
        assert_eq!(
            sqlite,
            "(trim(\"title\") IS NOT '') AND (CAST(\"price\" AS REAL) >= CAST('0.5' AS REAL)) AND (\"views\" IN (1, 2))"
        );
        assert_eq!(
            postgres,
            "(trim(\"title\") IS DISTINCT FROM '') AND (\"price\" >= 0.5) AND (\"views\" IN (1, 2))"
        );
    }

    #[test]
    fn values_of_an_enum_type_order_as_its_variants_do() {
        let (sqlite, postgres) = both(&call("lt", vec![field("level"), json!("high")])).unwrap();
        assert_eq!(
            sqlite,
            "CASE \"level\" WHEN 'low' THEN 0 WHEN 'high' THEN 1 END < 1"
        );
        assert_eq!(postgres, "\"level\" < 'high'");
    }

    /// Each part of an expression was once looked at anew for everything around it: 2^20 times for 20 terms.
    #[test]
    fn a_deep_expression_takes_no_longer_than_it_is_long() {
        let deep = (0..200).fold(field("views"), |sum, _| call("add", vec![sum, field("views")]));
        let (sqlite, postgres) = both(&call("gt", vec![deep, json!(0)])).unwrap();
        assert_eq!(sqlite.matches("\"views\"").count(), 201);
        assert_eq!(postgres.matches("\"views\"").count(), 201);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (written, words) in [
            (field("views"), "value and not a condition"),
            (call("eq", vec![field("viws"), json!(1)]), "`viws`"),
            (
                call("eq", vec![field("price"), json!("0.50")]),
                "a decimal number and a string",
            ),
            (call("lt", vec![field("level"), json!("middle")]), "does not have"),
        ] {
            let error = both(&written).unwrap_err().to_string();
            assert!(error.contains(words), "{written}: {error}");
        }
    }
}
