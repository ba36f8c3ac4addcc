//! Source files as tokens: comments are gone, and code under `#[cfg(test)]` is left out.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
        .to_path_buf()
}

/// A Rust file.
pub struct Source {
    /// From the folder it was looked for in, with `/` between names.
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub fn tokens(&self) -> TokenStream {
        self.text
            .parse()
            .unwrap_or_else(|error| panic!("{} is no Rust source: {error}", self.path))
    }

    /// The tokens outside of tests.
    pub fn code(&self) -> Vec<TokenTree> {
        if self.is_test() {
            Vec::new()
        } else {
            without_tests(self.tokens()).0
        }
    }

    /// The lines of items under `#[cfg(test)]`.
    pub fn test_lines(&self) -> Vec<RangeInclusive<usize>> {
        if self.is_test() {
            return vec![1..=self.text.lines().count()];
        }
        without_tests(self.tokens()).1
    }

    /// What stands beside its subject as `#[cfg(test)] mod tests;`.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
    }
}

/// Every Rust file below a folder of the workspace, in order.
pub fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let mut found = Vec::new();
    let mut folders = vec![base.clone()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file of text");
                let path = path.strip_prefix(&base).expect("a path below the folder");
                let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
                found.push(Source::new(&names.join("/"), &text));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} holds no Rust file");
    found
}

/// What follows `#[cfg(test)]` up to the end of the item is a test.
fn without_tests(tokens: TokenStream) -> (Vec<TokenTree>, Vec<RangeInclusive<usize>>) {
    let mut code = Vec::new();
    let mut tests = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match (&token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => Some(group),
            _ => None,
        };
        if attribute.is_some_and(is_cfg_test) {
            let first = token.span().start().line;
            let end = tokens.by_ref().skip(1).find(|token| match token {
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                _ => false,
            });
            let last = end.map_or(first, |token| token.span().end().line);
            tests.push(first..=last);
        } else if let TokenTree::Group(group) = &token {
            let (inner, inner_tests) = without_tests(group.stream());
            let mut kept = Group::new(group.delimiter(), inner.into_iter().collect());
            kept.set_span(group.span());
            code.push(TokenTree::Group(kept));
            tests.extend(inner_tests);
        } else {
            code.push(token);
        }
    }
    (code, tests)
}

fn is_cfg_test(attribute: &Group) -> bool {
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

#[test]
fn code_under_cfg_test_is_left_out() {
    let source = Source::new(
        "x.rs",
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n",
    );
    let code: TokenStream = source.code().into_iter().collect();
    assert_eq!(code.to_string(), "fn a () { } fn c () { }");
    assert_eq!(source.test_lines(), [2..=5]);
    let tests = Source::new("x/tests.rs", "fn a() {}\n");
    assert!(tests.code().is_empty());
    assert_eq!(tests.test_lines(), [1..=1]);
}
