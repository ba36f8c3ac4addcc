//! Related rows: paths along relations in closures, and what a query loads beside its rows.

use std::ops::Deref;

use crate::expr::{ExprTokens, Form, Function, RowSource, Takes};
use crate::model::{HasRowSource, Inner, Join, LeftOut, MetaSlot, Model, Outer};

use super::path::{JoinStep, RelationKind, closure, path_along};
use super::subquery::tokens_of;
use super::{Append, Expr, Fields, IntoCondition, IntoOrder, Select};

/// The related row of a to-one relation: `p.author()` in a closure. Its fields are accessed directly,
/// `p.author().email`. However often it is used, there is one join.
///
/// `J` is the kind of join: [`Inner`] (`INNER JOIN`) if there is always a row, [`Outer`] (`LEFT JOIN`) if there may
/// be none; its values are then `Option`s.
///
/// # Example: in a condition, in an order, and loaded
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts: Vec<(Post, Author)> = Post::objects()
///     .filter(|p| p.author().email.ends_with("@example.com"))
///     .order_by(|p| p.author().name)
///     .with(|p| p.author())
///     .all(&db)?;
/// assert_eq!(posts[0].1.name, "Ann");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: back over a `OneToOne`, where there may be no row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let bios: Vec<Option<String>> = Author::objects().values(|a| a.profile().bio).all(&db)?;
/// assert_eq!(bios, [Some("Writes about Rust.".to_owned()), None]);
/// # Ok::<(), orm::Error>(())
/// ```
pub struct ToOne<M: Model, J: Join = Inner, L = ()> {
    pub(crate) fields: M::Fields<J>,
    pub(crate) at: RowSource,
    pub(crate) loads: L,
}

/// The related rows of a to-many relation: `a.posts()` and `p.tags()` in a closure. A condition tests whether any or
/// every one of them matches by a subquery (`EXISTS`), so it means the same wherever it is used, and no row is
/// repeated.
///
/// # Example: authors of a post about rust
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let authors = Author::objects()
///     .filter(|a| a.posts().any(|p| p.tags().any(|t| t.label.eq("rust"))))
///     .all(&db)?;
/// assert_eq!(authors[0].name, "Ann");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: of many rows, which one?
///
/// ```compile_fail,E0609
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Author::objects().filter(|a| a.posts().title.eq("Hello")).all(&db)?; // `a.posts().any(|p| ..)`
/// # Ok::<(), orm::Error>(())
/// ```
///
/// `K` is [`Cut`] where only some rows of each list are loaded.
pub struct ToMany<M: Model, L = (), K = ()> {
    /// The path on which the relation starts.
    pub(crate) from: RowSource,
    slot: &'static MetaSlot,
    field: u16,
    kind: RelationKind,
    pub(super) left_out: LeftOut,
    pub(crate) select: Select,
    pub(crate) loads: L,
    model: std::marker::PhantomData<fn() -> (M, K)>,
}

/// Says in the type of a relation to many that only some rows of each list are loaded: see [`limit`](ToMany::limit) and
/// [`distinct_on`](ToMany::distinct_on).
///
/// # Example: the type of a relation with a limit
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::{Cut, ToMany};
///
/// fn newest(posts: ToMany<Post>) -> ToMany<Post, (), Cut> {
///     posts.order_by(|p| p.id.desc()).limit(1)
/// }
/// let authors: Vec<(Author, Vec<Post>)> = Author::objects().with(|a| newest(a.posts())).all(&db)?;
/// assert_eq!(authors[0].1[0].title, "Later");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug)]
pub enum Cut {}

/// What [`with`](super::QuerySet::with) takes: a relation, optionally filtered or with loads of its own.
///
/// # Example: a column is loaded anyway
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().with(|p| p.author).all(&db)?; // with parentheses: `p.author()`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation, such as `p.author()` with its parentheses",
    note = "a column of the model itself is loaded anyway; for single values use `values(|p| (p.id, p.title))`"
)]
pub trait Loadable {
    /// Resolves the fields at `own` in the result of a closure.
    #[doc(hidden)]
    fn resolve_scope(&mut self, own: RowSource);

