//! The import rule: a floor knows only the floors below it.

use proc_macro2::{Delimiter, TokenTree};

use super::assert_none;
use super::documents::floors;
use super::source::{Source, sources};

/// Files of the crate's root that stand above all floors: they hand out what the floors have.
const ROOF: [&str; 2] = ["lib", "prelude"];

#[test]
fn a_floor_imports_only_floors_below_it() {
    let floors = floors();
    let mut findings = Vec::new();
    for source in sources("orm/src") {
        findings.extend(upward_imports(&source, &floors));
    }
    assert_none(findings, "imports of a floor that is not below");
}

#[test]
fn every_folder_of_the_library_is_a_floor_of_the_document() {
    let listed = floors();
    let mut found: Vec<String> = sources("orm/src")
        .iter()
        .map(|source| floor_of(&source.path))
        .collect();
    found.dedup();
    found.retain(|floor| !ROOF.contains(&floor.as_str()));
    let unlisted = found.iter().filter(|floor| !listed.contains(floor));
    assert_none(
        unlisted.cloned().collect(),
        "floors that ARCHITECTURE.md does not list",
    );
    let gone = listed.iter().filter(|floor| !found.contains(floor));
    assert_none(
        gone.cloned().collect(),
        "floors that ARCHITECTURE.md lists and orm/src does not have",
    );
}

fn floor_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

fn upward_imports(source: &Source, floors: &[String]) -> Vec<String> {
    let own = floor_of(&source.path);
    let Some(height) = floors.iter().position(|floor| *floor == own) else {
        return Vec::new();
    };
    let mut references = Vec::new();
    gather(&source.code(), module_depth(&source.path), &mut references);
    references
        .into_iter()
        .filter(|reference| {
            let name = match reference.name.as_str() {
                // Handed out by the roof under their own names.
                "Error" | "Result" => "error",
                name => name,
            };
            let below = floors[..=height].iter().any(|floor| floor == name);
            // Macros expand in the user's crate, where only the roof's names exist.
            let in_macro = reference.dollar && !floors.iter().any(|floor| floor == name);
            !below && !in_macro
        })
        .map(|reference| {
            format!(
                "{}:{}: {} uses {}",
                source.path, reference.line, own, reference.name
            )
        })
        .collect()
}

/// How many modules a file is below the crate's root.
fn module_depth(path: &str) -> usize {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').count()
}

/// A name right below the crate's root, as code refers to it.
struct Reference {
    name: String,
    line: usize,
    /// Written `$crate::…`
    dollar: bool,
}

/// Finds `crate::x`, `orm::x`, and as many `super::` as lead to the root; also in groups: `crate::{x, y::z}`.
fn gather(tokens: &[TokenTree], depth: usize, found: &mut Vec<Reference>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" && is_inline_module(&tokens[at..]) => {
                if let Some(TokenTree::Group(body)) = tokens.get(at + 2) {
                    let inner: Vec<_> = body.stream().into_iter().collect();
                    gather(&inner, depth + 1, found);
                }
                at += 3;
            }
            TokenTree::Ident(word) if follows_path(tokens, at) => {
                let mut next = at;
                let is_root = match word.to_string().as_str() {
                    "crate" | "orm" => true,
                    "super" => {
                        let mut climbed = 1;
                        while is_path_separator(tokens, next + 1)
                            && matches!(tokens.get(next + 3), Some(TokenTree::Ident(word)) if word == "super")
                        {
                            climbed += 1;
                            next += 3;
                        }
                        climbed >= depth
                    }
                    _ => false,
                };
                if is_root && is_path_separator(tokens, next + 1) {
                    let dollar = at > 0 && is_punct(&tokens[at - 1], '$');
                    heads(tokens.get(next + 3), dollar, found);
                }
                at = next + 1;
            }
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                gather(&inner, depth, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// The first names of a path's continuation: one, or those of a group.
fn heads(token: Option<&TokenTree>, dollar: bool, found: &mut Vec<Reference>) {
    match token {
        Some(TokenTree::Ident(name)) => found.push(Reference {
            name: name.to_string(),
            line: name.span().start().line,
            dollar,
        }),
        Some(TokenTree::Punct(star)) if star.as_char() == '*' => found.push(Reference {
            name: "*".to_owned(),
            line: star.span().start().line,
            dollar,
        }),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let inner: Vec<_> = group.stream().into_iter().collect();
            for item in inner.split(|token| is_punct(token, ',')) {
                heads(item.first(), dollar, found);
            }
        }
        _ => {}
    }
}

/// Whether a path starts here: `x::` not preceded by another `…::`, apart from a leading `::`.
fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    let preceded =
        at >= 3 && is_path_separator(tokens, at - 2) && matches!(tokens[at - 3], TokenTree::Ident(_));
    is_path_separator(tokens, at + 1) && !preceded
}

fn is_inline_module(tokens: &[TokenTree]) -> bool {
    matches!(tokens.get(1), Some(TokenTree::Ident(_)))
        && matches!(tokens.get(2), Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    [at, at + 1]
        .iter()
        .all(|&at| tokens.get(at).is_some_and(|token| is_punct(token, ':')))
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

#[test]
fn the_rule_finds_every_way_to_climb() {
    let floors: Vec<String> = ["error", "value", "query", "connect"].map(str::to_owned).to_vec();
    let check = |path: &str, text: &str| -> Vec<String> {
        let findings = upward_imports(&Source::new(path, text), &floors);
        findings
            .iter()
            .map(|finding| finding.rsplit(' ').next().unwrap_or_default().to_owned())
            .collect()
    };
    for (path, text, climbs) in [
        ("value/row.rs", "use crate::connect::Db;", vec!["connect"]),
        (
            "value/row.rs",
            "use crate::{error::Result, connect::Db};",
            vec!["connect"],
        ),
        (
            "value/row.rs",
            "fn f() { crate::query::g::<u8>() }",
            vec!["query"],
        ),
        (
            "value/row.rs",
            "fn f() -> Vec<orm::query::Q> { x }",
            vec!["query"],
        ),
        ("value/row.rs", "use super::super::query::Q;", vec!["query"]),
        ("value/mod.rs", "use super::query::Q;", vec!["query"]),
        (
            "value/row.rs",
            "mod a { use super::super::super::query::Q; }",
            vec!["query"],
        ),
        ("value/row.rs", "use crate::*;", vec!["*"]),
        ("value/row.rs", "use crate::prelude::Model;", vec!["prelude"]),
        ("value/row.rs", "use crate::__private::linkme;", vec!["__private"]),
        (
            "value/row.rs",
            "macro_rules! m { () => { $crate::connect::Db } }",
            vec!["connect"],
        ),
        // What is allowed.
        (
            "value/row.rs",
            "macro_rules! m { () => { $crate::__private::x } }",
            vec![],
        ),
        (
            "value/row.rs",
            "use crate::error::Error; use crate::Result; use crate::value::A;",
            vec![],
        ),
        (
            "value/row.rs",
            "use super::query; use std::crate_like::connect;",
            vec![],
        ),
        (
            "value/row.rs",
            "/// [`crate::connect::Db`]\n// crate::connect\nfn f() { \"crate::connect\"; }",
            vec![],
        ),
        (
            "value/row.rs",
            "#[cfg(test)]\nmod tests { use crate::connect::Db; }",
            vec![],
        ),
        (
            "connect/db.rs",
            "use crate::query::Q; use crate::value::V;",
            vec![],
        ),
        ("lib.rs", "pub use connect::Db;", vec![]),
    ] {
        assert_eq!(check(path, text), climbs, "{path}: {text}");
    }
}
