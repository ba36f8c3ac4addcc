//! How rows are joined: whether the rows that fields belong to are always there, in the types.

use crate::value::ColumnType;

/// How the rows that fields belong to are joined: what `J` of `PostFields<J>` and [`ToOne`](crate::queries::ToOne) is.
///
/// A function about fields that works for both takes either: `fn recent<J: Join>(p: PostFields<J>) -> Expr<bool>`.
pub trait Join: Sealed + Copy + Send + Sync + 'static {
    /// What a value of a column of this type is, read from such rows.
    type Of<T: ColumnType>: ColumnType<Base = T::Base>;
}

/// There is a row for each row of the query: of the query's own rows, and of those that a required foreign key leads to.
#[derive(Debug, Clone, Copy)]
pub struct Inner;

/// There may be no row, so that each of its values may be NULL: behind an optional foreign key, or back over a `OneToOne`.
#[derive(Debug, Clone, Copy)]
pub struct Outer;

impl Join for Inner {
    type Of<T: ColumnType> = T;
}

impl Join for Outer {
    type Of<T: ColumnType> = Option<T::Base>;
}

/// There is no third.
#[doc(hidden)]
pub trait Sealed {}

impl Sealed for Inner {}
impl Sealed for Outer {}
