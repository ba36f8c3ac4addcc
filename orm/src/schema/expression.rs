//! Expressions stored in tables: of checks, generated columns, indexes and unique constraints.
//!
//! Functions and their types are defined in `expr`; this file has the rules that only apply to tables.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::error::{Error, Result};
use crate::expr::{
    ByName, ColumnResolver, Digits, EXACT, Enumeration, Function, Node, OperandTypes, RowExpr, annotate,
};
use crate::model::{FieldDef, GeneratedDef, ModelDef, enum_name};
use crate::sql::{Dialect, RowColumns, row_sql};
use crate::value::{FieldType, Literal};

use super::{ComputedDef, backend, literal};

type Typed<'a> = crate::expr::Typed<'a, 'a, ByName>;
type Facts<'a> = crate::expr::ColumnInfo<'a>;

/// The columns an expression may refer to, and its dialect.
pub(super) struct TableScope<'a> {
    pub columns: &'a BTreeMap<&'a str, ExpressionColumn<'a>>,
    pub dialect: &'static Dialect,
    /// Whether the value is stored, so that it must be deterministic.
    pub kept: bool,
}

/// A field as expressions see it.
pub(super) struct ExpressionColumn<'a> {
    /// Name of the column.
    pub name: String,
    pub facts: Facts<'a>,
    /// Whether the database computes it.
    pub computed: bool,
}

impl<'a> ExpressionColumn<'a> {
    /// For a field that stores what `base` does.
    pub fn new(name: String, field: &FieldDef, (owner, base): (&ModelDef, &'a FieldDef)) -> Self {
        ExpressionColumn {
            name,
            facts: Facts {
                ty: base.ty,
                null: field.null,
                enumeration: enumeration(owner, base),
                digits: digits(base),
            },
            computed: field.generated_as.is_some(),
        }
    }
}

/// The native enum that a field of an app stores.
fn enumeration<'a>(owner: &ModelDef, base: &'a FieldDef) -> Option<Enumeration<'a>> {
    Some(Enumeration {
        name: Some(enum_name(&owner.app, base.enum_type.as_ref()?).quoted().into()),
        values: base.choices.iter().map(String::as_str).collect(),
    })
}

/// How many digits a column of that field can hold.
fn digits(field: &FieldDef) -> Option<Digits> {
    let (whole, places) = match field.ty {
        FieldType::TinyInt | FieldType::UnsignedTinyInt => (3, 0),
        FieldType::SmallInt | FieldType::UnsignedSmallInt => (5, 0),
        FieldType::Int | FieldType::UnsignedInt => (10, 0),
        FieldType::BigInt | FieldType::UnsignedBigInt => (19, 0),
        FieldType::Decimal => (
            field.max_digits?.saturating_sub(field.decimal_places?),
            field.decimal_places?,
        ),
        _ => return None,
    };
    Some(Digits::new(whole, places))
}

impl ColumnResolver<ByName> for TableScope<'_> {
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

impl RowColumns for TableScope<'_> {
    fn column_name(&self, field: &str) -> Result<&str> {
        Ok(&self.named(field)?.name)
    }

    fn literal_sql(&self, value: &Literal, ty: FieldType) -> Result<String> {
        literal::render(value, ty, self.dialect)
    }
}

impl TableScope<'_> {
    pub fn named(&self, field: &str) -> Result<&ExpressionColumn<'_>> {
        self.columns.get(field).ok_or_else(|| {
            Error::config(format!(
                "the expression names `{field}`, which is not a column of the model"
            ))
        })
    }

    /// Refuses what a stored column cannot contain.
    fn keeps(&self, typed: &Typed<'_>) -> Result<()> {
        if let Node::Call(function, operands) = typed.node {
            let folds = || {
                let string = |ty| matches!(ty, None | Some(FieldType::Text | FieldType::Choices));
                let of_strings = typed.parts.iter().any(|part| string(part.ty));
                of_strings && self.dialect.folds_before_collations && operands.iter().all(may_fold)
            };
            if is_constant(*function, operands) || folds() {
                return Err(Error::config(format!(
                    "a generated field is computed from other fields, and this `{}` has only constants to go by",
                    function.def().name
                ))
                .with_hint("write what it gives"));
            }
            let strings = matches!(
                function.def().operands,
                OperandTypes::Strings
                    | OperandTypes::StringsOrWholeNumbers
                    | OperandTypes::StringAndPositions
            );
            if strings && self.dialect.enum_types && typed.parts.iter().any(|part| part.enumeration.is_some())
            {
                return Err(Error::unsupported(
                    "a generated field cannot be computed from the string of a field of an enum type",
                )
                .with_hint("its strings can be renamed; compare the field with a string instead"));
            }
        }
        typed.parts.iter().try_for_each(|part| self.keeps(part))
    }
}

