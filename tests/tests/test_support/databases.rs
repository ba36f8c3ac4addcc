//! `#[orm::test]`: every test has a database of its own, on both kinds of it, and nothing is left of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use blog::Tag;
use orm::migrate::{MigrationContext, Migrations};
use orm::prelude::*;
use orm::testing::TestDatabase;
use postgres::{Client, NoTls};

use super::server;

/// The address of a database that is not there, so that what is made for it is seen apart.
fn unique(name: &str) -> String {
    let server = server();
    let (server, options) = server.split_once('?').unwrap_or((&server, ""));
    let (server, _) = server.rsplit_once('/').expect("the address names a database");
    format!(
        "{server}/{name}_{}?application_name=tests&{options}",
        std::process::id()
    )
}

fn databases(name: &str) -> Vec<String> {
    let prefix = format!("test_{name}_{}_", std::process::id());
    let query = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1) ORDER BY 1";
    let rows = maintenance().query(query, &[&prefix]).expect("names");
    rows.iter().map(|row| row.get(0)).collect()
}

fn maintenance() -> Client {
    Client::connect(&server(), NoTls).expect("a connection to the test server")
}

/// One label is unique: in one database the second of these tests would fail.
macro_rules! each_has_its_own {
    ($($name:ident)+) => {$(
        mod $name {
            use super::*;

            #[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
            fn in_a_file(db: Db) {
                Tag::create().label("one").save(&db).unwrap();
                assert_eq!(Tag::objects().count(&db).unwrap(), 1);
            }

            #[orm::test(url = "sqlite://not-touched.db?mode=ro", migrations = blog::migrations())]
            async fn in_a_file_async(db: AsyncDb) -> orm::Result<()> {
                Tag::create().label("one").save(&db).await?;
                assert_eq!(Tag::objects().count(&db).await?, 1);
                Ok(())
            }

            #[orm::test(url = server(), migrations = blog::migrations())]
            fn on_the_server(db: Db) -> Result<(), Box<dyn std::error::Error>> {
                Tag::create().label("one").save(&db)?;
                assert_eq!(Tag::objects().count(&db)?, 1);
                Ok(())
            }

            #[orm::test(url = server(), migrations_dir = "../examples/blog/migrations")]
            async fn on_the_server_async(db: AsyncDb) {
                Tag::create().label("one").save(&db).await.unwrap();
                assert_eq!(Tag::objects().count(&db).await.unwrap(), 1);
            }
        }
    )+};
}
each_has_its_own!(first second third);

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
#[should_panic(expected = "as it should")]
fn a_test_may_fail(_db: Db) {
    panic!("as it should");
}

#[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
fn a_transaction_does_not_keep_readers_waiting(db: Db) -> orm::Result<()> {
    db.transaction(|tx| {
        Tag::create().label("one").save(tx)?;
        assert_eq!(Tag::objects().count(&db)?, 0);
        Ok(())
    })
}

static FAILED_RUNS: AtomicUsize = AtomicUsize::new(0);

orm::data_migration!("test_support.refuse", refuse);

fn refuse(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    FAILED_RUNS.fetch_add(1, Ordering::SeqCst);
    ctx.model("blog.Unknown").map(drop)
}

#[test]
fn migrations_that_fail_do_so_once() {
    let refusing = TAG.replace("test_support.fill", "test_support.refuse");
    for (runs, url) in [(1, "sqlite::memory:".to_owned()), (2, unique("refuse"))] {
        let create = || {
            let migrations = Migrations::from_embedded(&[("blog/0001_initial.toml", &refusing)]).unwrap();
            let builder = TestDatabase::builder().url(&url).migrations(migrations);
            builder.create().expect_err("a migration fails").to_string()
        };
        let first = create();
        assert!(first.contains("test_support.refuse"), "{first}");
        let second = create();
        assert!(
            second.starts_with("the migrations have failed for another test of this process")
                && second.ends_with(&first),
            "{second}"
        );
        assert_eq!(FAILED_RUNS.load(Ordering::SeqCst), runs);
    }
    drop_all("refuse");
}

