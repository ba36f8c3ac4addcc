//! Decodes tokens to the tree.

use crate::error::{Error, Result};
use crate::value::FieldType;

use super::choices;
use super::row_source::{ByPosition, ColumnRef, Param, RowSource};
use super::token::{QueryPart, Token, TokenBits, WindowPart};
use super::{
    Combined, Form, Function, ListItem, Node, Over, SetOperator, SortKey, SqlFragment, Subquery, Takes,
    Towards, Walk, Window,
};

/// Decodes a list of expressions. Values are numbered from `first_param`.
///
/// # Errors
/// If they are nested too deep.
pub fn decode(tokens: &[TokenBits], first_param: u32) -> Result<Vec<ListItem<ByPosition>>> {
    Decoder::default().list(tokens, first_param)
}

/// Decodes a single expression; `None` if there are no tokens.
///
/// # Errors
/// As [`decode`].
pub fn decode_one(tokens: &[TokenBits], first_param: u32) -> Result<Option<Node<ByPosition>>> {
    Decoder::default().one(tokens, first_param)
}

/// The deepest nesting of an expression. Passes over the tree are recursive, and the databases have limits too.
const MAX_DEPTH: usize = 200;

/// How many of its levels a query within an expression is: passes over one take so much more of the stack.
const LEVELS_OF_QUERY: usize = 4;

/// Reads the parts of one query, which may name again the values of those before them.
#[derive(Default)]
pub struct Decoder {
    next_param: u32,
    /// What came so far, each with how many levels it has.
    stack: Vec<(ListItem<ByPosition>, usize)>,
    open: Vec<OpenSubquery>,
    /// All values so far; of one that a query has already, how many queries were open when that one was.
    params: Vec<(Param, Option<usize>)>,
    /// Of the query whose parts are read.
    own: Values,
}

/// The values of a query that it names again.
#[derive(Default)]
struct Values {
    /// Those that it may.
    named: Vec<Param>,
    /// The positions of those that it does.
    again: Vec<u32>,
}

/// A subquery whose end has not come yet.
struct OpenSubquery {
    query: Subquery<ByPosition>,
    /// Where on the stack its next clause starts.
    start: usize,
    /// And where among the values.
    first: usize,
    depth: usize,
    values: Values,
}

impl Decoder {
    /// Reads a list of expressions. Values are numbered from `first_param`, and may be named again in what is read next.
    ///
    /// # Errors
    /// As [`decode`].
    pub fn list(&mut self, tokens: &[TokenBits], first_param: u32) -> Result<Vec<ListItem<ByPosition>>> {
        self.next_param = first_param;
        let first = self.params.len();
        for bits in tokens {
            let token = bits.token().ok_or_else(malformed)?;
            self.token(token)?;
        }
        if !self.open.is_empty() {
            return Err(malformed());
        }
        self.own.named.extend(given(&self.params, first, 0));
        Ok(self.stack.drain(..).map(|(item, _)| item).collect())
    }

    /// Reads a single expression, or `None` from no tokens.
    ///
    /// # Errors
    /// As [`decode`].
    pub fn one(&mut self, tokens: &[TokenBits], first_param: u32) -> Result<Option<Node<ByPosition>>> {
        let mut items = self.list(tokens, first_param)?;
        match (items.pop(), items.is_empty()) {
            (None, _) => Ok(None),
            (Some(ListItem::Plain(node)), true) => Ok(Some(node)),
            _ => Err(malformed()),
        }
    }

    /// Whether the value at a position occurs in several parts.
    pub fn is_named_again(&self, position: u32) -> bool {
        self.own.again.contains(&position)
    }

    /// A value that an outer query has already.
    fn again(&mut self, outwards: u16, nth: u16) -> Result<Param> {
        let level = self
            .open
            .len()
            .checked_sub(usize::from(outwards))
            .ok_or_else(malformed)?;
        let values = match level {
            0 => &mut self.own,
            _ => &mut self.open.get_mut(level - 1).ok_or_else(malformed)?.values,
        };
        let param = *values.named.get(usize::from(nth)).ok_or_else(malformed)?;
        values.again.push(param.position);
        self.params.push((param, Some(level)));
        Ok(param)
    }

