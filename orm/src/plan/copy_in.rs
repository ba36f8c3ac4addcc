//! Rows that are copied into a table one after another.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Result;
use crate::model::{AssignedColumns, ColumnSet, Model, ModelMeta};
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
/// On Postgres they are a stream behind `COPY .. FROM STDIN`, the fastest way into a table; behind a pooler and on SQLite, which have no such stream,
/// inserts of some rows at a time, in one transaction all the same. Fields, defaults and what the database refuses are those of
/// [`bulk_create`](super::ModelExt::bulk_create), which returns the rows, and knows what to do where one is there already. Rows that leave
/// out what only the database fills in are copied apart from those around them.
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
        let job = meta(M::slot()).map(|meta| CopyJob {
            meta,
            rows: self.rows,
            next: None,
            given: ColumnSet::default(),
            insert: None,
            count: 0,
        });
        db.run(job, Ok)
    }
}

struct CopyJob {
    meta: &'static ModelMeta,
    rows: DraftIter,
    /// The first row behind those of the latest statement.
    next: Option<Box<AssignedColumns>>,
    /// The columns of the latest statement.
    given: ColumnSet,
    /// Where rows are not copied, or one sets no column.
    insert: Option<Insert<NoRow>>,
    count: u64,
}

impl CopyJob {
    /// Whether rows go by COPY, whose values nobody compares with those of scopes.
    fn copies(&self, dialect: &Dialect) -> bool {
        dialect.copies && self.meta.scopes.is_empty()
    }

    /// The next row. What is NULL when it is left out is NULL.
    fn take(&mut self) -> Result<Option<Box<AssignedColumns>>> {
        if let Some(row) = self.next.take() {
            return Ok(Some(row));
        }
        let Some(mut row) = self.rows.next().transpose()? else {
            return Ok(None);
        };
        for column in 0..self.meta.columns.len() {
            if !row.columns().contains(column) && is_null_when_left_out(self.meta, column) {
                row.set(column, Value::Null);
            }
        }
        Ok(Some(row))
    }

    /// An insert of this row, and of so many behind it.
    fn insert(&mut self, first: Box<AssignedColumns>, most: usize) -> Result<()> {
        let mut rows = vec![first];
        while rows.len() < most {
            let Some(row) = self.take()? else {
                break;
            };
            rows.push(row);
        }
        let rows = DraftRows::of(rows.into_iter());
        self.insert = Some(Insert::of(NoRow, self.meta, rows, false));
        Ok(())
    }
}

/// How many statements of inserts are made of rows at a time: they may be sent together.
const STATEMENTS_AT_A_TIME: usize = 10;

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
            let Some(row) = self.take()? else {
                return Ok(None);
            };
            if self.copies(dialect) && !row.columns().is_empty() {
                self.given.clone_from(row.columns());
                self.next = Some(row);
                return copy_in(self.meta, &self.given, dialect).map(Some);
            }
            let most = match self.copies(dialect) {
                true => 1,
                false => dialect.rows_per_insert * STATEMENTS_AT_A_TIME,
            };
            self.insert(row, most)?;
        }
    }

    fn copied(&mut self) -> Result<Option<Vec<Value<'static>>>> {
        let Some(row) = self.take()? else {
            return Ok(None);
        };
        if *row.columns() != self.given {
            self.next = Some(row);
            return Ok(None);
        }
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
