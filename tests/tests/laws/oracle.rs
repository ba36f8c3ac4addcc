//! What a condition is for a row, by hand: three-valued logic in plain Rust, which knows nothing of expressions, of SQL or of
//! a database.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::condition::{Arg, Call, Compare, Condition, Counted, Extreme, Search, Term, Test, Which};
use super::oracle_values::{decimal, float, floats, plain, whole};
use super::thing::{Document, Grade, Mood, Thing};

/// A row, and what its database is like.
pub struct Row<'a> {
    pub thing: &'a Thing,
    /// Whether it has floating-point numbers that are not numbers; elsewhere they are NULL.
    pub not_numbers: bool,
}

impl std::ops::Deref for Row<'_> {
    type Target = Thing;

    fn deref(&self) -> &Thing {
        self.thing
    }
}

/// A kind of value: what a column of it holds, and how it is computed with.
pub trait Known: Clone {
    /// What is computed with: whole numbers of any width are one.
    type Computed: Clone;

    fn of(thing: &Row<'_>, which: Which) -> Option<Self>;
    fn computed(self) -> Self::Computed;
    fn order(one: &Self::Computed, other: &Self::Computed) -> Ordering;

    fn call(call: Call, _: &[Self::Computed]) -> Option<Self::Computed> {
        panic!("{call:?} of a value that is not computed with")
    }

    /// Whether it is a number that is not one.
    fn is_not_a_number(_: &Self::Computed) -> bool {
        false
    }

    /// What only some kinds have.
    fn special(_: &Row<'_>, _: &Term<Self>) -> Option<Self::Computed> {
        panic!("a call of another kind of value")
    }
}

pub fn holds(condition: &Condition, thing: &Row<'_>) -> Option<bool> {
    match condition {
        Condition::And(one, other) => match (holds(one, thing), holds(other, thing)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Condition::Or(one, other) => match (holds(one, thing), holds(other, thing)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        // What is not so or not known is not so.
        Condition::Not(one) => Some(holds(one, thing) != Some(true)),
        Condition::If(when, then, otherwise) => match holds(when, thing) {
            Some(true) => holds(then, thing),
            _ => holds(otherwise, thing),
        },
        Condition::Coalesce(term, or) => value(term, thing).or_else(|| holds(or, thing)),
        Condition::Small(test) => tested(test, thing),
        Condition::Number(test) => tested(test, thing),
        Condition::Big(test) => tested(test, thing),
        Condition::Single(test) => tested(test, thing),
        Condition::Double(test) => tested(test, thing),
        Condition::String(test) => tested(test, thing),
        // Written as `None` it asks whether there is a value.
        Condition::Search(Search::EqIgnoringCase, term, Arg::Null) => Some(value(term, thing).is_none()),
        Condition::Search(search, term, part) => {
            let (whole, part) = (value(term, thing)?, arg(part, thing)?);
            let lower = || (whole.to_lowercase(), part.to_lowercase());
            Some(match search {
                Search::Contains => whole.contains(&part),
                Search::StartsWith => whole.starts_with(&part),
                Search::EndsWith => whole.ends_with(&part),
                Search::EqIgnoringCase => lower().0 == lower().1,
                Search::ContainsIgnoringCase => lower().0.contains(&lower().1),
                Search::StartsWithIgnoringCase => lower().0.starts_with(&lower().1),
                Search::EndsWithIgnoringCase => lower().0.ends_with(&lower().1),
            })
        }
        Condition::Flag(test) => tested(test, thing),
        Condition::Day(test) => tested(test, thing),
        Condition::Time(test) => tested(test, thing),
        Condition::Local(test) => tested(test, thing),
        Condition::Moment(test) => tested(test, thing),
        Condition::Price(test) => tested(test, thing),
        Condition::Token(test) => tested(test, thing),
        Condition::Bytes(test) => tested(test, thing),
        Condition::Mood(test) => tested(test, thing),
        Condition::Grade(test) => tested(test, thing),
        Condition::Json(test) => tested(test, thing),
    }
}

fn tested<T: Known>(test: &Test<T>, thing: &Row<'_>) -> Option<bool> {
    let order = |one: &Option<T::Computed>, other: &Option<T::Computed>| {
        Some(T::order(one.as_ref()?, other.as_ref()?))
    };
    match test {
        Test::Compare(compare, term, other) => {
            let (one, null) = (value(term, thing), matches!(other, Arg::Null));
            let other = arg(other, thing);
            let order = order(&one, &other);
            match compare {
                // Written as `None` it asks whether there is a value.
                Compare::Eq if null => Some(one.is_none()),
                Compare::Eq => order.map(Ordering::is_eq),
                Compare::Ne => Some(match order {
                    Some(order) => order.is_ne(),
                    None => one.is_some() || other.is_some(),
                }),
                Compare::Lt => order.map(Ordering::is_lt),
                Compare::Le => order.map(Ordering::is_le),
                Compare::Gt => order.map(Ordering::is_gt),
                Compare::Ge => order.map(Ordering::is_ge),
            }
        }
        Test::Between(term, low, high) => {
            let one = value(term, thing);
            let low = order(&one, &arg(low, thing)).map(Ordering::is_ge);
            let high = order(&one, &arg(high, thing)).map(Ordering::is_le);
            match (low, high) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }
        }
        Test::In(_, list) if list.is_empty() => Some(false),
        Test::In(term, list) => {
            let one = value(term, thing)?;
            let mut list = list.iter().map(|item| item.clone().computed());
            Some(list.any(|item| T::order(&one, &item).is_eq()))
        }
        Test::IsNull(term) => Some(value(term, thing).is_none()),
        Test::IsNotNull(term) => Some(value(term, thing).is_some()),
    }
}

fn arg<T: Known>(arg: &Arg<T>, thing: &Row<'_>) -> Option<T::Computed> {
    match arg {
        Arg::Term(term) => value(term, thing),
        Arg::Value(value) => Some(value.clone().computed()),
        Arg::Null => None,
    }
}

fn value<T: Known>(term: &Term<T>, thing: &Row<'_>) -> Option<T::Computed> {
    match term {
        Term::Field(which) => T::of(thing, *which).map(T::computed),
        Term::Coalesce(one, other) => value(one, thing).or_else(|| arg(other, thing)),
        Term::NullIf(one, other) => {
            let one = value(one, thing)?;
            match arg(other, thing) {
                Some(other) if T::order(&one, &other).is_eq() => None,
                _ => Some(one),
            }
        }
        Term::If(when, then, otherwise) => match holds(when, thing) {
            Some(true) => arg(then, thing),
            _ => arg(otherwise, thing),
        },
        Term::Case(cases, rest) => match cases.iter().find(|(when, _)| holds(when, thing) == Some(true)) {
            Some((_, then)) => arg(then, thing),
            None => arg(rest.as_ref()?, thing),
        },
        Term::Extreme(extreme, one, other) => match (value(one, thing), arg(other, thing)) {
            (Some(one), Some(other)) => {
                let takes_other = match extreme {
                    Extreme::Greatest => T::order(&one, &other).is_lt(),
                    Extreme::Least => T::order(&one, &other).is_gt(),
                };
                Some(if takes_other { other } else { one })
            }
            (one, other) => one.or(other),
        },
        Term::Call(call, first, rest) => {
            let mut values = vec![value(first, thing)?];
            for other in rest {
                values.push(arg(other, thing)?);
            }
            let made = T::call(*call, &values)?;
            (thing.not_numbers || !T::is_not_a_number(&made)).then_some(made)
        }
        Term::Of(_)
        | Term::Length(_)
        | Term::Find(..)
        | Term::Numbered(..)
        | Term::Substr(..)
        | Term::Replace(..)
        | Term::Counted(..) => T::special(thing, term),
    }
}

macro_rules! known {
    ($($ty:ty: $always:ident $maybe:ident $(, few $few:ident)? $(=> $computed:ty, $order:expr, $call:expr)?;)+) => {$(
        impl Known for $ty {
            known!(@computed $($computed, $order, $call)?);

            fn of(thing: &Row<'_>, which: Which) -> Option<Self> {
                match which {
                    Which::Always => Some(thing.$always.clone()),
                    Which::Maybe => thing.$maybe.clone(),
                    Which::Few => known!(@few thing $($few)?),
                }
            }
        }
    )+};
    (@few $thing:ident) => { panic!("there is no third field") };
    (@few $thing:ident $few:ident) => { Some($thing.$few) };
    (@computed) => {
        type Computed = Self;

        fn computed(self) -> Self {
            self
        }

        fn order(one: &Self, other: &Self) -> Ordering {
            one.cmp(other)
        }
    };
    (@computed $computed:ty, $order:expr, $call:expr) => {
        type Computed = $computed;

        fn computed(self) -> $computed {
            self.into()
        }

        fn order(one: &$computed, other: &$computed) -> Ordering {
            $order(one, other)
        }

        fn call(call: Call, values: &[$computed]) -> Option<$computed> {
            $call(call, values)
        }

        fn is_not_a_number(value: &$computed) -> bool {
            value.partial_cmp(value).is_none()
        }
    };
}

known! {
    i16: small small_or_none => i64, i64::cmp, whole;
    i32: number number_or_none => i64, i64::cmp, whole;
    f32: single single_or_none => f64, floats, float;
    f64: double double_or_none, few ratio => f64, floats, float;
    Decimal: price price_or_none => Decimal, Decimal::cmp, decimal;
    NaiveDate: day day_or_none;
    NaiveTime: time time_or_none;
    NaiveDateTime: local local_or_none;
    DateTime<Utc>: moment moment_or_none;
    Uuid: token token_or_none;
    Vec<u8>: bytes bytes_or_none;
    Mood: mood mood_or_none;
}

impl Known for i64 {
    type Computed = i64;

    fn of(thing: &Row<'_>, which: Which) -> Option<Self> {
        match which {
            Which::Always => Some(thing.big),
            Which::Maybe => thing.big_or_none,
            Which::Few => Some(thing.count),
        }
    }

    fn computed(self) -> i64 {
        self
    }

    fn order(one: &i64, other: &i64) -> Ordering {
        one.cmp(other)
    }

    fn call(call: Call, values: &[i64]) -> Option<i64> {
        whole(call, values)
    }

    fn special(thing: &Row<'_>, term: &Term<Self>) -> Option<i64> {
        let characters = match term {
            Term::Length(string) => value(string, thing)?.chars().count(),
            Term::Find(string, other) => {
                let (string, other) = (value(string, thing)?, arg(other, thing)?);
                string[..string.find(&other)?].chars().count()
            }
            _ => panic!("{term:?} is not a whole number"),
        };
        Some(i64::try_from(characters).expect("a short string"))
    }
}

impl Known for Grade {
    type Computed = &'static str;

    fn of(thing: &Row<'_>, which: Which) -> Option<Self> {
        match which {
            Which::Always => Some(thing.grade),
            Which::Maybe => thing.grade_or_none,
            Which::Few => panic!("there is no third field"),
        }
    }

    fn computed(self) -> &'static str {
        self.stored()
    }

    fn order(one: &&'static str, other: &&'static str) -> Ordering {
        one.cmp(other)
    }
}

impl Known for Document {
    type Computed = String;

