//! Every case works, and both sides read the same rows. Nothing is measured.

use orm_bench::{Size, checks};

#[test]
fn both_sides_read_the_same_on_sqlite_and_no_statement_is_prepared_again() {
    let statements = checks::reprepared(Size::SMALL).unwrap();
    assert!(statements.len() > 15, "{statements:#?}");
    let again: Vec<_> = statements.iter().filter(|(_, times)| **times > 0).collect();
    assert!(again.is_empty(), "prepared again: {again:#?}");
}

#[test]
fn both_sides_read_the_same_on_postgres() {
    checks::postgres(Size::SMALL).unwrap();
}

#[test]
fn the_project_of_the_migrations_agrees_with_its_models() {
    let times = orm_bench::migrations::run(120, 1).unwrap();
    assert_eq!(times.files, 240);
}
