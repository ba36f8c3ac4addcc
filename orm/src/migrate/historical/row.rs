//! A row of a historical model.

use std::fmt;

use super::HistoricalModel;
use super::context::MigrationHandle;
use crate::dynamic::DynRow;
use crate::error::Result;
use crate::query::{Field, ToValue};
use crate::value::ColumnType;

/// A row as the database held it when it was read, with what was set since.
pub struct HistoricalRow<'c> {
    tx: MigrationHandle<'c>,
    row: DynRow,
}

impl<'c> HistoricalRow<'c> {
    pub(super) fn new(tx: MigrationHandle<'c>, row: DynRow) -> Self {
        HistoricalRow { tx, row }
    }

    /// The model it is a row of.
    pub fn model(&self) -> HistoricalModel<'c> {
        HistoricalModel::new(self.tx, self.row.model())
    }

    /// The value of a field.
    ///
    /// # Errors
    /// If the field is another model's, or the database holds what its type cannot.
    pub fn get<T: ColumnType>(&self, field: Field<T>) -> Result<T> {
        self.row.get(field)
    }

    /// Sets a field; [`save`](HistoricalRow::save) writes it.
    ///
    /// # Errors
    /// If the field is another model's.
    pub fn set<T: ColumnType>(&mut self, field: Field<T>, value: impl ToValue<T>) -> Result<()> {
        self.row.set(field, value)
    }

    /// The values of all columns, as JSON: see [`DynRow::json`].
    ///
    /// # Errors
    /// As [`DynRow::get_json`].
    pub fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>> {
        self.row.json()
    }

    /// The value of a field, as JSON: see [`DynRow::get_json`].
    ///
    /// # Errors
    /// As there.
    pub fn get_json(&self, name: &str) -> Result<serde_json::Value> {
        self.row.get_json(name)
    }

    /// Sets a field to a value, as JSON: see [`DynRow::set_json`].
    ///
    /// # Errors
    /// As there.
    pub fn set_json(&mut self, name: &str, value: &serde_json::Value) -> Result<()> {
        self.row.set_json(name, value)
    }

    /// Writes what was set since the row was read or saved: see [`DynRow::save`].
    ///
    /// # Errors
    /// If the row is gone, or its primary key was set; what the database says.
    pub fn save(&mut self) -> Result<()> {
        self.row.save(self.tx)
    }

    /// Deletes the row.
    ///
    /// # Errors
    /// If the row is gone; what the database says.
    pub fn delete(self) -> Result<()> {
        self.row.delete(self.tx)
    }
}

impl fmt::Debug for HistoricalRow<'_> {
    /// Never the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalRow({})", self.row.model().def().key())
    }
}