    fn token(&mut self, token: Token) -> Result<()> {
        match token {
            Token::Column(source, position) => self.leaf(Node::Column(ColumnRef { source, position })),
            Token::Param => {
                let value = self.param(None, false, None);
                self.leaf(Node::Value(value));
            }
            Token::NotZero => {
                let value = self.param(None, true, None);
                self.leaf(Node::Value(value));
            }
            Token::Typed(ty) => {
                let value = self.param(Some(ty), false, None);
                self.leaf(Node::Value(value));
            }
            Token::Choice(enumeration) => {
                let values = choices::of_number(enumeration);
                let value = self.param(Some(FieldType::Choices), false, values);
                self.leaf(Node::Value(value));
            }
            Token::Again(outwards, nth) => {
                let value = self.again(outwards, nth)?;
                self.leaf(Node::Value(value));
            }
            Token::Call(function, operands) => self.call(function, usize::from(operands))?,
            Token::Raw(fragment, parts) => self.raw(fragment, usize::from(parts))?,
            Token::From(source) => self.open.push(OpenSubquery {
                query: of(source),
                start: usize::MAX,
                first: self.params.len(),
                depth: 0,
                values: Values::default(),
            }),
            Token::Begin => {
                let start = self.stack.len();
                self.open.last_mut().ok_or_else(malformed)?.start = start;
            }
            Token::Part(part) => self.part(part)?,
            Token::End(form) => {
                let OpenSubquery {
                    mut query,
                    start,
                    depth,
                    values,
                    first: _,
                } = self.open.pop().ok_or_else(malformed)?;
                if start != self.stack.len() {
                    return Err(malformed());
                }
                if !values.again.is_empty() {
                    query.each_value_mut(&mut |value| value.shared |= values.again.contains(&value.position));
                }
                query.form = form;
                self.push(Node::Subquery(Box::new(query)), depth + LEVELS_OF_QUERY - 1)?;
            }
            Token::Window(WindowPart::Over(over)) => self.window(over)?,
            Token::Order(direction, nulls) | Token::Window(WindowPart::Key(direction, nulls)) => {
                let (by, depth) = self.pop()?;
                self.stack
                    .push((ListItem::Order(SortKey { by, direction, nulls }), depth));
            }
            Token::Assign(source, position) => {
                let (value, depth) = self.pop()?;
                self.stack
                    .push((ListItem::Assign(ColumnRef { source, position }, value), depth));
            }
        }
        Ok(())
    }

