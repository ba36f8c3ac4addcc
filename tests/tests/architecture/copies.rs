//! Code that exists in two crates because neither can depend on the other for it.

use std::fs;

use super::source::root;

#[test]
fn the_derive_makes_snake_case_as_the_library_does() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("a file of text");
    assert_eq!(
        read("orm-derive/src/model/snake_case.rs"),
        read("orm/src/model/snake_case.rs"),
        "names of tables and of generated methods follow one rule: change both files"
    );
}
