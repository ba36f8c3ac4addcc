//! What is given of a row that is not in the database yet.

use std::cell::Cell;

use smallvec::SmallVec;

use crate::value::Value;

/// Columns of a model, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ColumnSet {
    /// The first 64, a bit each: few models have more.
    first: u64,
    /// The others, 64 a number, none after the last that has one. Not a list that may be empty: to compare two of those is
    /// a call, and a slow one for what points nowhere.
    others: Option<Box<[u64]>>,
}

impl ColumnSet {
    /// Adds a column; whether it was not there.
    #[inline]
    pub fn insert(&mut self, column: usize) -> bool {
        let bit = 1 << (column % 64);
        let bits = match column {
            0..64 => &mut self.first,
            _ => self.far(column / 64 - 1),
        };
        let new = *bits & bit == 0;
        *bits |= bit;
        new
    }

    #[cold]
    fn far(&mut self, at: usize) -> &mut u64 {
        let mut others = self.others.take().unwrap_or_default().into_vec();
        if others.len() <= at {
            others.resize(at + 1, 0);
        }
        &mut self.others.insert(others.into_boxed_slice())[at]
    }

    #[inline]
    fn others(&self) -> &[u64] {
        self.others.as_deref().unwrap_or_default()
    }

    /// Whether a column is among them.
    #[inline]
    pub fn contains(&self, column: usize) -> bool {
        let bits = match column {
            0..64 => self.first,
            _ => self.others().get(column / 64 - 1).copied().unwrap_or(0),
        };
        bits >> (column % 64) & 1 == 1
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        let others: u32 = self.others().iter().map(|bits| bits.count_ones()).sum();
        (self.first.count_ones() + others) as usize
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0 && self.others.is_none()
    }

    /// The same as numbers: equal sets have equal numbers, different ones differ.
    #[inline]
    pub fn numbers(&self) -> SmallVec<[u32; 4]> {
        let halves = |bits: u64| [bits as u32, (bits >> 32) as u32];
        let mut numbers = SmallVec::new();
        numbers.extend_from_slice(&halves(self.first));
        for bits in self.others() {
            numbers.extend_from_slice(&halves(*bits));
        }
        numbers
    }

    /// Each of them in order.
    #[inline]
    pub fn for_each(&self, mut visit: impl FnMut(usize)) {
        let mut visit_bits = |start: usize, mut bits: u64| {
            while bits != 0 {
                visit(start + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        };
        visit_bits(0, self.first);
        for (at, bits) in self.others().iter().enumerate() {
            visit_bits(64 * (at + 1), *bits);
        }
    }
}

impl FromIterator<usize> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = usize>>(columns: I) -> Self {
        let mut set = ColumnSet::default();
        for column in columns {
            set.insert(column);
        }
        set
    }
}

/// The given values of a row that is not in the database yet. Boxed, because a builder is passed on by value at every step.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct AssignedColumns {
    /// By position; NULL where nothing is given, and there may be more of those than columns.
    values: Vec<Value<'static>>,
    columns: ColumnSet,
}

thread_local! {
    /// The last row whose values were moved away, for the next: most rows are made one after the other.
    static SPARE: Cell<Option<Box<AssignedColumns>>> = const { Cell::new(None) };
}

impl AssignedColumns {
    /// Nothing given, of so many columns.
    pub fn new(columns: usize) -> Box<Self> {
        // A thread that ends has none, and keeps none.
        let mut row = SPARE.try_with(Cell::take).unwrap_or_default().unwrap_or_default();
        if row.values.len() < columns {
            row.values.resize_with(columns, || Value::Null);
        }
        row
    }

    /// Gives a column.
    #[inline]
    pub fn set(&mut self, column: usize, value: Value<'static>) {
        if let Some(place) = self.values.get_mut(column) {
            let old = std::mem::replace(place, value);
            if self.columns.insert(column) {
                // It was NULL: nothing to drop, and to find that out is a call.
                std::mem::forget(old);
            }
        }
    }

    /// Which columns are given.
    #[inline]
    pub fn columns(&self) -> &ColumnSet {
        &self.columns
    }

    /// Moves the values that are given behind `out`, in the order of columns.
    #[inline]
    pub fn move_to(mut self: Box<Self>, out: &mut Vec<Value<'static>>) {
        let values = self.values.as_mut_slice();
        self.columns.for_each(|column| {
            if let Some(value) = values.get_mut(column) {
                out.push(std::mem::replace(value, Value::Null));
            }
        });
        self.columns = ColumnSet::default();
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }
}

/// Gives a column its default made in code, unless it is given.
#[doc(hidden)]
pub fn fill(row: &mut AssignedColumns, column: usize, make: fn() -> Value<'static>) {
    if !row.columns.contains(column) {
        row.set(column, make());
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_has_what_was_added(
            columns in btree_set(0..200_usize, 0..20),
            others in btree_set(0..200_usize, 0..20),
        ) {
            let set: ColumnSet = columns.iter().rev().copied().collect();
            prop_assert_eq!(set.len(), columns.len());
            prop_assert_eq!(set.is_empty(), columns.is_empty());
            prop_assert!((0..300).all(|column| set.contains(column) == columns.contains(&column)));
            let mut visited = Vec::new();
            set.for_each(|column| visited.push(column));
            prop_assert!(visited.iter().eq(&columns), "in order: {:?}", visited);
            let other: ColumnSet = others.iter().copied().collect();
            prop_assert_eq!(set == other, columns == others);
            prop_assert_eq!(set.numbers() == other.numbers(), columns == others);
        }
    }

    #[test]
    fn nothing_of_a_row_is_left_for_the_next() {
        for columns in [3, 100, 2] {
            let mut row = AssignedColumns::new(columns);
            let last = columns - 1;
            row.set(last, "first".into());
            row.set(last, "second".into());
            row.set(0, 7.into());
            fill(&mut row, 0, || 8.into());
            assert_eq!(row.columns(), &[0, last].into_iter().collect());
            let mut values = vec![Value::Bool(true)];
            row.move_to(&mut values);
            assert_eq!(values, [true.into(), 7.into(), "second".into()]);

            let mut next = AssignedColumns::new(columns);
            fill(&mut next, last, || Value::Null);
            next.move_to(&mut values);
            assert_eq!(values[3..], [Value::Null]);
        }
    }
}
