//! Conditions as data: what the closures are made of (`closure.rs`) and what the oracle reads (`oracle.rs`).

use std::fmt::Debug;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::dice::Dice;
use super::thing::{Document, Drawn, Grade, Mood};

/// A condition on one row.
#[derive(Debug, Clone)]
pub enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    If(Box<Condition>, Box<Condition>, Box<Condition>),
    /// A boolean where it is not NULL, else another.
    Coalesce(Term<bool>, Box<Condition>),
    Small(Test<i16>),
    Number(Test<i32>),
    Big(Test<i64>),
    Single(Test<f32>),
    Double(Test<f64>),
    String(Test<String>),
    Search(Search, Term<String>, Arg<String>),
    Flag(Test<bool>),
    Day(Test<NaiveDate>),
    Time(Test<NaiveTime>),
    Local(Test<NaiveDateTime>),
    Moment(Test<DateTime<Utc>>),
    Price(Test<Decimal>),
    Token(Test<Uuid>),
    Bytes(Test<Vec<u8>>),
    Mood(Test<Mood>),
    Grade(Test<Grade>),
    Json(Test<Document>),
}

/// A comparison of values of one kind.
#[derive(Debug, Clone)]
pub enum Test<T> {
    Compare(Compare, Term<T>, Arg<T>),
    Between(Term<T>, Arg<T>, Arg<T>),
    In(Term<T>, Vec<T>),
    IsNull(Term<T>),
    IsNotNull(Term<T>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What looks for a string in another.
#[derive(Debug, Clone, Copy)]
pub enum Search {
    Contains,
    StartsWith,
    EndsWith,
    EqIgnoringCase,
    ContainsIgnoringCase,
    StartsWithIgnoringCase,
    EndsWithIgnoringCase,
}

/// A value of a row.
#[derive(Debug, Clone)]
pub enum Term<T> {
    /// The field that is never NULL, the one that may be, the one that is computed with.
    Field(Which),
    /// A condition as a value.
    Of(Box<Condition>),
    Coalesce(Box<Term<T>>, Box<Arg<T>>),
    NullIf(Box<Term<T>>, Box<Arg<T>>),
    If(Box<Condition>, Box<Arg<T>>, Box<Arg<T>>),
    /// Conditions, each with a value, and a value for the rest if there is one.
    Case(Vec<(Condition, Arg<T>)>, Option<Box<Arg<T>>>),
    /// The greater or the lesser of two.
    Extreme(Extreme, Box<Term<T>>, Box<Arg<T>>),
    /// Of numbers and strings.
    Call(Call, Box<Term<T>>, Vec<Arg<T>>),
    /// The length of a string.
    Length(Box<Term<String>>),
    /// A string and then a whole number.
    Numbered(Box<Term<T>>, Box<Term<i64>>),
    Substr(Box<Term<T>>, u32, u32),
    Replace(Box<Term<T>>, String, String),
    /// A string and a number of characters or times.
    Counted(Counted, Box<Term<T>>, u16),
    /// Where a string stands in another.
    Find(Box<Term<String>>, Box<Arg<String>>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Counted {
    Right,
    Repeat,
    PadStart(String),
    PadEnd(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extreme {
    Greatest,
    Least,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Which {
    Always,
    Maybe,
    Few,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Neg,
    Abs,
    BitAnd,
    BitOr,
    BitXor,
    BitNot,
    Ceil,
    Floor,
    Round,
    Concat,
    Reverse,
    Trim,
    TrimStart,
    TrimEnd,
    AsciiLower,
    AsciiUpper,
    Lower,
    Upper,
}

/// What stands on the other side.
#[derive(Debug, Clone)]
pub enum Arg<T> {
    Term(Term<T>),
    Value(T),
    Null,
}

/// How terms of a kind are drawn.
pub trait Kind: Drawn + Debug + Clone {
    /// Whether one is less than another, or only different.
    const ORDERED: bool = true;

    /// What it can do beside what all can, over other terms.
    fn call(_: &mut Dice, _: usize) -> Option<Term<Self>> {
        None
    }
}

impl Condition {
    /// Any condition of at most so many levels.
    pub fn draw(dice: &mut Dice, depth: usize) -> Condition {
        let part = |dice: &mut Dice| Box::new(Condition::draw(dice, depth - 1));
        if depth > 0 && !dice.once_in(3) {
            return match dice.below(8) {
                0..=2 => Condition::And(part(dice), part(dice)),
                3 | 4 => Condition::Or(part(dice), part(dice)),
                5 | 6 => Condition::Not(part(dice)),
                _ => Condition::If(part(dice), part(dice), part(dice)),
            };
        }
        if dice.json && dice.once_in(8) {
            return Condition::Json(Test::draw(dice, depth));
        }
        if dice.queries_only && dice.once_in(4) {
            let search = dice.pick(&[
                Search::EqIgnoringCase,
                Search::ContainsIgnoringCase,
                Search::StartsWithIgnoringCase,
                Search::EndsWithIgnoringCase,
            ]);
            return Condition::Search(search, Term::draw(dice, depth), Arg::draw(dice, depth));
        }
        match dice.below(21) {
            0 => Condition::Coalesce(Term::draw(dice, depth), Box::new(Condition::draw(dice, 0))),
            1 => Condition::Small(Test::draw(dice, depth)),
            2 => Condition::Number(Test::draw(dice, depth)),
            3 | 4 => Condition::Big(Test::draw(dice, depth)),
            5 => Condition::Single(Test::draw(dice, depth)),
            6 => Condition::Double(Test::draw(dice, depth)),
            7 | 8 => Condition::String(Test::draw(dice, depth)),
            9 | 10 => {
                let search = dice.pick(&[Search::Contains, Search::StartsWith, Search::EndsWith]);
                Condition::Search(search, Term::draw(dice, depth), Arg::draw(dice, depth))
            }
            11 => Condition::Flag(Test::draw(dice, depth)),
            12 => Condition::Day(Test::draw(dice, depth)),
            13 => Condition::Time(Test::draw(dice, depth)),
            14 => Condition::Local(Test::draw(dice, depth)),
            15 => Condition::Moment(Test::draw(dice, depth)),
            16 => Condition::Price(Test::draw(dice, depth)),
            17 => Condition::Token(Test::draw(dice, depth)),
            18 => Condition::Bytes(Test::draw(dice, depth)),
            19 => Condition::Mood(Test::draw(dice, depth)),
            _ => Condition::Grade(Test::draw(dice, depth)),
        }
    }
}

impl<T: Kind> Test<T> {
    fn draw(dice: &mut Dice, depth: usize) -> Self {
        let term = Term::draw(dice, depth);
        match dice.below(12) {
            0 if T::ORDERED => Test::Between(term, Arg::draw(dice, depth), Arg::draw(dice, depth)),
            0..=2 => Test::In(
                term,
                (0..dice.below(4).max(usize::from(!dice.nulls)))
                    .map(|_| T::draw(dice))
                    .collect(),
            ),
            3 => Test::IsNull(term),
            4 => Test::IsNotNull(term),
            _ => {
                let all = [
                    Compare::Eq,
                    Compare::Ne,
                    Compare::Lt,
                    Compare::Le,
                    Compare::Gt,
                    Compare::Ge,
                ];
                let all = if T::ORDERED { &all[..] } else { &all[..2] };
                match dice.pick(all) {
                    // Written as `None` it asks for NULL.
                    compare @ (Compare::Eq | Compare::Ne) if dice.once_in(10) => {
                        Test::Compare(compare, term, Arg::Null)
                    }
                    compare => Test::Compare(compare, term, Arg::draw(dice, depth)),
                }
            }
        }
    }
}

impl<T: Kind> Term<T> {
    pub fn field(dice: &mut Dice) -> Self {
        Term::Field(dice.pick(&[Which::Always, Which::Maybe]))
    }

    pub fn draw(dice: &mut Dice, depth: usize) -> Self {
        if depth == 0 || dice.once_in(2) {
            return Term::field(dice);
        }
        let depth = depth - 1;
        let arg = |dice: &mut Dice| Box::new(Arg::draw(dice, depth));
        match dice.below(8) {
            0 => Term::Coalesce(Box::new(Term::draw(dice, depth)), arg(dice)),
            1 => Term::NullIf(Box::new(Term::draw(dice, depth)), arg(dice)),
            2 => {
                let condition = Box::new(Condition::draw(dice, depth));
                Term::If(condition, arg(dice), arg(dice))
            }
            3 => {
                let cases =
                    (0..=dice.below(3)).map(|_| (Condition::draw(dice, depth), Arg::draw(dice, depth)));
                Term::Case(
                    cases.collect(),
                    dice.once_in(2).then(|| Box::new(Arg::draw(dice, depth))),
                )
            }
            4 if T::ORDERED => {
                let extreme = dice.pick(&[Extreme::Greatest, Extreme::Least]);
                Term::Extreme(extreme, Box::new(Term::draw(dice, depth)), arg(dice))
            }
            _ => T::call(dice, depth).unwrap_or_else(|| Term::field(dice)),
        }
    }
}

impl<T: Kind> Arg<T> {
    pub fn draw(dice: &mut Dice, depth: usize) -> Self {
        match dice.below(10) {
            0 if dice.nulls => Arg::Null,
            0..=4 => Arg::Value(T::draw(dice)),
            _ => Arg::Term(Term::draw(dice, depth)),
        }
    }
}
