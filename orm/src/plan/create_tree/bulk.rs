//! `bulk_create` of rows, alone or together with those that belong to each.

use std::marker::PhantomData;

use crate::error::Result;
use crate::model::Model;
use crate::plan::create::BulkCreate;
use crate::plan::draft_rows::DraftRows;
use crate::plan::insert_tree::InsertTree;
use crate::plan::{Executor, RowBuilder};

use super::{CreateWith, NewNode, NewRelations, NewRow, tree};

/// What [`bulk_create`](crate::queries::ModelExt::bulk_create) takes: finished builders, alone or with rows that are created with them.
///
/// # Example: a function over both
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::{BulkRow, IntoDraft};
///
/// fn tags() -> [impl BulkRow<Model = Tag, Builder: IntoDraft<Tag>>; 2] {
///     ["one", "two"].map(|label| Tag::create().label(label))
/// }
/// let _ = Tag::bulk_create(tags());
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a finished row",
    label = "expected a builder with every required field set",
    note = "start with `create()` of the model and set every field that has no default"
)]
pub trait BulkRow: Sized {
    /// The model of the rows.
    type Model: Model;

    /// What creates them.
    type Bulk;

    /// The builder of each, which is finished where it is [`IntoDraft`](crate::queries::IntoDraft).
    type Builder;

    #[doc(hidden)]
    fn into_bulk(rows: impl Iterator<Item = Self>) -> Self::Bulk;
}

#[diagnostic::do_not_recommend]
impl<B: RowBuilder> BulkRow for B {
    type Model = B::Model;
    type Bulk = BulkCreate<B::Model>;
    type Builder = B;

    fn into_bulk(rows: impl Iterator<Item = Self>) -> BulkCreate<B::Model> {
        BulkCreate {
            rows: DraftRows::of(rows.map(|row| row.into_unchecked().into_row())),
            model: PhantomData,
        }
    }
}

impl<M: Model, B: NewRow<M>, L: NewRelations> BulkRow for CreateWith<M, B, L> {
    type Model = M;
    type Bulk = BulkCreateWith<M, L>;
    type Builder = B;

    fn into_bulk(rows: impl Iterator<Item = Self>) -> BulkCreateWith<M, L> {
        BulkCreateWith {
            nodes: rows.map(NewRow::into_node).collect(),
            types: PhantomData,
        }
    }
}

/// New rows with others that are created with each, from `Author::bulk_create([Author::create().with(..), ..])`.
///
/// All are created in one transaction, and each model's of a level by as few statements as by `bulk_create` of it alone, however many rows there
/// are at either end.
///
/// # Example: two authors and their posts
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let authors = ["Eve", "Fay"].map(|name| {
///     let posts = (1..=3).map(|n| Post::create().title(format!("{name} {n}")));
///     Author::create().name(name).email(format!("{name}@example.com")).with(|a| a.posts(), posts.collect::<Vec<_>>())
/// });
/// let created: Vec<(Author, Vec<Post>)> = Author::bulk_create(authors).all(&db)?;
/// assert_eq!(created[1].1[2].title, "Fay 3");
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.run(&db)` or `.all(&db)`"]
pub struct BulkCreateWith<M: Model, L> {
    nodes: Vec<NewNode>,
    types: PhantomData<fn() -> (M, L)>,
}

impl<M: Model, L: NewRelations> BulkCreateWith<M, L> {
    /// Creates all rows or none, and returns each with those that were created with it, as the database has them.
    ///
    /// # Errors
    /// As [`CreateWith::save`](super::CreateWith::save).
    ///
    /// # Example: a label twice
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = ["One", "Two"].map(|title| {
    ///     Post::create().author(1).title(title).with(|p| p.tags(), [Tag::create().label("same")])
    /// });
    /// let refused = Post::bulk_create(posts).all(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert_eq!(Post::objects().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<L::Row<M>>> {
        db.run(self.job(), Ok)
    }

    /// The same without the rows: how many there are of the model, without those that belong to them.
    ///
    /// # Errors
    /// As [`all`](BulkCreateWith::all).
    ///
    /// # Example: posts with tags that are there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = ["One", "Two"].map(|title| Post::create().author(1).title(title).with_existing(|p| p.tags(), [1, 2]));
    /// assert_eq!(Post::bulk_create(posts).run(&db)?, 2);
    /// assert_eq!(Tag::get(2, &db)?.posts().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        let rows = u64::try_from(self.nodes.len()).unwrap_or(u64::MAX);
        db.run(tree::<M, _>(self.nodes, move |_, _| Ok(rows)), Ok)
    }

    fn job(self) -> Result<InsertTree<Vec<L::Row<M>>>> {
        tree::<M, _>(self.nodes, |placed, inserted| {
            let read = |placed| L::read::<M>(placed, &inserted);
            placed.into_iter().map(read).collect()
        })
    }
}
