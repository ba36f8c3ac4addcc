//! Creating rows: drafts, `create()` and `bulk_create()`.

use std::marker::PhantomData;

use crate::error::{Error, Kind, Result};
use crate::model::{AssignedColumns, ColumnSet, EmbedField, Model};
use crate::query::embedded_values;
use crate::sql::Dialect;
use crate::value::Value;

use super::decode::AsStruct;
use super::draft_rows::DraftRows;
use super::insert::Insert;
use super::job::first_sql;
use super::{BulkRow, Executor, RowBuilder};

/// The values of a row that is not yet in the database: what `create()` of a model builds.
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
/// let ann = Author::create().name("Ann").email("ann@example.com").save(&db)?;
/// let post = Post::create().author(&ann).title("Hello").save(&db)?;
/// assert_eq!(post.views, 0, "the database filled in the default");
/// let drafts = ["One", "Two"].map(|title| Post::create().author(&ann).title(title));
/// assert_eq!(Post::bulk_create(drafts).run(&db)?, 2);
/// # Ok(())
/// # }
/// ```
///
/// A required field that is left out does not compile:
///
/// ```compile_fail,E0277
/// # use orm::prelude::*;
/// # #[derive(Model)] struct Author { id: i64, name: String, email: String }
/// # fn save(db: &orm::Db) -> orm::Result<()> {
/// Author::create().name("Ann").save(db)?; // where is the email?
/// # Ok(())
/// # }
/// ```
pub struct Draft<M: Model> {
    row: Box<AssignedColumns>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Default for Draft<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Draft<M> {
    /// A draft with nothing assigned.
    pub fn new() -> Self {
        Draft {
            // To-many relations have no column; slots left over at the end stay unassigned.
            row: AssignedColumns::new(M::SPEC.fields.len()),
            model: PhantomData,
        }
    }

    /// Assigns the column at a position.
    #[doc(hidden)]
    #[inline]
    pub fn set(&mut self, column: usize, value: Value<'static>) {
        self.row.set(column, value);
    }

    /// The columns that are assigned.
    pub(super) fn assigned(&self) -> &ColumnSet {
        self.row.columns()
    }

    /// Assigns the columns of an embed, of which the first is at a position.
    #[doc(hidden)]
    pub fn set_embedded<E: EmbedField>(&mut self, column: usize, value: &E) {
        for (at, value) in embedded_values(value) {
            self.row.set(column + usize::from(at), value);
        }
    }

    /// The row without the defaults that Rust code computes.
    pub(super) fn into_unfilled(self) -> Box<AssignedColumns> {
        self.row
    }

    /// The row with the defaults that Rust code computes; the database fills in the rest.
    pub(super) fn into_row(mut self) -> Box<AssignedColumns> {
        M::fill(&mut self.row);
        self.row
    }

    /// Inserts the row and reads it back whole.
    ///
    /// # Errors
    /// What the database says: a violated constraint has a predicate of its own on the error.
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<M> {
        let rows = DraftRows::of(std::iter::once(self.into_row()));
        db.run(Insert::<AsStruct<M>>::new(rows, true), |inserted| {
            inserted
                .rows
                .into_iter()
                .next()
                .ok_or_else(|| Error::new(Kind::Database, "the database returned no row for an insert"))
        })
    }
}

/// A finished builder: every required field was given. What [`bulk_create`](super::ModelExt::bulk_create) takes.
///
/// # Example: builders from other data
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows = [("One", 1), ("Two", 2)];
/// let drafts = rows.map(|(title, views)| Post::create().author(1).title(title).views(views));
/// assert_eq!(Post::bulk_create(drafts).run(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a required field is missing
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::bulk_create([Post::create().title("One")]).run(&db)?; // by whom?
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a finished row of `{M}`",
    label = "expected a builder with every required field set",
    note = "start with `{M}::create()` and set every field that has no default"
)]
pub trait IntoDraft<M: Model>: BulkRow<Model = M, Bulk = BulkCreate<M>, Builder = Self> {
    #[doc(hidden)]
    fn into_draft(self) -> Draft<M>;
}

impl<M: Model> RowBuilder for Draft<M> {
    type Model = M;