    fn of(thing: &Row<'_>, which: Which) -> Option<Self> {
        match which {
            Which::Always => Some(thing.json.clone()),
            Which::Maybe => thing.json_or_none.clone(),
            Which::Few => panic!("there is no third field"),
        }
    }

    fn computed(self) -> String {
        plain(&self)
    }

    /// Equal if they mean the same; nobody asks which is less.
    fn order(one: &String, other: &String) -> Ordering {
        one.cmp(other)
    }
}

impl Known for bool {
    type Computed = bool;

    fn of(thing: &Row<'_>, which: Which) -> Option<Self> {
        match which {
            Which::Always => Some(thing.flag),
            Which::Maybe => thing.flag_or_none,
            Which::Few => panic!("there is no third field"),
        }
    }

    fn computed(self) -> bool {
        self
    }

    fn order(one: &bool, other: &bool) -> Ordering {
        one.cmp(other)
    }

    fn special(thing: &Row<'_>, term: &Term<Self>) -> Option<bool> {
        match term {
            Term::Of(condition) => holds(condition, thing),
            _ => panic!("{term:?} is not a boolean"),
        }
    }
}

impl Known for String {
    type Computed = String;

    fn of(thing: &Row<'_>, which: Which) -> Option<Self> {
        match which {
            Which::Always => Some(thing.string.clone()),
            Which::Maybe => thing.string_or_none.clone(),
            Which::Few => panic!("there is no third field"),
        }
    }

