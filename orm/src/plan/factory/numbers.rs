//! The numbers of rows that factories make.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::model::{ModelKey, ModelMeta};

/// Counts the rows of each model in one database, by whatever handle they are made: from 1, so that a test that has a database of its own
/// sees the same values in each run.
#[derive(Default)]
pub struct RowNumbers(Mutex<HashMap<ModelKey, u64>>);

static DATABASES: Mutex<Option<HashMap<String, Weak<RowNumbers>>>> = Mutex::new(None);

impl RowNumbers {
    /// Those of the database at an address, as long as there is a handle of it.
    pub(in crate::plan) fn at(address: &str) -> Arc<Self> {
        let mut databases = DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
        let databases = databases.get_or_insert_default();
        if let Some(known) = databases.get(address).and_then(Weak::upgrade) {
            return known;
        }
        databases.retain(|_, numbers| numbers.strong_count() > 0);
        let numbers = Arc::default();
        databases.insert(address.to_owned(), Arc::downgrade(&numbers));
        numbers
    }

    /// The number of the next row of a model.
    pub(super) fn next(&self, model: &'static ModelMeta) -> u64 {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.entry(model.def.key()).or_default();
        *number += 1;
        *number
    }
}
