//! What is contained by something else: arrays by arrays, addresses and networks by networks.

use crate::expr::{ExprTokens, Function};
use crate::model::Join;
use crate::value::{ArrayElement, ColumnType};

use super::{Expr, Expression, Field, Operand};

/// A type of values that others contain: arrays, and with the feature `cidr` IP addresses and networks.
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
    label = "`contained_by` looks for arrays in arrays, and for IP addresses and networks in networks"
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

macro_rules! contained {
    ([$($join:tt)*] $this:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// An array has no element but those of the other: `tags <@ ?` on Postgres. An IP address or a network is within a network, or is
            /// it: `network >>= address` on Postgres, with the feature `cidr`.
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
        }
    };
}
contained!([J: Join] Field<T, J>);
contained!([] Expr<T>);
