//! Triggers of models: made with their tables, changed, kept through what happens to a table, and what rows show of what they did.
#![allow(
    clippy::duplicated_attributes,
    reason = "two triggers of a model may share words"
)]

use orm::db::Dialect;
use orm::migrate::{MakeOptions, Target, make_migrations};
use orm::models::{ModelDef, TriggerDef, TriggerEvent, TriggerTiming, registry};
use orm::prelude::*;
use orm::tables::{canonical, introspect};
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

use crate::schemas::Project;

orm::app!("watched");

/// Its slug follows its title: on Postgres before the row is written, on SQLite after that.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(trigger(
    name = "page_slug",
    before,
    insert,
    update_of("title"),
    postgres = "NEW.slug := lower(NEW.title); RETURN NEW;",
    sqlite = ""
))]
#[orm(trigger(
    name = "page_slug_after",
    after,
    insert,
    update_of("title"),
    postgres = "",
    sqlite = "UPDATE watched_page SET slug = lower(NEW.title) WHERE id = NEW.id"
))]
#[orm(trigger(
    name = "page_gone",
    after,
    delete,
    when = "OLD.title <> 'quiet'",
    postgres = "INSERT INTO watched_line (text) VALUES ('gone: ' || OLD.title); RETURN NULL;",
    sqlite = "INSERT INTO watched_line (text) VALUES ('gone: ' || OLD.title)"
))]
#[orm(trigger(
    name = "page_kept",
    before,
    delete,
    when = "OLD.title = 'kept'",
    postgres = "RAISE EXCEPTION 'this page stays';",
    sqlite = "SELECT RAISE(ABORT, 'this page stays');"
))]
pub struct Page {
    pub id: i64,
    #[orm(max_length = 20)]
    pub title: String,
    #[orm(default = "")]
    pub slug: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Line {
    pub id: i64,
    pub text: String,
}

pub fn models() -> Vec<ModelDef> {
    let known = value(registry()).models();
    let ours = known.filter(|meta| meta.def.app == "watched");
    ours.map(|meta| meta.def.clone()).collect()
}

pub fn made(models: &[ModelDef]) -> Project {
    let mut project = Project::default();
    project.make(models);
    project
}

fn watched(backend: Backend) -> Database {
    let database = Database::empty(backend);
    made(&models()).run(&database, &Target::Latest);
    database
}

macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($db:ident, $rewrites:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            fn in_blocking($db: &Db, $rewrites: bool) {
                #[allow(unused_imports, reason = "not every case needs all of them")]
                use orm_tests::behaviour::blocking::*;
                $body
            }

            async fn in_async($db: &AsyncDb, $rewrites: bool) {
                #[allow(unused_imports, reason = "not every case needs all of them")]
                use orm_tests::behaviour::asynchronous::*;
                $body
            }

            #[test]
            fn sqlite() {
                in_blocking(&value(Db::connect(watched(Backend::Sqlite).url())), false);
            }

            #[test]
            fn sqlite_async() {
                let database = watched(Backend::Sqlite);
                runtime().block_on(async { in_async(&value(AsyncDb::connect(database.url()).await), false).await });
            }

            #[test]
            fn postgres() {
                in_blocking(&value(Db::connect(watched(Backend::Postgres).url())), true);
            }

            #[test]
            fn postgres_async() {
                let database = watched(Backend::Postgres);
                runtime().block_on(async { in_async(&value(AsyncDb::connect(database.url()).await), true).await });
            }
        }
    )+};
}

on_both! {
    /// What runs before a row is written shows in the row that comes back, what runs after it does not.
    fn new_rows_show_what_ran_before_them(db, rewrites) {
        let shown = |slug: &'static str| if rewrites { slug } else { "" };
        let mut page = run!(Page::create().title("Hello").save(db));
        assert_eq!(page.slug, shown("hello"));
        run!(page.refresh(db));
        assert_eq!(page.slug, "hello");
        let drafts = ["A", "B"].map(|title| Page::create().title(title));
        let pages = run!(Page::bulk_create(drafts).all(db));
        assert_eq!([pages[0].slug.as_str(), pages[1].slug.as_str()], [shown("a"), shown("b")]);
        let many = (0..40).map(|n| Page::create().title(format!("N{n}")));
        run!(Page::bulk_create(many.collect::<Vec<_>>()).run(db));
        let slugs = run!(Page::objects().filter(|p| p.title.starts_with("N")).values(|p| p.slug).all(db));
        assert!(slugs.len() == 40 && slugs.iter().all(|slug| slug.starts_with('n')), "{slugs:?}");
    }

    /// A row that a program has is what it wrote; what triggers made of it is read again.
    fn changed_rows_are_read_again(db, _rewrites) {
        let mut page = run!(Page::create().title("Hello").save(db));
        page.title = "World".to_owned();
        run!(page.save(db));
        run!(page.refresh(db));
        assert_eq!(page.slug, "world");
        run!(Page::objects().update(|p| p.title.set("Third")).run(db));
        let found = run!(Page::objects().get(db));
        assert_eq!((found.title.as_str(), found.slug.as_str()), ("Third", "third"));
        // What it does not run for it leaves alone.
        run!(Page::objects().update(|p| p.slug.set("own")).run(db));
        assert_eq!(run!(Page::objects().get(db)).slug, "own");
        page.title = "Fourth".to_owned();
        assert_eq!(run!(Page::bulk_update(std::slice::from_ref(&page), |p| p.title).run(db)), 1);
        assert_eq!(run!(Page::objects().get(db)).slug, "fourth");
    }

    fn conditions_decide(db, _rewrites) {
        for title in ["loud", "quiet", "kept"] {
            run!(Page::create().title(title).save(db));
        }
        let refused = error(attempt!(Page::objects().delete().run(db)));
        assert!(refused.to_string().contains("this page stays"), "{refused}");
        assert_eq!(run!(Page::objects().count(db)), 3);
        assert_eq!(run!(Page::objects().filter(|p| p.title.ne("kept")).delete().run(db)), 2);
        assert_eq!(run!(Line::objects().values(|l| l.text).all(db)), ["gone: loud"]);
    }
}

