//! What every model can do: the methods that `use orm::prelude::*` adds to structs that derive `Model`.

use std::borrow::Borrow;
use std::marker::PhantomData;

#[cfg(feature = "async")]
use futures_util::{Stream, StreamExt};

use crate::error::{Error, Result};
use crate::model::{IntoKey, Materialized, Model, Writable};
use crate::query::{Fields, InsertColumns, IntoAssignments, IntoColumns, QuerySet, columns};
use crate::registry::meta;

use super::Executor;
use super::bulk_update::{BulkUpdate, columns_to_set};
use super::change::{ByPrimaryKey, Update, UpdateOrDelete, has_key};
use super::copy_in::CopyIn;
#[cfg(feature = "async")]
use super::copy_in_stream::CopyInStream;
use super::create::IntoDraft;
use super::create_tree::BulkRow;
#[cfg(feature = "testing")]
use super::factory::Factory;
use super::insert_from::{InsertFrom, ValuesQuery};
use super::refresh_view::Refresh;
use super::save::SaveBack;
use super::versioned::IfUnchanged;

/// Queries and changes of a model's rows: what `use orm::prelude::*` adds to every struct that derives `Model`.
///
/// The examples are about the blog of [`queries`](crate::queries), and `db` is a [`Db`](crate::Db).
///
/// | on the model | on a row |
/// |---|---|
/// | [`Post::objects()`](ModelExt::objects): all rows, to be narrowed down | [`post.save(&db)`](ModelExt::save): writes every column |
/// | [`Post::create()`](ModelExt::create): a new row | [`post.update(..)`](ModelExt::update): writes single columns |
/// | [`Post::bulk_create(..)`](ModelExt::bulk_create): many new rows | [`post.refresh(&db)`](ModelExt::refresh): reads it again |
/// | [`Post::bulk_update(..)`](ModelExt::bulk_update): many rows, each with values of its own | [`post.save_fields(..)`](ModelExt::save_fields): writes some of its columns |
/// | [`Post::get(key, &db)`](ModelExt::get): one row by its primary key | [`post.delete(&db)`](ModelExt::delete): deletes it |
///
/// # Example: the life of a row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut post = Post::create().author(1).title("New").save(&db)?;
/// post.title = "Newer".to_owned();
/// post.save(&db)?;
/// post.update(|p| p.views.set(p.views + 1)).run(&db)?;
/// post.refresh(&db)?;
/// assert_eq!((post.title.as_str(), post.views), ("Newer", 1));
/// post.delete(&db)?;
/// assert!(Post::get(post.id, &db).unwrap_err().is_not_found());
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a row that is saved is `mut`
///
/// ```compile_fail,E0596
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::create().author(1).title("New").save(&db)?;
/// post.save(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
pub trait ModelExt: Model {
    /// All rows, to be narrowed down; see [`QuerySet`] for what there is.
    ///
    /// # Example: read rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().filter(|p| p.views.gt(3)).all(&db)?;
    /// assert_eq!(posts.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn objects() -> QuerySet<Self> {
        QuerySet::new()
    }

    /// A row to be: set its fields, then `save(&db)` inserts it and returns it whole, with the key and the defaults that the database
    /// gave: `INSERT .. RETURNING ..`. A required field left out does not compile; a field is required unless it is an `Option` or has
    /// a default.
    ///
    /// # Example: required fields, and one more
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::create().author(1).title("New").views(3).save(&db)?;
    /// assert_eq!((post.views, post.status), (3, Status::Draft));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: what the database refuses
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Tag::create().label("rust").save(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert_eq!(refused.fields(), ["label"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a required field is missing
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::create().author(1).save(&db)?; // where is the title?
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn create() -> Self::Create
    where
        Self: Writable,
    {
        Self::Create::default()
    }

    /// Any number of rows to be, taken from the iterator as they are sent: by `COPY` on Postgres, by inserts on SQLite. The iterator may not query
    /// meanwhile.
    ///
    /// # Example: from other data
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let lines = std::io::BufRead::lines(std::io::Cursor::new("red\ngreen\nblue"));
    /// let tags = lines.map_while(Result::ok).map(|line| Tag::create().label(line));
    /// assert_eq!(Tag::copy_in(tags).run(&db)?, 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("COPY", "bulk_insert_mappings", "copy_from"))]
    fn copy_in<D, I>(rows: I) -> CopyIn<Self>
    where
        D: IntoDraft<Self> + 'static,
        I: IntoIterator<Item = D, IntoIter: Send + 'static>,
        Self: Writable,
    {
        Self::try_copy_in(rows.into_iter().map(Ok))
    }

    /// As [`copy_in`](ModelExt::copy_in), of rows each of which may be an error instead: the first one is what comes back, and nothing is created.
    ///
    /// # Example: a number that is none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let views = ["7", "many"].map(|text| match text.parse::<i64>() {
    ///     Ok(views) => Ok(Post::create().author(1).title(text).views(views)),
    ///     Err(_) => Err(orm::Error::config(format!("`{text}` is not a number"))),
    /// });
    /// let refused = Post::try_copy_in(views).run(&db).unwrap_err();
    /// assert_eq!(refused.to_string(), "creating blog.Post: `many` is not a number");
    /// assert_eq!(Post::objects().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn try_copy_in<D, I>(rows: I) -> CopyIn<Self>
    where
        D: IntoDraft<Self>,
        I: IntoIterator<Item = Result<D>, IntoIter: Send + 'static>,
        Self: Writable,
    {
        CopyIn {
            rows: Box::new(rows.into_iter().map(|row| Ok(row?.into_draft().into_row()))),
            model: PhantomData,
        }
    }

    /// Any number of rows to be, taken from a stream as they are sent, on an async handle: what [`copy_in`](ModelExt::copy_in) is for an iterator. (Feature
    /// `async`.)
    ///
    /// # Example: from what arrives
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// use futures_util::{StreamExt, stream};
    ///
    /// let lines = stream::iter(["red", "green"]); // what a request or a queue sends
    /// assert_eq!(Tag::copy_in_stream(lines.map(|line| Tag::create().label(line))).run(&db).await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    #[doc(alias("COPY", "sink", "import"))]
    fn copy_in_stream<'s, D, S>(rows: S) -> CopyInStream<'s, Self>
    where
        D: IntoDraft<Self> + 's,
        S: Stream<Item = D> + Send + 's,
        Self: Writable,
    {
        Self::try_copy_in_stream(rows.map(Ok))
    }

    /// As [`copy_in_stream`](ModelExt::copy_in_stream), of rows each of which may be an error instead: the first one is what comes back, and nothing is
    /// created.
    ///
    /// # Example: a line that is not a number
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// use futures_util::{StreamExt, stream};
    ///
    /// let views = stream::iter(["7", "many"]).map(|text| match text.parse::<i64>() {
    ///     Ok(views) => Ok(Post::create().author(1).title(text).views(views)),
    ///     Err(_) => Err(orm::Error::config(format!("`{text}` is not a number"))),
    /// });
    /// let refused = Post::try_copy_in_stream(views).run(&db).await.unwrap_err();
    /// assert_eq!(refused.to_string(), "creating blog.Post: `many` is not a number");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    fn try_copy_in_stream<'s, D, S>(rows: S) -> CopyInStream<'s, Self>
    where
        D: IntoDraft<Self>,
        S: Stream<Item = Result<D>> + Send + 's,
        Self: Writable,
    {
        CopyInStream {
            // It is asked again where it ends with a full piece.
            rows: Box::pin(rows.map(|row| Ok(row?.into_draft().into_row())).fuse()),
            model: PhantomData,
        }
    }

    /// Rows for tests, of which a test says what it is about: the rest is filled in, and what they point at is created with them.
    ///
    /// # Example: a post and its author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::empty()?;
    /// let post = Post::factory().set(|p| p.title("Hello")).build(&db)?;
    /// assert_eq!(post.author().get(&db)?.name, "name-1");
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[cfg(feature = "testing")]
    #[doc(alias("factory_boy", "fixture", "fake"))]
    fn factory() -> Factory<Self>
    where
        Self: Writable,
    {
        Factory::new()
    }

    /// Many rows to be, from finished builders: all of them are inserted, or none. Builders may be `with(..)` rows that are created with each, and
    /// [`all`](super::BulkCreateWith::all) then returns what `with(..)` of a query loads.
    ///
    /// # Example: many rows in one statement
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["One", "Two"].map(|title| Post::create().author(1).title(title));
    /// assert_eq!(Post::bulk_create(drafts).run(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: with what belongs to each
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["One", "Two"].map(|title| {
    ///     Post::create().author(1).title(title).with(|p| p.comments(), [Comment::create().text("first")])
    /// });
    /// let created: Vec<(Post, Vec<Comment>)> = Post::bulk_create(drafts).all(&db)?;
    /// assert_eq!(created[1].1[0].text, "first");
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn bulk_create<D: BulkRow<Model = Self>>(drafts: impl IntoIterator<Item = D>) -> D::Bulk
    where
        D::Builder: IntoDraft<Self>,
        Self: Writable,
    {
        D::into_bulk(drafts.into_iter())
    }

    /// New rows made of the values of a query, one statement that moves nothing through the program: `INSERT INTO .. SELECT ..`. The
    /// closure names the field of each value. Fields that are left out get what the database fills in, `auto_now` and `auto_now_add`
    /// the time.
    ///
    /// # Example: a copy of each post for another author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let ben = 2;
    /// let rows = Author::objects()
    ///     .filter(|a| a.name.eq("Ben"))
    ///     .values(|a| (a.id, a.name.concat("'s first post")));
    /// let posts = Post::insert_from(rows, |p| (p.author, p.title)).all(&db)?;
    /// assert_eq!((posts[0].author.id(), posts[0].title.as_str()), (ben, "Ben's first post"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: rows, and not their values
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Tag::insert_from(Author::objects(), |t| t.label).run(&db)?; // `Author::objects().values(|a| a.name)`
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn insert_from<Q, C>(rows: Q, fields: impl FnOnce(Fields<Self>) -> C) -> InsertFrom<Self>
    where
        Q: ValuesQuery,
        C: InsertColumns<Q::Row>,
        Self: Writable,
    {
        InsertFrom::new(rows, fields)
    }

    /// New values of many rows, which are found by their primary key; the closure names the fields to write, and the values are those
    /// of the rows: one statement for each batch (50,000 rows on Postgres, or 1,000 with arrays, 100 on SQLite), `UPDATE .. FROM ..`.
    /// `auto_now` fields are written where they are named, with the value that the row has. The databases look at what is unique
    /// row by row, so rows cannot swap such values in one statement.
    ///
    /// # Example: each post gets a title of its own
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut posts = Post::objects().all(&db)?;
    /// posts.iter_mut().for_each(|post| post.title.insert_str(0, "About: "));
    /// assert_eq!(Post::bulk_update(&posts, |p| p.title).run(&db)?, 2);
    /// assert_eq!(Post::get(1, &db)?.title, "About: Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the primary key says which row it is
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().all(&db)?;
    /// let refused = Post::bulk_update(&posts, |p| (p.id, p.title)).run(&db).unwrap_err();
    /// assert!(refused.is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn bulk_update<R: Borrow<Self>, C: IntoColumns>(
        rows: impl IntoIterator<Item = R>,
        fields: impl FnOnce(Fields<Self>) -> C,
    ) -> BulkUpdate<Self>
    where
        Self: Writable,
    {
        BulkUpdate::new(rows, fields)
    }

    /// The row with this primary key; a key of several fields is a tuple: `Seat::get((row, number), &db)`.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if there is none; what the database says.
    ///
    /// # Example: by key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::get(1, &db)?.title, "Hello");
    /// assert!(Post::get(99, &db).unwrap_err().is_not_found());
    /// # Ok::<(), orm::Error>(())
    /// ```
    // The job is copied where this is a call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn get<'e, E: Executor<'e>>(key: impl IntoKey<Self::Key>, db: E) -> E::Out<Self> {
        db.run(ByPrimaryKey::<Self>::new(key.into_key()), Ok)
    }

    /// Writes every column of this row: `UPDATE .. SET .. WHERE id = ..`. `auto_now` fields are set to now, and fields that the
    /// database generates are read back. It never inserts: a new row is made by [`create`](ModelExt::create).
    ///
    /// Of a model with a [version](derive@crate::Model#optimistic-locking) it writes nothing if the row was changed since it was read.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if the row is no longer there; [`is_stale`](crate::Error::is_stale) if it has another
    /// version;
    /// [`is_unique_violation`](crate::Error::is_unique_violation), [`is_foreign_key_violation`](crate::Error::is_foreign_key_violation)
    /// and [`is_check_violation`](crate::Error::is_check_violation) for what the database refuses; what else it says.
    ///
    /// # Example: change a row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut post = Post::get(1, &db)?;
    /// post.title = "Hello, world".to_owned();
    /// post.save(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a row that somebody else has deleted
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut post = Post::get(1, &db)?;
    /// Post::objects().delete().run(&db)?;
    /// assert!(post.save(&db).unwrap_err().is_not_found());
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn save<'e, E: Executor<'e>>(&'e mut self, db: E) -> E::Out<()>
    where
        Self: Writable,
    {
        self.touch();
        if Self::VERSIONED {
            let job = IfUnchanged::save_row(&*self, None);
            return db.run(job, move |row| as_it_is(self, row));
        }
        if Self::COMPUTED {
            let job = SaveBack::new(&*self, None);
            return db.run(job, move |row| {
                *self = row;
                Ok(())
            });
        }
        let row: &'e Self = self;
        db.run(UpdateOrDelete::save(row), |_| Ok(()))
    }

    /// Writes the fields that the closure names, and those with `auto_now`, and reads the row back as it is then:
    /// `UPDATE .. SET .. WHERE id = .. RETURNING ..`. So what others have written into other fields stays, and is in the struct
    /// afterwards; what the struct has in fields that are not named is not written.
    ///
    /// # Errors
    /// As [`save`](ModelExt::save); [`is_unsupported`](crate::Error::is_unsupported) if a field of the primary key is named.
    ///
    /// # Example: two changes that do not know of each other
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (mut mine, mut theirs) = (Post::get(1, &db)?, Post::get(1, &db)?);
    /// mine.title = "Hello, world".to_owned();
    /// theirs.views = 100;
    /// mine.save_fields(|p| p.title, &db)?;
    /// theirs.save_fields(|p| (p.views, p.body), &db)?;
    /// assert_eq!((theirs.title.as_str(), theirs.views), ("Hello, world", 100));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the primary key says which row it is
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut post = Post::get(1, &db)?;
    /// assert!(post.save_fields(|p| p.id, &db).unwrap_err().is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn save_fields<'e, E: Executor<'e>, C: IntoColumns>(
        &'e mut self,
        fields: impl FnOnce(Fields<Self>) -> C,
        db: E,
    ) -> E::Out<()>
    where
        Self: Writable,
    {
        let only = columns::<Self, C>(fields).and_then(|named| columns_of_save::<Self>(&named));
        if only.is_ok() {
            self.touch();
        }
        if Self::VERSIONED {
            let job = only.and_then(|only| IfUnchanged::save_row(&*self, Some(&only)));
            return db.run(job, move |row| as_it_is(self, row));
        }
        let job = only.and_then(|only| SaveBack::new(&*self, Some(&only)));
        db.run(job, move |row| {
            *self = row;
            Ok(())
        })
    }

    /// Changes single columns of this row in the database, and not in the struct: see [`refresh`](ModelExt::refresh). Other columns
    /// keep what somebody else may have written meanwhile.
    ///
    /// # Example: one more view
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut post = Post::get(1, &db)?;
    /// post.update(|p| p.views.set(p.views + 1)).run(&db)?;
    /// assert_eq!(post.views, 7, "the struct is as it was read");
    /// post.refresh(&db)?;
    /// assert_eq!(post.views, 8);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn update<A: IntoAssignments>(&self, assign: impl FnOnce(Fields<Self>) -> A) -> Update<Self>
    where
        Self: Writable,
    {
        self.as_query().update(assign)
    }

    /// Reads this row again.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if it is no longer there; what the database says.
    ///
    /// # Example: what somebody else has changed
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut post = Post::get(1, &db)?;
    /// Post::objects().update(|p| p.views.set(100)).run(&db)?;
    /// post.refresh(&db)?;
    /// assert_eq!(post.views, 100);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn refresh<'e, E: Executor<'e>>(&'e mut self, db: E) -> E::Out<()> {
        let job = ByPrimaryKey::<Self>::new(self.key());
        db.run(job, move |row| {
            *self = row;
            Ok(())
        })
    }

    /// Deletes this row: `DELETE FROM .. WHERE id = ..`. What becomes of rows that point at it is what their `on_delete` says.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if it is no longer there; [`is_stale`](crate::Error::is_stale) if it has another version;
    /// [`is_foreign_key_violation`](crate::Error::is_foreign_key_violation) if others point at it and keep it; what the database says.
    ///
    /// # Example: a post goes with its comments
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::get(1, &db)?.delete(&db)?;
    /// assert_eq!(Comment::objects().count(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn delete<'e, E: Executor<'e>>(&self, db: E) -> E::Out<()>
    where
        Self: Writable,
    {
        if Self::VERSIONED {
            return db.run(IfUnchanged::delete_row(self), |_| Ok(()));
        }
        db.run(UpdateOrDelete::delete(self), |_| Ok(()))
    }

    /// Stores the rows of a materialized view anew, when it runs: `REFRESH MATERIALIZED VIEW`.
    ///
    /// # Example: readers do not wait
    ///
    /// ```standalone_crate
    /// use orm::prelude::*;
    ///
    /// orm::app!("shop");
    ///
    /// #[derive(Model)]
    /// pub struct Sale {
    ///     pub id: i64,
    ///     pub day: NaiveDate,
    ///     pub amount: i64,
    /// }
    ///
    /// #[derive(Model)]
    /// #[orm(view("SELECT day, sum(amount)::bigint AS amount FROM shop_sale GROUP BY day", reads(Sale), materialized))]
    /// pub struct DayOfSales {
    ///     #[orm(primary_key)]
    ///     pub day: NaiveDate,
    ///     pub amount: i64,
    /// }
    ///
    /// fn nightly(db: &Db) -> orm::Result<()> {
    ///     DayOfSales::refresh_view().concurrently().run(db)
    /// }
    /// # fn main() {}
    /// ```
    fn refresh_view() -> Refresh<Self>
    where
        Self: Materialized,
    {
        Refresh::new()
    }

    /// The query for this row alone, for methods that only queries have.
    ///
    /// # Example: one column of this row, as it is now
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// let views = post.as_query().values(|p| p.views).get(&db)?;
    /// assert_eq!(views, 7);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn as_query(&self) -> QuerySet<Self> {
        let mut query = QuerySet::new();
        query.select.filter = has_key::<Self>(&self.key());
        query
    }
}

impl<M: Model> ModelExt for M {}

/// Takes over what was read back.
fn as_it_is<M: Model>(row: &mut M, read: Option<M>) -> Result<()> {
    *row = read.ok_or_else(|| Error::internal("a row was saved and not read back"))?;
    Ok(())
}

/// Flags for the columns that `save_fields` writes.
fn columns_of_save<M: Model>(named: &[u16]) -> Result<Vec<bool>> {
    let meta = meta(M::slot())?;
    let set = columns_to_set(meta, named, "save")?;
    let columns = meta.columns.iter().enumerate();
    let written = columns.map(|(at, column)| {
        let is_time = meta
            .def
            .fields
            .get(column.field)
            .is_some_and(|field| field.auto_now);
        is_time || set.contains(&at)
    });
    Ok(written.collect())
}
