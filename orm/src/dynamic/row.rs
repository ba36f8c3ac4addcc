//! A row whose fields are known by name.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};
use crate::plan::{Executor, IfUnchanged, SaveBack, UpdateOrDelete};
use crate::query::{Field, Select, ToValue};
use crate::sql;
use crate::value::{ColumnType, OwnedCell, Row, Value};

use super::DynModel;
use super::draft::now_of;
use super::field::{Refusal, position_of, settable};

/// A row as it was read, with the values that were set since.
///
/// # Example: read, set, save
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts = orm::dynamic::DynModel::named("blog.Post")?;
/// let (id, views) = (posts.field::<i64>("id")?, posts.field::<i64>("views")?);
/// let mut post = posts.filter(id.eq(1)).get(&db)?;
/// post.set(views, post.get(views)? + 1)?;
/// post.save(&db)?;
/// assert_eq!(posts.filter(views.eq(8)).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct DynRow {
    pub(super) model: DynModel,
    cells: Vec<OwnedCell>,
    /// By position of the column.
    changed: BTreeMap<usize, Value<'static>>,
}

impl DynRow {
    pub(super) fn read(model: DynModel, row: &Row<'_>) -> Result<Self> {
        let cells = (0..model.meta.columns.len())
            .map(|at| OwnedCell::of_cell(row.cell(at)?))
            .collect::<Result<_>>()?;
        Ok(DynRow {
            model,
            cells,
            changed: BTreeMap::new(),
        })
    }

