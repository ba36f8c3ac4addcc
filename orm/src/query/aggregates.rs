//! Aggregates beyond those of every lookup: filtered ones, of different values, of conditions, and how far values are spread.

use crate::expr::Function;
use crate::model::Join;
use crate::value::ColumnType;

use super::{Expr, Expression, Field, IntoCondition, Number, Summable};

/// An aggregate of a value.
pub(super) fn aggregate<T>(value: impl Expression, by: Function) -> Expr<T> {
    let mut tokens = value.into_tokens();
    tokens.call(by, 1);
    Expr::new(tokens)
}

impl<T> Expr<T> {
    /// This aggregate, of the rows for which a condition holds: `sum(views) FILTER (WHERE ..)`. The other aggregates beside it are of all
    /// rows. Of no row it is what it is of none: a count is 0, a sum is `None`.
    ///
    /// It is said of an aggregate itself, before anything is computed from it. Two filters are both meant.
    ///
    /// # Errors
    /// When the query runs: [`is_unsupported`](crate::Error::is_unsupported) where this is not an aggregate.
    ///
    /// # Example: how many there are, and how many are published
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (all, published) = Post::objects()
    ///     .aggregate(|p| (count(), count().filter(p.status.eq(Status::Published))))
    ///     .run(&db)?;
    /// assert_eq!((all, published), (2, 1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: in groups, and of related rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let read: Vec<(ForeignKey<Author>, Option<i64>)> = Post::objects()
    ///     .group_by(|p| p.author)
    ///     .values(|p| (p.author, p.views.sum().filter(p.views.gt(3))))
    ///     .having(|p| count().filter(p.views.gt(3)).gt(0))
    ///     .all(&db)?;
    /// assert_eq!(read[0].1, Some(7));
    ///
    /// let unread: Vec<i64> = Author::objects()
    ///     .values(|a| a.posts().aggregate(|p| count().filter(p.views.eq(0))))
    ///     .all(&db)?;
    /// assert_eq!(unread, [1, 0]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: what is computed from an aggregate is not one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects()
    ///     .aggregate(|p| p.views.sum().coalesce(0).filter(p.views.gt(3)))
    ///     .run(&db)
    ///     .unwrap_err();
    /// assert!(refused.to_string().contains("filter the aggregate before"), "{refused}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter(self, condition: impl IntoCondition) -> Expr<T> {
        let mut tokens = self.tokens;
        tokens.join(condition.into_condition(), Function::Filter);
        Expr::new(tokens)
    }
}

macro_rules! aggregates {
    ([$($join:tt)*] $this:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// The sum of the different values: `sum(DISTINCT views)`; `None` without rows.
            ///
            /// # Example: each number of views once
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.sum_distinct()).run(&db)?, Some(7));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn sum_distinct<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Sum = S> + Number,
            {
                aggregate(self, Function::SumDistinct)
            }

            /// The mean of the different values: `avg(DISTINCT views)`; `None` without rows.
            ///
            /// # Example: each number of views once
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.avg_distinct()).run(&db)?, Some(3.5));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn avg_distinct<S>(self) -> Expr<Option<S>>
            where
                T::Base: Summable<Mean = S> + Number,
            {
                aggregate(self, Function::AvgDistinct)
            }

            /// Whether it is true in all rows that have a value; `None` without such rows: `bool_and(..)` on Postgres, `min(..)` on SQLite.
            ///
            /// # Example: whether all posts are read
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.gt(0).bool_and()).run(&db)?, Some(false));
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a number is not a condition
            ///
            /// ```compile_fail,E0271
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().aggregate(|p| p.views.bool_and()).run(&db)?; // `p.views.gt(0).bool_and()`
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("every", "all"))]
            pub fn bool_and(self) -> Expr<Option<bool>>
            where
                T: ColumnType<Base = bool>,
            {
                aggregate(self, Function::Min)
            }

            /// Whether it is true in some row; `None` without rows that have a value: `bool_or(..)` on Postgres, `max(..)` on SQLite.
            ///
            /// # Example: who has been read at all
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let read: Vec<Option<bool>> =
            ///     Author::objects().values(|a| a.posts().aggregate(|p| p.views.gt(0).bool_or())).all(&db)?;
            /// assert_eq!(read, [Some(true), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("some", "any"))]
            pub fn bool_or(self) -> Expr<Option<bool>>
            where
                T: ColumnType<Base = bool>,
            {
                aggregate(self, Function::Max)
            }

            /// The variance of the values, as all that there are: `var_pop(views)`; `None` without rows.
            ///
            /// SQLite computes it by a function of this crate. Of whole numbers and decimals both databases agree to 12 digits; of floating-point
            /// numbers that lie close together far from 0, Postgres has fewer that are right.
            ///
            /// # Example: how different numbers of views are
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.var_pop()).run(&db)?, Some(12.25));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("variance"))]
            pub fn var_pop(self) -> Expr<Option<f64>>
            where
                T::Base: Number,
            {
                aggregate(self, Function::VarPop)
            }

            /// The variance of the values, as a sample of more: `var_samp(views)`; `None` with fewer than two rows.
            ///
            /// # Example: of two posts
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.var_samp()).run(&db)?, Some(24.5));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("variance"))]
            pub fn var_samp(self) -> Expr<Option<f64>>
            where
                T::Base: Number,
            {
                aggregate(self, Function::VarSamp)
            }

            /// The standard deviation of the values, as all that there are: `stddev_pop(views)`; `None` without rows.
            ///
            /// # Example: how far from the mean
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().aggregate(|p| p.views.stddev_pop()).run(&db)?, Some(3.5));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("stddev", "StdDev"))]
            pub fn stddev_pop(self) -> Expr<Option<f64>>
            where
                T::Base: Number,
            {
                aggregate(self, Function::StddevPop)
            }

            /// The standard deviation of the values, as a sample of more: `stddev_samp(views)`; `None` with fewer than two rows.
            ///
            /// # Example: one post says nothing about others
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let one = Post::objects().filter(|p| p.views.gt(0)).aggregate(|p| p.views.stddev_samp()).run(&db)?;
            /// assert_eq!(one, None);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("stddev"))]
            pub fn stddev_samp(self) -> Expr<Option<f64>>
            where
                T::Base: Number,
            {
                aggregate(self, Function::StddevSamp)
            }
        }
    };
}
aggregates!([J: Join] Field<T, J>);
aggregates!([] Expr<T>);
