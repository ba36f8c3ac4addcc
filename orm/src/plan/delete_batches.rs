//! `delete().in_batches(..)`: many rows deleted a few at a time.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Model, ModelMeta};
use crate::query::Select;
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{Row, Value};

use super::change::refuse_cut;
use super::{Access, ErrorContext, Executor, Job};

/// The deletion of all rows that match, a few at a time, from [`Delete::in_batches`](super::Delete::in_batches).
///
/// # Example: nothing is deleted until it runs
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let deleted: u64 = Comment::objects().delete().in_batches(1_000); // where is `.run(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is deleted until `.run(&db)`"]
pub struct DeleteInBatches<M: Model> {
    select: Select,
    rows: u32,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> DeleteInBatches<M> {
    pub(super) fn new(select: Select, rows: u32) -> Self {
        DeleteInBatches {
            select,
            rows,
            model: PhantomData,
        }
    }

    /// Deletes the rows and returns how many they were, without those that the database deleted in their wake.
    ///
    /// # Errors
    /// As [`Delete::run`](super::Delete::run); also if a batch has no rows. What earlier batches have deleted is gone then, except in a
    /// transaction.
    ///
    /// # Example: no rows at a time
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Comment::objects().delete().in_batches(0).run(&db).unwrap_err();
    /// assert!(refused.to_string().contains("no rows at a time"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.into_job(), Ok)
    }

    fn into_job(self) -> Result<Batches> {
        let meta = meta(M::slot())?;
        refuse_cut(&self.select, "a delete")?;
        // Asked again, it takes others, until there are none left.
        if self.select.filter.cuts_rows() {
            return Err(Error::unsupported(format!(
                "the rows of {} that are deleted in batches are looked for again by each batch, and a limit or an offset in their condition \
                 takes others then",
                meta.def.key()
            ))
            .with_hint("delete them by one statement, `.delete().run(&db)`, or read their keys first and filter by `in_(keys)`"));
        }
        if self.select.filter.is_random() {
            return Err(Error::unsupported(format!(
                "the rows of {} that are deleted in batches are looked for again by each batch, and random() in their condition draws others \
                 then",
                meta.def.key()
            ))
            .with_hint("delete them by one statement, `.delete().run(&db)`, or read their keys first and filter by `in_(keys)`"));
        }
        if self.rows == 0 {
            return Err(
                Error::config(format!("{} cannot be deleted no rows at a time", meta.def.key()))
                    .with_hint("give in_batches() a number of rows, such as 1_000"),
            );
        }
        Ok(Batches {
            meta,
            select: self.select,
            rows: self.rows,
            latest: None,
            deleted: 0,
        })
    }
}

/// The job. Each statement is whole by itself, so that others wait for one batch at most.
pub struct Batches {
    meta: &'static ModelMeta,
    select: Select,
    rows: u32,
    /// How many rows the latest statement has deleted.
    latest: Option<u64>,
    deleted: u64,
}

impl Job for Batches {
    type Output = u64;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Write
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "deleting",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        // Fewer than a batch may have been deleted because others deleted some of it meanwhile.
        if self.select.nothing || self.latest == Some(0) {
            return Ok(None);
        }
        self.latest = Some(0);
        sql::delete(
            self.meta,
            &self.select.filter,
            self.select.left_out,
            sql::Deletes::Some(self.rows),
            dialect,
        )
        .map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        self.select.filter.values()
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.latest = Some(rows);
        self.deleted += rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        Ok(self.deleted)
    }

    fn into_owned(self) -> Self {
        self
    }
}
