//! Exclusion constraints: what Postgres refuses is told in the words of the model, and what is missing for one is named.

use std::collections::BTreeSet;

use orm::db::Dialect;
use orm::migrate::{MakeOptions, Migrations, Target, make_migrations, migrate};
use orm::models::registry;
use orm::prelude::*;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("hotel");

/// A room is given to one guest, however the name is written, and no two bills have one number.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    exclude(
        name = "one_guest",
        ("room", "="),
        (|s| s.guest.ascii_lower(), "<>"),
        where = |s| s.cancelled.eq(false),
        include("nights"),
        message = "the room is taken",
    ),
    exclude(("bill", "="), deferrable = Deferred)
)]
pub struct Stay {
    pub id: i64,
    pub room: i32,
    pub guest: String,
    pub nights: i32,
    #[orm(default = false)]
    pub cancelled: bool,
    #[orm(column = "bill_number")]
    pub bill: Option<i64>,
}

fn models() -> Vec<orm::models::ModelDef> {
    let known = value(registry()).models();
    known
        .map(|meta| meta.def.clone())
        .filter(|def| def.app == "hotel")
        .collect()
}

fn migrations(extension: bool) -> Migrations {
    embedded(&made(&models(), &Migrations::default(), extension))
}

/// Paths and texts of the migrations that lead to the models; before the first of them the extension is created, if that is asked for.
fn made(models: &[orm::models::ModelDef], before: &Migrations, extension: bool) -> Vec<(String, String)> {
    const CREATED: &str =
        "[[operations]]\nkind = \"CreateExtension\"\nname = \"btree_gist\"\n\n[[operations]]";
    let new = value(make_migrations(models, before, &MakeOptions::default()));
    let files = new.into_iter().map(|new| {
        let text = match extension {
            // What a person does, as the documentation says.
            true => new.text.replacen("[[operations]]", CREATED, 1),
            false => new.text,
        };
        (new.path.to_str().expect("a path of text").to_owned(), text)
    });
    files.collect()
}

fn embedded(files: &[(String, String)]) -> Migrations {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    value(Migrations::from_embedded(&files))
}

fn run(database: &Database, extension: bool) -> orm::Result<()> {
    apply(database, &migrations(extension))
}

fn apply(database: &Database, migrations: &Migrations) -> orm::Result<()> {
    let mut session = value(Db::connect(database.url()).and_then(|db| db.session()));
    migrate(
        &mut session,
        migrations,
        &Target::Latest,
        &orm_tests::losing(),
        &mut |_| {},
    )
    .map(drop)
}

fn hotel() -> Database {
    let database = Database::empty(Backend::Postgres);
    value(run(&database, true));
    database
}

macro_rules! stay {
    ($room:expr, $guest:expr) => {
        Stay::create().room($room).guest($guest).nights(1)
    };
}

fn is_told(refused: &orm::Error) {
    assert!(
        refused.is_exclusion_violation() && !refused.is_unique_violation(),
        "{refused:?}"
    );
    assert_eq!(refused.constraint(), Some("one_guest"));
    assert_eq!(refused.fields(), ["room", "guest"]);
    assert_eq!(refused.constraint_message(), Some("the room is taken"));
    let said = format!("{refused} {refused:?}");
    assert!(
        said.contains("hotel.Stay") && said.contains("its room, guest cannot stand beside"),
        "{said}"
    );
    // Values are nobody's business.
    assert!(!said.contains("BOB") && !said.contains("zoe"), "{said}");
}

#[test]
fn a_row_that_is_related_is_told_in_the_words_of_the_model() {
    let database = hotel();
    let db = value(Db::connect(database.url()));
    value(stay!(1, "zoe").save(&db));
    value(stay!(1, "Zoe").save(&db));
    value(stay!(2, "BOB").save(&db));
    is_told(&error(stay!(1, "BOB").save(&db)));
    is_told(&error(
        Stay::bulk_create([stay!(3, "x"), stay!(1, "BOB")]).run(&db),
    ));
    is_told(&error(Stay::objects().update(|s| s.room.set(1)).run(&db)));
    let cancelled = Stay::create().room(1).guest("BOB").nights(1).cancelled(true);
    let mut cancelled = value(cancelled.save(&db));
    cancelled.cancelled = false;
    is_told(&error(cancelled.save(&db)));
    assert_eq!(value(Stay::objects().count(&db)), 4);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        is_told(&error(stay!(1, "BOB").save(&db).await));
    });
}

#[test]
fn one_that_waits_is_told_at_the_commit() {
    let database = hotel();
    let db = value(Db::connect(database.url()));
    let bill = |number: i64| Stay::create().room(1).guest("zoe").nights(1).bill(number);
    let first = value(bill(1).save(&db));
    let refused = error(db.transaction(|tx| bill(1).save(tx).map(drop)));
    assert!(refused.is_exclusion_violation(), "{refused:?}");
    assert_eq!(refused.constraint(), Some("hotel_stay_bill_number_excl"));
    value(db.transaction(|tx| {
        bill(1).save(tx)?;
        first.clone().delete(tx).map(drop)
    }));
    assert_eq!(value(Stay::objects().count(&db)), 1);
}

