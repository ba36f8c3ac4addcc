//! `random()`: a number by chance, and so an order.

use crate::expr::{ExprTokens, Function};

use super::Expr;

/// A number by chance, at least 0 and less than 1, another for each row: `random()` on Postgres, 53 bits of SQLite's `random()` divided by
/// 2 to the power of 53. As an order it shuffles the rows, all of them before a limit cuts them off, so of a large table filter first.
///
/// Where it is written twice it is two numbers, but that an order by it, beside `annotate(..)` or `values(..)` of it, may be by that number.
///
/// # Errors
/// When it runs: [`is_unsupported`](crate::Error::is_unsupported) in the order of pages ([`page`](crate::queries::QuerySet::page) and
/// [`after`](crate::queries::QuerySet::after)), which would be cut out of another order each; in the condition of
/// [`in_batches`](crate::queries::Delete::in_batches), of which each batch would draw others; in checks, generated columns and indexes, whose
/// values do not change by themselves.
///
/// # Example: two posts by chance
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts = Post::objects().order_by(|_| orm::random()).limit(2).all(&db)?;
/// assert_eq!(posts.len(), 2);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: one post of each author, by chance
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let authors: Vec<(Author, Vec<Post>)> =
///     Author::objects().with(|a| a.posts().order_by(|_| orm::random()).limit(1)).all(&db)?;
/// assert_eq!(authors[0].1.len(), 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: pages of an order that is another each time
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let refused = Post::objects().order_by(|_| orm::random()).page(1, 10, &db).unwrap_err();
/// assert!(refused.is_unsupported());
/// # Ok::<(), orm::Error>(())
/// ```
#[doc(alias("rand", "shuffle", "RANDOM", "?"))]
pub fn random() -> Expr<f64> {
    let mut tokens = ExprTokens::default();
    tokens.call(Function::Random, 0);
    Expr::new(tokens)
}
