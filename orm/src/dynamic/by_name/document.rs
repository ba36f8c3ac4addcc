//! Lookups of what is within a document: `meta__address__city__icontains`.

use std::collections::BTreeSet;

use serde_json::Value as Plain;

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, Function};
use crate::query::{Expression, JsonPath, append_json_path};
use crate::value::{FieldType, JsonMismatch, Value};

use super::path::NamedPath;
use super::value::{Given, ValueType, mismatch, parts};
use super::{BETWEEN, IS_NULL, exact, misfit, shown};

/// The most keys that are asked for at once: each number of them is a statement of its own.
const MOST_KEYS: usize = 100;

/// From here on numbers of 64 bits leave out whole ones, and an order would not tell them apart.
const ROUNDED: f64 = 9_007_199_254_740_992.0;

/// Where the text of keys can be cut in two ways.
const UNCLEAR: &str = "___";

/// What is asked of what stands at a path.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asks {
    /// Whether it is JSON equal to this.
    Equal,
    /// The same of one of several.
    Among,
    /// A comparison of numbers, or of strings.
    Ordered(Function),
    /// Whether it lies between two.
    Between,
    /// A lookup of strings.
    String(Function),
    /// The same of a regular expression.
    #[cfg(feature = "regex")]
    Pattern(Function),
    /// Whether it contains JSON.
    Contains,
    /// Whether JSON contains it.
    ContainedBy,
    /// Whether there is nothing.
    IsMissing,
    /// Whether it has a key.
    HasKey,
    /// Whether it has all of several.
    HasKeys,
    /// Whether it has one of several.
    HasAnyKeys,
}

const LOOKUPS: &[(&str, Asks)] = &[
    ("exact", Asks::Equal),
    ("in", Asks::Among),
    ("gt", Asks::Ordered(Function::Gt)),
    ("gte", Asks::Ordered(Function::Ge)),
    ("lt", Asks::Ordered(Function::Lt)),
    ("lte", Asks::Ordered(Function::Le)),
    ("range", Asks::Between),
    ("iexact", Asks::String(Function::EqIgnoringCase)),
    ("icontains", Asks::String(Function::ContainsIgnoringCase)),
    ("startswith", Asks::String(Function::StartsWith)),
    ("istartswith", Asks::String(Function::StartsWithIgnoringCase)),
    ("endswith", Asks::String(Function::EndsWith)),
    ("iendswith", Asks::String(Function::EndsWithIgnoringCase)),
    #[cfg(feature = "regex")]
    ("regex", Asks::Pattern(Function::Regex)),
    #[cfg(feature = "regex")]
    ("iregex", Asks::Pattern(Function::RegexIgnoringCase)),
    ("contains", Asks::Contains),
    ("contained_by", Asks::ContainedBy),
    (IS_NULL, Asks::IsMissing),
    ("has_key", Asks::HasKey),
    ("has_keys", Asks::HasKeys),
    ("has_any_keys", Asks::HasAnyKeys),
];

/// A resolved lookup: the path, and what is asked.
#[derive(Debug, Clone)]
pub(super) struct DocumentLookup {
    path: Vec<String>,
    asks: Asks,
}

impl DocumentLookup {
    /// The lookup of that text, of a column of documents; `None` where the column holds something else, or the text is a lookup of all
    /// columns.
    ///
    /// # Errors
    /// If a part of the path has no name.
    pub fn parse(path: &NamedPath, text: &str) -> Result<Option<Self>> {
        if path.column()?.storage != FieldType::Json || text.is_empty() {
            return Ok(None);
        }
        let mut keys: Vec<String> = text.split(BETWEEN).map(str::to_owned).collect();
        if keys.iter().any(String::is_empty) {
            return Err(
                Error::config(format!("`{}` names a key of a document without a name", shown(text)))
                    .with_hint("keys stand between two underscores each, `meta__address__city`; a key that has two itself is named by a field: `p.meta.path(..)`"),
            );
        }
        if text.contains(UNCLEAR) {
            return Err(Error::config(format!(
                "`{}` has three underscores in a row, and may be cut in front of the last or behind the first",
                shown(text)
            ))
            .with_hint("a key that ends with an underscore, or begins with one behind another key, is named by a field: `p.meta.path(..)`"));
        }
        let last = keys.last().map(String::as_str).unwrap_or_default();
        let known = LOOKUPS.iter().find(|(name, _)| *name == last);
        let asks = known.map_or(Asks::Equal, |(_, asks)| *asks);
        if known.is_some() {
            keys.pop();
        }
        let of_the_whole = matches!(asks, Asks::Equal | Asks::Among | Asks::IsMissing);
        Ok((!of_the_whole || !keys.is_empty()).then_some(DocumentLookup { path: keys, asks }))
    }

