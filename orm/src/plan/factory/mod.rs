//! Rows for tests: what a test does not say is filled in.

mod distinct;
mod new_rows;
mod numbers;
mod planner;
mod random;

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Model, Writable};
use crate::query::Fields;
use crate::registry::meta;

use super::insert_tree::InsertTree;
use super::own_relation::OwnRelation;
use super::{Executor, RowBuilder};

pub use numbers::RowNumbers;
use planner::{Blueprint, Planner, RelatedRows, SetColumns};
pub use random::Random;

/// Makes rows of a model for tests, from [`ModelExt::factory`](super::ModelExt::factory): a test says what it is about, and the factory the
/// rest.
///
/// What is required and not said gets a value of its own for each row, the same in each run: a string of its name and a number (`title-1`,
/// within its `max_length`), a number, a day, the next one of its choices. A required foreign key gets a row of its own, which is made as by
/// that model's factory; what is an `Option` or has a default is left to it. Rows are numbered from 1 by database and model,
/// as long as the process runs.
/// All of them are created in one transaction, in a fixed number of statements however many there are.
///
/// Values that only the program knows (the JSON of a type, what a check, a [scope](crate::scopes) or a type of the program demands) are the
/// test's to say.
///
/// # Example: a post, its author, and three more
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::empty()?;
/// let post = Post::factory().build(&db)?;
/// assert_eq!(post.title, "title-1");
/// assert_eq!(post.author().get(&db)?.email, "email-1");
///
/// let drafts = Post::factory().set(|p| p.author(post.author.clone()).views(9)).many(3).build(&db)?;
/// assert_eq!(drafts[2].title, "title-4");
/// assert_eq!(Author::objects().count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a foreign key leads to one row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::empty()?;
/// let refused = Post::factory().with(|p| p.author(), Author::factory().many(2)).build(&db).unwrap_err();
/// assert!(refused.to_string().contains("blog.Post.author leads to one row, and 2 of blog.Author are asked for"));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what stands around a row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::empty()?;
/// let ann = Author::factory().set(|a| a.name("Ann"));
/// let post = Post::factory()
///     .with(|p| p.author(), ann)
///     .with(|p| p.tags(), Tag::factory().many(2))
///     .with(|p| p.comments(), Comment::factory().each(|c, n| c.text(format!("comment {n}"))).many(5))
///     .build(&db)?;
/// assert_eq!(post.tags().count(&db)?, 2);
/// assert_eq!(post.author().get(&db)?.name, "Ann");
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a factory makes nothing until `.build(&db)`"]
pub struct Factory<M: Model> {
    blueprint: Blueprint,
    model: PhantomData<fn() -> M>,
}

/// Several rows of a [`Factory`], from [`Factory::many`].
///
/// # Example: three
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::empty()?;
/// let tags = Tag::factory().many(3).build(&db)?;
/// assert_eq!(tags[2].label, "label-3");
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a factory makes nothing until `.build(&db)`"]
pub struct Factories<M: Model> {
    factory: Factory<M>,
    count: usize,
}

/// What [`Factory::with`] makes along a relation: a [`Factory`], or several rows of one.
///
/// # Example: a function over both
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::empty()?;
/// use orm::testing::{Factory, FactoryRows};
///
/// fn tagged(tags: impl FactoryRows<Tag>) -> Factory<Post> {
///     Post::factory().with(|p| p.tags(), tags)
/// }
/// assert_eq!(tagged(Tag::factory().many(2)).build(&db)?.tags().count(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not make rows of `{M}`",
    label = "expected a factory of the model that the relation leads to",
    note = "write `{M}::factory()`, or `{M}::factory().many(3)`; a row that is there is set as a value: `.set(|row| row.author(&ann))`"
)]
pub trait FactoryRows<M: Model> {
    #[doc(hidden)]
    fn into_factories(self) -> Factories<M>;
}

impl<M: Model> FactoryRows<M> for Factory<M> {
    fn into_factories(self) -> Factories<M> {
        self.many(1)
    }
}

impl<M: Model> FactoryRows<M> for Factories<M> {
    fn into_factories(self) -> Factories<M> {
        self
    }
}

impl<M: Model> Clone for Factory<M> {
    fn clone(&self) -> Self {
        Factory {
            blueprint: self.blueprint.clone(),
            model: PhantomData,
        }
    }
}

impl<M: Model> Factory<M> {
    pub(super) fn new() -> Self {
        Factory {
            blueprint: Blueprint::default(),
            model: PhantomData,
        }
    }

