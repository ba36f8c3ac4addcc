//! [`ExprTokens`]: the tokens of an expression and their values, behind one pointer.
//!
//! Expressions are passed by value from a lookup to whatever combines it with others and on into the query, so they
//! are no larger than a pointer. Each thread pools the buffers behind it, so a new expression usually allocates
//! nothing. Only memory is pooled: the values are dropped with their expression.

use std::cell::Cell;

use smallvec::SmallVec;

use crate::value::{FieldType, Value};

use super::choices;
use super::row_source::RowSource;
use super::token::{Token, TokenBits, WindowPart};
use super::{Direction, Function, NullsPlace, QueryPart};

/// An expression, or a list of expressions: tokens, and the values that their `Param`s stand for, in order.
#[derive(Default)]
pub struct ExprTokens(Option<Box<TokenBuffer>>);

/// The inline capacity fits most expressions without another allocation.
#[derive(Default)]
struct TokenBuffer {
    tokens: SmallVec<[TokenBits; 8]>,
    values: SmallVec<[Value<'static>; 2]>,
}

/// Most buffers that a thread pools; several expressions are under construction at the same time.
const MOST_POOLED: usize = 16;

/// Larger buffers are not pooled: a list of conditions may be long.
const MOST_TOKENS: usize = 64;
const MOST_VALUES: usize = 16;

/// A thread's empty buffers: a stack, so that the memory used last is used first.
struct Pool {
    len: Cell<usize>,
    buffers: [Cell<Option<Box<TokenBuffer>>>; MOST_POOLED],
}

thread_local! {
    static POOL: Pool = const {
        Pool {
            len: Cell::new(0),
            buffers: [const { Cell::new(None) }; MOST_POOLED],
        }
    };
}

impl Pool {
    #[inline]
    fn pop(&self) -> Option<Box<TokenBuffer>> {
        let last = self.len.get().checked_sub(1)?;
        self.len.set(last);
        self.buffers.get(last)?.take()
    }

    #[inline]
    fn push(&self, buffer: Box<TokenBuffer>) {
        let len = self.len.get();
        if let Some(place) = self.buffers.get(len) {
            place.set(Some(buffer));
            self.len.set(len + 1);
        }
    }
}

impl TokenBuffer {
    /// Takes an empty buffer from the thread's pool, or allocates one.
    #[inline]
    fn take() -> Box<TokenBuffer> {
        // The thread-local is gone while the thread ends.
        match POOL.try_with(Pool::pop) {
            Ok(Some(buffer)) => buffer,
            _ => Self::allocate(),
        }
    }

    #[cold]
    fn allocate() -> Box<TokenBuffer> {
        Box::default()
    }

    /// There is mostly one value, and moving one is cheaper than the general append.
    #[inline]
    fn append_values(&mut self, other: &mut TokenBuffer) {
        if other.values.len() > 1 {
            self.values.append(&mut other.values);
        } else if let Some(value) = other.values.pop() {
            self.values.push(value);
        }
    }

    #[cold]
    fn forget_large(&mut self) {
        if self.values.capacity() > MOST_VALUES {
            self.values = SmallVec::new();
        }
        if self.tokens.capacity() > MOST_TOKENS {
            self.tokens = SmallVec::new();
        }
    }

    fn give_back(mut self: Box<Self>) {
        while let Some(value) = self.values.pop() {
            value.discard();
        }
        self.tokens.clear();
        if self.values.spilled() || self.tokens.spilled() {
            self.forget_large();
        }
        let _ = POOL.try_with(|pool| pool.push(self));
    }
}

impl Drop for ExprTokens {
    #[inline]
    fn drop(&mut self) {
        if let Some(parts) = self.0.take() {
            parts.give_back();
        }
    }
}

impl Clone for ExprTokens {
    fn clone(&self) -> Self {
        let mut clone = ExprTokens::EMPTY;
        if let Some(parts) = &self.0 {
            let copy = clone.parts();
            copy.tokens.extend_from_slice(&parts.tokens);
            copy.values.extend(parts.values.iter().cloned());
        }
        clone
    }
}

/// Without the values.
impl std::fmt::Debug for ExprTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ExprTokens").field(&self.tokens()).finish()
    }
}

impl ExprTokens {
    /// The empty expression.
    pub(crate) const EMPTY: ExprTokens = ExprTokens(None);

    #[inline]
    pub(crate) fn tokens(&self) -> &[TokenBits] {
        self.0.as_ref().map_or(&[], |parts| &parts.tokens)
    }

