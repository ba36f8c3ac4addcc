//! `load`: related rows beside rows that were read before.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Model, ModelMeta};
use crate::query::{Append, Fields, Loadable, closure};
use crate::registry::meta;
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::load::{IntoKeyedLoads, JoinedColumns, KeyedLoads, Loads};
use super::{Access, ErrorContext, Executor, Job};

/// Rows that the program has, and that related rows are loaded beside: a `Vec`, an array or an `Option` of rows of one model, or a slice
/// of them, which is cloned. It is in the [prelude](crate::prelude).
pub trait LoadRelated: Sized {
    /// The rows' model.
    type Model: Model;

    #[doc(hidden)]
    fn into_rows(self) -> Vec<Self::Model>;

    /// Loads related rows beside each of these rows, as [`with`](crate::queries::QuerySet::with) does in a query: one statement for
    /// each relation and each level below it, whatever the number of rows, and none where there are no rows. What is loaded
    /// stands in the type; further calls load more beside it.
    ///
    /// The rows stay as they are and in their order. What is related to them is found by the values that they hold, so a foreign
    /// key that was changed and not saved leads where it points now.
    ///
    /// # Example: to one, and to many
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts: Vec<Post> = orm::sql("SELECT * FROM blog_post", ()).rows::<Post>().all(&db)?;
    /// let posts: Vec<(Post, Author, Vec<Tag>)> = posts.load(|p| p.author()).load(|p| p.tags()).run(&db)?;
    /// assert_eq!(posts[0].1.name, "Ann");
    /// assert_eq!(posts[0].2[0].label, "rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: filtered, ordered and nested
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors = Author::objects().all(&db)?;
    /// let authors: Vec<(Author, Vec<(Post, Vec<Comment>)>)> = authors
    ///     .load(|a| a.posts().filter(|p| p.views.gt(3)).order_by(|p| p.title).with(|p| p.comments()))
    ///     .run(&db)?;
    /// assert_eq!(authors[0].1[0].1[0].text, "First!");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: of one row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::create().author(1).title("New").save(&db)?;
    /// let loaded: Vec<(Post, Author)> = [post].load(|p| p.author()).run(&db)?;
    /// assert_eq!(loaded[0].1.name, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a query is not rows yet
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().load(|p| p.author()).run(&db)?; // `.with(|p| p.author()).all(&db)?`
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn load<X: Loadable>(
        self,
        related: impl FnOnce(Fields<Self::Model>) -> X,
    ) -> Load<Self::Model, <() as Append<X>>::Out> {
        let rows = Load {
            rows: self.into_rows(),
            loads: (),
        };
        rows.load(related)
    }
}

macro_rules! rows {
    ($([$($also:tt)*] $rows:ty, $self:ident => $all:expr;)+) => {$(
        impl<M: Model $($also)*> LoadRelated for $rows {
            type Model = M;

            fn into_rows($self) -> Vec<M> {
                $all
            }
        }
    )+};
}
rows! {
    [] Vec<M>, self => self;
    [, const N: usize] [M; N], self => self.into();
    [] Option<M>, self => self.into_iter().collect();
    [+ Clone] &[M], self => self.to_vec();
    [+ Clone] &Vec<M>, self => self.clone();
}

/// Rows, and what is to be loaded beside them: what [`load`](LoadRelated::load) returns.
///
/// # Example: two relations
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let comments = Comment::objects().all(&db)?;
/// let comments: Vec<(Comment, (Post, Author))> =
///     comments.load(|c| c.post().with(|p| p.author())).run(&db)?;
/// assert_eq!(comments[0].1.1.name, "Ann");
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is loaded until `.run(&db)`"]
pub struct Load<M: Model, L> {
    rows: Vec<M>,
    loads: L,
}

impl<M: Model, L> Load<M, L> {
    /// Loads more beside the rows.
    ///
    /// # Example: an editor, who may not be there, and the comments
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().all(&db)?;
    /// let posts: Vec<(Post, Option<Author>, Vec<Comment>)> =
    ///     posts.load(|p| p.editor()).load(|p| p.comments()).run(&db)?;
    /// assert_eq!((posts[0].1.as_ref(), posts[0].2.len()), (None, 1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn load<X: Loadable>(self, related: impl FnOnce(Fields<M>) -> X) -> Load<M, L::Out>
    where
        L: Append<X>,
    {
        let (mut related, own) = closure::<M, _>(related);
        related.resolve_scope(own);
        Load {
            rows: self.rows,
            loads: self.loads.append(related),
        }
    }
}

impl<M: Model, L> Load<M, L> {
    /// The rows, each with what was loaded.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if a row points at one that is not there, which can only be if it has changed
    /// since it was read, or was never saved; what the database says.
    ///
    /// # Example: on an async handle
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let posts: Vec<Post> = Post::objects().all(&db).await?;
    /// let posts: Vec<(Post, Author)> = posts.load(|p| p.author()).run(&db).await?;
    /// assert_eq!(posts[0].1.name, "Ann");
    /// # Ok(())
    /// # }
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<<L::Loads as Loads>::Row<M>>>
    where
        L: IntoKeyedLoads,
    {
        db.run(LoadBeside::new(self), Ok)
    }
}

/// The statements for what is related to rows that are there already.
struct LoadBeside<M: Model, N: KeyedLoads> {
    meta: &'static ModelMeta,
    rows: Vec<N::Kept<M>>,
    loads: N,
}

impl<M: Model, N: KeyedLoads> LoadBeside<M, N> {
    fn new(load: Load<M, impl IntoKeyedLoads<Loads = N>>) -> Result<Self> {
        let meta = meta(M::slot())?;
        let mut loads = load.loads.into_keyed_loads();
        loads.prepare(&mut JoinedColumns::new(meta, 0))?;
        let rows = load.rows.into_iter().map(|row| loads.take(row));
        let rows = rows.collect::<Result<_>>()?;
        Ok(LoadBeside { meta, rows, loads })
    }
}

impl<M: Model, N: KeyedLoads> Job for LoadBeside<M, N> {
    type Output = Vec<N::Row<M>>;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "loading",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        // Every statement so far has its result.
        while self.loads.is_active() {
            self.loads.answered();
        }
        self.loads.next(dialect)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.loads.next(dialect)
    }

    fn can_pipeline(&self) -> bool {
        true
    }

    fn values(&self) -> &[Value<'_>] {
        self.loads.values()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.loads.take_values()
    }

    fn answered(&mut self) {
        self.loads.answered();
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.loads.accept(row)
    }

    fn finish(self) -> Result<Self::Output> {
        let mut loads = self.loads;
        loads.finish_all(self.rows)
    }

    fn into_owned(self) -> Self {
        self
    }
}
