//! The rules that keep the house in order, held by a machine: who may import whom, where a backend may be named, how
//! long a file may be, and that the documents name what exists.

mod copies;
mod documents;
mod face;
mod floors;
mod names;
mod operations;
mod size;
mod source;

/// Fails with all findings at once, one a line.
fn assert_none(findings: Vec<String>, rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
