//! The primary keys of the rows that a join table is to relate.

use smallvec::SmallVec;

use crate::value::Value;

/// The values of a primary key.
pub(super) type KeyValues = SmallVec<[Value<'static>; 1]>;

/// The primary keys of the rows at the other end.
pub(super) struct OtherRows {
    /// One after another.
    values: Vec<Value<'static>>,
    /// How many columns each has.
    width: usize,
}

impl OtherRows {
    /// Of keys of so many columns, each of which is a value, or a list of several.
    pub(super) fn new(keys: impl Iterator<Item = Value<'static>>, width: usize) -> Self {
        let mut values = Vec::with_capacity(keys.size_hint().0);
        for key in keys {
            match key {
                Value::List(parts) if width > 1 => values.extend(parts),
                key => values.push(key),
            }
        }
        OtherRows { values, width }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len() / self.width
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn keys(&self) -> std::slice::ChunksExact<'_, Value<'static>> {
        self.values.chunks_exact(self.width)
    }

    /// A list for each column.
    pub(super) fn lists(&self) -> impl Iterator<Item = Value<'static>> {
        let column = |at: usize| self.keys().map(|key| key[at].clone()).collect();
        (0..self.width).map(move |at| Value::List(column(at)))
    }
}
