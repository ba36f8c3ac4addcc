//! The expression tree. Every pass matches it exhaustively.

use crate::value::FieldType;

use super::Function;

/// What the leaves of a tree are.
pub trait Leaves: std::fmt::Debug + Clone + PartialEq + 'static {
    /// A column of the rows in scope.
    type Column: std::fmt::Debug + Clone + PartialEq;
    /// A value.
    type Value: std::fmt::Debug + Clone + PartialEq;
    /// The rows that a subquery selects from.
    type From: std::fmt::Debug + Clone + PartialEq;
    /// SQL that a person wrote.
    type Fragment: std::fmt::Debug + Clone + PartialEq;
    /// The rows that a function looks at.
    type Window: std::fmt::Debug + Clone + PartialEq;

    /// Whether a value is a number and certainly not zero.
    fn is_not_zero(value: &Self::Value) -> bool;

    /// The type that SQL which a person wrote declares.
    fn fragment_type(fragment: &Self::Fragment) -> Option<FieldType>;

    /// The values of the native enum that it declares to be of.
    fn fragment_choices(fragment: &Self::Fragment) -> Option<&'static [&'static str]>;

    /// Whether it declares that it may be NULL.
    fn fragment_may_be_null(fragment: &Self::Fragment) -> bool;

    /// Whether it is the order in which an aggregate takes the values of a group, and no window.
    fn is_of_group(window: &Self::Window) -> bool;
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<L: Leaves> {
    /// A column.
    Column(L::Column),
    /// A value, or a list of values.
    Value(L::Value),
    /// A function call with its operands.
    Call(Function, Vec<Node<L>>),
    /// A subquery.
    Subquery(Box<Subquery<L>>),
    /// SQL that a person wrote, with its parts.
    Raw(L::Fragment, Vec<Node<L>>),
    /// A function over a window: the function first, then what the window says.
    Window(L::Window, Vec<Node<L>>),
}

/// A subquery. Within its clauses, scope 0 is its own rows and scope 1 those of the query around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery<L: Leaves> {
    /// What its value is.
    pub form: Form,
    /// The rows it selects from, as seen from the query around it.
    pub from: L::From,
    /// A query whose rows these are, in place of all rows of the model: itself a subquery, of [`Form::Rows`].
    pub rows: Option<Node<L>>,
    /// The rows are not that query's own, but what this finds from there.
    pub walk: Option<Walk<L>>,
    /// Its rows are those of these queries, and it says nothing else.
    pub combined: Option<Combined<L>>,
    /// `WHERE`
    pub filter: Option<Node<L>>,
    /// The select list.
    pub columns: Vec<Node<L>>,
    /// `GROUP BY`
    pub groups: Vec<Node<L>>,
    /// `HAVING`
    pub having: Option<Node<L>>,
    /// `ORDER BY`
    pub order: Vec<SortKey<L>>,
    /// `LIMIT`
    pub limit: Option<L::Value>,
    /// `OFFSET`
    pub offset: Option<L::Value>,
    /// `DISTINCT`
    pub distinct: bool,
    /// Which of its rows it is about.
    pub takes: Takes,
}

/// Rows of several queries as those of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined<L: Leaves> {
    /// What is done with them, from the first on.
    pub by: SetOperator,
    /// The queries: subqueries of [`Form::Values`] or [`Form::ComparedValues`].
    pub queries: Vec<Node<L>>,
}

/// How rows of two queries are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// Those of either, each once.
    Union,
    /// Those of one and those of the other.
    UnionAll,
    /// Those of both, each once.
    Intersection,
    /// Those of the first alone, each once.
    Difference,
}

/// A walk along a relation of a model to itself, from some rows on.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk<L: Leaves> {
    /// Which way.
    pub towards: Towards,
    /// A column of the row that the relation leads to.
    pub along: L::Column,
    /// The most steps.
    pub most: Option<L::Value>,
    /// Whether each row has the keys on the way to it beside it.
    pub paths: bool,
}

/// Which way a tree is walked along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Against the relation to the parent.
    Descendants,
    /// Along the relation to the parent.
    Ancestors,
}

