//! Tables in schemas: two of one name side by side, whatever `search_path` says, and moved between schemas with all that is theirs.

use orm::migrate::{MakeOptions, Migrations, Target, make_migrations, migrate};
use orm::models::{ModelDef, registry};
use orm::prelude::*;
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
pub use plain::PlainItem;

pub fn models() -> Vec<ModelDef> {
    let known = value(registry()).models();
    let ours = known.filter(|meta| ["works", "plain"].contains(&meta.def.app.as_str()));
    ours.map(|meta| meta.def.clone()).collect()
}

/// Files of migrations.
#[derive(Default, Clone)]
pub struct Project(Vec<(String, String)>);

impl Project {
    pub fn migrations(&self) -> Migrations {
        let files: Vec<(&str, &str)> = (self.0.iter())
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        value(Migrations::from_embedded(&files))
    }

    /// Writes what leads to the models, and returns what it does, an operation a line.
    pub fn make(&mut self, models: &[ModelDef]) -> Vec<String> {
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

    pub fn run(&self, database: &Database, target: &Target) {
        value(self.attempt(database.url(), target));
    }

    pub fn attempt(&self, url: &str, target: &Target) -> orm::Result<()> {
        let mut session = Db::connect(url)?.session()?;
        let options = orm_tests::losing();
        migrate(&mut session, &self.migrations(), target, &options, &mut |_| {}).map(drop)
    }
}

pub fn made() -> Project {
    let mut project = Project::default();
    project.make(&models());
    project
}

pub fn works() -> Database {
    let database = Database::empty(Backend::Postgres);
    made().run(&database, &Target::Latest);
    database
}

pub fn with_path(database: &Database, path: &str) -> String {
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

#[macro_export]
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
