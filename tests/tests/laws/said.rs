//! What is said of related rows, as data: of those along a relation, and of those of a query within, which name the rows
//! around them.

use super::condition::Compare;
use super::dice::Dice;

/// A condition on the rows around it, the innermost last.
#[derive(Debug, Clone)]
pub enum Said {
    And(Box<Said>, Box<Said>),
    Or(Box<Said>, Box<Said>),
    Not(Box<Said>),
    Compare(Compare, Number, Side),
    IsNull(Number),
    In(Number, Vec<i64>),
    /// A book around it is on a shelf around it, or on no shelf if it has no other.
    On(Outwards, Outwards, Key),
    Along(Outwards, Relation, How, Box<Said>),
    /// Related rows that are narrowed before.
    Narrowed(Outwards, Relation, Box<Said>, Box<Said>),
    Exists(Rows, Box<Said>),
    InQuery(Number, Rows, Box<Said>, Number),
    Value(Compare, Number, Rows, Box<Said>, Of),
    /// Of related rows that are narrowed before.
    OfRelated(Compare, Number, Outwards, Relation, Box<Said>, Summary),
    /// Of the rows of a query, or of so many of them with the least ids.
    OfQuery(Compare, Number, Rows, Box<Said>, Option<u64>, Summary),
}

/// How many rows stand further inside.
pub type Outwards = usize;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rows {
    Shelves,
    Books,
    Tags,
}

#[derive(Debug, Clone, Copy)]
pub enum Relation {
    Books,
    Others,
    Below,
    Tags,
    BooksOfTag,
    /// Through relations to one, which may lead nowhere.
    BooksAbove,
    BooksBeside,
    BooksOfOther,
}

/// What rows come to. A number may be of a row around them.
#[derive(Debug, Clone)]
pub enum Summary {
    Count,
    Sum(Number),
    Min(Number),
    Max(Number),
    Different(Number),
    /// Of the rows for which a comparison holds.
    CountWhere(Number, Compare, Number),
    /// The sum of the first number for them.
    SumWhere(Number, Number, Compare, Number),
    /// Of the row with the least id.
    First(Number),
    /// How many related rows all of them have.
    Related(Relation),
}

#[derive(Debug, Clone, Copy)]
pub enum How {
    Any,
    Every,
    Exists,
}

#[derive(Debug, Clone, Copy)]
pub enum Key {
    Shelf,
    Other,
}

/// A number of a row around it.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    pub of: Outwards,
    pub column: Column,
}

/// Also along relations to one, which may lead nowhere.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    Id,
    Size,
    Load,
    AboveSize,
    AboveAboveLoad,
    Pages,
    Price,
    ShelfSize,
    ShelfAboveLoad,
    OtherLoad,
    OtherAboveSize,
    Weight,
    Rank,
}

#[derive(Debug, Clone)]
pub enum Side {
    Number(Number),
    Value(i64),
    Null,
}

/// The value of a query.
#[derive(Debug, Clone)]
pub enum Of {
    Count,
    Sum(Column),
    Min(Column),
    Max(Column),
    /// Of the row with the least id, after so many.
    First(Number, u64),
    /// Of the first row as the model orders them, by its id where it does not.
    Ordered(Number),
}

const SHELF: [Column; 5] = [
    Column::Id,
    Column::Size,
    Column::Load,
    Column::AboveSize,
    Column::AboveAboveLoad,
];
const BOOK: [Column; 7] = [
    Column::Id,
    Column::Pages,
    Column::Price,
    Column::ShelfSize,
    Column::ShelfAboveLoad,
    Column::OtherLoad,
    Column::OtherAboveSize,
];
const TAG: [Column; 3] = [Column::Id, Column::Weight, Column::Rank];

impl Rows {
    pub const ALL: [Rows; 3] = [Rows::Shelves, Rows::Books, Rows::Tags];

    fn column(self, dice: &mut Dice) -> Column {
        match self {
            Rows::Shelves => dice.pick(&SHELF),
            Rows::Books => dice.pick(&BOOK),
            Rows::Tags => dice.pick(&TAG),
        }
    }

    fn relation(self, dice: &mut Dice) -> Relation {
        match self {
            Rows::Shelves => dice.pick(&[
                Relation::Books,
                Relation::Others,
                Relation::Below,
                Relation::BooksAbove,
            ]),
            Rows::Books => dice.pick(&[
                Relation::Tags,
                Relation::Tags,
                Relation::BooksBeside,
                Relation::BooksOfOther,
            ]),
            Rows::Tags => Relation::BooksOfTag,
        }
    }
}

impl Relation {
    pub fn to(self) -> Rows {
        match self {
            Relation::Books
            | Relation::Others
            | Relation::BooksOfTag
            | Relation::BooksAbove
            | Relation::BooksBeside
            | Relation::BooksOfOther => Rows::Books,
            Relation::Below => Rows::Shelves,
            Relation::Tags => Rows::Tags,
        }
    }
}

/// The rows around, and how much deeper it goes.
struct Around<'a> {
    rows: &'a [Rows],
    /// More rows within.
    more: usize,
    /// More conditions joined.
    joined: usize,
}

