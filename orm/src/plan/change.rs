//! Updating and deleting rows.

use std::marker::PhantomData;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Kind, Result};
use crate::expr::{ExprTokens, Function, NO_COLUMN, RowSource, Token};
use crate::model::{Model, ModelMeta, ModelSpec, PrimaryKey, Writable};
use crate::query::{Fields, IntoAssignments, QuerySet, Rows, Select, closure};
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{Row, Value};

use super::delete_batches::DeleteInBatches;
use super::error_context::decoded;
use super::job::first_sql;
use super::returning::ChangedRows;
use super::{Access, ErrorContext, Executor, Job};

/// One `UPDATE` or `DELETE`, which returns the number of rows.
pub struct UpdateOrDelete<'v> {
    meta: &'static ModelMeta,
    of: RowsToWrite<'v>,
    sent: bool,
    rows: u64,
}

/// Which rows to write, and what.
enum RowsToWrite<'v> {
    /// Updates all matching rows; the query's `order` holds the assignments.
    Update(Select),
    /// Updates one row: flags for the columns to assign, then their values followed by those of the primary key.
    UpdateRow(Vec<bool>, Vec<Value<'v>>),
    /// Deletes all matching rows.
    Delete(Select),
    /// Deletes the row with this primary key.
    DeleteRow(SmallVec<[Value<'static>; 1]>),
}

impl<'v> UpdateOrDelete<'v> {
    fn new(meta: &'static ModelMeta, of: RowsToWrite<'v>) -> Self {
        UpdateOrDelete {
            meta,
            of,
            sent: false,
            rows: 0,
        }
    }

    /// Updates every column of a row, by its primary key.
    pub(super) fn save<M: Model>(row: &'v M) -> Result<Self> {
        let meta = meta(M::slot())?;
        let mut values = Vec::with_capacity(meta.columns.len() + 1);
        row.encode(&mut values);
        if meta.key.len() > 1 {
            let (given, values) = spread(meta, values, None);
            return Ok(UpdateOrDelete::new(meta, RowsToWrite::UpdateRow(given, values)));
        }
        let key = values.get(meta.primary_key).cloned();
        let key = key.ok_or_else(|| Error::internal("a row has no value at the position of its key"))?;
        let mut given = vec![true; meta.columns.len()];
        // A model with no other columns assigns its key to itself.
        if meta.columns.len() > 1 {
            given[meta.primary_key] = false;
            values.remove(meta.primary_key);
        }
        values.push(key);
        Ok(UpdateOrDelete::new(meta, RowsToWrite::UpdateRow(given, values)))
    }
}

impl UpdateOrDelete<'static> {
    /// Updates all matching rows; the query's `order` holds the assignments.
    ///
    /// # Errors
    /// If the query is cut off, distinct or grouped, or nothing is assigned.
    pub(crate) fn update(meta: &'static ModelMeta, select: Select) -> Result<Self> {
        ensure_update(&select)?;
        Ok(UpdateOrDelete::new(meta, RowsToWrite::Update(select)))
    }

    /// Updates one row: `given` flags the columns to assign; the values are theirs, followed by those of the primary
    /// key.
    pub(crate) fn update_row(
        meta: &'static ModelMeta,
        given: Vec<bool>,
        values: Vec<Value<'static>>,
    ) -> Self {
        UpdateOrDelete::new(meta, RowsToWrite::UpdateRow(given, values))
    }

    /// Deletes all matching rows.
    ///
    /// # Errors
    /// If the query is cut off, distinct or grouped.
    pub(crate) fn delete_all(meta: &'static ModelMeta, select: Select) -> Result<Self> {
        refuse_cut(&select, "a delete")?;
        Ok(UpdateOrDelete::new(meta, RowsToWrite::Delete(select)))
    }

    /// Deletes the row with this primary key.
    pub(crate) fn delete_row(meta: &'static ModelMeta, key: Vec<Value<'static>>) -> Self {
        UpdateOrDelete::new(meta, RowsToWrite::DeleteRow(key.into()))
    }

    /// Deletes a row, by its primary key.
    pub(super) fn delete<M: Model>(row: &M) -> Result<Self> {
        let key = row.key().values().into_iter().collect();
        Ok(UpdateOrDelete::new(meta(M::slot())?, RowsToWrite::DeleteRow(key)))
    }
}

/// Arranges a row's values for an update: flags for the columns to assign, and their values followed by those of the
/// key and the version. All columns are assigned that may be, or `only` some of them.
pub(super) fn spread<'v>(
    meta: &ModelMeta,
    values: Vec<Value<'v>>,
    only: Option<&[bool]>,
) -> (Vec<bool>, Vec<Value<'v>>) {
    let columns = meta.columns.iter().enumerate();
    let mut given: Vec<bool> = columns
        .map(|(at, column)| {
            let may_be = !column.computed && !meta.key.contains(&at) && meta.version != Some(at);
            may_be && only.is_none_or(|only| only.get(at).copied() == Some(true))
        })
        .collect();
    // A model with no other columns assigns its key to itself.
    if !given.contains(&true) {
        for &at in &meta.key {
            given[at] = true;
        }
    }
    let found_by = meta.key.iter().chain(&meta.version);
    let key: Vec<Value<'v>> = found_by.map(|&at| values[at].clone()).collect();
    let given_values = values.into_iter().zip(&given).filter(|(_, given)| **given);
    let values = given_values.map(|(value, _)| value).chain(key).collect();
    (given, values)
}