    /// Sets fields, by the setters of `create()`; of what is said twice the last counts.
    ///
    /// # Example: published
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let post = Post::factory().set(|p| p.status(Status::Published).rating(4.5)).build(&db)?;
    /// assert_eq!((post.status, post.rating), (Status::Published, Some(4.5)));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set<D: RowBuilder<Model = M>>(mut self, values: impl FnOnce(M::Create) -> D) -> Self {
        let row = values(M::Create::default()).into_unchecked().into_unfilled();
        self.blueprint.values.push(SetColumns::Values(row.into_values()));
        self
    }

    /// Sets fields by the row's number, which no other row of the model has that factories make in this database as long as the process runs,
    /// by whatever handle. (One that is made anew in its place, a file of the same path, goes on with the numbers.)
    ///
    /// # Example: a day each
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let authors = Author::factory().each(|a, n| a.email(format!("{n}@example.com"))).many(2).build(&db)?;
    /// assert_eq!(authors[1].email, "2@example.com");
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("sequence", "Sequence", "LazyAttribute"))]
    pub fn each<D: RowBuilder<Model = M>>(
        mut self,
        values: impl Fn(M::Create, u64) -> D + Send + Sync + 'static,
    ) -> Self {
        let values = move |number| {
            let row = values(M::Create::default(), number);
            row.into_unchecked().into_unfilled().into_values()
        };
        self.blueprint.values.push(SetColumns::ByNumber(Arc::new(values)));
        self
    }

    /// Sets fields to values that look random, and are the same in each run: by the seed and the row's place among those that are made together, so
    /// that neither other rows nor other tests change them. (What is unique and not set still goes by the row's number.)
    ///
    /// # Example: the same views in each run
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let seeded = || Post::factory().seeded(42, |p, random| p.views(random.between(0, 1_000)));
    /// let (once, again) = (seeded().many(3).build(&db)?, seeded().many(3).build(&db)?);
    /// assert!((0..3).all(|at| once[at].views == again[at].views));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("seed", "faker", "fake"))]
    pub fn seeded<D: RowBuilder<Model = M>>(
        mut self,
        seed: u64,
        values: impl Fn(M::Create, &mut Random) -> D + Send + Sync + 'static,
    ) -> Self {
        let values = move |place| {
            let row = values(M::Create::default(), &mut Random::of(seed, place));
            row.into_unchecked().into_unfilled().into_values()
        };
        self.blueprint.values.push(SetColumns::ByPlace(Arc::new(values)));
        self
    }

    /// What a function says of it: a state that several tests name.
    ///
    /// # Example: published, with two comments
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// use orm::testing::Factory;
    ///
    /// fn published(posts: Factory<Post>) -> Factory<Post> {
    ///     posts.set(|p| p.status(Status::Published)).with(|p| p.comments(), Comment::factory().many(2))
    /// }
    /// let post = Post::factory().state(published).build(&db)?;
    /// assert_eq!((post.status, post.comments().count(&db)?), (Status::Published, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("trait", "Trait"))]
    pub fn state(self, state: impl FnOnce(Self) -> Self) -> Self {
        state(self)
    }

    /// Makes other rows along a relation: the row that a foreign key points at, of which the one said last counts, rows that point here, or
    /// those of a many-to-many field.
    ///
    /// # Example: an author with three posts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let ann = Author::factory().with(|a| a.posts(), Post::factory().many(3)).build(&db)?;
    /// assert_eq!(ann.posts().count(&db)?, 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("SubFactory", "RelatedFactory", "has", "recycle"))]
    pub fn with<R: OwnRelation>(
        mut self,
        relation: impl FnOnce(Fields<M>) -> R,
        rows: impl FactoryRows<R::Model>,
    ) -> Self {
        let (relation, _) = crate::query::closure::<M, _>(relation);
        let Factories { factory, count } = rows.into_factories();
        match relation.step() {
            Ok(step) => self.blueprint.related.push(RelatedRows {
                step,
                rows: factory.blueprint,
                count,
            }),
            Err(error) => self.blueprint.refused = Some(Arc::new(error)),
        }
        self
    }

    /// So many rows like this; where each needs a row that it points at, each gets one of its own.
    ///
    /// # Example: two profiles, of two authors
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let profiles = Profile::factory().many(2).build(&db)?;
    /// assert_ne!(profiles[0].author, profiles[1].author);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn many(self, rows: usize) -> Factories<M> {
        Factories {
            factory: self,
            count: rows,
        }
    }

    /// Creates the row with all that it needs, and returns it as the database has it.
    ///
    /// # Errors
    /// If required foreign keys lead in a circle (the message names them), there is no further value of a field that is unique, a field has
    /// to be said; and as [`save`](super::Draft::save). Nothing is created then.
    ///
    /// # Example: a comment, on a post, by an author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let comment = Comment::factory().build(&db)?;
    /// assert_eq!(comment.post().get(&db)?.title, "title-1");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn build<'e, E: Executor<'e>>(self, db: E) -> E::Out<M>
    where
        M: Writable,
    {
        db.run(self.many(1).job(db), |rows| {
            let row = rows.into_iter().next();
            row.ok_or_else(|| Error::internal("a factory made no row"))
        })
    }
}

impl<M: Model> Factories<M> {
    /// Creates the rows with all that they need, and returns them as the database has them.
    ///
    /// # Errors
    /// As [`Factory::build`].
    ///
    /// # Example: none is no row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// assert_eq!(Tag::factory().many(0).build(&db)?, []);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn build<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>>
    where
        M: Writable,
    {
        db.run(self.job(db), Ok)
    }

    fn job<'e, E: Executor<'e>>(self, db: E) -> Result<InsertTree<Vec<M>>> {
        let model = meta(M::slot())?;
        let state = db.state();
        let mut planner = Planner::new(&state.numbers);
        let step = planner.rows(model, &self.factory.blueprint, self.count, Vec::new())?;
        Ok(InsertTree::new(model, planner.steps, move |inserted| {
            inserted.rows(step)
        }))
    }
}
