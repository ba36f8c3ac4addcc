//! Signals to `migrate` while the database is at work.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orm::Db;

use crate::project::Project;

const SLOW: &str = "id = \"b\"\ndependencies = [\"notes.0001_initial\"]\n\n[[operations]]\nkind = \"RunSql\"\n\
    sqlite = { forward = \"CREATE TABLE half (x INTEGER); WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
    SELECT count(*) FROM n\" }\n\
    postgres = { forward = \"CREATE TABLE half (x INTEGER); SELECT pg_sleep(600)\" }\n";

/// A project on a database of its own, gone in the end.
struct Place {
    project: Project,
    url: String,
    /// Where the database was made, and its name.
    server: Option<(String, String)>,
}

impl Place {
    fn both() -> [Place; 2] {
        let file = Place::at("sqlite://a.db".to_owned(), None);
        let server = std::env::var("ORM_TEST_POSTGRES")
            .expect("ORM_TEST_POSTGRES is not set: run the tests by tests/run, which starts a Postgres");
        let name = format!("orm_cli_{}_{:?}", std::process::id(), std::thread::current().id())
            .to_lowercase()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        batch(&server, &format!("CREATE DATABASE {name}"));
        let (address, options) = server.split_once('?').unwrap_or((&server, ""));
        let at = address.rfind('/').expect("a database in the address");
        let url = format!("{}/{name}?{options}", &address[..at]);
        [file, Place::at(url, Some((server, name)))]
    }

    fn at(url: String, server: Option<(String, String)>) -> Place {
        let project = Project::empty();
        project
            .file("migrations/notes/0001_initial.toml", "id = \"a\"\n")
            .file("migrations/notes/0002_slow.toml", SLOW);
        Place { project, url, server }
    }

    fn command(&self) -> Command {
        let mut command = self.project.command(env!("CARGO_BIN_EXE_orm").as_ref(), "");
        command.env("DATABASE_URL", &self.url);
        command
    }

    /// `migrate`, as far as the slow migration.
    fn started(&self) -> Running {
        let mut child = self
            .command()
            .arg("migrate")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with("  apply notes.0001_initial ... ok"), "{line}");
        let mut begun = vec![0; "  apply notes.0002_slow ... ".len()];
        stdout.read_exact(&mut begun).unwrap();
        Running { child, stdout }
    }

    /// Nothing of the slow migration is left, and nothing is at work any more.
    fn is_as_before(&self) {
        if let Some((server, name)) = &self.server {
            let mut session = Db::connect(server).unwrap().session().unwrap();
            let deadline = Instant::now() + Duration::from_secs(30);
            loop {
                let mut others = 0;
                let count = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'");
                session
                    .query(&count, &[], &mut |row| {
                        others = row.get::<i64>(0)?;
                        Ok(())
                    })
                    .unwrap();
                if others == 0 {
                    break;
                }
                assert!(Instant::now() < deadline, "the server is still at work");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let listed = self.project.run(self.command().arg("showmigrations"), &[]).ok();
        assert_eq!(listed, "notes\n [X] 0001_initial\n [ ] 0002_slow\n");
        let url = self.url.replace(
            "sqlite://",
            &format!("sqlite://{}/", self.project.root().display()),
        );
        batch(&url, "CREATE TABLE half (x INTEGER); DROP TABLE half");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            batch(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn batch(url: &str, sql: &str) {
    Db::connect(url).unwrap().session().unwrap().batch(sql).unwrap();
}

struct Running {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Its exit code, and what it said last.
    fn ended(mut self) -> (Option<i32>, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        (self.child.wait().unwrap().code(), stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn a_signal_stops_the_statement_and_says_what_that_leaves() {
    for place in Place::both() {
        for signal in ["-INT", "-TERM"] {
            let running = match signal {
                "-INT" => place.started(),
                _ => {
                    // The first migration is applied by now.
                    batch_zero(&place);
                    place.started()
                }
            };
            running.signal(signal);
            let (code, stdout, stderr) = running.ended();
            assert_eq!(code, Some(130), "{stdout}{stderr}");
            assert_eq!(stdout, "stopped\n");
            assert!(
                stderr.starts_with("stopping: cancelling the database's work"),
                "{stderr}"
            );
            assert!(
                stderr.contains(
                    "error: notes.0002_slow: stopped, and has changed nothing; what was applied before it stays so"
                ),
                "{stderr}"
            );
            place.is_as_before();
        }
    }
}

fn batch_zero(place: &Place) {
    place
        .project
        .run(place.command().args(["migrate", "notes", "zero"]), &[])
        .ok();
}

/// Nobody is there to tell the server any more, which looks for itself.
#[test]
fn a_runner_that_is_killed_leaves_nothing_at_work() {
    for place in Place::both() {
        let running = place.started();
        running.signal("-KILL");
        assert_eq!(running.ended().0, None);
        place.is_as_before();
    }
}