impl<'v> Job for UpdateOrDelete<'v> {
    type Output = u64;
    type Owned = UpdateOrDelete<'static>;

    fn access(&self) -> Access {
        Access::Write
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: match self.of {
                RowsToWrite::Update(_) | RowsToWrite::UpdateRow(..) => "updating",
                RowsToWrite::Delete(_) | RowsToWrite::DeleteRow(_) => "deleting",
            },
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent {
            return Ok(None);
        }
        self.sent = true;
        let statement = match &mut self.of {
            RowsToWrite::Update(select) | RowsToWrite::Delete(select) if select.nothing => return Ok(None),
            RowsToWrite::Update(select) => {
                let statement = sql::update(
                    self.meta,
                    &select.order,
                    &select.filter,
                    select.left_out,
                    false,
                    dialect,
                )?;
                select.put_values_in_bind_order();
                statement
            }
            RowsToWrite::UpdateRow(given, _) => sql::update_row(self.meta, given, false, dialect)?,
            RowsToWrite::Delete(select) => sql::delete(
                self.meta,
                &select.filter,
                select.left_out,
                sql::Deletes::All,
                dialect,
            )?,
            RowsToWrite::DeleteRow(_) => sql::delete_row(self.meta, dialect)?,
        };
        Ok(Some(statement))
    }

    fn values(&self) -> &[Value<'_>] {
        match &self.of {
            RowsToWrite::Update(select) | RowsToWrite::Delete(select) => select.filter.values(),
            RowsToWrite::UpdateRow(_, values) => values,
            RowsToWrite::DeleteRow(key) => key,
        }
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.rows += rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        let of_one_row = matches!(self.of, RowsToWrite::UpdateRow(..) | RowsToWrite::DeleteRow(_));
        if of_one_row && self.rows == 0 {
            return Err(gone(self.meta));
        }
        Ok(self.rows)
    }

    fn into_owned(self) -> UpdateOrDelete<'static> {
        UpdateOrDelete {
            meta: self.meta,
            of: match self.of {
                RowsToWrite::Update(select) => RowsToWrite::Update(select),
                RowsToWrite::UpdateRow(given, values) => {
                    RowsToWrite::UpdateRow(given, values.into_iter().map(Value::into_owned).collect())
                }
                RowsToWrite::Delete(select) => RowsToWrite::Delete(select),
                RowsToWrite::DeleteRow(key) => RowsToWrite::DeleteRow(key),
            },
            sent: self.sent,
            rows: self.rows,
        }
    }
}

