//! Rows to insert, in as few groups of equal columns as possible.

use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::model::{AssignedColumns, ColumnSet, Deferrable, ModelMeta};
use crate::value::Value;

/// Rows to insert; their values are concatenated.
pub struct DraftRows {
    pub values: Vec<Value<'static>>,
    pub groups: SmallVec<[InsertGroup; 1]>,
    /// The input position of each row, if that differs from the order of the groups.
    pub places: Vec<usize>,
}

/// Consecutive rows that assign the same columns.
pub struct InsertGroup {
    pub given: ColumnSet,
    /// The number of those columns.
    pub width: usize,
    pub rows: usize,
}

impl DraftRows {
    /// Takes all rows in order; a column that is not assigned is left to the database.
    pub fn of(given: impl Iterator<Item = Box<AssignedColumns>>) -> Self {
        let mut rows = DraftRows {
            values: Vec::new(),
            groups: SmallVec::new(),
            places: Vec::new(),
        };
        let (expected, _) = given.size_hint();
        for row in given {
            rows.push(row, expected);
        }
        rows
    }

    fn push(&mut self, row: Box<AssignedColumns>, expected: usize) {
        // Rows that leave out different columns cannot share a statement: the database fills in what is left out.
        match self.groups.last_mut() {
            Some(group) if group.given == *row.columns() => group.rows += 1,
            _ => self.start_group(row.columns(), expected),
        }
        row.move_to(&mut self.values);
    }

    fn start_group(&mut self, given: &ColumnSet, expected: usize) {
        let width = given.len();
        let rows = if self.groups.is_empty() {
            expected.max(1)
        } else {
            1
        };
        self.values.reserve(width.saturating_mul(rows));
        self.groups.push(InsertGroup {
            given: given.clone(),
            width,
            rows: 1,
        });
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.rows).sum()
    }

    /// Merges groups, because each is a statement: a column that is NULL when left out is assigned NULL if another row
    /// assigns it, and rows that then assign the same columns form one group.
    pub fn regrouped(self, meta: &ModelMeta) -> Self {
        if self.groups.len() <= 1 {
            return self;
        }
        let mut missing = ColumnSet::default();
        for group in &self.groups {
            group.given.for_each(|column| {
                if is_null_when_left_out(meta, column) {
                    missing.insert(column);
                }
            });
        }
        let mut groups: SmallVec<[InsertGroup; 1]> = SmallVec::new();
        let mut found: FxHashMap<ColumnSet, usize> = FxHashMap::default();
        let apart = points_at_itself_at_once(meta);
        let mut parts: Vec<(usize, RowRun)> = Vec::with_capacity(self.groups.len());
        let (mut value, mut place) = (0, 0);
        for InsertGroup { given, width, rows } in self.groups {
            let mut filled = given.clone();
            missing.for_each(|column| {
                filled.insert(column);
            });
            let group = match found.get(&filled) {
                Some(&group) if !apart || group + 1 == groups.len() => group,
                _ => {
                    groups.push(InsertGroup {
                        given: filled.clone(),
                        width: filled.len(),
                        rows: 0,
                    });
                    found.insert(filled, groups.len() - 1);
                    groups.len() - 1
                }
            };
            groups[group].rows += rows;
            let values = value..value + width * rows;
            value = values.end;
            let places = place..place + rows;
            place = places.end;
            parts.push((
                group,
                RowRun {
                    given,
                    values,
                    places,
                },
            ));
        }
        // Stable: within a group, rows keep their order.
        parts.sort_by_key(|(group, _)| *group);
        let mut given = self.values;
        let mut values = Vec::with_capacity(groups.iter().map(|group| group.width * group.rows).sum());
        let mut places = Vec::new();
        if !parts.is_sorted_by_key(|(_, part)| part.places.start) {
            places.extend(parts.iter().flat_map(|(_, part)| part.places.clone()));
        }
        for (group, part) in parts {
            part.move_to(&groups[group].given, &mut given, &mut values);
        }
        DraftRows {
            values,
            groups,
            places,
        }
    }
}

/// Consecutive input rows that assign the same columns.
struct RowRun {
    given: ColumnSet,
    /// Where their values are, and their input positions.
    values: Range<usize>,
    places: Range<usize>,
}