    /// Appends how a query around its own names the values that it puts beside each row, of which that many stand before; says how many
    /// there are.
    #[doc(hidden)]
    fn derived(nth: usize, to: &mut ExprTokens) -> usize
    where
        Self: Sized,
    {
        let _ = (nth, to);
        0
    }
}

/// What is loaded beside a row: a tuple of relations.
#[doc(hidden)]
pub trait Loadables {
    #[doc(hidden)]
    fn resolve_scope(&mut self, own: RowSource);

    /// Appends how a query around its own names the values that stand beside each row; says how many there are.
    #[doc(hidden)]
    fn derived(to: &mut ExprTokens) -> usize
    where
        Self: Sized;
}

#[diagnostic::do_not_recommend]
impl<M: Model, J: Join, L: Loadables> Loadable for ToOne<M, J, L> {
    fn resolve_scope(&mut self, own: RowSource) {
        self.at = self.at.resolved(own, 0);
        self.loads.resolve_scope(own);
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, L: Loadables, K> Loadable for ToMany<M, L, K> {
    fn resolve_scope(&mut self, own: RowSource) {
        self.from = self.from.resolved(own, 0);
        self.select.resolve_scope_within(own, 1);
        // Nested loads are separate statements, to which the rows of that closure are never joined. Their fields stay
        // unresolved, so that they are refused by name.
    }
}

pub(super) fn joined(from: RowSource, slot: &'static MetaSlot, field: u16, kind: RelationKind) -> RowSource {
    from.with_path(path_along(JoinStep {
        from: from.path(),
        slot,
        field,
        kind,
        left_out: LeftOut::NONE,
    }))
}

impl<M: Model, J: Join> ToOne<M, J> {
    #[doc(hidden)]
    pub fn forward(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::at(joined(from, slot, field, RelationKind::Forward))
    }

    fn at(at: RowSource) -> Self {
        ToOne {
            fields: M::fields(at),
            at,
            loads: (),
        }
    }
}

impl<M: Model> ToOne<M, Outer> {
    #[doc(hidden)]
    pub fn reverse(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::at(joined(from, slot, field, RelationKind::Reverse))
    }
}

impl<M: Model, J: Join, L> ToOne<M, J, L> {
    /// Loads more beside the related row, if there is one.
    ///
    /// # Example: comments, their posts, and the authors of those
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rows: Vec<(Comment, (Post, Author))> =
    ///     Comment::objects().with(|c| c.post().with(|p| p.author())).all(&db)?;
    /// assert_eq!(rows[0].1.1.name, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with<X: Loadable>(self, more: impl FnOnce(Fields<M>) -> X) -> ToOne<M, J, L::Out>
    where
        L: Append<X>,
    {
        ToOne {
            fields: self.fields,
            at: self.at,
            loads: self.loads.append(more(M::fields(self.at))),
        }
    }
}

impl<M: Model, J: Join, L: Clone> Clone for ToOne<M, J, L> {
    fn clone(&self) -> Self {
        ToOne {
            fields: self.fields,
            at: self.at,
            loads: self.loads.clone(),
        }
    }
}

impl<M: Model, J: Join, L> Deref for ToOne<M, J, L> {
    type Target = M::Fields<J>;

    fn deref(&self) -> &M::Fields<J> {
        &self.fields
    }
}

impl<M: Model, J: Join, L> HasRowSource for ToOne<M, J, L> {
    type Joined = J;

    fn row_source(self) -> RowSource {
        self.at
    }
}

impl<M: Model, L: Clone, K> Clone for ToMany<M, L, K> {
    fn clone(&self) -> Self {
        ToMany {
            select: self.select.clone(),
            loads: self.loads.clone(),
            ..*self
        }
    }
}

impl<M: Model> ToMany<M> {
    #[doc(hidden)]
    pub fn reverse(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, RelationKind::Reverse)
    }

    #[doc(hidden)]
    pub fn join(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, RelationKind::Join)
    }

