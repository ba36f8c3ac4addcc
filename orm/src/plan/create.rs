//! Creating rows: drafts, `create()` and `bulk_create()`.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Range;
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

thread_local! {
    /// The list of the last draft that became a row, for the next: most rows are created one after the other.
    static SPARE: Cell<Vec<Option<Value<'static>>>> = const { Cell::new(Vec::new()) };
}

impl<M: Model> Default for Draft<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Draft<M> {
    /// Nothing set.
    pub fn new() -> Self {
        let mut values = SPARE.try_with(Cell::take).unwrap_or_default();
        // Relations to many are no columns: what is left empty at the end is not given.
        values.resize_with(M::SPEC.fields.len(), || None);
        Draft {
            values,
            model: PhantomData,
        }
    }

    /// Sets the column at a position.
    #[doc(hidden)]
    #[inline]
    pub fn set(&mut self, column: usize, value: Value<'static>) {
        if let Some(place) = self.values.get_mut(column) {
            *place = Some(value);
        }
    }

    /// Inserts the row and reads it back whole.
    ///
    /// # Errors
    /// What the database says: a violated constraint has a predicate of its own on the error.
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<M> {
        let mut rows = DraftRows::new();
        rows.push(self);
        db.run(Insert::<M>::new(rows, true), |inserted| {
            inserted
                .rows
                .into_iter()
                .next()
                .ok_or_else(|| Error::new(Kind::Database, "the database returned no row for an insert"))
        })
    }
}

/// Rows to insert, as values one after the other.
pub(super) struct DraftRows {
    values: Vec<Value<'static>>,
    runs: SmallVec<[Run; 1]>,
}

/// Rows in a row that give the same columns.
struct Run {
    given: SmallVec<[bool; 16]>,
    /// How many of them.
    width: usize,
    rows: usize,
}

impl DraftRows {
    fn new() -> Self {
        DraftRows {
            values: Vec::new(),
            runs: SmallVec::new(),
        }
    }

    /// All rows, with the defaults made in code; where nothing is given the database decides.
    pub(super) fn of<M: Model>(drafts: impl Iterator<Item = Draft<M>>) -> Self {
        let mut rows = DraftRows::new();
        let (expected, _) = drafts.size_hint();
        for draft in drafts {
            let first = rows.runs.is_empty();
            rows.push(draft);
            if first {
                rows.values
                    .reserve(rows.values.len() * expected.saturating_sub(1));
            }
        }
        rows
    }

    fn push<M: Model>(&mut self, mut draft: Draft<M>) {
        M::fill(&mut draft.values);
        // Rows that leave out different columns cannot share a statement: what is left out is the database's to fill.
        let same = |run: &Run| {
            let mut columns = run.given.iter().zip(&draft.values);
            columns.all(|(given, value)| value.is_some() == *given)
        };
        match self.runs.last_mut() {
            Some(run) if same(run) => run.rows += 1,
            _ => {
                let given: SmallVec<[bool; 16]> = draft.values.iter().map(Option::is_some).collect();
                let width = given.iter().filter(|given| **given).count();
                self.values.reserve(width);
                self.runs.push(Run {
                    width,
                    given,
                    rows: 1,
                });
            }
        }
        for value in &mut draft.values {
            if let Some(value) = value.take() {
                self.values.push(value);
            }
        }
        draft.values.clear();
        // A thread that ends keeps nothing.
        let _ = SPARE.try_with(|spare| spare.set(draft.values));
    }

