//! Pagila on Postgres: migrated from its files, compared with its models, filled, asked, and taken back.

use std::path::Path;

use orm::Db;
use orm::migrate::Target;
use orm_pagila_tests as _;
use orm_tests::behaviour::value;
use orm_tests::project::Project;
use orm_tests::{Backend, Database};

mod rows;

/// What SQL by hand makes.
const BY_HAND: [&str; 7] = [
    "payment",
    "payment_p2022_01",
    "payment_p2022_02",
    "payment_p2022_03",
    "payment_p2022_04",
    "payment_p2022_05",
    "payment_p2022_06",
];

fn pagila() -> Project {
    Project {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"),
        apps: vec!["pagila"],
    }
}

#[test]
fn the_files_lead_to_the_models() {
    pagila().assert_files_lead_to_the_models(|file| file.text.clone());
}

#[test]
fn postgres_has_pagila_there_and_back_again() {
    let (database, pagila) = (Database::empty(Backend::Postgres), pagila());
    let db = value(Db::connect(database.url()));
    pagila.migrate(&db, &Target::Latest);
    assert_eq!(pagila.assert_tables_are_those_of_the_models(&db, &BY_HAND), 14);
    rows::fill(&db);
    rows::ask(&db);
    rows::refuse(&db);
    pagila.take_back(&db);
    pagila.migrate(&db, &Target::Latest);
    pagila.assert_tables_are_those_of_the_models(&db, &BY_HAND);
    // The enum is another type now, and connections remember types.
    rows::fill(&value(Db::connect(database.url())));
}
