//! A model of a point of the history: its fields by name, its rows, new rows.

use std::fmt;

use super::context::Door;
use super::row::HistoricalRow;
use super::rows::HistoricalRows;
use crate::error::{Error, Result};
use crate::expr::{Fragment, Place};
use crate::model::{FieldDef, ModelMeta};
use crate::plan::About;
use crate::query::{Field, IntoCondition, ToValue};
use crate::sql::{NewRows, insert};
use crate::value::{ColumnType, FieldType, Value};

/// A model as it is at a point of the history, from [`MigrationContext::model`](super::MigrationContext::model).
#[derive(Clone, Copy)]
pub struct HistoricalModel<'c> {
    pub(super) door: &'c dyn Door,
    pub(super) meta: &'static ModelMeta,
    /// Where its fields stand.
    pub(super) home: Place,
}

impl<'c> HistoricalModel<'c> {
    pub(super) fn new(door: &'c dyn Door, meta: &'static ModelMeta, home: Place) -> Self {
        HistoricalModel { door, meta, home }
    }

    /// The position of one of its fields.
    ///
    /// # Errors
    /// If it is another model's.
    pub(super) fn position<T>(&self, field: Field<T>) -> Result<usize> {
        match field.place() == self.home {
            true => Ok(usize::from(field.position())),
            false => Err(self.foreign()),
        }
    }

    /// What was said with its fields, for a query of its rows.
    ///
    /// # Errors
    /// If a field of another model is part of it.
    pub(super) fn own(&self, fragment: &Fragment) -> Result<Fragment> {
        let mut own = fragment.clone();
        own.settle(self.home);
        match own.is_settled() {
            true => Ok(own),
            false => Err(self.foreign()),
        }
    }

    #[cold]
    fn foreign(&self) -> Error {
        let key = self.meta.def.key();
        Error::migration(format!("a field of another model is used on rows of {key}")).with_hint(format!(
            "ask for the fields of {key} itself: `model(\"{key}\")?.field(..)`"
        ))
    }

    /// A field by its name, as the Rust type that it holds: the key's type for a relation, `String` for choices,
    /// `Option` where the column takes NULL.
    ///
    /// # Errors
    /// If there is no such field, it is no column, or it holds another type.
    pub fn field<T: ColumnType>(&self, name: &str) -> Result<Field<T>> {
        let position = self.meta.columns.iter().position(|column| column.name == name);
        let Some(position) = position else {
            return Err(self.unknown(name));
        };
        let column = &self.meta.columns[position];
        let stored = |ty| match ty {
            FieldType::Choices => FieldType::Text,
            other => other,
        };
        if stored(T::field_type()) != stored(column.storage) {
            return Err(Error::migration(format!(
                "{}.{name} holds {}, not {}",
                self.meta.def.key(),
                in_words(column.storage),
                in_words(T::field_type()),
            ))
            .with_hint("name the type that the field has at this point of the history"));
        }
        if column.null && !T::NULLABLE {
            return Err(
                Error::migration(format!("{}.{name} takes NULL", self.meta.def.key()))
                    .with_hint(format!("read it as an Option: `field::<Option<_>>(\"{name}\")`")),
            );
        }
        let position = u16::try_from(position).map_err(|_| {
            Error::internal(format!(
                "{}.{name} is at position {position}",
                self.meta.def.key()
            ))
        })?;
        Ok(Field::new(self.home, position))
    }

    #[cold]
    fn unknown(&self, name: &str) -> Error {
        let key = self.meta.def.key();
        if self.meta.def.field(name).is_some() {
            return Error::migration(format!("{key}.{name} is no column"))
                .with_hint("rows of a many-to-many relation are in its join table: use SQL");
        }
        let known: Vec<&str> = self
            .meta
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        Error::migration(format!(
            "{key} has no field `{name}` at this point of the history"
        ))
        .with_hint(format!("it has {}", known.join(", ")))
    }

