//! What every model can do: the methods that `use orm::prelude::*` adds to structs that derive `Model`.

use std::marker::PhantomData;

use crate::model::{IntoKey, Model};
use crate::query::{Fields, IntoAssignments, QuerySet};

use super::Executor;
use super::change::{ByPrimaryKey, Update, UpdateOrDelete, has_key};
use super::create::{BulkCreate, IntoDraft};
use super::draft_rows::DraftRows;
use super::save::SaveBack;

/// Queries and changes of a model's rows.
///
/// # Examples
///
/// ```standalone_crate
/// # fn main() -> orm::Result<()> {
/// # use orm::prelude::*;
/// # orm::app!("blog");
/// # #[derive(Model)] struct Author { id: i64, name: String, email: String }
/// # #[derive(Model)] struct Post { id: i64, #[orm(related_name = "posts")] author: ForeignKey<Author>, title: String, #[orm(default = 0)] views: i64 }
/// # let db = orm::Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE blog_author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
/// #     CREATE TABLE blog_post (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0)")?;
/// # let ann = Author::create().name("Ann").email("ann@example.com").save(&db)?;
/// # Post::create().author(&ann).title("Hello").views(7).save(&db)?;
/// let mut post = Post::objects().filter(|p| p.title.eq("Hello")).get(&db)?;
/// post.title = "Hello, world".to_owned();
/// post.save(&db)?;
/// post.update(|p| p.views.set(p.views + 1)).run(&db)?;
/// post.refresh(&db)?;
/// assert_eq!((post.title.as_str(), post.views), ("Hello, world", 8));
/// post.delete(&db)?;
/// assert_eq!(Post::objects().count(&db)?, 0);
/// # Ok(())
/// # }
/// ```
pub trait ModelExt: Model {
    /// All rows, to be narrowed down: `Post::objects().filter(|p| p.views.gt(3)).all(&db)?`.
    fn objects() -> QuerySet<Self> {
        QuerySet::new()
    }

    /// A row to be: set its fields, then `save(&db)`. A required field left out does not compile.
    fn create() -> Self::Create {
        Self::Create::default()
    }

    /// Many rows to be, from finished builders.
    fn bulk_create<D: IntoDraft<Self>>(drafts: impl IntoIterator<Item = D>) -> BulkCreate<Self> {
        BulkCreate {
            rows: DraftRows::of(drafts.into_iter().map(|draft| draft.into_draft().into_row())),
            model: PhantomData,
        }
    }

    /// The row with this primary key; a key of several fields is a tuple: `Seat::get((row, number), &db)`.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if there is none.
    fn get<'e, E: Executor<'e>>(key: impl IntoKey<Self::Key>, db: E) -> E::Out<Self> {
        db.run(ByPrimaryKey::<Self>::new(key.into_key()), Ok)
    }

    /// Writes every column of this row. `auto_now` fields are set to now, and fields that the database generates are read
    /// back.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if the row is no longer there; what the database says.
    fn save<'e, E: Executor<'e>>(&'e mut self, db: E) -> E::Out<()> {
        self.touch();
        if Self::COMPUTED {
            let job = SaveBack::new(&*self);
            return db.run(job, move |row| {
                *self = row;
                Ok(())
            });
        }
        let row: &'e Self = self;
        db.run(UpdateOrDelete::save(row), |_| Ok(()))
    }

    /// Changes single columns of this row in the database, not in the struct: see [`refresh`](ModelExt::refresh).
    fn update<A: IntoAssignments>(&self, assign: impl FnOnce(Fields<Self>) -> A) -> Update<Self> {
        self.as_query().update(assign)
    }

    /// Reads this row again.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if it is no longer there.
    fn refresh<'e, E: Executor<'e>>(&'e mut self, db: E) -> E::Out<()> {
        let job = ByPrimaryKey::<Self>::new(self.key());
        db.run(job, move |row| {
            *self = row;
            Ok(())
        })
    }

    /// Deletes this row; the database follows `on_delete`.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if it is no longer there;
    /// [`is_foreign_key_violation`](crate::Error::is_foreign_key_violation) if others point at it.
    fn delete<'e, E: Executor<'e>>(&self, db: E) -> E::Out<()> {
        db.run(UpdateOrDelete::delete(self), |_| Ok(()))
    }

    /// The query for this row alone.
    fn as_query(&self) -> QuerySet<Self> {
        let mut query = QuerySet::new();
        query.select.filter = has_key::<Self>(&self.key());
        query
    }
}

impl<M: Model> ModelExt for M {}