#[test]
fn the_database_goes_when_the_test_fails() {
    let url = unique("fails");
    let failed = std::panic::catch_unwind(|| {
        let database = TestDatabase::builder()
            .url(&url)
            .migrations(blog::migrations().unwrap())
            .create()
            .unwrap();
        let open = database.connect().unwrap();
        assert_eq!(databases("fails").len(), 2, "a template and a copy");
        assert_eq!(Tag::objects().count(&open).unwrap(), 1, "no row is there");
    });
    assert!(failed.is_err());
    let left = databases("fails");
    assert!(
        matches!(&left[..], [template] if template.contains("_t_")),
        "{left:?}"
    );
    drop_all("fails");
}

#[test]
fn a_template_serves_other_processes_and_what_they_left_is_dropped() {
    let url = unique("left");
    let create = |options: &str| {
        let builder = TestDatabase::builder()
            .url(format!("{url}{options}"))
            .migrations(blog::migrations().unwrap());
        builder.create().unwrap()
    };
    drop(create(""));
    let template = databases("left").remove(0);
    let oid = || -> u32 {
        let query = "SELECT oid FROM pg_database WHERE datname = $1";
        maintenance()
            .query_one(query, &[&template])
            .expect("the template")
            .get(0)
    };
    let made = oid();

    // What a process left that is gone, and what one has that is still there.
    let prefix = format!("test_left_{}_", std::process::id());
    let (gone, there) = (
        format!("{prefix}00000000000000aa_1"),
        format!("{prefix}00000000000000bb_1"),
    );
    let other = format!("{prefix}unrelated");
    let mut running = maintenance();
    for name in [&gone, &there, &other] {
        running.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    }
    running
        .execute("SELECT pg_advisory_lock($1)", &[&0xbb_i64])
        .unwrap();

    // By another address it is a server of its own, as for another process.
    let copy = create("&pool=3");
    assert_eq!(oid(), made, "not made again");
    let left = databases("left");
    assert!(
        !left.contains(&gone) && left.contains(&there) && left.contains(&other),
        "{left:?}"
    );
    drop(copy);
    drop(running);
    drop_all("left");
}

fn drop_all(name: &str) {
    for database in databases(name) {
        maintenance()
            .batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)"))
            .unwrap();
    }
}

/// What it writes is not what the macro writes around it.
mod names_of_tests {
    use super::*;

    #[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
    fn made(db: Db) -> orm::Result<()> {
        #![allow(clippy::needless_return)]
        return Tag::objects().count(&db).map(|rows| assert_eq!(rows, 0));
    }

    #[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
    fn database(mut db: Db) {
        db = db.clone();
        assert_eq!(Tag::objects().count(&db).unwrap(), 0);
    }

    #[orm::test(url = "sqlite::memory:", migrations = blog::migrations())]
    async fn db(database: AsyncDb) {
        assert_eq!(Tag::objects().count(&database).await.unwrap(), 0);
    }
}

#[test]
fn a_template_outlives_its_process() {
    const CHILD: &str = "ORM_TEST_CHILD";
    if let Ok(url) = std::env::var(CHILD) {
        let database = TestDatabase::builder()
            .url(url)
            .migrations(blog::migrations().unwrap())
            .create()
            .unwrap();
        Tag::create()
            .label("one")
            .save(&database.connect().unwrap())
            .unwrap();
        return;
    }
    let url = unique("outlives");
    let child = || {
        let mut program = std::process::Command::new(std::env::current_exe().unwrap());
        let program = program
            .args(["--exact", "databases::a_template_outlives_its_process"])
            .env(CHILD, &url);
        let ended = program.output().unwrap();
        assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stdout)
        );
        let left = databases("outlives");
        assert!(
            matches!(&left[..], [template] if template.contains("_t_")),
            "{left:?}"
        );
        let query = "SELECT oid FROM pg_database WHERE datname = $1";
        maintenance()
            .query_one(query, &[&left[0]])
            .expect("the template")
            .get::<_, u32>(0)
    };
    assert_eq!(child(), child());
    drop_all("outlives");
}

#[tokio::test]
async fn one_is_dropped_in_async_code_and_not_made_there() {
    for url in ["sqlite::memory:".to_owned(), server()] {
        let builder = TestDatabase::builder()
            .url(&url)
            .migrations(blog::migrations().unwrap());
        let again = builder.clone();
        let database = tokio::task::spawn_blocking(|| builder.create())
            .await
            .unwrap()
            .unwrap();
        let db = database.connect_async().await.unwrap();
        assert_eq!(Tag::objects().count(&db).await.unwrap(), 0);
        if url == server() {
            assert!(again.create().unwrap_err().to_string().contains("spawn_blocking"));
        }
        drop(database);
    }
}