    /// The row's model.
    ///
    /// # Example: its name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let row = orm::dynamic::DynModel::named("blog.Tag")?.rows().first(&db)?.expect("there is one");
    /// assert_eq!(row.model().def().name, "Tag");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn model(&self) -> DynModel {
        self.model
    }

    /// The value of a field.
    ///
    /// # Errors
    /// If the field belongs to another model, or its type cannot hold the value in the database.
    ///
    /// # Example: a nullable one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let post = posts.rows().first(&db)?.expect("there is one");
    /// assert_eq!(post.get(posts.field::<Option<f64>>("rating")?)?, Some(4.5));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get<T: ColumnType>(&self, field: Field<T>) -> Result<T> {
        let at = position_of(self.model, field).map_err(Refusal::into_error)?;
        T::decode(self.cells[at].cell()).map_err(|error| {
            let column = &self.model.meta.columns[at].name;
            error.context(format!("reading {}.{column}", self.model.meta.def.key()))
        })
    }

    /// Sets a field; [`save`](DynRow::save) writes it.
    ///
    /// # Errors
    /// If the field belongs to another model, or the database computes it.
    ///
    /// # Example: a field, to what it can hold
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let label = tags.field::<String>("label")?;
    /// let mut tag = tags.filter(label.eq("sql")).get(&db)?;
    /// tag.set(label, "postgres")?;
    /// assert_eq!(tag.get(label)?, "postgres");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set<T: ColumnType>(&mut self, field: Field<T>, value: impl ToValue<T>) -> Result<()> {
        let at = settable(self.model, field).map_err(Refusal::into_error)?;
        self.put(at, value.to_value())
    }

    /// Writes the fields that were set since the row was read or saved, if any. Fields with `auto_now` get the
    /// current time, and generated columns are read back.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) if the row no longer exists; if its primary key was set; errors
    /// of the database.
    ///
    /// # Example: only what was set is written
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let label = tags.field::<String>("label")?;
    /// let mut tag = tags.filter(label.eq("sql")).get(&db)?;
    /// tag.set(label, "postgres")?;
    /// tag.save(&db)?;
    /// assert!(tags.filter(label.eq("postgres")).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn save<'e, E: Executor<'e>>(&'e mut self, db: E) -> E::Out<()> {
        let meta = self.model.meta;
        if meta.version.is_some() && !self.changed.is_empty() {
            let job = self
                .written()
                .map(|(given, values)| IfUnchanged::save(self.model, meta, given, values));
            return db.run(job, move |row| {
                *self = row.ok_or_else(|| Error::internal("a row was saved and not read back"))?;
                Ok(())
            });
        }
        if meta.columns.iter().any(|column| column.computed) && !self.changed.is_empty() {
            let job = self
                .written()
                .map(|(given, values)| SaveBack::of(self.model, meta, given, values));
            return db.run(job, move |row| {
                *self = row;
                Ok(())
            });
        }
        let job = match self.changed.is_empty() {
            // Nothing has to be sent.
            true => UpdateOrDelete::delete_all(meta, Select::nothing()),
            false => self
                .written()
                .map(|(given, values)| UpdateOrDelete::update_row(meta, given, values)),
        };
        db.run(job, move |_| {
            self.changed.clear();
            Ok(())
        })
    }

    /// Deletes the row.
    ///
    /// # Errors
    /// [`is_not_found`](Error::is_not_found) if the row no longer exists; errors of the database.
    ///
    /// # Example: one row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let comments = orm::dynamic::DynModel::named("blog.Comment")?;
    /// comments.rows().get(&db)?.delete(&db)?;
    /// assert!(!comments.rows().exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn delete<'e, E: Executor<'e>>(&self, db: E) -> E::Out<()> {
        if self.model.meta.version.is_some() {
            let job = self
                .found_by()
                .map(|values| IfUnchanged::delete(self.model, self.model.meta, values));
            return db.run(job, |_| Ok(()));
        }
        let job = (self.model.writable().and_then(|()| self.key()))
            .map(|key| UpdateOrDelete::delete_row(self.model.meta, key));
        db.run(job, |_| Ok(()))
    }

    /// The columns that a save writes, and their values, then those of the key.
    fn written(&mut self) -> Result<(Vec<bool>, Vec<Value<'static>>)> {
        let meta = self.model.meta;
        self.model.writable()?;
        if meta.key.iter().any(|at| self.changed.contains_key(at)) {
            return Err(
                Error::config(format!("the primary key of a row of {} was set", meta.def.key()))
                    .with_hint("create a row with the new key and delete this one, or use update()"),
            );
        }
        if meta.version.is_some_and(|at| self.changed.contains_key(&at)) {
            return Err(sql::sets_version(meta));
        }
        for at in 0..self.cells.len() {
            let auto = self.model.def_of(at).is_some_and(|field| field.auto_now);
            if auto
                && !self.changed.contains_key(&at)
                && let Some(now) = now_of(meta.columns[at].storage)
            {
                self.put(at, now)?;
            }
        }
        let given = (0..self.cells.len())
            .map(|at| self.changed.contains_key(&at))
            .collect();
        let mut values: Vec<Value<'static>> = self.changed.values().cloned().collect();
        values.extend(self.found_by()?);
        Ok((given, values))
    }

    /// The value at the position of a column.
    pub(super) fn cell(&self, at: usize) -> &OwnedCell {
        &self.cells[at]
    }

    pub(super) fn put(&mut self, at: usize, value: Value<'static>) -> Result<()> {
        self.cells[at] = OwnedCell::of_value(&value).map_err(|error| {
            let column = &self.model.meta.columns[at].name;
            error.context(format!("setting {}.{column}", self.model.meta.def.key()))
        })?;
        self.changed.insert(at, value);
        Ok(())
    }

    /// The values of the primary key and the version.
    fn found_by(&self) -> Result<Vec<Value<'static>>> {
        let meta = self.model.meta;
        let mut values = self.key()?;
        if let Some(at) = meta.version {
            values.push(self.cells[at].value(meta.columns[at].storage)?);
        }
        Ok(values)
    }

    /// The values of the primary key, to look the row up by.
    pub(super) fn key(&self) -> Result<Vec<Value<'static>>> {
        let meta = self.model.meta;
        meta.key
            .iter()
            .map(|&at| self.cells[at].value(meta.columns[at].storage))
            .collect()
    }
}

impl fmt::Debug for DynRow {
    /// Without the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynRow({})", self.model.meta.def.key())
    }
}
