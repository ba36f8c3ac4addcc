//! What is said of related rows as the closures of a program say it.

use orm::prelude::*;
use orm::queries::{Operand, ToMany};

use super::condition::Compare;
use super::library::*;
use super::said::{Column, How, Key, Number, Of, Outwards, Relation, Rows, Said, Side, Summary};

/// The fields that a closure is given.
#[derive(Clone, Copy)]
pub enum Given {
    Shelf(orm::queries::Fields<Shelf>),
    Book(orm::queries::Fields<Book>),
    Tag(orm::queries::Fields<Tag>),
}

impl From<orm::queries::Fields<Shelf>> for Given {
    fn from(fields: orm::queries::Fields<Shelf>) -> Self {
        Given::Shelf(fields)
    }
}

impl From<orm::queries::Fields<Book>> for Given {
    fn from(fields: orm::queries::Fields<Book>) -> Self {
        Given::Book(fields)
    }
}

impl From<orm::queries::Fields<Tag>> for Given {
    fn from(fields: orm::queries::Fields<Tag>) -> Self {
        Given::Tag(fields)
    }
}

fn at(around: &[Given], outwards: Outwards) -> Given {
    around[around.len() - 1 - outwards]
}

fn column(given: Given, column: Column) -> Expr<Option<i64>> {
    match (given, column) {
        (Given::Shelf(s), Column::Id) => s.id.optional(),
        (Given::Shelf(s), Column::Size) => s.size.optional(),
        (Given::Shelf(s), Column::Load) => s.load.optional(),
        (Given::Shelf(s), Column::AboveSize) => s.above().size.optional(),
        (Given::Shelf(s), Column::AboveAboveLoad) => s.above().above().load.optional(),
        (Given::Book(b), Column::Id) => b.id.optional(),
        (Given::Book(b), Column::Pages) => b.pages.optional(),
        (Given::Book(b), Column::Price) => b.price.optional(),
        (Given::Book(b), Column::ShelfSize) => b.shelf().size.optional(),
        (Given::Book(b), Column::ShelfAboveLoad) => b.shelf().above().load.optional(),
        (Given::Book(b), Column::OtherLoad) => b.other().load.optional(),
        (Given::Book(b), Column::OtherAboveSize) => b.other().above().size.optional(),
        (Given::Tag(t), Column::Id) => t.id.optional(),
        (Given::Tag(t), Column::Weight) => t.weight.optional(),
        (Given::Tag(t), Column::Rank) => t.rank.optional(),
        _ => panic!("{column:?} of another model"),
    }
}

fn number(number: &Number, around: &[Given]) -> Expr<Option<i64>> {
    column(at(around, number.of), number.column)
}

fn compared(compare: Compare, one: Expr<Option<i64>>, other: impl Operand<i64>) -> Expr<bool> {
    match compare {
        Compare::Eq => one.eq(other),
        Compare::Ne => one.ne(other),
        Compare::Lt => one.lt(other),
        Compare::Le => one.le(other),
        Compare::Gt => one.gt(other),
        Compare::Ge => one.ge(other),
    }
}

/// The closure for the rows further inside.
fn within<F: Into<Given>>(said: &Said, around: &[Given]) -> impl FnOnce(F) -> Expr<bool> {
    move |fields: F| condition(said, &[around, &[fields.into()]].concat())
}

/// The query over the rows of a kind for which something is true.
macro_rules! query {
    ($rows:expr, $said:expr, $around:expr, |$query:ident| $make:expr) => {
        match $rows {
            Rows::Shelves => {
                let $query = Shelf::objects().filter(|f| within($said, $around)(f));
                $make
            }
            Rows::Books => {
                let $query = Book::objects().filter(|f| within($said, $around)(f));
                $make
            }
            Rows::Tags => {
                let $query = Tag::objects().filter(|f| within($said, $around)(f));
                $make
            }
        }
    };
}

macro_rules! related {
    ($from:expr, $relation:expr, |$rows:ident| $make:expr) => {
        match ($from, $relation) {
            (Given::Shelf(s), Relation::Books) => {
                let $rows: ToMany<Book> = s.books();
                $make
            }
            (Given::Shelf(s), Relation::Others) => {
                let $rows: ToMany<Book> = s.others();
                $make
            }
            (Given::Shelf(s), Relation::Below) => {
                let $rows: ToMany<Shelf> = s.below();
                $make
            }
            (Given::Book(b), Relation::Tags) => {
                let $rows: ToMany<Tag> = b.tags();
                $make
            }
            (Given::Shelf(s), Relation::BooksAbove) => {
                let $rows: ToMany<Book> = s.above().books();
                $make
            }
            (Given::Book(b), Relation::BooksBeside) => {
                let $rows: ToMany<Book> = b.shelf().books();
                $make
            }
            (Given::Book(b), Relation::BooksOfOther) => {
                let $rows: ToMany<Book> = b.other().books();
                $make
            }
            (Given::Tag(t), Relation::BooksOfTag) => {
                let $rows: ToMany<Book> = t.books();
                $make
            }
            (_, relation) => panic!("{relation:?} of another model"),
        }
    };
}

