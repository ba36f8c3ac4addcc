//! Expressions that a query names again, such as that of a group in `having`: their values are given once.
//!
//! Postgres compares expressions by their parameters: `views / $1` is not `views / $2`, whatever the values are. So what is
//! repeated with the same values says [`Token::Again`] in their places, and decodes to the same parameters.
//!
//! Tokens that are not a list of expressions stay as they are: they are refused where they are decoded.

use crate::value::Value;

use super::expr_tokens::ExprTokens;
use super::token::{Token, TokenBits};

/// An expression with values that may be named again.
struct Named {
    tokens: Vec<TokenBits>,
    values: Vec<Value<'static>>,
    /// How many values that may be named again stand before its own.
    first: usize,
}

/// What the parts of one query may name again, in the order of the parts.
#[derive(Default)]
pub(crate) struct Again {
    named: Vec<Named>,
    values: usize,
}

impl Again {
    /// The expressions of a part may be named again in those that follow.
    pub(crate) fn may_name(&mut self, part: &ExprTokens) {
        let first = self.values;
        self.values += part.values().len();
        if part.values().is_empty() {
            return;
        }
        let all = expressions(part.tokens()).into_iter().flatten();
        self.named.extend(all.filter_map(|(tokens, values)| {
            let named = Named {
                tokens: part.tokens().get(tokens)?.to_vec(),
                first: first + values.start,
                values: part.values().get(values)?.to_vec(),
            };
            (!named.values.is_empty()).then_some(named)
        }));
    }

    /// Takes the values out of what a part of the query names again. What stands whole in a list of operands before their
    /// operators is an expression of it.
    pub(crate) fn name_in(&self, part: &mut ExprTokens) {
        if !self.named.is_empty()
            && !part.values().is_empty()
            && let Some(found) = self.named_in(part)
        {
            *part = found;
        }
    }

    fn named_in(&self, part: &ExprTokens) -> Option<ExprTokens> {
        let mut found = ExprTokens::EMPTY;
        let (mut at, mut value, mut depth) = (0, 0, 0);
        while let Some(&bits) = part.tokens().get(at) {
            let (tokens, values) = (&part.tokens()[at..], part.values().get(value..)?);
            // Within a query the same tokens are other rows' columns.
            let named = self.named.iter().filter(|_| depth == 0);
            let longest = named
                .filter(|named| tokens.starts_with(&named.tokens) && values.starts_with(&named.values))
                .max_by_key(|named| named.tokens.len());
            if let Some(named) = longest {
                named.append_again(&mut found)?;
                at += named.tokens.len();
                value += named.values.len();
                continue;
            }
            match bits.token() {
                Some(Token::Begin) => depth += 1,
                Some(Token::End(_)) => depth -= 1,
                Some(Token::Param | Token::NotZero | Token::Typed(_)) => {
                    found.add_value(values.first()?.clone());
                    value += 1;
                }
                _ => {}
            }
            found.push_bits(bits);
            at += 1;
        }
        Some(found)
    }
}

impl Named {
    /// Nothing where there are more values than a statement can have.
    fn append_again(&self, to: &mut ExprTokens) -> Option<()> {
        let (mut nth, mut depth) = (self.first, 0);
        for bits in &self.tokens {
            match bits.token() {
                Some(Token::Begin) => depth += 1,
                Some(Token::End(_)) => depth -= 1,
                Some(Token::Param | Token::NotZero | Token::Typed(_)) => {
                    to.push(Token::Again(depth, u16::try_from(nth).ok()?));
                    nth += 1;
                    continue;
                }
                _ => {}
            }
            to.push_bits(*bits);
        }
        Some(())
    }
}

type Range = std::ops::Range<usize>;

/// Where each expression of a list stands, among the tokens and among the values; `None` if that is not what they are.
fn expressions(tokens: &[TokenBits]) -> Option<Vec<(Range, Range)>> {
    // Where each operand starts; and how many there were when a query began.
    let (mut starts, mut around) = (Vec::new(), Vec::new());
    let mut values = 0;
    for (at, bits) in tokens.iter().enumerate() {
        match bits.token()? {
            Token::Column(..) | Token::Again(..) => starts.push((at, values)),
            Token::Param | Token::NotZero | Token::Typed(_) => {
                starts.push((at, values));
                values += 1;
            }
            // It starts where its first operand does.
            Token::Call(_, operands) => match operands {
                0 => starts.push((at, values)),
                operands => starts.truncate((starts.len() + 1).checked_sub(usize::from(operands))?),
            },
            Token::From(_) => {
                starts.push((at, values));
                around.push(starts.len());
            }
            Token::End(_) => starts.truncate(around.pop()?),
            Token::Begin | Token::Part(_) | Token::Order(..) | Token::Assign(..) => {}
        }
    }
    let ends = starts.iter().skip(1).copied().chain([(tokens.len(), values)]);
    let both = starts.iter().zip(ends);
    Some(
        both.map(|(start, end)| (start.0..end.0, start.1..end.1))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Form, Function, QueryPart, RowSource};

    fn plus(number: i64) -> ExprTokens {
        let mut sum = ExprTokens::default();
        sum.push(Token::Column(RowSource::OWN, 1));
        sum.param(number.into());
        sum.call(Function::Add, 2);
        sum
    }

    fn tokens(expression: &ExprTokens) -> Vec<Token> {
        expression
            .tokens()
            .iter()
            .map(|token| token.token().unwrap())
            .collect()
    }

    fn again(groups: &[ExprTokens], part: &mut ExprTokens) {
        let mut list = ExprTokens::default();
        groups.iter().for_each(|group| list.extend(group.clone()));
        let mut again = Again::default();
        again.may_name(&list);
        again.name_in(part);
    }

    #[test]
    fn what_is_repeated_has_no_values_of_its_own() {
        let mut part = plus(7);
        part.extend(plus(5));
        part.param(9.into());
        part.call(Function::Mul, 2);
        again(&[plus(4), plus(5)], &mut part);
        assert_eq!(part.values(), [7.into(), 9.into()]);
        let mut expected = tokens(&plus(7));
        expected.extend([
            Token::Column(RowSource::OWN, 1),
            Token::Again(0, 1),
            Token::Call(Function::Add, 2),
            Token::Param,
            Token::Call(Function::Mul, 2),
        ]);
        assert_eq!(tokens(&part), expected);
    }

    #[test]
    fn within_a_query_it_is_about_other_rows() {
        let within = || {
            let mut query = ExprTokens::default();
            query.push(Token::From(RowSource::OWN));
            query.push(Token::Begin);
            query.extend(plus(5));
            query.push(Token::Part(QueryPart::Columns));
            query.push(Token::End(Form::Value));
            query
        };
        let mut part = within();
        again(&[plus(5)], &mut part);
        assert_eq!(
            (tokens(&part), part.values()),
            (tokens(&within()), &[5.into()][..])
        );
        // The query as a whole is about the same.
        again(&[plus(4), within()], &mut part);
        assert_eq!(tokens(&part)[3], Token::Again(1, 1));
        assert!(part.values().is_empty());
    }

    #[test]
    fn of_two_that_begin_alike_it_is_the_longer() {
        let longer = || {
            let mut longer = plus(5);
            longer.param(6.into());
            longer.call(Function::Mul, 2);
            longer
        };
        let mut part = longer();
        again(&[plus(5), longer()], &mut part);
        assert_eq!(tokens(&part)[1], Token::Again(0, 1));
        assert_eq!(tokens(&part)[3], Token::Again(0, 2));
    }
}
