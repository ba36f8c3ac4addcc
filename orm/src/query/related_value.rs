//! Values of the related rows of a relation to many: how many there are, a sum, the first one's. Each is a query of its own
//! within the expression, so that none repeats or multiplies a row.

use crate::expr::{ExprTokens, Form, Function, Takes};
use crate::model::Model;
use crate::value::ColumnType;

use super::path::closure;
use super::subquery_value::{aggregated, order_of_rows};
use super::{Expr, Expression, Extreme, Fields, Summable, ToMany};

impl<M: Model> ToMany<M> {
    /// How many related rows there are; 0 where there are none: `(SELECT count(*) FROM blog_post WHERE author_id = blog_author.id)`.
    ///
    /// It is a value like any other: in `filter`, `order_by`, `values`, [`annotate`](crate::queries::QuerySet::annotate), `update`. As
    /// each such value is a query of its own, several of them never multiply each other.
    ///
    /// # Example: who has written more than one, and how many
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let busy: Vec<(String, i64)> = Author::objects()
    ///     .filter(|a| a.posts().count().gt(1))
    ///     .order_by(|a| a.posts().count().desc())
    ///     .values(|a| (a.name, a.posts().count()))
    ///     .all(&db)?;
    /// assert_eq!(busy, [("Ann".to_owned(), 2)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: of those that match, and through a relation to one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rows: Vec<(String, i64, i64)> = Post::objects()
    ///     .values(|p| {
    ///         let theirs = p.author().posts();
    ///         (p.title, theirs.clone().count(), theirs.filter(|q| q.views.gt(3)).count())
    ///     })
    ///     .all(&db)?;
    /// assert_eq!(rows[1], ("Later".to_owned(), 2, 1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the number is not an `Option`
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let counts: Vec<Option<i64>> = Author::objects().values(|a| a.posts().count()).all(&db)?; // `Vec<i64>`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count(self) -> Expr<i64> {
        let mut rows = ExprTokens::default();
        rows.call(Function::CountRows, 0);
        Expr::new(self.together(rows))
    }

    /// The sum of a value of the related rows; `None` where there are none: `(SELECT sum(views) FROM blog_post WHERE ..)`.
    ///
    /// # Example: views of all posts, and 0 for who has none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let views: Vec<Option<i64>> = Author::objects().values(|a| a.posts().sum(|p| p.views)).all(&db)?;
    /// assert_eq!(views, [Some(7), None]);
    /// let views: Vec<i64> =
    ///     Author::objects().values(|a| a.posts().sum(|p| p.views).coalesce(0)).all(&db)?;
    /// assert_eq!(views, [7, 0]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: comments on all posts of an author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let heard: Vec<Option<i64>> =
    ///     Author::objects().values(|a| a.posts().sum(|p| p.comments().count())).all(&db)?;
    /// assert_eq!(heard, [Some(1), None]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: strings have no sum
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Author::objects().values(|a| a.posts().sum(|p| p.title)).all(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sum<E: Expression, S>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<S>>
    where
        E::Type: ColumnType<Base: Summable<Sum = S>>,
    {
        self.of_all(value, Function::Sum)
    }

    /// The mean of a value of the related rows; `None` where there are none. Rows with NULL are ignored.
    ///
    /// # Example: how well an author's posts are rated
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let ratings: Vec<Option<f64>> = Author::objects().values(|a| a.posts().avg(|p| p.rating)).all(&db)?;
    /// assert_eq!(ratings, [Some(4.5), None]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn avg<E: Expression, S>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<S>>
    where
        E::Type: ColumnType<Base: Summable<Mean = S>>,
    {
        self.of_all(value, Function::Avg)
    }

    /// The least value of the related rows; `None` where there are none.
    ///
    /// # Example: the least read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let least: Vec<Option<i64>> = Author::objects().values(|a| a.posts().min(|p| p.views)).all(&db)?;
    /// assert_eq!(least, [Some(0), None]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn min<E: Expression, T>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<T>>
    where
        E::Type: ColumnType<Base = T>,
        T: Extreme,
    {
        self.of_all(value, Function::Min)
    }

    /// The greatest value of the related rows; `None` where there are none.
    ///
    /// # Example: authors, the last published first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors = Author::objects()
    ///     .order_by(|a| a.posts().max(|p| p.published_at).desc())
    ///     .all(&db)?;
    /// assert_eq!(authors[0].name, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn max<E: Expression, T>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<T>>
    where
        E::Type: ColumnType<Base = T>,
        T: Extreme,
    {
        self.of_all(value, Function::Max)
    }

    /// Any aggregate over the related rows, as [`QuerySet::aggregate`](crate::queries::QuerySet::aggregate) has them.
    ///
    /// # Example: titles in one string, and how many different numbers of views
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rows: Vec<(Option<String>, i64)> = Author::objects()
    ///     .values(|a| {
    ///         let titles = a.posts().aggregate(|p| p.title.string_agg(", "));
    ///         (titles, a.posts().aggregate(|p| p.views.count_distinct()))
    ///     })
    ///     .all(&db)?;
    /// assert_eq!(rows, [(Some("Hello, Later".to_owned()), 2), (None, 0)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a field is of one row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Author::objects().values(|a| a.posts().aggregate(|p| p.title)).all(&db).unwrap_err();
    /// assert!(refused.to_string().contains("this is not an aggregate"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn aggregate<E: Expression>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<E::Type> {
        let (value, own) = closure::<M, _>(value);
        let mut value = value.into_tokens();
        value.resolve_scope(own);
        Expr::new(self.together(value))
    }

    /// A value of the first related row, by [`order_by`](ToMany::order_by), the model's order, or the primary key; `None` where there
    /// is no row: `(SELECT title FROM blog_post WHERE .. ORDER BY .. LIMIT 1)`.
    ///
    /// # Example: the title of the newest post
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let newest: Vec<Option<String>> = Author::objects()
    ///     .values(|a| a.posts().order_by(|p| p.id.desc()).first(|p| p.title))
    ///     .all(&db)?;
    /// assert_eq!(newest, [Some("Later".to_owned()), None]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: what may not be there is an `Option`
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles: Vec<String> = Author::objects().values(|a| a.posts().first(|p| p.title)).all(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("latest", "earliest"))]
    pub fn first<E: Expression, T>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Option<T>>
    where
        E::Type: ColumnType<Base = T>,
    {
        let (value, own) = closure::<M, _>(value);
        let mut value = value.into_tokens();
        value.resolve_scope(own);
        Expr::new(self.rows_within(Takes::First, Form::Value, value))
    }

    fn of_all<E: Expression, T>(self, value: impl FnOnce(Fields<M>) -> E, by: Function) -> Expr<Option<T>> {
        Expr::new(self.together(aggregated::<M, _>(value, by)))
    }

    /// An aggregate over the rows.
    pub(super) fn together(self, value: ExprTokens) -> ExprTokens {
        self.rows_within(Takes::Together, Form::Value, value)
    }

    /// The order of its rows.
    pub(super) fn order(&self) -> ExprTokens {
        order_of_rows::<M>(&self.select)
    }
}
