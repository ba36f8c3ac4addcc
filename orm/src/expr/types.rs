//! The type checker: the type of each part of an expression, and whether it fits its context.

use crate::error::{Error, Result};
use crate::value::{ArrayType, FieldType, Literal};

use super::alike::{alike, choice, range_and_bound};
use super::digits::{self, Digits};
use super::enumeration::Enumeration;
use super::function::is_condition_of_choice;
use super::operands::{accepts, describe, element};
use super::{Comparison, Form, Function, Leaves, Node, OperandTypes, ResultType};

/// What is known of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo<'a> {
    /// The type it stores.
    pub ty: FieldType,
    /// Whether it may be NULL, including because the row it belongs to may be missing.
    pub null: bool,
    /// For a native enum: which.
    pub enumeration: Option<Enumeration<'a>>,
    /// The most digits it can have, where the model limits them.
    pub digits: Option<Digits>,
}

/// Resolves the leaves of an expression.
pub trait ColumnResolver<L: Leaves> {
    /// Resolves a column. `around` lists the rows of the subqueries around it within the expression, innermost last.
    ///
    /// # Errors
    /// If those rows have no such column.
    fn column(&self, column: &L::Column, around: &[L::From]) -> Result<ColumnInfo<'_>>;

    /// The type that a value declares.
    fn value_type(&self, value: &L::Value) -> Option<FieldType>;

    /// The values of the native enum that a value declares to be of.
    fn choices(&self, value: &L::Value) -> Option<&'static [&'static str]> {
        let _ = value;
        None
    }

    /// The value itself, where it is known.
    fn literal<'v>(&self, value: &'v L::Value) -> Option<&'v Literal>;
}

/// A node with the types of itself and its parts.
#[derive(Debug)]
pub struct Typed<'n, 'c, L: Leaves> {
    /// The node.
    pub node: &'n Node<L>,
    /// Its type; `None` only for values whose type neither they nor their context determine.
    pub ty: Option<FieldType>,
    /// For a value of a native enum: which. Of a value on its own, where what stands beside it does not say so to the database;
    /// without a name, where nothing does.
    pub enumeration: Option<Enumeration<'c>>,
    /// Whether arithmetic computed it: a decimal is then a number even where stored decimals are strings.
    pub computed: bool,
    /// The most digits of a number, if known.
    pub digits: Option<Digits>,
    /// The operands of a call, or the expressions of a subquery, in order.
    pub parts: Vec<Typed<'n, 'c, L>>,
}

/// Types an expression and all of its parts, visiting each once.
///
/// # Errors
/// If it refers to a column that does not exist, or a function is given operands of the wrong type.
pub fn annotate<'n, 'c, L: Leaves>(
    node: &'n Node<L>,
    expected: Option<FieldType>,
    columns: &'c dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<Typed<'n, 'c, L>> {
    match node {
        Node::Column(column) => {
            let facts = columns.column(column, around)?;
            Ok(Typed {
                node,
                ty: Some(facts.ty),
                enumeration: facts.enumeration,
                computed: false,
                digits: facts.digits,
                parts: Vec::new(),
            })
        }
        Node::Value(value) => Ok(Typed {
            node,
            ty: value_type(value, expected, columns)?,
            enumeration: columns.choices(value).map(Enumeration::unnamed),
            computed: false,
            digits: columns.literal(value).and_then(Digits::of_literal),
            parts: Vec::new(),
        }),
        Node::Call(function, operands) => call(node, *function, operands, expected, columns, around),
        Node::Raw(fragment, parts) => Ok(Typed {
            node,
            ty: L::fragment_type(fragment),
            enumeration: L::fragment_choices(fragment).map(Enumeration::unnamed),
            computed: false,
            digits: None,
            parts: each(parts, |_| None, columns, around)?,
        }),
        Node::Window(_, operands) => {
            let parts = each(operands, |at| expected.filter(|_| at == 0), columns, around)?;
            let function = parts.first();
            Ok(Typed {
                node,
                ty: function.and_then(|function| function.ty),
                enumeration: function.and_then(|function| function.enumeration.clone()),
                computed: function.is_some_and(|function| function.computed),
                digits: function.and_then(|function| function.digits),
                parts,
            })
        }
        Node::Subquery(query) => {
            around.push(query.from.clone());
            let parts: Result<Vec<_>> = query
                .parts()
                .map(|part| annotate(part, None, columns, around))
                .collect();
            around.pop();
            let parts = parts?;
            let first_column = usize::from(query.rows.is_some()) + usize::from(query.filter.is_some());
            let value = match query.form {
                Form::Exists | Form::Rows | Form::Values | Form::ComparedValues => None,
                Form::Value | Form::List => parts.get(first_column),
            };
            Ok(Typed {
                node,
                ty: match query.form {
                    Form::Exists => Some(FieldType::Bool),
                    Form::Value | Form::List => value.and_then(|value| value.ty),
                    Form::Rows | Form::Values | Form::ComparedValues => None,
                },
                enumeration: value.and_then(|value| value.enumeration.clone()),
                computed: value.is_some_and(|value| value.computed),
                digits: value.and_then(|value| value.digits),
                parts,
            })
        }
    }
}

