//! Rows of SQL by hand: the job, and the terminals `all`, `first`, `get`, `get_or_none`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::plan::{Access, Executor, Job};
use crate::sql::{Dialect, Statement, only_reads};
use crate::value::{Row, Value};

use super::{Sql, SqlJob, SqlRow};

/// SQL by hand whose rows are read as `T`, from [`Sql::rows`].
///
/// # Example: all rows, one row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let labels: Vec<String> = orm::sql("SELECT label FROM blog_tag ORDER BY id", ()).rows().all(&db)?;
/// assert_eq!(labels, ["rust", "sql"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "SQL does nothing until a terminal such as `.all(&db)` runs it"]
pub struct SqlRows<T> {
    sql: Sql,
    row: PhantomData<fn() -> T>,
}

impl<T> Clone for SqlRows<T> {
    fn clone(&self) -> Self {
        SqlRows {
            sql: self.sql.clone(),
            row: PhantomData,
        }
    }
}

impl<T> fmt::Debug for SqlRows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqlRows").field(&self.sql.text).finish()
    }
}

impl<T: SqlRow> SqlRows<T> {
    pub(super) fn new(sql: Sql) -> Self {
        SqlRows {
            sql,
            row: PhantomData,
        }
    }

    /// All rows, in the order in which the database returns them.
    ///
    /// # Errors
    /// If the values do not fit the placeholders, a column is not there or holds what its type cannot, or what the database says.
    ///
    /// # Example: a type that the column is not
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = orm::sql("SELECT id, title FROM blog_post", ()).rows::<(i64, i64)>().all(&db).unwrap_err();
    /// assert!(error.to_string().starts_with("column `title`: expected a whole number"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<T>> {
        db.run(Ok(self.job(usize::MAX)), Ok)
    }

    /// The first row that the database returns, or `None`. The text says in which order (`ORDER BY`), and where a server should
    /// not send more than one row (`LIMIT 1`).
    ///
    /// # Errors
    /// As [`all`](SqlRows::all).
    ///
    /// # Example: the longest title
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let title = orm::sql("SELECT title FROM blog_post ORDER BY length(title) DESC, id LIMIT 1", ()).rows::<String>().first(&db)?;
    /// assert_eq!(title.as_deref(), Some("Hello"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn first<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<T>> {
        db.run(Ok(self.job(1)), |rows| Ok(rows.into_iter().next()))
    }

    /// The one row.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) if there is none, [`is_multiple`](Error::is_multiple) if there are several; as
    /// [`all`](SqlRows::all).
    ///
    /// # Example: one, and none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let title = |id: i64| orm::sql("SELECT title FROM blog_post WHERE id = {}", (id,)).rows::<String>();
    /// assert_eq!(title(1).get(&db)?, "Hello");
    /// assert!(title(99).get(&db).unwrap_err().is_not_found());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get<'e, E: Executor<'e>>(self, db: E) -> E::Out<T> {
        db.run(Ok(self.job(2)), |rows| only(rows)?.ok_or_else(not_found))
    }

    /// The one row, or `None`.
    ///
    /// # Errors
    /// [`is_multiple`](Error::is_multiple) if there are several; as [`all`](SqlRows::all).
    ///
    /// # Example: nobody
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let nobody = orm::sql("SELECT * FROM blog_author WHERE name = {}", ("Eve",)).rows::<Author>().get_or_none(&db)?;
    /// assert_eq!(nobody, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get_or_none<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<T>> {
        db.run(Ok(self.job(2)), only)
    }

    /// Refuses what a cursor cannot be over.
    ///
    /// # Errors
    /// If the statement may write.
    pub(in crate::plan) fn ensure_reads(&self) -> Result<()> {
        match only_reads(&self.sql.text) {
            true => Ok(()),
            false => Err(Error::unsupported(
                "rows are read one after another of a statement that only reads, which begins with SELECT, VALUES or WITH",
            )
            .with_hint("use all(), which runs a statement that writes to its end")),
        }
    }

    /// The statement and its values, for a cursor.
    ///
    /// # Errors
    /// If the text or its values are wrong.
    pub(in crate::plan) fn statement_of_rows(
        &self,
        dialect: &'static Dialect,
    ) -> Result<(Arc<Statement>, Vec<Value<'static>>)> {
        let mut job = self.sql.clone().into_job(true);
        let statement = job.next(dialect)?;
        let statement = statement.ok_or_else(|| Error::internal("SQL by hand has no statement"))?;
        Ok((statement, job.sql.values.into_values()))
    }

    fn job(self, most: usize) -> ReadByHand<T>
    where
        T: SqlRow,
    {
        ReadByHand {
            sql: self.sql.into_job(true),
            most,
            columns: None,
            rows: Vec::new(),
        }
    }
}

fn only<T>(mut rows: Vec<T>) -> Result<Option<T>> {
    match rows.len() {
        0 | 1 => Ok(rows.pop()),
        _ => Err(Error::new(Kind::Multiple, "the SQL returned more than one row")
            .with_hint("say which one in the text, or use first() where any one will do")),
    }
}

#[cold]
fn not_found() -> Error {
    Error::new(Kind::NotFound, "the SQL returned no row")
        .with_hint("use get_or_none() or first() where a missing row is not an error")
}

/// Reads rows by a statement that somebody wrote.
struct ReadByHand<T: SqlRow> {
    sql: SqlJob,
    /// How many rows are wanted.
    most: usize,
    /// Found in the first row.
    columns: Option<T::Columns>,
    rows: Vec<T>,
}

impl<T: SqlRow> Job for ReadByHand<T> {
    type Output = Vec<T>;
    type Owned = Self;

    fn access(&self) -> Access {
        self.sql.access()
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.sql.next(dialect)
    }

    fn values(&self) -> &[Value<'_>] {
        self.sql.values()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        // A statement that writes is run to its end, whatever is read of it.
        if self.rows.len() >= self.most {
            return Ok(());
        }
        let columns = match &mut self.columns {
            Some(columns) => columns,
            none => none.insert(T::columns(row)?),
        };
        self.rows.push(T::read(row, columns)?);
        Ok(())
    }

    fn max_rows(&self) -> u64 {
        match self.sql.access() {
            Access::Read => u64::try_from(self.most).unwrap_or(u64::MAX),
            _ => u64::MAX,
        }
    }

    fn finish(self) -> Result<Vec<T>> {
        Ok(self.rows)
    }

    fn into_owned(self) -> Self {
        self
    }
}
