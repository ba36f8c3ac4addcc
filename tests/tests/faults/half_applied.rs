//! Migrations of several transactions that stop between two of them, on Postgres.

use orm::migrate::{JOURNAL_TABLE, MigrateOptions, Progress, Target, migrate};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::faulty::Faulty;
use super::online::{long, steps_of};
use super::snapshot::snapshot;
use super::world::{CASES, Project, numbers, populated, session, strings};

/// Migrates while something happens before the statement that `counts` finds.
fn migrate_while(
    database: &Database,
    project: &Project,
    counts: fn(&str) -> bool,
    fault: &mut (dyn FnMut(&str) -> orm::Result<()> + Send),
) -> orm::Result<orm::migrate::Report> {
    project.migrate(&mut Faulty {
        inner: session(database),
        counts,
        at: 1,
        fault,
        seen: 0,
    })
}

/// Stops a migration before the statement that makes an index.
fn stopped_half_way(database: &Database, project: &Project) {
    error(migrate_while(
        database,
        project,
        |sql| sql.starts_with("CREATE UNIQUE INDEX CONCURRENTLY"),
        &mut |_| Err(orm::Error::new(orm::error::Kind::Io, "the disk is on fire")),
    ));
}

#[test]
fn duplicates_that_come_while_an_index_is_made_are_told_and_the_index_is_made_again() {
    let database = populated(Backend::Postgres);
    let project = long();
    let mut other = session(&database);
    let refused = error(migrate_while(
        &database,
        &project,
        |sql| sql.starts_with("CREATE UNIQUE INDEX CONCURRENTLY"),
        &mut |_| {
            other.batch("INSERT INTO shop_post (title, body, author_id, score) SELECT title, body, author_id, 1 FROM shop_post WHERE id = 1")
        },
    ));
    assert!(refused.is_unique_violation(), "{refused}");
    let text = format!("{refused}\n{}", refused.hint().unwrap_or_default());
    assert!(text.contains("are done and stay"), "{text}");
    let mut after = session(&database);
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(numbers(&mut after, invalid), [0]);
    // What is done is shown as done.
    let done = steps_of(&database, &project)
        .into_iter()
        .filter(|step| step.done)
        .count();
    assert!(done >= 8, "{done}");
    // It fails again until the cause is mended, and then goes on.
    assert!(error(project.migrate(&mut after)).is_unique_violation());
    value(after.batch("DELETE FROM shop_post WHERE id = (SELECT max(id) FROM shop_post)"));
    assert_eq!(value(project.migrate(&mut after)).applied.len(), 1);
    let left = strings(
        &mut after,
        &format!("SELECT tablename::text FROM pg_tables WHERE tablename = '{JOURNAL_TABLE}'"),
    );
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_index_that_somebody_left_unfinished_is_not_taken_for_ours() {
    let database = populated(Backend::Postgres);
    let mut other = session(&database);
    value(other.batch("INSERT INTO shop_log (line) VALUES ('twice'), ('twice')"));
    error(other.batch("CREATE UNIQUE INDEX CONCURRENTLY shop_log_line_idx ON shop_log (line)"));
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "AddIndex"
model = "Log"
index = { name = "shop_log_line_idx", fields = ["line"] }
"#,
    );
    let refused = error(project.migrate(&mut session(&database)));
    assert_eq!(refused.kind(), orm::error::Kind::Exists, "{refused}");
    // Nor by the next run, which is no second one of the same.
    assert_eq!(
        error(project.migrate(&mut session(&database))).kind(),
        orm::error::Kind::Exists
    );
    let tables = value(orm::tables::tables(&mut session(&database)));
    assert!(!tables.iter().any(|table| table == JOURNAL_TABLE), "{tables:?}");
    let kept = "SELECT count(*) FROM pg_indexes WHERE indexname = 'shop_log_line_idx'";
    assert_eq!(numbers(&mut other, kept), [1]);
    value(other.batch("DROP INDEX shop_log_line_idx"));
    assert_eq!(value(project.migrate(&mut other)).applied.len(), 1);
}