    fn param(
        &mut self,
        ty: Option<FieldType>,
        not_zero: bool,
        choices: Option<&'static [&'static str]>,
    ) -> Param {
        let position = self.next_param;
        self.next_param += 1;
        let param = Param {
            position,
            ty,
            shared: false,
            not_zero,
            choices,
        };
        self.params.push((param, None));
        param
    }

    fn leaf(&mut self, node: Node<ByPosition>) {
        self.stack.push((ListItem::Plain(node), 1));
    }

    /// A node whose deepest child has `below` levels.
    fn push(&mut self, node: Node<ByPosition>, below: usize) -> Result<()> {
        if below >= MAX_DEPTH {
            return Err(Error::unsupported(format!(
                "an expression is nested more than {MAX_DEPTH} levels deep"
            ))
            .with_hint("use `in_` for a list of values, or ask in several queries"));
        }
        self.stack.push((ListItem::Plain(node), below + 1));
        Ok(())
    }

    fn pop(&mut self) -> Result<(Node<ByPosition>, usize)> {
        match self.stack.pop() {
            Some((ListItem::Plain(node), depth)) => Ok((node, depth)),
            _ => Err(malformed()),
        }
    }

    /// The operands of one `AND` or `OR` are one level, however many there are: a hundred chained filters do not nest
    /// a hundred deep.
    fn call(&mut self, function: Function, operands: usize) -> Result<()> {
        if !function.def().arity.allows(operands) {
            return Err(malformed());
        }
        let first = self.stack.len().checked_sub(operands).ok_or_else(malformed)?;
        let mut nodes = Vec::with_capacity(operands);
        let mut below = 0;
        for (item, depth) in self.stack.drain(first..) {
            let ListItem::Plain(node) = item else {
                return Err(malformed());
            };
            match node {
                Node::Call(inner, operands)
                    if inner == function && matches!(function, Function::And | Function::Or) =>
                {
                    below = below.max(depth - 1);
                    match nodes.is_empty() {
                        true => nodes = operands,
                        false => nodes.extend(operands),
                    }
                }
                node => {
                    below = below.max(depth);
                    nodes.push(node);
                }
            }
        }
        self.push(Node::Call(function, nodes), below)
    }

    /// SQL that a person wrote, with its parts.
    fn raw(&mut self, number: u16, parts: usize) -> Result<()> {
        let fragment = SqlFragment::of_number(number).ok_or_else(too_many_fragments)?;
        let first = self.stack.len().checked_sub(parts).ok_or_else(malformed)?;
        let mut nodes = Vec::with_capacity(parts);
        let mut below = 0;
        for (item, depth) in self.stack.drain(first..) {
            let ListItem::Plain(node) = item else {
                return Err(malformed());
            };
            below = below.max(depth);
            nodes.push(node);
        }
        self.push(Node::Raw(fragment, nodes), below)
    }

    /// A function over a window.
    fn window(&mut self, over: Over) -> Result<()> {
        let first = (self.stack.len().checked_sub(over.operands())).ok_or_else(malformed)?;
        let mut nodes = Vec::with_capacity(over.operands());
        let mut order = Vec::new();
        let mut below = 0;
        for (item, depth) in self.stack.drain(first..) {
            below = below.max(depth);
            nodes.push(match item {
                ListItem::Plain(node) => node,
                ListItem::Order(SortKey { by, direction, nulls }) => {
                    order.push((direction, nulls));
                    by
                }
                ListItem::Assign(..) => return Err(malformed()),
            });
        }
        if order.len() != usize::from(over.order) {
            return Err(malformed());
        }
        let window = Window {
            partition: over.partition.into(),
            order,
            frame: over.frame,
            of_group: over.of_group,
        };
        self.push(Node::Window(window, nodes), below)
    }

    /// Gives the query that is open what came since it began or since its last part.
    fn part(&mut self, part: QueryPart) -> Result<()> {
        let level = self.open.len();
        let Some(open) = self.open.last_mut() else {
            return Err(malformed());
        };
        if open.start > self.stack.len() {
            return Err(malformed());
        }
        let mut plain = Vec::new();
        let mut orders = Vec::new();
        for (item, depth) in self.stack.drain(open.start..) {
            open.depth = open.depth.max(depth);
            match item {
                ListItem::Plain(node) => plain.push(node),
                ListItem::Order(order) => orders.push(order),
                ListItem::Assign(..) => return Err(malformed()),
            }
        }
        if matches!(part, QueryPart::Groups | QueryPart::Columns) {
            open.values.named.extend(given(&self.params, open.first, level));
        }
        open.first = self.params.len();
        let query = &mut open.query;
        match (part, orders.is_empty()) {
            (QueryPart::Filter, true) => query.filter = Some(single(plain)?),
            (QueryPart::Columns, true) => query.columns = plain,
            (QueryPart::Groups, true) => query.groups = plain,
            (QueryPart::Having, true) => query.having = Some(single(plain)?),
            (QueryPart::Order, false) if plain.is_empty() => query.order = orders,
            (QueryPart::Limit, true) => query.limit = Some(value(plain)?),
            (QueryPart::Offset, true) => query.offset = Some(value(plain)?),
            (QueryPart::Distinct, true) if plain.is_empty() => query.distinct = true,
            (QueryPart::First, true) if plain.is_empty() => query.takes = Takes::First,
            (QueryPart::Together, true) if plain.is_empty() => query.takes = Takes::Together,
            (QueryPart::Rows, true) => query.rows = Some(single(plain)?),
            (QueryPart::Descendants, true) => walk(query, Towards::Descendants, false, plain)?,
            (QueryPart::DescendantsWithPaths, true) => walk(query, Towards::Descendants, true, plain)?,
            (QueryPart::Ancestors, true) => walk(query, Towards::Ancestors, false, plain)?,
            (QueryPart::Union, true) => combine(query, SetOperator::Union, plain),
            (QueryPart::UnionAll, true) => combine(query, SetOperator::UnionAll, plain),
            (QueryPart::Intersection, true) => combine(query, SetOperator::Intersection, plain),
            (QueryPart::Difference, true) => combine(query, SetOperator::Difference, plain),
            _ => return Err(malformed()),
        }
        Ok(())
    }
}

