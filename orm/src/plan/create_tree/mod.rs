//! `create()` of a row together with rows that belong to it.

mod bulk;
mod existing;
mod place;

use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::model::{AssignedColumns, Inner, Model, Outer};
use crate::query::{Append, Fields, JoinStep, ToMany, ToOne, closure};
use crate::registry::meta;

use super::create::IntoDraft;
use super::insert_tree::{InsertTree, Inserts};
use super::own_relation::OwnRelation;
use super::{Executor, RowBuilder};

pub use bulk::{BulkCreateWith, BulkRow};
use existing::ExistingRows;

/// A new row that others are created with: a builder, whatever of it is set, or one with rows of its own.
///
/// # Example: a function over both
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::NewRow;
///
/// fn hello() -> impl NewRow<Post, Row = Post> {
///     Post::create().title("Hello") // whose author is the row that it is created with
/// }
/// let eve = Author::create().name("Eve").email("eve@example.com");
/// let (eve, posts) = eve.with(|a| a.posts(), [hello()]).save(&db)?;
/// assert_eq!(posts[0].author.id(), eve.id);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of `{M}`",
    label = "expected a builder of the model that the relation leads to",
    note = "write the setters behind `{M}::create()`; a relation to many takes a list of them, one to a single row takes one"
)]
pub trait NewRow<M: Model>: Sized {
    /// What comes back: the row, with those that were created with it.
    type Row: Send + 'static;

    #[doc(hidden)]
    fn into_node(self) -> NewNode;

    /// # Errors
    /// If a row cannot be read.
    #[doc(hidden)]
    fn read(placed: PlacedNode, inserted: &Inserts) -> Result<Self::Row>;
}

impl<B: RowBuilder> NewRow<B::Model> for B {
    type Row = B::Model;

    fn into_node(self) -> NewNode {
        NewNode {
            row: self.into_unchecked().into_unfilled(),
            groups: Vec::new(),
            existing: Vec::new(),
            refused: None,
        }
    }

    fn read(placed: PlacedNode, inserted: &Inserts) -> Result<B::Model> {
        inserted.at(&placed)
    }
}

/// A new row and those that are created with it, whatever their models.
pub struct NewNode {
    pub(super) row: Box<AssignedColumns>,
    groups: Vec<NodeGroup>,
    /// Rows that are there already.
    existing: Vec<ExistingRows>,
    /// What was wrong with a relation.
    refused: Option<Error>,
}

/// New rows along a relation.
struct NodeGroup {
    step: JoinStep,
    nodes: Vec<NewNode>,
}

/// Where a row is among those that were inserted, and those that were created with it, by relation.
pub struct PlacedNode {
    step: usize,
    row: usize,
    groups: Vec<Vec<PlacedNode>>,
}

impl Inserts {
    /// The row at a place.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn at<M: Model>(&self, placed: &PlacedNode) -> Result<M> {
        self.row(placed.step, placed.row)
    }
}

/// A relation, and what new rows along it are given as: several for one to many, one for one to a single row.
#[diagnostic::on_unimplemented(
    message = "`{C}` are not new rows along `{Self}`",
    label = "expected builders of the model that the relation leads to",
    note = "a relation to many takes a list: `.with(|a| a.posts(), [Post::create().title(\"Hello\")])`; one to a single row takes a builder: \
            `.with(|a| a.profile(), Profile::create().bio(\"..\"))`"
)]
pub trait NewAlong<C>: OwnRelation {
    /// What comes back of them, as loads have it.
    type Out: Send + 'static;

    #[doc(hidden)]
    fn into_nodes(rows: C) -> Vec<NewNode>;

    /// # Errors
    /// If a row cannot be read.
    #[doc(hidden)]
    fn read(placed: Vec<PlacedNode>, inserted: &Inserts) -> Result<Self::Out>;
}

#[diagnostic::do_not_recommend]
impl<M: Model, I: IntoIterator<Item: NewRow<M>>> NewAlong<I> for ToMany<M> {
    type Out = Vec<<I::Item as NewRow<M>>::Row>;

    fn into_nodes(rows: I) -> Vec<NewNode> {
        rows.into_iter().map(NewRow::into_node).collect()
    }

