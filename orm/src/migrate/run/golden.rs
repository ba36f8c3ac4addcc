//! Cases in `tests/golden/graph`: folders of migration files, what is done with them one after another, and what is seen.
//! `ORM_GOLDEN=write` writes what is seen; read it before it is committed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::history::{History, RecordedMigration};
use super::{Direction, MigrateOptions, Target, migrate, plan, status};
use crate::Result;
use crate::connect::{Db, DbSession};
use crate::migrate::file::MigrationKey;
use crate::migrate::{Migrations, Project};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "for whoever reads the case")]
    about: String,
    /// `migrate [app [name]]`, `plan [app [name]]`, `show`, `history`, `check`; `record app.name id`;
    /// `delete`, `rename` and `edit` of files.
    steps: Vec<String>,
}

#[test]
fn graphs_lead_where_the_golden_cases_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/graph");
    let mut cases: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "cases are missing in {}", root.display());
    let write = std::env::var_os("ORM_GOLDEN").is_some();
    let mut wrong = String::new();
    for case in &cases {
        let seen = run(case);
        let expected = case.join("expected.txt");
        if write {
            fs::write(&expected, &seen).unwrap();
        } else if fs::read_to_string(&expected)
            .unwrap_or_default()
            .replace("\r\n", "\n")
            != seen
        {
            let _ = writeln!(wrong, "{}:\n{seen}", case.display());
        }
    }
    assert!(wrong.is_empty(), "otherwise than expected.txt says:\n{wrong}");
}

struct World {
    dir: tempfile::TempDir,
    session: DbSession,
}

fn run(case: &Path) -> String {
    let dir = tempfile::tempdir().unwrap();
    copy(case, dir.path());
    let url = format!("sqlite://{}", dir.path().join("case.db").display());
    let session = Db::connect(&url).unwrap().session().unwrap();
    let mut world = World { dir, session };
    let text = fs::read_to_string(case.join("case.toml")).unwrap();
    let case: Case = toml::from_str(&text).unwrap();
    let mut out = String::new();
    for step in &case.steps {
        let _ = writeln!(out, "> {step}");
        match world.step(step) {
            Ok(lines) => out.push_str(&lines),
            Err(error) => {
                let here = world.dir.path().join("").display().to_string();
                let text = error.to_string().replace(&here, "").replace('\n', "\n  ");
                let _ = writeln!(out, "error: {}", without_times(&text));
            }
        }
    }
    out
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            fs::create_dir_all(to.join(&name)).unwrap();
            copy(&path, &to.join(&name));
        } else {
            fs::copy(&path, to.join(&name)).unwrap();
        }
    }
}

/// Times of a run are not to be compared.
fn without_times(text: &str) -> String {
    match text.split_once(" was applied at ") {
        Some((before, after)) => format!(
            "{before} was applied at TIME{}",
            &after["2026-11-22 18:05 UTC".len()..]
        ),
        None => text.to_owned(),
    }
}

impl World {
    fn load(&self) -> Result<Migrations> {
        Project::new(self.dir.path()).load()
    }

    fn step(&mut self, step: &str) -> Result<String> {
        let words: Vec<&str> = step.split_whitespace().collect();
        let target = Target::from_args(words.get(1).copied(), words.get(2).copied());
        let mut out = String::new();
        match words[0] {
            "migrate" => {
                let migrations = self.load()?;
                let done = migrate(
                    &mut self.session,
                    &migrations,
                    &target,
                    &MigrateOptions {
                        allow_loss: true,
                        ..MigrateOptions::default()
                    },
                    &mut |_| {},
                )?;
                done.applied.iter().for_each(|key| line(&mut out, "apply", key));
                done.unapplied
                    .iter()
                    .for_each(|key| line(&mut out, "take back", key));
            }
            "plan" => {
                let migrations = self.load()?;
                for planned in plan(&mut self.session, &migrations, &target)? {
                    let verb = match planned.direction {
                        Direction::Forward => "apply",
                        Direction::Backward => "take back",
                    };
                    line(&mut out, verb, &format!("{}.{}", planned.app, planned.name));
                }
            }
            "show" => {
                let migrations = self.load()?;
                for one in status(&mut self.session, &migrations)? {
                    let mark = match (&one.applied_at, one.unrecorded, one.missing) {
                        (_, _, true) => "[?]",
                        (None, ..) => "[ ]",
                        (Some(_), true, _) => "[-]",
                        (Some(_), false, _) => "[X]",
                    };
                    let mut text = format!("{}.{}", one.app, one.name);
                    if !one.replaces.is_empty() {
                        let _ = write!(text, " for {}", one.replaces.join(", "));
                    }
                    if one.edited {
                        text.push_str(" (edited)");
                    }
                    line(&mut out, mark, &text);
                }
            }
            "history" => {
                let sql = "SELECT app || '.' || name || ' ' || id FROM orm_migrations ORDER BY app, name";
                self.session.query(sql, &[], &mut |row| {
                    line(&mut out, "recorded", &row.get::<String>(0)?);
                    Ok(())
                })?;
            }
            "check" => self.load()?.graph.refuse_conflicts()?,
            "record" => {
                let migrations = self.load()?;
                History::create_table(&mut self.session)?;
                let key = MigrationKey::parse(words[1]).unwrap();
                let entry = RecordedMigration {
                    id: words[2],
                    key: &key,
                };
                History::record(&mut self.session, &migrations.graph, &entry)?;
            }
            "delete" => fs::remove_file(self.dir.path().join(words[1])).unwrap(),
            "rename" => {
                fs::rename(self.dir.path().join(words[1]), self.dir.path().join(words[2])).unwrap();
            }
            "edit" => {
                let path = self.dir.path().join(words[1]);
                let text = fs::read_to_string(&path).unwrap();
                let change = step.split_once(words[1]).unwrap().1;
                let (old, new) = change.split_once(" -> ").unwrap();
                assert!(text.contains(old.trim()), "{step}");
                fs::write(&path, text.replace(old.trim(), new.trim())).unwrap();
            }
            other => panic!("there is no step {other}"),
        }
        Ok(out)
    }
}

fn line(out: &mut String, mark: &str, text: &str) {
    let _ = writeln!(out, "{mark} {text}");
}