/// The values from `first` on that a query, which is open as the `level`-th, was given: not those that it or one within it
/// names again. One around it may have come to do so when the query was finished.
fn given(params: &[(Param, Option<usize>)], first: usize, level: usize) -> impl Iterator<Item = Param> {
    let all = params.iter().skip(first);
    all.filter(move |(_, of)| of.is_none_or(|of| of < level))
        .map(|(param, _)| *param)
}

fn of(from: RowSource) -> Subquery<ByPosition> {
    Subquery {
        form: Form::Exists,
        from,
        rows: None,
        walk: None,
        combined: None,
        filter: None,
        columns: Vec::new(),
        groups: Vec::new(),
        having: None,
        order: Vec::new(),
        limit: None,
        offset: None,
        distinct: false,
        takes: Takes::All,
    }
}

/// The rows that a query walks to, from those of another.
fn walk(
    query: &mut Subquery<ByPosition>,
    towards: Towards,
    paths: bool,
    parts: Vec<Node<ByPosition>>,
) -> Result<()> {
    let mut parts = parts.into_iter();
    let (Some(rows), Some(Node::Column(along))) = (parts.next(), parts.next()) else {
        return Err(malformed());
    };
    let most = match parts.next() {
        Some(most) => Some(value(vec![most])?),
        None => None,
    };
    query.rows = Some(rows);
    query.walk = Some(Walk {
        towards,
        along,
        most,
        paths,
    });
    Ok(())
}

fn combine(query: &mut Subquery<ByPosition>, by: SetOperator, queries: Vec<Node<ByPosition>>) {
    query.combined = Some(Combined { by, queries });
}

fn single(mut nodes: Vec<Node<ByPosition>>) -> Result<Node<ByPosition>> {
    match (nodes.pop(), nodes.is_empty()) {
        (Some(node), true) => Ok(node),
        _ => Err(malformed()),
    }
}

fn value(nodes: Vec<Node<ByPosition>>) -> Result<Param> {
    match single(nodes)? {
        Node::Value(value) => Ok(value),
        _ => Err(malformed()),
    }
}

#[cold]
fn too_many_fragments() -> Error {
    Error::unsupported("the program has written more than 65535 different texts of `raw(..)`")
        .with_hint("give what differs as a value: `raw::<bool>(\"{} > {}\", (p.views, least))`")
}

