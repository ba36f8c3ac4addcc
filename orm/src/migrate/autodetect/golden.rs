//! Cases in `tests/golden/makemigrations`: models before and after, the answers, and the migrations that come of them.
//! `ORM_GOLDEN=write` writes what comes; read it before it is committed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::migrate::graph::replay;
use crate::migrate::make::make_at;
use crate::migrate::operation::Operation;
use crate::migrate::testing::embedded;
use crate::migrate::{Answers, MakeOptions, Migrations, NewMigration, ProjectState, StateFile, Unanswered};
use crate::model::ModelDef;
use crate::value::Literal;

/// What a case may have in `options.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Options {
    name: Option<String>,
    apps: Vec<String>,
}

#[test]
fn migrations_are_what_the_golden_cases_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/makemigrations");
    let entries = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() > 80, "cases are missing in {}", root.display());
    let write = std::env::var_os("ORM_GOLDEN").is_some();
    let mut wrong = String::new();
    for case in &cases {
        let path = case.join("expected.toml");
        let expected = fs::read_to_string(&path)
            .unwrap_or_default()
            .replace("\r\n", "\n");
        // What the case is about stands in front, in a comment.
        let about: Vec<&str> = expected
            .lines()
            .take_while(|line| line.starts_with('#'))
            .collect();
        let found = match about.is_empty() {
            true => "# ?\n".to_owned(),
            false => about.join("\n") + "\n",
        } + &run(case);
        if write {
            fs::write(&path, &found).unwrap();
        } else if about.is_empty() {
            let _ = writeln!(
                wrong,
                "{}: expected.toml is missing or does not say what the case is about",
                case.display()
            );
        } else if found != expected {
            let _ = writeln!(wrong, "{}:\n{}", case.display(), diff(&expected, &found));
        }
    }
    assert!(wrong.is_empty(), "otherwise than expected.toml says:\n{wrong}");
}

fn diff(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let mut out = String::new();
    for line in expected.iter().filter(|line| !found.contains(line)) {
        let _ = writeln!(out, "  expected, not found: {line}");
    }
    for line in &found {
        let mark = if expected.contains(line) { ' ' } else { '>' };
        let _ = writeln!(out, "{mark} {line}");
    }
    out
}

fn run(case: &Path) -> String {
    let read = |name: &str| -> Option<String> { fs::read_to_string(case.join(name)).ok() };
    let state = |name: &str| match read(name) {
        Some(text) => {
            StateFile::parse(name, &text).unwrap_or_else(|error| panic!("{}: {error}", case.display()))
        }
        None => StateFile::of_models([]),
    };
    let (before, after) = (state("before.toml"), state("after.toml"));
    let options: Options = toml::from_str(&read("options.toml").unwrap_or_default()).unwrap();
    let answers = Answers::parse("answers.toml", &read("answers.toml").unwrap_or_default());
    let first = make(before.models(), &Migrations::default(), MakeOptions::default())
        .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
    let made = answers.and_then(|answers| {
        let options = MakeOptions {
            name: options.name,
            apps: options.apps,
            answers,
            ..MakeOptions::default()
        };
        let trimmed = !options.apps.is_empty();
        let new = make(after.models(), &embedded(&first), options)?;
        if !trimmed {
            leads_there(case, &first, &new, after.models());
        }
        Ok(new)
    });
    match made {
        Ok(new) if new.is_empty() => "migrations = []\n".to_owned(),
        Ok(new) => new.iter().map(said).collect(),
        Err(error) => match Unanswered::of(&error) {
            Some(unanswered) => {
                let questions = unanswered.questions.iter();
                let questions: Vec<String> = questions.map(|question| listed(&question.sentence())).collect();
                format!("questions = [\n{}]\n", questions.concat())
            }
            None => {
                let lines: Vec<String> = error.to_string().lines().map(listed).collect();
                format!("error = [\n{}]\n", lines.concat())
            }
        },
    }
}

fn make(
    models: &[ModelDef],
    migrations: &Migrations,
    options: MakeOptions,
) -> crate::Result<Vec<NewMigration>> {
    let now = "2026-11-22T18:05:00Z".parse().unwrap();
    make_at(models, migrations, &options, now)
}

/// The files lead to the models, nothing is left to be done, and there is a way back.
fn leads_there(case: &Path, first: &[NewMigration], new: &[NewMigration], after: &[ModelDef]) {
    let all: Vec<NewMigration> = first.iter().chain(new).cloned().collect();
    let migrations = embedded(&all);
    let state = migrations
        .graph
        .state()
        .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
    let again = make(after, &migrations, MakeOptions::default()).unwrap();
    let again: Vec<&String> = again.iter().flat_map(|migration| &migration.describe).collect();
    assert_eq!(again, Vec::<&String>::new(), "{}: a second time", case.display());
    let wanted = ProjectState::from_models(after).unwrap();
    if !after.iter().any(|model| model.unmanaged) {
        assert!(
            state.agrees_with(&wanted),
            "{}: the files lead elsewhere",
            case.display()
        );
    }
    let mut now = state;
    let files: Vec<_> = migrations.graph.files().collect();
    for (at, file) in files.iter().enumerate().rev() {
        let mut earlier = ProjectState::default();
        for file in &files[..at] {
            replay(file, &mut earlier).unwrap();
        }
        for inverse in crate::migrate::graph::inverses(file, &mut earlier.clone()).unwrap() {
            inverse.state_forwards(&file.key.app, &mut now).unwrap();
        }
        assert!(
            now.agrees_with(&earlier),
            "{}: no way back over {}",
            case.display(),
            file.key
        );
    }
}

fn said(migration: &NewMigration) -> String {
    let after: Vec<String> = migration.dependencies.iter().map(ToString::to_string).collect();
    let operations: Vec<String> = migration
        .operations
        .iter()
        .map(|operation| listed(&line(operation)))
        .collect();
    format!(
        "\n[[migrations]]\nname = \"{}.{}\"\n{}after = {after:?}\noperations = [\n{}]\n",
        migration.app,
        migration.name,
        if migration.initial { "initial = true\n" } else { "" },
        operations.concat()
    )
}

fn line(operation: &Operation) -> String {
    let fill = match operation {
        Operation::AddField(add) => add.fill.as_ref(),
        Operation::AlterField(alter) => alter.fill.as_ref(),
        _ => None,
    };
    let line = operation.line();
    match fill {
        Some(Literal::Str(text)) => format!("{line}; rows get {text:?}"),
        Some(Literal::Int(value)) => format!("{line}; rows get {value}"),
        Some(Literal::Bool(value)) => format!("{line}; rows get {value}"),
        Some(Literal::Float(value)) => format!("{line}; rows get {value:?}"),
        Some(other) => format!("{line} = {other:?}"),
        None => line,
    }
}

fn listed(line: &str) -> String {
    format!("    {},\n", serde_json::Value::String(line.to_owned()))
}