    fn into_unchecked(self) -> Draft<M> {
        self
    }
}

impl<M: Model> IntoDraft<M> for Draft<M> {
    fn into_draft(self) -> Draft<M> {
        self
    }
}

/// Marks a required field that is assigned. One that is not is marked by a type with the field's name.
#[doc(hidden)]
pub struct Assigned;

/// Whether a required field is assigned.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a required field was not given to `create()`: `{Self}`",
    label = "`{Self}` is missing",
    note = "a field is required unless it is an `Option` or has a default; set it before this"
)]
pub trait Provided {}

impl Provided for Assigned {}

/// Many rows to create, from [`ModelExt::bulk_create`](super::ModelExt::bulk_create): all of them or none, in as few statements
/// as can be. On Postgres they are one statement, of one list per column; on SQLite statements of up to 100 rows in a transaction.
///
/// Rows may leave out different fields. An `Option` without a default is then NULL, as it is when all rows leave it out; rows
/// that leave out what the database fills in (`db_default`, a generated key) go by a statement of their own, so that keys
/// ascend in the order given only among those.
///
/// # Example: three tags
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let labels = ["one", "two", "three"];
/// assert_eq!(Tag::bulk_create(labels.map(|label| Tag::create().label(label))).run(&db)?, 3);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: one that may fail goes into a nested transaction, for on Postgres what is refused fails the transaction around it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// db.transaction(|tx| {
///     let drafts = ["new", "sql", "rust"].map(|label| Tag::create().label(label));
///     match tx.transaction(|inner| Tag::bulk_create(drafts).run(inner)) {
///         Err(error) if error.is_unique_violation() => {
///             Tag::create().label("new").save(tx)?;
///             Ok(())
///         }
///         other => other.map(drop),
///     }
/// })?;
/// assert_eq!(Tag::objects().count(&db)?, 3);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.run(&db)` or `.all(&db)`"]
pub struct BulkCreate<M: Model> {
    pub(super) rows: DraftRows,
    pub(super) model: PhantomData<fn() -> M>,
}

impl<M: Model> BulkCreate<M> {
    /// Inserts all rows or none, and returns how many they were.
    ///
    /// # Errors
    /// What the database says: [`is_unique_violation`](Error::is_unique_violation),
    /// [`is_foreign_key_violation`](Error::is_foreign_key_violation), [`is_check_violation`](Error::is_check_violation).
    ///
    /// # Example: two labels, one of them taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["new", "rust"].map(|label| Tag::create().label(label));
    /// let refused = Tag::bulk_create(drafts).run(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert!(!Tag::objects().filter(|t| t.label.eq("new")).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(Insert::<AsStruct<M>>::new(self.rows, false), |inserted| {
            Ok(inserted.count)
        })
    }

    /// The SQL of the insert, with placeholders for its values; it asks no database. Many rows, or rows that set different fields, may
    /// take more statements, of which this is the first; empty if there are no rows. `save()` of a single row ends it with `RETURNING`.
    ///
    /// # Errors
    /// As [`run`](BulkCreate::run), where no database is asked.
    ///
    /// # Example: two labels
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let drafts = ["a", "b"].map(|label| Tag::create().label(label));
    /// let sql = Tag::bulk_create(drafts).sql(Dialect::SQLITE)?;
    /// assert_eq!(sql, r#"INSERT INTO "blog_tag" ("label") VALUES (?), (?)"#);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        first_sql(Insert::<AsStruct<M>>::new(self.rows, false), dialect)
    }

    /// Inserts all rows or none, and reads them back whole, in the order given: `INSERT .. RETURNING ..`.
    ///
    /// # Errors
    /// As [`run`](BulkCreate::run).
    ///
    /// # Example: the keys that the database gave
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = Tag::bulk_create(["a", "b"].map(|label| Tag::create().label(label))).all(&db)?;
    /// assert_eq!(tags[0].label, "a");
    /// assert!(tags[0].id < tags[1].id);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        db.run(Insert::<AsStruct<M>>::new(self.rows, true), |inserted| {
            Ok(inserted.rows)
        })
    }
}
