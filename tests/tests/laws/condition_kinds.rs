//! What each kind of value can do beside what all can.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::condition::{Arg, Call, Condition, Counted, Kind, Term, Which};
use super::dice::Dice;
use super::thing::{Document, Drawn, Grade, Mood, piece};

/// A computed number, whose size is known: fields that are not small stay out, so that nothing overflows.
fn number<T: Kind>(
    dice: &mut Dice,
    depth: usize,
    calls: &[Call],
    few: fn(&mut Dice) -> T,
    field: &[Which],
) -> Term<T> {
    if depth == 0 {
        return Term::Field(dice.pick(field));
    }
    let call = dice.pick(calls);
    let first = Box::new(number(dice, depth - 1, calls, few, field));
    let rest = match call {
        Call::Neg | Call::Abs | Call::BitNot | Call::Ceil | Call::Floor | Call::Round => vec![],
        _ if dice.nulls && dice.once_in(12) => vec![Arg::Null],
        _ if dice.once_in(2) => vec![Arg::Value(few(dice))],
        _ => vec![Arg::Term(number(dice, depth - 1, calls, few, field))],
    };
    Term::Call(call, first, rest)
}

const WHOLE: [Call; 11] = [
    Call::Add,
    Call::Sub,
    Call::Mul,
    Call::Div,
    Call::Mod,
    Call::Neg,
    Call::Abs,
    Call::BitAnd,
    Call::BitOr,
    Call::BitXor,
    Call::BitNot,
];

impl Kind for i16 {
    fn call(dice: &mut Dice, depth: usize) -> Option<Term<Self>> {
        // Four factors of 16 bits at most.
        let few = |dice: &mut Dice| i16::draw(dice);
        Some(number(
            dice,
            depth.min(1),
            &WHOLE,
            few,
            &[Which::Always, Which::Maybe],
        ))
    }
}

impl Kind for i32 {
    fn call(dice: &mut Dice, _: usize) -> Option<Term<Self>> {
        // Two factors of 32 bits less a sign.
        let few = |dice: &mut Dice| i32::draw(dice).max(-i32::MAX);
        let first = Term::field(dice);
        let call = dice.pick(&WHOLE);
        let rest = match call {
            Call::Neg | Call::Abs | Call::BitNot => vec![],
            _ => vec![Arg::Value(few(dice))],
        };
        Some(Term::Call(call, Box::new(first), rest))
    }
}

impl Kind for i64 {
    fn call(dice: &mut Dice, depth: usize) -> Option<Term<Self>> {
        Some(match dice.below(4) {
            0 => Term::Length(Box::new(Term::draw(dice, depth))),
            1 => Term::Find(
                Box::new(Term::draw(dice, depth)),
                Box::new(Arg::draw(dice, depth)),
            ),
            // Eight factors of ten bits at most make no more than 63, less a sign.
            _ => number(
                dice,
                depth.min(2),
                &WHOLE,
                |dice| dice.between(-100, 100),
                &[Which::Few],
            ),
        })
    }
}

impl Kind for f32 {}

impl Kind for f64 {
    fn call(dice: &mut Dice, depth: usize) -> Option<Term<Self>> {
        let calls = [
            Call::Add,
            Call::Sub,
            Call::Mul,
            Call::Div,
            Call::Neg,
            Call::Abs,
            Call::Ceil,
            Call::Floor,
            Call::Round,
        ];
        let calls = if dice.queries_only {
            &calls[..]
        } else {
            &calls[..6]
        };
        Some(number(
            dice,
            depth.min(2),
            calls,
            super::thing::ratio,
            &[Which::Few],
        ))
    }
}

impl Kind for Decimal {
    fn call(dice: &mut Dice, depth: usize) -> Option<Term<Self>> {
        if dice.queries_only && dice.once_in(3) {
            return Some(quotient(dice, depth.min(1)));
        }
        if dice.queries_only && dice.once_in(4) {
            let call = dice.pick(&[Call::Ceil, Call::Floor, Call::Round]);
            return Some(Term::Call(call, Box::new(Term::field(dice)), vec![]));
        }
        // A product of two has 12 digits; the floating-point numbers of a table keep 15.
        let calls = match depth {
            0 | 1 => &[Call::Add, Call::Sub, Call::Mul, Call::Neg, Call::Abs][..],
            _ => &[Call::Add, Call::Sub, Call::Neg, Call::Abs],
        };
        let few = |dice: &mut Dice| Decimal::draw(dice);
        Some(number(
            dice,
            depth.min(2),
            calls,
            few,
            &[Which::Always, Which::Maybe],
        ))
    }
}

/// One decimal through another. What follows from it might have more digits than there is room for.
fn quotient(dice: &mut Dice, depth: usize) -> Term<Decimal> {
    let calls = [Call::Add, Call::Sub, Call::Mul, Call::Neg, Call::Abs];
    let few = |dice: &mut Dice| Decimal::draw(dice);
    let some = |dice: &mut Dice| number(dice, depth, &calls, few, &[Which::Always, Which::Maybe]);
    let by = match dice.once_in(2) {
        true => Arg::Value(few(dice)),
        false => Arg::Term(some(dice)),
    };
    let made = Term::Call(Call::Div, Box::new(some(dice)), vec![by]);
    match dice.below(4) {
        0 => Term::Call(dice.pick(&[Call::Neg, Call::Abs]), Box::new(made), vec![]),
        _ => made,
    }
}

impl Kind for String {
    fn call(dice: &mut Dice, depth: usize) -> Option<Term<Self>> {
        let term = Box::new(Term::draw(dice, depth));
        Some(match dice.below(11) {
            9 => Term::Counted(Counted::Right, term, dice.pick(&[0, 1, 2, 100])),
            10 if dice.queries_only => {
                let with = String::draw(dice);
                let counted = match dice.below(3) {
                    0 => Counted::Repeat,
                    1 => Counted::PadStart(with),
                    _ => Counted::PadEnd(with),
                };
                Term::Counted(counted, term, dice.pick(&[0, 1, 2, 7]))
            }
            0 | 1 => Term::Call(Call::Concat, term, vec![Arg::draw(dice, depth)]),
            2 => Term::Numbered(term, Box::new(Term::draw(dice, depth))),
            3 => Term::Substr(term, dice.pick(&[0, 1, 2, 100]), dice.pick(&[0, 1, 2, 100])),
            4 => {
                let from = [piece(dice), piece(dice)].concat();
                let from = if dice.once_in(2) {
                    piece(dice).to_owned()
                } else {
                    from
                };
                Term::Replace(term, from, String::draw(dice))
            }
            _ => {
                let calls = [
                    Call::Trim,
                    Call::TrimStart,
                    Call::TrimEnd,
                    Call::AsciiLower,
                    Call::AsciiUpper,
                    Call::Lower,
                    Call::Upper,
                    Call::Reverse,
                ];
                let calls = if dice.queries_only {
                    &calls[..]
                } else {
                    &calls[..5]
                };
                Term::Call(dice.pick(calls), term, vec![])
            }
        })
    }
}

impl Kind for bool {
    fn call(dice: &mut Dice, depth: usize) -> Option<Term<Self>> {
        Some(Term::Of(Box::new(Condition::draw(dice, depth))))
    }
}

impl Kind for NaiveDate {}
impl Kind for NaiveTime {}
impl Kind for NaiveDateTime {}
impl Kind for DateTime<Utc> {}
impl Kind for Uuid {}
impl Kind for Vec<u8> {}
impl Kind for Mood {}

impl Kind for Grade {}

impl Kind for Document {
    const ORDERED: bool = false;
}