#[test]
fn what_is_missing_for_one_is_named_before_the_table_is_made() {
    let database = Database::empty(Backend::Postgres);
    let refused = error(run(&database, false)).to_string();
    for words in [
        "\"one_guest\"",
        "extension btree_gist",
        "CreateExtension",
        "\"room\"",
    ] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let db = value(Db::connect(database.url()));
    let tables = value(orm::tables::tables(&mut value(db.session())));
    assert!(!tables.contains(&"hotel_stay".to_owned()), "{tables:?}");
    // What is computed has no column whose type would say it before; the server does, and is explained.
    let computed = "CREATE TABLE t (x bigint, EXCLUDE USING gist ((x + 1) WITH =))";
    let refused = error(value(db.session()).batch(computed)).to_string();
    assert!(
        refused.contains("the extension btree_gist has one for most types"),
        "{refused}"
    );
    // As soon as it is there, in whatever way, the same files run.
    value(value(db.session()).batch("CREATE EXTENSION btree_gist"));
    value(run(&database, false));
}

#[test]
fn rows_that_are_related_stop_the_migration_and_nothing_is_lost() {
    let database = Database::empty(Backend::Postgres);
    let mut without = models();
    without.iter_mut().for_each(|model| model.constraints.clear());
    let mut files = made(&without, &Migrations::default(), false);
    value(apply(&database, &embedded(&files)));
    let db = value(Db::connect(database.url()));
    value(Stay::bulk_create([stay!(1, "zoe"), stay!(2, "BOB"), stay!(1, "BOB")]).run(&db));
    files.extend(made(&models(), &embedded(&files), true));
    let refused = error(apply(&database, &embedded(&files)));
    assert!(refused.is_exclusion_violation(), "{refused:?}");
    assert_eq!(refused.constraint(), Some("one_guest"));
    let said = refused.to_string();
    for words in [
        "hotel.0002",
        "\"one_guest\"",
        "rows that are there already",
        "change those rows first",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!format!("{refused:?}").contains("BOB"), "{refused:?}");
    let table = value(orm::tables::introspect(&mut value(db.session()), "hotel_stay")).expect("the table");
    assert!(table.exclusions.is_empty());
    assert_eq!(value(Stay::objects().count(&db)), 3);
    value(
        Stay::objects()
            .filter(|s| s.guest.eq("BOB") & s.room.eq(1))
            .delete()
            .run(&db),
    );
    value(apply(&database, &embedded(&files)));
    is_told(&error(stay!(1, "BOB").save(&db)));
}

#[test]
fn a_database_without_such_constraints_is_named_before_a_file_is_written() {
    let make = |databases: &[&'static Dialect]| {
        let named = databases
            .iter()
            .map(|dialect| (dialect.name.to_owned(), *dialect));
        let options = MakeOptions {
            databases: named.collect(),
            ..MakeOptions::default()
        };
        make_migrations(&models(), &Migrations::default(), &options)
    };
    assert_eq!(value(make(&[])).len(), 1);
    assert_eq!(value(make(&[Dialect::POSTGRES])).len(), 1);
    let refused = error(make(&[Dialect::POSTGRES, Dialect::SQLITE]));
    assert!(refused.is_unsupported(), "{refused:?}");
    let said = refused.to_string();
    for words in [
        "the database `sqlite`",
        "hotel.Stay",
        "one_guest",
        "sqlite has no exclusion constraints",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Where nothing was said, it is refused before any SQL.
    let database = Database::empty(Backend::Sqlite);
    let refused = error(run(&database, true));
    assert!(refused.is_unsupported(), "{refused:?}");
    let mut session = value(Db::connect(database.url()).and_then(|db| db.session()));
    let tables: BTreeSet<String> = value(orm::tables::tables(&mut session)).into_iter().collect();
    assert!(!tables.contains("hotel_stay"), "{tables:?}");
}

#[test]
fn a_table_is_read_back_as_the_model_says_it() {
    let database = hotel();
    let db = value(Db::connect(database.url()));
    let mut session = value(db.session());
    let table = value(orm::tables::introspect(&mut session, "hotel_stay")).expect("the table");
    let mut names: Vec<&str> = table.exclusions.iter().map(|one| one.name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["hotel_stay_bill_number_excl", "one_guest"]);
    let one = table
        .exclusions
        .iter()
        .find(|one| one.name() == "one_guest")
        .expect("it is there");
    let operators: Vec<&str> = one.operators.iter().map(|operator| operator.symbol()).collect();
    assert_eq!(operators, ["=", "<>"]);
    assert_eq!(one.index.include, ["nights"]);
    assert!(one.index.condition.is_some() && one.index.columns[1].column().is_none());
    // Nothing else is made of its index.
    assert!(table.indexes.is_empty() && table.uniques.is_empty());
}