    fn computed(self) -> String {
        self
    }

    /// By their characters' numbers, which is also the order of their bytes.
    fn order(one: &String, other: &String) -> Ordering {
        one.chars().cmp(other.chars())
    }

    fn call(call: Call, values: &[String]) -> Option<String> {
        Some(match (call, values) {
            (Call::Concat, [one, other]) => format!("{one}{other}"),
            (Call::Trim, [one]) => one.trim_matches(' ').to_owned(),
            (Call::TrimStart, [one]) => one.trim_start_matches(' ').to_owned(),
            (Call::TrimEnd, [one]) => one.trim_end_matches(' ').to_owned(),
            (Call::AsciiLower, [one]) => one.to_ascii_lowercase(),
            (Call::AsciiUpper, [one]) => one.to_ascii_uppercase(),
            (Call::Lower, [one]) => one.to_lowercase(),
            (Call::Upper, [one]) => one.to_uppercase(),
            (Call::Reverse, [one]) => one.chars().rev().collect(),
            _ => panic!("{call:?} of strings"),
        })
    }

    fn special(thing: &Row<'_>, term: &Term<Self>) -> Option<String> {
        match term {
            Term::Numbered(string, number) => {
                let (string, number) = (value(string, thing)?, value(number, thing)?);
                Some(format!("{string}{number}"))
            }
            Term::Substr(string, start, length) => {
                let (start, length) = (*start as usize, *length as usize);
                Some(value(string, thing)?.chars().skip(start).take(length).collect())
            }
            Term::Replace(string, from, to) => Some(value(string, thing)?.replace(from.as_str(), to)),
            Term::Counted(counted, string, number) => {
                let (string, number) = (value(string, thing)?, usize::from(*number));
                let there = string.chars().count();
                let padding = |with: &String| {
                    with.chars()
                        .cycle()
                        .take(number.saturating_sub(there))
                        .collect::<String>()
                };
                let first: String = string.chars().take(number).collect();
                Some(match counted {
                    Counted::Right => string.chars().skip(there.saturating_sub(number)).collect(),
                    Counted::Repeat => (0..number).map(|_| string.as_str()).collect(),
                    Counted::PadStart(with) => padding(with) + &first,
                    Counted::PadEnd(with) => first + &padding(with),
                })
            }
            _ => panic!("{term:?} is not a string"),
        }
    }
}
