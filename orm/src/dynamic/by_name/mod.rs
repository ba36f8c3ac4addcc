//! Filters and orders by name: from URLs, admin pages and files.
//!
//! A name is resolved against the descriptions of the models (`path`, `lookup`), the value is read by the type of the column
//! (`value`), and what comes of it are the tokens that the same query with fields writes. Nothing is interned before all of a
//! name is known to be there, because paths of relations are kept as long as the program runs.

mod allowed;
mod document;
mod exact;
mod filter;
mod lookup;
mod order;
mod path;
mod steps;
mod value;

pub use allowed::{Allowed, AllowedLookup, AllowedOrder};
pub use filter::IntoLookup;
pub use order::IntoNamedOrder;
pub use value::LookupValue;

use std::collections::BTreeMap;

use crate::error::{Error, Kind};
use crate::model::ModelMeta;
use crate::value::JsonMismatch;

/// Stands between the parts of a name.
const BETWEEN: &str = "__";

/// The lookup that asks whether there is something.
const IS_NULL: &str = "isnull";

/// The longest name that an error repeats.
const MOST_SHOWN: usize = 80;

/// A mistake of whoever sent the name or the value, not of the program.
#[cold]
fn invalid(name: &str, message: String) -> Error {
    Error::new(Kind::InvalidFilter, message).with_fields(vec![shown(name)])
}

/// A name of somebody else's, in a form that can be shown: without control characters, and not longer than names are.
fn shown(name: &str) -> String {
    let mut letters = name.chars();
    let start: String = letters
        .by_ref()
        .take(MOST_SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    match letters.next() {
        Some(_) => start + "…",
        None => start,
    }
}

/// The value of a filter is not one of its field.
#[cold]
fn misfit(name: &str, mismatch: JsonMismatch) -> Error {
    let error = invalid(name, format!("`{}` {}", shown(name), mismatch.said));
    match mismatch.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// An error about a name of a model, which is in the program.
#[cold]
fn in_model(error: Error, model: &ModelMeta, name: &str) -> Error {
    error.context(format!("`{}` of {}", shown(name), model.def.key()))
}

/// What there is, for a hint.
fn listed<T>(names: &BTreeMap<String, T>, nothing: &'static str) -> String {
    let names: Vec<&str> = names.keys().map(String::as_str).collect();
    match *names {
        [] => nothing.to_owned(),
        [one] => format!("there is {one}"),
        _ => format!("there are {}", names.join(", ")),
    }
}
