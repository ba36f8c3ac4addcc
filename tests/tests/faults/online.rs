//! Changes of tables that others read and write meanwhile, in several transactions, on Postgres.

use std::thread;
use std::time::Duration;

use orm::migrate::{MigrateOptions, PlannedStep, Progress, Report, Target, migrate, plan, plan_with};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::snapshot::snapshot;
use super::world::{CASES, POSTGRES_CASE, Project, numbers, populated, session, strings};

/// What takes long under a lock, if it is done at once.
const LONG: &str = r#"
[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_score_idx", fields = ["-score"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title", "author"] }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "check", name = "shop_author_named_check", condition = ["ne", { field = "name" }, ""] }

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int" }
fill = 7

[[operations]]
kind = "AddField"
model = "Log"
field = { name = "author", type = "foreign_key", to = "shop.Author", null = true, on_delete = "cascade", index = true }

[[operations]]
kind = "AddField"
model = "Log"
field = { name = "seen", type = "int" }
fill = 3
"#;

/// An index and a unique constraint that are made anew under their names.
const ANEW: &str = r#"
[[operations]]
kind = "RemoveIndex"
model = "Post"
index = "shop_post_title_idx"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_title_idx", fields = ["title"] }

[[operations]]
kind = "RemoveConstraint"
model = "Post"
constraint = "shop_post_title_uniq"

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title"] }
"#;

pub fn long() -> Project {
    Project::shop().and(LONG)
}

pub fn steps_of(database: &Database, project: &Project) -> Vec<PlannedStep> {
    let plan = value(plan(
        &mut session(database),
        &value(project.load()),
        &Target::Latest,
    ));
    plan.into_iter().flat_map(|migration| migration.steps).collect()
}

#[test]
fn every_change_leads_where_one_transaction_does() {
    let mut projects: Vec<Project> = CASES
        .iter()
        .chain([&POSTGRES_CASE, &LONG])
        .map(|case| Project::shop().and(case))
        .collect();
    projects.push(long().and(ANEW));
    for project in projects {
        let (online, plain) = (populated(Backend::Postgres), populated(Backend::Postgres));
        value(project.migrate(&mut session(&online)));
        value(project.clone().plain().migrate(&mut session(&plain)));
        assert_eq!(snapshot(&online), snapshot(&plain));
        // And back.
        let first = Target::Migration("shop".to_owned(), "0001".to_owned());
        let there = project.migrate_to(&mut session(&online), &first);
        let back = project.clone().plain().migrate_to(&mut session(&plain), &first);
        let said = |done: &orm::Result<Report>| done.as_ref().err().map(ToString::to_string);
        assert_eq!(said(&there), said(&back));
        assert_eq!(
            there.map(|report| report.unapplied).ok(),
            back.map(|report| report.unapplied).ok()
        );
        assert_eq!(snapshot(&online), snapshot(&plain));
    }
}

