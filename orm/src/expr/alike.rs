//! Operands that have to be of one type, beside each other.

use crate::error::{Error, Result};
use crate::value::FieldType;

use super::function::is_condition_of_choice;
use super::operands::{is_number, is_string, kind};
use super::types::{each, misplaced, value_type};
use super::{ColumnResolver, Function, Leaves, Node, ResultType, Typed, annotate};

/// Conditions, each before a value.
pub(super) fn choice<'n, 'c, L: Leaves>(
    function: Function,
    operands: &'n [Node<L>],
    expected: Option<FieldType>,
    columns: &'c dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<Vec<Typed<'n, 'c, L>>> {
    let is_condition = |at: usize| is_condition_of_choice(at, operands.len());
    let values: Vec<&Node<L>> = (operands.iter().enumerate())
        .filter(|(at, _)| !is_condition(*at))
        .map(|(_, operand)| operand)
        .collect();
    let mut values = alike(function, &values, expected, columns, around)?.into_iter();
    let mut parts = Vec::with_capacity(operands.len());
    for (at, operand) in operands.iter().enumerate() {
        if !is_condition(at) {
            parts.extend(values.next());
            continue;
        }
        let condition = annotate(operand, Some(FieldType::Bool), columns, around)?;
        if condition.ty.is_some_and(|ty| ty != FieldType::Bool) {
            return Err(misplaced(function));
        }
        parts.push(condition);
    }
    Ok(parts)
}

/// A range, and a value of the type of its bounds: either says of what type the other is.
pub(super) fn range_and_bound<'n, 'c, L: Leaves>(
    function: Function,
    operands: &'n [Node<L>],
    columns: &'c dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<Vec<Typed<'n, 'c, L>>> {
    let known = each(operands, |_| None, columns, around)?;
    let [range, bound] = known.as_slice() else {
        return Err(misplaced(function));
    };
    let ty = range.ty.or_else(|| bound.ty.and_then(FieldType::ranges));
    let of_bound = ty.and_then(FieldType::bound);
    let is_integer = |ty: Option<FieldType>| ty.is_some_and(FieldType::is_integer);
    let fits = bound.ty == of_bound || (is_integer(bound.ty) && is_integer(of_bound));
    if bound.ty.is_some() && !fits {
        return Err(misplaced(function));
    }
    each(
        operands,
        |at| if at == 0 { ty } else { of_bound },
        columns,
        around,
    )
}

/// Whether the first is a range or multirange of whole numbers, and the second one of another width than its bounds.
pub fn other_width<L: Leaves>(parts: &[Typed<'_, '_, L>]) -> bool {
    let ty = |at: usize| parts.get(at).and_then(|part| part.ty);
    let bound = ty(0).and_then(FieldType::bound);
    bound
        .zip(ty(1))
        .is_some_and(|(bound, number)| bound.is_integer() && bound != number)
}

/// Whether that is so of a multirange.
pub fn multirange_of_other_width<L: Leaves>(parts: &[Typed<'_, '_, L>]) -> bool {
    let ty = parts.first().and_then(|part| part.ty);
    ty.is_some_and(FieldType::is_multirange) && other_width(parts)
}

/// Types operands that must have one type: a value takes the type of the operands beside it.
pub(super) fn alike<'n, 'c, L: Leaves>(
    function: Function,
    operands: &[&'n Node<L>],
    expected: Option<FieldType>,
    columns: &'c dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<Vec<Typed<'n, 'c, L>>> {
    let mut parts: Vec<Option<Typed<'n, 'c, L>>> = Vec::with_capacity(operands.len());
    for &operand in operands {
        parts.push(match operand {
            Node::Value(_) => None,
            other => Some(annotate(other, expected, columns, around)?),
        });
    }
    let ty = parts.iter().flatten().find_map(|part| part.ty).or(expected);
    // The types that values declare, for when every operand is NULL or a value and nothing around them says more.
    let mut of_values = None;
    for operand in operands {
        if let (None, Node::Value(value)) = (of_values, operand) {
            of_values = value_type(value, None, columns)?;
        }
    }
    let mut parts = operands
        .iter()
        .zip(parts)
        .map(|(operand, part)| match part {
            Some(part) if part.ty.is_some() => Ok(part),
            // An operand made of nothing but NULL takes the type of the operands beside it.
            Some(_) => annotate(operand, ty.or(of_values), columns, around),
            None => annotate(operand, ty, columns, around),
        })
        .collect::<Result<Vec<_>>>()?;
    // The function returns one of its operands, so all of them must have one type.
    let fit = match function.def().result {
        ResultType::Operand => stand_for_each_other,
        _ => compare,
    };
    let mut known = parts.iter().filter_map(|part| Some((part, part.ty?)));
    let Some((_, first)) = known.next() else {
        return Ok(parts);
    };
    if let Some((_, other)) = known.find(|(_, ty)| !fit(first, *ty)) {
        return Err(differ(function, first, other));
    }
    // A value takes the type of the operands beside it, if it can be read as one.
    let mut enumerations = parts.iter().filter_map(|part| part.enumeration.as_ref());
    let named = enumerations.find(|enumeration| enumeration.name.is_some());
    let Some(enumeration) = named.cloned() else {
        // There are values at most: each says itself what it is of.
        return Ok(parts);
    };
    for part in &mut parts {
        match part.node {
            // The database is told by the operand beside it.
            Node::Value(_) => part.enumeration = None,
            _ => part.stand_beside(&enumeration),
        }
    }
    let mut enumerations = (parts.iter())
        .filter(|part| !matches!(part.node, Node::Value(_)))
        .map(|part| &part.enumeration);
    if let Some(first) = enumerations.next()
        && enumerations.any(|other| other != first)
    {
        return Err(Error::config(format!(
            "`{}` takes values of one type, but gets those of a native enum and others",
            function.def().name
        ))
        .with_hint("compare each with a string of its own"));
    }
    Ok(parts)
}

#[cold]
fn differ(function: Function, one: FieldType, other: FieldType) -> Error {
    Error::config(format!(
        "`{}` takes values of one type, and gets {} and {}",
        function.def().name,
        kind(one),
        kind(other)
    ))
    .with_hint("write both in the same type; a literal says its own as in { decimal = \"0.5\" }, { date = \"2026-11-22\" }")
}

/// Whether values of both types can be compared.
fn compare(one: FieldType, other: FieldType) -> bool {
    one == other
        || (is_number(one) && is_number(other))
        || (is_string(one) && is_string(other))
        || (one.is_network() && other.is_network())
        || are_arrays_of_one_type(one, other)
}

/// Whether values of both types can be operands of one type.
fn stand_for_each_other(one: FieldType, other: FieldType) -> bool {
    use FieldType::{Double, Real};
    one == other
        || (one.is_integer() && other.is_integer())
        || (matches!(one, Real | Double) && matches!(other, Real | Double))
        || (is_string(one) && is_string(other))
        || are_arrays_of_one_type(one, other)
}

fn are_arrays_of_one_type(one: FieldType, other: FieldType) -> bool {
    matches!((one, other), (FieldType::Array(one), FieldType::Array(other)) if one.compares_with(other))
}
