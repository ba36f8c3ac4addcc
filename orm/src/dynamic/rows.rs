//! Rows of a model by name: filter, order, read, change.

use std::fmt;

use crate::error::Result;
use crate::expr::Function;
use crate::model::ModelMeta;
use crate::plan::{
    CountOrExists, Decode as _, Executor, Fetch, FetchFirst, FollowUp, Query, Reader, UpdateOrDelete, one,
    only,
};
use crate::query::{ExprTokens, IntoAssignments, IntoCondition, IntoOrder, Select};
use crate::sql::StatementKind;
use crate::value::Row;

use super::field::{Refusal, resolved};
use super::{DynChunks, DynModel, DynRow};

/// Rows of a [`DynModel`]. It does nothing until a terminal such as `all(&db)` runs it.
///
/// # Example: an order and a limit
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
/// let label = tags.field::<String>("label")?;
/// let rows = tags.rows().order_by(label.desc()).limit(1).all(&db)?;
/// assert_eq!(rows[0].get(label)?, "sql");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "no query runs until a terminal such as `.all(&db)`"]
pub struct DynRows {
    pub(super) model: DynModel,
    pub(super) select: Select,
    /// The first refused step; the terminal returns it before anything is sent.
    refusal: Option<Refusal>,
}

impl DynRows {
    pub(super) fn new(model: DynModel) -> Self {
        DynRows {
            model,
            select: Select::default(),
            refusal: None,
        }
    }

    /// Only rows that match this condition, too.
    ///
    /// # Example: one more condition
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let (views, title) = (posts.field::<i64>("views")?, posts.field::<String>("title")?);
    /// assert_eq!(posts.filter(views.gt(3)).filter(title.starts_with("L")).count(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        let condition = self.resolved(condition.into_condition());
        self.select.filter.and(condition);
        self
    }

    /// Only rows that do not match this condition.
    ///
    /// # Example: all but one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// assert_eq!(tags.rows().exclude(tags.field::<String>("label")?.eq("rust")).count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude(mut self, condition: impl IntoCondition) -> Self {
        let mut condition = self.resolved(condition.into_condition());
        condition.call(Function::Not, 1);
        self.select.filter.and(condition);
        self
    }

    /// Orders the rows; without a call they are in the model's own order, or by primary key.
    ///
    /// # Example: most views first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let (views, title) = (posts.field::<i64>("views")?, posts.field::<String>("title")?);
    /// assert_eq!(posts.rows().order_by(views.desc()).all(&db)?[0].get(title)?, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        let mut expressions = ExprTokens::default();
        order.append(&mut expressions);
        self.select.order = self.resolved(expressions);
        self
    }

    /// At most this number of rows.
    ///
    /// # Example: one of them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::dynamic::DynModel::named("blog.Post")?.rows().limit(1).all(&db)?.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.select.set_limit(Some(rows));
        self
    }

    /// Skips this number of rows.
    ///
    /// # Example: the second
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let label = tags.field::<String>("label")?;
    /// let rows = tags.rows().order_by(label).offset(1).limit(1).all(&db)?;
    /// assert_eq!(rows[0].get(label)?, "sql");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.select.set_offset(rows);
        self
    }

    /// All rows.
    ///
    /// # Errors
    /// If a field belongs to another model; errors of the database.
    ///
    /// # Example: as JSON
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// for row in orm::dynamic::DynModel::named("blog.Tag")?.rows().all(&db)? {
    ///     println!("{}", serde_json::Value::Object(row.json()?));
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<DynRow>> {
        db.run(Fetch::<_, Vec<_>>::new(self).map(Fetch::in_some_order), Ok)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`all`](DynRows::all).
    ///
    /// # Example: the first by the model's order
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors = orm::dynamic::DynModel::named("blog.Author")?;
    /// let first = authors.rows().first(&db)?.expect("there is one");
    /// assert_eq!(first.get(authors.field::<String>("name")?)?, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn first<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<DynRow>> {
        db.run(FetchFirst::first(self), |found| Ok(found.row))
    }

    /// The one row that matches.
    ///
    /// # Errors
    /// [`is_not_found`](crate::Error::is_not_found) if none does, [`is_multiple`](crate::Error::is_multiple) if several do; as
    /// [`all`](DynRows::all).
    ///
    /// # Example: one, or an error
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// assert!(posts.rows().get(&db).unwrap_err().is_multiple());
    /// assert!(posts.filter(posts.field::<i64>("id")?.eq(99)).get(&db).unwrap_err().is_not_found());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get<'e, E: Executor<'e>>(self, db: E) -> E::Out<DynRow> {
        let meta = self.model.meta;
        db.run(FetchFirst::only(self), |found| only(found, meta))
    }

    /// The one row that matches, or `None`.
    ///
    /// # Errors
    /// [`is_multiple`](crate::Error::is_multiple) if several match; as [`all`](DynRows::all).
    ///
    /// # Example: a row that may be gone
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// assert!(posts.filter(posts.field::<i64>("id")?.eq(99)).get_or_none(&db)?.is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get_or_none<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<DynRow>> {
        let meta = self.model.meta;
        db.run(FetchFirst::only(self), |found| one(found, || Ok(meta)))
    }

    /// The number of rows.
    ///
    /// # Errors
    /// As [`all`](DynRows::all).
    ///
    /// # Example: how many posts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::dynamic::DynModel::named("blog.Post")?.rows().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count<'e, E: Executor<'e>>(self, db: E) -> E::Out<i64> {
        db.run(self.count_or_exists(StatementKind::Count), Ok)
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// As [`all`](DynRows::all).
    ///
    /// # Example: is there any comment?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(orm::dynamic::DynModel::named("blog.Comment")?.rows().exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exists<'e, E: Executor<'e>>(self, db: E) -> E::Out<bool> {
        db.run(self.count_or_exists(StatementKind::Exists), |answer| {
            Ok(answer != 0)
        })
    }

    /// All rows in chunks by primary key: only one chunk is in memory, and a row that is changed meanwhile is not
    /// returned twice.
    ///
    /// # Example: a thousand at a time
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut chunks = orm::dynamic::DynModel::named("blog.Post")?.rows().chunks(1_000);
    /// let mut seen = 0;
    /// while let Some(rows) = chunks.next(&db)? {
    ///     seen += rows.len();
    /// }
    /// assert_eq!(seen, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn chunks(self, size: u32) -> DynChunks {
        DynChunks::new(self, size)
    }

    /// Changes all rows that match, in one statement: `update(views.set(views + 1)).run(&db)`.
    ///
    /// # Example: one more view for each
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let views = posts.field::<i64>("views")?;
    /// assert_eq!(posts.rows().update(views.set(views + 1)).run(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn update(mut self, assignments: impl IntoAssignments) -> DynChange {
        let mut expressions = ExprTokens::default();
        assignments.append(&mut expressions);
        self.select.order = self.resolved(expressions);
        DynChange(
            self.into_change()
                .and_then(|(model, select)| UpdateOrDelete::update(model.meta, select)),
        )
    }

    /// Deletes all rows that match, in one statement; the database follows `on_delete`.
    ///
    /// # Example: all comments
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::dynamic::DynModel::named("blog.Comment")?.rows().delete().run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn delete(self) -> DynChange {
        DynChange(
            self.into_change()
                .and_then(|(model, select)| UpdateOrDelete::delete_all(model.meta, select)),
        )
    }

    fn resolved(&mut self, expression: ExprTokens) -> ExprTokens {
        resolved(self.model, expression).unwrap_or_else(|refusal| {
            self.refusal.get_or_insert(refusal);
            ExprTokens::default()
        })
    }

    fn count_or_exists(self, kind: StatementKind) -> Result<CountOrExists> {
        let (model, select) = self.checked()?;
        Ok(CountOrExists::new(model.meta, select, kind))
    }

    fn into_change(self) -> Result<(DynModel, Select)> {
        self.model.writable()?;
        self.checked()
    }

    fn checked(self) -> Result<(DynModel, Select)> {
        match self.refusal {
            None => Ok((self.model, self.select)),
            Some(refusal) => Err(refusal.into_error()),
        }
    }
}