#[test]
fn what_takes_long_is_not_done_under_a_lock() {
    let steps = steps_of(&populated(Backend::Postgres), &long());
    let shown: Vec<String> = steps
        .iter()
        .map(|step| {
            let how = if step.in_transaction { "" } else { "alone " };
            format!("{} {how}{}", step.unit, step.sql.join(" ").replace("shop_", ""))
        })
        .collect();
    let expected = [
        "1 -- stops here if values of \"title\", \"author_id\" stand in more than one row of \"post\"",
        "1 -- stops here if rows of \"author\" would break the check \"author_named_check\"",
        "2 alone -- some rows at a time, each batch committed UPDATE \"post\" SET \"score\" = 7 WHERE \"score\" IS NULL",
        "3 ALTER TABLE \"post\" ADD CONSTRAINT \"post_score_given\" CHECK (\"score\" IS NOT NULL) NOT VALID",
        "4 alone -- some rows at a time, each batch committed UPDATE \"post\" SET \"score\" = 7 WHERE \"score\" IS NULL",
        "5 ALTER TABLE \"post\" VALIDATE CONSTRAINT \"post_score_given\"",
        "6 ALTER TABLE \"post\" ALTER COLUMN \"score\" SET NOT NULL",
        "6 ALTER TABLE \"post\" DROP CONSTRAINT \"post_score_given\"",
        "7 alone CREATE UNIQUE INDEX CONCURRENTLY \"post_title_uniq\" ON \"post\" (\"title\", \"author_id\")",
        "8 ALTER TABLE \"post\" ADD CONSTRAINT \"post_title_uniq\" UNIQUE USING INDEX \"post_title_uniq\"",
        "9 alone CREATE INDEX CONCURRENTLY \"post_score_idx\" ON \"post\" (\"score\" DESC)",
        "10 ALTER TABLE \"author\" ADD CONSTRAINT \"author_named_check\" CHECK (\"name\" <> '') NOT VALID",
        "11 ALTER TABLE \"author\" VALIDATE CONSTRAINT \"author_named_check\"",
        "12 ALTER TABLE \"log\" ADD COLUMN \"author_id\" bigint",
        "12 ALTER TABLE \"log\" ADD COLUMN \"seen\" integer NOT NULL DEFAULT 3",
        "12 ALTER TABLE \"log\" ALTER COLUMN \"seen\" DROP DEFAULT",
        "12 ALTER TABLE \"log\" ADD CONSTRAINT \"log_author_id_fk\" FOREIGN KEY (\"author_id\") REFERENCES \"author\" (\"id\") ON DELETE \
         CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID",
        "13 alone CREATE INDEX CONCURRENTLY \"log_author_id_idx\" ON \"log\" (\"author_id\")",
        "14 -- stops here if rows of \"log\" would point at rows of \"author\" that do not exist",
        "14 ALTER TABLE \"log\" VALIDATE CONSTRAINT \"log_author_id_fk\"",
    ];
    assert_eq!(shown, expected);
    let plain = Project::plain(long());
    let database = populated(Backend::Postgres);
    let one = value(plan_with(
        &mut session(&database),
        &value(plain.load()),
        &Target::Latest,
        &plain.options,
    ));
    assert!(
        one[0]
            .steps
            .iter()
            .all(|step| step.unit == 1 && step.in_transaction)
    );
}

#[test]
fn tables_that_a_plan_makes_are_used_by_nobody() {
    let database = Database::empty(Backend::Postgres);
    for step in steps_of(&database, &long()) {
        assert!(step.unit == 1 && step.in_transaction, "{step:?}");
    }
    // In a migration of tables that are there, those that it makes are used by nobody, too.
    let made = r#"
[[operations]]
kind = "CreateModel"
model = "Shelf"
fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }, { name = "label", type = "text" }]

[[operations]]
kind = "AddIndex"
model = "Shelf"
index = { name = "shop_shelf_label_idx", fields = ["label"] }
"#;
    for step in steps_of(&populated(Backend::Postgres), &Project::shop().and(made)) {
        assert!(step.unit == 1 && step.in_transaction, "{step:?}");
    }
}

#[test]
fn an_open_transaction_keeps_nobody_waiting_behind_the_migration() {
    let database = populated(Backend::Postgres);
    let mut project = Project::shop().and(CASES[0]);
    project.options.lock_timeout = Duration::from_millis(50);
    project.options.wait = Duration::from_millis(700);
    let before = snapshot(&database);
    let mut held = session(&database);
    value(held.batch("SET application_name = 'report'"));
    value(held.batch("BEGIN; SELECT * FROM shop_post"));
    let mut busy = 0;
    let migrations = value(project.load());
    let refused = error(migrate(
        &mut session(&database),
        &migrations,
        &Target::Latest,
        &project.options,
        &mut |progress| {
            busy += usize::from(matches!(progress, Progress::Busy));
            if let Progress::Busy = progress {
                // Others are let through between two attempts.
                let mut other = session(&database);
                value(other.batch("SET statement_timeout = '5s'; UPDATE shop_post SET title = title"));
            }
        },
    ));
    assert!(refused.is_timeout(), "{refused}");
    assert!(refused.to_string().contains("of report (role"), "{refused}");
    assert_eq!(busy, 1);
    assert_eq!(snapshot(&database), before);
    // With more patience it comes to its turn.
    project.options.wait = Duration::from_secs(60);
    let report = thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(300));
            value(held.batch("COMMIT"));
        });
        value(project.migrate(&mut session(&database)))
    });
    assert_eq!(report.applied.len(), 1);
}

