//! Which results a loaded row belongs to, by key.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::error::Result;
use crate::plan::relation_key::RelationKey;
use crate::value::{Cell, FieldType, Value};

/// The results that wait for related rows, numbered in order of arrival. Several may wait for the same key, such as
/// the posts of one author whose list is loaded.
#[derive(Default)]
pub(super) struct PendingResults {
    keys: Vec<PendingKey>,
    /// The index of a key in `keys`, once there are too many for a linear search.
    places: FxHashMap<RelationKey, usize>,
    results: usize,
    /// The next result that waits for the same key.
    next: FxHashMap<usize, usize>,
    /// The index in `keys` of the previous row's key: rows of one key mostly follow each other, in the order of the
    /// keys.
    at: usize,
}

struct PendingKey {
    key: RelationKey,
    first: usize,
    last: usize,
}

/// Up to this many keys, a linear search is as fast as a hash map.
const FEW: usize = 16;

impl PendingResults {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// For each column, what the only key holds, or a list of what all distinct keys do in order of arrival. A database that looks
    /// them up in that order returns the rows in the order of the results.
    pub(super) fn keys(&self, columns: usize) -> SmallVec<[Value<'static>; 1]> {
        let of_column = |at| {
            let mut parts = self.keys.iter().filter_map(|waits| waits.key.part(at));
            match (self.keys.len(), parts.next()) {
                (1, Some(only)) => only.to_value(),
                (_, first) => Value::List(
                    first
                        .into_iter()
                        .chain(parts)
                        .map(RelationKey::to_value)
                        .collect(),
                ),
            }
        };
        (0..columns).map(of_column).collect()
    }

    /// Adds a result that waits for nothing.
    pub(super) fn pass(&mut self) {
        self.results += 1;
    }

    /// Adds a result that waits for the rows of a key.
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

    /// The first result that waits for rows with the key in this cell. `None` if no result waits for this key, which
    /// happens where the database compares strings differently than we do.
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
        Ok(self.first_of(&RelationKey::decode(cell, ty)?))
    }

    /// The same where the key is read already.
    pub(super) fn first_of(&mut self, key: &RelationKey) -> Option<usize> {
        self.at = self.place(key)?;
        Some(self.keys[self.at].first)
    }

    /// The next result that waits for the same key.
    #[inline]
    pub(super) fn after(&self, result: usize) -> Option<usize> {
        self.next.get(&result).copied()
    }
}
