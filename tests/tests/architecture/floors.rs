//! The import rule: a floor knows only the floors below it. It holds in the library, and again inside `migrate/`.

use proc_macro2::{Delimiter, TokenTree};

use super::assert_none;
use super::documents::{Floor, floors, floors_of_migrate};
use super::source::{Source, sources};

/// A stack of floors: the library, or a floor that has floors of its own.
struct Stack {
    /// Its folder.
    folder: &'static str,
    /// Its module path.
    module: &'static [&'static str],
    /// Ground floor first, as ARCHITECTURE.md lists them.
    floors: Vec<String>,
    /// Its own files, which may import every floor: they re-export from the floors.
    roof: &'static [&'static str],
    /// Re-exports of the top module that every floor may name, and the floors they come from.
    handed_out: &'static [(&'static str, &'static str)],
}

impl Stack {
    fn library() -> Self {
        Stack {
            folder: "orm/src",
            module: &[],
            floors: names(floors()),
            roof: &["lib", "prelude"],
            handed_out: &[("Error", "error"), ("Result", "error")],
        }
    }

    fn migrate() -> Self {
        Stack {
            folder: "orm/src/migrate",
            module: &["migrate"],
            floors: names(floors_of_migrate()),
            roof: &["mod"],
            handed_out: &[],
        }
    }

    /// Its files without those that consist of tests.
    fn sources(&self) -> Vec<Source> {
        let mut sources = sources(self.folder);
        sources.retain(|source| !source.is_test());
        sources
    }
}

fn names(floors: Vec<Floor>) -> Vec<String> {
    floors.into_iter().map(|floor| floor.name).collect()
}

#[test]
fn a_floor_imports_only_floors_below_it() {
    let mut findings = Vec::new();
    for stack in [Stack::library(), Stack::migrate()] {
        for source in stack.sources() {
            findings.extend(upward_imports(&source, &stack));
        }
    }
    assert_none(findings, "imports of a floor that is not below");
}

#[test]
fn every_folder_is_a_floor_of_the_document() {
    for stack in [Stack::library(), Stack::migrate()] {
        let mut found: Vec<String> = stack
            .sources()
            .iter()
            .map(|source| floor_of(&source.path))
            .collect();
        found.dedup();
        found.retain(|floor| !stack.roof.contains(&floor.as_str()));
        let unlisted = found.iter().filter(|floor| !stack.floors.contains(floor));
        assert_none(
            unlisted.cloned().collect(),
            &format!("floors of {} that ARCHITECTURE.md does not list", stack.folder),
        );
        let gone = stack.floors.iter().filter(|floor| !found.contains(floor));
        assert_none(
            gone.cloned().collect(),
            &format!(
                "floors that ARCHITECTURE.md lists and {} does not have",
                stack.folder
            ),
        );
    }
}

#[test]
fn the_file_list_of_migrate_is_that_of_the_document() {
    let sources = Stack::migrate().sources();
    let mut findings = Vec::new();
    for floor in floors_of_migrate() {
        let paths = sources.iter().map(|source| source.path.as_str());
        findings.extend(wrong_files(&floor, &files_of(&floor.name, paths)));
    }
    assert_none(
        findings,
        "files of migrate/ that the table in ARCHITECTURE.md has wrong",
    );
}

/// The files and folders directly in a floor's folder, without its first file and without extensions.
fn files_of<'a>(floor: &str, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let below = paths.filter_map(|path| path.strip_prefix(floor)?.strip_prefix('/'));
    let mut files: Vec<String> = below.map(floor_of).filter(|file| file != "mod").collect();
    files.dedup();
    files
}

fn wrong_files(floor: &Floor, files: &[String]) -> Vec<String> {
    let unlisted = files
        .iter()
        .filter(|file| !floor.has_file_per_kind && !floor.files.contains(file))
        .map(|file| format!("{}/{file} is not listed", floor.name));
    let gone = floor
        .files
        .iter()
        .filter(|file| !files.contains(file))
        .map(|file| format!("{}/{file} does not exist", floor.name));
    unlisted.chain(gone).collect()
}

