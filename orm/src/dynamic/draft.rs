//! New rows of a model by name.

use std::fmt;

use crate::error::{Error, Kind, Result};
use crate::model::AssignedColumns;
use crate::plan::{DraftRows, Executor, Insert};
use crate::query::{Field, ToValue};
use crate::value::{ColumnType, FieldType, Value};

use super::field::{Refusal, settable};
use super::{DynModel, DynRow};

/// A row that is not in the database yet, from [`DynModel::create`].
///
/// # Example: what does not fit is refused by `save`
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
/// assert!(tags.create().save(&db).unwrap_err().to_string().contains("label"));
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.save(&db)`"]
pub struct DynDraft {
    pub(super) model: DynModel,
    pub(super) row: Box<AssignedColumns>,
    /// The first refused assignment; the terminal returns it before anything is sent.
    pub(super) refusal: Option<Refusal>,
}

impl DynDraft {
    pub(super) fn new(model: DynModel) -> Self {
        DynDraft {
            model,
            row: AssignedColumns::new(model.meta.columns.len()),
            refusal: None,
        }
    }

    /// Sets a field.
    ///
    /// # Example: a field of the model
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let draft = tags.create().set(tags.field::<String>("label")?, "new");
    /// draft.save(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set<T: ColumnType>(mut self, field: Field<T>, value: impl ToValue<T>) -> Self {
        match settable(self.model, field) {
            Ok(at) => self.row.set(at, value.to_value()),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self
    }

    /// Inserts the row and reads it back whole.
    ///
    /// A field that is not set becomes its default, the current time for `auto_now` and `auto_now_add`, or NULL.
    /// Models of the program also have their defaults made in code; historical models do not.
    ///
    /// # Errors
    /// If a field belongs to another model or is computed by the database, or one that needs a value has
    /// none; errors of the database.
    ///
    /// # Example: the row as the database has it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let authors = orm::dynamic::DynModel::named("blog.Author")?;
    /// let (name, email) = (authors.field::<String>("name")?, authors.field::<String>("email")?);
    /// let eve = authors.create().set(name, "Eve").set(email, "eve@example.com").save(&db)?;
    /// assert_eq!(eve.get(authors.field::<i64>("id")?)?, 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<DynRow> {
        let model = self.model;
        let job = self.into_row(model).map(|row| {
            let rows = DraftRows::of(std::iter::once(row));
            Insert::of(model, model.meta, rows, true)
        });
        db.run(job, |inserted| {
            let row = inserted.rows.into_iter().next();
            row.ok_or_else(|| Error::new(Kind::Database, "the database returned no row for an insert"))
        })
    }

    /// The values of a new row of a model.
    fn into_row(mut self, model: DynModel) -> Result<Box<AssignedColumns>> {
        model.writable()?;
        if let Some(refusal) = self.refusal {
            return Err(refusal.into_error());
        }
        if self.model != model {
            return Err(Error::config(format!(
                "a row of {} is not one of {}",
                self.model.meta.def.key(),
                model.meta.def.key()
            ))
            .with_hint("make it by create() of the model that it is to be a row of"));
        }
        if let Some(fill) = model.meta.spec.fill {
            fill(&mut self.row);
        }
        let mut missing = Vec::new();
        for (at, column) in model.meta.columns.iter().enumerate() {
            let Some(field) = model.def_of(at).filter(|_| !self.row.columns().contains(at)) else {
                continue;
            };
            if (field.auto_now || field.auto_now_add)
                && let Some(now) = now_of(column.storage)
            {
                self.row.set(at, now);
                continue;
            }
            if model.meta.must_be_given(column) {
                missing.push(column.name.as_str());
            }
        }
        if missing.is_empty() {
            return Ok(self.row);
        }
        let key = model.meta.def.key();
        Err(
            Error::config(format!("a new {key} needs {}", missing.join(", "))).with_hint(
                match model.meta.spec.fill {
                    Some(_) => "set each before save()",
                    None => "set each before save(); a default made in code is not known here",
                },
            ),
        )
    }
}

/// Many new rows, from [`DynModel::bulk_create`].
///
/// # Example: all or none
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
/// let label = tags.field::<String>("label")?;
/// let drafts = ["new", "rust"].map(|text| tags.create().set(label, text));
/// assert!(tags.bulk_create(drafts).run(&db).unwrap_err().is_unique_violation());
/// assert_eq!(tags.rows().count(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.run(&db)` or `.all(&db)`"]
pub struct DynBulk {
    model: DynModel,
    rows: Result<DraftRows>,
}

impl DynBulk {
    pub(super) fn new(model: DynModel, drafts: impl IntoIterator<Item = DynDraft>) -> Self {
        let rows: Result<Vec<_>> = drafts.into_iter().map(|draft| draft.into_row(model)).collect();
        DynBulk {
            model,
            rows: rows.map(|rows| DraftRows::of(rows.into_iter())),
        }
    }

    /// Inserts all rows or none, and returns their number.
    ///
    /// # Errors
    /// As [`DynDraft::save`].
    ///
    /// # Example: how many they were
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let label = tags.field::<String>("label")?;
    /// assert_eq!(tags.bulk_create([tags.create().set(label, "new")]).run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.job(false), |inserted| Ok(inserted.count))
    }

    /// Inserts all rows or none, and reads them back whole, in the order given.
    ///
    /// # Errors
    /// As [`DynDraft::save`].
    ///
    /// # Example: with their keys
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let (id, label) = (tags.field::<i64>("id")?, tags.field::<String>("label")?);
    /// let made = tags.bulk_create(["a", "b"].map(|text| tags.create().set(label, text))).all(&db)?;
    /// assert!(made[0].get(id)? < made[1].get(id)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<DynRow>> {
        db.run(self.job(true), |inserted| Ok(inserted.rows))
    }

    fn job(self, returning: bool) -> Result<Insert<DynModel>> {
        let model = self.model;
        self.rows
            .map(|rows| Insert::of(model, model.meta, rows, returning))
    }
}

impl fmt::Debug for DynDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynDraft({})", self.model.meta.def.key())
    }
}

impl fmt::Debug for DynBulk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynBulk({})", self.model.meta.def.key())
    }
}

/// The current time as a value of that type.
#[cfg(feature = "chrono")]
pub(super) fn now_of(ty: FieldType) -> Option<Value<'static>> {
    use crate::value::now_value;
    match ty {
        FieldType::Date => Some(now_value::<chrono::NaiveDate>()),
        FieldType::Time => Some(now_value::<chrono::NaiveTime>()),
        FieldType::DateTime => Some(now_value::<chrono::NaiveDateTime>()),
        FieldType::Timestamp => Some(now_value::<chrono::DateTime<chrono::Utc>>()),
        _ => None,
    }
}

/// Without a feature for time types there is no current time.
#[cfg(not(feature = "chrono"))]
pub(super) fn now_of(_: FieldType) -> Option<Value<'static>> {
    None
}
