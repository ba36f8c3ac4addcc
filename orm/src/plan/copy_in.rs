//! Rows that are copied into a table one after another.

use std::cell::Cell;
use std::collections::VecDeque;
use std::iter::Fuse;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Result;
use crate::model::{AssignedColumns, ColumnSet, Model, ModelMeta, TableObjectDef};
use crate::registry::meta;
use crate::sql::{Dialect, Statement, copy_in};
use crate::value::{Row, Value};

use super::draft_rows::{DraftRows, is_null_when_left_out};
use super::insert::Insert;
use super::insert_missing::NoRow;
use super::{Access, ErrorContext, Executor, Job};

pub(super) type DraftIter = Box<dyn Iterator<Item = Result<Box<AssignedColumns>>> + Send>;

/// Any number of rows to create, from [`ModelExt::copy_in`](super::ModelExt::copy_in): all of them or none, taken from the iterator as they are
/// sent, so that memory does not grow with them.
///
/// On Postgres they are streams behind `COPY .. FROM STDIN`, the fastest way into a table. Inserts of some rows at a time, in one transaction all
/// the same, take their place behind a pooler and on SQLite, which have no such stream; for models with row security or a scope that takes a value and tables that
/// migrations do not make, which Postgres may refuse to copy into; and where rows next to each other leave out different fields of those that
/// only the database fills in. Fields, defaults and what the database refuses are those of [`bulk_create`](super::ModelExt::bulk_create), which
/// returns the rows, and knows what to do where one is there already.
///
/// A row that the server refuses is noticed when the stream ends that it is in: after 100,000 rows, then the next one begins. The iterator
/// runs while rows are sent, so it may not query: what it needs to know is read before.
///
/// # Example: a million of them
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tags = (0..10_000).map(|n| Tag::create().label(format!("tag {n}")));
/// assert_eq!(Tag::copy_in(tags).run(&db)?, 10_000);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.run(&db)`"]
pub struct CopyIn<M: Model> {
    pub(super) rows: DraftIter,
    pub(super) model: PhantomData<fn() -> M>,
}

impl<M: Model> CopyIn<M> {
    /// Creates all rows or none, and returns how many they were.
    ///
    /// # Errors
    /// That of a row that is one; and as [`BulkCreate::run`](super::BulkCreate::run). Nothing is created then.
    ///
    /// # Example: a label twice
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Tag::copy_in(["new", "rust"].map(|label| Tag::create().label(label))).run(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert_eq!(Tag::objects().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(meta(M::slot()).map(|meta| CopyJob::new(meta, self.rows)), Ok)
    }
}

/// Copies rows, or inserts them.
pub struct CopyJob {
    meta: &'static ModelMeta,
    rows: Fuse<DraftIter>,
    /// Rows that were taken, and are not sent.
    ahead: VecDeque<Box<AssignedColumns>>,
    /// The columns of the latest COPY.
    given: ColumnSet,
    /// How many rows it has.
    sent: usize,
    /// Where rows are not copied, or set different columns, or none.
    insert: Option<Insert<NoRow>>,
    count: u64,
}

impl CopyJob {
    pub(super) fn new(meta: &'static ModelMeta, rows: DraftIter) -> Self {
        CopyJob {
            meta,
            rows: rows.fuse(),
            ahead: VecDeque::new(),
            given: ColumnSet::default(),
            sent: 0,
            insert: None,
            count: 0,
        }
    }

    /// Whether rows go by COPY, whose values nobody compares with those that handles give to scopes. The server refuses it for views and where policies decide,
    /// and of tables that are not made by migrations nobody knows which types their columns have.
    fn copies(&self, dialect: &Dialect) -> bool {
        let def = &self.meta.def;
        let secured = |object: &TableObjectDef| matches!(object, TableObjectDef::RowSecurity(_));
        let compared = self.meta.scopes.iter().any(|scope| scope.spec.takes.is_some());
        dialect.copies && !compared && def.makes_table() && !def.objects.iter().any(secured)
    }