impl Said {
    /// What is said of a row of a kind, over so many kinds of rows within each other.
    pub fn draw(dice: &mut Dice, of: Rows, rows: usize) -> Said {
        draw(
            dice,
            &Around {
                rows: &[of],
                more: rows,
                joined: 2,
            },
        )
    }
}

fn number(dice: &mut Dice, rows: &[Rows]) -> Number {
    // Of the innermost, or of any around it.
    let of = if dice.once_in(2) {
        0
    } else {
        dice.below(rows.len())
    };
    Number {
        of,
        column: rows[rows.len() - 1 - of].column(dice),
    }
}

fn side(dice: &mut Dice, rows: &[Rows]) -> Side {
    match dice.below(8) {
        0 => Side::Null,
        1..=3 => Side::Value(dice.between(-2, 3)),
        _ => Side::Number(number(dice, rows)),
    }
}

fn compare(dice: &mut Dice) -> Compare {
    dice.pick(&[
        Compare::Eq,
        Compare::Ne,
        Compare::Lt,
        Compare::Le,
        Compare::Gt,
        Compare::Ge,
    ])
}

fn draw(dice: &mut Dice, around: &Around<'_>) -> Said {
    let rows = around.rows;
    if around.joined > 0 && dice.once_in(2) {
        let next = Around {
            joined: around.joined - 1,
            ..*around
        };
        let part = |dice: &mut Dice| Box::new(draw(dice, &next));
        return match dice.below(5) {
            0 | 1 => Said::And(part(dice), part(dice)),
            2 | 3 => Said::Or(part(dice), part(dice)),
            _ => Said::Not(part(dice)),
        };
    }
    if around.more == 0 || dice.once_in(4) {
        return match dice.below(7) {
            0 => Said::IsNull(number(dice, rows)),
            1 => Said::In(
                number(dice, rows),
                (0..dice.below(3)).map(|_| dice.between(-2, 3)).collect(),
            ),
            2 => {
                let find = |kind| rows.iter().rev().position(|one| *one == kind);
                match (find(Rows::Books), find(Rows::Shelves)) {
                    (Some(book), Some(shelf)) => Said::On(book, shelf, dice.pick(&[Key::Shelf, Key::Other])),
                    _ => Said::IsNull(number(dice, rows)),
                }
            }
            _ => Said::Compare(compare(dice), number(dice, rows), side(dice, rows)),
        };
    }
    let within = |kind: Rows| [rows, &[kind]].concat();
    let inner = |dice: &mut Dice, kind: Rows| {
        Box::new(draw(
            dice,
            &Around {
                rows: &within(kind),
                more: around.more - 1,
                joined: 1,
            },
        ))
    };
    let kind = dice.pick(&Rows::ALL);
    let summary = |dice: &mut Dice, kind: Rows| {
        let all = within(kind);
        match dice.below(9) {
            7 => Summary::CountWhere(number(dice, &all), compare(dice), number(dice, &all)),
            8 => Summary::SumWhere(
                number(dice, &all),
                number(dice, &all),
                compare(dice),
                number(dice, &all),
            ),
            0 => Summary::Count,
            1 => Summary::Sum(number(dice, &all)),
            2 => Summary::Min(number(dice, &all)),
            3 => Summary::Max(number(dice, &all)),
            4 => Summary::Different(number(dice, &all)),
            5 => Summary::First(number(dice, &all)),
            _ => Summary::Related(kind.relation(dice)),
        }
    };
    match dice.below(11) {
        step @ 0..=2 => {
            let of = dice.below(rows.len());
            let relation = rows[rows.len() - 1 - of].relation(dice);
            if step == 2 {
                let before = inner(dice, relation.to());
                return Said::Narrowed(of, relation, before, inner(dice, relation.to()));
            }
            let how = dice.pick(&[How::Any, How::Any, How::Every, How::Exists]);
            Said::Along(of, relation, how, inner(dice, relation.to()))
        }
        3 => Said::Exists(kind, inner(dice, kind)),
        4 | 5 => {
            let of = dice.below(rows.len());
            let relation = rows[rows.len() - 1 - of].relation(dice);
            let said = inner(dice, relation.to());
            let summary = summary(dice, relation.to());
            Said::OfRelated(compare(dice), number(dice, rows), of, relation, said, summary)
        }
        6 | 7 => {
            let said = inner(dice, kind);
            let few = dice.once_in(2).then(|| dice.pick(&[0, 1, 2]));
            let summary = summary(dice, kind);
            Said::OfQuery(compare(dice), number(dice, rows), kind, said, few, summary)
        }
        8 => {
            let tested = number(dice, rows);
            let given = number(dice, &within(kind));
            Said::InQuery(tested, kind, inner(dice, kind), given)
        }
        _ => {
            let of = match dice.below(6) {
                0 => Of::Count,
                1 => Of::Sum(kind.column(dice)),
                2 => Of::Min(kind.column(dice)),
                3 => Of::Max(kind.column(dice)),
                4 => Of::First(number(dice, &within(kind)), dice.pick(&[0, 1])),
                _ => Of::Ordered(number(dice, &within(kind))),
            };
            Said::Value(compare(dice), number(dice, rows), kind, inner(dice, kind), of)
        }
    }
}
