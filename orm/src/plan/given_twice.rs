//! Rows that are given twice to one statement, which databases answer differently: one refuses them, one takes the last.

use std::hash::{Hash, Hasher};
use std::ops::Bound;

use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;

use crate::error::{Error, Kind};
use crate::model::ModelMeta;
use crate::value::{Range, Value};

/// The values that tell rows apart, and the number of the row that has them.
#[derive(Default)]
pub(super) struct RowsSeen {
    rows: Vec<(usize, SmallVec<[Value<'static>; 1]>)>,
    /// By hash: the positions in `rows`.
    found: FxHashMap<u64, SmallVec<[u32; 1]>>,
}

impl RowsSeen {
    /// Remembers a row, and returns the number of an earlier one with the same values.
    pub fn add(&mut self, row: usize, values: SmallVec<[Value<'static>; 1]>) -> Option<usize> {
        let mut hasher = FxHasher::default();
        values.iter().for_each(|value| hash(value, &mut hasher));
        let same = self.found.entry(hasher.finish()).or_default();
        let known = |at: &u32| self.rows.get(*at as usize).filter(|(_, known)| *known == values);
        if let Some((earlier, _)) = same.iter().find_map(known) {
            return Some(*earlier);
        }
        same.push(self.rows.len() as u32);
        self.rows.push((row, values));
        None
    }
}

/// Equal values have equal hashes.
fn hash(value: &Value<'_>, into: &mut FxHasher) {
    std::mem::discriminant(value).hash(into);
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(into),
        Value::Int(value) | Value::Duration(value) => value.hash(into),
        // 0 and -0 are equal.
        Value::Float(value) => (value + 0.0).to_bits().hash(into),
        Value::Str(text) | Value::Json(text) => (**text).hash(into),
        Value::Bytes(bytes) => bytes.hash(into),
        #[cfg(feature = "chrono")]
        Value::Date(value) => value.hash(into),
        #[cfg(feature = "chrono")]
        Value::Time(value) => value.hash(into),
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => value.hash(into),
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => value.hash(into),
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => value.hash(into),
        Value::Inet(address, prefix) => (address, prefix).hash(into),
        Value::MacAddress(octets) => octets.hash(into),
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => value.hash(into),
        Value::Range(range) => hash_range(range, into),
        Value::Multirange(ranges) => ranges.iter().for_each(|range| hash_range(range, into)),
        Value::Array(items) | Value::List(items) => items.iter().for_each(|item| hash(item, into)),
        Value::Refused(reason) => reason.hash(into),
    }
}

fn hash_range(range: &Range<Value<'static>>, into: &mut FxHasher) {
    for bound in [range.lower(), range.upper()] {
        if let Bound::Included(value) | Bound::Excluded(value) = bound {
            hash(value, into);
        }
    }
}

/// The error about rows that are the same row of the table, counted from 0 in the order given.
#[cold]
pub(super) fn given_twice(meta: &ModelMeta, columns: &[usize], rows: Option<(usize, usize)>) -> Error {
    let fields = columns.iter().filter_map(|&at| meta.columns.get(at));
    let fields: Vec<String> = fields.map(|column| column.name.clone()).collect();
    let what = match rows {
        Some((first, second)) => format!("those at {first} and {second}, counted from 0,"),
        None => "two of those given".to_owned(),
    };
    let by = match fields.is_empty() {
        true => String::new(),
        false => format!(": they have the same {}", fields.join(", ")),
    };
    Error::new(
        Kind::RowGivenTwice,
        format!("{what} are one row of {}{by}", meta.def.key()),
    )
    .with_fields(fields)
    .with_hint("give each row once: which of two changes is the last would be chance")
}
