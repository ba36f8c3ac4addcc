//! Tables in schemas: two of one name side by side, whatever `search_path` says, and moved between schemas with all that is theirs.

use std::collections::BTreeSet;

use orm::db::Dialect;
use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Target, make_migrations, migrate};
use orm::models::{ModelDef, QualifiedName, registry};
use orm::prelude::*;
use orm::tables::{introspect, tables_in};
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("works", schema = "Works \"2\".x");

/// In the schema of the app, whose name has everything in it that a name may have.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "item", ordering("name"))]
pub struct Item {
    pub id: i64,
    #[orm(max_length = 20, unique)]
    pub name: String,
    #[orm(default = 1)]
    pub amount: i32,
}

/// A table of the same name in another schema, whose constraints have the same names, too.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "item", schema = "billing", ordering("name"))]
pub struct BilledItem {
    pub id: i64,
    #[orm(max_length = 20, unique)]
    pub name: String,
    #[orm(on_delete = Restrict, related_name = "billed")]
    pub item: ForeignKey<Item>,
    pub parent: Option<ForeignKey<BilledItem>>,
    #[orm(related_name = "billed")]
    pub labels: ManyToMany<Label>,
    #[orm(default = Stage::Open)]
    pub stage: Stage,
    pub stages: Vec<Stage>,
    #[orm(generated = |b| b.name.ascii_lower())]
    pub lower: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "label", schema = "public", index("text"))]
pub struct Label {
    pub id: i64,
    pub text: String,
    pub stage: Option<Stage>,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(native)]
pub enum Stage {
    Open,
    Sent,
    Paid,
}

/// Without a schema, beside the same name in all others.
mod plain {
    use orm::prelude::*;

    orm::app!("plain");

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(table = "item")]
    pub struct PlainItem {
        pub id: i64,
        #[orm(max_length = 20, unique)]
        pub name: String,
        pub billed: Option<ForeignKey<super::BilledItem>>,
    }
}
use plain::PlainItem;

fn models() -> Vec<ModelDef> {
    let known = value(registry()).models();
    let ours = known.filter(|meta| ["works", "plain"].contains(&meta.def.app.as_str()));
    ours.map(|meta| meta.def.clone()).collect()
}

#[derive(Default, Clone)]
struct Project(Vec<(String, String)>);

impl Project {
    fn migrations(&self) -> Migrations {
        let files: Vec<(&str, &str)> = (self.0.iter())
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        value(Migrations::from_embedded(&files))
    }

    /// Writes what leads to the models, and returns what it does, an operation a line.
    fn make(&mut self, models: &[ModelDef]) -> Vec<String> {
        let new = value(make_migrations(
            models,
            &self.migrations(),
            &MakeOptions::default(),
        ));
        let mut lines = Vec::new();
        for new in new {
            lines.extend(new.describe);
            self.0
                .push((new.path.to_str().expect("a path of text").to_owned(), new.text));
        }
        lines
    }

    fn run(&self, database: &Database, target: &Target) {
        value(self.attempt(database.url(), target));
    }

    fn attempt(&self, url: &str, target: &Target) -> orm::Result<()> {
        let mut session = Db::connect(url)?.session()?;
        let options = MigrateOptions::default();
        migrate(&mut session, &self.migrations(), target, &options, &mut |_| {}).map(drop)
    }
}

fn made() -> Project {
    let mut project = Project::default();
    project.make(&models());
    project
}

fn works() -> Database {
    let database = Database::empty(Backend::Postgres);
    made().run(&database, &Target::Latest);
    database
}

fn with_path(database: &Database, path: &str) -> String {
    let url = database.url();
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}options=-c%20search_path%3D{path}")
}

