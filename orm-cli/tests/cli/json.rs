//! JSON.md says what is: its examples are run, and its tables know every key and kind.
//!
//! `ORM_WRITE_EXAMPLES=1 cargo test -p orm-cli --test cli json` writes the output that the program gives into the page.

use std::path::Path;

use orm::migrate::Operation;

use crate::project::Project;

/// A fenced block: what stands behind the fence, and the lines in it.
struct Block<'a> {
    info: &'a str,
    text: String,
}

fn page() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("JSON.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = inside.iter().map(|line| format!("{line}\n")).collect();
            blocks.push(Block { info, text });
        }
    }
    blocks
}

#[test]
fn examples_are_what_the_program_prints() {
    let (path, page) = page();
    let project = Project::empty();
    let mut written = page.clone();
    let mut commands = 0;
    for block in blocks(&page) {
        match block.info.split_once(' ') {
            Some(("toml", file)) => {
                project.file(file, &block.text);
            }
            None if block.info == "console" => {
                let (command, _) = block.text.split_once('\n').unwrap();
                let words: Vec<&str> = command.strip_prefix("$ orm ").unwrap().split(' ').collect();
                let output = project.orm(&words);
                assert!([0, 3].contains(&output.code), "{command}: {output:#?}");
                let now = format!("{command}\n{}", output.stdout);
                written = written.replace(&block.text, &now);
                commands += 1;
            }
            other => panic!("a block of {other:?}"),
        }
    }
    assert!(commands > 3, "the page shows {commands} commands");
    if std::env::var_os("ORM_WRITE_EXAMPLES").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    assert_eq!(written, page);
}

#[test]
fn every_kind_of_operation_is_listed() {
    let (_, page) = page();
    for kind in Operation::KINDS {
        let listed = page
            .lines()
            .any(|line| line.starts_with("| `") && line.contains(&format!("`{kind}`")));
        assert!(listed, "{kind}");
    }
}

#[test]
fn every_key_of_a_state_is_listed() {
    let (_, page) = page();
    let project = Project::empty();
    for (file, keys) in [
        ("[[models]]\nno_such_key = 1\n", 5),
        (
            "[[models]]\napp = \"a\"\nname = \"B\"\nfields = [{ no_such_key = 1 }]\n",
            20,
        ),
        ("no_such_key = 1\n", 2),
    ] {
        project.file("state.toml", file);
        let error = project
            .orm(&["diff", "--from", "state.toml", "--to", "state.toml"])
            .fails(1);
        let (_, known) = error.split_once("hint: ").unwrap();
        let known = known
            .trim()
            .rsplit(['?', ':'])
            .next()
            .unwrap()
            .replace("a state has the keys", "");
        let known: Vec<&str> = known.trim().split(", ").collect();
        assert!(known.len() >= keys, "{error}");
        for key in known {
            let listed = page.lines().any(|line| {
                line.starts_with("| `") && line.split(" | ").next().unwrap().contains(&format!("`{key}`"))
            });
            assert!(listed, "{key}");
        }
    }
}