#[test]
fn rows_are_filled_while_others_write_them() {
    let database = populated(Backend::Postgres);
    let mut other = session(&database);
    value(other.batch(
        "INSERT INTO shop_post (title, body, author_id) SELECT 'row ' || n, repeat('x', 1000), 1 FROM generate_series(1, 5000) AS n",
    ));
    let mut batches = 0;
    let migrations = value(long().load());
    let report = value(migrate(
        &mut session(&database),
        &migrations,
        &Target::Latest,
        &MigrateOptions::default(),
        &mut |progress| {
            if let Progress::Done { done, of } = progress {
                batches += 1;
                assert!(done <= of);
                if batches == 1 {
                    // A row that comes behind, and one that is written anew in front.
                    value(other.batch(
                    "INSERT INTO shop_post (title, body, author_id) VALUES ('late', '', 1); UPDATE shop_post SET body = 'changed' WHERE \
                     title = 'row 4999'",
                ));
                }
            }
        },
    ));
    assert_eq!(report.applied.len(), 1);
    assert!(batches > 4, "{batches}");
    assert_eq!(
        numbers(
            &mut other,
            "SELECT count(*) FROM shop_post WHERE score = 7 AND (title LIKE 'row %' OR title = 'late')"
        ),
        [5001]
    );
}

#[test]
fn settings_of_the_session_come_back() {
    let database = populated(Backend::Postgres);
    let mut runner = session(&database);
    value(runner.batch("SET lock_timeout = '7s'; SET statement_timeout = '90s'"));
    value(long().migrate(&mut runner));
    let settings = strings(
        &mut runner,
        "SELECT current_setting('lock_timeout') || current_setting('statement_timeout')",
    );
    assert_eq!(settings, ["7s90s"]);
}

/// In a schema that the search path does not name, and under names that are as long as names may be.
#[test]
fn tables_of_a_schema_and_long_names() {
    let long = "l".repeat(50);
    let first = format!(
        r#"
[[operations]]
kind = "CreateModel"
model = "Bill"
schema = "billing"
table = "{long}"
fields = [
    {{ name = "id", type = "big_int", primary_key = true, generated = true }},
    {{ name = "{long}", type = "int", null = true }},
    {{ name = "label", type = "text" }},
]
indexes = [{{ name = "bill_label_idx", fields = ["label"] }}]
"#
    );
    let then = format!(
        r#"
[[operations]]
kind = "AlterField"
model = "Bill"
field = {{ name = "{long}", type = "int" }}
fill = 3

[[operations]]
kind = "RemoveIndex"
model = "Bill"
index = "bill_label_idx"

[[operations]]
kind = "AddIndex"
model = "Bill"
index = {{ name = "bill_label_idx", fields = ["label", "-{long}"] }}

[[operations]]
kind = "AddConstraint"
model = "Bill"
constraint = {{ kind = "unique", name = "bill_label_uniq", fields = ["label"], deferrable = "deferred" }}
"#
    );
    let described = |online: bool| {
        let database = Database::empty(Backend::Postgres);
        let mut project = Project::shop().and(&first);
        value(project.migrate(&mut session(&database)));
        value(session(&database).batch(&format!(
            "INSERT INTO billing.{long} (label) VALUES ('one'), ('other')"
        )));
        project = project.and(&then);
        project.options.online = online;
        value(project.migrate(&mut session(&database)));
        let mut after = session(&database);
        assert_eq!(
            numbers(&mut after, &format!("SELECT {long}::bigint FROM billing.{long}")),
            [3, 3]
        );
        value(orm::tables::introspect(
            &mut after,
            orm::models::QualifiedName::new(Some("billing".to_owned()), long.clone()),
        ))
        .expect("a table")
    };
    assert_eq!(described(true), described(false));
}

/// An index stays until the one that comes with it is there.
#[test]
fn there_is_always_one_of_two_indexes() {
    let change = r#"
[[operations]]
kind = "RemoveIndex"
model = "Post"
index = "shop_post_title_idx"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_other_idx", fields = ["title"] }
"#;
    let steps = steps_of(&populated(Backend::Postgres), &Project::shop().and(change));
    let shown: Vec<&str> = steps.iter().map(|step| step.describe.as_str()).collect();
    assert_eq!(
        shown,
        [
            "CREATE INDEX CONCURRENTLY \"shop_post_other_idx\" ON \"shop_post\" (\"title\")",
            "drop index \"shop_post_title_idx\" of \"shop_post\"",
        ]
    );
}
