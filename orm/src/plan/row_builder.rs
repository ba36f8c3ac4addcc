//! What every builder behind `Post::create()` can do besides setting fields.

use crate::model::{ForeignKey, Model};
use crate::query::{Fields, IntoConflictTarget, ToMany, ToValue};

use super::Executor;
use super::create::{Draft, IntoDraft};
use super::create_tree::{CreateWith, CreateWithOne, NewAlong};
use super::get_or_create::GetOrCreate;
use super::on_conflict::{AnyConflict, OnConflict};

/// A new row that is not saved yet, [`Post::create()`](crate::queries::ModelExt::create): the derive writes its setters, and `use orm::prelude::*` adds
/// what is here.
///
/// | | statements |
/// |---|---|
/// | [`save(&db)`](RowBuilder::save) | `INSERT INTO .. RETURNING ..` |
/// | [`with(\|a\| a.posts(), [..])`](RowBuilder::with) | one more for each relation |
/// | [`with_existing(\|p\| p.tags(), [..])`](RowBuilder::with_existing) | `INSERT` into the join table |
/// | [`on_conflict(\|t\| t.label)`](RowBuilder::on_conflict) [`on_any_conflict()`](RowBuilder::on_any_conflict) | `INSERT .. ON CONFLICT ..` |
/// | [`get_or_create(\|t\| t.label)`](RowBuilder::get_or_create) | `SELECT`, then `INSERT .. ON CONFLICT DO NOTHING` |
/// | [`update_or_create(\|t\| t.label)`](RowBuilder::update_or_create) | `UPDATE`, then `INSERT .. ON CONFLICT DO NOTHING` |
///
/// # Example: a function for the builders of any model
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::{IntoDraft, RowBuilder};
///
/// fn saved<M: Model, B: RowBuilder<Model = M> + IntoDraft<M>>(rows: Vec<B>, db: &Db) -> orm::Result<Vec<M>> {
///     rows.into_iter().map(|row| row.save(db)).collect()
/// }
/// assert_eq!(saved(vec![Tag::create().label("new")], &db)?[0].label, "new");
/// # Ok::<(), orm::Error>(())
/// ```
pub trait RowBuilder: Sized {
    /// The model.
    type Model: Model;

    /// The draft, whatever of it is set.
    #[doc(hidden)]
    fn into_unchecked(self) -> Draft<Self::Model>;

    /// Inserts the row, and returns it whole, as the database holds it.
    ///
    /// # Errors
    /// What the database says, with the fields that it says it of.
    ///
    /// # Example: with what the database fills in
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::create().author(1).title("New").save(&db)?;
    /// assert_eq!((post.id, post.views), (3, 0));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<<Self as RowBuilder>::Model>
    where
        Self: IntoDraft<<Self as RowBuilder>::Model>,
    {
        self.into_draft().save(db)
    }

    /// Creates other rows with this one, along a relation; see [`CreateWith`].
    ///
    /// # Example: an author and her posts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let eve = Author::create().name("Eve").email("eve@example.com");
    /// let (eve, posts) = eve.with(|a| a.posts(), [Post::create().title("One")]).save(&db)?;
    /// assert_eq!(posts[0].author.id(), eve.id);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn with<R: NewAlong<C>, C>(
        self,
        relation: impl FnOnce(Fields<<Self as RowBuilder>::Model>) -> R,
        rows: C,
    ) -> CreateWithOne<<Self as RowBuilder>::Model, Self, R, C> {
        CreateWith::new(self).with(relation, rows)
    }

    /// Relates the new row to rows that are there already, through a many-to-many field: rows or their keys. They are not in what comes back.
    ///
    /// # Errors
    /// `save` refuses a relation that is not a many-to-many field, and one through a model whose rows need more than the two keys.
    ///
    /// # Example: by row, and by key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rust = Tag::get(1, &db)?;
    /// let post = Post::create().author(1).title("New").with_existing(|p| p.tags(), [&rust]).save(&db)?;
    /// let other = Post::create().author(1).title("Newer").with_existing(|p| p.tags(), [1, 2]).save(&db)?;
    /// assert_eq!((post.tags().count(&db)?, other.tags().count(&db)?), (1, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: rows that point at one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let eve = Author::create().name("Eve").email("eve@example.com");
    /// let refused = eve.with_existing(|a| a.posts(), [1]).save(&db).unwrap_err();
    /// assert!(refused.to_string().contains("is not a many-to-many field"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("connect", "link", "add"))]
    fn with_existing<T: Model, K: ToValue<ForeignKey<T>>>(
        self,
        relation: impl FnOnce(Fields<<Self as RowBuilder>::Model>) -> ToMany<T>,
        rows: impl IntoIterator<Item = K>,
    ) -> CreateWith<<Self as RowBuilder>::Model, Self, ()> {
        CreateWith::new(self).with_existing(relation, rows)
    }

    /// What happens if a row is there already with the same in what the closure names.
    ///
    /// # Example: a label that is taken stays as it is
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let created = Tag::create().label("rust").on_conflict(|t| t.label).do_nothing().save(&db)?;
    /// assert_eq!(created, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn on_conflict<T: IntoConflictTarget>(
        self,
        target: impl FnOnce(Fields<<Self as RowBuilder>::Model>) -> T,
    ) -> OnConflict<Draft<<Self as RowBuilder>::Model>>
    where
        Self: IntoDraft<<Self as RowBuilder>::Model>,
    {
        self.into_draft().on_conflict(target)
    }

    /// What happens if a row is there already, whatever it has in common with this one.
    ///
    /// # Example: a label that is taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Tag::create().label("rust").on_any_conflict().do_nothing().save(&db)?, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn on_any_conflict(self) -> AnyConflict<Draft<<Self as RowBuilder>::Model>>
    where
        Self: IntoDraft<<Self as RowBuilder>::Model>,
    {
        self.into_draft().on_any_conflict()
    }

    /// The row that is there already with the same in what the closure names, or else this one.
    ///
    /// # Example: a label
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (tag, created) = Tag::create().label("rust").get_or_create(|t| t.label).run(&db)?;
    /// assert_eq!((tag.id, created), (1, false));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn get_or_create<T: IntoConflictTarget>(
        self,
        by: impl FnOnce(Fields<<Self as RowBuilder>::Model>) -> T,
    ) -> GetOrCreate<<Self as RowBuilder>::Model>
    where
        Self: IntoDraft<<Self as RowBuilder>::Model>,
    {
        self.into_draft().get_or_create(by)
    }

    /// This row, or the one that is there already with the same in what the closure names, after it got what was set here.
    ///
    /// # Example: views
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let hello = Post::create().author(1).title("Hello").views(9);
    /// let (post, created) = hello.update_or_create(|p| (p.author, p.title)).run(&db)?;
    /// assert_eq!((post.views, created), (9, false));
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn update_or_create<T: IntoConflictTarget>(
        self,
        by: impl FnOnce(Fields<<Self as RowBuilder>::Model>) -> T,
    ) -> GetOrCreate<<Self as RowBuilder>::Model>
    where
        Self: IntoDraft<<Self as RowBuilder>::Model>,
    {
        self.into_draft().update_or_create(by)
    }
}
