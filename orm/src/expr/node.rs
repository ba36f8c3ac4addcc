//! The tree. Every pass matches it exhaustively.

use super::Function;

/// What the leaves of a tree are.
pub trait Leaves: std::fmt::Debug + Clone + PartialEq + 'static {
    /// A column of rows in scope.
    type Column: std::fmt::Debug + Clone + PartialEq;
    /// A value.
    type Value: std::fmt::Debug + Clone + PartialEq;
    /// The rows that a query is about.
    type From: std::fmt::Debug + Clone + PartialEq;
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<L: Leaves> {
    /// A column.
    Column(L::Column),
    /// A value, or a list of them.
    Value(L::Value),
    /// A function with its operands.
    Call(Function, Vec<Node<L>>),
    /// What a query gives.
    Subquery(Box<Subquery<L>>),
}

/// A query within an expression. Its own rows are scope 0 in its parts, those of the query around it scope 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery<L: Leaves> {
    /// What of it is the value.
    pub form: Form,
    /// Which rows it is about, as the query around it sees them.
    pub from: L::From,
    /// Which of them.
    pub filter: Option<Node<L>>,
    /// The values it gives.
    pub columns: Vec<Node<L>>,
    /// What its rows are grouped by.
    pub groups: Vec<Node<L>>,
    /// Which groups.
    pub having: Option<Node<L>>,
    /// In which order.
    pub order: Vec<SortKey<L>>,
    /// At most so many rows.
    pub limit: Option<L::Value>,
    /// After so many.
    pub offset: Option<L::Value>,
    /// Whether no row comes twice.
    pub distinct: bool,
}

/// What of a query is a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Whether it has rows.
    Exists,
    /// The value of its only column in its only row, NULL without one.
    Value,
    /// The values of its only column, for a list.
    List,
}

/// An expression with a direction.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey<L: Leaves> {
    /// What decides.
    pub by: Node<L>,
    /// In which direction.
    pub direction: Direction,
    /// Where NULL stands.
    pub nulls: NullsPlace,
}

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Greatest first.
    Desc,
}

/// Where NULL stands in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NullsPlace {
    /// First when ascending, last when descending, on every backend.
    Default,
    /// Before everything.
    First,
    /// After everything.
    Last,
}

/// What stands in a list of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum ListItem<L: Leaves> {
    /// An expression.
    Plain(Node<L>),
    /// An order.
    Order(SortKey<L>),
    /// An assignment to a column.
    Assign(L::Column, Node<L>),
}

impl Direction {
    /// The other one.
    pub fn reversed(self) -> Self {
        match self {
            Direction::Asc => Direction::Desc,
            Direction::Desc => Direction::Asc,
        }
    }
}

impl NullsPlace {
    /// Where NULL stands in the order the other way round.
    pub fn reversed(self) -> Self {
        match self {
            NullsPlace::Default => NullsPlace::Default,
            NullsPlace::First => NullsPlace::Last,
            NullsPlace::Last => NullsPlace::First,
        }
    }
}

impl<L: Leaves> Node<L> {
    /// Calls `look` with each column in it and how many queries stand around that column within this expression.
    pub fn each_column<'a>(&'a self, look: &mut impl FnMut(&'a L::Column, usize)) {
        self.columns_below(0, look);
    }

    fn columns_below<'a>(&'a self, depth: usize, look: &mut impl FnMut(&'a L::Column, usize)) {
        match self {
            Node::Column(column) => look(column, depth),
            Node::Value(_) => {}
            Node::Call(_, operands) => {
                for operand in operands {
                    operand.columns_below(depth, look);
                }
            }
            Node::Subquery(query) => {
                for part in query.parts() {
                    part.columns_below(depth + 1, look);
                }
            }
        }
    }

    /// Calls `change` with each node, operands first.
    pub fn each_mut(&mut self, change: &mut impl FnMut(&mut Node<L>)) {
        match self {
            Node::Column(_) | Node::Value(_) => {}
            Node::Call(_, operands) => {
                for operand in operands {
                    operand.each_mut(change);
                }
            }
            Node::Subquery(query) => {
                for part in query.parts_mut() {
                    part.each_mut(change);
                }
            }
        }
        change(self);
    }

    /// Whether an aggregate over the rows of the query that it stands in is part of it.
    pub fn has_aggregate(&self) -> bool {
        match self {
            Node::Column(_) | Node::Value(_) => false,
            Node::Call(function, operands) => {
                function.is_aggregate() || operands.iter().any(Node::has_aggregate)
            }
            // Its aggregates are over its own rows.
            Node::Subquery(_) => false,
        }
    }
}

impl<L: Leaves> Subquery<L> {
    /// Every expression in it.
    pub fn parts(&self) -> impl Iterator<Item = &Node<L>> {
        (self.filter.iter())
            .chain(&self.columns)
            .chain(&self.groups)
            .chain(&self.having)
            .chain(self.order.iter().map(|order| &order.by))
    }

    fn parts_mut(&mut self) -> impl Iterator<Item = &mut Node<L>> {
        (self.filter.iter_mut())
            .chain(&mut self.columns)
            .chain(&mut self.groups)
            .chain(&mut self.having)
            .chain(self.order.iter_mut().map(|order| &mut order.by))
    }
}