/// Which of its rows a subquery is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// All that it finds.
    All,
    /// The first: `LIMIT 1`.
    First,
    /// All of them together, as aggregates: there is one result, however many rows there are.
    Together,
}

/// What a subquery evaluates to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Whether it has rows.
    Exists,
    /// The only column of its only row; NULL if there is no row.
    Value,
    /// The values of its only column, as the list of an `IN`.
    List,
    /// Its rows, each with its columns beside it, for a query around it.
    Rows,
    /// Its columns alone, as rows for a query around it.
    Values,
    /// The same, in the form in which equal rows are told.
    ComparedValues,
}

/// One term of an `ORDER BY`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey<L: Leaves> {
    /// The expression to sort by.
    pub by: Node<L>,
    /// Ascending or descending.
    pub direction: Direction,
    /// Where NULLs go.
    pub nulls: NullsPlace,
}

/// The direction of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Greatest first.
    Desc,
}

/// Where NULLs go in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NullsPlace {
    /// First when ascending, last when descending, on every backend.
    Default,
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// An element of a list in a query.
#[derive(Debug, Clone, PartialEq)]
pub enum ListItem<L: Leaves> {
    /// An expression.
    Plain(Node<L>),
    /// A sort key.
    Order(SortKey<L>),
    /// An assignment to a column.
    Assign(L::Column, Node<L>),
}

impl Direction {
    /// The opposite direction.
    pub fn reversed(self) -> Self {
        match self {
            Direction::Asc => Direction::Desc,
            Direction::Desc => Direction::Asc,
        }
    }
}

impl NullsPlace {
    /// Where NULLs go when the order is reversed.
    pub fn reversed(self) -> Self {
        match self {
            NullsPlace::Default => NullsPlace::Default,
            NullsPlace::First => NullsPlace::Last,
            NullsPlace::Last => NullsPlace::First,
        }
    }
}

impl<L: Leaves> Node<L> {
    /// Calls `look` with each column and its subquery depth within this expression.
    pub fn each_column<'a>(&'a self, look: &mut impl FnMut(&'a L::Column, usize)) {
        self.columns_below(0, look);
    }