/// The condition in SQL, without outer parentheses.
///
/// # Errors
/// If it is not a condition over the columns of the model.
pub(super) fn condition(expr: &RowExpr, scope: &TableScope<'_>) -> Result<String> {
    let typed = annotate(expr, Some(FieldType::Bool), scope, &mut Vec::new())?;
    if typed.ty.is_some_and(|ty| ty != FieldType::Bool) {
        return Err(Error::config("it is a value and not a condition")
            .with_hint("compare the value with another: [\"gt\", { field = \"cents\" }, 0]"));
    }
    row_sql(&typed, scope, scope.dialect)
}

/// What an index is over, in SQL, without outer parentheses.
///
/// # Errors
/// If it is not computed from columns of the model alone.
pub(super) fn value(expr: &RowExpr, scope: &TableScope<'_>) -> Result<String> {
    let typed = annotate(expr, None, scope, &mut Vec::new())?;
    if expr.fields().is_empty() {
        return Err(
            Error::config("it is over a constant, which is the same for every row")
                .with_hint("compute it from a field of the model"),
        );
    }
    row_sql(&typed, scope, scope.dialect)
}

/// The definition of a generated field's column.
///
/// # Errors
/// If the expression does not fit the model, or its type does not fit the column.
pub(super) fn computed(
    field: &FieldDef,
    generated: &GeneratedDef,
    scope: &TableScope<'_>,
) -> Result<ComputedDef> {
    let mut typed = annotate(&generated.expression, Some(field.ty), scope, &mut Vec::new())?;
    scope.keeps(&typed)?;
    let own = scope.columns.get(field.name.as_str());
    if let Some(of_field) = own.and_then(|column| column.facts.enumeration.as_ref()) {
        typed.stand_beside(of_field);
    }
    if !typed.ty.is_none_or(|given| holds(field.ty, given)) {
        return Err(Error::config(
            "the expression of the generated field gives a value of another type than the field's",
        ));
    }
    let sql = row_sql(&typed, scope, scope.dialect)?;
    let sql = match field.ty {
        FieldType::Decimal if typed.computed => decimal(field, &typed, &sql, scope)?,
        _ => sql,
    };
    Ok(ComputedDef {
        sql,
        stored: !generated.computed_on_read,
    })
}

/// A computed decimal as a column stores it.
fn decimal(field: &FieldDef, typed: &Typed<'_>, sql: &str, scope: &TableScope<'_>) -> Result<String> {
    let exact = typed.digits.filter(|digits| {
        digits.exact
            && field.decimal_places.is_some_and(|places| digits.places <= places)
            && field.max_digits.is_some_and(|digits| digits <= EXACT)
    });
    backend(scope.dialect)
        .computed_decimal(sql, exact.and(field.decimal_places))
        .ok_or_else(|| {
            Error::unsupported(format!(
                "{} computes decimals exactly only up to {EXACT} digits",
                scope.dialect.name
            ))
            .with_hint(format!(
                "give the fields max_digits (at most {EXACT}) and decimal_places, the generated one as many as its expression \
                 can give, and do not divide"
            ))
        })
}

/// Whether a column of one type can hold a value of another unchanged.
fn holds(column: FieldType, value: FieldType) -> bool {
    use FieldType::*;
    let strings = [Text, Choices];
    column == value
        || (column.is_integer() && value.is_integer())
        || (matches!(column, Real | Double | Decimal) && value.is_integer())
        || (matches!(column, Real | Double) && matches!(value, Real | Double))
        || (strings.contains(&column) && strings.contains(&value))
}

