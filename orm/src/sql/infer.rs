//! What is known of an expression before it runs: its type, and whether it may be NULL.

use crate::error::Result;
use crate::query::{Binary, Node, Unary};
use crate::value::FieldType;

use super::render::Renderer;
use super::rules::may_be_own;

impl Renderer {
    /// What an expression's value is, where that decides how it is rendered.
    pub(super) fn type_of(&self, node: &Node) -> Result<Option<FieldType>> {
        Ok(match node {
            Node::Column(path, position) => self
                .model(*path)?
                .columns
                .get(*position as usize)
                .map(|column| column.storage),
            Node::Param(_) => None,
            Node::CountRows => Some(FieldType::BigInt),
            Node::Unary(op, operand) => match op {
                Unary::Not | Unary::IsNull | Unary::IsNotNull => Some(FieldType::Bool),
                Unary::Negate
                | Unary::Lower
                | Unary::Upper
                | Unary::Trim
                | Unary::Sum
                | Unary::Min
                | Unary::Max => self.type_of(operand)?,
                Unary::Avg => match self.type_of(operand)? {
                    Some(FieldType::Decimal) => Some(FieldType::Decimal),
                    _ => Some(FieldType::Double),
                },
                Unary::Length | Unary::Count | Unary::CountDistinct => Some(FieldType::BigInt),
            },
            Node::Binary(op, left, right) => match op {
                Binary::Add | Binary::Sub | Binary::Mul | Binary::Div => match self.type_of(left)? {
                    Some(ty) => Some(ty),
                    None => self.type_of(right)?,
                },
                _ => Some(FieldType::Bool),
            },
            Node::Between(..) | Node::Exists(..) => Some(FieldType::Bool),
        })
    }

    /// The texts of the native enum that an expression is a value of, in their order.
    pub(super) fn enumeration(&self, node: &Node) -> Result<Option<&'static [&'static str]>> {
        Ok(match node {
            Node::Column(path, position) => self
                .model(*path)?
                .columns
                .get(*position as usize)
                .and_then(|column| column.enumeration.as_ref())
                .map(|enumeration| enumeration.values),
            Node::Unary(Unary::Min | Unary::Max, operand) => self.enumeration(operand)?,
            _ => None,
        })
    }

    /// Whether an expression has to be read as text: the dialect reads no type that a database has made for itself.
    pub(super) fn is_read_as_text(&self, node: &Node) -> Result<bool> {
        if self.dialect().own_types {
            return Ok(false);
        }
        Ok(match node {
            Node::Column(path, position) => {
                let model = self.model(*path)?;
                let column = model.columns.get(*position as usize);
                column.is_some_and(|column| may_be_own(column, model))
            }
            Node::Unary(Unary::Min | Unary::Max, operand) => self.is_read_as_text(operand)?,
            _ => false,
        })
    }

    /// Whether an expression may be NULL.
    pub(super) fn nullable(&self, node: &Node) -> Result<bool> {
        Ok(match node {
            Node::Column(path, position) => {
                self.may_be_missing(*path)?
                    || self
                        .model(*path)?
                        .columns
                        .get(*position as usize)
                        .is_none_or(|column| column.null)
            }
            Node::CountRows | Node::Exists(..) => false,
            Node::Unary(op, operand) => match op {
                Unary::Not | Unary::IsNull | Unary::IsNotNull | Unary::Count | Unary::CountDistinct => false,
                Unary::Sum | Unary::Avg | Unary::Min | Unary::Max => true,
                Unary::Negate | Unary::Lower | Unary::Upper | Unary::Trim | Unary::Length => {
                    self.nullable(operand)?
                }
            },
            Node::Binary(Binary::Ne, ..) => false,
            Node::Binary(_, left, right) => self.nullable(left)? || self.nullable(right)?,
            Node::Param(_) => false,
            Node::Between(tested, low, high) => {
                self.nullable(tested)? || self.nullable(low)? || self.nullable(high)?
            }
        })
    }
}
