//! Assignments of an update.

use crate::expr::ExprTokens;

use super::tuples::each_element;

/// A column and its new value: what `p.views.set(1)` returns, for [`update`](super::QuerySet::update).
///
/// # Example: what is changed depends on what was given
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (title, views): (Option<&str>, Option<i64>) = (Some("Hi"), None);
/// Post::objects()
///     .filter(|p| p.title.eq("Hello"))
///     .update(|p| {
///         let mut changes = Vec::new();
///         changes.extend(title.map(|title| p.title.set(title)));
///         changes.extend(views.map(|views| p.views.set(views)));
///         changes
///     })
///     .run(&db)?;
/// assert!(Post::objects().filter(|p| p.title.eq("Hi") & p.views.eq(7)).exists(&db)?);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an assignment does nothing until an update uses it"]
pub struct Assignment {
    pub(crate) tokens: ExprTokens,
}

/// What `update` takes: an assignment, or a tuple (up to eight) or `Vec` of them.
///
/// # Example: two columns at once
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().update(|p| (p.views.set(0), p.title.set(p.title.upper()))).run(&db)?;
/// assert_eq!(Post::objects().filter(|p| p.title.eq("HELLO")).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment",
    label = "expected `field.set(value)` or a tuple of them",
    note = "changes are written `update(|p| (p.views.set(p.views + 1), p.title.set(\"x\")))`"
)]
pub trait IntoAssignments {
    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);
}

impl IntoAssignments for Assignment {
    fn append(self, to: &mut ExprTokens) {
        to.extend(self.tokens);
    }
}

impl<A: IntoAssignments> IntoAssignments for Vec<A> {
    fn append(self, to: &mut ExprTokens) {
        for assignment in self {
            assignment.append(to);
        }
    }
}

each_element!(IntoAssignments::append(to: &mut ExprTokens));