#[cold]
pub(super) fn gone(meta: &ModelMeta) -> Error {
    Error::new(
        Kind::NotFound,
        format!("the row of {} is no longer in the database", meta.def.key()),
    )
}

/// Reads one row by its primary key.
pub struct ByPrimaryKey<M: Model> {
    meta: &'static ModelMeta,
    values: <M::Key as PrimaryKey>::Values,
    sent: bool,
    row: Option<M>,
}

impl<M: Model> ByPrimaryKey<M> {
    pub(super) fn new(key: M::Key) -> Result<Self> {
        Ok(ByPrimaryKey {
            meta: meta(M::slot())?,
            values: key.values(),
            sent: false,
            row: None,
        })
    }
}

impl<M: Model> Job for ByPrimaryKey<M> {
    type Output = M;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "reading",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent {
            return Ok(None);
        }
        self.sent = true;
        sql::by_key(self.meta, dialect).map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        self.values.as_ref()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.row = Some(decoded(row, 0)?);
        Ok(())
    }

    #[inline]
    fn max_rows(&self) -> u64 {
        1
    }

    fn finish(self) -> Result<M> {
        self.row.ok_or_else(|| {
            Error::new(
                Kind::NotFound,
                format!("no {} has this primary key", self.meta.def.key()),
            )
        })
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// The positions of the primary key columns. Takes the description rather than the model, so that it is compiled once.
pub(super) fn key_positions(spec: &'static ModelSpec) -> impl Iterator<Item = u16> {
    let columns = spec.fields.iter().filter(|field| (field.ty)().is_column());
    let keys = (0..).zip(columns).filter(|(_, field)| field.primary_key);
    keys.map(|(position, _)| position)
}

/// The position of the first column of a primary key.
pub(super) fn key_position(spec: &'static ModelSpec) -> u16 {
    key_positions(spec).next().unwrap_or(NO_COLUMN)
}

/// The condition that the query's own row has this primary key.
pub(super) fn has_key<M: Model>(key: &M::Key) -> ExprTokens {
    equal(M::SPEC, &mut key.values().into_iter())
}

/// The condition that the query's own row has this primary key.
pub(super) fn equal(
    spec: &'static ModelSpec,
    values: &mut dyn Iterator<Item = Value<'static>>,
) -> ExprTokens {
    let mut condition = ExprTokens::default();
    for (column, value) in key_positions(spec).zip(values) {
        condition.and(equals(column, value));
    }
    condition
}

/// The condition that a column of the query's own rows equals a value.
pub(super) fn equals(column: u16, value: Value<'static>) -> ExprTokens {
    let mut tokens = ExprTokens::default();
    tokens.push(Token::Column(RowSource::OWN, column));
    tokens.param(value);
    tokens.call(Function::Eq, 2);
    tokens
}

/// A change of all rows that match, from [`update`](QuerySet::update); [`run`](Update::run) makes it.
///
/// # Example: a change does nothing until it runs
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let changed: u64 = Post::objects().update(|p| p.views.set(0)); // where is `.run(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is changed until `.run(&db)`"]
pub struct Update<M: Model> {
    select: Select,
    model: PhantomData<fn() -> M>,
}

/// The deletion of all rows that match, from [`delete`](QuerySet::delete); [`run`](Delete::run) makes it.
///
/// # Example: a deletion does nothing until it runs
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let deleted: u64 = Post::objects().delete(); // where is `.run(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is deleted until `.run(&db)`"]
pub struct Delete<M: Model> {
    select: Select,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> QuerySet<M, Rows<()>> {
    /// Changes all rows that match, in one statement: `UPDATE .. SET .. WHERE ..`. New values may be computed from the old ones, by
    /// the database, so that no change of another program is lost. `auto_now` fields are not touched: they are set where a row is
    /// saved.
    ///
    /// # Example: one more view
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let changed = Post::objects()
    ///     .filter(|p| p.title.eq("Hello"))
    ///     .update(|p| p.views.set(p.views + 1))
    ///     .run(&db)?;
    /// assert_eq!(changed, 1);
    /// assert_eq!(Post::get(1, &db)?.views, 8);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: every row that matches is changed, so a limit is refused
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().limit(1).update(|p| p.views.set(0)).run(&db).unwrap_err();
    /// assert!(refused.is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn update<A: IntoAssignments>(mut self, assign: impl FnOnce(Fields<M>) -> A) -> Update<M>
    where
        M: Writable,
    {
        self.select = self.select.among_keys::<M>();
        self.select.order = ExprTokens::default();
        let (assignments, own) = closure::<M, _>(assign);
        assignments.append(&mut self.select.order);
        self.select.order.resolve_scope(own);
        Update {
            select: self.select,
            model: PhantomData,
        }
    }

    /// Deletes all rows that match, in one statement: `DELETE FROM .. WHERE ..`. What becomes of rows that point at them is what their
    /// foreign keys say (`on_delete`), and the database does it.
    ///
    /// # Example: a post goes with its comments
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().filter(|p| p.title.eq("Hello")).delete().run(&db)?, 1);
    /// assert_eq!(Comment::objects().count(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn delete(self) -> Delete<M>
    where
        M: Writable,
    {
        Delete {
            select: self.select.among_keys::<M>(),
            model: PhantomData,
        }
    }
}

/// Refuses an update that is cut off or assigns nothing.
fn ensure_update(select: &Select) -> Result<()> {
    refuse_cut(select, "an update")?;
    match select.order.is_empty() {
        true => Err(Error::config("the update assigns nothing")
            .with_hint("set a field at least, as in `update(|p| p.views.set(0))`")),
        false => Ok(()),
    }
}

pub(super) fn refuse_cut(select: &Select, what: &str) -> Result<()> {
    if select.is_cut() || select.distinct {
        return Err(Error::unsupported(format!(
            "{what} changes every row that matches and takes no limit, offset or distinct"
        ))
        .with_hint("read the keys first and filter by `in_(keys)`"));
    }
    if !select.groups().by.is_empty() {
        return Err(Error::unsupported(format!(
            "{what} changes rows, and group_by() makes groups of them"
        ))
        .with_hint("read the groups first, then filter by what they have in common"));
    }
    Ok(())
}

impl<M: Model> Update<M> {
    /// Changes the rows and returns how many they were.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit, an offset, `distinct` or groups; what the database says of
    /// the new values: [`is_unique_violation`](Error::is_unique_violation),
    /// [`is_foreign_key_violation`](Error::is_foreign_key_violation), [`is_check_violation`](Error::is_check_violation),
    /// [`is_not_null_violation`](Error::is_not_null_violation).
    ///
    /// # Example: two posts of one author with one title
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().update(|p| p.title.set("Same")).run(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// assert_eq!(refused.fields(), ["author", "title"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.into_job(), Ok)
    }

    /// The SQL of the update, with placeholders for its values; it asks no database. Empty for a query that is `none()`.
    ///
    /// # Errors
    /// As [`run`](Update::run), where no database is asked.
    ///
    /// # Example: one more view, on both
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let more = || Post::objects().filter(|p| p.id.eq(1)).update(|p| p.views.set(p.views + 1));
    /// assert!(more().sql(Dialect::SQLITE)?.ends_with(r#"WHERE "blog_post"."id" = ?"#));
    /// assert!(more().sql(Dialect::POSTGRES)?.starts_with(r#"UPDATE "blog_post" SET "views" = "#));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        first_sql(self.into_job(), dialect)
    }

    fn into_job(self) -> Result<UpdateOrDelete<'static>> {
        UpdateOrDelete::update(meta(M::slot())?, self.select)
    }

    /// Changes the rows and returns them with their new values, in no particular order: `UPDATE .. RETURNING ..`, one statement. What triggers,
    /// or foreign keys of the table to itself, change after that is not among them.
    ///
    /// # Errors
    /// As [`run`](Update::run).
    ///
    /// # Example: what was published now
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = Post::objects().filter(|p| p.status.eq(Status::Draft));
    /// let published = drafts.update(|p| p.status.set(Status::Published)).all(&db)?;
    /// assert_eq!(published[0].title, "Later");
    /// assert_eq!(published[0].status, Status::Published);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        let job = meta(M::slot()).and_then(|meta| {
            ensure_update(&self.select)?;
            Ok(ChangedRows::<M>::new(meta, self.select, false))
        });
        db.run(job, Ok)
    }
}

