//! The numbers of rows that factories make.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{ModelKey, ModelMeta};

/// Counts the rows of each model in one database, by whatever handle they are made: from 1, so that a test that has a database of its own
/// sees the same values in each run. They go on as long as the process runs: what was made before is still there when the last handle is gone.
#[derive(Default)]
pub struct RowNumbers(Mutex<HashMap<ModelKey, u64>>);

static DATABASES: Mutex<Option<HashMap<String, Arc<RowNumbers>>>> = Mutex::new(None);

impl RowNumbers {
    /// Those of the database at an address.
    pub(in crate::plan) fn at(address: &str) -> Arc<Self> {
        let mut databases = DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
        let databases = databases.get_or_insert_default();
        Arc::clone(databases.entry(address.to_owned()).or_default())
    }

    /// The number of the next row of a model.
    pub(super) fn next(&self, model: &'static ModelMeta) -> u64 {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.entry(model.def.key()).or_default();
        *number += 1;
        *number
    }
}