impl RowRun {
    /// Appends its rows with the columns of a group, a superset of its own.
    fn move_to(self, group: &ColumnSet, from: &mut [Value<'static>], to: &mut Vec<Value<'static>>) {
        let mut values = from[self.values].iter_mut().map(taken);
        if self.given == *group {
            return to.extend(values);
        }
        for _ in self.places {
            group.for_each(|column| match self.given.contains(column) {
                true => to.extend(values.next()),
                false => to.push(Value::Null),
            });
        }
    }
}

/// Whether leaving out a column means NULL, whoever created the table.
pub(super) fn is_null_when_left_out(meta: &ModelMeta, column: usize) -> bool {
    // The defaults of an unmanaged table are unknown.
    !meta.def.unmanaged
        && meta.columns.get(column).is_some_and(|column| {
            let field = &meta.def.fields[column.field];
            column.null
                && !column.computed
                && !meta.is_filled(&column.name)
                && field.default.is_none()
                && field.db_default.is_none()
        })
}

/// Whether rows may refer to earlier rows of the same table by a foreign key that is checked at once: then rows must
/// not be reordered.
fn points_at_itself_at_once(meta: &ModelMeta) -> bool {
    let own = meta.def.key();
    let at_once = |db_constraint: bool, deferrable: Deferrable| {
        meta.def.unmanaged || db_constraint && deferrable != Deferrable::Deferred
    };
    let mut keys = meta.def.composite_foreign_keys();
    (meta.def.fields.iter())
        .any(|field| field.to.as_ref() == Some(&own) && at_once(field.db_constraint, field.deferrable()))
        || keys.any(|key| key.to == own && at_once(key.db_constraint, key.deferrable()))
}

pub(super) fn taken(value: &mut Value<'static>) -> Value<'static> {
    std::mem::replace(value, Value::Null)
}

#[cfg(test)]
mod tests {
    #![allow(unsafe_code, reason = "models register in a section of their own")]
    #![allow(dead_code, reason = "rows are described, never read")]

    use std::collections::HashSet;

    use orm::prelude::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::Model;
    use crate::plan::Draft;
    use crate::registry::meta;

    orm::app!("drafts");

    /// Which of these columns the model knows to be NULL when left out.
    const NULLS: [usize; 2] = [2, 3];

    #[derive(Model)]
    struct Line {
        id: i64,
        text: String,
        note: Option<String>,
        other: Option<i64>,
        #[orm(db_default = random_uuid)]
        mark: uuid::Uuid,
        #[orm(db_default(sqlite = "7", postgres = "7"))]
        maybe: Option<i64>,
    }

    #[derive(Model)]
    struct Below {
        id: i64,
        #[orm(on_delete = Restrict)]
        above: Option<ForeignKey<Below>>,
        #[orm(db_default = random_uuid)]
        mark: uuid::Uuid,
    }

    #[derive(Model)]
    #[orm(unmanaged)]
    struct Foreign {
        id: i64,
        text: String,
        note: Option<String>,
    }

    /// Rows that assign the columns whose bits are set, each with a number of its own.
    fn rows<M: Model>(given: &[usize]) -> DraftRows {
        let drafts = given.iter().enumerate().map(|(at, bits)| {
            let mut draft = Draft::<M>::new();
            for column in (0..6).filter(|column| bits >> column & 1 == 1) {
                draft.set(column, Value::Int((at * 10 + column) as i64));
            }
            draft.into_row()
        });
        DraftRows::of(drafts)
    }

    /// Every row as the columns it assigns, in input order.
    fn by_place(rows: &DraftRows) -> Vec<Vec<(usize, Value<'static>)>> {
        let mut values = rows.values.iter().cloned();
        let mut given = Vec::new();
        for group in &rows.groups {
            assert_eq!(group.width, group.given.len());
            for _ in 0..group.rows {
                let mut row = Vec::new();
                group
                    .given
                    .for_each(|column| row.push((column, values.next().unwrap())));
                given.push(row);
            }
        }
        assert_eq!(values.next(), None);
        if rows.places.is_empty() {
            return given;
        }
        let mut ordered = vec![Vec::new(); given.len()];
        for (row, place) in given.into_iter().zip(&rows.places) {
            assert!(ordered[*place].is_empty());
            ordered[*place] = row;
        }
        ordered
    }

    proptest! {
        #[test]
        fn regrouped_rows_give_the_same_and_nulls(given in vec(0..64_usize, 0..40)) {
            // A row that assigns nothing would look like no row.
            let given: Vec<usize> = given.into_iter().map(|bits| bits | 2).collect();
            let before = by_place(&rows::<Line>(&given));
            let regrouped = rows::<Line>(&given).regrouped(meta(Line::slot()).unwrap());
            prop_assert_eq!(regrouped.len(), given.len());
            let after = by_place(&regrouped);
            let somewhere = given.iter().fold(0, |all, bits| all | bits);
            for (before, after) in before.iter().zip(&after) {
                for (column, value) in after {
                    let same = before.contains(&(*column, value.clone()));
                    let null = NULLS.contains(column) && *value == Value::Null && somewhere >> column & 1 == 1;
                    prop_assert!(same || null, "{column}");
                }
                for given in before {
                    prop_assert!(after.contains(given));
                }
            }
            let groups: Vec<_> = regrouped.groups.iter().map(|group| group.given.clone()).collect();
            prop_assert_eq!(groups.iter().collect::<HashSet<_>>().len(), groups.len(), "each once");
            let kinds: HashSet<usize> = given.iter().map(|bits| bits & !(1 << 2 | 1 << 3)).collect();
            prop_assert_eq!(groups.len(), kinds.len());
        }

        #[test]
        fn a_row_that_may_point_at_another_does_not_overtake_it(given in vec(0..8_usize, 0..40)) {
            let given: Vec<usize> = given.into_iter().map(|bits| bits | 1).collect();
            let regrouped = rows::<Below>(&given).regrouped(meta(Below::slot()).unwrap());
            prop_assert!(regrouped.places.is_empty());
            let changes = given.windows(2).filter(|pair| pair[0] >> 2 != pair[1] >> 2).count();
            prop_assert_eq!(regrouped.groups.len(), if given.is_empty() { 0 } else { changes + 1 });
        }
    }

    #[test]
    fn what_a_table_of_others_fills_in_is_theirs() {
        let regrouped = rows::<Foreign>(&[2, 6, 2]).regrouped(meta(Foreign::slot()).unwrap());
        assert_eq!(
            regrouped
                .groups
                .iter()
                .map(|group| group.width)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(regrouped.places, [0, 2, 1]);
    }
}