impl<M: Model> Delete<M> {
    /// Deletes the rows and returns how many they were, without those that the database deleted in their wake: on SQLite also
    /// without a row that matches but went with another before its turn, where a table's foreign keys lead to itself.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the query has a limit, an offset, `distinct` or groups;
    /// [`is_foreign_key_violation`](Error::is_foreign_key_violation) if others point at a row and their `on_delete` keeps it; what the
    /// database says.
    ///
    /// # Example: all drafts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().filter(|p| p.status.eq(Status::Draft)).delete().run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.into_job(), Ok)
    }

    /// The SQL of the deletion, with placeholders for its values; it asks no database. Empty for a query that is `none()`.
    ///
    /// # Errors
    /// As [`run`](Delete::run), where no database is asked.
    ///
    /// # Example: by a value
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let drafts = Post::objects().filter(|p| p.views.lt(3)).delete();
    /// assert_eq!(
    ///     drafts.sql(Dialect::POSTGRES)?,
    ///     r#"DELETE FROM "blog_post" WHERE "blog_post"."views" < $1"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        first_sql(self.into_job(), dialect)
    }

    fn into_job(self) -> Result<UpdateOrDelete<'static>> {
        meta(M::slot()).and_then(|meta| UpdateOrDelete::delete_all(meta, self.select))
    }

    /// Deletes the rows a few at a time, one statement for each batch, until there are none. Outside of a transaction each batch is a
    /// transaction of its own: others wait for one batch at most, no journal grows as large as the whole table, and what is deleted
    /// stays deleted if a later batch fails. In a transaction all of it is that transaction's. The condition is asked again for each
    /// batch, of what is there then.
    ///
    /// # Example: two comments at a time
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let all = Comment::objects().count(&db)?;
    /// assert_eq!(Comment::objects().delete().in_batches(2).run(&db)?, all as u64);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn in_batches(self, rows: u32) -> DeleteInBatches<M> {
        DeleteInBatches::new(self.select, rows)
    }

    /// Deletes the rows and returns them as they were, in no particular order: `DELETE .. RETURNING ..`. SQLite takes the actions of
    /// foreign keys while it deletes, so that a row may be changed or gone before it comes to it: there a `SELECT` reads them
    /// first, in the same transaction.
    ///
    /// # Errors
    /// As [`run`](Delete::run).
    ///
    /// # Example: what is gone now
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let gone = Post::objects().filter(|p| p.status.eq(Status::Draft)).delete().all(&db)?;
    /// assert_eq!(gone[0].title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        let job = meta(M::slot()).and_then(|meta| {
            refuse_cut(&self.select, "a delete")?;
            Ok(ChangedRows::<M>::new(meta, self.select, true))
        });
        db.run(job, Ok)
    }
}

#[cfg(test)]
mod tests {
    #![allow(unsafe_code, reason = "models register in a section of their own")]
    #![allow(dead_code, reason = "rows are described, never read")]

    use super::*;
    use crate::plan::ModelExt as _;

    orm::app!("changes");

    #[derive(orm::Model)]
    struct Thing {
        id: i64,
        name: String,
    }

    #[test]
    fn the_position_of_no_column_is_an_internal_error_and_no_other_column() {
        static KEYLESS: ModelSpec = ModelSpec::new("Keyless", "changes", "here");
        assert_eq!(key_position(&KEYLESS), NO_COLUMN);
        assert_eq!(key_position(Thing::SPEC), 0);
        let mut query = Thing::objects();
        query.select.filter = equals(NO_COLUMN, Value::Int(1));
        for dialect in [&Dialect::SQLITE, &Dialect::POSTGRES] {
            let error = query.clone().sql(dialect).unwrap_err();
            assert!(error.is_internal(), "{error}");
        }
    }
}
