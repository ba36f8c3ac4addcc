//! Each operation declares what it accesses: there is no default that hides a missing declaration, and the code that
//! asks names no operation.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::assert_none;
use super::source::{Source, sources};

/// Code that asks operations what they access: the optimizer, partitioning, merging, and running.
const ASKING: [&str; 9] = [
    "optimize/",
    "autodetect/partition.rs",
    "autodetect/detected_operation.rs",
    "autodetect/sort.rs",
    "make/mod.rs",
    "make/unsupported.rs",
    "rewrite/merge.rs",
    "rewrite/merge/",
    "run/compile.rs",
];

#[test]
fn an_operation_that_does_not_say_what_it_touches_does_not_compile() {
    let sources = sources("orm/src/migrate/operation");
    let contract = sources.iter().find(|source| source.path == "mod.rs");
    let contract = contract.expect("the contract of operations");
    let required = required_methods(&contract.tokens(), "Contract");
    for method in ["accesses", "inverse", "describe"] {
        assert!(
            required.iter().any(|required| required == method),
            "`{method}` of `Contract` has a default, so that an operation can forget it; required are {required:?}"
        );
    }
}

#[test]
fn who_asks_what_is_touched_names_no_operation() {
    let mut findings = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    for source in sources("orm/src/migrate") {
        let Some(asking) = ASKING.iter().find(|path| source.path.starts_with(**path)) else {
            continue;
        };
        asked.push(asking);
        findings.extend(named_operations(&source));
    }
    assert_none(findings, "operations named where `accesses` says enough");
    let gone = ASKING.iter().filter(|path| !asked.contains(path));
    assert_none(
        gone.map(|&path| path.to_owned()).collect(),
        "files that do not exist any more",
    );
}

/// Names of the methods of a trait without a default body.
fn required_methods(tokens: &TokenStream, name: &str) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    let start = tokens
        .windows(2)
        .position(|pair| is(&pair[0], "trait") && is(&pair[1], name))
        .expect("the trait");
    let body = tokens[start..].iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    });
    let body: Vec<TokenTree> = body.expect("the trait's methods").into_iter().collect();
    let mut required = Vec::new();
    for (at, pair) in body.windows(2).enumerate() {
        if !is(&pair[0], "fn") {
            continue;
        }
        let end = body[at..].iter().find_map(|token| match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => Some(true),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(false),
            _ => None,
        });
        if end == Some(true) {
            required.push(pair[1].to_string());
        }
    }
    required
}

/// `Operation::SomeKind`, outside of tests.
fn named_operations(source: &Source) -> Vec<String> {
    fn search(tokens: &[TokenTree], path: &str, found: &mut Vec<String>) {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    search(&inner, path, found);
                }
                TokenTree::Ident(ident) if ident == "Operation" => {
                    let Some(TokenTree::Ident(kind)) = tokens.get(at + 3) else {
                        continue;
                    };
                    let is_path = [1, 2].iter().all(|next| {
                        matches!(tokens.get(at + next), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
                    });
                    let kind = kind.to_string();
                    if is_path && kind.starts_with(char::is_uppercase) && kind != "KINDS" {
                        found.push(format!("{path}:{}: {kind}", ident.span().start().line));
                    }
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    search(&source.code(), &source.path, &mut found);
    found
}

#[test]
fn the_rules_find_what_they_are_for() {
    let contract =
        "trait Contract { fn a(&self) -> [u8; 2]; fn b(&self) { x; } fn c<'a>(&'a self) -> T<'a>; }";
    assert_eq!(
        required_methods(&contract.parse().expect("tokens"), "Contract"),
        ["a", "c"]
    );
    for (text, found) in [
        ("fn f() { match x { Operation::AddField(_) => 1, _ => 2 } }", 1),
        (
            "fn f() { Operation::KINDS.len() + operation.map(Operation::line) }",
            0,
        ),
        (
            "#[cfg(test)]\nmod tests { fn f() { Operation::AddField(x); } }",
            0,
        ),
    ] {
        assert_eq!(
            named_operations(&Source::new("x.rs", text)).len(),
            found,
            "{text}"
        );
    }
}
