//! What the table of functions says can be written: a row that no pass understands fails here, and not where somebody uses it.

use crate::expr::{Function, SqlForm, When};
use crate::sql::Transform;

/// The operands that a text has places for, each with how it is transformed on its way in.
fn holes(text: &str) -> Vec<(usize, Option<&str>)> {
    let parts = text.split('{').skip(1);
    let holes = parts.map(|part| part.split_once('}').unwrap_or_else(|| panic!("`{text}`")).0);
    let holes = holes.filter(|hole| !["filter", "order", "empty"].contains(hole));
    holes
        .map(|hole| match hole.split_once(':') {
            Some((at, transform)) => (at.parse().unwrap(), Some(transform)),
            None => (hole.parse().unwrap(), None),
        })
        .collect()
}

fn can_be_written(when: When, spelled: SqlForm, operands: usize) -> bool {
    match spelled {
        SqlForm::Template(text) => holes(text).iter().all(|(at, transform)| {
            let is_known = match transform {
                None | Some("typed" | "own" | "cased") => true,
                // Only what is bound can be transformed.
                Some(name) => when == When::Bound(*at) && Transform::named(name).is_some(),
            };
            *at < operands && is_known
        }),
        SqlForm::Postfix(words) => {
            ["IS NULL", "IS NOT NULL", "IS NOT TRUE"].contains(&words) && operands == 1
        }
        SqlForm::Prefix(word) => word == "NOT" && operands == 1,
        SqlForm::Infix(words) | SqlForm::Call(words) | SqlForm::Missing(words) => !words.is_empty(),
        SqlForm::Extreme(name) => !name.is_empty() && operands == 1,
        SqlForm::Between => operands == 3,
        SqlForm::Case => operands >= 2,
        SqlForm::Pick(operator) => [">=", "<="].contains(&operator) && operands == 2,
        SqlForm::In | SqlForm::Filter | SqlForm::Subscript => operands == 2,
    }
}

#[test]
fn every_spelling_of_every_function_can_be_written() {
    for function in Function::ALL {
        let def = function.def();
        let all = def.spellings;
        for spelling in [all.sqlite, all.postgres, all.sqlite_tables, all.postgres_tables] {
            for (when, spelled) in spelling {
                assert!(
                    can_be_written(*when, *spelled, def.arity.min.into()),
                    "{function:?} is spelled {spelled:?}, which nothing writes"
                );
            }
        }
    }
}

#[test]
fn every_aggregate_says_where_its_filter_goes() {
    for function in Function::ALL.iter().filter(|function| function.is_aggregate()) {
        let all = function.def().spellings;
        for (_, spelled) in all.sqlite.iter().chain(all.postgres) {
            if let SqlForm::Template(text) = spelled {
                assert!(text.contains("){filter}"), "{function:?}: {text}");
            }
        }
    }
}
