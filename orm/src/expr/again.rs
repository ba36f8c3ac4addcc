//! Expressions that a query repeats, such as a grouped one in `having`: their values are bound once.
//!
//! Postgres compares expressions by their parameters: `views / $1` is not `views / $2`, whatever the values are. So a
//! repeated expression has [`Token::Again`] in place of its values, which decodes to the same parameters.
//!
//! Tokens that are not a list of expressions are left as they are; decoding refuses them.

use crate::value::Value;

use super::expr_tokens::ExprTokens;
use super::token::{Token, TokenBits, WindowPart};

/// An expression with values that may be repeated.
struct Named {
    tokens: Vec<TokenBits>,
    values: Vec<Value<'static>>,
    /// The number of values before its own.
    first: usize,
}

/// The expressions that later parts of a query may repeat.
#[derive(Default)]
pub(crate) struct Again {
    named: Vec<Named>,
    values: usize,
}

impl Again {
    /// Records the expressions of a part, for the parts that follow.
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

    /// Replaces the values of repeated expressions in a part of the query.
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
            // In a subquery the same tokens are columns of other rows.
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
                Some(Token::Param | Token::NotZero | Token::Typed(_) | Token::Choice(_)) => {
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
    /// `None` if there are more values than a statement can have.
    fn append_again(&self, to: &mut ExprTokens) -> Option<()> {
        let (mut nth, mut depth) = (self.first, 0);
        for bits in &self.tokens {
            match bits.token() {
                Some(Token::Begin) => depth += 1,
                Some(Token::End(_)) => depth -= 1,
                Some(Token::Param | Token::NotZero | Token::Typed(_) | Token::Choice(_)) => {
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

/// The expressions of a list, each with its values; none if the tokens are not such a list.
pub(crate) fn each_expression(list: &ExprTokens) -> Vec<ExprTokens> {
    let all = expressions(list.tokens()).unwrap_or_default().into_iter();
    let each = all.map(|(tokens, values)| {
        let mut each = ExprTokens::default();
        for bits in list.tokens().get(tokens).unwrap_or_default() {
            each.push_bits(*bits);
        }
        for value in list.values().get(values).unwrap_or_default() {
            each.add_value(value.clone());
        }
        each
    });
    each.collect()
}

type Range = std::ops::Range<usize>;

/// The ranges of tokens and values of each expression of a list; `None` if the tokens are not such a list.
fn expressions(tokens: &[TokenBits]) -> Option<Vec<(Range, Range)>> {
    // The start of each operand, and the number of operands when a subquery began.
    let (mut starts, mut around) = (Vec::new(), Vec::new());
    let mut values = 0;
    for (at, bits) in tokens.iter().enumerate() {
        match bits.token()? {
            Token::Column(..) | Token::Again(..) => starts.push((at, values)),
            Token::Param | Token::NotZero | Token::Typed(_) | Token::Choice(_) => {
                starts.push((at, values));
                values += 1;
            }
            // It starts where its first operand does.
            Token::Call(_, operands) | Token::Raw(_, operands) => match operands {
                0 => starts.push((at, values)),
                operands => starts.truncate((starts.len() + 1).checked_sub(usize::from(operands))?),
            },
            Token::From(_) => {
                starts.push((at, values));
                around.push(starts.len());
            }
            Token::End(_) => starts.truncate(around.pop()?),
            Token::Window(WindowPart::Over(over)) => {
                starts.truncate((starts.len() + 1).checked_sub(over.operands())?);
            }
            Token::Begin
            | Token::Part(_)
            | Token::Order(..)
            | Token::Assign(..)
            | Token::Window(WindowPart::Key(..)) => {}
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
        // A subquery as a whole is repeated for the same outer rows.
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