    #[doc(hidden)]
    pub fn join_back(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, RelationKind::JoinBack)
    }

    /// A query for its rows within an expression, with this as its value.
    pub(super) fn rows_within(self, takes: Takes, form: Form, value: ExprTokens) -> ExprTokens {
        let rows = self.from.with_path(path_along(self.step()));
        let mut select = self.select;
        // An order decides nothing else.
        if takes != Takes::First {
            select.order = ExprTokens::EMPTY;
        }
        if !value.is_empty() {
            select.groups_mut().columns = value;
        }
        tokens_of(rows, M::slot(), select, takes, form)
    }

    fn new(from: RowSource, slot: &'static MetaSlot, field: u16, kind: RelationKind) -> Self {
        ToMany {
            from,
            slot,
            field,
            kind,
            left_out: LeftOut::NONE,
            select: Select::default(),
            loads: (),
            model: std::marker::PhantomData,
        }
    }

    /// Whether there is a related row that matches: `EXISTS (SELECT .. WHERE ..)`, so no row of the query is
    /// repeated.
    ///
    /// # Example: posts about rust
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().filter(|p| p.tags().any(|t| t.label.eq("rust"))).all(&db)?;
    /// assert_eq!(posts[0].title, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: posts about anything else are not the same as posts not about rust
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().filter(|p| !p.tags().any(|t| t.label.eq("rust"))).count(&db)?, 1);
    /// assert_eq!(Post::objects().filter(|p| p.tags().any(|t| t.label.ne("rust"))).count(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn any<C: IntoCondition>(self, condition: impl FnOnce(Fields<M>) -> C) -> Expr<bool> {
        self.filter(condition).exists()
    }

    /// Whether there is any related row: `EXISTS (SELECT ..)`.
    ///
    /// # Example: authors who have written nothing
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let silent = Author::objects().exclude(|a| a.posts().exists()).all(&db)?;
    /// assert_eq!(silent[0].name, "Ben");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exists(self) -> Expr<bool> {
        let tokens = self.rows_within(Takes::All, Form::Exists, ExprTokens::EMPTY);
        Expr::new(tokens)
    }

    /// Whether every related row matches; true if there is none. `NOT EXISTS (SELECT .. WHERE (..) IS NOT TRUE)`.
    ///
    /// # Example: authors of whom all posts are out, and those without any
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let names: Vec<String> = Author::objects()
    ///     .filter(|a| a.posts().every(|p| p.status.eq(Status::Published)))
    ///     .values(|a| a.name)
    ///     .all(&db)?;
    /// assert_eq!(names, ["Ben"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn every<C: IntoCondition>(self, condition: impl FnOnce(Fields<M>) -> C) -> Expr<bool> {
        !self.exclude(condition).exists()
    }
}

impl<M: Model, L, K> ToMany<M, L, K> {
    /// The step to its rows.
    pub(crate) fn step(&self) -> JoinStep {
        JoinStep {
            from: self.from.path(),
            slot: self.slot,
            field: self.field,
            kind: self.kind,
            left_out: self.left_out,
        }
    }

