//! The cases of `tests/golden/optimize`: a folder each, with operations of the app `blog` before, and what
//! they become.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::tests::check;
use crate::migrate::operation::Operation;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    operations: Vec<Operation>,
}

fn read(path: &Path) -> Vec<Operation> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    case.operations
}

#[test]
fn every_folder_is_a_case_that_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/optimize");
    let entries = std::fs::read_dir(&root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "{} has no cases", root.display());
    for folder in folders {
        let mut index: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().file_name())
            .collect();
        index.sort();
        assert_eq!(index, ["after.toml", "before.toml"], "{}", folder.display());
        let (before, after) = (
            read(&folder.join("before.toml")),
            read(&folder.join("after.toml")),
        );
        check(&folder.display().to_string(), "blog", &before, &after);
    }
}