#[test]
fn a_migration_that_is_half_applied_is_finished_first_and_as_it_was_begun() {
    let database = populated(Backend::Postgres);
    stopped_half_way(&database, &long());
    let half = snapshot(&database);
    for (refused, words) in [
        (
            long().plain().migrate(&mut session(&database)),
            "consists of others now",
        ),
        (
            Project::shop().and(CASES[0]).migrate(&mut session(&database)),
            "consists of others now",
        ),
        (
            Project::shop().migrate(&mut session(&database)),
            "there is no file of it",
        ),
        (
            long().migrate_to(
                &mut session(&database),
                &Target::Migration("shop".to_owned(), "0001".to_owned()),
            ),
            "is applied in part: 6 of its units are done",
        ),
    ] {
        let refused = error(refused).to_string();
        assert!(refused.contains(words), "{words}: {refused}");
        assert_eq!(snapshot(&database), half, "{words}");
    }
    assert_eq!(value(long().migrate(&mut session(&database))).applied.len(), 1);
    let plain = populated(Backend::Postgres);
    value(long().plain().migrate(&mut session(&plain)));
    assert_eq!(snapshot(&database), snapshot(&plain));
}

#[test]
fn what_was_finished_by_hand_is_recorded() {
    let database = populated(Backend::Postgres);
    stopped_half_way(&database, &long());
    let options = MigrateOptions {
        fake: true,
        ..MigrateOptions::default()
    };
    let migrations = value(long().load());
    let report = value(migrate(
        &mut session(&database),
        &migrations,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    assert_eq!(report.applied, ["shop.0002_step"]);
    let tables = value(orm::tables::tables(&mut session(&database)));
    assert!(!tables.iter().any(|table| table == JOURNAL_TABLE), "{tables:?}");
    assert!(value(long().migrate(&mut session(&database))).applied.is_empty());
}

#[test]
fn a_run_that_is_cancelled_between_batches_goes_on_there() {
    let database = populated(Backend::Postgres);
    let mut other = session(&database);
    value(other.batch(
        "INSERT INTO shop_post (title, body, author_id) SELECT 'row ' || n, repeat('x', 1000), 1 FROM generate_series(1, 5000) AS n",
    ));
    let mut runner = session(&database);
    let handle = value(runner.cancel_handle());
    let migrations = value(long().load());
    let stopped = error(migrate(
        &mut runner,
        &migrations,
        &Target::Latest,
        &MigrateOptions::default(),
        &mut |progress| {
            if let Progress::Done { .. } = progress {
                value(handle.cancel());
            }
        },
    ));
    assert!(stopped.is_cancelled(), "{stopped}");
    assert!(stopped.to_string().contains("1 of its"), "{stopped}");
    drop(runner);
    assert_eq!(value(long().migrate(&mut session(&database))).applied.len(), 1);
    assert_eq!(
        numbers(&mut other, "SELECT count(*) FROM shop_post WHERE score IS NULL"),
        [0]
    );
}

/// No lock keeps other runners out between two transactions there.
#[test]
fn behind_a_pooler_a_migration_is_one_transaction_or_refused() {
    let database = populated(Backend::Postgres);
    let index = "[[operations]]\nkind = \"AddIndex\"\nmodel = \"Log\"\nindex = { name = \"shop_log_line_idx\", fields = [\"line\"] }\n";
    let project = Project::shop().and(index);
    let pooled = value(orm::Db::connect(&database.pooled_url()));
    let before = snapshot(&database);
    let refused = error(project.migrate(&mut value(pooled.session())));
    assert!(
        refused.hint().is_some_and(|hint| hint.contains("--no-online")),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    assert_eq!(
        value(project.plain().migrate(&mut value(pooled.session())))
            .applied
            .len(),
        1
    );
}
