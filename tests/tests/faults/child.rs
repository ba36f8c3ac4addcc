//! A separate process that migrates: this program again, controlled by environment variables.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use orm::migrate::{MigrateOptions, Target, migrate};
use orm_tests::Database;
use orm_tests::behaviour::value;
use tempfile::TempDir;

use super::faulty::Faulty;
use super::world::Project;

const URL: &str = "ORM_FAULTS_URL";
const DIRECTORY: &str = "ORM_FAULTS_MIGRATIONS";
const STOP: &str = "ORM_FAULTS_STOP";
const ONLINE: &str = "ORM_FAULTS_ONLINE";

/// What a child prints when it has reached its statement, and when it has applied its migrations.
const STOPPED: &str = "stopped";
const APPLIED: &str = "applied ";

/// A process that migrates; killed when dropped.
pub struct Migrating {
    child: Child,
    _migrations: TempDir,
}

/// The outcome of a child.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// It stopped before its statement.
    Stopped,
    /// It finished, and has applied that many migrations.
    Applied(usize),
    /// It failed; its error.
    Failed(String),
}

impl Migrating {
    /// Starts a child. It stops before the n-th statement that changes something (0: never).
    pub fn start(database: &Database, project: &Project, stop: usize) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        project.write(directory.path());
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child::the_child", "--nocapture", "--test-threads=1"])
            .env(URL, database.url())
            .env(DIRECTORY, directory.path())
            .env(STOP, stop.to_string())
            .env(ONLINE, project.options.online.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a child");
        Migrating {
            child,
            _migrations: directory,
        }
    }

    /// Waits for its outcome.
    pub fn said(&mut self) -> Said {
        let mut everything = String::new();
        for line in BufReader::new(self.child.stderr.take().expect("said once")).lines() {
            let line = line.expect("a line");
            if line == STOPPED {
                return Said::Stopped;
            }
            if let Some(count) = line.strip_prefix(APPLIED) {
                return Said::Applied(count.parse().expect("a number"));
            }
            everything.push_str(&line);
            everything.push('\n');
        }
        Said::Failed(everything)
    }

    /// SIGKILL: nothing of it runs afterwards.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("dead");
    }
}

impl Drop for Migrating {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a statement can change the database, including its locks.
pub fn changes(sql: &str) -> bool {
    let reads = [
        "SELECT",
        "EXPLAIN",
        "PRAGMA table",
        "PRAGMA foreign_keys\0",
        "PRAGMA busy_timeout",
        "WITH",
    ];
    sql.contains("advisory") || !reads.iter().any(|start| format!("{sql}\0").starts_with(start))
}

#[test]
fn the_child() {
    let Ok(url) = std::env::var(URL) else { return };
    let variable = |name| std::env::var(name).expect("set with the address");
    let migrations = value(orm::migrate::Project::new(variable(DIRECTORY)).load());
    let mut session = Faulty {
        inner: value(orm::Db::connect(&url).and_then(|db| db.session())),
        counts: changes,
        at: variable(STOP).parse().expect("a number"),
        fault: &mut |_| {
            eprintln!("{STOPPED}");
            loop {
                std::thread::park();
            }
        },
        seen: 0,
    };
    let options = MigrateOptions {
        online: variable(ONLINE) == "true",
        ..orm_tests::losing()
    };
    let report = value(migrate(
        &mut session,
        &migrations,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    eprintln!("{APPLIED}{}", report.applied.len());
}