pub fn page(models: &mut [ModelDef]) -> &mut ModelDef {
    models
        .iter_mut()
        .find(|model| model.name == "Page")
        .expect("it is there")
}

pub fn strings(database: &Database, sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let db = value(Db::connect(database.url()));
    value(value(db.session()).query(sql, &[], &mut |row| {
        found.push(row.get::<String>(0)?);
        Ok(())
    }));
    found
}

/// What a database cannot do is refused when the migration is made, or before anything runs.
#[test]
fn what_a_database_cannot_do_is_refused() {
    let with = |trigger: TriggerDef| {
        let mut models = models();
        page(&mut models).objects = vec![trigger.into()];
        models
    };
    let refusal = |models: &[ModelDef], databases: &[&'static Dialect]| {
        let databases = databases
            .iter()
            .map(|dialect| (dialect.name.to_owned(), *dialect))
            .collect();
        let options = MakeOptions {
            databases,
            ..MakeOptions::default()
        };
        let refused =
            error(make_migrations(models, &Project::default().migrations(), &options).map(|made| made.len()));
        format!("{refused:?}")
    };
    let both = [Dialect::SQLITE, Dialect::POSTGRES];
    let new = || TriggerDef::new("t", TriggerTiming::After, [TriggerEvent::Insert]);
    let postgres = TriggerDef {
        postgres: Some("RETURN NULL;".to_owned()),
        ..new()
    };
    let said = refusal(&with(postgres.clone()), &both);
    assert!(
        said.contains("watched.Page")
            && said.contains("trigger t")
            && said.contains("sqlite has no statements of it"),
        "{said}"
    );
    assert!(
        said.contains("sqlite = \\\"\\\"") || said.contains("sqlite = \"\""),
        "{said}"
    );
    let sqlite = TriggerDef {
        sqlite: Some("SELECT 1".to_owned()),
        ..new()
    };
    assert!(refusal(&with(sqlite.clone()), &both).contains("postgres has no body of it"));
    let each = TriggerDef {
        each_statement: true,
        sqlite: Some("SELECT 1".to_owned()),
        ..postgres.clone()
    };
    assert!(refusal(&with(each), &both).contains("sqlite has no triggers that run once for a statement"));
    let endless = TriggerDef {
        postgres: Some("NEW.slug := 'x';".to_owned()),
        sqlite: Some(String::new()),
        ..new()
    };
    assert!(refusal(&with(endless), &[Dialect::POSTGRES]).contains("never returns"));
    let long = TriggerDef {
        name: "t".repeat(64),
        ..sqlite.clone()
    };
    assert!(refusal(&with(long), &[Dialect::SQLITE]).contains("longer than 63 bytes"));
    let mut twice = models();
    for model in &mut twice {
        model.objects = vec![
            TriggerDef {
                postgres: Some(String::new()),
                ..sqlite.clone()
            }
            .into(),
        ];
    }
    assert!(refusal(&twice, &both).contains("two triggers would be named `t`"));

    // Files for one database alone, run on the other.
    let mut project = Project::default();
    project.make(&with(postgres));
    let database = Database::empty(Backend::Sqlite);
    let refused = error(project.attempt(database.url(), &Target::Latest));
    assert!(
        refused.is_unsupported() && refused.to_string().contains("trigger t"),
        "{refused}"
    );
    assert_eq!(
        strings(
            &database,
            "SELECT name FROM sqlite_master WHERE name LIKE 'watched%'"
        ),
        Vec::<String>::new()
    );
}

/// Tables with triggers are read back as they were asked for.
#[test]
fn triggers_are_read_back() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = watched(backend);
        let mut session = value(value(Db::connect(database.url())).session());
        let table = value(introspect(&mut session, "watched_page")).expect("it is there");
        let names: Vec<&str> = table
            .triggers
            .iter()
            .map(|trigger| trigger.name.as_str())
            .collect();
        match backend {
            Backend::Sqlite => assert_eq!(
                names,
                [
                    "page_slug_after_insert",
                    "page_slug_after_update",
                    "page_gone",
                    "page_kept"
                ]
            ),
            Backend::Postgres => assert_eq!(names, ["page_gone", "page_kept", "page_slug"]),
        }
        assert_eq!(value(canonical(&mut session, &table)), table);
        let gone = table
            .triggers
            .iter()
            .find(|trigger| trigger.name == "page_gone")
            .expect("it is there");
        assert!(
            gone.condition
                .as_ref()
                .is_some_and(|condition| condition.contains("quiet")),
            "{gone:?}"
        );
    }
}
