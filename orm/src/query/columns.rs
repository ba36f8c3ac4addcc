//! Which columns a bulk update sets.

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, RowSource, Token};
use crate::model::Model;
use crate::value::ColumnType;

use super::path::closure;
use super::tuples::each_element;
use super::{Expression, Field, Fields};

/// What `bulk_update` takes: a field, or a tuple or `Vec` of fields.
///
/// # Example: two fields of each row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut posts = Post::objects().all(&db)?;
/// for (at, post) in (1..).zip(&mut posts) {
///     post.title = format!("{at}. {}", post.title);
///     post.views = 0;
/// }
/// assert_eq!(Post::bulk_update(&posts, |p| (p.title, p.views)).run(&db)?, 2);
/// assert_eq!(Post::get(2, &db)?.title, "2. Later");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: values are those of the rows
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts = Post::objects().all(&db)?;
/// Post::bulk_update(&posts, |p| p.views.set(0)).run(&db)?; // the same for all: `Post::objects().update(..)`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name fields that a bulk update sets",
    label = "expected a field such as `p.title`, or a tuple of fields",
    note = "the values are those of the rows that are given: `Post::bulk_update(&posts, |p| (p.title, p.views))`"
)]
pub trait IntoColumns {
    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);
}

impl<T: ColumnType> IntoColumns for Field<T> {
    fn append(self, to: &mut ExprTokens) {
        Expression::append(self, to);
    }
}

impl<C: IntoColumns> IntoColumns for Vec<C> {
    fn append(self, to: &mut ExprTokens) {
        for column in self {
            column.append(to);
        }
    }
}

each_element!(IntoColumns::append(to: &mut ExprTokens));

/// The positions of the columns that a closure names.
///
/// # Errors
/// If one of them is a column of another row.
pub(crate) fn columns<M, C>(named: impl FnOnce(Fields<M>) -> C) -> Result<Vec<u16>>
where
    M: Model,
    C: IntoColumns,
{
    let (named, own) = closure::<M, _>(named);
    let mut tokens = ExprTokens::default();
    named.append(&mut tokens);
    tokens.resolve_scope(own);
    let positions = tokens.tokens().iter().map(|token| match token.token() {
        Some(Token::Column(RowSource::OWN, position)) => Ok(position),
        _ => Err(Error::unsupported(
            "a bulk update sets fields of the rows that it is given, and this is a field of another row",
        )
        .with_hint("update the related rows by a bulk update of their own")),
    });
    positions.collect()
}