    /// Only the related rows that match, of those that are loaded or tested.
    ///
    /// # Example: authors with their published posts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<Post>)> = Author::objects()
    ///     .with(|a| a.posts().filter(|p| p.status.eq(Status::Published)))
    ///     .all(&db)?;
    /// assert_eq!(authors[0].1.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        self.select.filter.and(condition);
        self
    }

    /// Only the related rows that do not match.
    ///
    /// # Example: authors with their posts but drafts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<Post>)> =
    ///     Author::objects().with(|a| a.posts().exclude(|p| p.status.eq(Status::Draft))).all(&db)?;
    /// assert_eq!(authors[0].1.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        condition.call(Function::Not, 1);
        self.select.filter.and(condition);
        self
    }

    /// Order of the related rows within each list.
    ///
    /// # Example: newest posts first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<Post>)> =
    ///     Author::objects().with(|a| a.posts().order_by(|p| p.id.desc())).all(&db)?;
    /// assert_eq!(authors[0].1[0].title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by<O: IntoOrder>(mut self, order: impl FnOnce(Fields<M>) -> O) -> Self {
        let (order, own) = closure::<M, _>(order);
        self.select.order = ExprTokens::default();
        order.append(&mut self.select.order);
        self.select.order.resolve_scope(own);
        self
    }

    /// At most this number of rows in each list: the newest three posts of each author. A later call replaces an earlier one.
    ///
    /// The rows of all lists come by one statement, `SELECT .. WHERE row_number() OVER (PARTITION BY author_id ORDER BY ..) <= 3`
    /// in essence; those of a single list by `LIMIT`. Rows that are equal in the order follow each other by their primary key, so
    /// that it is a definite row which is cut off. Conditions and values of the query that the lists are loaded for are about all
    /// related rows: `a.posts().count()`.
    ///
    /// # Example: the post of each author that is read most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<Post>)> =
    ///     Author::objects().with(|a| a.posts().order_by(|p| p.views.desc()).limit(1)).all(&db)?;
    /// let titles: Vec<Vec<&str>> =
    ///     authors.iter().map(|(_, posts)| posts.iter().map(|post| &*post.title).collect()).collect();
    /// assert_eq!(titles, [vec!["Hello"], vec![]]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: two posts of each author, with the first comment of each
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<(Post, Vec<Comment>)>)> = Author::objects()
    ///     .with(|a| a.posts().limit(2).with(|p| p.comments().order_by(|c| c.id).limit(1)))
    ///     .all(&db)?;
    /// assert_eq!(authors[0].1[0].1[0].text, "First!");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a limit is of what is loaded
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Author::objects().values(|a| a.posts().limit(3).sum(|p| p.views)).all(&db)?; // `orm::subquery(..)`
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("Prefetch", "top_n", "take"))]
    pub fn limit(mut self, rows: u64) -> ToMany<M, L, Cut> {
        self.select.set_limit(Some(rows));
        self.loading(|loads| loads)
    }

    /// Skips this number of rows in each list.
    ///
    /// # Example: all but the first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<Post>)> =
    ///     Author::objects().with(|a| a.posts().order_by(|p| p.id).offset(1)).all(&db)?;
    /// assert_eq!(authors[0].1[0].title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> ToMany<M, L, Cut> {
        self.select.set_offset(rows);
        self.loading(|loads| loads)
    }

    /// Loads more beside each related row, by one more statement for all of them.
    ///
    /// # Example: authors, their posts, and the tags of those
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors: Vec<(Author, Vec<(Post, Vec<Tag>)>)> =
    ///     Author::objects().with(|a| a.posts().with(|p| p.tags())).all(&db)?;
    /// assert_eq!(authors[0].1[0].1[0].label, "rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with<X: Loadable>(self, more: impl FnOnce(Fields<M>) -> X) -> ToMany<M, L::Out, K>
    where
        L: Append<X>,
    {
        let (mut more, own) = closure::<M, _>(more);
        more.resolve_scope(own);
        self.loading(|loads| loads.append(more))
    }

    /// The same rows with other loads.
    pub(super) fn loading<O, D>(self, loads: impl FnOnce(L) -> O) -> ToMany<M, O, D> {
        ToMany {
            from: self.from,
            slot: self.slot,
            field: self.field,
            kind: self.kind,
            left_out: self.left_out,
            select: self.select,
            loads: loads(self.loads),
            model: std::marker::PhantomData,
        }
    }
}
