//! The database refuses any one of the statements.

use orm::db::Session;
use orm::error::{Error, Kind};
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

use super::faulty::Faulty;
use super::on_both;
use super::snapshot::{between, snapshot};
use super::world::{CASES, POSTGRES_CASE, Project, every, numbers, populated, session};

on_both! {
    at_any_statement_of_fields_of_one_table,
    at_any_statement_of_models_that_come_and_go,
    at_any_statement_of_indexes_and_constraints,
    at_any_statement_of_a_key_and_what_points_at_it,
    at_any_statement_of_names_and_types,
    at_any_statement_of_models_that_go_to_another_app,
    at_any_statement_of_names_that_swap,
    at_any_statement_of_what_is_partial_or_computed,
    at_any_statement_of_a_foreign_key_that_comes_to_point_elsewhere,
    at_any_statement_of_the_first_migration,
    a_panic_of_the_caller,
}

fn at_any_statement_of_fields_of_one_table(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[0]));
}

fn at_any_statement_of_models_that_come_and_go(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[1]));
}

fn at_any_statement_of_indexes_and_constraints(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[2]));
}

fn at_any_statement_of_a_key_and_what_points_at_it(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[3]));
}

fn at_any_statement_of_names_and_types(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[4]));
}

fn at_any_statement_of_models_that_go_to_another_app(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[5]));
}

fn at_any_statement_of_names_that_swap(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[6]));
}

fn at_any_statement_of_what_is_partial_or_computed(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[7]));
}

fn at_any_statement_of_a_foreign_key_that_comes_to_point_elsewhere(backend: Backend) {
    refused_at_any_statement(&populated(backend), &Project::shop().and(CASES[8]));
}

#[test]
fn at_any_statement_of_one_transaction() {
    for case in [CASES[0], CASES[2], POSTGRES_CASE] {
        refused_at_any_statement(&populated(Backend::Postgres), &Project::shop().and(case).plain());
    }
}

#[test]
fn at_any_statement_of_what_only_postgres_has() {
    refused_at_any_statement(&populated(Backend::Postgres), &Project::shop().and(POSTGRES_CASE));
}

fn at_any_statement_of_the_first_migration(backend: Backend) {
    refused_at_any_statement(&Database::empty(backend), &Project::shop());
}

/// Statements that check whether a view compiles or a foreign key has a target do so by failing, so their failure is
/// an answer.
fn counts(sql: &str) -> bool {
    !sql.starts_with("EXPLAIN") && !sql.starts_with("PRAGMA foreign_key_check")
}

fn refused_at_any_statement(database: &Database, project: &Project) {
    let old = snapshot(database);
    let reference = database.copy();
    value(project.migrate(&mut session(&reference)));
    let new = snapshot(&reference);
    let mut copy = database.copy();
    for at in (1..).filter(|at| every(project, *at)) {
        let mut refused = None;
        let mut faulty = Faulty {
            inner: session(&copy),
            counts,
            at,
            fault: &mut |sql| {
                refused = Some(sql.to_owned());
                Err(Error::new(Kind::Io, "the disk is on fire"))
            },
            seen: 0,
        };
        let done = project.migrate(&mut faulty);
        let mut after = faulty.inner;
        let Some(refused) = refused else {
            value(done);
            assert!(at > 10, "{at}");
            return;
        };
        let place = format!("refused statement {at}: {refused}");
        match done {
            Ok(_) => panic!("{place}: and nobody noticed"),
            Err(error) => assert!(
                error.to_string().contains("the disk is on fire"),
                "{place}: {error}"
            ),
        }
        let found = snapshot(&copy);
        let between = project.options.online && between(&found, &old, &new);
        assert!(found == old || found == new || between, "{place}: {found:#?}");
        if !refused.starts_with("PRAGMA foreign_keys") {
            still_of_use(&mut after, database.backend(), &place);
        }
        // A lock that could not be released ends with its connection.
        drop(after);
        if found != old || at % 8 == 0 {
            value(project.migrate(&mut session(&copy)));
            assert_eq!(snapshot(&copy), new, "{place}");
            copy = database.copy();
        }
    }
}

/// Asserts that no transaction is open, and that foreign keys are enforced.
fn still_of_use(session: &mut dyn Session, backend: Backend, place: &str) {
    if backend == Backend::Sqlite {
        assert_eq!(numbers(session, "PRAGMA foreign_keys"), [1], "{place}");
        // This fails inside a transaction.
        value(session.batch("VACUUM"));
    } else {
        let states = numbers(
            session,
            "SELECT CAST(count(*) AS bigint) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in \
             transaction%'",
        );
        assert_eq!(states, [0], "{place}");
        value(session.batch("BEGIN; ROLLBACK"));
    }
}

fn a_panic_of_the_caller(backend: Backend) {
    let database = populated(backend);
    let old = snapshot(&database);
    let project = Project::shop().and(CASES[0]).plain();
    let mut faulty = Faulty {
        inner: session(&database),
        counts: |sql| sql.contains("orm_migrations") && sql.starts_with("INSERT"),
        at: 1,
        fault: &mut |_| panic!("as meant"),
        seen: 0,
    };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| project.migrate(&mut faulty)));
    assert!(panicked.is_err());
    drop(faulty);
    database.settled();
    assert_eq!(snapshot(&database), old);
    assert_eq!(value(project.migrate(&mut session(&database))).applied.len(), 1);
}
