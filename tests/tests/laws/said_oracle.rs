//! What is said of related rows, worked out over rows in memory: this knows nothing of expressions, of SQL or of a database.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::condition::Compare;
use super::library::{Book, Library, Shelf, Tag};
use super::said::{Column, How, Key, Number, Of, Outwards, Relation, Rows, Said, Side, Summary};

#[derive(Clone, Copy)]
pub enum Row<'a> {
    Shelf(&'a Shelf),
    Book(&'a Book),
    Tag(&'a Tag),
}

impl Library {
    pub fn rows(&self, of: Rows) -> Vec<Row<'_>> {
        match of {
            Rows::Shelves => self.shelves.iter().map(Row::Shelf).collect(),
            Rows::Books => self.books.iter().map(Row::Book).collect(),
            Rows::Tags => self.tags.iter().map(Row::Tag).collect(),
        }
    }

    fn shelf(&self, id: i64) -> Option<&Shelf> {
        self.shelves.iter().find(|shelf| shelf.id == id)
    }

    fn above(&self, shelf: Option<&Shelf>) -> Option<&Shelf> {
        self.shelf(shelf?.above.as_ref()?.id())
    }

    fn related(&self, row: Row<'_>, relation: Relation) -> Vec<Row<'_>> {
        let books = |test: &dyn Fn(&Book) -> bool| -> Vec<Row<'_>> {
            self.books
                .iter()
                .filter(|book| test(book))
                .map(Row::Book)
                .collect()
        };
        match (row, relation) {
            (Row::Shelf(shelf), Relation::Books) => books(&|book| book.shelf.id() == shelf.id),
            (Row::Shelf(shelf), Relation::Others) => {
                books(&|book| book.other.as_ref().is_some_and(|other| other.id() == shelf.id))
            }
            (Row::Shelf(shelf), Relation::Below) => {
                let below = |one: &&Shelf| one.above.as_ref().is_some_and(|above| above.id() == shelf.id);
                self.shelves.iter().filter(below).map(Row::Shelf).collect()
            }
            (Row::Book(book), Relation::Tags) => {
                let has = |tag: &&Tag| self.links.contains(&(book.id, tag.id));
                self.tags.iter().filter(has).map(Row::Tag).collect()
            }
            (Row::Shelf(shelf), Relation::BooksAbove) => {
                let above = self.above(Some(shelf)).map(|above| above.id);
                books(&|book| Some(book.shelf.id()) == above)
            }
            (Row::Book(one), Relation::BooksBeside) => books(&|book| book.shelf.id() == one.shelf.id()),
            (Row::Book(one), Relation::BooksOfOther) => {
                let other = one.other.as_ref().map(|other| other.id());
                books(&|book| Some(book.shelf.id()) == other)
            }
            (Row::Tag(tag), Relation::BooksOfTag) => books(&|book| self.links.contains(&(book.id, tag.id))),
            _ => panic!("{relation:?} of another model"),
        }
    }

    fn column(&self, row: Row<'_>, column: Column) -> Option<i64> {
        match (row, column) {
            (Row::Shelf(shelf), Column::Id) => Some(shelf.id),
            (Row::Shelf(shelf), Column::Size) => shelf.size,
            (Row::Shelf(shelf), Column::Load) => Some(shelf.load),
            (Row::Shelf(shelf), Column::AboveSize) => self.above(Some(shelf))?.size,
            (Row::Shelf(shelf), Column::AboveAboveLoad) => Some(self.above(self.above(Some(shelf)))?.load),
            (Row::Book(book), Column::Id) => Some(book.id),
            (Row::Book(book), Column::Pages) => book.pages,
            (Row::Book(book), Column::Price) => Some(book.price),
            (Row::Book(book), Column::ShelfSize) => self.shelf(book.shelf.id())?.size,
            (Row::Book(book), Column::ShelfAboveLoad) => Some(self.above(self.shelf(book.shelf.id()))?.load),
            (Row::Book(book), Column::OtherLoad) => Some(self.shelf(book.other.as_ref()?.id())?.load),
            (Row::Book(book), Column::OtherAboveSize) => {
                self.above(self.shelf(book.other.as_ref()?.id()))?.size
            }
            (Row::Tag(tag), Column::Id) => Some(tag.id),
            (Row::Tag(tag), Column::Weight) => tag.weight,
            (Row::Tag(tag), Column::Rank) => Some(tag.rank),
            _ => panic!("{column:?} of another model"),
        }
    }

    fn number(&self, number: &Number, around: &[Row<'_>]) -> Option<i64> {
        self.column(at(around, number.of), number.column)
    }

    /// The rows for which something is true, where those around are known.
    fn those<'a>(&'a self, rows: Vec<Row<'a>>, said: &Said, around: &[Row<'a>]) -> Vec<Row<'a>> {
        let is_true = |row: &Row<'a>| self.holds(said, &[around, &[*row]].concat()) == Some(true);
        rows.into_iter().filter(is_true).collect()
    }

    pub fn holds<'a>(&'a self, said: &Said, around: &[Row<'a>]) -> Option<bool> {
        match said {
            Said::And(one, other) => match (self.holds(one, around), self.holds(other, around)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Said::Or(one, other) => match (self.holds(one, around), self.holds(other, around)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Said::Not(one) => Some(self.holds(one, around) != Some(true)),
            Said::Compare(compare, one, other) => {
                let one = self.number(one, around);
                match other {
                    Side::Null if *compare == Compare::Eq => Some(one.is_none()),
                    Side::Null => compared(*compare, one, None),
                    Side::Value(value) => compared(*compare, one, Some(*value)),
                    Side::Number(other) => compared(*compare, one, self.number(other, around)),
                }
            }
            Said::IsNull(one) => Some(self.number(one, around).is_none()),
            Said::In(one, list) => is_among(
                self.number(one, around),
                &list.iter().copied().map(Some).collect::<Vec<_>>(),
            ),
            Said::On(book, shelf, key) => match (at(around, *book), at(around, *shelf), key) {
                (Row::Book(book), Row::Shelf(shelf), Key::Shelf) => Some(book.shelf.id() == shelf.id),
                (Row::Book(book), Row::Shelf(shelf), Key::Other) => {
                    Some(book.other.as_ref()?.id() == shelf.id)
                }
                _ => panic!("a book and a shelf"),
            },
            Said::Along(of, relation, how, said) => {
                let rows = self.related(at(around, *of), *relation);
                let all = rows.len();
                Some(match how {
                    How::Any => !self.those(rows, said, around).is_empty(),
                    How::Every => self.those(rows, said, around).len() == all,
                    How::Exists => all > 0,
                })
            }
            Said::Narrowed(of, relation, before, said) => {
                let rows = self.related(at(around, *of), *relation);
                let rows = self.those(rows, before, around);
                Some(!self.those(rows, said, around).is_empty())
            }
            Said::Exists(rows, said) => Some(!self.those(self.rows(*rows), said, around).is_empty()),
            Said::InQuery(one, rows, said, given) => {
                let rows = self.those(self.rows(*rows), said, around);
                let given = |row: &Row<'a>| self.number(given, &[around, &[*row]].concat());
                is_among(
                    self.number(one, around),
                    &rows.iter().map(given).collect::<Vec<_>>(),
                )
            }
            Said::Value(compare, one, rows, said, of) => {
                let rows = self.those(self.rows(*rows), said, around);
                compared(*compare, self.number(one, around), self.value(of, rows, around))
            }
            Said::OfRelated(compare, one, of, relation, said, summary) => {
                let rows = self.related(at(around, *of), *relation);
                let rows = self.those(rows, said, around);
                compared(
                    *compare,
                    self.number(one, around),
                    self.summary(summary, rows, around),
                )
            }
            Said::OfQuery(compare, one, rows, said, few, summary) => {
                let mut rows = self.those(self.rows(*rows), said, around);
                rows.sort_by_key(|row| self.column(*row, Column::Id));
                if let Some(few) = few {
                    rows.truncate(usize::try_from(*few).expect("few rows"));
                }
                compared(
                    *compare,
                    self.number(one, around),
                    self.summary(summary, rows, around),
                )
            }
        }
    }

    fn summary<'a>(&'a self, summary: &Summary, mut rows: Vec<Row<'a>>, around: &[Row<'a>]) -> Option<i64> {
        let numbers = |given: &Number| -> Vec<i64> {
            let number = |row: &Row<'a>| self.number(given, &[around, &[*row]].concat());
            rows.iter().filter_map(number).collect()
        };
        let where_ = |row: Row<'a>, one: &Number, compare: Compare, other: &Number| {
            let around = [around, &[row]].concat();
            compared(compare, self.number(one, &around), self.number(other, &around)) == Some(true)
        };
        let many = |rows: usize| Some(i64::try_from(rows).expect("few rows"));
        let sum = |all: Vec<i64>| {
            Some(all)
                .filter(|all| !all.is_empty())
                .map(|all| all.iter().sum())
        };
        match summary {
            Summary::Count => many(rows.len()),
            Summary::Sum(given) => sum(numbers(given)),
            Summary::CountWhere(one, compare_by, other) => many(
                rows.iter()
                    .filter(|row| where_(**row, one, *compare_by, other))
                    .count(),
            ),
            Summary::SumWhere(given, one, compare_by, other) => {
                let those = rows.iter().filter(|row| where_(**row, one, *compare_by, other));
                let number = |row: &Row<'a>| self.number(given, &[around, &[*row]].concat());
                sum(those.filter_map(number).collect())
            }
            Summary::Min(given) => numbers(given).into_iter().min(),
            Summary::Max(given) => numbers(given).into_iter().max(),
            Summary::Different(given) => many(numbers(given).into_iter().collect::<BTreeSet<_>>().len()),
            Summary::First(given) => {
                rows.sort_by_key(|row| self.column(*row, Column::Id));
                self.number(given, &[around, &[*rows.first()?]].concat())
            }
            Summary::Related(relation) => {
                let each = rows
                    .iter()
                    .filter_map(|row| many(self.related(*row, *relation).len()));
                sum(each.collect())
            }
        }
    }

    fn value<'a>(&'a self, of: &Of, mut rows: Vec<Row<'a>>, around: &[Row<'a>]) -> Option<i64> {
        let numbers = |column: &Column| -> Vec<i64> {
            rows.iter().filter_map(|row| self.column(*row, *column)).collect()
        };
        match of {
            Of::Count => Some(i64::try_from(rows.len()).expect("few rows")),
            Of::Sum(column) => Some(numbers(column))
                .filter(|all| !all.is_empty())
                .map(|all| all.iter().sum()),
            Of::Min(column) => numbers(column).into_iter().min(),
            Of::Max(column) => numbers(column).into_iter().max(),
            Of::First(given, after) => {
                rows.sort_by_key(|row| self.column(*row, Column::Id));
                let row = rows.get(usize::try_from(*after).expect("few rows"))?;
                self.number(given, &[around, &[*row]].concat())
            }
            Of::Ordered(given) => {
                rows.sort_by_key(|row| {
                    let rank = match row {
                        Row::Tag(tag) => -tag.rank,
                        Row::Shelf(_) | Row::Book(_) => 0,
                    };
                    (rank, self.column(*row, Column::Id))
                });
                self.number(given, &[around, &[*rows.first()?]].concat())
            }
        }
    }
}

fn at<'a>(around: &[Row<'a>], outwards: Outwards) -> Row<'a> {
    around[around.len() - 1 - outwards]
}

fn compared(compare: Compare, one: Option<i64>, other: Option<i64>) -> Option<bool> {
    let order = one.and_then(|one| Some(one.cmp(&other?)));
    match compare {
        Compare::Eq => order.map(Ordering::is_eq),
        Compare::Ne => Some(one != other),
        Compare::Lt => order.map(Ordering::is_lt),
        Compare::Le => order.map(Ordering::is_le),
        Compare::Gt => order.map(Ordering::is_gt),
        Compare::Ge => order.map(Ordering::is_ge),
    }
}

/// Among nothing is nothing; NULL may be anything.
fn is_among(one: Option<i64>, all: &[Option<i64>]) -> Option<bool> {
    match one {
        _ if all.is_empty() => Some(false),
        Some(one) if all.contains(&Some(one)) => Some(true),
        Some(_) if !all.contains(&None) => Some(false),
        _ => None,
    }
}
