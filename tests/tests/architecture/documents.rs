//! The documents name what exists, and show code that runs.

use std::fs;

use super::assert_none;
use super::source::{root, sources};

/// The command that README.md gives for running the tests.
const TEST_COMMAND: &str = "tests/run";

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A row of a table of floors.
#[derive(Debug, PartialEq)]
pub struct Floor {
    pub name: String,
    /// Its files besides the first, where the table lists them.
    pub files: Vec<String>,
    /// Whether the row says that there is a file per kind, instead of listing all files.
    pub has_file_per_kind: bool,
}

/// The floors in order, as the table under "The floors" in ARCHITECTURE.md lists them.
pub fn floors() -> Vec<Floor> {
    listed("## The floors")
}

/// The floors inside `migrate/`, likewise.
pub fn floors_of_migrate() -> Vec<Floor> {
    let mut floors = listed("### The floors of `migrate/`");
    for floor in &mut floors {
        let inside = floor.name.strip_prefix("migrate/");
        floor.name = inside.expect("a path below migrate/").to_owned();
    }
    floors
}

fn listed(heading: &str) -> Vec<Floor> {
    let floors = floors_of(&document("ARCHITECTURE.md"), heading);
    assert!(floors.len() > 5, "ARCHITECTURE.md has no table under `{heading}`");
    floors
}

fn floors_of(text: &str, heading: &str) -> Vec<Floor> {
    text.lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let (floor, _) = cells.next()?.split_once('`')?;
            let files = cells.nth(1).unwrap_or_default();
            Some(Floor {
                name: floor.trim_end_matches('/').trim_end_matches(".rs").to_owned(),
                files: files.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
                has_file_per_kind: files.contains("one per "),
            })
        })
        .collect()
}

#[test]
fn paths_in_the_documents_exist() {
    let mut findings = Vec::new();
    for name in ["ARCHITECTURE.md", "README.md"] {
        let missing = missing_paths(&document(name), |path| {
            root().join(path).exists() || root().join("orm/src").join(path).exists()
        });
        findings.extend(missing.into_iter().map(|path| format!("{name}: {path}")));
    }
    assert_none(findings, "paths that do not exist");
}

/// Paths are what stands in backticks and has a slash between names, or is the name of a file of source or text, and
/// what links lead to.
fn missing_paths(text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let quoted = quoted.filter(|word| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        let is_path = word.contains('/') && !word.starts_with('/') && !word.contains("://");
        let is_file = [".rs", ".md", ".toml"]
            .iter()
            .any(|ending| word.ends_with(ending));
        word.chars().all(is_name) && word.len() > 1 && !word.starts_with("--") && (is_path || is_file)
    });
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
    let paths = quoted
        .chain(links)
        .map(|path| path.split('#').next().unwrap_or(path));
    paths.filter(|path| !exists(path)).map(str::to_owned).collect()
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let commands = shell_commands(&document("README.md"));
    assert!(
        commands.iter().any(|command| command == TEST_COMMAND),
        "README.md has no command `{TEST_COMMAND}` among {commands:?}"
    );
    let ci = document(".ci/run");
    let runs = ci
        .lines()
        .any(|line| line == format!("step {TEST_COMMAND} </dev/null &"));
    assert!(runs, ".ci/run does not run `{TEST_COMMAND}`");
}

/// The lines of the blocks marked `sh`, without comments.
fn shell_commands(text: &str) -> Vec<String> {
    blocks(text, "sh")
        .iter()
        .flat_map(|block| block.lines())
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// The crate includes the README as documentation tests, so that its programs compile.
#[test]
fn programs_in_the_readme_are_compiled() {
    let readme = document("README.md");
    let (shown, compiled) = (
        readme.lines().filter(|line| line.starts_with("```rust")).count(),
        blocks(&readme, "rust,no_run,standalone_crate").len(),
    );
    assert!(
        shown > 1 && shown == compiled,
        "{compiled} of {shown} programs are compiled"
    );
    assert!(document("orm/src/lib.rs").contains("include_str!(\"../../README.md\")"));
}

/// Markdown joins a heading with a sentence that follows without an empty line.
#[test]
fn headings_of_documentation_stand_alone() {
    let mut findings = Vec::new();
    for folder in [
        "orm/src",
        "orm-derive/src",
        "orm-cli/src",
        "examples",
        "tests/src",
    ] {
        for source in sources(folder) {
            let run_in = source.text.lines().filter(|line| is_run_in(line));
            findings.extend(run_in.map(|line| format!("{folder}/{}: {}", source.path, line.trim())));
        }
    }
    assert_none(findings, "put what follows the heading on a line of its own");
}

fn is_run_in(line: &str) -> bool {
    let comment = line.trim_start().trim_start_matches(['/', '!']).trim_start();
    ["# Errors ", "# Panics ", "# Safety "]
        .iter()
        .any(|heading| comment.starts_with(heading))
}

/// The fenced blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if found == language {
                blocks.push(block.join("\n"));
            }
        }
    }
    blocks
}

#[test]
fn the_checks_can_fail() {
    assert!(is_run_in("    /// # Errors If it fails."));
    assert!(!is_run_in("    /// # Errors"));
    let text = "`query/` `no/such` `gone.rs` [a](b.md) [c](https://d) `a + b/c` `--x/y`";
    assert_eq!(
        missing_paths(text, |path| path == "query/"),
        ["no/such", "gone.rs", "b.md"]
    );
    let floor = |name: &str, files: &[&str], has_file_per_kind| Floor {
        name: name.to_owned(),
        files: files.iter().map(|&file| file.to_owned()).collect(),
        has_file_per_kind,
    };
    let tables = "# A\n| `x/` |\n## F\n\n| floor |\n|---|\n| `error.rs` | e |\n| `value/` | v: `a` |\n### G\n\
                  | `y/` | what | `a`, `b` |\n| `z/` | what | one per kind; `c` |\n## B\n| `w/` |";
    assert_eq!(
        floors_of(tables, "## F"),
        [floor("error", &[], false), floor("value", &[], false)]
    );
    assert_eq!(
        floors_of(tables, "### G"),
        [floor("y", &["a", "b"], false), floor("z", &["c"], true)]
    );
    assert_eq!(
        shell_commands("```sh\ncargo run  # what\ntests/run\n```\n```rust\nx\n```"),
        ["cargo run", "tests/run"]
    );
}
