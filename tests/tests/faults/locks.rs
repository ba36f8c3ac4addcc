//! Concurrent users of the database.

use std::thread;
use std::time::{Duration, Instant};

use orm::db::Session;
use orm::error::{Error, Kind};
use orm::migrate::{MigrateOptions, Target, migrate};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::child::{Migrating, Said};
use super::faulty::Faulty;
use super::on_both;
use super::snapshot::snapshot;
use super::world::{CASES, Project, populated, session};

on_both! {
    eight_processes_at_once_apply_each_migration_once,
    a_runner_that_is_killed_lets_the_next_one_through,
    an_error_releases_the_lock,
    a_writer_in_the_way_is_waited_for,
    a_database_that_may_only_be_read_is_left_alone,
}

fn eight_processes_at_once_apply_each_migration_once(backend: Backend) {
    let database = Database::empty(backend);
    let project = Project::shop().and(CASES[0]).and(CASES[3]);
    let mut runners: Vec<_> = (0..8).map(|_| Migrating::start(&database, &project, 0)).collect();
    let applied: usize = runners
        .iter_mut()
        .map(|runner| match runner.said() {
            Said::Applied(count) => count,
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(applied, 3);
    let alone = Database::empty(backend);
    value(project.migrate(&mut session(&alone)));
    assert_eq!(snapshot(&database), snapshot(&alone));
}

fn a_runner_that_is_killed_lets_the_next_one_through(backend: Backend) {
    let database = populated(backend);
    let project = Project::shop().and(CASES[0]);
    let mut first = Migrating::start(&database, &project, 6);
    assert_eq!(first.said(), Said::Stopped);
    let mut second = Migrating::start(&database, &project, 0);
    let waits = thread::spawn(move || second.said());
    thread::sleep(Duration::from_millis(300));
    assert!(!waits.is_finished(), "it waits");
    first.kill();
    assert_eq!(waits.join().expect("what it said"), Said::Applied(1));
}

fn an_error_releases_the_lock(backend: Backend) {
    let database = populated(backend);
    let mut held = session(&database);
    let bad = Project::shop().and(
        r#"
[[operations]]
kind = "RunSql"
sqlite = { forward = "INSERT INTO nowhere VALUES (1)" }
postgres = { forward = "INSERT INTO nowhere VALUES (1)" }
"#,
    );
    error(bad.migrate(&mut held));
    let options = MigrateOptions {
        wait: Duration::from_millis(200),
        ..orm_tests::losing()
    };
    let good = value(Project::shop().and(CASES[0]).load());
    let report = value(migrate(
        &mut session(&database),
        &good,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    assert_eq!(report.applied.len(), 1);
    drop(held);
}

fn a_writer_in_the_way_is_waited_for(backend: Backend) {
    let database = populated(backend);
    let mut writer = session(&database);
    let begin = writer.dialect().begin_write;
    value(writer.batch(begin));
    value(writer.batch("INSERT INTO shop_comment (line, post_id) VALUES ('late', 1)"));
    let project = Project::shop().and(CASES[3]);
    let started = Instant::now();
    let report = thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(300));
            value(writer.batch("COMMIT"));
        });
        value(project.migrate(&mut session(&database)))
    });
    assert_eq!(report.applied.len(), 1);
    assert!(started.elapsed() >= Duration::from_millis(250));
    assert!(snapshot(&database).iter().any(|line| line.contains("late; x")));
}

fn a_database_that_may_only_be_read_is_left_alone(backend: Backend) {
    let database = populated(backend);
    let before = snapshot(&database);
    let url = match backend {
        Backend::Sqlite => format!("{}?mode=ro", database.url()),
        Backend::Postgres => {
            let url = database.url();
            let joint = if url.contains('?') { '&' } else { '?' };
            format!("{url}{joint}options=-c%20default_transaction_read_only%3Don")
        }
    };
    let mut reader = value(orm::Db::connect(&url).and_then(|db| db.session()));
    let refused = error(Project::shop().and(CASES[0]).migrate(&mut reader)).to_string();
    assert!(refused.contains("read"), "{refused}");
    assert_eq!(snapshot(&database), before);
}

#[test]
fn a_writer_that_does_not_finish_is_a_timeout() {
    let database = populated(Backend::Sqlite);
    let before = snapshot(&database);
    let mut writer = session(&database);
    value(writer.batch("BEGIN IMMEDIATE"));
    let options = MigrateOptions {
        wait: Duration::from_millis(200),
        ..orm_tests::losing()
    };
    let url = format!("{}?busy_timeout=100ms", database.url());
    let mut runner = value(orm::Db::connect(&url).and_then(|db| db.session()));
    let project = value(Project::shop().and(CASES[0]).load());
    let refused = error(migrate(
        &mut runner,
        &project,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    assert!(refused.is_timeout(), "{refused}");
    value(writer.batch("ROLLBACK"));
    assert_eq!(snapshot(&database), before);
    value(migrate(
        &mut runner,
        &project,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
}

#[test]
fn inside_a_transaction_of_the_caller_nothing_is_migrated() {
    let database = populated(Backend::Sqlite);
    let before = snapshot(&database);
    for case in CASES {
        let mut session = session(&database);
        value(session.batch("BEGIN; INSERT INTO shop_log (line) VALUES ('mine')"));
        let error: Error = error(Project::shop().and(case).migrate(&mut session));
        assert_ne!(error.kind(), Kind::Io);
        drop(session);
        assert_eq!(snapshot(&database), before);
    }
}

#[test]
fn a_connection_that_the_server_ends_is_an_error_and_the_next_run_goes_through() {
    let database = populated(Backend::Postgres);
    let project = Project::shop().and(CASES[0]);
    let before = snapshot(&database);
    let mut faulty = Faulty {
        inner: session(&database),
        counts: |sql| sql.starts_with("ALTER"),
        at: 2,
        fault: &mut |_| {
            session(&database).query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> \
                 pg_backend_pid()",
                &[],
                &mut |_| Ok(()),
            )
        },
        seen: 0,
    };
    let lost = error(project.migrate(&mut faulty));
    assert!(lost.is_connection(), "{lost:?}");
    drop(faulty);
    assert_eq!(snapshot(&database), before);
    value(project.migrate(&mut session(&database)));
}
