//! A process that migrates is killed before each of its statements.

use std::time::Duration;

use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

use super::child::{Migrating, Said};
use super::on_both;
use super::snapshot::{between, snapshot};
use super::world::{CASES, POSTGRES_CASE, Project, every, populated, session};

on_both! {
    before_any_statement_of_fields_of_one_table,
    before_any_statement_of_models_that_come_and_go,
    before_any_statement_of_indexes_and_constraints,
    before_any_statement_of_a_key_and_what_points_at_it,
    before_any_statement_of_names_and_types,
    before_any_statement_of_models_that_go_to_another_app,
    before_any_statement_of_names_that_swap,
    before_any_statement_of_what_is_partial_or_computed,
    before_any_statement_of_a_foreign_key_that_comes_to_point_elsewhere,
    before_any_statement_of_the_first_migration,
    at_any_moment,
}

fn before_any_statement_of_fields_of_one_table(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[0]));
}

fn before_any_statement_of_models_that_come_and_go(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[1]));
}

fn before_any_statement_of_indexes_and_constraints(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[2]));
}

fn before_any_statement_of_a_key_and_what_points_at_it(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[3]));
}

fn before_any_statement_of_names_and_types(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[4]));
}

fn before_any_statement_of_models_that_go_to_another_app(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[5]));
}

fn before_any_statement_of_names_that_swap(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[6]));
}

fn before_any_statement_of_what_is_partial_or_computed(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[7]));
}

fn before_any_statement_of_a_foreign_key_that_comes_to_point_elsewhere(backend: Backend) {
    killed_before_any_statement(&populated(backend), &Project::shop().and(CASES[8]));
}

#[test]
fn before_any_statement_of_one_transaction() {
    for case in [CASES[0], CASES[2]] {
        killed_before_any_statement(&populated(Backend::Postgres), &Project::shop().and(case).plain());
    }
}

#[test]
fn before_any_statement_of_what_only_postgres_has() {
    killed_before_any_statement(&populated(Backend::Postgres), &Project::shop().and(POSTGRES_CASE));
}

fn before_any_statement_of_the_first_migration(backend: Backend) {
    killed_before_any_statement(&Database::empty(backend), &Project::shop());
}

fn killed_before_any_statement(database: &Database, project: &Project) {
    let old = snapshot(database);
    let reference = database.copy();
    value(project.migrate(&mut session(&reference)));
    let new = snapshot(&reference);
    assert_ne!(old, new);
    let mut states = Vec::new();
    let mut copy = database.copy();
    for at in (1..).filter(|at| every(project, *at)) {
        let mut migrating = Migrating::start(&copy, project, at);
        match migrating.said() {
            Said::Stopped => migrating.kill(),
            Said::Applied(_) => break,
            Said::Failed(error) => panic!("statement {at}: {error}"),
        }
        copy.settled();
        let found = snapshot(&copy);
        let between = project.options.online && between(&found, &old, &new);
        assert!(
            found == old || found == new || between,
            "killed before statement {at}: {found:#?}"
        );
        states.push(found == new);
        // Nothing prevents the next run, and it applies the rest.
        if found != old || at % 3 == 0 {
            let report = value(project.migrate(&mut session(&copy)));
            assert_eq!(report.applied.len(), usize::from(found != new), "statement {at}");
            assert_eq!(snapshot(&copy), new, "run again after statement {at}");
            copy = database.copy();
        }
    }
    assert!(states.len() > 1, "{states:?}");
    assert!(states.is_sorted(), "old before new: {states:?}");
}

/// A process may also be killed within a statement.
fn at_any_moment(backend: Backend) {
    let database = populated(backend);
    let long = "x".repeat(200);
    let rows: String = (0..3000)
        .map(|row| format!(", ('{row} {long}', {})", row % 4 + 1))
        .collect();
    value(session(&database).batch(&format!(
        "INSERT INTO shop_comment (line, post_id) VALUES ('', 1){rows}"
    )));
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "AlterField"
model = "Comment"
field = { name = "line", type = "text", max_length = 300 }

[[operations]]
kind = "AddField"
model = "Comment"
field = { name = "likes", type = "int" }
fill = 3
"#,
    );
    let old = snapshot(&database);
    let reference = database.copy();
    value(project.migrate(&mut session(&reference)));
    let new = snapshot(&reference);
    let mut copy = database.copy();
    for round in 0..10 {
        let migrating = Migrating::start(&copy, &project, 0);
        std::thread::sleep(Duration::from_millis(10 + 7 * round));
        migrating.kill();
        copy.settled();
        let found = snapshot(&copy);
        let between = between(&found, &old, &new);
        assert!(found == old || found == new || between, "killed in round {round}");
        if found == new {
            copy = database.copy();
        }
    }
    value(project.migrate(&mut session(&copy)));
    assert_eq!(snapshot(&copy), new);
}
