//! Policies and privileges of tables, as comparable data.

use crate::model::{PolicyCommand, Privilege};

/// A policy of a table.
///
/// # Example: none in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// assert!(post.policies.is_empty() && post.row_security.is_none());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePolicy {
    /// Its name.
    pub name: String,
    /// Which statements it is about.
    pub command: PolicyCommand,
    /// The roles that it is about, in order; all of them if there is none.
    pub to: Vec<String>,
    /// Whether it takes away from what other policies allow.
    pub restrictive: bool,
    /// Which of the rows that are there it allows, in SQL without the outer parentheses.
    pub using: Option<String>,
    /// Which rows it allows to be written, likewise.
    pub with_check: Option<String>,
}

/// What a role that does not own a table may do with it.
///
/// # Example: nothing in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// assert!(post.grants.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableGrant {
    /// The role; `public` is all of them.
    pub role: String,
    /// What it may do.
    pub privilege: Privilege,
    /// The column that it may do it with; all of them if there is none.
    pub column: Option<String>,
}
