//! A file of more than a few hundred lines holds more than one concept.

use super::assert_none;
use super::source::{Source, sources};

/// The maximum of lines of code in a file, without comments, blank lines and tests.
const LIMIT: usize = 400;

/// Files over the limit, and why.
const ALLOWED: &[(&str, &str)] = &[];

#[test]
fn files_stay_short() {
    let mut findings = Vec::new();
    for folder in [
        "orm/src",
        "orm-derive/src",
        "orm-cli/src",
        "examples",
        "tests/src",
        "tests/tests",
    ] {
        for source in sources(folder) {
            let path = format!("{folder}/{}", source.path);
            let lines = lines_of_code(&source);
            let allowed = ALLOWED.iter().any(|(allowed, _)| *allowed == path);
            if lines > LIMIT && !allowed {
                findings.push(format!("{path}: {lines} lines of code"));
            }
            if lines <= LIMIT && allowed {
                findings.push(format!("{path}: needs no exception any more"));
            }
        }
    }
    assert_none(findings, "one concept, one file: split these");
}

fn lines_of_code(source: &Source) -> usize {
    let tests = source.test_lines();
    source
        .text
        .lines()
        .enumerate()
        .filter(|(at, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with("//") && !tests.iter().any(|test| test.contains(&(at + 1)))
        })
        .count()
}

#[test]
fn comments_blank_lines_and_tests_are_not_counted() {
    let text = "//! What.\n\nfn a() {\n    // why\n}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    assert_eq!(lines_of_code(&Source::new("x.rs", text)), 2);
}
