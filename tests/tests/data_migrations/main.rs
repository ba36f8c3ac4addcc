//! Rust functions in migrations: found by name, with the models of that point of the history, on populated tables.

mod functions;

use orm::Db;
use orm::db::{Dialect, Session};
use orm::migrate::{MigrateOptions, Migrations, Report, Target, migrate, sql_of, status};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

const INITIAL: &str = r#"
id = "shop-1"
initial = true
dependencies = []

[[operations]]
kind = "CreateModel"
model = "Author"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "name", type = "text", unique = true },
]

[[operations]]
kind = "CreateModel"
model = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "title", type = "text", max_length = 200 },
    { name = "note", type = "text", null = true },
    { name = "views", type = "int", default = 0 },
    { name = "author", type = "foreign_key", to = "shop.Author", on_delete = "cascade", index = true },
    { name = "created_at", type = "timestamp", auto_now_add = true },
    { name = "changed_at", type = "timestamp", auto_now = true },
    { name = "liked_by", type = "many_to_many", to = "shop.Author", related_name = "+" },
]
"#;

const SLUG: &str = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "slug", type = "text", default = "" }

[[operations]]
kind = "RunRust"
forward = "shop.fill_slugs"
backward = "shop.forget_slugs"

[[operations]]
kind = "RenameField"
model = "Post"
old = "title"
new = "headline"
"#;

/// The first migration, and one more with these operations.
fn project(operations: &str) -> Migrations {
    let second = format!("id = \"shop-2\"\ndependencies = [\"shop.0001_initial\"]\n{operations}");
    value(Migrations::from_embedded(&[
        ("shop/0001_initial.toml", INITIAL),
        ("shop/0002_step.toml", &second),
    ]))
}

fn run_rust(name: &str) -> Migrations {
    project(&format!(
        "[[operations]]\nkind = \"RunRust\"\nforward = \"{name}\"\n"
    ))
}

fn go(session: &mut dyn Session, migrations: &Migrations, target: &Target) -> orm::Result<Report> {
    migrate(session, migrations, target, &orm_tests::losing(), &mut |_| {})
}

fn to(name: &str) -> Target {
    Target::Migration("shop".to_owned(), name.to_owned())
}

/// With 2,500 posts of one author.
fn populated(session: &mut dyn Session, migrations: &Migrations) {
    value(go(session, migrations, &to("0001")));
    value(session.batch("INSERT INTO shop_author (name) VALUES ('Zoe')"));
    value(session.batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO shop_post (title, views, author_id, created_at, changed_at)
         SELECT 'Post No ' || i, i, 1, '2020-01-01T00:00:00.000000Z', '2020-01-01T00:00:00.000000Z' FROM n",
    ));
}

fn number(session: &mut dyn Session, sql: &str) -> i64 {
    let mut found = 0;
    value(session.query(sql, &[], &mut |row| {
        found = row.get(0)?;
        Ok(())
    }));
    found
}

macro_rules! on_both {
    ($($name:ident,)+) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name(orm_tests::Backend::Sqlite); })+
        }
        mod postgres {
            $(#[test] fn $name() { super::$name(orm_tests::Backend::Postgres); })+
        }
    };
}

on_both! {
    a_field_of_another_model_is_refused,
    rows_are_filled_between_two_changes_of_their_table_and_back,
    an_error_of_the_function_leaves_everything_as_it_was,
    a_function_that_is_not_there_stops_the_run_before_it_starts,
    every_question_a_function_can_ask,
    names_are_those_of_that_point,
    a_function_cannot_end_the_transaction,
    what_is_recorded_without_running_runs_nothing,
}

