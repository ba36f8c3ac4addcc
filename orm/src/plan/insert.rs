//! The job that inserts rows.

use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Model, ModelMeta};
use crate::registry::meta;
use crate::sql::{Dialect, NewRows, Statement, insert, takes_lists};
use crate::value::{Row, Value};

use super::decode::AsStruct;
use super::draft_rows::{DraftRows, InsertGroup, taken};
use super::{Access, Decode, ErrorContext, Job};

/// The result of an insert.
pub struct Inserted<R> {
    pub(crate) rows: Vec<R>,
    pub(crate) count: u64,
}

/// Inserts rows, as many per statement as the dialect's parameters allow.
pub struct Insert<D: Decode> {
    decode: D,
    meta: &'static ModelMeta,
    rows: DraftRows,
    returning: bool,
    /// Whether returned rows contain values that were never validated, such as those of the author's SQL defaults.
    unsure: bool,
    /// The error of the first row that was inserted and cannot be read back.
    unread: Option<Box<Error>>,
    /// The next group to send, and how many of its rows were sent.
    group: usize,
    sent: usize,
    /// The range of the latest statement's values.
    values: Range<usize>,
    /// The same values column by column, where the dialect inserts from lists.
    lists: Vec<Value<'static>>,
    inserted: Inserted<D::Row>,
}

/// Up to this many rows are bound one by one even where lists are supported: building and unnesting lists costs the
/// database more than these parameters, up to some twenty rows. Each number of rows is a statement of its own.
const FEW_ROWS: usize = 16;

/// The most rows of one statement with lists, to bound the size of a message.
const MOST_LISTED: usize = 50_000;

impl<M: Model> Insert<AsStruct<M>> {
    pub(super) fn new(rows: DraftRows, returning: bool) -> Result<Self> {
        Ok(Insert::of(AsStruct::NEW, meta(M::slot())?, rows, returning))
    }
}

impl<D: Decode> Insert<D> {
    /// A job that inserts rows of a model and, if they are returned, decodes them.
    pub(crate) fn of(decode: D, meta: &'static ModelMeta, rows: DraftRows, returning: bool) -> Self {
        let rows = rows.regrouped(meta);
        let returned = if returning { rows.len() } else { 0 };
        let gives_anything =
            |group: &InsertGroup| meta.unsure.iter().any(|&column| !group.given.contains(column));
        Insert {
            decode,
            meta,
            unsure: returning && rows.groups.iter().any(gives_anything),
            unread: None,
            rows,
            returning,
            group: 0,
            sent: 0,
            values: 0..0,
            lists: Vec::new(),
            inserted: Inserted {
                rows: Vec::with_capacity(returned),
                count: 0,
            },
        }
    }

    /// Whether every statement has been returned.
    #[inline]
    fn all_given(&self) -> bool {
        self.group >= self.rows.groups.len()
    }

    /// Remembers a row that was inserted and cannot be read back. What was sent does read back, so something in the
    /// database, such as a trigger, changed it. This is reported at the end, without undoing the insert: otherwise
    /// Postgres would have to wait for the rows before every commit.
    #[cold]
    fn unread(&mut self, error: Error) {
        let what = match &self.rows.groups[..] {
            [group] if group.rows == 1 => "the row was inserted, but cannot be read back",
            _ => "the rows were inserted, but cannot be read back",
        };
        self.unread.get_or_insert_with(|| Box::new(error.context(what)));
    }

    /// How the next rows of a group are inserted, given how many are left.
    #[inline]
    fn part(&self, group: &InsertGroup, left: usize, dialect: &'static Dialect) -> (NewRows, usize) {
        part(self.meta, group, left, 0, dialect)
    }
}

/// How the next rows of a group are inserted, given how many are left, and how many more values the statement binds.
#[inline]
pub(super) fn part(
    meta: &'static ModelMeta,
    group: &InsertGroup,
    left: usize,
    more: usize,
    dialect: &'static Dialect,
) -> (NewRows, usize) {
    if left > FEW_ROWS && takes_lists(meta, &group.given, dialect) {
        return (NewRows::Lists, left.min(MOST_LISTED));
    }
    let more = more + meta.scope_values();
    let most = match group.width {
        // SQLite inserts only one row at a time if all columns are defaults.
        0 => 1,
        width => (dialect.max_parameters.saturating_sub(more) / width).clamp(1, dialect.rows_per_insert),
    };
    let rows = left.min(most);
    (NewRows::Each(rows), rows)
}

impl<D: Decode> Job for Insert<D> {
    type Output = Inserted<D::Row>;
    type Owned = Self;

    fn access(&self) -> Access {
        match &self.rows.groups[..] {
            [] => Access::Write,
            [group] if group.rows == 1 && !self.unsure => Access::Write,
            _ => Access::Atomic,
        }
    }

    fn is_one_statement(&self, dialect: &'static Dialect) -> bool {
        match &self.rows.groups[..] {
            [] => true,
            // Whether a row can be read back is only known after all were inserted.
            [group] => !self.unsure && self.part(group, group.rows, dialect).1 == group.rows,
            _ => false,
        }
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "creating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let Some(group) = self.rows.groups.get(self.group) else {
            return Ok(None);
        };
        let (part, rows) = self.part(group, group.rows - self.sent, dialect);
        self.values = self.values.end..self.values.end + rows * group.width;
        self.lists = match part {
            NewRows::Lists => by_column(&mut self.rows.values[self.values.clone()], group.width),
            NewRows::Each(_) => Vec::new(),
        };
        self.sent += rows;
        if self.sent >= group.rows {
            self.group += 1;
            self.sent = 0;
        }
        insert(self.meta, &group.given, part, self.returning, dialect).map(Some)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn can_pipeline(&self) -> bool {
        !self.all_given()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        if self.lists.is_empty() {
            let values = self.rows.values.get_mut(self.values.clone());
            values.unwrap_or(&mut []).iter_mut().map(taken).collect()
        } else {
            std::mem::take(&mut self.lists)
        }
    }