/// On Postgres, blocking and async; tables without a schema are found by `search_path`, the others whatever it says.
macro_rules! on_postgres {
    ($($(#[$meta:meta])* fn $name:ident($db:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every case needs all of them")]
            use super::*;

            fn in_blocking($db: &Db) {
                #[allow(unused_imports, reason = "not every case needs all of them")]
                use orm_tests::behaviour::blocking::*;
                $body
            }

            async fn in_async($db: &AsyncDb) {
                #[allow(unused_imports, reason = "not every case needs all of them")]
                use orm_tests::behaviour::asynchronous::*;
                $body
            }

            #[test]
            fn postgres() {
                for path in ["public", "billing%2Cpublic"] {
                    let database = works();
                    in_blocking(&value(Db::connect(&with_path(&database, path))));
                }
            }

            #[test]
            fn postgres_async() {
                let database = works();
                let url = with_path(&database, "nowhere");
                runtime().block_on(async { in_async(&value(AsyncDb::connect(&url).await)).await });
            }
        }
    )+};
}

macro_rules! billed {
    ($name:expr, $item:expr) => {
        BilledItem::create()
            .name($name)
            .item($item)
            .stages(vec![Stage::Paid, Stage::Open])
    };
}

on_postgres! {
    fn rows_are_written_and_read(db) {
        let nail = run!(Item::create().name("nail").save(db));
        let bolt = run!(Item::create().name("bolt").amount(3).save(db));
        let mut one = run!(billed!("Nail", &nail).save(db));
        let two = run!(billed!("Bolt", &bolt).parent(&one).stage(Stage::Paid).save(db));
        assert_eq!((one.lower.as_str(), one.stage, one.stages.len()), ("nail", Stage::Open, 2));
        one.name = "Nails".to_owned();
        run!(one.save(db));
        run!(one.update(|b| b.stage.set(Stage::Sent)).run(db));
        run!(one.refresh(db));
        assert_eq!((one.lower.as_str(), one.stage), ("nails", Stage::Sent));
        assert_eq!(run!(BilledItem::get(two.id, db)), two);

        let found = run!(BilledItem::objects()
            .filter(|b| b.item().amount.gt(2) & b.parent().item().name.eq("nail") & b.stage.in_([Stage::Paid]))
            .with(|b| b.item())
            .with(|b| b.parent())
            .with(|b| b.labels())
            .all(db));
        assert_eq!(found, [(two.clone(), bolt.clone(), Some(one.clone()), vec![])]);
        let counted = run!(Item::objects()
            .filter(|i| i.billed().any(|b| b.stage.ne(Stage::Open)))
            .annotate(|i| i.billed().count())
            .order_by(|i| i.name.desc())
            .all(db));
        assert_eq!(counted, [(nail.clone(), 1), (bolt.clone(), 1)]);
        let groups = run!(BilledItem::objects()
            .group_by(|b| b.stage)
            .values(|b| (b.stage, b.item().amount.sum()))
            .order_by(|b| b.stage)
            .all(db));
        assert_eq!(groups, [(Stage::Sent, Some(1)), (Stage::Paid, Some(3))]);
        let lists = run!(Item::objects().with(|i| i.billed().order_by(|b| b.id).limit(1)).all(db));
        assert_eq!(lists, [(bolt, vec![two.clone()]), (nail, vec![one.clone()])]);

        let changed = run!(BilledItem::objects()
            .filter(|b| b.item().name.eq("bolt"))
            .update(|b| b.name.set(b.item().name))
            .run(db));
        assert_eq!(changed, 1);
        assert_eq!(run!(BilledItem::objects().filter(|b| b.parent().name.eq("Nails")).delete().run(db)), 1);
        assert_eq!(run!(BilledItem::objects().values(|b| b.name).all(db)), ["Nails"]);
        run!(one.delete(db));
        assert!(!run!(BilledItem::objects().exists(db)));
    }

    fn rows_are_written_in_bulk(db) {
        let items: Vec<_> = (0..40).map(|n| Item::create().name(format!("{n:02}")).amount(n)).collect();
        assert_eq!(run!(Item::bulk_create(items).run(db)), 40);
        let mut items = run!(Item::objects().all(db));
        for item in &mut items {
            item.amount += 1;
        }
        assert_eq!(run!(Item::bulk_update(&items, |i| i.amount).run(db)), 40);
        assert_eq!(run!(Item::bulk_update(&items[..2], |i| i.amount).run(db)), 2);
        let all = items.iter().map(|item| billed!(item.name.clone(), item).stage(Stage::Sent));
        assert_eq!(run!(BilledItem::bulk_create(all.collect::<Vec<_>>()).run(db)), 40);
        let kept = run!(Item::create().name("01").amount(9).on_conflict(|i| i.name)
            .update(|i, new| i.amount.set(i.amount + new.amount)).save(db));
        assert_eq!(kept.amount, 11);
        let (found, created) = run!(Item::create().name("01").amount(5).get_or_create(|i| i.name).run(db));
        assert_eq!((found.amount, created), (11, false));
        let late = run!(BilledItem::objects().filter(|b| b.stage.eq(Stage::Sent)).order_by(|b| b.id).limit(2).all(db));
        assert_eq!(late.len(), 2);
        let locked = transaction!(db, |tx| {
            run!(BilledItem::objects().filter(|b| b.name.eq("01")).select_for_update().all(tx));
            Ok::<_, orm::Error>(())
        });
        locked.unwrap();
    }

    fn rows_are_related_through_a_table_of_the_schema(db) {
        let nail = run!(Item::create().name("nail").save(db));
        let one = run!(billed!("one", &nail).save(db));
        let red = run!(Label::create().text("red").stage(Some(Stage::Paid)).save(db));
        let blue = run!(Label::create().text("blue").save(db));
        run!(one.labels().add([&red, &blue]).run(db));
        run!(one.labels().add([&red]).run(db));
        let mut labels = run!(one.labels().all(db));
        labels.sort_by_key(|label| label.id);
        assert_eq!(labels, [red.clone(), blue.clone()]);
        assert_eq!(run!(red.billed().all(db)), std::slice::from_ref(&one));
        run!(one.labels().set([&red]).run(db));
        let found = run!(BilledItem::objects().filter(|b| b.labels().any(|l| l.stage.eq(Stage::Paid)))
            .with(|b| b.labels()).all(db));
        assert_eq!(found, [(one.clone(), vec![red.clone()])]);
        run!(one.labels().remove([&red]).run(db));
        assert_eq!(run!(one.labels().all(db)), []);
    }

    /// Two tables of one name have constraints of one name.
    fn errors_name_the_model_of_the_schema(db) {
        let nail = run!(Item::create().name("nail").save(db));
        run!(billed!("nail", &nail).save(db));
        let refused = error(attempt!(Item::create().name("nail").save(db)));
        assert!(refused.is_unique_violation() && refused.to_string().contains("works.Item"), "{refused}");
        assert_eq!(refused.fields(), ["name"]);
        let refused = error(attempt!(billed!("nail", &nail).save(db)));
        assert!(refused.is_unique_violation() && refused.to_string().contains("works.BilledItem"), "{refused}");
        assert_eq!(refused.fields(), ["name"]);
        let refused = error(attempt!(billed!("other", 99).save(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(refused.fields(), ["item"]);
        let told = format!("{refused:?}");
        assert!(told.contains("the works.Item that works.BilledItem.item points at does not exist"), "{told}");
        let told = format!("{:?}", error(attempt!(nail.delete(db))));
        assert!(told.contains("works.BilledItem.item still points at it"), "{told}");
        let refused = error(attempt!(Item::create().name("x".repeat(21)).save(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert_eq!(refused.fields(), ["name"]);
    }
}

/// Tables without a schema stand beside those of the same name, and point at them.
#[test]
fn a_table_without_a_schema_stands_beside_them() {
    let database = works();
    let db = value(Db::connect(database.url()));
    let nail = value(Item::create().name("nail").save(&db));
    let one = value(billed!("one", &nail).save(&db));
    let plain = value(PlainItem::create().name("plain").billed(&one).save(&db));
    let all = value(
        PlainItem::objects()
            .with(|p| p.billed().with(|b| b.item()))
            .all(&db),
    );
    assert_eq!(all, [(plain, Some((one, nail)))]);
    let refused = error(PlainItem::create().name("plain").save(&db));
    assert!(
        refused.to_string().contains("plain.PlainItem") && refused.fields() == ["name"],
        "{refused:?}"
    );
    let told = format!(
        "{:?}",
        error(PlainItem::create().name("lost").billed(99).save(&db))
    );
    assert!(
        told.contains("the works.BilledItem that plain.PlainItem.billed points at does not exist"),
        "{told}"
    );
}

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
