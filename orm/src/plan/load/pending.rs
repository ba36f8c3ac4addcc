//! Which results a row belongs to, by the key that it names.

use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::plan::relation_key::RelationKey;
use crate::value::{Cell, FieldType, Value};

/// The results that wait for rows. They are numbered as they come; several may wait for one key, as where many rows name the
/// same row whose list is loaded.
#[derive(Default)]
pub(super) struct PendingResults {
    keys: Vec<PendingKey>,
    /// Where a key stands in `keys`, once there are more than a look through them finds as fast.
    places: FxHashMap<RelationKey, usize>,
    results: usize,
    /// The next result with the same key, of those that have one.
    next: FxHashMap<usize, usize>,
    /// Where in `keys` the row before belonged: rows of one key mostly follow each other, in the order of the keys.
    at: usize,
}

struct PendingKey {
    key: RelationKey,
    first: usize,
    last: usize,
}

/// So many keys are looked through one by one.
const FEW: usize = 16;

impl PendingResults {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key, or a list of every key once in the order in which they came: so a database that looks them up in their
    /// order gives rows in the order of the results.
    pub(super) fn keys(&self) -> Value<'static> {
        if let [waits] = &*self.keys {
            return waits.key.to_value();
        }
        Value::List(self.keys.iter().map(|waits| waits.key.to_value()).collect())
    }

    /// One more result that waits for the rows of a key.
    pub(super) fn push(&mut self, key: RelationKey) {
        let result = self.results;
        self.results += 1;
        if let Some(waits) = self.place(&key).and_then(|at| self.keys.get_mut(at)) {
            self.next.insert(waits.last, result);
            waits.last = result;
            return;
        }
        if self.keys.len() == FEW {
            let places = self.keys.iter().map(|waits| waits.key.clone()).zip(0..);
            self.places.extend(places);
        }
        if self.keys.len() >= FEW {
            self.places.insert(key.clone(), self.keys.len());
        }
        self.keys.push(PendingKey {
            key,
            first: result,
            last: result,
        });
    }

    fn place(&self, key: &RelationKey) -> Option<usize> {
        if self.keys.len() > FEW {
            return self.places.get(key).copied();
        }
        self.keys.iter().position(|waits| waits.key == *key)
    }

    /// The first result that waits for rows with the key in a cell. None where a row with that key was asked for and is not
    /// there, or where the database compares strings otherwise than we do.
    ///
    /// # Errors
    /// If the cell does not hold a key.
    #[inline]
    pub(super) fn first(&mut self, cell: Cell<'_>, ty: FieldType) -> Result<Option<usize>> {
        for at in [self.at, self.at + 1] {
            if let Some(waits) = self.keys.get(at)
                && waits.key.is(cell)?
            {
                self.at = at;
                return Ok(Some(waits.first));
            }
        }
        let Some(at) = self.place(&RelationKey::decode(cell, ty)?) else {
            return Ok(None);
        };
        self.at = at;
        Ok(Some(self.keys[at].first))
    }

    /// The next result that waits for the same rows.
    #[inline]
    pub(super) fn after(&self, result: usize) -> Option<usize> {
        self.next.get(&result).copied()
    }
}