#[cold]
fn malformed() -> Error {
    Error::internal("the tokens of a query expression are not an expression")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits_of(tokens: &[Token]) -> Vec<TokenBits> {
        tokens.iter().map(|token| token.pack()).collect()
    }

    fn param(position: u32) -> Node<ByPosition> {
        Node::Value(Param {
            position,
            ty: None,
            shared: false,
            not_zero: false,
            choices: None,
        })
    }

    #[test]
    fn a_chain_of_conditions_is_one_level_in_order() {
        let mut tokens = vec![Token::Param];
        for _ in 1..1000 {
            tokens.extend([Token::Param, Token::Call(Function::And, 2)]);
        }
        let node = decode_one(&bits_of(&tokens), 0).unwrap().unwrap();
        assert_eq!(node, Node::Call(Function::And, (0..1000).map(param).collect()));
    }

    #[test]
    fn operators_do_not_mix_in_a_chain() {
        let tokens = [
            Token::Param,
            Token::Param,
            Token::Call(Function::And, 2),
            Token::Param,
            Token::Call(Function::Or, 2),
        ];
        let and = Node::Call(Function::And, vec![param(0), param(1)]);
        let or = Node::Call(Function::Or, vec![and, param(2)]);
        assert_eq!(decode_one(&bits_of(&tokens), 0).unwrap(), Some(or));
    }

    #[test]
    fn a_query_takes_its_parts_and_no_more() {
        let tokens = [
            Token::Param,
            Token::From(RowSource::OWN),
            Token::Begin,
            Token::Param,
            Token::Part(QueryPart::Filter),
            Token::Part(QueryPart::Distinct),
            Token::Param,
            Token::Part(QueryPart::Limit),
            Token::End(Form::Value),
            Token::Call(Function::Eq, 2),
        ];
        let Some(Node::Call(Function::Eq, operands)) = decode_one(&bits_of(&tokens), 5).unwrap() else {
            panic!("not a comparison");
        };
        let Node::Subquery(query) = &operands[1] else {
            panic!("not a query");
        };
        assert_eq!(operands[0], param(5));
        assert_eq!(query.filter, Some(param(6)));
        assert_eq!(query.limit.map(|limit| limit.position), Some(7));
        assert!(query.distinct && query.form == Form::Value && query.columns.is_empty());
    }

    #[test]
    fn a_value_that_is_named_again_is_the_same_in_both_places() {
        let mut decoder = Decoder::default();
        let groups = [
            Token::Param,
            Token::From(RowSource::OWN),
            Token::Begin,
            Token::Param,
            Token::Part(QueryPart::Limit),
            Token::Param,
            Token::Part(QueryPart::Groups),
            Token::Again(0, 0),
            Token::Again(1, 0),
            Token::Call(Function::Eq, 2),
            Token::Part(QueryPart::Having),
            Token::End(Form::Value),
        ];
        // Nothing stands in the parts around that its query could name again.
        assert!(decoder.list(&bits_of(&groups), 0).is_err());
        let mut decoder = Decoder::default();
        decoder.list(&bits_of(&[Token::Param, Token::Param]), 5).unwrap();
        let Some(Node::Subquery(query)) = decoder.one(&bits_of(&groups[1..]), 8).unwrap() else {
            panic!("not a query");
        };
        let shared = |position| {
            Node::Value(Param {
                position,
                ty: None,
                shared: true,
                not_zero: false,
                choices: None,
            })
        };
        // Whether the other is, is for whoever reads the parts around to say.
        let having = Node::Call(Function::Eq, vec![shared(9), param(5)]);
        assert_eq!(
            (&query.groups[..], query.having),
            (&[shared(9)][..], Some(having))
        );
        assert!(decoder.is_named_again(5) && !decoder.is_named_again(6) && !decoder.is_named_again(9));
    }

    #[test]
    fn nesting_without_end_is_an_error_and_not_a_crash() {
        let mut tokens = vec![Token::Param];
        tokens.extend(std::iter::repeat_n(Token::Call(Function::Not, 1), 100_000));
        assert!(decode_one(&bits_of(&tokens), 0).unwrap_err().is_unsupported());
        let mut tokens = vec![];
        tokens.extend(std::iter::repeat_n([Token::From(RowSource::OWN), Token::Begin], 1_000).flatten());
        tokens.extend(
            std::iter::repeat_n([Token::End(Form::Exists), Token::Part(QueryPart::Filter)], 999).flatten(),
        );
        tokens.push(Token::End(Form::Exists));
        assert!(decode_one(&bits_of(&tokens), 0).unwrap_err().is_unsupported());
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        for tokens in [
            &[Token::Call(Function::Eq, 2)][..],
            &[Token::Param, Token::Call(Function::Eq, 2)],
            &[Token::Param, Token::Call(Function::Eq, 1)],
            &[Token::Param, Token::Param],
            &[Token::Again(0, 0)],
            &[Token::Param, Token::Again(1, 0), Token::Call(Function::Eq, 2)],
            &[Token::Begin],
            &[Token::From(RowSource::OWN), Token::Begin],
            &[Token::Param, Token::Part(QueryPart::Filter)],
            &[
                Token::From(RowSource::OWN),
                Token::Begin,
                Token::Param,
                Token::End(Form::Exists),
            ],
            &[
                Token::Param,
                Token::Assign(RowSource::OWN, 1),
                Token::Call(Function::Not, 1),
            ],
        ] {
            let error = decode_one(&bits_of(tokens), 0).unwrap_err();
            assert!(error.to_string().contains("report"), "{error}");
        }
    }
}
