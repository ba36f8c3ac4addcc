//! How rows are joined, in the types: whether the row that a field belongs to is always present.

use crate::value::ColumnType;

/// How the rows that fields belong to are joined: what `J` of `PostFields<J>` and [`ToOne`](crate::queries::ToOne) is.
///
/// A function about fields that works for both takes either: `fn recent<J: Join>(p: PostFields<J>) -> Expr<bool>`.
///
/// # Example: a function for posts, and for posts that may not be there
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Join;
///
/// fn recent<J: Join>(p: PostFields<J>) -> Expr<bool> {
///     p.published_at.is_not_null()
/// }
/// assert_eq!(Post::objects().filter(recent).count(&db)?, 1);
/// assert_eq!(Comment::objects().filter(|c| recent(*c.post())).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
pub trait Join: Sealed + Copy + Send + Sync + 'static {
    /// The type of a column's value when read from such rows.
    type Of<T: ColumnType>: ColumnType<Base = T::Base>;
    /// The type of what is NULL only where both a value of `T` and one from such rows are.
    type Beside<T: ColumnType>: ColumnType<Base = T::Base>;
}

/// There is a row for each row of the query: of the query's own rows, and of those that a required foreign key leads to.
///
/// # Example: an author is always there
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let names: Vec<String> = Post::objects().values(|p| p.author().name).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Inner;

/// There may be no row, so that each of its values may be NULL: behind an optional foreign key, or back over a `OneToOne`.
///
/// # Example: an editor may not be there
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let names: Vec<Option<String>> = Post::objects().values(|p| p.editor().name).all(&db)?;
/// assert_eq!(names, [None, None]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Outer;

impl Join for Inner {
    type Of<T: ColumnType> = T;
    type Beside<T: ColumnType> = T::Base;
}

impl Join for Outer {
    type Of<T: ColumnType> = Option<T::Base>;
    type Beside<T: ColumnType> = T;
}

/// Sealed: there is no third kind.
#[doc(hidden)]
pub trait Sealed {}

impl Sealed for Inner {}
impl Sealed for Outer {}