/// The first name of a path, without a file extension.
fn floor_of(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

fn upward_imports(source: &Source, stack: &Stack) -> Vec<String> {
    let own = floor_of(&source.path);
    let Some(height) = stack.floors.iter().position(|floor| *floor == own) else {
        return Vec::new();
    };
    let mut module: Vec<String> = stack.module.iter().map(|&name| name.to_owned()).collect();
    module.extend(modules(&source.path));
    let mut references = Vec::new();
    gather(&source.code(), &module, &mut references);
    references
        .into_iter()
        .filter_map(|reference| {
            let name = reference.below(stack.module)?;
            let handed_out = stack.handed_out.iter().find(|(item, _)| *item == name);
            let floor = handed_out.map_or(name, |(_, floor)| floor);
            let is_below = stack.floors[..=height].iter().any(|below| below == floor);
            // Macros expand in the user's crate, where only public names exist.
            let in_macro = reference.dollar && !stack.floors.iter().any(|other| other == floor);
            (!is_below && !in_macro)
                .then(|| format!("{}:{}: {own} uses {floor}", source.path, reference.line))
        })
        .collect()
}

/// The module path of a file, the last name being its own.
fn modules(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').map(str::to_owned).collect()
}

/// A path in code, from the crate's root.
#[derive(Clone)]
struct Reference {
    path: Vec<String>,
    line: usize,
    /// Written `$crate::…`
    dollar: bool,
}

impl Reference {
    /// The name directly below a module; `None` if the path leads elsewhere or to the module itself.
    fn below(&self, module: &[&str]) -> Option<&str> {
        let starts = module.iter().zip(&self.path).all(|(name, part)| name == part);
        let name = self.path.get(module.len())?;
        starts.then_some(name)
    }
}

/// Finds paths that start with `crate::`, `orm::` or `super::`; also in groups: `crate::{x, y::z}`.
fn gather(tokens: &[TokenTree], module: &[String], found: &mut Vec<Reference>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" && is_inline_module(&tokens[at..]) => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let inner: Vec<_> = body.stream().into_iter().collect();
                    let module: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                    gather(&inner, &module, found);
                }
                at += 3;
            }
            TokenTree::Ident(word) if follows_path(tokens, at) => {
                let mut next = at;
                let start = match word.to_string().as_str() {
                    "crate" | "orm" => Some(&module[..0]),
                    "super" => {
                        let mut climbed = 1;
                        while is_path_separator(tokens, next + 1)
                            && matches!(tokens.get(next + 3), Some(TokenTree::Ident(word)) if word == "super")
                        {
                            climbed += 1;
                            next += 3;
                        }
                        Some(&module[..module.len().saturating_sub(climbed)])
                    }
                    _ => None,
                };
                if let Some(start) = start {
                    let reference = Reference {
                        path: start.to_vec(),
                        line: word.span().start().line,
                        dollar: at > 0 && is_punct(&tokens[at - 1], '$'),
                    };
                    next = follow(tokens, next + 1, reference, found);
                } else {
                    next += 1;
                }
                at = next;
            }
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                gather(&inner, module, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Follows a path from the separator at `at` to its end, or to all ends of a group; returns the position after it.
fn follow(tokens: &[TokenTree], mut at: usize, mut path: Reference, found: &mut Vec<Reference>) -> usize {
    while is_path_separator(tokens, at) {
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(name)) => {
                path.line = name.span().start().line;
                path.path.push(name.to_string());
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => path.path.push("*".to_owned()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                for item in inner.split(|token| is_punct(token, ',')) {
                    let Some(TokenTree::Ident(name)) = item.first() else {
                        continue;
                    };
                    let mut path = path.clone();
                    path.line = name.span().start().line;
                    path.path.push(name.to_string());
                    follow(item, 1, path, found);
                }
                return at + 3;
            }
            // `::<T>`: the arguments may contain paths.
            _ => break,
        }
        at += 3;
    }
    found.push(path);
    at
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

/// The higher floors that a file imports.
fn climbs(path: &str, text: &str, stack: &Stack) -> Vec<String> {
    let findings = upward_imports(&Source::new(path, text), stack);
    findings
        .iter()
        .map(|finding| finding.rsplit(' ').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_rule_finds_every_way_to_climb() {
    let stack = Stack {
        floors: ["error", "value", "query", "connect"].map(str::to_owned).to_vec(),
        ..Stack::library()
    };
    let check = |path: &str, text: &str| climbs(path, text, &stack);
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

#[test]
fn the_rule_finds_every_way_to_climb_inside_a_floor() {
    let stack = Stack {
        floors: ["state", "operation", "run"].map(str::to_owned).to_vec(),
        ..Stack::migrate()
    };
    for (path, text, climbed) in [
        (
            "state/mod.rs",
            "use super::operation::Operation;",
            vec!["operation"],
        ),
        ("state/enums.rs", "use super::super::run::plan;", vec!["run"]),
        (
            "state/enums.rs",
            "use crate::migrate::{operation::{Contract, Operation}, run};",
            vec!["operation", "operation", "run"],
        ),
        (
            "state/enums.rs",
            "use crate::{error::Result, migrate::{state::Links, run::Way}};",
            vec!["run"],
        ),
        (
            "operation/database_action.rs",
            "mod a { use super::super::super::run; }",
            vec!["run"],
        ),
        // Re-exports of the top module count as their floors.
        ("run/plan.rs", "use crate::migrate::Answers;", vec!["Answers"]),
        // What is allowed.
        (
            "run/plan.rs",
            "use super::compile::Compiled; use crate::migrate::{operation, state::ProjectState};",
            vec![],
        ),
        (
            "state/mod.rs",
            "use crate::schema::Step; use super::state;",
            vec![],
        ),
        ("mod.rs", "pub use run::plan;", vec![]),
    ] {
        assert_eq!(climbs(path, text, &stack), climbed, "{path}: {text}");
    }
}

#[test]
fn a_file_list_that_is_wrong_is_found() {
    let files = files_of(
        "run",
        [
            "run/mod.rs",
            "run/execute/turn.rs",
            "run/execute.rs",
            "state/mod.rs",
        ]
        .into_iter(),
    );
    assert_eq!(files, ["execute"]);
    let mut floor = Floor {
        name: "run".to_owned(),
        files: vec!["plan".to_owned()],
        has_file_per_kind: false,
    };
    assert_eq!(
        wrong_files(&floor, &files),
        ["run/execute is not listed", "run/plan does not exist"]
    );
    floor.has_file_per_kind = true;
    assert_eq!(wrong_files(&floor, &files), ["run/plan does not exist"]);
}
