//! What an expression gives for a row, worked out from its form in files alone: this knows nothing of the tree, of SQL or of
//! a database.

use std::cmp::Ordering;

use serde_json::Value as Json;

/// The variants of the enum that rows have, in order.
pub(super) const MOODS: [&str; 3] = ["low", "it's", "high"];

/// A row of what expressions read.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub title: Option<String>,
    pub other: Option<String>,
    pub small: Option<i16>,
    pub number: Option<i32>,
    /// Of the decimal `price`, the hundredths.
    pub cents: Option<i16>,
    pub flag: Option<bool>,
    /// Which of [`MOODS`].
    pub mood: Option<usize>,
    pub day: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Null,
    Bool(bool),
    Int(i128),
    /// Millionths.
    Decimal(i128),
    String(String),
}

const ONE: i128 = 1_000_000;

impl Given {
    /// As the tests read it.
    pub fn shown(&self) -> String {
        match self {
            Given::Null => "NULL".to_owned(),
            Given::Bool(value) => value.to_string(),
            Given::Int(value) => value.to_string(),
            Given::Decimal(value) => {
                let sign = if *value < 0 { "-" } else { "" };
                let value = value.abs();
                let text = format!("{sign}{}.{:06}", value / ONE, value % ONE);
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Given::String(value) => value.clone(),
        }
    }

    fn of<T>(value: &Option<T>, make: impl Fn(&T) -> Given) -> Given {
        value.as_ref().map_or(Given::Null, make)
    }

    fn int(&self) -> Option<i128> {
        match self {
            Given::Int(value) => Some(*value),
            _ => None,
        }
    }

    fn millionths(&self) -> Option<i128> {
        match self {
            Given::Int(value) => Some(value * ONE),
            Given::Decimal(value) => Some(*value),
            _ => None,
        }
    }

    fn string(&self) -> Option<String> {
        match self {
            Given::Int(value) => Some(value.to_string()),
            Given::String(value) => Some(value.clone()),
            _ => None,
        }
    }

    fn bool(&self) -> Option<bool> {
        match self {
            Given::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

fn maybe(value: Option<bool>) -> Given {
    value.map_or(Given::Null, Given::Bool)
}

/// What the expression gives.
pub(super) fn given(written: &Json, row: &Row) -> Given {
    match written {
        Json::Bool(value) => Given::Bool(*value),
        Json::Number(value) => Given::Int(value.as_i64().unwrap().into()),
        Json::String(value) => Given::String(value.clone()),
        Json::Object(object) => {
            let (kind, value) = object.iter().next().unwrap();
            match (kind.as_str(), value.as_str()) {
                ("field", Some(name)) => field(name, row),
                ("decimal", Some(text)) => decimal(text),
                ("date", Some(text)) => Given::String(text.to_owned()),
                ("null", _) => Given::Null,
                _ => panic!("{written}"),
            }
        }
        Json::Array(parts) => call(parts[0].as_str().unwrap(), &parts[1..], row),
        Json::Null => panic!("{written}"),
    }
}

fn field(name: &str, row: &Row) -> Given {
    match name {
        "title" => Given::of(&row.title, |value| Given::String(value.clone())),
        "other" => Given::of(&row.other, |value| Given::String(value.clone())),
        "small" => Given::of(&row.small, |value| Given::Int((*value).into())),
        "number" => Given::of(&row.number, |value| Given::Int((*value).into())),
        "price" => Given::of(&row.cents, |cents| {
            Given::Decimal(i128::from(*cents) * (ONE / 100))
        }),
        "flag" => Given::of(&row.flag, |value| Given::Bool(*value)),
        "mood" => Given::of(&row.mood, |value| Given::String(MOODS[*value].to_owned())),
        "day" => Given::of(&row.day, |value| Given::String((*value).to_owned())),
        _ => panic!("{name}"),
    }
}

fn decimal(text: &str) -> Given {
    let negative = text.starts_with('-');
    let (whole, fraction) = text
        .trim_start_matches('-')
        .split_once('.')
        .unwrap_or((text, "0"));
    let value = whole.parse::<i128>().unwrap() * ONE + format!("{fraction:0<6}").parse::<i128>().unwrap();
    Given::Decimal(if negative { -value } else { value })
}

/// Whether the variants' order is what counts.
fn is_mood(written: &Json) -> bool {
    match written {
        Json::Object(object) => object.get("field").is_some_and(|field| field == "mood"),
        Json::Array(parts) => {
            parts.first().is_some_and(|name| name == "coalesce") && parts.iter().any(is_mood)
        }
        _ => false,
    }
}

fn order(left: &Given, right: &Given, of_moods: bool) -> Option<Ordering> {
    match (left, right) {
        (Given::Null, _) | (_, Given::Null) => None,
        (Given::String(left), Given::String(right)) if of_moods => {
            let rank = |text: &str| MOODS.iter().position(|mood| *mood == text);
            Some(rank(left).cmp(&rank(right)))
        }
        (Given::String(left), Given::String(right)) => Some(left.cmp(right)),
        (Given::Bool(left), Given::Bool(right)) => Some(left.cmp(right)),
        (left, right) => Some(left.millionths()?.cmp(&right.millionths()?)),
    }
}

fn call(name: &str, operands: &[Json], row: &Row) -> Given {
    if name == "in" {
        let tested = given(&operands[0], row);
        let items = operands[1]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| given(item, row));
        return maybe(match &tested {
            _ if operands[1].as_array().unwrap().is_empty() => Some(false),
            Given::Null => None,
            tested => Some(
                items
                    .into_iter()
                    .any(|item| order(tested, &item, false) == Some(Ordering::Equal)),
            ),
        });
    }
    let values: Vec<Given> = operands.iter().map(|operand| given(operand, row)).collect();
    let of_moods = operands.iter().any(is_mood);
    let compare = |test: fn(Ordering) -> bool| maybe(order(&values[0], &values[1], of_moods).map(test));
    let ints = || Some((values[0].int()?, values[1].int()?));
    let numbers = |of: fn(i128, i128) -> i128| match (ints(), &values[..]) {
        (Some((left, right)), _) => Given::Int(of(left, right)),
        (None, [left, right]) => match (left.millionths(), right.millionths()) {
            (Some(left), Some(right)) => Given::Decimal(of(left, right)),
            _ => Given::Null,
        },
        _ => panic!("{name}"),
    };
    let strings: Option<Vec<String>> = values.iter().map(Given::string).collect();
    let text = |make: &dyn Fn(&[String]) -> String| {
        strings
            .as_ref()
            .map_or(Given::Null, |strings| Given::String(make(strings)))
    };
    let test =
        |make: fn(&str, &str) -> bool| maybe(strings.as_ref().map(|strings| make(&strings[0], &strings[1])));
    match name {
        "and" if values.contains(&Given::Bool(false)) => Given::Bool(false),
        "or" if values.contains(&Given::Bool(true)) => Given::Bool(true),
        "and" | "or" if values.contains(&Given::Null) => Given::Null,
        "and" => Given::Bool(true),
        "or" => Given::Bool(false),
        "not" => Given::Bool(values[0].bool() != Some(true)),
        "is_null" => Given::Bool(values[0] == Given::Null),
        "is_not_null" => Given::Bool(values[0] != Given::Null),
        "eq" => compare(Ordering::is_eq),
        "ne" => Given::Bool(match (&values[0], &values[1]) {
            (Given::Null, Given::Null) => false,
            (left, right) => order(left, right, false) != Some(Ordering::Equal),
        }),
        "lt" => compare(Ordering::is_lt),
        "le" => compare(Ordering::is_le),
        "gt" => compare(Ordering::is_gt),
        "ge" => compare(Ordering::is_ge),
        "between" => {
            let low = order(&values[0], &values[1], of_moods).map(Ordering::is_ge);
            let high = order(&values[0], &values[2], of_moods).map(Ordering::is_le);
            maybe(match (low, high) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            })
        }
        "contains" => test(|whole, part| whole.contains(part)),
        "starts_with" => test(|whole, part| whole.starts_with(part)),
        "ends_with" => test(|whole, part| whole.ends_with(part)),
        "add" => numbers(|left, right| left + right),
        "sub" => numbers(|left, right| left - right),
        "mul" => match ints() {
            Some((left, right)) => Given::Int(left * right),
            None => match (values[0].millionths(), values[1].millionths()) {
                (Some(left), Some(right)) => Given::Decimal(left * right / ONE),
                _ => Given::Null,
            },
        },
        "div" => ints()
            .filter(|(_, by)| *by != 0)
            .map_or(Given::Null, |(left, right)| Given::Int(left / right)),
        "mod" => ints()
            .filter(|(_, by)| *by != 0)
            .map_or(Given::Null, |(left, right)| Given::Int(left % right)),
        "neg" => match &values[0] {
            Given::Decimal(value) => Given::Decimal(-value),
            value => value.int().map_or(Given::Null, |value| Given::Int(-value)),
        },
        "abs" => values[0]
            .int()
            .map_or(Given::Null, |value| Given::Int(value.abs())),
        "concat" => text(&|strings| strings.concat()),
        "trim" => text(&|strings| strings[0].trim_matches(' ').to_owned()),
        "ltrim" => text(&|strings| strings[0].trim_start_matches(' ').to_owned()),
        "rtrim" => text(&|strings| strings[0].trim_end_matches(' ').to_owned()),
        "ascii_lower" => text(&|strings| strings[0].to_ascii_lowercase()),
        "ascii_upper" => text(&|strings| strings[0].to_ascii_uppercase()),
        "length" => values[0]
            .string()
            .map_or(Given::Null, |text| Given::Int(text.chars().count() as i128)),
        "replace" => text(&|strings| strings[0].replace(&strings[1], &strings[2])),
        "substr" => match (&values[0], values[1].int(), values.get(2).map(Given::int)) {
            (Given::String(text), Some(from), many) => {
                let many = many.flatten().map_or(usize::MAX, |many| many as usize);
                Given::String(text.chars().skip(from as usize - 1).take(many).collect())
            }
            _ => Given::Null,
        },
        "coalesce" => {
            let first = values.iter().find(|value| **value != Given::Null);
            beside(first.cloned().unwrap_or(Given::Null), &values)
        }
        "nullif" => match order(&values[0], &values[1], false) {
            Some(Ordering::Equal) => Given::Null,
            _ => values[0].clone(),
        },
        "if" => match values[0].bool() {
            Some(true) => beside(values[1].clone(), &values[1..]),
            _ => beside(values[2].clone(), &values[1..]),
        },
        _ => panic!("{name}"),
    }
}

/// A whole number that stands for a decimal is one.
fn beside(value: Given, others: &[Given]) -> Given {
    match value {
        Given::Int(value) if others.iter().any(|other| matches!(other, Given::Decimal(_))) => {
            Given::Decimal(value * ONE)
        }
        value => value,
    }
}
