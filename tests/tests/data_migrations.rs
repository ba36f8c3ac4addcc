//! Rust that migrations run: functions by name, with the models of that point of the history, on populated tables.

use orm::Db;
use orm::migrate::{MigrateOptions, MigrationContext, Migrations, Report, Target, migrate, sql_of, status};
use orm::query::Field;
use orm::sql::{Dialect, Session};
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

orm::data_migration!("shop.fill_slugs", fill_slugs);
orm::data_migration!("shop.forget_slugs", forget_slugs);
orm::data_migration!("shop.gives_up", gives_up);
orm::data_migration!("shop.every_question", every_question);
orm::data_migration!("shop.wrong_names", wrong_names);
orm::data_migration!("shop.commits", commits);
orm::data_migration!("shop.fields_of_others", fields_of_others);

fn fill_slugs(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let posts = ctx.model("shop.Post")?;
    let (title, slug) = (posts.field::<String>("title")?, posts.field::<String>("slug")?);
    let mut sizes = Vec::new();
    let all = posts.filter(slug.eq("")).chunks(1_000, |rows| {
        sizes.push(rows.len());
        for mut post in rows {
            let text = post.get(title)?.to_lowercase().replace(' ', "-");
            post.set(slug, text.clone())?;
            assert_eq!(post.get(slug)?, text);
            post.save()?;
        }
        Ok(())
    })?;
    assert_eq!(all, sizes.iter().sum::<usize>() as u64);
    assert!(sizes.iter().all(|size| *size <= 1_000));
    Ok(())
}

/// On the way back the field is still there, and the title has its old name again.
fn forget_slugs(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let posts = ctx.model("Post")?;
    let (title, note) = (
        posts.field::<String>("title")?,
        posts.field::<Option<String>>("note")?,
    );
    let slug: Field<String> = posts.field("slug")?;
    assert_eq!(posts.filter(slug.eq("")).count()?, 0);
    posts.filter(title.ne("kept")).update(note.set(slug))?;
    Ok(())
}

fn gives_up(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let posts = ctx.model("Post")?;
    let views = posts.field::<i32>("views")?;
    assert!(posts.rows().update(views.set(views + 1))? > 0);
    Err(orm::Error::new(
        orm::error::Kind::Config,
        "the sums do not add up",
    ))
}

fn commits(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ctx.execute("UPDATE shop_post SET views = 0", &[])?;
    ctx.execute("/* ; */ COMMIT", &[]).map(drop)
}

fn every_question(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let (posts, authors) = (ctx.model("Post")?, ctx.model("shop.Author")?);
    let (id, name) = (authors.field::<i64>("id")?, authors.field::<String>("name")?);
    let title: Field<String> = posts.field("title")?;
    let note: Field<Option<String>> = posts.field("note")?;
    let views: Field<i32> = posts.field("views")?;
    let author: Field<i64> = posts.field("author")?;

    let ann = authors.create().set(name, "Ann").save()?;
    let key = ann.get(id)?;
    let made = posts.create().set(title, "A").set(author, key).save()?;
    assert_eq!(
        (made.get(views)?, made.get(note)?),
        (0, None),
        "defaults of the database"
    );
    let created_at: Field<chrono::DateTime<chrono::Utc>> = posts.field("created_at")?;
    assert!(made.get(created_at)? > chrono::Utc::now() - chrono::Duration::minutes(5));
    for number in 1..=3 {
        posts
            .create()
            .set(title, format!("B{number}"))
            .set(views, number)
            .set(note, "it's")
            .set(author, key)
            .save()?;
    }
    let of_ann = || posts.filter(author.eq(key));
    assert_eq!(of_ann().count()?, 4);
    assert_eq!(of_ann().limit(2).count()?, 2);
    let titles = |rows: Vec<orm::migrate::historical::HistoricalRow<'_>>| -> orm::Result<Vec<String>> {
        rows.iter().map(|row| row.get(title)).collect()
    };
    assert_eq!(
        titles(of_ann().order_by(title.desc()).limit(2).all()?)?,
        ["B3", "B2"]
    );
    assert_eq!(
        titles(of_ann().filter(views.gt(1) & note.is_not_null()).all()?)?,
        ["B2", "B3"]
    );
    assert_eq!(of_ann().order_by(views.desc()).first()?.unwrap().get(views)?, 3);
    assert!(of_ann().filter(title.eq("none")).first()?.is_none());
    assert!(error(of_ann().filter(title.eq("none")).get()).is_not_found());
    assert!(error(of_ann().get()).is_multiple());

    let mut second = of_ann().filter(title.eq("B2")).get()?;
    second.set(note, None::<String>)?;
    second.save()?;
    assert_eq!(of_ann().filter(note.is_null()).count()?, 2);
    assert_eq!(
        of_ann()
            .filter(title.starts_with("B"))
            .update((views.set(views * 10),))?,
        3
    );
    let mut sum = 0;
    let counted = of_ann().chunks(3, |rows| {
        for row in rows {
            sum += row.get(views)?;
        }
        Ok(())
    })?;
    assert_eq!((counted, sum), (4, 60));
    of_ann().filter(title.eq("B3")).get()?.delete()?;
    assert!(error(second_time(of_ann().filter(title.eq("A")).get()?)).is_not_found());
    assert_eq!(of_ann().filter(views.eq(10)).delete()?, 1);
    assert_eq!(titles(of_ann().all()?)?, ["B2"]);

    let refused = error(authors.create().save()).to_string();
    assert!(refused.contains("a new shop.Author needs name"), "{refused}");
    let refused = error(of_ann().limit(1).delete()).to_string();
    assert!(refused.contains("limit"), "{refused}");
    let refused = error(of_ann().limit(1).chunks(1, |_| Ok(()))).to_string();
    assert!(refused.contains("primary key"), "{refused}");
    let mut moved = of_ann().first()?.unwrap();
    moved.set(posts.field::<i64>("id")?, 7)?;
    let refused = error(moved.save()).to_string();
    assert!(refused.contains("primary key"), "{refused}");
    Ok(())
}

