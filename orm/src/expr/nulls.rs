//! The pass over NULL: whether an expression may be NULL.

use crate::error::Result;
use crate::value::Literal;

use super::{Columns, Form, Function, Leaves, Node, Nulls};

/// Whether it may be NULL.
///
/// # Errors
/// If it names what is not there.
pub fn may_be_null<L: Leaves>(
    node: &Node<L>,
    columns: &dyn Columns<L>,
    around: &mut Vec<L::From>,
) -> Result<bool> {
    Ok(match node {
        Node::Column(column) => columns.column(column, around)?.null,
        Node::Value(value) => matches!(columns.literal(value), Some(Literal::Null)),
        Node::Call(function, operands) => {
            let operands = match function.row().nulls {
                Nulls::Never => return Ok(false),
                Nulls::Maybe => return Ok(true),
                Nulls::Any | Nulls::All => &operands[..],
                Nulls::Branches => operands.get(1..).unwrap_or_default(),
            };
            let all = function.row().nulls == Nulls::All;
            for operand in operands {
                if may_be_null(operand, columns, around)? != all {
                    return Ok(!all);
                }
            }
            all
        }
        Node::Query(query) => match query.form {
            Form::Exists | Form::List => false,
            // There is a row whatever there is to count.
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
