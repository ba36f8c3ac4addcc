//! The columns that are assigned in a row that is not in the database yet.

use std::cell::Cell;

use smallvec::SmallVec;

use crate::value::Value;

/// Columns of a model, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ColumnSet {
    /// The first 64 columns, a bit each: few models have more.
    first: u64,
    /// The rest, 64 columns a number, without trailing zeros. An `Option` of a box rather than an empty list, because
    /// comparing two empty lists is a function call, and a slow one on dangling pointers.
    others: Option<Box<[u64]>>,
}

impl ColumnSet {
    /// Adds a column and returns whether it was new.
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

    /// Whether the set has the column.
    #[inline]
    pub fn contains(&self, column: usize) -> bool {
        let bits = match column {
            0..64 => self.first,
            _ => self.others().get(column / 64 - 1).copied().unwrap_or(0),
        };
        bits >> (column % 64) & 1 == 1
    }

    /// How many columns there are.
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

    /// The set as numbers: two sets are equal exactly if their numbers are.
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

    /// Visits the columns in order.
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

/// The assigned values of a row that is not in the database yet. Boxed, because builders are passed by value at every
/// step.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct AssignedColumns {
    /// By position; NULL where nothing is assigned. May be longer than the model has columns.
    values: Vec<Value<'static>>,
    columns: ColumnSet,
}

thread_local! {
    /// The previous row's allocation, to be used for the next: most rows are created one after another.
    static SPARE: Cell<Option<Box<AssignedColumns>>> = const { Cell::new(None) };
}

impl AssignedColumns {
    /// A row with no column assigned.
    pub fn new(columns: usize) -> Box<Self> {
        // The thread-local is gone while the thread ends.
        let mut row = SPARE.try_with(Cell::take).unwrap_or_default().unwrap_or_default();
        if row.values.len() < columns {
            row.values.resize_with(columns, || Value::Null);
        }
        row
    }

    /// Assigns a column.
    #[inline]
    pub fn set(&mut self, column: usize, value: Value<'static>) {
        if let Some(place) = self.values.get_mut(column) {
            let old = std::mem::replace(place, value);
            if self.columns.insert(column) {
                // The old value was NULL, so there is nothing to drop, and finding that out would be a function call.
                std::mem::forget(old);
            }
        }
    }

    /// Which columns are assigned.
    #[inline]
    pub fn columns(&self) -> &ColumnSet {
        &self.columns
    }

    /// What a column is assigned.
    pub fn get(&self, column: usize) -> Option<&Value<'static>> {
        let assigned = self.columns.contains(column);
        self.values.get(column).filter(|_| assigned)
    }

    /// What is assigned, by column.
    #[cfg(feature = "testing")]
    pub fn into_values(self: Box<Self>) -> Vec<(usize, Value<'static>)> {
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        self.columns.for_each(|column| columns.push(column));
        self.move_to(&mut values);
        columns.into_iter().zip(values).collect()
    }

    /// Appends the assigned values to `out`, in column order.
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

/// Assigns a column the default that Rust code computes, unless it is assigned.
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