/// What the rows of a relation or of a query come to.
macro_rules! summary {
    ($rows:expr, $summary:expr, $around:expr, |$by:ident| $ordered:expr) => {{
        let $by = $rows;
        let given = |n: &Number, fields: Given| number(n, &[$around, &[fields]].concat());
        match $summary {
            Summary::Count => $by.count().optional(),
            Summary::Sum(n) => $by.sum(|f| given(n, f.into())),
            Summary::Min(n) => $by.min(|f| given(n, f.into())),
            Summary::Max(n) => $by.max(|f| given(n, f.into())),
            Summary::Different(n) => $by.aggregate(|f| given(n, f.into()).count_distinct()).optional(),
            Summary::CountWhere(one, compare, other) => $by
                .aggregate(|f| {
                    let f = Given::from(f);
                    count().filter(compared(*compare, given(one, f), given(other, f)))
                })
                .optional(),
            Summary::SumWhere(n, one, compare, other) => $by.aggregate(|f| {
                let f = Given::from(f);
                given(n, f)
                    .sum()
                    .filter(compared(*compare, given(one, f), given(other, f)))
            }),
            Summary::First(n) => $ordered.first(|f| given(n, f.into())),
            Summary::Related(relation) => {
                $by.sum(|f| related!(Given::from(f), relation, |rows| rows.count()))
            }
        }
    }};
}

pub fn condition(said: &Said, around: &[Given]) -> Expr<bool> {
    match said {
        Said::And(one, other) => condition(one, around) & condition(other, around),
        Said::Or(one, other) => condition(one, around) | condition(other, around),
        Said::Not(one) => !condition(one, around),
        Said::Compare(compare, one, other) => {
            let one = number(one, around);
            match other {
                Side::Number(other) => compared(*compare, one, number(other, around)),
                Side::Value(value) => compared(*compare, one, *value),
                Side::Null => compared(*compare, one, None),
            }
        }
        Said::IsNull(one) => number(one, around).is_null(),
        Said::In(one, list) => number(one, around).in_(list.iter().copied()),
        Said::On(book, shelf, key) => match (at(around, *book), at(around, *shelf), key) {
            (Given::Book(book), Given::Shelf(shelf), Key::Shelf) => book.shelf.eq(shelf.id),
            (Given::Book(book), Given::Shelf(shelf), Key::Other) => shelf.id.eq(book.other),
            _ => panic!("a book and a shelf"),
        },
        Said::Along(of, relation, how, said) => related!(at(around, *of), relation, |rows| match how {
            How::Any => rows.any(|f| within(said, around)(f)),
            How::Every => rows.every(|f| within(said, around)(f)),
            How::Exists => rows.exists(),
        }),
        Said::Narrowed(of, relation, before, said) => related!(at(around, *of), relation, |rows| {
            let narrowed = rows.filter(|f| within(before, around)(f));
            narrowed.any(|f| within(said, around)(f))
        }),
        Said::Exists(rows, said) => query!(rows, said, around, |query| orm::exists(query)),
        Said::InQuery(one, rows, said, given) => {
            let tested = number(one, around);
            query!(rows, said, around, |query| {
                tested.in_(query.values(|f| number(given, &[around, &[f.into()]].concat())))
            })
        }
        Said::OfRelated(compare, one, of, relation, said, what) => {
            let one = number(one, around);
            let value = related!(at(around, *of), relation, |rows| {
                let rows = rows.filter(|f| within(said, around)(f));
                summary!(rows, what, around, |rows| rows
                    .order_by(|f| column(f.into(), Column::Id)))
            });
            compared(*compare, one, value)
        }
        Said::OfQuery(compare, one, rows, said, few, what) => {
            let one = number(one, around);
            let value = query!(rows, said, around, |query| {
                let query = query.order_by(|f| column(f.into(), Column::Id));
                let query = match few {
                    Some(few) => query.limit(*few),
                    None => query,
                };
                summary!(orm::subquery(query), what, around, |rows| rows)
            });
            compared(*compare, one, value)
        }
        Said::Value(compare, one, rows, said, of) => {
            let one = number(one, around);
            let value = query!(rows, said, around, |query| match of {
                Of::Count => orm::subquery(query.values(|_| count())),
                Of::Sum(of) => orm::subquery(query.values(|f| column(f.into(), *of).sum())),
                Of::Min(of) => orm::subquery(query.values(|f| column(f.into(), *of).min())),
                Of::Max(of) => orm::subquery(query.values(|f| column(f.into(), *of).max())),
                Of::First(given, after) => {
                    let query = query
                        .order_by(|f| column(f.into(), Column::Id))
                        .offset(*after)
                        .limit(1);
                    orm::subquery(query.values(|f| number(given, &[around, &[f.into()]].concat())))
                }
                Of::Ordered(given) => {
                    let query = match rows {
                        Rows::Tags => query,
                        _ => query.order_by(|f| column(f.into(), Column::Id)),
                    };
                    orm::subquery(
                        query
                            .limit(1)
                            .values(|f| number(given, &[around, &[f.into()]].concat())),
                    )
                }
            });
            compared(*compare, one, value)
        }
    }
}