    /// All rows.
    pub fn rows(&self) -> HistoricalRows<'c> {
        HistoricalRows::new(*self)
    }

    /// The rows that a condition holds for.
    pub fn filter(&self, condition: impl IntoCondition) -> HistoricalRows<'c> {
        self.rows().filter(condition)
    }

    /// A new row, with nothing set.
    pub fn create(&self) -> HistoricalDraft<'c> {
        HistoricalDraft {
            model: *self,
            values: vec![None; self.meta.columns.len()],
            refused: None,
        }
    }

    pub(super) fn explain(&self, doing: &'static str) -> impl FnOnce(Error) -> Error {
        let about = About {
            doing,
            model: self.meta,
        };
        move |error| About::explain(Some(about), error)
    }

    /// Positions of the columns of the primary key.
    pub(super) fn keys(&self) -> Vec<usize> {
        let keys: Vec<usize> = (0..self.meta.columns.len())
            .filter(|at| self.def_of(*at).is_some_and(|field| field.primary_key))
            .collect();
        match keys.is_empty() {
            true => vec![self.meta.primary_key],
            false => keys,
        }
    }

    fn def_of(&self, column: usize) -> Option<&'static FieldDef> {
        let column = self.meta.columns.get(column)?;
        self.meta.def.fields.get(column.field)
    }
}

impl fmt::Debug for HistoricalModel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalModel({})", self.meta.def.key())
    }
}

/// A row that is not in the database yet, from [`HistoricalModel::create`].
#[must_use = "nothing is created until `.save()`"]
pub struct HistoricalDraft<'c> {
    model: HistoricalModel<'c>,
    values: Vec<Option<Value<'static>>>,
    /// What `save` says, because a field was set that is not the model's.
    refused: Option<Error>,
}

impl<'c> HistoricalDraft<'c> {
    /// Sets a field.
    pub fn set<T: ColumnType>(mut self, field: Field<T>, value: impl ToValue<T>) -> Self {
        match self.model.position(field) {
            Ok(at) => self.values[at] = Some(value.to_value()),
            Err(error) => self.refused = Some(error),
        }
        self
    }

    /// Inserts the row and reads it back whole.
    ///
    /// What is not set becomes the default, now for `auto_now` and `auto_now_add`, or NULL; defaults that are made in
    /// code are not known here.
    ///
    /// # Errors
    /// If a field that needs a value has none, or one of another model was set; what the database says.
    pub fn save(mut self) -> Result<HistoricalRow<'c>> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        self.fill_now();
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(Error::migration(format!(
                "a new {} needs {}",
                self.model.meta.def.key(),
                missing.join(", ")
            ))
            .with_hint("set each before save(); a default made in code is not known to migrations"));
        }
        let values = self.values.iter().enumerate();
        let given = values
            .filter(|(_, value)| value.is_some())
            .map(|(at, _)| at)
            .collect();
        let values: Vec<Value<'static>> = self.values.into_iter().flatten().collect();
        let model = self.model;
        let mut made = None;
        let done =
            insert(model.meta, &given, NewRows::Each(1), true, model.door.dialect()).and_then(|statement| {
                model.door.run(&statement, &values, &mut |row| {
                    made = Some(HistoricalRow::read(model, row)?);
                    Ok(())
                })
            });
        done.map_err(model.explain("creating"))?;
        made.ok_or_else(|| Error::migration("the database returned no row for an insert"))
    }

    #[cfg_attr(not(feature = "chrono"), allow(clippy::unused_self))]
    fn fill_now(&mut self) {
        #[cfg(feature = "chrono")]
        for (at, slot) in self.values.iter_mut().enumerate() {
            let auto = self
                .model
                .def_of(at)
                .is_some_and(|field| field.auto_now || field.auto_now_add);
            if auto && slot.is_none() {
                *slot = now_of(self.model.meta.columns[at].storage);
            }
        }
    }

    fn missing(&self) -> Vec<&str> {
        let needed = |at: usize| {
            self.model.def_of(at).is_some_and(|field| {
                !field.null
                    && field.default.is_none()
                    && field.db_default.is_none()
                    && !field.generated
                    && field.generated_as.is_none()
            })
        };
        self.values
            .iter()
            .enumerate()
            .filter(|(at, value)| value.is_none() && needed(*at))
            .map(|(at, _)| self.model.meta.columns[at].name.as_str())
            .collect()
    }
}

impl fmt::Debug for HistoricalDraft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalDraft({})", self.model.meta.def.key())
    }
}

/// Now, as a column of that type holds it.
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

fn in_words(ty: FieldType) -> String {
    format!("{ty:?}").to_lowercase()
}
