//! The shop on both databases: migrated from its files, compared with its models, filled, asked, and taken back.

use std::path::{Path, PathBuf};

use orm::Db;
use orm::db::Dialect;
use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Target, make_migrations, migrate};
use orm::models::{ModelDef, registry};
use orm::tables::{canonical, introspect, of_models, tables};
use orm_tests::behaviour::value;
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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")
}

fn is_for(backend: Backend, app: &str) -> bool {
    APPS.contains(&app) && (backend == Backend::Postgres || app != POSTGRES_ONLY)
}

fn models(backend: Backend) -> Vec<ModelDef> {
    let all = value(registry()).models().map(|model| model.def.clone());
    all.filter(|model| is_for(backend, &model.app)).collect()
}

/// The files of the apps that a database takes.
fn migrations(backend: Backend) -> Migrations {
    let mut files = Vec::new();
    for app in APPS.into_iter().filter(|app| is_for(backend, app)) {
        let Ok(found) = std::fs::read_dir(folder().join(app)) else {
            continue;
        };
        for file in found {
            let path = file.expect("a file").path();
            let name = path.file_name().expect("its name").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("its text");
            files.push((format!("{app}/{name}"), text));
        }
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    value(Migrations::from_embedded(&files))
}

fn run(db: &Db, backend: Backend, target: &Target) {
    let mut session = value(db.session());
    let options = MigrateOptions::default();
    value(migrate(
        &mut session,
        &migrations(backend),
        target,
        &options,
        &mut |_| {},
    ));
}

/// Every table is what its model asks for, and there is no other.
fn assert_tables_are_those_of_the_models(db: &Db, backend: Backend) {
    let mut session = value(db.session());
    let dialect = match backend {
        Backend::Sqlite => Dialect::SQLITE,
        Backend::Postgres => Dialect::POSTGRES,
    };
    let asked = value(of_models(&models(backend), dialect));
    let mut names: Vec<String> = asked.iter().map(|table| table.name.clone()).collect();
    names.push(orm::migrate::HISTORY_TABLE.to_owned());
    names.sort();
    assert_eq!(value(tables(&mut session)), names);
    assert!(names.len() > 25, "{names:?}");
    for table in asked {
        let found = value(introspect(&mut session, table.qualified_name())).expect("a table");
        assert_eq!(found, value(canonical(&mut session, &table)), "{}", table.name);
    }
}

#[test]
fn the_files_lead_to_the_models() {
    let before = migrations(Backend::Postgres);
    let new = value(make_migrations(
        &models(Backend::Postgres),
        &before,
        &MakeOptions::default(),
    ));
    if std::env::var("ORM_GOLDEN").as_deref() == Ok("write") {
        for file in &new {
            let path = folder().join(&file.path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            // An exclusion constraint over numbers takes an extension, which a person adds.
            let extension =
                "[[operations]]\nkind = \"CreateExtension\"\nname = \"btree_gist\"\n\n[[operations]]";
            let text = match file.path.starts_with(POSTGRES_ONLY) {
                true => file.text.replacen("[[operations]]", extension, 1),
                false => file.text.clone(),
            };
            let name = path.file_stem().expect("a name");
            std::fs::write(path.with_file_name("HEAD"), format!("{}\n", name.display())).expect("written");
            std::fs::write(path, text).expect("written");
        }
        return;
    }
    assert!(
        new.is_empty(),
        "{:?}",
        new.iter().map(|file| &file.path).collect::<Vec<_>>()
    );
}

fn there_and_back(backend: Backend) {
    let database = Database::empty(backend);
    let db = value(Db::connect(database.url()));
    run(&db, backend, &Target::Latest);
    assert_tables_are_those_of_the_models(&db, backend);
    rows::fill(&db);
    rows::ask(&db);
    if backend == Backend::Postgres {
        rows::book(&db);
    }
    for app in APPS.into_iter().rev().filter(|app| is_for(backend, app)) {
        run(&db, backend, &Target::Zero(app.to_owned()));
    }
    assert_eq!(
        value(tables(&mut value(db.session()))),
        [orm::migrate::HISTORY_TABLE]
    );
    run(&db, backend, &Target::Latest);
    assert_tables_are_those_of_the_models(&db, backend);
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
