//! What rows must not have in common: the target of `on_conflict(|p| ..)`.

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, RowExpr, RowSource, Token};
use crate::model::Model;
use crate::value::ColumnType;

use super::check::stored;
use super::path::closure;
use super::tuples::each_element;
use super::{Expr, Expression, Field, Fields};

/// What `on_conflict` takes: a field, an expression, or a tuple of them, which a unique constraint of the model, a field that is
/// unique, or the primary key is over. Their order does not matter.
///
/// # Example: two fields that are unique together
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let again = Post::create().author(1).title("Hello");
/// assert!(again.on_conflict(|p| (p.author, p.title)).do_nothing().save(&db)?.is_none());
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: nothing keeps rows apart by these
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let refused = Tag::create().label("new").on_conflict(|t| (t.id, t.label)).do_nothing().save(&db).unwrap_err();
/// assert!(refused.to_string().contains("nothing that is unique is over `id` and `label`"), "{refused}");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "rows cannot conflict in `{Self}`",
    label = "expected a field such as `p.slug`, or a tuple of fields",
    note = "name what the model says is unique: `on_conflict(|p| (p.author, p.slug))`; a relation is named by its foreign key, without \
            parentheses"
)]
pub trait IntoConflictTarget {
    #[doc(hidden)]
    fn append(self, to: &mut Vec<ExprTokens>);
}

impl<T: ColumnType> IntoConflictTarget for Field<T> {
    fn append(self, to: &mut Vec<ExprTokens>) {
        to.push(self.into_tokens());
    }
}

impl<T> IntoConflictTarget for Expr<T> {
    fn append(self, to: &mut Vec<ExprTokens>) {
        to.push(self.tokens);
    }
}

each_element!(IntoConflictTarget::append(to: &mut Vec<ExprTokens>));

/// One part of a conflict target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TargetPart {
    /// A column, by position.
    Column(u16),
    /// What is computed from the row.
    Expression(RowExpr),
}

/// The parts that a closure names.
///
/// # Errors
/// If one of them is about another row.
pub(crate) fn conflict_target<M, T>(target: impl FnOnce(Fields<M>) -> T) -> Result<Vec<TargetPart>>
where
    M: Model,
    T: IntoConflictTarget,
{
    let (named, own) = closure::<M, _>(target);
    let mut parts = Vec::new();
    named.append(&mut parts);
    parts
        .into_iter()
        .map(|part| target_part::<M>(part, own))
        .collect()
}

fn target_part<M: Model>(mut tokens: ExprTokens, own: RowSource) -> Result<TargetPart> {
    tokens.resolve_scope(own);
    if let [token] = tokens.tokens()
        && let Some(Token::Column(source, position)) = token.token()
    {
        return match source == RowSource::OWN {
            true => Ok(TargetPart::Column(position)),
            false => Err(Error::unsupported(
                "rows conflict in what they hold themselves, and on_conflict() names a field of another row",
            )
            .with_hint("name the foreign key itself, without parentheses")),
        };
    }
    stored("what rows conflict in", M::SPEC.fields, tokens, own).map(TargetPart::Expression)
}