fn call<'n, 'c, L: Leaves>(
    node: &'n Node<L>,
    function: Function,
    operands: &'n [Node<L>],
    expected: Option<FieldType>,
    columns: &'c dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<Typed<'n, 'c, L>> {
    let def = function.def();
    if !def.arity.allows(operands.len()) {
        return Err(Error::config(format!(
            "`{}` does not take {} operands",
            def.name,
            operands.len()
        )));
    }
    let parts = match def.operands {
        OperandTypes::RangeAndBound => range_and_bound(function, operands, columns, around)?,
        OperandTypes::Any | OperandTypes::Document | OperandTypes::Range => {
            each(operands, |_| None, columns, around)?
        }
        OperandTypes::Networks => each(operands, |_| Some(FieldType::Inet), columns, around)?,
        OperandTypes::Conditions => each(operands, |_| Some(FieldType::Bool), columns, around)?,
        OperandTypes::SameType
        | OperandTypes::List
        | OperandTypes::Arrays
        | OperandTypes::Ranges
        | OperandTypes::Moments => alike(
            function,
            &operands.iter().collect::<Vec<_>>(),
            expected.filter(|_| def.result == ResultType::Operand),
            columns,
            around,
        )?,
        OperandTypes::Numbers | OperandTypes::WholeNumbers | OperandTypes::NumbersOrDurations => alike(
            function,
            &operands.iter().collect::<Vec<_>>(),
            expected,
            columns,
            around,
        )?,
        OperandTypes::Moment | OperandTypes::Dates | OperandTypes::Times => {
            let same = expected.filter(|_| def.result == ResultType::Operand);
            each(operands, |_| same, columns, around)?
        }
        OperandTypes::Durations => each(operands, |_| Some(FieldType::Duration), columns, around)?,
        OperandTypes::MomentAndDuration => each(
            operands,
            |at| match at {
                0 => expected,
                _ => Some(FieldType::Duration),
            },
            columns,
            around,
        )?,
        OperandTypes::Strings => each(operands, |_| Some(FieldType::Text), columns, around)?,
        OperandTypes::StringsOrWholeNumbers => {
            let mut parts = each(operands, |_| None, columns, around)?;
            // Only what nothing else says more of is a string: NULL beside a whole number is one.
            for (part, operand) in parts.iter_mut().zip(operands) {
                if part.ty.is_none() {
                    *part = annotate(operand, Some(FieldType::Text), columns, around)?;
                }
            }
            parts
        }
        OperandTypes::StringAndPositions => each(
            operands,
            |at| Some(if at == 0 { FieldType::Text } else { FieldType::Int }),
            columns,
            around,
        )?,
        OperandTypes::InstantAndZone | OperandTypes::LocalAndZone => each(
            operands,
            |at| {
                Some(match (at, def.operands) {
                    (0, OperandTypes::InstantAndZone) => FieldType::Timestamp,
                    (0, _) => FieldType::DateTime,
                    _ => FieldType::Text,
                })
            },
            columns,
            around,
        )?,
        OperandTypes::StringsAndLength => each(
            operands,
            |at| Some(if at < 2 { FieldType::Text } else { FieldType::Int }),
            columns,
            around,
        )?,
        OperandTypes::Filtered => each(
            operands,
            |at| match at {
                0 => expected,
                _ => Some(FieldType::Bool),
            },
            columns,
            around,
        )?,
        OperandTypes::ArrayAndPlace => each(
            operands,
            |at| (at == 1).then_some(FieldType::BigInt),
            columns,
            around,
        )?,
        OperandTypes::ValuesAndPlace => {
            let (place, values) = operands.split_last().ok_or_else(|| misplaced(function))?;
            let mut parts = alike(
                function,
                &values.iter().collect::<Vec<_>>(),
                expected,
                columns,
                around,
            )?;
            parts.push(annotate(place, Some(FieldType::Int), columns, around)?);
            parts
        }
        OperandTypes::Choice => choice(function, operands, expected, columns, around)?,
    };
    for (at, part) in parts.iter().enumerate() {
        if let Some(ty) = part.ty
            && !accepts(def.operands, at, ty)
        {
            return Err(misplaced(function));
        }
    }
    plain_operands(function, operands, columns)?;
    let unordered = parts.iter().filter_map(|part| part.ty).any(|ty| !ty.is_ordered());
    if def.comparison == Comparison::Order && unordered {
        return Err(Error::unsupported(format!(
            "`{}` takes no JSON, no arrays and no multiranges: databases order them in different ways",
            def.name
        ))
        .with_hint("compare them by `eq`, `ne` and `in_`; what is ordered has to be a column of its own"));
    }
    // A condition says nothing about the type of the value behind it.
    let is_value =
        |at: usize| def.operands != OperandTypes::Choice || !is_condition_of_choice(at, parts.len());
    let values: Vec<&Typed<'n, 'c, L>> = (parts.iter().enumerate())
        .filter(|(at, _)| is_value(*at))
        .map(|(_, part)| part)
        .collect();
    let ty = match def.result {
        ResultType::Bool => Some(FieldType::Bool),
        ResultType::BigInt => Some(FieldType::BigInt),
        ResultType::String => Some(FieldType::Text),
        ResultType::Duration => Some(FieldType::Duration),
        ResultType::Date => Some(FieldType::Date),
        ResultType::Time => Some(FieldType::Time),
        ResultType::Timestamp => Some(FieldType::Timestamp),
        ResultType::DateTime => Some(FieldType::DateTime),
        ResultType::Double => Some(FieldType::Double),
        ResultType::Decimal => Some(FieldType::Decimal),
        // A duration, a condition or a place is not the operand that comes back.
        ResultType::Operand
            if matches!(
                def.operands,
                OperandTypes::MomentAndDuration | OperandTypes::Filtered | OperandTypes::ValuesAndPlace
            ) =>
        {
            values.first().and_then(|part| part.ty)
        }
        ResultType::Operand => values.iter().find_map(|part| part.ty),
        ResultType::Array => {
            let array = values.first().and_then(|part| part.ty).and_then(ArrayType::of);
            array.map(FieldType::Array)
        }
        ResultType::Json => Some(FieldType::Json),
        ResultType::Element => values.first().and_then(|part| part.ty).and_then(element),
        ResultType::Bound => values.first().and_then(|part| part.ty).and_then(FieldType::bound),
        ResultType::Multirange => (values.first().and_then(|part| part.ty)).and_then(FieldType::multirange),
        ResultType::Number => number(&values),
        ResultType::Sum => values.iter().find_map(|part| part.ty).map(|ty| match ty {
            FieldType::Decimal | FieldType::Duration => ty,
            ty if ty.is_integer() => FieldType::BigInt,
            _ => FieldType::Double,
        }),
        ResultType::Mean => Some(match values.iter().find_map(|part| part.ty) {
            Some(ty @ (FieldType::Decimal | FieldType::Duration)) => ty,
            _ => FieldType::Double,
        }),
    };
    let enumeration = match def.result {
        ResultType::Operand => values.iter().find_map(|part| part.enumeration.clone()),
        ResultType::Element | ResultType::Array => values.first().and_then(|part| part.enumeration.clone()),
        _ => None,
    };
    let computed = match def.result {
        ResultType::Number => true,
        ResultType::Operand => values.iter().any(|part| part.computed),
        _ => false,
    };
    let digits = digits::of_call(function, &values);
    Ok(Typed {
        node,
        ty,
        enumeration,
        computed,
        digits,
        parts,
    })
}