    fn read(placed: Vec<PlacedNode>, inserted: &Inserts) -> Result<Self::Out> {
        let read = |placed| <I::Item as NewRow<M>>::read(placed, inserted);
        placed.into_iter().map(read).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, D: NewRow<M>> NewAlong<D> for ToOne<M, Outer> {
    type Out = Option<D::Row>;

    fn into_nodes(row: D) -> Vec<NewNode> {
        vec![row.into_node()]
    }

    fn read(placed: Vec<PlacedNode>, inserted: &Inserts) -> Result<Self::Out> {
        let mut placed = placed.into_iter();
        placed.next().map(|placed| D::read(placed, inserted)).transpose()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, D: NewRow<M>> NewAlong<D> for ToOne<M, Inner> {
    type Out = D::Row;

    fn into_nodes(row: D) -> Vec<NewNode> {
        vec![row.into_node()]
    }

    fn read(placed: Vec<PlacedNode>, inserted: &Inserts) -> Result<D::Row> {
        let placed = placed.into_iter().next();
        D::read(
            placed.ok_or_else(|| Error::internal("a row was created, and is not there"))?,
            inserted,
        )
    }
}

/// New rows along a relation, in the type of what they are created with.
pub struct Along<R, C>(PhantomData<fn() -> (R, C)>);

/// The relations along which rows are created with another.
pub trait NewRelations {
    /// A row with what was created with it, as loads have it.
    type Row<M: Send + 'static>: Send + 'static;

    #[doc(hidden)]
    fn read<M: Model>(placed: PlacedNode, inserted: &Inserts) -> Result<Self::Row<M>>;
}

/// Where no rows are created with it.
impl NewRelations for () {
    type Row<M: Send + 'static> = M;

    fn read<M: Model>(placed: PlacedNode, inserted: &Inserts) -> Result<M> {
        inserted.at(&placed)
    }
}

macro_rules! relations {
    ($(($($relation:ident $rows:ident)+);)+) => {$(
        impl<$($rows, $relation: NewAlong<$rows>),+> NewRelations for ($(Along<$relation, $rows>,)+) {
            type Row<Model: Send + 'static> = (Model, $($relation::Out,)+);

            fn read<M: Model>(placed: PlacedNode, inserted: &Inserts) -> Result<Self::Row<M>> {
                let row = inserted.at(&placed)?;
                let mut groups = placed.groups.into_iter();
                Ok((row, $($relation::read(groups.next().unwrap_or_default(), inserted)?,)+))
            }
        }
    )+};
}
relations! {
    (A B);
    (A B C D);
    (A B C D E F);
    (A B C D E F G H);
    (A B C D E F G H I J);
    (A B C D E F G H I J K L);
}

/// A new row with others that are created with it, from `with(..)` of a builder: `Author::create().name("Ann").with(|a| a.posts(), [..])`.
///
/// All rows are created in one transaction, and each model's of a level by as few statements as by `bulk_create`, however many they are: those
/// that are pointed at first, and pairs of many-to-many fields last. What is set by hand and would come from the relation is refused, and so is a
/// required field that a row within has not. What comes back has the shape that `with(..)` of a query loads.
///
/// # Example: two levels
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (eve, posts): (Author, Vec<(Post, Vec<Comment>)>) = Author::create()
///     .name("Eve")
///     .email("eve@example.com")
///     .with(|a| a.posts(), [
///         Post::create().title("One").with(|p| p.comments(), vec![Comment::create().text("first"), Comment::create().text("second")]),
///         Post::create().title("Two").with(|p| p.comments(), vec![]),
///     ])
///     .save(&db)?;
/// assert_eq!((eve.name.as_str(), posts[0].1.len(), posts[1].1.len()), ("Eve", 2, 0));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a many-to-many field, and a relation to one row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::create().author(1).title("New");
/// let (post, tags) = post.with(|p| p.tags(), ["one", "two"].map(|label| Tag::create().label(label))).save(&db)?;
/// assert_eq!((post.tags().count(&db)?, tags.len()), (2, 2));
///
/// let eve = Author::create().name("Eve").email("eve@example.com");
/// let (_, profile) = eve.with(|a| a.profile(), Profile::create().bio("Reads.")).save(&db)?;
/// assert_eq!(profile.unwrap().bio, "Reads.");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a key set by hand
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let eve = Author::create().name("Eve").email("eve@example.com");
/// let refused = eve.with(|a| a.posts(), [Post::create().title("One").author(1)]).save(&db).unwrap_err();
/// assert!(refused.to_string().starts_with("`author` of a new blog.Post is set, and comes from the row that it is created with"));
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.save(&db)`"]
pub struct CreateWith<M: Model, B, L> {
    node: NewNode,
    types: Types<M, B, L>,
}

/// The model, the builder, and what is created with it.
type Types<M, B, L> = PhantomData<fn() -> (M, B, L)>;

/// A builder with rows along one relation.
pub type CreateWithOne<M, B, R, C> = CreateWith<M, B, (Along<R, C>,)>;

impl<M: Model, B: NewRow<M>> CreateWith<M, B, ()> {
    pub(super) fn new(row: B) -> Self {
        CreateWith {
            node: row.into_node(),
            types: PhantomData,
        }
    }
}

impl<M: Model, B, L> CreateWith<M, B, L> {
    /// Creates further rows with this one, along another relation.
    ///
    /// # Example: posts and a profile
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (eve, posts, profile) = Author::create()
    ///     .name("Eve")
    ///     .email("eve@example.com")
    ///     .with(|a| a.posts(), [Post::create().title("One")])
    ///     .with(|a| a.profile(), Profile::create().bio("Reads."))
    ///     .save(&db)?;
    /// assert_eq!((eve.id, posts.len(), profile.is_some()), (3, 1, true));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with<R: NewAlong<C>, C>(
        mut self,
        relation: impl FnOnce(Fields<M>) -> R,
        rows: C,
    ) -> CreateWith<M, B, L::Out>
    where
        L: Append<Along<R, C>>,
    {
        let (relation, _) = closure::<M, _>(relation);
        match relation.step() {
            Ok(step) => self.node.groups.push(NodeGroup {
                step,
                nodes: R::into_nodes(rows),
            }),
            Err(error) => self.node.refused = Some(error),
        }
        CreateWith {
            node: self.node,
            types: PhantomData,
        }
    }

    /// Creates all rows or none, and returns them as the database has them.
    ///
    /// # Errors
    /// If a row within has not what is required, or sets what comes from the relation, before anything is sent; and what the database says,
    /// with the model that it says it of.
    ///
    /// # Example: a label that is taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::create().author(1).title("New").with(|p| p.tags(), [Tag::create().label("rust")]);
    /// let refused = post.save(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert_eq!(refused.fields(), ["label"]);
    /// assert!(!Post::objects().filter(|p| p.title.eq("New")).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a required field is missing
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Author::create().name("Eve").with(|a| a.posts(), [Post::create().title("One")]).save(&db)?; // where is the email?
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<L::Row<M>>
    where
        B: IntoDraft<M>,
        L: NewRelations,
    {
        db.run(self.job(), Ok)
    }

    fn job(self) -> Result<InsertTree<L::Row<M>>>
    where
        L: NewRelations,
    {
        tree::<M, _>(vec![self.node], |placed, inserted| {
            let root = placed.into_iter().next();
            let root = root.ok_or_else(|| Error::internal("a row was created, and is not there"))?;
            L::read::<M>(root, &inserted)
        })
    }
}

/// The insert of rows with all that is created with them.
fn tree<M: Model, T: 'static>(
    nodes: Vec<NewNode>,
    finish: impl FnOnce(Vec<PlacedNode>, Inserts) -> Result<T> + Send + 'static,
) -> Result<InsertTree<T>> {
    let model = meta(M::slot())?;
    let mut steps = Vec::new();
    let placed = place::place(model, nodes, Vec::new(), &mut steps)?;
    Ok(InsertTree::new(model, steps, move |inserted| {
        finish(placed, inserted)
    }))
}

impl<M: Model, B: NewRow<M>, L: NewRelations> NewRow<M> for CreateWith<M, B, L> {
    type Row = L::Row<M>;

    fn into_node(self) -> NewNode {
        self.node
    }

    fn read(placed: PlacedNode, inserted: &Inserts) -> Result<Self::Row> {
        L::read::<M>(placed, inserted)
    }
}
