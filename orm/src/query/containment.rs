//! What is contained by something else, or has something in common with it: arrays, ranges, addresses and networks.

use crate::expr::{ExprTokens, Function};
use crate::model::Join;
use crate::value::{ArrayElement, ColumnType};

use super::functions::call;
use super::{Expr, Expression, Field, Operand};

/// A type of values that others contain: arrays, ranges and what is within ranges, and with the feature `cidr` IP addresses and networks.
///
/// # Example: an array in another
///
/// ```
/// use orm::queries::Contained;
///
/// fn is_contained<T: Contained>() {}
/// is_contained::<Vec<String>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing contains columns of type `{Self}`",
    label = "`contained_by` looks for arrays in arrays, for numbers, dates and ranges in ranges, and for IP addresses and networks in networks"
)]
pub trait Contained: ColumnType<Base = Self> {
    /// What contains them.
    type Container: ColumnType<Base = Self::Container>;

    #[doc(hidden)]
    const CONTAINS: Function;
}

impl<T: ArrayElement> Contained for Vec<T> {
    type Container = Vec<T>;
    const CONTAINS: Function = Function::ArrayContains;
}

/// A type of values that can have something in common: arrays, ranges and multiranges.
///
/// # Example: arrays, and ranges
///
/// ```
/// use orm::fields::Range;
/// use orm::queries::Overlapping;
///
/// fn overlap<T: Overlapping>() {}
/// overlap::<Vec<String>>();
/// overlap::<Range<i64>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are neither arrays nor ranges",
    label = "`overlaps` looks for what two arrays or two ranges have in common"
)]
pub trait Overlapping: ColumnType<Base = Self> {
    #[doc(hidden)]
    const OVERLAPS: Function;
}

impl<T: ArrayElement> Overlapping for Vec<T> {
    const OVERLAPS: Function = Function::ArrayOverlaps;
}

macro_rules! contained {
    ([$($join:tt)*] $this:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// An array has no element but those of the other: `tags <@ ?` on Postgres. A number or a date is within a range, and all of a
            /// range is within another: `? @> hours`. An IP address or a network is within a network, or is it: `network >>= address` on
            /// Postgres, with the feature `cidr`.
            ///
            /// # Example: nothing but these tags
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     tags: Vec<String>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, tags TEXT NOT NULL)")?;
            /// Article::create().tags(["rust", "sql"]).save(&db)?;
            /// assert!(!Article::objects().filter(|a| a.tags.contained_by(["sql", "web"])).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn contained_by(self, other: impl Operand<<T::Base as Contained>::Container>) -> Expr<bool>
            where
                T::Base: Contained,
            {
                let mut tokens = ExprTokens::default();
                other.append(&mut tokens);
                Expression::append(self, &mut tokens);
                tokens.call(<T::Base as Contained>::CONTAINS, 2);
                Expr::new(tokens)
            }

            /// Has an element that the other array has too, or a value that the other range has too: `tags && ?` on Postgres. NULL is never one.
            ///
            /// # Example: of two tags
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     tags: Vec<String>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, tags TEXT NOT NULL)")?;
            /// Article::create().tags(["rust", "sql"]).save(&db)?;
            /// assert!(Article::objects().filter(|a| a.tags.overlaps(["sql", "web"])).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("overlap"))]
            pub fn overlaps(self, other: impl Operand<T::Base>) -> Expr<bool>
            where
                T::Base: Overlapping,
            {
                call(self, <T::Base as Overlapping>::OVERLAPS, 2, |to| other.append(to))
            }
        }
    };
}
contained!([J: Join] Field<T, J>);
contained!([] Expr<T>);