impl Query for DynRows {
    type Reader = DynReader;

    fn into_parts(self) -> Result<(&'static ModelMeta, Select, DynReader)> {
        let (model, select) = self.checked()?;
        Ok((model.meta, select, DynReader(model)))
    }
}

/// Reads rows by name.
#[doc(hidden)]
pub struct DynReader(DynModel);

impl FollowUp for DynReader {}

impl Reader for DynReader {
    const KIND: StatementKind = StatementKind::Rows;
    const NULLS: u32 = u32::MAX;
    type Partial = DynRow;
    type Row = DynRow;

    fn decode(&mut self, row: &Row<'_>) -> Result<DynRow> {
        self.0.decode(row)
    }

    fn finish(&mut self, row: DynRow) -> Result<DynRow> {
        Ok(row)
    }
}

/// A change of all rows that match, from [`DynRows::update`] and [`DynRows::delete`].
///
/// # Example: nothing is changed until it runs
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let comments = orm::dynamic::DynModel::named("blog.Comment")?;
/// let change = comments.rows().delete();
/// assert_eq!(comments.rows().count(&db)?, 1);
/// change.run(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is changed until `.run(&db)`"]
pub struct DynChange(Result<UpdateOrDelete<'static>>);

impl DynChange {
    /// Changes the rows and returns their number.
    ///
    /// # Errors
    /// If a field belongs to another model, or the rows have a limit; errors of the database.
    ///
    /// # Example: how many they were
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let label = tags.field::<String>("label")?;
    /// assert_eq!(tags.filter(label.eq("sql")).delete().run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.0, Ok)
    }
}

impl fmt::Debug for DynRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynRows({})", self.model.meta.def.key())
    }
}

impl fmt::Debug for DynChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynChange").finish_non_exhaustive()
    }
}
