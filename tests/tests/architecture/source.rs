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
    /// Relative to the folder that was searched, with `/` between names.
    pub path: String,
    pub text: String,
    /// Whether the whole file is a test: its parent declares `#[cfg(test)] mod tests;`.
    test: bool,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
            test: false,
        }
    }

    pub fn tokens(&self) -> TokenStream {
        self.text
            .parse()
            .unwrap_or_else(|error| panic!("{} is no Rust source: {error}", self.path))
    }

    /// The tokens outside tests.
    pub fn code(&self) -> Vec<TokenTree> {
        if self.test {
            Vec::new()
        } else {
            without_tests(self.tokens()).code
        }
    }

    /// Whether the whole file is a test.
    pub fn is_test(&self) -> bool {
        self.test
    }

    /// The lines of items under `#[cfg(test)]`.
    pub fn test_lines(&self) -> Vec<RangeInclusive<usize>> {
        if self.test {
            return vec![1..=self.text.lines().count()];
        }
        without_tests(self.tokens()).tests
    }

    /// Paths, without extension, of the modules that this file declares as `#[cfg(test)] mod name;`.
    fn test_modules(&self) -> Vec<String> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let folder = match stem.strip_suffix("mod").or_else(|| stem.strip_suffix("lib")) {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => folder.to_owned(),
            _ => format!("{stem}/"),
        };
        let modules = without_tests(self.tokens()).modules;
        modules
            .into_iter()
            .map(|name| format!("{folder}{name}"))
            .collect()
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
    let tests: Vec<String> = found.iter().flat_map(Source::test_modules).collect();
    for source in &mut found {
        source.test = tests.iter().any(|module| {
            let below = source.path.strip_prefix(module.as_str());
            below.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} holds no Rust file");
    found
}

/// A file's tokens without its tests.
#[derive(Default)]
struct Split {
    code: Vec<TokenTree>,
    /// Line ranges of the items that are tests.
    tests: Vec<RangeInclusive<usize>>,
    /// Names of test modules that have files of their own.
    modules: Vec<String>,
}

/// Everything from `#[cfg(test)]` to the end of the item is a test.
fn without_tests(tokens: TokenStream) -> Split {
    let mut split = Split::default();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = match (&token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group))) if hash.as_char() == '#' => Some(group),
            _ => None,
        };
        if attribute.is_some_and(is_cfg_test) {
            let first = token.span().start().line;
            let mut last = first;
            let mut words = Vec::new();
            for token in tokens.by_ref().skip(1) {
                last = token.span().end().line;
                match token {
                    TokenTree::Ident(word) => words.push(word.to_string()),
                    TokenTree::Punct(punct) if punct.as_char() == ';' => {
                        if let [.., keyword, name] = words.as_slice()
                            && keyword == "mod"
                        {
                            split.modules.push(name.clone());
                        }
                        break;
                    }
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                    _ => {}
                }
            }
            split.tests.push(first..=last);
        } else if let TokenTree::Group(group) = &token {
            let inner = without_tests(group.stream());
            let mut kept = Group::new(group.delimiter(), inner.code.into_iter().collect());
            kept.set_span(group.span());
            split.code.push(TokenTree::Group(kept));
            split.tests.extend(inner.tests);
        } else {
            split.code.push(token);
        }
    }
    split
}

/// `cfg(test)`, `cfg(all(test, …))`
fn is_cfg_test(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

#[test]
fn code_under_cfg_test_is_left_out() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(all(test, unix))]\nmod laws;\n";
    let source = Source::new("a/b.rs", text);
    let code: TokenStream = source.code().into_iter().collect();
    assert_eq!(code.to_string(), "fn a () { } fn c () { }");
    assert_eq!(source.test_lines(), [2..=5, 7..=8]);
    assert_eq!(source.test_modules(), ["a/b/laws"]);
    assert_eq!(Source::new("a/mod.rs", text).test_modules(), ["a/laws"]);
    assert_eq!(Source::new("lib.rs", text).test_modules(), ["laws"]);
}