#[test]
fn behind_a_pooler_it_says_so() {
    let pooler = std::env::var("ORM_TEST_POOLER").expect("ORM_TEST_POOLER: run the tests by tests/run");
    let refused = TestDatabase::builder()
        .url(pooler)
        .migrations(blog::migrations().unwrap())
        .create();
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("the address is of a pooler")
    );
}

#[test]
fn the_database_that_an_option_names_is_not_touched() {
    let url = unique("option");
    let url = format!("{url}&dbname=postgres");
    let database = TestDatabase::builder()
        .url(url)
        .migrations(blog::migrations().unwrap())
        .create()
        .unwrap();
    Tag::create()
        .label("one")
        .save(&database.connect().unwrap())
        .unwrap();
    let query = "SELECT to_regclass('blog_tag') IS NULL";
    assert!(maintenance().query_one(query, &[]).unwrap().get::<_, bool>(0));
}

#[test]
fn many_are_made_at_once() {
    for url in ["sqlite::memory:".to_owned(), unique("many")] {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let builder = TestDatabase::builder()
                        .url(&url)
                        .migrations(blog::migrations().unwrap());
                    let database = builder.create().unwrap();
                    let db = database.connect().unwrap();
                    Tag::create().label("one").save(&db).unwrap();
                    assert_eq!(Tag::objects().count(&db).unwrap(), 1);
                });
            }
        });
    }
    drop_all("many");
}

orm::data_migration!("test_support.fill", fill);

fn fill(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let tags = ctx.model("blog.Tag")?;
    let label = tags.field::<String>("label")?;
    tags.create().set(label, "made by a function".to_owned()).save()?;
    Ok(())
}

const TAG: &str = r#"
id = "5f0c3a9d7e21"
initial = true
dependencies = []
[[operations]]
kind = "CreateModel"
model = "Tag"
fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }, { name = "label", type = "text" }]
[[operations]]
kind = "RunRust"
forward = "test_support.fill"
"#;

fn with_rows() -> orm::Result<Migrations> {
    Migrations::from_embedded(&[("blog/0001_initial.toml", TAG)])
}

#[orm::test(url = "sqlite::memory:", migrations = with_rows())]
fn rows_of_migrations_are_there(db: Db) -> orm::Result<()> {
    let labels: Vec<String> = Tag::objects().values(|t| t.label).all(&db)?;
    assert_eq!(labels, ["made by a function"]);
    Ok(())
}

#[orm::test(url = server(), migrations = with_rows())]
async fn rows_of_migrations_are_there_on_the_server(db: AsyncDb) -> orm::Result<()> {
    let labels: Vec<String> = Tag::objects().values(|t| t.label).all(&db).await?;
    assert_eq!(labels, ["made by a function"]);
    Ok(())
}

#[test]
fn what_cannot_be_made_says_why() {
    let message = |url: &str| {
        let builder = TestDatabase::builder()
            .url(url)
            .migrations(blog::migrations().unwrap());
        builder.create().unwrap_err().to_string()
    };
    assert!(message("mysql://u:secret@h/d").contains("mysql"));
    assert!(!message("mysql://u:secret@h/d").contains("secret"));

    let failing = TAG.replace("test_support.fill", "test_support.unknown");
    let migrations = Migrations::from_embedded(&[("blog/0001_initial.toml", &failing)]).unwrap();
    for url in ["sqlite::memory:".to_owned(), unique("failing")] {
        let error = TestDatabase::builder()
            .url(&url)
            .migrations(migrations.clone())
            .create()
            .unwrap_err();
        assert!(error.to_string().contains("test_support.unknown"), "{error}");
    }
    // What is not complete is made again.
    assert_eq!(databases("failing").len(), 1);
    let made = TestDatabase::builder()
        .url(unique("failing"))
        .migrations(with_rows().unwrap())
        .create();
    assert_eq!(
        Tag::objects().count(&made.unwrap().connect().unwrap()).unwrap(),
        1
    );
    drop_all("failing");

    let mut server = maintenance();
    let role = format!("tester_{}", std::process::id());
    server
        .batch_execute(&format!("CREATE ROLE {role} LOGIN"))
        .unwrap();
    let url = format!("{}&options=-c%20role%3D{role}", unique("role"));
    assert!(message(&url).contains("CREATEDB"), "{}", message(&url));
    server.batch_execute(&format!("DROP ROLE {role}")).unwrap();
}