pub(super) fn each<'n, 'c, L: Leaves>(
    operands: &'n [Node<L>],
    expected: impl Fn(usize) -> Option<FieldType>,
    columns: &'c dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<Vec<Typed<'n, 'c, L>>> {
    operands
        .iter()
        .enumerate()
        .map(|(at, operand)| annotate(operand, expected(at), columns, around))
        .collect()
}

#[cold]
pub(super) fn misplaced(function: Function) -> Error {
    let def = function.def();
    Error::config(format!("`{}` takes {}", def.name, describe(def.operands)))
        .with_hint("a value of another type has no form that is the same on every database")
}

/// The type of a value: the one it declares, unless it can be read as the expected type.
pub(super) fn value_type<L: Leaves>(
    value: &L::Value,
    expected: Option<FieldType>,
    columns: &dyn ColumnResolver<L>,
) -> Result<Option<FieldType>> {
    match columns.literal(value) {
        Some(Literal::List(items)) => {
            let own = items.iter().find_map(|item| literal_type(item, expected));
            Ok(expected.or(own))
        }
        Some(literal) => Ok(literal_type(literal, expected)),
        None => Ok(columns.value_type(value).or(expected)),
    }
}

fn literal_type(literal: &Literal, expected: Option<FieldType>) -> Option<FieldType> {
    match expected {
        Some(ty) if literal.fits(ty) => Some(ty),
        _ => literal.ty(),
    }
}