/// Whether the value is constant; when a server folds it, the collation may be lost.
fn is_constant(function: Function, operands: &[RowExpr]) -> bool {
    let literal = |operand: &RowExpr| matches!(operand, Node::Value(_));
    let Some((last, first)) = operands.split_last() else {
        return true;
    };
    match (function.def().operands, function) {
        (OperandTypes::Conditions, _) => false,
        (_, Function::Coalesce) => first.iter().any(literal),
        (_, Function::If | Function::Case) => operands.first().is_some_and(literal),
        _ => literal(last) && first.iter().all(literal),
    }
}

/// Whether a server may compute the value before it knows the collation of strings: as Postgres does to see whether a
/// column's expression always gives the same.
fn may_fold(expr: &RowExpr) -> bool {
    let (function, operands) = match expr {
        Node::Column(_) | Node::Subquery(_) => return false,
        Node::Value(_) => return true,
        Node::Call(function, operands) => (function, operands),
        Node::Raw(fragment, _) => match *fragment {},
        Node::Window(window, _) => match *window {},
    };
    let conditions = || operands.iter().step_by(2).take(operands.len() / 2);
    // With NULL most give NULL, whatever the others are.
    let nothing = |operand: &RowExpr| match operand {
        Node::Value(Literal::Null) => true,
        Node::Value(Literal::List(list)) => list.iter().all(|one| *one == Literal::Null),
        Node::Value(_) => false,
        operand => may_fold(operand),
    };
    match (function.def().operands, function) {
        (OperandTypes::Conditions, _) => operands.iter().any(may_fold),
        (_, Function::Coalesce) => operands.first().is_some_and(may_fold),
        (OperandTypes::Choice, _) => conditions().any(may_fold),
        _ => operands.iter().any(nothing) || operands.iter().all(may_fold),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::testing::{call, expression, field};
    use super::*;

    fn both(written: &Json) -> Result<(String, String)> {
        with_scopes(|scope| condition(&expression(written), scope))
    }

    /// On SQLite and on Postgres.
    fn with_scopes<T>(of: impl Fn(&TableScope<'_>) -> Result<T>) -> Result<(T, T)> {
        let fields = [
            FieldDef::new("title", FieldType::Text),
            FieldDef::new("views", FieldType::Int),
            FieldDef::new("price", FieldType::Decimal),
            FieldDef::new("weight", FieldType::Double),
            FieldDef {
                choices: vec!["low".to_owned(), "high".to_owned()],
                enum_type: Some("level".to_owned()),
                ..FieldDef::new("level", FieldType::Choices)
            },
        ];
        let owner = ModelDef::new("blog", "Post");
        let columns = (fields.iter())
            .map(|field| {
                (
                    field.name.as_str(),
                    ExpressionColumn::new(field.name.clone(), field, (&owner, field)),
                )
            })
            .collect();
        let render = |dialect| {
            let scope = TableScope {
                columns: &columns,
                dialect,
                kept: false,
            };
            of(&scope)
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
            "trim(\"title\") <> '' AND CAST(\"price\" AS REAL) >= CAST('0.5' AS REAL) AND \"views\" IN (1, 2)"
        );
        assert_eq!(
            postgres,
            "trim(\"title\") <> '' AND \"price\" >= 0.5 AND \"views\" IN (1, 2)"
        );
    }

    #[test]
    fn no_string_is_computed_from_constants_alone_in_a_column() {
        let chosen = |when| call("if", vec![when, field("title"), json!(" ")]);
        let null = || json!({ "null": true });
        for (string, refused) in [
            (field("title"), false),
            (call("coalesce", vec![field("title"), json!(" ")]), false),
            (chosen(call("gt", vec![field("views"), json!(1)])), false),
            (chosen(call("in", vec![field("views"), json!([1])])), false),
            (call("coalesce", vec![null(), field("title")]), true),
            (
                chosen(call("between", vec![field("views"), null(), null()])),
                true,
            ),
            (chosen(call("in", vec![field("views"), json!([])])), true),
            (
                chosen(call("not", vec![call("lt", vec![field("views"), null()])])),
                true,
            ),
        ] {
            let generated = GeneratedDef {
                expression: expression(&call("replace", vec![string, json!("a"), json!("")])),
                computed_on_read: false,
            };
            let column = FieldDef::new("made", FieldType::Text);
            let made = with_scopes(|scope| computed(&column, &generated, scope));
            assert_eq!(made.is_err(), refused, "{:?}: {made:?}", generated.expression);
        }
    }

    #[test]
    fn what_computing_may_make_null_differs_from_every_value() {
        for (computed, may_be_null) in [
            (call("add", vec![field("views"), json!(1)]), false),
            (call("div", vec![field("views"), json!(2)]), false),
            (call("div", vec![field("views"), field("views")]), true),
            (call("mod", vec![json!(9), field("views")]), true),
            (call("sub", vec![field("weight"), field("weight")]), true),
            (
                call("abs", vec![call("mod", vec![field("views"), json!(0)])]),
                true,
            ),
        ] {
            let (sqlite, postgres) = both(&call("ne", vec![computed, json!(3)])).unwrap();
            assert_eq!(sqlite.contains(" IS NOT "), may_be_null, "{sqlite}");
            assert_eq!(postgres.contains(" IS DISTINCT FROM "), may_be_null, "{postgres}");
        }
    }

    #[test]
    fn a_number_beside_null_is_a_number_within_a_string_too() {
        let condition = || call("gt", vec![field("views"), json!(9)]);
        let nothing = || {
            call(
                "if",
                vec![condition(), json!({ "null": true }), json!({ "null": true })],
            )
        };
        for choice in [
            call("if", vec![condition(), json!(5), json!({ "null": true })]),
            call(
                "if",
                vec![
                    condition(),
                    nothing(),
                    call("coalesce", vec![nothing(), json!(5)]),
                ],
            ),
        ] {
            let written = call(
                "ne",
                vec![call("concat", vec![field("title"), choice]), json!("")],
            );
            both(&written).unwrap();
        }
    }

    #[test]
    fn values_of_an_enum_type_order_as_its_variants_do() {
        let (sqlite, postgres) = both(&call("lt", vec![field("level"), json!("high")])).unwrap();
        assert_eq!(
            sqlite,
            "(CASE \"level\" WHEN 'low' THEN 0 WHEN 'high' THEN 1 END) < (CASE 'high' WHEN 'low' THEN 0 WHEN 'high' THEN 1 END)"
        );
        assert_eq!(postgres, "\"level\" < 'high'");
    }

    #[test]
    fn what_is_made_of_values_alone_is_of_the_enum_that_it_stands_beside() {
        let choice = call(
            "if",
            vec![
                call("gt", vec![field("views"), json!(9)]),
                json!("high"),
                json!({ "null": true }),
            ],
        );
        let (sqlite, postgres) = both(&call("eq", vec![field("level"), choice.clone()])).unwrap();
        assert_eq!(
            sqlite,
            "\"level\" = (CASE WHEN (\"views\" > 9) THEN 'high' ELSE NULL END)"
        );
        assert_eq!(
            postgres,
            "\"level\" = (CASE WHEN (\"views\" > 9) THEN CAST('high' AS \"blog_level\") ELSE CAST(NULL AS \"blog_level\") END)"
        );
        let nested = call(
            "coalesce",
            vec![choice, call("nullif", vec![json!("high"), json!("low")])],
        );
        let (_, postgres) = both(&call("lt", vec![nested, field("level")])).unwrap();
        assert_eq!(postgres.matches("AS \"blog_level\")").count(), 4, "{postgres}");
    }

    /// A regression test: each part was once analysed again for everything around it, 2^20 times for 20 terms.
    #[test]
    fn a_deep_expression_takes_no_longer_than_it_is_long() {
        let deep = (0..60).fold(field("views"), |sum, _| call("add", vec![sum, field("views")]));
        let (sqlite, postgres) = both(&call("gt", vec![deep, json!(0)])).unwrap();
        assert_eq!(sqlite.matches("\"views\"").count(), 61);
        assert_eq!(postgres.matches("\"views\"").count(), 61);
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
        ] {
            let error = both(&written).unwrap_err().to_string();
            assert!(error.contains(words), "{written}: {error}");
        }
    }
}
