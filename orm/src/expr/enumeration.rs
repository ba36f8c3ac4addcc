//! Values of a native enum: what they are beside is what they are.

use super::function::is_condition_of_choice;
use super::types::Typed;
use super::{Function, Leaves, Node, OperandTypes, ResultType};

/// A native enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enumeration<'a> {
    /// Name of its type, where a database has such types; `None` of values that stand beside nothing of that type, which a database
    /// takes for strings.
    pub name: Option<std::borrow::Cow<'a, str>>,
    /// Its values in order.
    pub values: Vec<&'a str>,
}

impl<'n, 'c, L: Leaves> Typed<'n, 'c, L> {
    /// Whether it gives one of its operands and all of those are values: some databases take it for a string then, whatever
    /// the values are read as elsewhere.
    pub fn is_of_values(&self) -> bool {
        let Node::Call(function, _) = self.node else {
            return false;
        };
        let mut values = self.given(*function).peekable();
        function.def().result == ResultType::Operand
            && values.peek().is_some()
            && values.all(|part| matches!(part.node, Node::Value(_)))
    }

    /// The type of the database that it is of, where a database has such types.
    pub fn enum_name(&self) -> Option<&str> {
        self.enumeration.as_ref()?.name.as_deref()
    }

    /// It stands beside a value of a native enum: what is made of values alone is of that enum, too.
    pub fn stand_beside(&mut self, enumeration: &Enumeration<'c>) {
        let Node::Call(function, _) = self.node else {
            return;
        };
        if !self.is_made_of_values() {
            return;
        }
        self.enumeration = Some(enumeration.clone());
        let operands = self.parts.len();
        for (at, part) in self.parts.iter_mut().enumerate() {
            match part.node {
                _ if !is_given(*function, at, operands) => {}
                Node::Value(_) => part.enumeration = Some(enumeration.clone()),
                _ => part.stand_beside(enumeration),
            }
        }
    }

    fn is_made_of_values(&self) -> bool {
        match self.node {
            Node::Value(_) => true,
            Node::Call(function, _) => {
                let def = function.def();
                def.result == ResultType::Operand
                    && !function.is_aggregate()
                    && self.given(*function).all(Typed::is_made_of_values)
            }
            Node::Column(_) | Node::Subquery(_) | Node::Raw(..) => false,
        }
    }

    /// The operands of which it gives one.
    fn given(&self, function: Function) -> impl Iterator<Item = &Typed<'n, 'c, L>> {
        let operands = self.parts.len();
        (self.parts.iter().enumerate())
            .filter(move |(at, _)| is_given(function, *at, operands))
            .map(|(_, part)| part)
    }
}

/// Whether the operand at a place may be what is given: of a choice, a condition is not.
pub fn is_given(function: Function, at: usize, operands: usize) -> bool {
    function.def().operands != OperandTypes::Choice || !is_condition_of_choice(at, operands)
}