/// Checks operands that have to be plain values, because backends disagree about others.
fn plain_operands<L: Leaves>(
    function: Function,
    operands: &[Node<L>],
    columns: &dyn ColumnResolver<L>,
) -> Result<()> {
    let literal = |operand: &Node<L>| match operand {
        Node::Value(value) => Some(columns.literal(value).cloned()),
        Node::Column(_) | Node::Call(..) | Node::Subquery(_) | Node::Raw(..) | Node::Window(..) => None,
    };
    match function {
        // Every database takes positions before the first differently.
        Function::Substr => {
            for (operand, least) in operands.iter().skip(1).zip([1, 0]) {
                match literal(operand) {
                    Some(None) => {}
                    Some(Some(Literal::Int(number))) if number >= least => {}
                    _ => {
                        return Err(Error::config(
                            "`substr` takes a string, the number of its first character (from 1) and how many, as plain numbers",
                        ));
                    }
                }
            }
        }
        // One of the databases takes less than none for all but so many.
        Function::Right => match operands.get(1).and_then(literal) {
            Some(None) => {}
            Some(Some(Literal::Int(0..))) => {}
            _ => {
                return Err(Error::config(
                    "`right` takes a string, and how many characters as a plain number",
                ));
            }
        },
        // One of the databases does not look at the replacement if the search string is empty.
        Function::Replace => match operands.get(1).and_then(literal) {
            Some(None) => {}
            Some(Some(Literal::Str(part))) if !part.is_empty() => {}
            _ => {
                return Err(Error::config(
                    "`replace` looks for a string that is given and not empty",
                ));
            }
        },
        _ => {}
    }
    Ok(())
}

/// The type of an arithmetic result.
fn number<L: Leaves>(parts: &[&Typed<'_, '_, L>]) -> Option<FieldType> {
    let mut types = parts.iter().filter_map(|part| part.ty).peekable();
    types.peek()?;
    Some(types.fold(FieldType::BigInt, |so_far, ty| match (so_far, ty) {
        (FieldType::Double, _) | (_, FieldType::Real | FieldType::Double) => FieldType::Double,
        (FieldType::Decimal, _) | (_, FieldType::Decimal) => FieldType::Decimal,
        _ => FieldType::BigInt,
    }))
}
