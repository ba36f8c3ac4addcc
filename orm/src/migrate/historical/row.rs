//! A row of a historical model.

use std::collections::BTreeMap;
use std::fmt;

use super::HistoricalModel;
use crate::error::{Error, Result};
use crate::query::{Field, ToValue};
use crate::sql::{delete_row, update_row};
use crate::value::{ColumnType, Held, Row, Value};

/// A row as the database held it when it was read, with what was set since.
pub struct HistoricalRow<'c> {
    model: HistoricalModel<'c>,
    cells: Vec<Held>,
    /// By position of the column.
    changed: BTreeMap<usize, Value<'static>>,
}

impl<'c> HistoricalRow<'c> {
    pub(super) fn read(model: HistoricalModel<'c>, row: &Row<'_>) -> Result<Self> {
        let cells = (0..model.meta.columns.len())
            .map(|at| Held::of_cell(row.cell(at)?))
            .collect::<Result<_>>()?;
        Ok(HistoricalRow {
            model,
            cells,
            changed: BTreeMap::new(),
        })
    }

    /// The model it is a row of.
    pub fn model(&self) -> HistoricalModel<'c> {
        self.model
    }

    /// The value of a field.
    ///
    /// # Errors
    /// If the field is of another model, or the database holds what its type cannot.
    pub fn get<T: ColumnType>(&self, field: Field<T>) -> Result<T> {
        let at = self.model.position(field)?;
        T::decode(self.cells[at].cell()).map_err(|error| {
            let column = &self.model.meta.columns[at].name;
            error.context(format!("reading {}.{column}", self.model.meta.def.key()))
        })
    }

    /// Sets a field; [`save`](HistoricalRow::save) writes it.
    ///
    /// # Errors
    /// If the field is of another model.
    pub fn set<T: ColumnType>(&mut self, field: Field<T>, value: impl ToValue<T>) -> Result<()> {
        let at = self.model.position(field)?;
        let value = value.to_value();
        self.cells[at] = Held::of_value(&value)?;
        self.changed.insert(at, value);
        Ok(())
    }

    /// Writes what was set since the row was read; nothing if nothing was. Fields that are `auto_now` become now.
    ///
    /// # Errors
    /// If the row is gone, or its primary key was set; what the database says.
    pub fn save(&mut self) -> Result<()> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let model = self.model;
        let keys = model.keys();
        if keys.iter().any(|at| self.changed.contains_key(at)) {
            return Err(Error::migration(format!(
                "the primary key of a row of {} was set",
                model.meta.def.key()
            ))
            .with_hint("create a row with the new key and delete this one, or use update()"));
        }
        self.touch()?;
        let given: Vec<bool> = (0..self.cells.len())
            .map(|at| self.changed.contains_key(&at))
            .collect();
        let mut values: Vec<Value<'static>> = self.changed.values().cloned().collect();
        values.extend(self.key_values(&keys)?);
        let rows = update_row(model.meta, &given, false, model.door.dialect())
            .and_then(|statement| model.door.run(&statement, &values, &mut |_| Ok(())))
            .map_err(model.explain("saving"))?;
        self.changed.clear();
        one(rows, model)
    }

    /// Deletes the row.
    ///
    /// # Errors
    /// If the row is gone; what the database says.
    pub fn delete(self) -> Result<()> {
        let model = self.model;
        let values = self.key_values(&model.keys())?;
        let rows = delete_row(model.meta, model.door.dialect())
            .and_then(|statement| model.door.run(&statement, &values, &mut |_| Ok(())))
            .map_err(model.explain("deleting"))?;
        one(rows, model)
    }

    #[cfg_attr(
        not(feature = "chrono"),
        allow(clippy::unnecessary_wraps, clippy::unused_self)
    )]
    fn touch(&mut self) -> Result<()> {
        #[cfg(feature = "chrono")]
        for (at, column) in self.model.meta.columns.iter().enumerate() {
            let auto = self.model.meta.def.fields[column.field].auto_now;
            if auto
                && !self.changed.contains_key(&at)
                && let Some(now) = super::model::now_of(column.storage)
            {
                self.cells[at] = Held::of_value(&now)?;
                self.changed.insert(at, now);
            }
        }
        Ok(())
    }

    /// The values of the primary key, to look the row up by.
    pub(super) fn key_values(&self, keys: &[usize]) -> Result<Vec<Value<'static>>> {
        keys.iter()
            .map(|&at| self.cells[at].value(self.model.meta.columns[at].storage))
            .collect()
    }
}

fn one(rows: u64, model: HistoricalModel<'_>) -> Result<()> {
    match rows {
        0 => Err(Error::new(
            crate::error::Kind::NotFound,
            format!("the row of {} is gone", model.meta.def.key()),
        )),
        _ => Ok(()),
    }
}

impl fmt::Debug for HistoricalRow<'_> {
    /// Never the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalRow({})", self.model.meta.def.key())
    }
}
