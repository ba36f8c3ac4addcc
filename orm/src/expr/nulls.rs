//! The pass over NULL: whether an expression may be NULL.

use crate::error::Result;
use crate::value::Literal;

use super::{ColumnResolver, Form, Function, Leaves, Node, NullRule};

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
            let operands = match function.def().nulls {
                NullRule::Never => return Ok(false),
                NullRule::Maybe => return Ok(true),
                NullRule::Any | NullRule::All => &operands[..],
                NullRule::Branches => operands.get(1..).unwrap_or_default(),
            };
            let all = function.def().nulls == NullRule::All;
            for operand in operands {
                if may_be_null(operand, columns, around)? != all {
                    return Ok(!all);
                }
            }
            all
        }
        Node::Subquery(query) => match query.form {
            Form::Exists | Form::List => false,
            // An aggregate query returns one row, however few rows it aggregates.
            Form::Value => !matches!(
                (
                    &query.columns[..],
                    &query.groups[..],
                    query.limit.is_some() || query.offset.is_some() || query.having.is_some()
                ),
                (
                    [Node::Call(
                        Function::CountRows | Function::Count | Function::CountDistinct,
                        _
                    )],
                    [],
                    false
                )
            ),
        },
    })
}