    /// The condition on a column, with what was given.
    ///
    /// # Errors
    /// If the lookup does not take that.
    pub fn condition(
        &self,
        name: &str,
        given: Given<'_>,
    ) -> Result<Box<dyn FnOnce(ExprTokens) -> ExprTokens + '_>> {
        let refused = |mismatch| misfit(name, mismatch);
        let string = |given| ValueType::of(FieldType::Text).one(given).map_err(refused);
        Ok(match self.asks {
            Asks::Equal => {
                let value = json(one(given).map_err(refused)?).map_err(refused)?;
                Box::new(|column| {
                    call(
                        Function::Eq,
                        [
                            self.read(column, Function::JsonGet),
                            value_of(value, FieldType::Json),
                        ],
                    )
                })
            }
            Asks::Among => {
                let values = several(given).map_err(refused)?.into_iter().map(json);
                let values = values.collect::<Result<_, _>>().map_err(refused)?;
                Box::new(|column| {
                    let mut list = ExprTokens::default();
                    list.param(Value::List(values));
                    call(Function::In, [self.read(column, Function::JsonGet), list])
                })
            }
            Asks::Ordered(by) => {
                let (value, read) = ordered(&one(given).map_err(refused)?).map_err(refused)?;
                Box::new(move |column| call(by, [self.read(column, read), plain(value)]))
            }
            Asks::Between => {
                let both = several(given).map_err(refused)?;
                let [least, greatest] = &*both else {
                    return Err(refused(mismatch("takes two values, the least and the greatest")));
                };
                let (least, read) = ordered(least).map_err(refused)?;
                let (greatest, same) = ordered(greatest).map_err(refused)?;
                if read != same {
                    return Err(refused(mismatch("takes two numbers or two strings")));
                }
                Box::new(move |column| {
                    call(
                        Function::Between,
                        [self.read(column, read), plain(least), plain(greatest)],
                    )
                })
            }
            Asks::String(by) => {
                let text = string(given)?;
                Box::new(move |column| call(by, [self.read(column, Function::JsonString), plain(text)]))
            }
            #[cfg(feature = "regex")]
            Asks::Pattern(by) => {
                let pattern = super::value::pattern(name, &string(given)?)?;
                Box::new(move |column| call(by, [self.read(column, Function::JsonString), plain(pattern)]))
            }
            Asks::Contains => {
                let value = json(one(given).map_err(refused)?).map_err(refused)?;
                Box::new(|column| {
                    call(
                        Function::JsonContains,
                        [
                            self.read(column, Function::JsonGet),
                            value_of(value, FieldType::Json),
                        ],
                    )
                })
            }
            Asks::ContainedBy => {
                let value = json(one(given).map_err(refused)?).map_err(refused)?;
                Box::new(|column| {
                    call(
                        Function::JsonContains,
                        [
                            value_of(value, FieldType::Json),
                            self.read(column, Function::JsonGet),
                        ],
                    )
                })
            }
            Asks::IsMissing => {
                let is_missing =
                    ValueType::of(FieldType::Bool).one(given).map_err(refused)? == Value::Bool(true);
                Box::new(move |column| {
                    let mut exists = self.read(column, Function::JsonExists);
                    if is_missing {
                        exists.call(Function::Not, 1);
                    }
                    exists
                })
            }
            Asks::HasKey => {
                let key = owned(string(given)?);
                Box::new(move |column| self.within(column).has_keys(key).into_tokens())
            }
            Asks::HasKeys | Asks::HasAnyKeys => {
                let keys = keys_of(given).map_err(refused)?;
                let all = self.asks == Asks::HasKeys;
                Box::new(move |column| match (self.within(column), all) {
                    (within, true) => within.has_keys(keys).into_tokens(),
                    (within, false) => within.has_any_keys(keys).into_tokens(),
                })
            }
        })
    }

    /// What stands at the path: the document itself where there is none.
    fn read(&self, column: ExprTokens, by: Function) -> ExprTokens {
        match self.path.is_empty() && by == Function::JsonGet {
            true => column,
            false => read(column, &self.path, by),
        }
    }

    /// What stands in the document, to ask for its keys.
    fn within(&self, column: ExprTokens) -> JsonPath {
        JsonPath::of(column, self.path.clone())
    }
}