    fn is_final(&self) -> bool {
        // A row that cannot be read back undoes the insert.
        self.all_given() && !self.unsure
    }

    fn values(&self) -> &[Value<'_>] {
        if self.lists.is_empty() {
            self.rows.values.get(self.values.clone()).unwrap_or(&[])
        } else {
            &self.lists
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        match self.decode.decode(row) {
            Ok(row) => self.inserted.rows.push(row),
            Err(error) if self.unsure => return Err(error),
            Err(error) => self.unread(error),
        }
        self.inserted.count += 1;
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.inserted.count += rows;
        Ok(())
    }

    fn finish(mut self) -> Result<Inserted<D::Row>> {
        if let Some(error) = self.unread {
            return Err(*error);
        }
        put_in_place(&mut self.inserted.rows, self.rows.places);
        Ok(self.inserted)
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Restores the input order. If a trigger suppressed rows, the order is unknown and left as it is.
pub(super) fn put_in_place<M>(rows: &mut [M], mut places: Vec<usize>) {
    if rows.len() != places.len() {
        return;
    }
    for at in 0..places.len() {
        while places[at] != at {
            let place = places[at];
            rows.swap(at, place);
            places.swap(at, place);
        }
    }
}

/// Transposes rows of that many values into one list per column.
pub(super) fn by_column(values: &mut [Value<'static>], width: usize) -> Vec<Value<'static>> {
    let rows = values.len() / width;
    let mut lists: Vec<Vec<Value<'static>>> = (0..width).map(|_| Vec::with_capacity(rows)).collect();
    for row in values.chunks_mut(width) {
        for (list, value) in lists.iter_mut().zip(row) {
            list.push(taken(value));
        }
    }
    lists.into_iter().map(Value::List).collect()
}

#[cfg(test)]
mod tests {
    #![allow(unsafe_code, reason = "models register in a section of their own")]
    #![allow(dead_code, reason = "rows are described, never read")]

    use std::collections::HashSet;

    use orm::prelude::*;

    use super::*;
    use crate::plan::Draft;

    orm::app!("inserts");

    #[derive(Model)]
    struct Line {
        id: i64,
        text: String,
        note: Option<String>,
        #[orm(db_default = random_uuid)]
        mark: uuid::Uuid,
    }

    /// A row that assigns the columns at these positions.
    fn draft(columns: &[usize]) -> Draft<Line> {
        let mut draft = Draft::new();
        for column in columns {
            draft.set(*column, Value::Null);
        }
        draft
    }

    /// The statements that insert these rows, by id, and how many values each takes.
    fn statements(
        rows: impl Iterator<Item = Draft<Line>>,
        returning: bool,
        dialect: &'static Dialect,
    ) -> (bool, Vec<(u32, usize)>) {
        let mut insert =
            Insert::<AsStruct<Line>>::new(DraftRows::of(rows.map(Draft::into_row)), returning).unwrap();
        let one = insert.is_one_statement(dialect);
        let mut statements = Vec::new();
        while let Some(statement) = insert.next(dialect).unwrap() {
            assert_eq!(statement.placeholders.len(), insert.values().len());
            statements.push((statement.id, insert.values().len()));
        }
        (one, statements)
    }

    #[test]
    fn bulks_of_all_sizes_share_a_bounded_number_of_statements() {
        let mut ids = HashSet::new();
        for size in 0..=1_000 {
            let rows = std::iter::repeat_with(|| draft(&[1, 2])).take(size);
            let (one, statements) = statements(rows, false, Dialect::SQLITE);
            assert_eq!(one, size <= 100);
            assert_eq!(statements.len(), size.div_ceil(100));
            assert_eq!(
                statements.iter().map(|(_, values)| values).sum::<usize>(),
                2 * size
            );
            ids.extend(statements.iter().map(|(id, _)| *id));
        }
        assert_eq!(
            ids.len(),
            100,
            "one for each size up to the most that a statement takes"
        );
    }

    #[test]
    fn lists_are_one_statement_whatever_their_length() {
        let mut ids = HashSet::new();
        for size in (1..=FEW_ROWS).chain([FEW_ROWS + 1, 100, 101, 1_001, 5_000]) {
            let rows = std::iter::repeat_with(|| draft(&[1, 2])).take(size);
            let (one, statements) = statements(rows, false, Dialect::POSTGRES);
            assert!(one);
            ids.extend(statements);
        }
        assert_eq!(ids.len(), FEW_ROWS + 1, "so few need no list: {ids:?}");
    }

    #[test]
    fn only_what_takes_several_statements_takes_a_transaction() {
        for (rows, count) in [
            (vec![draft(&[1])], 1),
            (vec![draft(&[]), draft(&[])], 2),
            (vec![draft(&[1]), draft(&[3])], 2),
            (vec![draft(&[1]), draft(&[1, 3]), draft(&[1])], 2),
            (vec![draft(&[1]), draft(&[1, 2]), draft(&[1])], 1),
            (vec![draft(&[1, 2]), draft(&[2, 1])], 1),
        ] {
            let (one, statements) = statements(rows.into_iter(), false, Dialect::SQLITE);
            assert_eq!((one, statements.len()), (count == 1, count));
        }
        let rows = [draft(&[1]), draft(&[1])];
        let (one, statements) = statements(rows.into_iter(), true, Dialect::SQLITE);
        assert!(one && statements.len() == 1, "what was sent reads back");
    }
}
