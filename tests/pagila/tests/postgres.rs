//! Pagila on Postgres: migrated from its files, compared with its models, filled, asked, and taken back.

use std::path::{Path, PathBuf};

use orm::Db;
use orm::db::Dialect;
use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Target, make_migrations, migrate};
use orm::models::{ModelDef, registry};
use orm::tables::{canonical, introspect, of_models, tables};
use orm_pagila_tests as _;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

mod rows;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")
}

fn models() -> Vec<ModelDef> {
    let all = value(registry()).models().map(|model| model.def.clone());
    all.filter(|model| model.app == "pagila").collect()
}

fn migrations() -> Migrations {
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder().join("pagila")).into_iter().flatten() {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("its name").to_string_lossy();
        let text = std::fs::read_to_string(&path).expect("its text");
        files.push((format!("pagila/{name}"), text));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    value(Migrations::from_embedded(&files))
}

fn run(db: &Db, target: &Target) {
    let mut session = value(db.session());
    value(migrate(
        &mut session,
        &migrations(),
        target,
        &MigrateOptions::default(),
        &mut |_| {},
    ));
}

#[test]
fn the_files_lead_to_the_models() {
    let new = value(make_migrations(&models(), &migrations(), &MakeOptions::default()));
    if std::env::var("ORM_GOLDEN").as_deref() == Ok("write") {
        for file in &new {
            let path = folder().join(&file.path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let name = path.file_stem().expect("a name");
            std::fs::write(path.with_file_name("HEAD"), format!("{}\n", name.display())).expect("written");
            std::fs::write(path, &file.text).expect("written");
        }
        return;
    }
    assert!(
        new.is_empty(),
        "{:?}",
        new.iter().map(|file| &file.path).collect::<Vec<_>>()
    );
}

/// Every table that migrations make is what its model asks for; beside them are only the history and what SQL by hand made.
fn assert_tables_are_those_of_the_models(db: &Db) {
    let mut session = value(db.session());
    let asked = value(of_models(&models(), Dialect::POSTGRES));
    let mut names: Vec<String> = asked.iter().map(|table| table.name.clone()).collect();
    assert_eq!(names.len(), 14);
    names.push(orm::migrate::HISTORY_TABLE.to_owned());
    names.sort();
    let mut found = value(tables(&mut session));
    found.retain(|name| !name.starts_with("payment"));
    assert_eq!(found, names);
    for table in asked {
        let found = value(introspect(&mut session, table.qualified_name())).expect("a table");
        assert_eq!(found, value(canonical(&mut session, &table)), "{}", table.name);
    }
}

#[test]
fn postgres_has_pagila_there_and_back_again() {
    let database = Database::empty(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    run(&db, &Target::Latest);
    assert_tables_are_those_of_the_models(&db);
    rows::fill(&db);
    rows::ask(&db);
    rows::refuse(&db);
    run(&db, &Target::Zero("pagila".to_owned()));
    assert_eq!(
        value(tables(&mut value(db.session()))),
        [orm::migrate::HISTORY_TABLE]
    );
    run(&db, &Target::Latest);
    assert_tables_are_those_of_the_models(&db);
    // The enum is another type now, and connections remember types.
    rows::fill(&value(Db::connect(database.url())));
}
