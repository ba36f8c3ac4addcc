//! Creating rows: drafts, `create()` and `bulk_create()`.

use std::marker::PhantomData;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Kind, Result};
use crate::model::{Model, ModelMeta};
use crate::registry::meta;
use crate::sql::{Dialect, NewRows, Statement, insert, takes_lists};
use crate::value::{Row, Value};

use super::{About, Access, Executor, Job};

/// The values of a row that is not yet in the database: what `create()` of a model builds.
///
/// # Examples
///
/// ```standalone_crate
/// # fn main() -> orm::Result<()> {
/// # use orm::prelude::*;
/// # use orm::sql::Session;
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
    values: Vec<Option<Value<'static>>>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Default for Draft<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Draft<M> {
    /// Nothing set.
    pub fn new() -> Self {
        Draft {
            values: Vec::with_capacity(M::SPEC.fields.len()),
            model: PhantomData,
        }
    }

    /// Sets the column at a position.
    #[doc(hidden)]
    pub fn set(&mut self, column: usize, value: Value<'static>) {
        if self.values.len() <= column {
            self.values.resize(column + 1, None);
        }
        self.values[column] = Some(value);
    }

    /// Inserts the row and reads it back whole.
    ///
    /// # Errors
    /// What the database says: a violated constraint has a predicate of its own on the error.
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<M> {
        let job = Insert::<M>::new(vec![self], true);
        db.run(job, |inserted| {
            inserted
                .rows
                .into_iter()
                .next()
                .ok_or_else(|| Error::new(Kind::Database, "the database returned no row for an insert"))
        })
    }

    /// All columns, with the defaults made in code; `None` where the database decides.
    fn complete(mut self, columns: usize) -> Vec<Option<Value<'static>>> {
        self.values.resize(columns, None);
        M::fill(&mut self.values);
        self.values
    }
}

/// A finished builder: every required field was given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no finished row of `{M}`",
    label = "expected a builder with every required field set",
    note = "start with `{M}::create()` and set every field that has no default"
)]
pub trait IntoDraft<M: Model> {
    #[doc(hidden)]
    fn into_draft(self) -> Draft<M>;
}

impl<M: Model> IntoDraft<M> for Draft<M> {
    fn into_draft(self) -> Draft<M> {
        self
    }
}

/// A required field was given. One that was not is marked by a type with the field's name.
#[doc(hidden)]
pub struct Given;

/// Whether a required field was given.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a required field was not given to `create()`: `{Self}`",
    label = "`{Self}` is missing",
    note = "a field is required unless it is an `Option` or has a default; set it before this"
)]
pub trait Provided {}

impl Provided for Given {}

/// What an insert brought.
pub struct Inserted<M> {
    pub(super) rows: Vec<M>,
    pub(super) count: u64,
}

/// Inserts rows, as many in a statement as the dialect's parameters allow.
pub struct Insert<M: Model> {
    meta: &'static ModelMeta,
    rows: std::iter::Peekable<std::vec::IntoIter<Vec<Option<Value<'static>>>>>,
    atomic: bool,
    returning: bool,
    values: Vec<Value<'static>>,
    inserted: Inserted<M>,
}

/// Most rows of one statement: more saves nothing, and a statement per size is kept prepared.
const MOST_ROWS: usize = 500;
/// Most rows of one statement that takes lists, so that no message grows without bounds.
const MOST_LISTED: usize = 50_000;

impl<M: Model> Insert<M> {
    fn new(drafts: Vec<Draft<M>>, returning: bool) -> Result<Self> {
        let meta = meta(M::slot())?;
        let columns = meta.columns.len();
        let atomic = drafts.len() > 1;
        let rows: Vec<_> = drafts.into_iter().map(|draft| draft.complete(columns)).collect();
        let returned = if returning { rows.len() } else { 0 };
        Ok(Insert {
            meta,
            rows: rows.into_iter().peekable(),
            atomic,
            returning,
            values: Vec::new(),
            inserted: Inserted {
                rows: Vec::with_capacity(returned),
                count: 0,
            },
        })
    }
}

impl<M: Model> Job for Insert<M> {
    type Output = Inserted<M>;
    type Owned = Self;

    fn access(&self) -> Access {
        if self.atomic {
            Access::Atomic
        } else {
            Access::Write
        }
    }

    fn about(&self) -> Option<About> {
        Some(About {
            doing: "creating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let Some(first) = self.rows.next() else {
            return Ok(None);
        };
        let given: SmallVec<[bool; 32]> = first.iter().map(Option::is_some).collect();
        let width = given.iter().filter(|given| **given).count();
        let same = |row: &Vec<Option<Value<'static>>>| {
            let columns = row.iter().zip(&given);
            columns.fold(true, |same, (value, given)| same & (value.is_some() == *given))
        };
        self.values.clear();
        // Rows that leave out different columns cannot share a statement: what is left out is the database's to fill.
        let shared = self.rows.peek().is_some_and(same);
        if shared && takes_lists(self.meta, &given, dialect) {
            let rows = (self.rows.len() + 1).min(MOST_LISTED);
            let mut lists: SmallVec<[Vec<Value<'static>>; 16]> =
                (0..width).map(|_| Vec::with_capacity(rows)).collect();
            let mut next = Some(first);
            let mut listed = 0;
            while let Some(row) = next.take() {
                for (list, value) in lists.iter_mut().zip(row.into_iter().flatten()) {
                    list.push(value);
                }
                listed += 1;
                if listed < rows {
                    next = self.rows.next_if(same);
                }
            }
            self.values.extend(lists.into_iter().map(Value::List));
            return insert(self.meta, &given, NewRows::Lists, self.returning, dialect).map(Some);
        }
        let most = match width {
            // SQLite inserts one row of nothing but defaults at a time.
            0 => 1,
            width => (dialect.max_parameters / width).clamp(1, MOST_ROWS),
        };
        self.values.extend(first.into_iter().flatten());
        let mut rows = 1;
        while rows < most
            && let Some(row) = self.rows.next_if(same)
        {
            self.values.extend(row.into_iter().flatten());
            rows += 1;
        }
        insert(self.meta, &given, NewRows::Each(rows), self.returning, dialect).map(Some)
    }

    fn ahead(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn goes_ahead(&self) -> bool {
        self.rows.len() > 0
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        std::mem::take(&mut self.values)
    }

    fn is_last(&self) -> bool {
        self.rows.len() == 0
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.inserted.rows.push(M::decode(row, 0)?);
        self.inserted.count += 1;
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.inserted.count += rows;
        Ok(())
    }

    fn finish(self) -> Result<Inserted<M>> {
        Ok(self.inserted)
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Many rows to create, from [`ModelExt::bulk_create`](super::ModelExt::bulk_create).
#[must_use = "nothing is created until `.run(&db)` or `.all(&db)`"]
pub struct BulkCreate<M: Model> {
    pub(super) drafts: Vec<Draft<M>>,
}

impl<M: Model> BulkCreate<M> {
    /// Inserts all rows or none, and returns how many they were.
    ///
    /// # Errors
    /// As [`Draft::save`].
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(
            Insert::<M>::new(self.drafts, false),
            |inserted| Ok(inserted.count),
        )
    }

    /// Inserts all rows or none, and reads them back whole, in the order given.
    ///
    /// # Errors
    /// As [`Draft::save`].
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        db.run(Insert::<M>::new(self.drafts, true), |inserted| Ok(inserted.rows))
    }
}