    fn columns_below<'a>(&'a self, depth: usize, look: &mut impl FnMut(&'a L::Column, usize)) {
        match self {
            Node::Column(column) => look(column, depth),
            Node::Value(_) => {}
            Node::Call(_, operands) | Node::Raw(_, operands) | Node::Window(_, operands) => {
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

    /// Calls `look` with the rows of each query within this expression, and the subquery depth of what is around that query.
    pub fn each_source<'a>(&'a self, look: &mut impl FnMut(&'a L::From, usize)) {
        self.sources_below(0, look);
    }

    fn sources_below<'a>(&'a self, depth: usize, look: &mut impl FnMut(&'a L::From, usize)) {
        match self {
            Node::Column(_) | Node::Value(_) => {}
            Node::Call(_, operands) | Node::Raw(_, operands) | Node::Window(_, operands) => {
                for operand in operands {
                    operand.sources_below(depth, look);
                }
            }
            Node::Subquery(query) => {
                look(&query.from, depth);
                for part in query.parts() {
                    part.sources_below(depth + 1, look);
                }
            }
        }
    }

    /// Calls `change` on each node, operands first.
    pub fn each_mut(&mut self, change: &mut impl FnMut(&mut Node<L>)) {
        match self {
            Node::Column(_) | Node::Value(_) => {}
            Node::Call(_, operands) | Node::Raw(_, operands) | Node::Window(_, operands) => {
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

    /// Calls `change` with each value, those of the queries within it too.
    pub fn each_value_mut(&mut self, change: &mut impl FnMut(&mut L::Value)) {
        match self {
            Node::Column(_) => {}
            Node::Value(value) => change(value),
            Node::Call(_, operands) | Node::Raw(_, operands) | Node::Window(_, operands) => {
                for operand in operands {
                    operand.each_value_mut(change);
                }
            }
            Node::Subquery(query) => query.each_value_mut(change),
        }
    }

    /// Whether an aggregate over the rows of the query that it stands in is part of it.
    pub fn has_aggregate(&self) -> bool {
        match self {
            Node::Column(_) | Node::Value(_) => false,
            Node::Call(function, operands) => {
                // A filter is one only with what it is of.
                function.is_aggregate() && *function != Function::Filter
                    || operands.iter().any(Node::has_aggregate)
            }
            // Its aggregates are over its own rows.
            Node::Subquery(_) => false,
            Node::Raw(_, parts) => parts.iter().any(Node::has_aggregate),
            Node::Window(window, operands) if L::is_of_group(window) => {
                operands.iter().any(Node::has_aggregate)
            }
            Node::Window(_, operands) => windowed(operands).any(Node::has_aggregate),
        }
    }

    /// Whether a window over the rows of the query that it stands in is part of it.
    pub fn has_window(&self) -> bool {
        match self {
            Node::Column(_) | Node::Value(_) => false,
            Node::Call(_, operands) | Node::Raw(_, operands) => operands.iter().any(Node::has_window),
            // Its windows are over its own rows.
            Node::Subquery(_) => false,
            Node::Window(window, operands) => {
                !L::is_of_group(window) || operands.iter().any(Node::has_window)
            }
        }
    }

    /// Whether it is a call that is about one row alone.
    pub fn is_computed(&self) -> bool {
        matches!(self, Node::Call(..)) && !self.has_aggregate() && !self.has_window()
    }

    /// Whether it is a string made by what knows the case of ASCII letters only. On Postgres that is a matter of collation, and
    /// goes on to whatever is computed from it: <https://www.postgresql.org/docs/current/collation.html#COLLATION-CONCEPTS>.
    pub fn knows_ascii_only(&self) -> bool {
        match self {
            Node::Column(_) | Node::Value(_) => false,
            Node::Call(Function::AsciiLower | Function::AsciiUpper, _) => true,
            Node::Call(_, operands) | Node::Raw(_, operands) | Node::Window(_, operands) => {
                operands.iter().any(Node::knows_ascii_only)
            }
            Node::Subquery(query) => query.columns.iter().any(Node::knows_ascii_only),
        }
    }
}

/// What is computed before a window: all operands of a function over it, and in place of the function, which is over the rows of the
/// window, what that is of.
pub(super) fn windowed<L: Leaves>(operands: &[Node<L>]) -> impl Iterator<Item = &Node<L>> {
    let (function, parts) = operands.split_at(operands.len().min(1));
    let mut of = function;
    let mut conditions = Vec::new();
    while let [Node::Call(function, operands)] = of {
        match (function, &operands[..]) {
            (Function::Filter, [inner, condition]) => {
                conditions.push(condition);
                of = std::slice::from_ref(inner);
            }
            _ => {
                of = operands;
                break;
            }
        }
    }
    of.iter().chain(conditions).chain(parts)
}

impl<L: Leaves> Subquery<L> {
    /// Whether rows are cut off, so that their order matters.
    pub fn is_cut(&self) -> bool {
        self.takes == Takes::First || self.limit.is_some() || self.offset.is_some()
    }

    /// Every expression in it.
    pub fn parts(&self) -> impl Iterator<Item = &Node<L>> {
        (self.rows.iter())
            .chain(self.combined.iter().flat_map(|combined| &combined.queries))
            .chain(&self.filter)
            .chain(&self.columns)
            .chain(&self.groups)
            .chain(&self.having)
            .chain(self.order.iter().map(|order| &order.by))
    }

    /// Calls `change` with each value in it.
    pub fn each_value_mut(&mut self, change: &mut impl FnMut(&mut L::Value)) {
        for part in self.parts_mut() {
            part.each_value_mut(change);
        }
        let most = self.walk.iter_mut().filter_map(|walk| walk.most.as_mut());
        for rows in self.limit.iter_mut().chain(&mut self.offset).chain(most) {
            change(rows);
        }
    }

    fn parts_mut(&mut self) -> impl Iterator<Item = &mut Node<L>> {
        (self.rows.iter_mut())
            .chain(
                self.combined
                    .iter_mut()
                    .flat_map(|combined| &mut combined.queries),
            )
            .chain(&mut self.filter)
            .chain(&mut self.columns)
            .chain(&mut self.groups)
            .chain(&mut self.having)
            .chain(self.order.iter_mut().map(|order| &mut order.by))
    }
}
