//! Indexes and constraints of every kind come and go again on rows, the way back too (mikro-orm #6837 drops a partial unique
//! index as the constraint that it is not, alembic #1212 fails over an expression that goes).

use orm::migrate::Target;
use orm::tables::{TableDef, introspect};
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::world::{CASES, POSTGRES_CASE, Project, numbers, populated, populated_plain, session};

on_both! {
    what_is_partial_or_computed_goes_the_way_it_came,
}

const TABLES: [&str; 6] = [
    "shop_author",
    "shop_post",
    "shop_comment",
    "shop_pin",
    "shop_hold",
    "shop_log",
];

fn there_and_back(backend: Backend, case: &str) {
    // A rename writes names in quotes where a person had none.
    let database = populated_plain(backend);
    let mut session = session(&database);
    let mut tables = || -> Vec<TableDef> {
        let tables = TABLES
            .iter()
            .map(|table| value(introspect(&mut session, *table)).expect("a table"));
        tables.collect()
    };
    let before = tables();
    let project = Project::shop().and(case);
    let mut here = super::world::session(&database);
    let rows = "SELECT (SELECT count(*) FROM shop_post) + (SELECT count(*) FROM shop_author WHERE mail IS NOT NULL) + (SELECT count(*) FROM shop_comment)";
    let counted = numbers(&mut here, rows);
    for _ in 0..2 {
        value(project.migrate(&mut here));
        let back = Target::Migration("shop".to_owned(), "0001".to_owned());
        value(project.migrate_to(&mut here, &back));
        assert_eq!(tables(), before);
        assert_eq!(numbers(&mut here, rows), counted);
    }
}

fn what_is_partial_or_computed_goes_the_way_it_came(backend: Backend) {
    there_and_back(backend, CASES[7]);
}

#[test]
fn what_only_postgres_has_goes_the_way_it_came() {
    there_and_back(Backend::Postgres, POSTGRES_CASE);
}

/// A file for Postgres alone stops on SQLite before anything of it runs.
#[test]
fn what_only_postgres_has_is_refused_elsewhere_before_anything_runs() {
    let database = populated(Backend::Sqlite);
    let before = super::snapshot::snapshot(&database);
    let refused = error(
        Project::shop()
            .and(POSTGRES_CASE)
            .migrate(&mut session(&database)),
    );
    assert!(refused.is_unsupported(), "{refused:?}");
    assert_eq!(super::snapshot::snapshot(&database), before);
}
