//! Values of a native enum: what they are beside is what they are.

use super::function::is_condition_of_choice;
use super::types::Typed;
use super::{Function, Leaves, Node, OperandTypes, ResultType};

/// A native enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enumeration<'a> {
    /// Name of its type as SQL writes it, where a database has such types; `None` of values that stand beside nothing of that type, which a database
    /// takes for strings.
    pub name: Option<std::borrow::Cow<'a, str>>,
    /// Its values in order.
    pub values: Vec<&'a str>,
}

impl Enumeration<'_> {
    /// One of values that stand beside nothing of its type.
    pub(super) fn unnamed(values: &'static [&'static str]) -> Self {
        Enumeration {
            name: None,
            values: values.to_vec(),
        }
    }
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

    /// It stands beside a value of a native enum: what is made of values alone, or of SQL that a person wrote, is of that enum, too.
    pub fn stand_beside(&mut self, enumeration: &Enumeration<'c>) {
        if !self.names_no_enum() {
            return;
        }
        self.enumeration = Some(enumeration.clone());
        let Node::Call(function, _) = self.node else {
            return;
        };
        let operands = self.parts.len();
        for (at, part) in self.parts.iter_mut().enumerate() {
            if is_given(*function, at, operands) {
                part.stand_beside(enumeration);
            }
        }
    }

    /// Whether no column that it is made of says which enum of the database it is of.
    fn names_no_enum(&self) -> bool {
        match self.node {
            Node::Value(_) => true,
            Node::Call(function, _) => {
                let def = function.def();
                def.result == ResultType::Operand
                    && !function.is_aggregate()
                    && self.given(*function).all(Typed::names_no_enum)
            }
            Node::Raw(fragment, _) => L::fragment_choices(fragment).is_some(),
            Node::Column(_) | Node::Subquery(_) | Node::Window(..) => false,
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