    /// The next row.
    fn take(&mut self) -> Result<Option<Box<AssignedColumns>>> {
        match self.ahead.pop_front() {
            Some(row) => Ok(Some(row)),
            None => self.make(),
        }
    }

    /// A further row of the iterator. What is NULL when it is left out is NULL.
    fn make(&mut self) -> Result<Option<Box<AssignedColumns>>> {
        let made = {
            let _made = RowsAreMade::begin();
            self.rows.next()
        };
        let Some(mut row) = made.transpose()? else {
            return Ok(None);
        };
        for column in 0..self.meta.columns.len() {
            if !row.columns().contains(column) && is_null_when_left_out(self.meta, column) {
                row.set(column, Value::Null);
            }
        }
        Ok(Some(row))
    }

    /// Takes rows until there are so many.
    fn look_ahead(&mut self, rows: usize) -> Result<()> {
        while self.ahead.len() < rows {
            let Some(row) = self.make()? else {
                break;
            };
            self.ahead.push_back(row);
        }
        Ok(())
    }
}

/// How many statements of inserts are made of rows at a time: they may be sent together.
const STATEMENTS_AT_A_TIME: usize = 10;

/// So many rows have to set the same columns before they are copied, if there are so many: each COPY takes a round trip.
const LOOK_AHEAD: usize = 1_000;

/// A COPY ends after so many rows, so that what the server refuses is noticed.
const ROWS_PER_COPY: usize = 100_000;

thread_local! {
    /// Whether this thread runs the iterator of a `copy_in`.
    static ROWS_ARE_MADE: Cell<bool> = const { Cell::new(false) };
}

/// As long as the iterator runs.
struct RowsAreMade(bool);

impl RowsAreMade {
    fn begin() -> Self {
        RowsAreMade(ROWS_ARE_MADE.replace(true))
    }
}

impl Drop for RowsAreMade {
    fn drop(&mut self) {
        ROWS_ARE_MADE.set(self.0);
    }
}

/// Whether this thread is making rows of a `copy_in`.
#[cfg(feature = "postgres")]
#[inline]
pub(crate) fn rows_are_made() -> bool {
    ROWS_ARE_MADE.get()
}

impl Job for CopyJob {
    type Output = u64;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Atomic
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "creating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        loop {
            if let Some(insert) = &mut self.insert {
                if let Some(statement) = insert.next(dialect)? {
                    return Ok(Some(statement));
                }
                self.insert = None;
            }
            let copies = self.copies(dialect);
            self.look_ahead(match copies {
                true => LOOK_AHEAD,
                false => dialect.rows_per_insert * STATEMENTS_AT_A_TIME,
            })?;
            let Some(first) = self.ahead.front() else {
                return Ok(None);
            };
            let given = first.columns();
            if copies && !given.is_empty() && self.ahead.iter().all(|row| row.columns() == given) {
                self.given.clone_from(given);
                self.sent = 0;
                return copy_in(self.meta, &self.given, dialect).map(Some);
            }
            let rows = DraftRows::of(std::mem::take(&mut self.ahead).into_iter());
            self.insert = Some(Insert::of(NoRow, self.meta, rows, false));
        }
    }

    fn copied(&mut self) -> Result<Option<Vec<Value<'static>>>> {
        if self.sent == ROWS_PER_COPY {
            return Ok(None);
        }
        let Some(row) = self.take()? else {
            return Ok(None);
        };
        if *row.columns() != self.given {
            self.ahead.push_front(row);
            return Ok(None);
        }
        self.sent += 1;
        let mut values = Vec::with_capacity(self.given.len());
        row.move_to(&mut values);
        Ok(Some(values))
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match &mut self.insert {
            Some(insert) => insert.next(dialect),
            None => Ok(None),
        }
    }

    fn can_pipeline(&self) -> bool {
        self.insert.as_ref().is_some_and(Job::can_pipeline)
    }

    fn values(&self) -> &[Value<'_>] {
        self.insert.as_ref().map_or(&[], Job::values)
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.insert.as_mut().map_or_else(Vec::new, Job::take_values)
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.count += rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        Ok(self.count)
    }

    fn into_owned(self) -> Self {
        self
    }
}
