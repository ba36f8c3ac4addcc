//! `distinct_on`: the first row of each group.

use crate::expr::{ExprTokens, Function};
use crate::model::Model;
use crate::registry::meta;
use crate::value::Value;

use super::derived::value_at;
use super::order::order_uniquely;
use super::path::closure;
use super::relation::Loadables;
use super::{Cut, Expression, Fields, QuerySet, Rows, Selection, ToMany, Window, row_number};
use crate::expr::RowSource;

impl<M: Model, L: Loadables> QuerySet<M, Rows<L>> {
    /// The first row of each group of rows that are equal in these values, by the order of the query: Postgres' `DISTINCT ON`, as
    /// `SELECT .. FROM (SELECT .., row_number() OVER (PARTITION BY .. ORDER BY ..) ..) WHERE .. = 1`, with the same rows on both databases.
    ///
    /// The order is the query's at this step, else the model's; the primary key ends it, so that the first row is a definite one. Unlike
    /// in Postgres it need not begin with the values. Filters and limits before decide which rows there are to choose from. What comes
    /// after is about the rows that were chosen: a filter leaves some of them out, and [`order_by`](QuerySet::order_by) is the order of the result,
    /// which otherwise keeps that of the query. NULL is equal to NULL.
    ///
    /// The result is a query of rows as any other, and stands within other queries. Where the rows of a relation are meant, a value beside
    /// each row is shorter: `a.posts().latest(|p| p.published_at).title`.
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) after [`group_by`](QuerySet::group_by), for
    /// [`select_for_update`](QuerySet::select_for_update), which locks rows of tables, and for an order by a window that was not annotated.
    ///
    /// # Example: the post of each author that is read most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most_read = Post::objects().order_by(|p| p.views.desc()).distinct_on(|p| p.author);
    /// let posts: Vec<Post> = most_read.clone().all(&db)?;
    /// assert_eq!(posts.len(), 1);
    /// assert_eq!(posts[0].title, "Hello");
    ///
    /// let with_authors: Vec<(Post, Author)> = most_read.order_by(|p| p.title).with(|p| p.author()).all(&db)?;
    /// assert_eq!(with_authors[0].1.name, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: of each author and status, in another query
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let newest = Post::objects().order_by(|p| p.id.desc()).distinct_on(|p| (p.author, p.status));
    /// let comments = Comment::objects().filter(|c| c.post.in_(newest.values(|p| p.id)));
    /// assert_eq!(comments.count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: groups have no first row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().group_by(|p| p.author).distinct_on(|p| p.author).all(&db).unwrap_err();
    /// assert!(refused.to_string().contains("distinct_on() takes the first row of each group"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("DISTINCT ON", "distinct", "first", "greatest-n-per-group"))]
    pub fn distinct_on<S: Selection>(mut self, of: impl FnOnce(Fields<M>) -> S) -> Self {
        let mut columns = ExprTokens::default();
        let annotated = L::derived(&mut columns);
        if !self.select.groups().by.is_empty() {
            self.select.take_groups();
            self.select.filter = ExprTokens::default();
            self.select.filter.param(Value::Refused(
                "distinct_on() takes the first row of each group of rows, and group_by() has made groups of them: read what these come to by `.values(..)`",
            ));
            return self;
        }
        // Without a registry the query is refused where it is rendered.
        if let Ok(meta) = meta(M::slot()) {
            order_uniquely(meta, &mut self.select);
        }
        // A window looks at rows before they are cut off, and at no other window.
        if self.select.is_cut() || self.select.order.has_window() {
            self.select = self.select.derive::<M>(columns.clone());
        }
        let (by, own) = closure::<M, _>(of);
        let window = Window::default()
            .partition_by(by)
            .ordered_as(self.select.order.clone());
        let mut place = row_number().over(|_| window).into_tokens();
        place.resolve_scope(own);
        self.select.annotate(place);
        self.select = self.select.derive::<M>(columns);
        Expression::append(
            value_at::<i64>(RowSource::OWN, annotated),
            &mut self.select.filter,
        );
        self.select.filter.param(Value::Int(1));
        self.select.filter.call(Function::Eq, 2);
        self
    }
}

impl<M: Model, L, K> ToMany<M, L, K> {
    /// Of the related rows that are equal in these values only the first, in each list by itself, by the order of the list: the newest post of
    /// each status, for each author. `SELECT .. FROM (SELECT .., row_number() OVER (PARTITION BY author_id, status ORDER BY ..) ..) WHERE .. = 1`, one
    /// statement for all lists.
    ///
    /// As with [`limit`](ToMany::limit), filters and the order are those of the list, before or after this, and the primary key ends the order;
    /// a limit and an offset count the rows that are left. NULL is equal to NULL. A later call replaces an earlier one.
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) for values that are aggregates or computed over a window, and for an
    /// order by a window.
    ///
    /// # Example: the newest post of each status
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<Post>)> = Author::objects()
    ///     .with(|a| a.posts().order_by(|p| p.id.desc()).distinct_on(|p| p.status))
    ///     .all(&db)?;
    /// let titles: Vec<&str> = authors[0].1.iter().map(|post| &*post.title).collect();
    /// assert_eq!(titles, ["Later", "Hello"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: it is of what is loaded
    ///
    /// ```compile_fail,E0599
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Author::objects().filter(|a| a.posts().distinct_on(|p| p.status).exists()).all(&db)?; // `a.posts().exists()`
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("DISTINCT ON", "distinct", "first", "greatest-n-per-group"))]
    pub fn distinct_on<S: Selection>(mut self, of: impl FnOnce(Fields<M>) -> S) -> ToMany<M, L, Cut> {
        let (of, own) = closure::<M, _>(of);
        let mut equal = ExprTokens::default();
        of.append(&mut equal);
        equal.resolve_scope(own);
        self.select.groups_mut().by = equal;
        self.loading(|loads| loads)
    }
}
