//! The parameters of SQL that a person wrote, and what is given for them.

use crate::error::{Error, Result};

/// The parameters of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameters {
    /// `{}`, that many times.
    Positional(usize),
    /// `{name}`, each name once, in the order in which the text names them first.
    Named(Vec<String>),
}

impl Parameters {
    pub(super) fn count(&self) -> usize {
        match self {
            Parameters::Positional(count) => *count,
            Parameters::Named(names) => names.len(),
        }
    }

    /// What the parameter at a position is called in messages.
    pub(super) fn told(&self, at: usize) -> String {
        match self {
            Parameters::Named(names) if let Some(name) = names.get(at) => {
                format!("the value of `{{{name}}}`")
            }
            _ => format!("value {} of the SQL", at + 1),
        }
    }

    /// Which of so many given values each parameter is, by the names that they have; `None` where they are in order.
    ///
    /// # Errors
    /// If there are more or fewer, or other names.
    pub fn places(&self, given: usize, names: &[&str]) -> Result<Option<Vec<usize>>> {
        match self {
            Parameters::Positional(count) if names.is_empty() => match given == *count {
                true => Ok(None),
                false => Err(miscounted(*count, given)),
            },
            Parameters::Named(wanted) if names.len() == given => by_name(wanted, names).map(Some),
            Parameters::Positional(0) => Err(unused(names)),
            Parameters::Positional(_) => Err(Error::config("the values have names, and the SQL says `{}`")
                .with_hint("name the placeholders too, as in `{id}`, or give the values without names")),
            Parameters::Named(wanted) => Err(Error::config(format!(
                "the SQL says {}, and not every value has a name",
                listed(wanted)
            ))
            .with_hint("give each value with its name: `((\"id\", 9), (\"title\", \"x\"))`")),
        }
    }
}

fn by_name(wanted: &[String], names: &[&str]) -> Result<Vec<usize>> {
    let mut places = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let Some(at) = names.iter().position(|name| name == wanted) else {
            return Err(
                Error::config(format!("the SQL says `{{{wanted}}}`, and no value has that name"))
                    .with_hint("give each name once, beside the SQL: `((\"id\", 9), (\"title\", \"x\"))`"),
            );
        };
        places.push(at);
    }
    let unnamed: Vec<&str> = (0..)
        .zip(names)
        .filter(|(at, _)| !places.contains(at))
        .map(|(_, name)| *name)
        .collect();
    match unnamed.is_empty() {
        true => Ok(places),
        false => Err(unused(&unnamed)),
    }
}

#[cold]
fn miscounted(placeholders: usize, values: usize) -> Error {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let are = if values == 1 { "is" } else { "are" };
    Error::config(format!(
        "the SQL has {}, and there {are} {}",
        counted(placeholders, "placeholder"),
        counted(values, "value")
    ))
    .with_hint("each `{}` is one value, in their order; a list is one value")
}

#[cold]
fn unused(names: &[&str]) -> Error {
    Error::config(format!(
        "the SQL does not say {}, and there is a value of that name",
        listed(names)
    ))
    .with_hint("a name is given once, and stands in the SQL at least once")
}

fn listed(names: &[impl std::fmt::Display]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
    names.join(", ")
}
