//! Which expressions are of types that a database defines itself.

use crate::error::Result;
use crate::expr::{ByPosition, Form, Node, ResultType, RowSource};

use super::super::rules::{own_as_text, string_as_text};
use super::Renderer;

impl Renderer {
    /// The type as which an expression has to be read, because the dialect cannot read types that a database defines
    /// itself.
    pub(in crate::sql) fn read_as(&self, node: &Node<ByPosition>) -> Result<Option<&'static str>> {
        if self.dialect().own_types || self.stores {
            return Ok(None);
        }
        self.own_as_text(node, &mut Vec::new())
    }

    fn own_as_text(
        &self,
        node: &Node<ByPosition>,
        around: &mut Vec<RowSource>,
    ) -> Result<Option<&'static str>> {
        Ok(match node {
            Node::Column(column) => {
                let found = self.rows.find(column, around)?;
                own_as_text(found.column, found.model)
            }
            Node::Value(_) => None,
            // What it comes to may be a type of the database's own, whatever its parts are.
            Node::Raw(fragment, _) => fragment.ty.and_then(string_as_text),
            Node::Window(_, operands) => match operands.first() {
                Some(function) => self.own_as_text(function, around)?,
                None => None,
            },
            Node::Call(function, operands) => match function.def().result {
                ResultType::Operand => {
                    for operand in operands {
                        if let Some(text) = self.own_as_text(operand, around)? {
                            return Ok(Some(text));
                        }
                    }
                    None
                }
                ResultType::Element => match operands.first() {
                    Some(array) => self.own_as_text(array, around)?.map(|_| "text"),
                    None => None,
                },
                ResultType::Array => match operands.first() {
                    Some(element) => self.own_as_text(element, around)?.map(|_| "text[]"),
                    None => None,
                },
                _ => None,
            },
            Node::Subquery(query) => match (query.form, query.columns.first()) {
                (Form::Value, Some(value)) => {
                    around.push(query.from);
                    let own = self.own_as_text(value, around);
                    around.pop();
                    own?
                }
                _ => None,
            },
        })
    }
}
