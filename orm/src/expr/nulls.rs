//! The pass over NULL: whether an expression may be NULL.

use crate::error::Result;
use crate::value::{FieldType, Literal};

use super::function::is_condition_of_choice;
use super::{ColumnResolver, Form, Function, Leaves, Node, NullRule, ResultType, Takes, Typed};

/// Whether computing it may give NULL though nothing that it is computed from is: by a divisor that is zero, or where it is a
/// floating-point number that is not a number, and the database has none.
pub fn may_compute_null<L: Leaves>(typed: &Typed<'_, '_, L>) -> bool {
    let is_float = matches!(typed.ty, Some(FieldType::Real | FieldType::Double));
    let own = match typed.node {
        Node::Call(Function::Div | Function::Mod, operands) => {
            is_float || !matches!(operands.get(1), Some(Node::Value(value)) if L::is_not_zero(value))
        }
        Node::Call(function, _) => is_float && function.def().result == ResultType::Number,
        Node::Column(_) | Node::Value(_) | Node::Subquery(_) | Node::Raw(..) | Node::Window(..) => false,
    };
    own || typed.parts.iter().any(may_compute_null)
}

/// Whether it may be NULL.
///
/// # Errors
/// If it refers to a column that does not exist.
pub fn may_be_null<L: Leaves>(
    node: &Node<L>,
    columns: &dyn ColumnResolver<L>,
    around: &mut Vec<L::From>,
) -> Result<bool> {
    Ok(match node {
        Node::Column(column) => columns.column(column, around)?.null,
        Node::Value(value) => matches!(columns.literal(value), Some(Literal::Null)),
        Node::Call(function, operands) => {
            let nulls = function.def().nulls;
            let branches = nulls == NullRule::Branches;
            match nulls {
                NullRule::Never => return Ok(false),
                NullRule::Maybe => return Ok(true),
                // There is no value for the rest.
                NullRule::Branches if operands.len().is_multiple_of(2) => return Ok(true),
                NullRule::First => {
                    return match operands.first() {
                        Some(first) => may_be_null(first, columns, around),
                        None => Ok(true),
                    };
                }
                NullRule::Any | NullRule::All | NullRule::Branches => {}
            }
            let all = nulls == NullRule::All;
            for (at, operand) in operands.iter().enumerate() {
                if branches && is_condition_of_choice(at, operands.len()) {
                    continue;
                }
                if may_be_null(operand, columns, around)? != all {
                    return Ok(!all);
                }
            }
            all
        }
        // What comes of its parts nobody but who wrote it knows.
        Node::Raw(fragment, _) => L::fragment_may_be_null(fragment),
        Node::Window(_, operands) => match operands.first() {
            Some(function) => may_be_null(function, columns, around)?,
            None => true,
        },
        Node::Subquery(query) => match query.form {
            Form::Exists | Form::Rows | Form::Values | Form::ComparedValues => false,
            // Whether a value is among others is unknown if one of these is.
            Form::List => {
                around.push(query.from.clone());
                let mut null = false;
                for value in &query.columns {
                    null |= may_be_null(value, columns, around)?;
                }
                around.pop();
                null
            }
            // An aggregate query returns one row, however few rows it aggregates.
            Form::Value => match &query.columns[..] {
                [value]
                    if query.takes == Takes::Together
                        || value.has_aggregate()
                            && query.groups.is_empty()
                            && query.limit.is_none()
                            && query.offset.is_none()
                            && query.having.is_none() =>
                {
                    around.push(query.from.clone());
                    let null = may_be_null(value, columns, around);
                    around.pop();
                    null?
                }
                _ => true,
            },
        },
    })
}
