//! The shop on both databases: migrated from its files, compared with its models, filled, asked, and taken back.

use std::path::Path;

use orm::Db;
use orm::migrate::{NewMigration, Target};
use orm_tests::behaviour::value;
use orm_tests::project::Project;
use orm_tests::{Backend, Database};

mod rows;

/// Those whose models come first stand first.
const APPS: [&str; 7] = [
    "geo",
    "customers",
    "catalog",
    "orders",
    "stock",
    "reviews",
    "bookings",
];

/// What SQLite does not have.
const POSTGRES_ONLY: &str = "bookings";

/// The apps that a database takes.
fn shop(backend: Backend) -> Project {
    let is_for = |app: &&str| backend == Backend::Postgres || *app != POSTGRES_ONLY;
    Project {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"),
        apps: APPS.into_iter().filter(is_for).collect(),
    }
}

/// An exclusion constraint over numbers takes an extension, which a person adds.
fn with_extension(file: &NewMigration) -> String {
    let extension = "[[operations]]\nkind = \"CreateExtension\"\nname = \"btree_gist\"\n\n[[operations]]";
    match file.path.starts_with(POSTGRES_ONLY) {
        true => file.text.replacen("[[operations]]", extension, 1),
        false => file.text.clone(),
    }
}

#[test]
fn the_files_lead_to_the_models() {
    shop(Backend::Postgres).assert_files_lead_to_the_models(with_extension);
}

fn there_and_back(backend: Backend) {
    let (database, shop) = (Database::empty(backend), shop(backend));
    let db = value(Db::connect(database.url()));
    shop.migrate(&db, &Target::Latest);
    assert!(shop.assert_tables_are_those_of_the_models(&db, &[]) > 24);
    rows::fill(&db);
    rows::ask(&db);
    if backend == Backend::Postgres {
        rows::book(&db);
    }
    shop.take_back(&db);
    shop.migrate(&db, &Target::Latest);
    shop.assert_tables_are_those_of_the_models(&db, &[]);
    rows::fill(&db);
}

#[test]
fn sqlite_has_the_shop_there_and_back_again() {
    there_and_back(Backend::Sqlite);
}

#[test]
fn postgres_has_the_shop_there_and_back_again() {
    there_and_back(Backend::Postgres);
}