    #[inline]
    pub(crate) fn values(&self) -> &[Value<'static>] {
        self.0.as_ref().map_or(&[], |parts| &parts.values)
    }

    #[inline]
    fn parts(&mut self) -> &mut TokenBuffer {
        self.0.get_or_insert_with(TokenBuffer::take)
    }

    /// Whether it has no tokens.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.tokens().is_empty()
    }

    /// Whether it has an aggregate outside of its subqueries.
    pub fn has_aggregate(&self) -> bool {
        let (mut depth, mut aggregates) = (0, 0);
        for token in self.tokens() {
            match token.token() {
                Some(Token::Begin) => depth += 1,
                Some(Token::End(_)) => depth -= 1,
                Some(Token::Call(function, _))
                    if depth == 0 && function.is_aggregate() && function != Function::Filter =>
                {
                    aggregates += 1;
                }
                // One of those before it is over the rows of the window.
                Some(Token::Window(WindowPart::Over(over)))
                    if depth == 0 && over.aggregate && !over.of_group =>
                {
                    aggregates -= 1
                }
                _ => {}
            }
        }
        aggregates > 0
    }

    /// Whether it has a function over a window outside of its subqueries.
    pub(crate) fn has_window(&self) -> bool {
        let mut depth = 0;
        self.tokens().iter().any(|bits| {
            depth = bits.depth_behind(depth);
            depth == 0
                && matches!(bits.token(), Some(Token::Window(WindowPart::Over(over))) if !over.of_group)
        })
    }

    /// Whether it is another value each time it is computed, of a query within it too.
    pub(crate) fn is_random(&self) -> bool {
        let random = |bits: &TokenBits| matches!(bits.token(), Some(Token::Call(Function::Random, _)));
        self.tokens().iter().any(random)
    }

    /// Whether a query within it takes some of its rows only, by what it finds of others.
    pub(crate) fn cuts_rows(&self) -> bool {
        self.tokens().iter().any(|bits| {
            matches!(
                bits.token(),
                Some(Token::Part(
                    QueryPart::Limit | QueryPart::Offset | QueryPart::Rows
                ))
            )
        })
    }

    /// Makes an `ORDER BY` list that of a window, and returns how many sort keys it has.
    pub(crate) fn order_window(&mut self) -> usize {
        let (mut depth, mut keys) = (0, 0);
        let Some(parts) = &mut self.0 else { return keys };
        for bits in &mut parts.tokens {
            match bits.token() {
                Some(Token::Order(direction, nulls)) if depth == 0 => {
                    *bits = Token::Window(WindowPart::Key(direction, nulls)).pack();
                    keys += 1;
                }
                _ => depth = bits.depth_behind(depth),
            }
        }
        keys
    }

    /// Whether it ends with an aggregate, filtered and ordered or not.
    pub(crate) fn ends_with_aggregate(&self) -> bool {
        match self.tokens().last().and_then(|last| last.token()) {
            Some(Token::Call(function, _)) => function.is_aggregate(),
            Some(Token::Window(WindowPart::Over(over))) => over.of_group,
            _ => false,
        }
    }

    /// Reverses an `ORDER BY` list, including where NULLs go.
    pub(crate) fn reverse(&mut self) {
        self.change_order(|direction, nulls| (direction.reversed(), nulls.reversed()));
    }

    /// Puts NULLs behind all values in an `ORDER BY` list.
    pub(crate) fn put_nulls_last(&mut self) {
        self.change_order(|direction, _| (direction, NullsPlace::Last));
    }

    fn change_order(&mut self, changed: impl Fn(Direction, NullsPlace) -> (Direction, NullsPlace)) {
        let Some(parts) = &mut self.0 else { return };
        let mut depth = 0;
        for bits in &mut parts.tokens {
            match bits.token() {
                Some(Token::Order(direction, nulls)) if depth == 0 => {
                    let (direction, nulls) = changed(direction, nulls);
                    *bits = Token::Order(direction, nulls).pack();
                }
                _ => depth = bits.depth_behind(depth),
            }
        }
    }

    /// The keys of an `ORDER BY` list, each with its values.
    pub(crate) fn sort_keys(&self) -> Vec<(ExprTokens, Direction, NullsPlace)> {
        let (mut keys, mut key, mut depth) = (Vec::new(), ExprTokens::default(), 0);
        let mut values = self.values().iter();
        for bits in self.tokens() {
            match bits.token() {
                Some(Token::Order(direction, nulls)) if depth == 0 => {
                    keys.push((std::mem::take(&mut key), direction, nulls));
                    continue;
                }
                Some(Token::Param | Token::Typed(_) | Token::NotZero | Token::Choice(_)) => {
                    values
                        .next()
                        .into_iter()
                        .for_each(|value| key.add_value(value.clone()));
                }
                _ => depth = bits.depth_behind(depth),
            }
            key.push_bits(*bits);
        }
        keys
    }

    /// The closure whose fields stand at `own` has returned this: its scope becomes relative. See
    /// [`RowSource`](super::RowSource).
    #[inline]
    pub(crate) fn resolve_scope(&mut self, own: RowSource) {
        self.resolve_scope_within(own, 0);
    }

    /// The same, for tokens that stand `depth` subqueries deep in what the closure returned.
    #[inline]
    pub(crate) fn resolve_scope_within(&mut self, own: RowSource, depth: usize) {
        let Some(parts) = &mut self.0 else { return };
        let mut depth = depth;
        for bits in &mut parts.tokens {
            if bits.is_of(own) {
                *bits = bits.resolved(own, depth);
            } else {
                depth = bits.depth_behind(depth);
            }
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, token: Token) {
        self.push_bits(token.pack());
    }

    #[inline]
    pub(crate) fn push_bits(&mut self, token: TokenBits) {
        self.parts().tokens.push(token);
    }

    /// Calls a function with the preceding operands.
    #[inline]
    pub(crate) fn call(&mut self, function: Function, operands: u16) {
        self.push(Token::Call(function, operands));
    }

    /// Appends a bound value.
    pub(crate) fn param(&mut self, value: Value<'static>) {
        let parts = self.parts();
        parts.tokens.push(Token::Param.pack());
        parts.values.push(value);
    }

    /// Appends another expression.
    #[inline]
    pub(crate) fn extend(&mut self, other: ExprTokens) {
        match &self.0 {
            Some(_) => self.extend_some(other),
            None => *self = other,
        }
    }

    fn extend_some(&mut self, mut other: ExprTokens) {
        match (&mut self.0, &mut other.0) {
            (_, None) => {}
            (Some(parts), Some(more)) if !parts.tokens.is_empty() => {
                // There are few, and moving memory is a function call.
                for token in &more.tokens {
                    parts.tokens.push(*token);
                }
                parts.append_values(more);
            }
            _ => *self = other,
        }
    }

    /// Appends another expression and the function that combines both.
    #[inline]
    pub(crate) fn join(&mut self, other: ExprTokens, by: Function) {
        self.extend(other);
        self.call(by, 2);
    }

    /// Combines two conditions with AND; an empty condition is always true.
    pub(crate) fn and(&mut self, other: ExprTokens) {
        if self.is_empty() {
            *self = other;
        } else if !other.is_empty() {
            self.join(other, Function::And);
        }
    }

    /// The first row source with an unresolved scope (a closure still running, or a model known by name), and the
    /// column position if it is a column.
    pub(crate) fn first_unresolved(&self) -> Option<(RowSource, Option<u16>)> {
        let mut tokens = self.tokens().iter();
        let found = tokens.find(|token| token.row_source().scope().outwards().is_none())?;
        let column = match found.token() {
            Some(Token::Column(..) | Token::Assign(..)) => Some(found.position()),
            _ => None,
        };
        Some((found.row_source(), column))
    }

    /// Types the value at its end, where the context does not determine its type.
    pub(crate) fn say_type(&mut self, ty: FieldType) {
        self.say(Token::Typed(ty));
    }

    /// Another token for the value at its end, if nothing is said of it yet.
    fn say(&mut self, token: Token) {
        const PARAM: TokenBits = Token::Param.pack();
        if let Some(parts) = &mut self.0
            && let Some(last) = parts.tokens.last_mut()
            && *last == PARAM
        {
            *last = token.pack();
        }
    }

    /// Says which native enum the value at its end is of, by that enum's values in order.
    pub(crate) fn say_choices(&mut self, values: &'static [&'static str]) {
        match choices::intern(values) {
            Some(number) => self.say(Token::Choice(number)),
            None => self.say_type(FieldType::Choices),
        }
    }

    /// Says of the value at its end that it is a number other than zero, if it is.
    pub(crate) fn say_not_zero(&mut self) {
        const PARAM: TokenBits = Token::Param.pack();
        if let Some(parts) = &mut self.0
            && let (Some(token), Some(value)) = (parts.tokens.last_mut(), parts.values.last())
            && *token == PARAM
            && value.is_not_zero()
        {
            *token = Token::NotZero.pack();
        }
    }

    /// Adds a value that no token stands for.
    pub(crate) fn add_value(&mut self, value: Value<'static>) {
        self.parts().values.push(value);
    }

    /// Moves another expression's values behind its own.
    pub(crate) fn take_values_of(&mut self, other: &mut ExprTokens) {
        if let Some(other) = &mut other.0
            && !other.values.is_empty()
        {
            self.parts().append_values(other);
        }
    }

    /// Takes its values out.
    pub(crate) fn take_values(&mut self) -> Vec<Value<'static>> {
        let parts = self.0.as_mut();
        parts.map_or_else(Vec::new, |parts| std::mem::take(&mut parts.values).into_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Form, Path, QueryPart, RowSource, Scope};

    fn column(number: u16) -> Token {
        Token::Column(RowSource::OWN, number)
    }

    /// `column = value`
    fn equal(number: u16, value: impl Into<Value<'static>>) -> ExprTokens {
        let mut tokens = ExprTokens::default();
        tokens.push(column(number));
        tokens.param(value.into());
        tokens.call(Function::Eq, 2);
        tokens
    }

    fn decoded(tokens: &ExprTokens) -> Vec<Token> {
        tokens
            .tokens()
            .iter()
            .map(|token| token.token().unwrap())
            .collect()
    }

    fn kept() -> usize {
        POOL.with(|pool| pool.len.get())
    }

    /// Visits the pooled buffers.
    fn each_kept(mut look: impl FnMut(&TokenBuffer)) {
        POOL.with(|pool| {
            for place in &pool.buffers {
                let buffer = place.take();
                buffer.iter().for_each(|buffer| look(buffer));
                place.set(buffer);
            }
        });
    }

    #[test]
    fn what_is_joined_stands_in_order() {
        let mut joined = equal(1, 10);
        joined.join(equal(2, "two"), Function::Or);
        joined.and(equal(3, 30));
        let one = |number| [column(number), Token::Param, Token::Call(Function::Eq, 2)];
        let or_two = [&one(1)[..], &one(2), &[Token::Call(Function::Or, 2)]].concat();
        let all = [&or_two[..], &one(3), &[Token::Call(Function::And, 2)]].concat();
        assert_eq!(decoded(&joined), all);
        assert_eq!(joined.values(), [10.into(), "two".into(), 30.into()]);
        let copy = joined.clone();
        drop(joined);
        assert_eq!(decoded(&copy), all);
        assert_eq!(copy.values(), [10.into(), "two".into(), 30.into()]);
    }

    #[test]
    fn nothing_joined_with_something_is_that() {
        let mut condition = ExprTokens::EMPTY;
        condition.and(ExprTokens::EMPTY);
        assert!(condition.is_empty());
        condition.and(equal(1, 10));
        condition.and(ExprTokens::EMPTY);
        condition.extend(ExprTokens::EMPTY);
        assert_eq!(decoded(&condition), decoded(&equal(1, 10)));
        assert_eq!(condition.values(), [10.into()]);
        assert!(ExprTokens::EMPTY.clone().tokens().is_empty());
    }

    #[test]
    fn values_move_on_in_order() {
        let (mut to, mut from) = (equal(1, 10), equal(2, "twenty"));
        to.take_values_of(&mut from);
        to.take_values_of(&mut ExprTokens::default());
        to.add_value(Value::Null);
        assert!(from.values().is_empty());
        assert_eq!(to.values(), [10.into(), "twenty".into(), Value::Null]);
        assert_eq!(to.take_values(), [10.into(), "twenty".into(), Value::Null]);
        assert!(to.values().is_empty());
        let mut none = ExprTokens::default();
        none.take_values_of(&mut equal(1, 10));
        assert_eq!(none.take_values(), [10.into()]);
    }

    #[test]
    fn the_next_expression_takes_the_memory_of_the_last() {
        let address = |tokens: &ExprTokens| std::ptr::from_ref(tokens.0.as_deref().unwrap()) as usize;
        let (first, second) = (equal(1, 10), equal(2, 20));
        let before = [address(&second), address(&first)];
        drop(first);
        drop(second);
        let again = [equal(3, 30), equal(4, 40)];
        assert_eq!(again.each_ref().map(address), before);
        assert_eq!(again[0].values(), [30.into()]);
        assert_eq!(decoded(&again[1]), decoded(&equal(4, 40)));
    }

    #[test]
    fn no_values_are_kept_and_nothing_large() {
        let mut long = equal(0, "a secret");
        for number in 1..100 {
            long.join(equal(number, format!("a secret {number}")), Function::And);
        }
        drop(long);
        drop([
            equal(1, "a secret that is too long to be stored inline"),
            equal(2, 2),
        ]);
        assert!(kept() > 0);
        each_kept(|parts| {
            assert!(parts.values.is_empty() && parts.tokens.is_empty());
            assert!(parts.values.capacity() <= MOST_VALUES && parts.tokens.capacity() <= MOST_TOKENS);
        });
    }

    #[test]
    fn few_are_kept() {
        let many: Vec<ExprTokens> = (0..100).map(|number| equal(number, 1)).collect();
        drop(many);
        let mut count = 0;
        each_kept(|_| count += 1);
        assert_eq!((count, kept()), (MOST_POOLED, MOST_POOLED));
        let half: Vec<ExprTokens> = (0..MOST_POOLED as u16 / 2)
            .map(|number| equal(number, 1))
            .collect();
        assert_eq!(kept(), MOST_POOLED / 2);
        drop(half);
        assert_eq!(kept(), MOST_POOLED);
    }

    #[test]
    fn an_expression_is_used_and_dropped_on_any_thread() {
        let (used, dropped) = (equal(1, "text"), equal(2, 20));
        let mut used = std::thread::spawn(move || {
            drop(dropped);
            let mut used = used;
            used.and(equal(3, 30));
            used
        })
        .join()
        .unwrap();
        used.and(equal(4, 40));
        assert_eq!(used.values(), ["text".into(), 30.into(), 40.into()]);
        assert_eq!(used.tokens().len(), 11);
    }

    #[test]
    fn fields_of_a_closure_are_resolved_by_the_queries_around_them() {
        let (own, outer) = (Scope::fresh(), Scope::fresh());
        let column = |scope| Token::Column(RowSource::new(scope, Path::ROOT), 1);
        let mut tokens = ExprTokens::default();
        for token in [
            column(own),
            Token::From(RowSource::new(own, Path(3))),
            Token::Begin,
            column(own),
            column(outer),
            column(Scope::OWN),
            Token::Part(QueryPart::Filter),
            Token::End(Form::Exists),
            column(own),
        ] {
            tokens.push(token);
        }
        tokens.resolve_scope(RowSource::new(own, Path(9)));
        let one = Scope::relative(1).unwrap();
        assert_eq!(
            decoded(&tokens),
            [
                column(Scope::OWN),
                Token::From(RowSource::new(Scope::OWN, Path(3))),
                Token::Begin,
                column(one),
                column(outer),
                column(Scope::OWN),
                Token::Part(QueryPart::Filter),
                Token::End(Form::Exists),
                column(Scope::OWN),
            ]
        );
    }

    #[test]
    fn aggregates_and_orders_of_inner_queries_are_their_own() {
        let order = |direction| Token::Order(direction, crate::expr::NullsPlace::First);
        let mut tokens = ExprTokens::default();
        for token in [
            Token::From(RowSource::OWN),
            Token::Begin,
            Token::Call(Function::CountRows, 0),
            Token::Part(QueryPart::Columns),
            column(1),
            order(crate::expr::Direction::Asc),
            Token::Part(QueryPart::Order),
            Token::End(Form::Value),
            order(crate::expr::Direction::Asc),
        ] {
            tokens.push(token);
        }
        assert!(!tokens.has_aggregate());
        tokens.reverse();
        let reversed_tokens = decoded(&tokens);
        assert_eq!(reversed_tokens[5], order(crate::expr::Direction::Asc));
        let reversed = Token::Order(crate::expr::Direction::Desc, crate::expr::NullsPlace::Last);
        assert_eq!(reversed_tokens[8], reversed);
        tokens.call(Function::CountRows, 0);
        assert!(tokens.has_aggregate());
    }

    #[test]
    fn an_expression_outlives_what_its_thread_keeps() {
        thread_local! {
            static LAST: Cell<Option<ExprTokens>> = const { Cell::new(None) };
        }
        std::thread::spawn(|| {
            // Whichever of the two ends first.
            LAST.set(Some(ExprTokens::default()));
            LAST.set(Some(equal(1, "text")));
            drop(equal(2, 2));
        })
        .join()
        .unwrap();
    }
}
