//! Conditions as the closures of a program say them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::fields::ColumnType;
use orm::prelude::*;
use orm::queries::{
    Assignable, Fractional, Operand, Ordered, SignedNumber, StringValue, ToListItem, WholeNumber,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::condition::{Arg, Call, Compare, Condition, Counted, Extreme, Kind, Search, Term, Test, Which};
use super::thing::{Document, Grade, Mood, Thing};

pub type Fields = orm::queries::Fields<Thing>;

/// A kind of column.
pub trait Column:
    Kind + ColumnType<Base = Self> + Operand<Self> + Assignable<Option<Self>> + ToListItem<Self>
{
    fn field(m: &Fields, which: Which) -> Expr<Option<Self>>;

    fn call(call: Call, _: Expr<Option<Self>>, _: Vec<Given<Self>>) -> Expr<Option<Self>> {
        panic!("{call:?} of a value that is not computed with")
    }

    fn special(_: &Fields, _: &Term<Self>) -> Expr<Option<Self>> {
        panic!("a call of another kind of value")
    }

    fn extreme(extreme: Extreme, _: Expr<Option<Self>>, _: Given<Self>) -> Expr<Option<Self>> {
        panic!("{extreme:?} of what has no order")
    }
}

/// What stands on the other side.
pub enum Given<T> {
    Expr(Expr<Option<T>>),
    Value(T),
    Null,
}

/// The expression over what was given, of whichever type that is.
macro_rules! with {
    ($given:expr, |$other:ident| $make:expr) => {
        match $given {
            Given::Expr($other) => $make,
            Given::Value($other) => $make,
            Given::Null => {
                let $other = None;
                $make
            }
        }
    };
}

pub fn condition(written: &Condition, m: &Fields) -> Expr<bool> {
    match written {
        Condition::And(one, other) => condition(one, m) & condition(other, m),
        Condition::Or(one, other) => condition(one, m) | condition(other, m),
        Condition::Not(one) => !condition(one, m),
        Condition::If(when, then, otherwise) => {
            orm::if_(condition(when, m), condition(then, m), condition(otherwise, m))
        }
        Condition::Coalesce(one, or) => term(one, m).coalesce(condition(or, m)),
        Condition::Small(one) => test(one, m),
        Condition::Number(one) => test(one, m),
        Condition::Big(one) => test(one, m),
        Condition::Single(one) => test(one, m),
        Condition::Double(one) => test(one, m),
        Condition::String(one) => test(one, m),
        Condition::Search(search, whole, part) => {
            let whole = term(whole, m);
            with!(given(part, m), |part| match search {
                Search::Contains => whole.contains(part),
                Search::StartsWith => whole.starts_with(part),
                Search::EndsWith => whole.ends_with(part),
                Search::EqIgnoringCase => whole.ieq(part),
                Search::ContainsIgnoringCase => whole.icontains(part),
                Search::StartsWithIgnoringCase => whole.istarts_with(part),
                Search::EndsWithIgnoringCase => whole.iends_with(part),
            })
        }
        Condition::Flag(one) => test(one, m),
        Condition::Day(one) => test(one, m),
        Condition::Time(one) => test(one, m),
        Condition::Local(one) => test(one, m),
        Condition::Moment(one) => test(one, m),
        Condition::Price(one) => test(one, m),
        Condition::Token(one) => test(one, m),
        Condition::Bytes(one) => test(one, m),
        Condition::Mood(one) => test(one, m),
        Condition::Grade(one) => test(one, m),
        Condition::Json(one) => same(one, m),
    }
}

/// What is only equal or not.
fn same<T: Column>(written: &Test<T>, m: &Fields) -> Expr<bool>
where
    Option<T>: ColumnType<Base = T>,
{
    match written {
        Test::Compare(compare, one, other) => {
            let one = term(one, m);
            with!(given(other, m), |other| match compare {
                Compare::Eq => one.eq(other),
                Compare::Ne => one.ne(other),
                _ => panic!("{compare:?} of what has no order"),
            })
        }
        Test::Between(..) => panic!("{written:?} of what has no order"),
        Test::In(one, list) => term(one, m).in_(list.iter().cloned()),
        Test::IsNull(one) => term(one, m).is_null(),
        Test::IsNotNull(one) => term(one, m).is_not_null(),
    }
}

fn test<T: Column + Ordered>(written: &Test<T>, m: &Fields) -> Expr<bool>
where
    Option<T>: ColumnType<Base = T>,
{
    match written {
        Test::Compare(compare, one, other) => {
            let one = term(one, m);
            with!(given(other, m), |other| match compare {
                Compare::Eq | Compare::Ne => same(written, m),
                Compare::Lt => one.lt(other),
                Compare::Le => one.le(other),
                Compare::Gt => one.gt(other),
                Compare::Ge => one.ge(other),
            })
        }
        Test::Between(one, low, high) => {
            let one = term(one, m);
            with!(given(low, m), |low| with!(given(high, m), |high| one
                .between(low, high)))
        }
        Test::In(..) | Test::IsNull(_) | Test::IsNotNull(_) => same(written, m),
    }
}

fn given<T: Column>(written: &Arg<T>, m: &Fields) -> Given<T>
where
    Option<T>: ColumnType<Base = T>,
{
    match written {
        Arg::Term(one) => Given::Expr(term(one, m)),
        Arg::Value(value) => Given::Value(value.clone()),
        Arg::Null => Given::Null,
    }
}

fn term<T: Column>(written: &Term<T>, m: &Fields) -> Expr<Option<T>>
where
    Option<T>: ColumnType<Base = T>,
{
    match written {
        Term::Field(which) => T::field(m, *which),
        Term::Coalesce(one, other) => {
            let one = term(one, m);
            with!(given(other, m), |other| one.coalesce(other).optional())
        }
        Term::NullIf(one, other) => {
            let one = term(one, m);
            with!(given(other, m), |other| one.nullif(other))
        }
        Term::If(when, then, otherwise) => {
            let when = condition(when, m);
            with!(given(then, m), |then| with!(given(otherwise, m), |otherwise| {
                orm::if_::<Option<T>>(when, then, otherwise)
            }))
        }
        Term::Case(cases, rest) => {
            let mut made = orm::case::<Option<T>>();
            for (when, then) in cases {
                let when = condition(when, m);
                made = with!(given(then, m), |then| made.when(when, then));
            }
            match rest {
                Some(rest) => with!(given(rest, m), |rest| made.otherwise(rest)),
                None => made.or_null(),
            }
        }
        Term::Extreme(extreme, one, other) => T::extreme(*extreme, term(one, m), given(other, m)),
        Term::Call(call, first, rest) => {
            let rest = rest.iter().map(|other| given(other, m)).collect();
            <T as Column>::call(*call, term(first, m), rest)
        }
        Term::Of(_)
        | Term::Length(_)
        | Term::Find(..)
        | Term::Numbered(..)
        | Term::Substr(..)
        | Term::Replace(..)
        | Term::Counted(..) => T::special(m, written),
    }
}

fn one<T>(rest: Vec<Given<T>>) -> Given<T> {
    let [one] = rest.try_into().unwrap_or_else(|_| panic!("a single operand"));
    one
}

fn extreme<T: Column + Ordered>(extreme: Extreme, first: Expr<Option<T>>, other: Given<T>) -> Expr<Option<T>>
where
    Option<T>: ColumnType<Base = T>,
{
    with!(other, |other| match extreme {
        Extreme::Greatest => first.greatest(other).optional(),
        Extreme::Least => first.least(other).optional(),
    })
}

fn arithmetic<T: Column + SignedNumber>(
    call: Call,
    first: Expr<Option<T>>,
    rest: Vec<Given<T>>,
) -> Expr<Option<T>>
where
    Option<T>: ColumnType<Base = T>,
{
    match call {
        Call::Add => with!(one(rest), |other| (first + other).optional()),
        Call::Sub => with!(one(rest), |other| (first - other).optional()),
        Call::Mul => with!(one(rest), |other| (first * other).optional()),
        Call::Div => with!(one(rest), |other| (first / other).optional()),
        Call::Neg => -first,
        Call::Abs => first.abs(),
        _ => panic!("{call:?} of numbers"),
    }
}

fn whole<T: Column + WholeNumber + SignedNumber>(
    call: Call,
    first: Expr<Option<T>>,
    rest: Vec<Given<T>>,
) -> Expr<Option<T>>
where
    Option<T>: ColumnType<Base = T>,
{
    match call {
        Call::Mod => with!(one(rest), |other| (first % other).optional()),
        Call::BitAnd => with!(one(rest), |other| first.bit_and(other).optional()),
        Call::BitOr => with!(one(rest), |other| first.bit_or(other).optional()),
        Call::BitXor => with!(one(rest), |other| first.bit_xor(other).optional()),
        Call::BitNot => first.bit_not(),
        _ => arithmetic(call, first, rest),
    }
}

fn fractional<T: Column + Fractional + SignedNumber>(
    call: Call,
    first: Expr<Option<T>>,
    rest: Vec<Given<T>>,
) -> Expr<Option<T>>
where
    Option<T>: ColumnType<Base = T>,
{
    match call {
        Call::Ceil => first.ceil(),
        Call::Floor => first.floor(),
        Call::Round => first.round(),
        _ => arithmetic(call, first, rest),
    }
}

fn string<T: Column + StringValue>(call: Call, first: Expr<Option<T>>) -> Expr<Option<T>>
where
    Option<T>: ColumnType<Base = T>,
{
    match call {
        Call::Trim => first.trim(),
        Call::TrimStart => first.trim_start(),
        Call::TrimEnd => first.trim_end(),
        Call::AsciiLower => first.ascii_lower(),
        Call::AsciiUpper => first.ascii_upper(),
        Call::Lower => first.lower(),
        Call::Upper => first.upper(),
        Call::Reverse => first.reverse(),
        _ => panic!("{call:?} of strings"),
    }
}

macro_rules! columns {
    ($($ty:ty: $always:ident $maybe:ident $($few:ident)? $(=> $call:ident)?;)+) => {$(
        impl Column for $ty {
            fn field(m: &Fields, which: Which) -> Expr<Option<Self>> {
                match which {
                    Which::Always => m.$always.optional(),
                    Which::Maybe => m.$maybe.optional(),
                    Which::Few => columns!(@few m $($few)?),
                }
            }

            fn extreme(which: Extreme, first: Expr<Option<Self>>, other: Given<Self>) -> Expr<Option<Self>> {
                extreme(which, first, other)
            }

            $(
                fn call(call: Call, first: Expr<Option<Self>>, rest: Vec<Given<Self>>) -> Expr<Option<Self>> {
                    $call(call, first, rest)
                }
            )?
        }
    )+};
    (@few $m:ident) => { panic!("there is no third field") };
    (@few $m:ident $few:ident) => { $m.$few.optional() };
}

columns! {
    i16: small small_or_none => whole;
    i32: number number_or_none => whole;
    f32: single single_or_none;
    f64: double double_or_none ratio => fractional;
    Decimal: price price_or_none => fractional;
    NaiveDate: day day_or_none;
    NaiveTime: time time_or_none;
    NaiveDateTime: local local_or_none;
    DateTime<Utc>: moment moment_or_none;
    Uuid: token token_or_none;
    Vec<u8>: bytes bytes_or_none;
    Mood: mood mood_or_none;
    Grade: grade grade_or_none;
}

impl Column for Document {
    fn field(m: &Fields, which: Which) -> Expr<Option<Self>> {
        match which {
            Which::Always => m.json.optional(),
            Which::Maybe => m.json_or_none.optional(),
            Which::Few => panic!("there is no third field"),
        }
    }
}

impl Column for i64 {
    fn extreme(which: Extreme, first: Expr<Option<Self>>, other: Given<Self>) -> Expr<Option<Self>> {
        extreme(which, first, other)
    }

    fn field(m: &Fields, which: Which) -> Expr<Option<Self>> {
        match which {
            Which::Always => m.big.optional(),
            Which::Maybe => m.big_or_none.optional(),
            Which::Few => m.count.optional(),
        }
    }

    fn call(call: Call, first: Expr<Option<Self>>, rest: Vec<Given<Self>>) -> Expr<Option<Self>> {
        whole(call, first, rest)
    }

    fn special(m: &Fields, written: &Term<Self>) -> Expr<Option<Self>> {
        match written {
            Term::Length(of) => term(of, m).length().optional(),
            Term::Find(of, other) => {
                let of = term(of, m);
                with!(given(other, m), |other| of.find(other))
            }
            _ => panic!("{written:?} is not a whole number"),
        }
    }
}

impl Column for bool {
    fn extreme(which: Extreme, first: Expr<Option<Self>>, other: Given<Self>) -> Expr<Option<Self>> {
        extreme(which, first, other)
    }

    fn field(m: &Fields, which: Which) -> Expr<Option<Self>> {
        match which {
            Which::Always => m.flag.optional(),
            Which::Maybe => m.flag_or_none.optional(),
            Which::Few => panic!("there is no third field"),
        }
    }

    fn special(m: &Fields, written: &Term<Self>) -> Expr<Option<Self>> {
        match written {
            Term::Of(of) => condition(of, m).optional(),
            _ => panic!("{written:?} is not a boolean"),
        }
    }
}

impl Column for String {
    fn extreme(which: Extreme, first: Expr<Option<Self>>, other: Given<Self>) -> Expr<Option<Self>> {
        extreme(which, first, other)
    }

    fn field(m: &Fields, which: Which) -> Expr<Option<Self>> {
        match which {
            Which::Always => m.string.optional(),
            Which::Maybe => m.string_or_none.optional(),
            Which::Few => panic!("there is no third field"),
        }
    }

    fn call(call: Call, first: Expr<Option<Self>>, rest: Vec<Given<Self>>) -> Expr<Option<Self>> {
        match call {
            Call::Concat => match one(rest) {
                Given::Expr(other) => first.concat(other),
                Given::Value(other) => first.concat(other),
                // There is nothing to say NULL with but an expression that is.
                Given::Null => first.clone().nullif(first),
            },
            _ => string(call, first),
        }
    }

    fn special(m: &Fields, written: &Term<Self>) -> Expr<Option<Self>> {
        match written {
            Term::Numbered(of, number) => term(of, m).concat(term(number, m)),
            Term::Substr(of, start, length) => term(of, m).substr(*start, *length),
            Term::Replace(of, from, to) => term(of, m).replace(from, to),
            Term::Counted(counted, of, number) => match counted {
                Counted::Right => term(of, m).right(*number),
                Counted::Repeat => term(of, m).repeat(*number),
                Counted::PadStart(with) => term(of, m).pad_start(*number, with),
                Counted::PadEnd(with) => term(of, m).pad_end(*number, with),
            },
            _ => panic!("{written:?} is not a string"),
        }
    }
}
