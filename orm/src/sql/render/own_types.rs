//! Which expressions are of types that a database defines itself.

use crate::error::Result;
use crate::expr::{ByPosition, Form, Node, ResultType, RowSource};

use super::super::rules::may_be_own;
use super::Renderer;

impl Renderer {
    /// Whether an expression has to be read as text, because the dialect cannot read types that a database defines
    /// itself.
    pub(in crate::sql) fn is_read_as_text(&self, node: &Node<ByPosition>) -> Result<bool> {
        if self.dialect().own_types || self.stores {
            return Ok(false);
        }
        self.is_of_own_type(node, &mut Vec::new())
    }

    fn is_of_own_type(&self, node: &Node<ByPosition>, around: &mut Vec<RowSource>) -> Result<bool> {
        Ok(match node {
            Node::Column(column) => {
                let found = self.rows.find(column, around)?;
                may_be_own(found.column, found.model)
            }
            Node::Value(_) => false,
            Node::Call(function, operands) => match function.def().result {
                ResultType::Operand => {
                    for operand in operands {
                        if self.is_of_own_type(operand, around)? {
                            return Ok(true);
                        }
                    }
                    false
                }
                _ => false,
            },
            Node::Subquery(query) => match (query.form, query.columns.first()) {
                (Form::Value, Some(value)) => {
                    around.push(query.from);
                    let own = self.is_of_own_type(value, around);
                    around.pop();
                    own?
                }
                _ => false,
            },
        })
    }
}