/// Deletes a row that is gone by then.
fn second_time(row: orm::migrate::historical::HistoricalRow<'_>) -> orm::Result<()> {
    let posts = row.model();
    let title: Field<String> = posts.field("title")?;
    posts.filter(title.eq(row.get(title)?)).delete()?;
    row.delete()
}

fn wrong_names(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let said = |error: orm::Error| error.to_string();
    let gone = said(error(ctx.model("shop.Comment")));
    assert!(
        gone.contains("no model shop.Comment") && gone.contains("shop.Author, shop.Post"),
        "{gone}"
    );
    let posts = ctx.model("Post")?;
    let later = said(error(posts.field::<String>("headline")));
    assert!(
        later.contains("no field `headline`") && later.contains("title"),
        "{later}"
    );
    let other = said(error(posts.field::<i64>("title")));
    assert!(
        other.contains("shop.Post.title holds text, not bigint"),
        "{other}"
    );
    let null = said(error(posts.field::<String>("note")));
    assert!(null.contains("takes NULL") && null.contains("Option"), "{null}");
    let many = said(error(posts.field::<i64>("liked_by")));
    assert!(many.contains("no column"), "{many}");
    Ok(())
}

/// The names of both models are at position 1.
fn fields_of_others(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    let (posts, authors) = (ctx.model("Post")?, ctx.model("Author")?);
    let (title, name) = (posts.field::<String>("title")?, authors.field::<String>("name")?);
    let refused = |outcome: orm::Result<()>| {
        let said = outcome.unwrap_err().to_string();
        assert!(
            said.contains("a field of another model is used on rows of shop."),
            "{said}"
        );
        assert!(said.contains("hint: ask for the fields of shop."), "{said}");
    };
    let mut post = posts.rows().order_by(title).first()?.expect("a post");
    refused(post.get(name).map(drop));
    refused(post.set(name, "taken"));
    refused(posts.create().set(name, "taken").save().map(drop));
    refused(posts.filter(name.ne("")).all().map(drop));
    refused(posts.filter(title.eq(name)).count().map(drop));
    refused(posts.rows().order_by(name).first().map(drop));
    refused(posts.rows().update(name.set("taken")).map(drop));
    refused(posts.rows().update(title.set(name)).map(drop));
    refused(posts.filter(name.ne("")).delete().map(drop));
    refused(posts.filter(name.ne("")).chunks(10, |_| Ok(())).map(drop));
    // Of one model, however often it is asked for.
    let again = ctx.model("shop.Post")?.field::<String>("title")?;
    assert_eq!(post.get(again)?, post.get(title)?);
    Ok(())
}

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
    migrate(
        session,
        migrations,
        target,
        &MigrateOptions::default(),
        &mut |_| {},
    )
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
        "data_migrations.rs",
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