fn rows_are_filled_between_two_changes_of_their_table_and_back(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = project(SLUG);
    populated(&mut session, &migrations);
    value(go(&mut session, &migrations, &Target::Latest));
    let filled = "SELECT count(*) FROM shop_post WHERE slug = replace(lower(headline), ' ', '-')";
    assert_eq!(number(&mut session, filled), 2_500);
    let touched = "SELECT count(*) FROM shop_post WHERE changed_at > '2021-01-01T00:00:00.000000Z'
        AND created_at < '2021-01-01T00:00:00.000000Z'";
    assert_eq!(
        number(&mut session, touched),
        2_500,
        "saving sets auto_now and nothing else"
    );

    value(go(&mut session, &migrations, &to("0001")));
    let noted =
        "SELECT count(*) FROM shop_post WHERE note = 'post-no-' || views AND title = 'Post No ' || views";
    assert_eq!(number(&mut session, noted), 2_500);
    value(go(&mut session, &migrations, &Target::Latest));
    assert_eq!(number(&mut session, filled), 2_500);
}

fn an_error_of_the_function_leaves_everything_as_it_was(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("shop.gives_up");
    populated(&mut session, &migrations);
    let error = error(go(&mut session, &migrations, &Target::Latest)).to_string();
    for part in [
        "the sums do not add up",
        "shop.gives_up",
        "functions.rs",
        "shop.0002_step",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(
        number(&mut session, "SELECT sum(views) FROM shop_post"),
        2_500 * 2_501 / 2
    );
    let applied = value(status(&mut session, &migrations));
    assert_eq!(
        applied
            .iter()
            .filter(|migration| migration.applied_at.is_some())
            .count(),
        1
    );
}

fn a_function_that_is_not_there_stops_the_run_before_it_starts(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("shop.fil_slugs");
    let error = error(go(&mut session, &migrations, &Target::Latest)).to_string();
    for part in [
        "`shop.fil_slugs`",
        "registered are",
        "shop.fill_slugs",
        "shop.0002_step",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let tables = match backend {
        Backend::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'shop%'",
        Backend::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'shop%'",
    };
    assert_eq!(
        number(&mut session, tables),
        0,
        "not even the migration before it"
    );
    let shown = value(sql_of(&migrations, "shop", "0002", session.dialect(), false));
    assert!(
        shown.steps[0].sql[0].contains("shop.fil_slugs"),
        "it can be shown: {shown:?}"
    );
}

fn every_question_a_function_can_ask(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("shop.every_question");
    populated(&mut session, &migrations);
    value(go(&mut session, &migrations, &Target::Latest));
    assert_eq!(number(&mut session, "SELECT count(*) FROM shop_post"), 2_501);
}

fn a_field_of_another_model_is_refused(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("shop.fields_of_others");
    populated(&mut session, &migrations);
    let posts = number(&mut session, "SELECT count(*) FROM shop_post");
    assert_eq!(
        value(go(&mut session, &migrations, &Target::Latest))
            .applied
            .len(),
        1
    );
    assert_eq!(
        number(
            &mut session,
            "SELECT count(*) FROM shop_post WHERE title <> 'taken'"
        ),
        posts
    );
}

fn names_are_those_of_that_point(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("shop.wrong_names");
    assert_eq!(
        value(go(&mut session, &migrations, &Target::Latest))
            .applied
            .len(),
        2
    );
}

fn a_function_cannot_end_the_transaction(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("shop.commits");
    populated(&mut session, &migrations);
    let error = error(go(&mut session, &migrations, &Target::Latest)).to_string();
    assert!(
        error.contains("`COMMIT` on line 1 of the SQL would end"),
        "{error}"
    );
    assert_eq!(
        number(&mut session, "SELECT sum(views) FROM shop_post"),
        2_500 * 2_501 / 2
    );
    assert_eq!(number(&mut session, "SELECT count(*) FROM orm_migrations"), 1);
}

fn what_is_recorded_without_running_runs_nothing(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = value(value(Db::connect(database.url())).session());
    let migrations = run_rust("not.there");
    let options = MigrateOptions {
        fake: true,
        ..MigrateOptions::default()
    };
    let report = value(migrate(
        &mut session,
        &migrations,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    assert_eq!(report.applied.len(), 2);
}

#[test]
fn what_a_function_does_is_shown_by_its_name() {
    let shown = value(sql_of(&project(SLUG), "shop", "0002", Dialect::SQLITE, true));
    let sql: Vec<&String> = shown.steps.iter().flat_map(|step| &step.sql).collect();
    assert!(sql.iter().any(|sql| sql.contains("shop.forget_slugs")), "{sql:?}");
}
