//! Each mistake in a model or a query is one readable error at the right place.

use std::fs;
use std::path::Path;

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("compile-fail/*.rs");
}

/// The page of mistakes quotes the compiler's messages, so that searching for them finds it.
#[test]
fn the_page_of_mistakes_has_the_compilers_own_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut said = String::new();
    for file in fs::read_dir(root.join("compile-fail")).expect("the cases") {
        let path = file.expect("a case").path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            said += &fs::read_to_string(path).expect("what the compiler said");
        }
    }
    let said: Vec<&str> = said.lines().collect();
    let page = fs::read_to_string(root.join("../orm/src/mistakes.md")).expect("the page");
    let quoted: Vec<&str> = page.lines().filter(|line| line.starts_with("error")).collect();
    assert!(quoted.len() > 15, "{quoted:?}");
    for line in quoted {
        assert!(said.contains(&line), "the compiler does not say: {line}");
    }
}
