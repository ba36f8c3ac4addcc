//! Tables that move between schemas with all that is theirs, and what is refused.

use std::collections::BTreeSet;

use orm::db::Dialect;
use orm::migrate::{MakeOptions, Migrations, Target, make_migrations};
use orm::models::{ModelDef, QualifiedName};
use orm::prelude::*;
use orm::tables::{introspect, tables_in};
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

use crate::billed;
use crate::schemas::*;

/// The models with those of the schema `billing` in another one.
fn moved_to(schema: Option<&str>) -> Vec<ModelDef> {
    let mut models = models();
    for model in (models.iter_mut()).filter(|model| model.schema.as_deref() == Some("billing")) {
        model.schema = schema.map(str::to_owned);
        let types = model
            .fields
            .iter_mut()
            .filter_map(|field| field.enum_type.as_mut());
        for name in types {
            *name = match schema {
                Some(schema) => format!("{schema}.stage"),
                None => "stage".to_owned(),
            };
        }
    }
    models
}

/// SQL by hand.
fn attempt_sql(db: &Db, sql: &str) -> orm::Result<()> {
    db.session()?.batch(sql)
}

fn sql(db: &Db, sql: &str) {
    value(attempt_sql(db, sql));
}

/// The strings that a query answers.
fn strings(db: &Db, sql: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    value(value(db.session()).query(sql, &[], &mut |row| {
        found.insert(row.get::<String>(0)?);
        Ok(())
    }));
    found
}