fn read(mut column: ExprTokens, path: &[String], by: Function) -> ExprTokens {
    append_json_path(path, &mut column);
    column.call(by, 2);
    column
}

fn call<const N: usize>(by: Function, operands: [ExprTokens; N]) -> ExprTokens {
    let mut tokens = ExprTokens::default();
    let number = u16::try_from(operands.len()).unwrap_or(u16::MAX);
    operands.into_iter().for_each(|operand| tokens.extend(operand));
    tokens.call(by, number);
    tokens
}

fn plain(value: Value<'static>) -> ExprTokens {
    let mut tokens = ExprTokens::default();
    tokens.param(value);
    tokens
}

fn value_of(value: Value<'static>, ty: FieldType) -> ExprTokens {
    let mut tokens = plain(value);
    tokens.say_type(ty);
    tokens
}

/// What a text says: JSON where it is that, else itself.
fn said(text: &str) -> Result<Plain, JsonMismatch> {
    Ok(exact::json(text)?.unwrap_or_else(|| Plain::from(text)))
}

/// The keys that a value lists, each once.
fn keys_of(given: Given<'_>) -> Result<BTreeSet<String>, JsonMismatch> {
    let keys: BTreeSet<String> = ValueType::of(FieldType::Text)
        .list(given)?
        .into_iter()
        .filter_map(owned)
        .collect();
    match keys.len() > MOST_KEYS {
        true => Err(JsonMismatch {
            hint: Some("`contains` asks for any number of keys with their values"),
            ..mismatch(&format!("takes at most {MOST_KEYS} keys"))
        }),
        false => Ok(keys),
    }
}

/// The string of a value of strings.
fn owned(value: Value<'static>) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.to_string()),
        _ => None,
    }
}

fn one(given: Given<'_>) -> Result<Plain, JsonMismatch> {
    match given {
        Given::Text(text) => said(text),
        Given::Json(json) => Ok(json.clone()),
        Given::Texts(texts) => match *texts {
            [text] => said(text),
            _ => Err(mismatch("takes one value")),
        },
    }
}

fn several(given: Given<'_>) -> Result<Vec<Plain>, JsonMismatch> {
    match given {
        Given::Text(text) => parts(text).map(said).collect(),
        Given::Texts(texts) => texts.into_iter().map(said).collect(),
        Given::Json(Plain::Array(items)) => Ok(items.clone()),
        Given::Json(_) => Err(mismatch("takes a list")),
    }
}

fn json(value: Plain) -> Result<Value<'static>, JsonMismatch> {
    ValueType::of(FieldType::Json).one(Given::Json(&value))
}

/// A value that has an order, and what reads those that are compared with it.
fn ordered(value: &Plain) -> Result<(Value<'static>, Function), JsonMismatch> {
    match value {
        Plain::Number(number) => {
            let number = number.as_f64().filter(|number| number.abs() < ROUNDED);
            let number = number.ok_or_else(|| JsonMismatch {
                hint: Some(
                    "whole numbers of 64 bits are ordered by a field: `p.meta.path(..).as_i64().gt(..)`",
                ),
                ..mismatch("takes numbers between -2^53 and 2^53, from which on whole ones would be rounded")
            })?;
            Ok((Value::Float(number), Function::JsonDouble))
        }
        Plain::String(_) => {
            let text = ValueType::of(FieldType::Text).one(Given::Json(value))?;
            Ok((text, Function::JsonString))
        }
        _ => Err(mismatch("takes a number or a string, which have an order")),
    }
}