    /// Whether one statement inserts them all, on every database.
    fn fit_one_statement(&self) -> bool {
        match &self.runs[..] {
            [] => true,
            [run] => run.rows == 1 || run.rows <= MOST_ROWS && (1..=MOST_VALUES).contains(&self.values.len()),
            _ => false,
        }
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
    rows: DraftRows,
    returning: bool,
    /// The run that comes next, and how many of its rows were sent.
    run: usize,
    sent: usize,
    /// Where the values of the statement stand that was sent last.
    values: Range<usize>,
    /// The same column by column, where the dialect wants them so.
    lists: Vec<Value<'static>>,
    inserted: Inserted<M>,
}

/// Most rows of one statement: more saves nothing, and a statement per size is kept prepared.
const MOST_ROWS: usize = 1_000;

/// Most rows of one statement that takes lists, so that no message grows without bounds.
const MOST_LISTED: usize = 50_000;

/// So many values fit into one statement of every database.
const MOST_VALUES: usize = 30_000;

impl<M: Model> Insert<M> {
    fn new(rows: DraftRows, returning: bool) -> Result<Self> {
        let returned = if returning {
            rows.runs.iter().map(|run| run.rows).sum()
        } else {
            0
        };
        Ok(Insert {
            meta: meta(M::slot())?,
            rows,
            returning,
            run: 0,
            sent: 0,
            values: 0..0,
            lists: Vec::new(),
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
        match &self.rows.runs[..] {
            [] => Access::Write,
            [run] if run.rows == 1 => Access::Write,
            _ => Access::Atomic,
        }
    }

    fn is_one_statement(&self) -> bool {
        // A row that cannot be read back is found out after all were inserted.
        !self.returning && self.rows.fit_one_statement()
    }

    fn about(&self) -> Option<About> {
        Some(About {
            doing: "creating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let Some(run) = self.rows.runs.get(self.run) else {
            return Ok(None);
        };
        let left = run.rows - self.sent;
        let lists = left > 1 && takes_lists(self.meta, &run.given, dialect);
        let most = match run.width {
            // SQLite inserts one row of nothing but defaults at a time.
            0 => 1,
            _ if lists => MOST_LISTED,
            width => (dialect.max_parameters / width).clamp(1, MOST_ROWS),
        };
        let rows = left.min(most);
        self.values = self.values.end..self.values.end + rows * run.width;
        let as_given = if lists {
            self.lists = by_column(&mut self.rows.values[self.values.clone()], run.width);
            NewRows::Lists
        } else {
            self.lists.clear();
            NewRows::Each(rows)
        };
        self.sent += rows;
        if self.sent >= run.rows {
            self.run += 1;
            self.sent = 0;
        }
        insert(self.meta, &run.given, as_given, self.returning, dialect).map(Some)
    }

    fn ahead(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn goes_ahead(&self) -> bool {
        !self.is_last()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        if self.lists.is_empty() {
            let values = self.rows.values.get_mut(self.values.clone());
            values.unwrap_or(&mut []).iter_mut().map(taken).collect()
        } else {
            std::mem::take(&mut self.lists)
        }
    }

    fn is_last(&self) -> bool {
        self.run >= self.rows.runs.len()
    }

    fn values(&self) -> &[Value<'_>] {
        if self.lists.is_empty() {
            self.rows.values.get(self.values.clone()).unwrap_or(&[])
        } else {
            &self.lists
        }
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

fn taken(value: &mut Value<'static>) -> Value<'static> {
    std::mem::replace(value, Value::Null)
}

/// Rows of so many values as a list per column.
fn by_column(values: &mut [Value<'static>], width: usize) -> Vec<Value<'static>> {
    let rows = values.len() / width;
    let mut lists: Vec<Vec<Value<'static>>> = (0..width).map(|_| Vec::with_capacity(rows)).collect();
    for row in values.chunks_mut(width) {
        for (list, value) in lists.iter_mut().zip(row) {
            list.push(taken(value));
        }
    }
    lists.into_iter().map(Value::List).collect()
}

/// Many rows to create, from [`ModelExt::bulk_create`](super::ModelExt::bulk_create).
#[must_use = "nothing is created until `.run(&db)` or `.all(&db)`"]
pub struct BulkCreate<M: Model> {
    pub(super) rows: DraftRows,
    pub(super) model: PhantomData<fn() -> M>,
}

impl<M: Model> BulkCreate<M> {
    /// Inserts all rows or none, and returns how many they were.
    ///
    /// # Errors
    /// As [`Draft::save`].
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(Insert::<M>::new(self.rows, false), |inserted| Ok(inserted.count))
    }

    /// Inserts all rows or none, and reads them back whole, in the order given.
    ///
    /// # Errors
    /// As [`Draft::save`].
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        db.run(Insert::<M>::new(self.rows, true), |inserted| Ok(inserted.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(given: &[&[bool]], times: usize) -> DraftRows {
        DraftRows {
            values: vec![Value::Null; given.iter().map(|given| given.len()).sum::<usize>() * times],
            runs: given
                .iter()
                .map(|given| Run {
                    given: SmallVec::from_slice(given),
                    width: given.len(),
                    rows: times,
                })
                .collect(),
        }
    }

    #[test]
    fn only_what_takes_several_statements_takes_a_transaction() {
        let wide = [true; 31];
        for (rows, one) in [
            (rows(&[], 0), true),
            (rows(&[&[true, true]], 1), true),
            (rows(&[&[true, true]], MOST_ROWS), true),
            (rows(&[&[true, true]], MOST_ROWS + 1), false),
            (rows(&[&wide], MOST_ROWS), false),
            (rows(&[&[true], &[true, true]], 1), false),
            (rows(&[&[]], 1), true),
            (rows(&[&[]], 2), false),
        ] {
            let (runs, values) = (rows.runs.len(), rows.values.len());
            assert_eq!(rows.fit_one_statement(), one, "{runs} runs, {values} values");
        }
    }
}
