//! The rules of the code base, as tests: which floors may import which, where a backend may be named, how long a file
//! may be, and that the documents name what exists.

mod copies;
mod documents;
mod face;
mod floors;
mod names;
mod operations;
mod size;
mod source;

/// Panics with all findings, one per line.
fn assert_none(findings: Vec<String>, rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