fn schemas(db: &Db) -> BTreeSet<String> {
    strings(
        db,
        "SELECT nspname::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'",
    )
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// What is in the table of billed items, and that its sequence counts on.
fn is_intact(db: &Db, table: &str, rows: u32) {
    sql(
        db,
        &format!(
            "INSERT INTO {table} (name, item_id, stages) SELECT 'n{rows}', min(item_id), '{{}}' FROM {table}"
        ),
    );
    let read = format!(
        "SELECT concat_ws(' ', count(*), max(id), count(*) FILTER (WHERE stage::text = 'paid'), (SELECT count(*) FROM {table}_labels)) \
         FROM {table}"
    );
    assert_eq!(strings(db, &read), names(&[&format!("{0} {0} 1 1", rows + 1)]));
}

#[test]
fn a_table_moves_with_all_that_is_its() {
    let database = Database::empty(Backend::Postgres);
    let mut project = made();
    project.run(&database, &Target::Latest);
    let db = value(Db::connect(database.url()));
    assert_eq!(schemas(&db), names(&["public", "billing", "Works \"2\".x"]));
    let nail = value(Item::create().name("nail").save(&db));
    let one = value(billed!("one", &nail).stage(Stage::Paid).save(&db));
    value(billed!("two", &nail).parent(&one).save(&db));
    value(PlainItem::create().name("plain").billed(&one).save(&db));
    let red = value(Label::create().text("red").save(&db));
    value(one.labels().add([&red]).run(&db));
    let table = |schema: Option<&str>, name: &str| {
        let mut session = value(db.session());
        let name = QualifiedName::new(schema.map(str::to_owned), name);
        let mut found = value(introspect(&mut session, name)).expect("the table");
        found.schema = None;
        for key in &mut found.foreign_keys {
            let moves = key.target.schema.as_deref() == schema;
            key.target.schema = key.target.schema.take().filter(|_| !moves);
        }
        for check in &mut found.checks {
            check.sql = check.sql.replace("billing.", "").replace("archive.", "");
        }
        for column in &mut found.columns {
            column.ty = column
                .ty
                .rsplit_once('.')
                .map_or(column.ty.clone(), |(_, ty)| ty.to_owned());
            column.default = column
                .default
                .take()
                .map(|sql| sql.split("::").next().unwrap_or_default().to_owned());
        }
        found
    };
    let before = [
        table(Some("billing"), "item"),
        table(Some("billing"), "item_labels"),
    ];

    let lines = project.make(&moved_to(Some("archive")));
    assert_eq!(
        lines,
        [
            "+ create enum archive.stage",
            "~ alter field stage on BilledItem",
            "~ alter field stages on BilledItem",
            "~ move table of BilledItem to archive.item",
            "- delete enum billing.stage",
        ]
    );
    assert_eq!(project.make(&moved_to(Some("archive"))), [""; 0]);
    project.run(&database, &Target::Latest);
    assert_eq!(schemas(&db), names(&["public", "archive", "Works \"2\".x"]));
    assert_eq!(
        value(tables_in(&mut value(db.session()), "archive")),
        ["item", "item_labels"]
    );
    assert_eq!(
        [
            table(Some("archive"), "item"),
            table(Some("archive"), "item_labels")
        ],
        before
    );
    is_intact(&db, "archive.item", 2);
    // What pointed there still does.
    assert!(
        error(attempt_sql(&db, "DELETE FROM archive.item WHERE name = 'one'")).is_foreign_key_violation()
    );
}

/// The database says whether a schema is a migration's: it keeps one that was there, and one in which others have something.
#[test]
fn a_schema_of_others_stays() {
    let database = Database::empty(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    sql(&db, "CREATE SCHEMA billing");
    let project = made();
    project.run(&database, &Target::Latest);
    sql(&db, "CREATE TABLE \"Works \"\"2\"\".x\".theirs (id integer)");
    let nothing = |app: &str| Target::Zero(app.to_owned());
    project.run(&database, &nothing("plain"));
    project.run(&database, &nothing("works"));
    assert_eq!(schemas(&db), names(&["public", "billing", "Works \"2\".x"]));
    project.run(&database, &Target::Latest);
    assert_eq!(value(BilledItem::objects().count(&db)), 0);
}

/// Who may not create schemas can use one that is there.
#[test]
fn a_schema_that_is_there_needs_no_right_to_create_one() {
    let database = Database::empty(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let role = format!("orm_schemas_{}", std::process::id());
    sql(&db, &format!("CREATE ROLE {role}"));
    for schema in ["billing", "\"Works \"\"2\"\".x\""] {
        sql(&db, &format!("CREATE SCHEMA {schema} AUTHORIZATION {role}"));
    }
    sql(&db, &format!("GRANT ALL ON SCHEMA public TO {role}"));
    let url = with_path(&database, &format!("public%20-c%20role%3D{role}"));
    let done = made().attempt(&url, &Target::Latest);
    sql(&db, &format!("DROP OWNED BY {role} CASCADE"));
    sql(&db, &format!("DROP ROLE {role}"));
    value(done);
}

fn is_refused(refused: &orm::Error) {
    let told = format!("{refused:?}");
    assert!(refused.is_unsupported(), "{told}");
    assert!(
        told.contains("stands in the schema billing, and sqlite has no schemas"),
        "{told}"
    );
    assert!(
        told.contains("works.BilledItem") && told.contains("#[orm(table = \"billing_item\")]"),
        "{told}"
    );
}

#[test]
fn sqlite_refuses_before_any_statement() {
    let database = Database::empty(Backend::Sqlite);
    let db = value(Db::connect(database.url()));
    is_refused(&error(BilledItem::objects().all(&db)));
    is_refused(&error(billed!("one", 1).save(&db)));
    is_refused(&error(BilledItem::objects().delete().run(&db)));
    is_refused(&error(BilledItem::get(1, &db)));
    let adb = value(runtime().block_on(AsyncDb::connect(database.url())));
    is_refused(&error(runtime().block_on(BilledItem::objects().count(&adb))));

    let billed: Vec<ModelDef> = models()
        .into_iter()
        .filter(|model| model.app == "works")
        .collect();
    let of = |name: &str, dialect| MakeOptions {
        databases: vec![(name.to_owned(), dialect)],
        ..MakeOptions::default()
    };
    let refused = error(make_migrations(
        &billed,
        &Migrations::default(),
        &of("default", Dialect::SQLITE),
    ));
    assert!(
        refused.is_unsupported() && format!("{refused:?}").contains("sqlite has no schemas"),
        "{refused:?}"
    );
    value(make_migrations(
        &billed,
        &Migrations::default(),
        &of("default", Dialect::POSTGRES),
    ));
    let refused = error(made().attempt(database.url(), &Target::Latest));
    assert!(
        format!("{refused:?}").contains("sqlite has no schemas"),
        "{refused:?}"
    );
    let mut session = value(db.session());
    assert_eq!(
        value(introspect(
            &mut session,
            QualifiedName::new(Some("billing".to_owned()), "item")
        )),
        None
    );
}

#[test]
fn a_schema_of_the_server_is_refused() {
    for schema in ["pg_catalog", "information_schema", &"x".repeat(64)] {
        let refused = error(make_migrations(
            &moved_to(Some(schema)),
            &Migrations::default(),
            &MakeOptions::default(),
        ));
        assert!(format!("{refused:?}").contains(schema), "{refused:?}");
    }
}
