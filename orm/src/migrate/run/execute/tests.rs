//! Plans run on real databases: SQLite in a file, Postgres in a schema of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::connect::{Db, DbSession};
use crate::expr::Function;
use crate::migrate::ProjectState;
use crate::migrate::testing::laws;
use crate::migrate::testing::{embedded, grown, grown_anyhow, models};
use crate::migrate::{Answers, NewMigration, check_history, plan, sql_of, status};
use crate::model::{ConstraintDef, ExclusionDef, ExclusionPart, IndexDef, IndexPart, RowExpr, UniqueDef};
use crate::schema::{canonical, introspect, lower, tables};
use crate::sql::Dialect;
use crate::value::{Literal, Row, Value};

/// A database that is gone when the test is over.
struct Place {
    url: String,
    dir: Option<tempfile::TempDir>,
    schema: Option<(String, String)>,
}

impl Place {
    fn file() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Place {
            url: format!("sqlite://{}", dir.path().join("test.db").display()),
            dir: Some(dir),
            schema: None,
        }
    }

    fn server() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let base = std::env::var("ORM_TEST_POSTGRES")
            .expect("ORM_TEST_POSTGRES is not set: run the tests with tests/run");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("orm_migrate_{}_{number}", std::process::id());
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        open(&base).batch(&create).unwrap();
        let join = if base.contains('?') { '&' } else { '?' };
        Place {
            url: format!(
                "{base}{join}options=-c%20search_path%3D{schema}%20-c%20client_min_messages%3Dwarning"
            ),
            dir: None,
            schema: Some((base, schema)),
        }
    }

    /// Another of the same kind.
    fn another(&self) -> Self {
        if self.schema.is_some() {
            Place::server()
        } else {
            Place::file()
        }
    }

    fn session(&self) -> DbSession {
        open(&self.url)
    }
}

fn open(url: &str) -> DbSession {
    Db::connect(url).unwrap().session().unwrap()
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((base, schema)) = &self.schema {
            let _ = open(base).batch(&format!("DROP SCHEMA {schema} CASCADE"));
        }
        drop(self.dir.take());
    }
}

/// The same test on both databases.
macro_rules! on_both {
    ($($name:ident,)*) => {
        mod on_sqlite {
            $(#[test] fn $name() { super::$name(&super::Place::file()); })*
        }
        mod on_postgres {
            $(#[test] fn $name() { super::$name(&super::Place::server()); })*
        }
    };
}

on_both! {
    forward_and_back_to_zero,
    rows_are_kept_by_changes,
    a_failure_in_the_middle_changes_nothing,
    runners_at_once_apply_once,
    a_fake_records_and_forgets,
    a_renamed_file_is_known_an_edited_one_refused,
    sql_by_hand_runs_and_is_taken_back,
    parts_of_the_graph_go_and_come,
    what_was_applied_has_to_have_its_file,
    any_models_become_tables_and_go_again,
    names_are_refused_before_they_are_written_or_can_be_had,
    renames_keep_every_row,
    sql_that_ends_the_transaction_is_refused_before_anything_runs,
    sql_that_only_looks_as_if_it_ended_the_transaction_runs,
    a_history_that_contradicts_its_plan_ends_in_an_error,
    a_migration_that_is_stopped_has_changed_nothing_and_goes_on_later,
    a_removed_field_that_takes_no_null_comes_back_to_no_rows_only,
    rows_that_exist_get_what_was_decided,
    answers_of_any_text_come_back,
}

const FIRST: &str = "
auth.User
  name text max=40 unique
  best fk=blog.Post null
blog.Post
  title text max=200
  author fk=auth.User cascade
  tags m2m=blog.Tag
  index title -author
  unique title author
  check title
blog.Tag
";

const SECOND: &str = "
auth.User
  name text max=40 unique
  best fk=blog.Post null
blog.Post
  title text max=300
  views int default=7
  rating int
  author fk=auth.User cascade
  tags m2m=blog.Tag
  index views
  check title
blog.Tag
  name text null unique
";

fn first() -> Vec<NewMigration> {
    grown(&[], &models(FIRST), &Answers::default()).unwrap()
}

fn second() -> Vec<NewMigration> {
    let mut answers = Answers::default();
    answers.add_default("blog.Post.rating=5").unwrap();
    let mut all = first();
    all.extend(grown(&all, &models(SECOND), &answers).unwrap());
    all
}

/// A migration of `app` with operations written as text.
fn by_hand(app: &str, name: &str, after: &str, operations: &str) -> NewMigration {
    NewMigration {
        app: app.to_owned(),
        name: name.to_owned(),
        path: format!("{app}/{name}.toml").into(),
        initial: false,
        dependencies: Vec::new(),
        replaces: Vec::new(),
        operations: Vec::new(),
        describe: Vec::new(),
        text: format!("id = \"{app}{name}\"\ndependencies = [\"{after}\"]\n{operations}"),
    }
}

fn run(session: &mut dyn Session, all: &[NewMigration], target: &Target) -> Result<Report> {
    migrate(session, &embedded(all), target, &losing(), &mut |_| {})
}

fn losing() -> MigrateOptions {
    MigrateOptions {
        allow_loss: true,
        ..MigrateOptions::default()
    }
}

fn zero(app: &str) -> Target {
    Target::Zero(app.to_owned())
}

fn to(app: &str, name: &str) -> Target {
    Target::Migration(app.to_owned(), name.to_owned())
}

fn own_tables(session: &mut dyn Session) -> Vec<String> {
    let mut tables = tables(session).unwrap();
    tables.retain(|table| !table.starts_with("sqlite_"));
    tables
}

fn numbers(session: &mut dyn Session, sql: &str) -> Vec<i64> {
    let mut out = Vec::new();
    let push = &mut |row: &crate::value::Row<'_>| {
        out.push(row.get::<i64>(0)?);
        Ok(())
    };
    session.query(sql, &[], push).unwrap();
    out
}

fn forward_and_back_to_zero(place: &Place) {
    let session = &mut place.session();
    let all = second();
    let migrations = embedded(&all);
    let planned = plan(session, &migrations, &Target::Latest).unwrap();
    assert_eq!(planned.len(), all.len());
    assert!(own_tables(session).is_empty(), "planning writes nothing");
    let mut seen = Vec::new();
    let report = migrate(
        session,
        &migrations,
        &Target::Latest,
        &MigrateOptions::default(),
        &mut |progress| {
            if let Progress::Started { app, name, .. } = progress {
                seen.push(format!("{app}.{name}"));
            }
        },
    )
    .unwrap();
    assert_eq!(report.applied.len(), 4);
    assert_eq!(seen, report.applied);
    assert_eq!(
        own_tables(session),
        [
            "auth_user",
            "blog_post",
            "blog_post_tags",
            "blog_tag",
            "orm_migrations"
        ]
    );
    assert!(
        status(session, &migrations)
            .unwrap()
            .iter()
            .all(|one| one.applied_at.is_some() && !one.edited)
    );
    assert_eq!(run(session, &all, &Target::Latest).unwrap(), Report::default());

    let report = run(session, &all, &zero("auth")).unwrap();
    assert_eq!(report.unapplied.len(), 4);
    assert_eq!(own_tables(session), ["orm_migrations"]);
    assert_eq!(run(session, &all, &Target::Latest).unwrap().applied.len(), 4);
}

fn rows_are_kept_by_changes(place: &Place) {
    let session = &mut place.session();
    let all = second();
    run(session, &first(), &Target::Latest).unwrap();
    session
        .batch(
            "INSERT INTO auth_user (name) VALUES ('ada'), ('bob');
             INSERT INTO blog_post (title, author_id) VALUES ('one', 1), ('two', 2), ('three', 1);
             INSERT INTO blog_tag (id) VALUES (1), (2);
             INSERT INTO blog_post_tags (post_id, tag_id) VALUES (1, 1), (1, 2), (3, 1);
             UPDATE auth_user SET best_id = 2",
        )
        .unwrap();
    run(session, &all, &Target::Latest).unwrap();
    let sums = "SELECT CAST(sum(views + rating) AS bigint) FROM blog_post";
    assert_eq!(numbers(session, sums), [36]);
    assert_eq!(numbers(session, "SELECT count(*) FROM blog_post_tags"), [3]);
    assert_eq!(
        numbers(session, "SELECT best_id FROM auth_user ORDER BY id"),
        [2, 2]
    );

    run(session, &all, &to("blog", "0001")).unwrap();
    assert_eq!(
        numbers(session, "SELECT author_id FROM blog_post ORDER BY id"),
        [1, 2, 1]
    );
    assert_eq!(numbers(session, "SELECT count(*) FROM blog_post_tags"), [3]);
    session
        .batch("DELETE FROM auth_user WHERE name = 'bob'")
        .unwrap_err();
    session
        .batch("UPDATE auth_user SET best_id = NULL; DELETE FROM auth_user WHERE name = 'bob'")
        .unwrap();
    assert_eq!(numbers(session, "SELECT id FROM blog_post ORDER BY id"), [1, 3]);
}

fn a_failure_in_the_middle_changes_nothing(place: &Place) {
    let session = &mut place.session();
    let mut all = first();
    run(session, &all, &Target::Latest).unwrap();
    all.push(by_hand(
        "blog",
        "0002_breaks",
        "blog.0001_initial",
        r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "title", type = "text", max_length = 100 }

[[operations]]
kind = "RunSql"
about = "fail"
sqlite = { forward = "INSERT INTO nowhere VALUES (1)" }
postgres = { forward = "INSERT INTO nowhere VALUES (1)" }
"#,
    ));
    let before = crate::schema::introspect(session, "blog_post").unwrap();
    let error = run(session, &all, &Target::Latest).unwrap_err().to_string();
    assert!(
        error.starts_with("blog.0002_breaks: ") && error.contains("nowhere"),
        "{error}"
    );
    assert_eq!(crate::schema::introspect(session, "blog_post").unwrap(), before);
    let open: Vec<_> = status(session, &embedded(&all)).unwrap();
    let open: Vec<&str> = open
        .iter()
        .filter(|one| one.applied_at.is_none())
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(open, ["0002_breaks"]);
    // Foreign keys act again, and the session is of use.
    session
        .batch("INSERT INTO blog_post (title, author_id) VALUES ('x', 99)")
        .unwrap_err();
    all.pop();
    assert_eq!(run(session, &all, &Target::Latest).unwrap(), Report::default());
}

fn runners_at_once_apply_once(place: &Place) {
    let all = second();
    let applied: usize = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    run(&mut place.session(), &all, &Target::Latest)
                        .unwrap()
                        .applied
                        .len()
                })
            })
            .collect();
        runners.into_iter().map(|runner| runner.join().unwrap()).sum()
    });
    assert_eq!(applied, 4);
}

fn a_fake_records_and_forgets(place: &Place) {
    let session = &mut place.session();
    let migrations = embedded(&first());
    let fake = MigrateOptions {
        fake: true,
        ..losing()
    };
    let report = migrate(session, &migrations, &Target::Latest, &fake, &mut |_| {}).unwrap();
    assert_eq!(report.applied.len(), 3);
    assert_eq!(own_tables(session), ["orm_migrations"]);
    let report = migrate(session, &migrations, &zero("blog"), &fake, &mut |_| {}).unwrap();
    assert_eq!(report.unapplied, ["auth.0002_initial", "blog.0001_initial"]);
    assert_eq!(numbers(session, "SELECT count(*) FROM orm_migrations"), [1]);
}

fn a_renamed_file_is_known_an_edited_one_refused(place: &Place) {
    let session = &mut place.session();
    let models = models("blog.Post\n  title text max=200");
    let mut all = grown(&[], &models, &Answers::default()).unwrap();
    run(session, &all, &Target::Latest).unwrap();
    all[0].path = "blog/0001_start.toml".into();
    assert_eq!(run(session, &all, &Target::Latest).unwrap(), Report::default());
    all[0].text = all[0].text.replace("200", "100");
    let error = run(session, &all, &Target::Latest).unwrap_err().to_string();
    assert!(
        error.starts_with("blog.0001_start was changed after it was applied"),
        "{error}"
    );
    assert!(status(session, &embedded(&all)).unwrap()[0].edited);
}

fn sql_by_hand_runs_and_is_taken_back(place: &Place) {
    let session = &mut place.session();
    let mut all = grown(&[], &models("blog.Post\n  title text"), &Answers::default()).unwrap();
    let pair = r#"{ forward = "INSERT INTO blog_post (title) VALUES ('a;b'); INSERT INTO blog_post (title) VALUES ('c')", reverse = "DELETE FROM blog_post" }"#;
    let operation = format!("[[operations]]\nkind = \"RunSql\"\nsqlite = {pair}\npostgres = {pair}\n");
    all.push(by_hand("blog", "0002_rows", "blog.0001_initial", &operation));
    let count = "SELECT count(*) FROM blog_post";
    run(session, &all, &Target::Latest).unwrap();
    assert_eq!(numbers(session, count), [2]);
    run(session, &all, &to("blog", "0001")).unwrap();
    assert_eq!(numbers(session, count), [0]);

    all[1].text = all[1].text.replace(", reverse = \"DELETE FROM blog_post\"", "");
    run(session, &all, &Target::Latest).unwrap();
    let error = run(session, &all, &zero("blog")).unwrap_err().to_string();
    assert!(
        error.starts_with("blog.0002_rows, operation 1 (run SQL): the operation `run SQL` has no way back"),
        "{error}"
    );
    assert_eq!(numbers(session, count), [2]);
}

fn parts_of_the_graph_go_and_come(place: &Place) {
    let session = &mut place.session();
    let all = second();
    let report = run(session, &all, &to("blog", "0001")).unwrap();
    assert_eq!(report.applied, ["auth.0001_initial", "blog.0001_initial"]);
    assert_eq!(
        run(session, &all, &Target::App("auth".into())).unwrap().applied,
        ["auth.0002_initial"]
    );
    let report = run(session, &all, &zero("blog")).unwrap();
    assert_eq!(report.unapplied, ["auth.0002_initial", "blog.0001_initial"]);
    assert!(run(session, &all, &zero("shop")).is_err());
    assert!(run(session, &all, &to("blog", "000")).is_err());
    for backwards in [false, true] {
        let sql = sql_of(&embedded(&all), "blog", "0002", session.dialect(), backwards).unwrap();
        assert!(!sql.steps.is_empty());
    }
}

fn what_was_applied_has_to_have_its_file(place: &Place) {
    let session = &mut place.session();
    let all = first();
    run(session, &all, &Target::Latest).unwrap();
    let without: Vec<NewMigration> = all
        .iter()
        .filter(|one| one.name != "0002_initial")
        .cloned()
        .collect();
    let error = run(session, &without, &Target::Latest).unwrap_err().to_string();
    assert!(error.starts_with("auth.0002_initial was applied at "), "{error}");
    assert!(
        status(session, &embedded(&without))
            .unwrap()
            .iter()
            .any(|one| one.missing)
    );
    // Of an app whose files are all gone nothing is known any more, and neither where no file is left.
    for (left, what) in [
        (
            vec![],
            "there are no migration files, but this database has applied migrations of auth (2), blog (1)",
        ),
        (
            grown(&[], &models("shop.Item"), &Answers::default()).unwrap(),
            "there are no migration files of some apps, but this database has applied migrations of auth (2), blog (1)",
        ),
    ] {
        for error in [
            run(session, &left, &Target::Latest).unwrap_err(),
            plan(session, &embedded(&left), &Target::Latest).unwrap_err(),
            check_history(session, &embedded(&left)).unwrap_err(),
        ] {
            assert!(error.to_string().starts_with(what), "{error}");
            assert!(error.hint().unwrap().contains("other_apps"), "{error}");
        }
        let missing = status(session, &embedded(&left)).unwrap();
        assert_eq!(missing.iter().filter(|one| one.missing).count(), 3);
    }
    assert_eq!(numbers(session, "SELECT count(*) FROM orm_migrations"), [3]);
    // Another program's apps in the same database are its own business, once that is said.
    let shop = grown(&[], &models("shop.Item"), &Answers::default()).unwrap();
    let shared = embedded(&shop).shared_with(["auth", "blog"]);
    let options = losing();
    migrate(session, &shared, &Target::Latest, &options, &mut |_| {}).unwrap();
    assert!(status(session, &shared).unwrap().iter().all(|one| !one.missing));
    assert!(run(session, &shop, &Target::Latest).is_err());
}

/// What the database has is what the models ask for, however it got there.
fn agrees(session: &mut dyn Session, models: &[crate::model::ModelDef]) {
    let state = ProjectState::from_models(models).unwrap();
    let mut expected = 1;
    for model in models {
        let fields = model.fields.iter();
        let joins = fields.filter_map(|field| model.join_model(field, |key| state.model(key)));
        for model in joins.chain([model.clone()]) {
            let wanted = lower(&model, state.models(), session.dialect()).unwrap();
            let wanted = canonical(session, &wanted).unwrap();
            let found = introspect(session, model.table_name()).unwrap();
            assert_eq!(found.as_ref(), Some(&wanted));
            expected += 1;
        }
    }
    assert_eq!(own_tables(session).len(), expected);
}

/// Whether the database has exclusion constraints; if so, it gets the extension that most of them need.
fn has_exclusions(session: &mut dyn Session) -> bool {
    let has = session.dialect().exclusion_constraints;
    if has {
        session
            .batch(
                "SELECT pg_advisory_lock(7011); CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public; SELECT \
                 pg_advisory_unlock(7011)",
            )
            .unwrap();
    }
    has
}

fn any_models_become_tables_and_go_again(place: &Place) {
    let cases = ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let states = (laws::tables(), laws::tables());
    TestRunner::new(cases)
        .run(&states, |(before, after)| {
            let (mut before, mut after) = (laws::models(&before), laws::models(&after));
            if !has_exclusions(&mut place.session()) {
                laws::without_exclusions(&mut before);
                laws::without_exclusions(&mut after);
            }
            let first = grown_anyhow(&[], &before).unwrap();
            let mut all = first.clone();
            all.extend(grown_anyhow(&first, &after).unwrap());
            if first.is_empty() {
                return Ok(());
            }
            let place = place.another();
            let session = &mut place.session();
            run(session, &first, &Target::Latest).unwrap();
            agrees(session, &before);
            run(session, &all, &Target::Latest).unwrap();
            agrees(session, &after);
            let renamed = laws::renamed(&after);
            all.extend(grown(&all, &renamed, &Answers::default()).unwrap());
            run(session, &all, &Target::Latest).unwrap();
            agrees(session, &renamed);
            let swapped = laws::swapped(&renamed);
            all.extend(grown(&all, &swapped, &Answers::default()).unwrap());
            run(session, &all, &Target::Latest).unwrap();
            agrees(session, &swapped);
            for app in embedded(&all).apps() {
                run(session, &all, &zero(app)).unwrap();
            }
            agrees(session, &[]);
            Ok(())
        })
        .unwrap();
}

/// Few names for many things: what is written is what the database takes.
fn names_are_refused_before_they_are_written_or_can_be_had(place: &Place) {
    const TABLES: [&str; 6] = ["t", "u", "v", "T", "t_id_pkey", "blog_post"];
    const NAMES: [&str; 8] = ["i", "I", "j", "t", "t_id_pkey", "t_a_idx", "t_a_uniq", "u_a_idx"];
    let model = (
        proptest::option::of(0..TABLES.len()),
        proptest::option::of(0..NAMES.len()),
        proptest::option::of(0..NAMES.len()),
        any::<bool>(),
        any::<bool>(),
        0..5_usize,
    );
    let exclusions = has_exclusions(&mut place.session());
    let cases = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let written = std::cell::Cell::new(0);
    TestRunner::new(cases)
        .run(&proptest::collection::vec(model, 1..4), |given| {
            let mut models = Vec::new();
            for (at, (table, index, unique, by_index, by_unique, kind)) in given.into_iter().enumerate() {
                let (app, name) = [("blog", "Post"), ("blog", "Tag"), ("news", "Note")][at];
                let text = format!("{app}.{name}\n a text null\n b text null\n");
                let mut model = crate::migrate::testing::models(&text).remove(0);
                model.table = table.map(|at| TABLES[at].to_owned());
                model.fields[1].index = by_index;
                model.fields[1].unique = by_unique;
                let is_null = RowExpr::Call(Function::IsNull, vec![RowExpr::field("b")]);
                let parts = match kind {
                    1 => vec![IndexPart::expression(is_null.clone())],
                    _ => vec![IndexPart::field("b")],
                };
                let condition = (kind == 2).then_some(is_null);
                model.indexes.extend(index.map(|at| IndexDef {
                    condition: condition.clone(),
                    ..IndexDef::over(NAMES[at], parts.clone())
                }));
                model.constraints.extend(unique.map(|at| {
                    match kind {
                        3 if exclusions => {
                            let parts = parts.iter().map(|part| ExclusionPart::new(part.clone(), "="));
                            ConstraintDef::from(ExclusionDef::over(NAMES[at], parts))
                        }
                        0 | 4 => UniqueDef::over(NAMES[at], ["a", "b"]).into(),
                        _ => UniqueDef {
                            condition,
                            ..UniqueDef::over(NAMES[at], parts)
                        }
                        .into(),
                    }
                }));
                models.push(model);
            }
            match grown(&[], &models, &Answers::default()) {
                Ok(all) => {
                    let place = place.another();
                    let session = &mut place.session();
                    run(session, &all, &Target::Latest).unwrap();
                    agrees(session, &models);
                    written.set(written.get() + 1);
                }
                Err(error) => {
                    let error = error.to_string();
                    assert!(error.contains("two "), "{error}");
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(written.get() > 3, "{written:?}");
}

fn renames_keep_every_row(place: &Place) {
    let session = &mut place.session();
    let before = "
blog.Post
  title text max=200 unique
  a int
  b int
  author fk=auth.User cascade
  tags m2m=blog.Tag
  index title -author
  check title
blog.Tag
auth.User
";
    let after = "
blog.Post
  headline text max=300 unique from=title
  b int from=a
  c int from=b
  a int default=9
  writer fk=auth.User cascade from=author
  labels m2m=blog.Tag from=tags table=blog_post_tags
  index headline -writer
  check headline
blog.Tag
auth.User
";
    let (before, after) = (models(before), models(after));
    let first = grown(&[], &before, &Answers::default()).unwrap();
    run(session, &first, &Target::Latest).unwrap();
    session
        .batch(
            "INSERT INTO auth_user (id) VALUES (1), (2);
             INSERT INTO blog_tag (id) VALUES (1), (2);
             INSERT INTO blog_post (title, a, b, author_id) VALUES ('one', 1, 10, 1), ('two', 2, 20, 2);
             INSERT INTO blog_post_tags (post_id, tag_id) VALUES (1, 1), (1, 2)",
        )
        .unwrap();
    let mut all = first.clone();
    all.extend(grown(&first, &after, &Answers::default()).unwrap());
    run(session, &all, &Target::Latest).unwrap();
    agrees(session, &after);
    assert_eq!(
        numbers(session, "SELECT a + b + c + writer_id FROM blog_post ORDER BY id"),
        [21, 33]
    );
    assert_eq!(numbers(session, "SELECT count(*) FROM blog_post_tags"), [2]);
    run(session, &all, &to("blog", "0001")).unwrap();
    agrees(session, &before);
    assert_eq!(
        numbers(session, "SELECT a + b + author_id FROM blog_post ORDER BY id"),
        [12, 24]
    );
    assert_eq!(numbers(session, "SELECT count(*) FROM blog_post_tags"), [2]);
}

/// SQL by hand for both databases, as an operation.
fn run_sql(pair: &str) -> String {
    format!("[[operations]]\nkind = \"RunSql\"\nsqlite = {pair}\npostgres = {pair}\n")
}

fn sql_that_ends_the_transaction_is_refused_before_anything_runs(place: &Place) {
    let session = &mut place.session();
    let base = grown(&[], &models("blog.Post\n  title text"), &Answers::default()).unwrap();
    let insert = "INSERT INTO blog_post (title) VALUES ('COMMIT;')";
    for (sql, what) in [
        ("COMMIT; BEGIN", "`COMMIT` on line 1 "),
        ("-- COMMIT\n{insert};\n/* ; */ end ;", "`END` on line 3 "),
        ("{insert}; ROLLBACK", "`ROLLBACK` on line 1 "),
        ("BEGIN;\n{insert};\nCOMMIT;", "`BEGIN` on line 1 "),
        ("{insert};\nVACUUM", "`VACUUM` on line 2 "),
    ] {
        let pair = format!(
            "{{ forward = {:?}, reverse = \"\" }}",
            sql.replace("{insert}", insert)
        );
        let within = format!(
            "[[operations]]\nkind = \"SeparateDatabaseAndState\"\n[[operations.database]]\nkind = \"RunSql\"\n\
             sqlite = {pair}\npostgres = {pair}\n"
        );
        for operation in [run_sql(&pair), within] {
            let mut all = base.clone();
            all.push(by_hand("blog", "0002_ends", "blog.0001_initial", &operation));
            for error in [
                run(session, &all, &Target::Latest).unwrap_err(),
                plan(session, &embedded(&all), &Target::Latest).unwrap_err(),
            ] {
                let error = error.to_string();
                assert!(
                    error.starts_with("blog.0002_ends: ") && error.contains(what),
                    "{error}"
                );
            }
            assert!(own_tables(session).is_empty(), "nothing has run");
        }
    }
    // What is only recorded does not run.
    let mut all = base.clone();
    let operation = run_sql("{ forward = \"COMMIT\", reverse = \"\" }");
    all.push(by_hand("blog", "0002_ends", "blog.0001_initial", &operation));
    run(session, &base, &Target::Latest).unwrap();
    let fake = MigrateOptions {
        fake: true,
        ..losing()
    };
    migrate(session, &embedded(&all), &Target::Latest, &fake, &mut |_| {}).unwrap();
    // The way back is looked at too, and only it.
    run(session, &all, &zero("blog")).unwrap();
    all[1] = by_hand(
        "blog",
        "0002_ends",
        "blog.0001_initial",
        &run_sql("{ forward = \"\", reverse = \"COMMIT\" }"),
    );
    run(session, &all, &Target::Latest).unwrap();
    let error = run(session, &all, &zero("blog")).unwrap_err().to_string();
    assert!(error.contains("`COMMIT` on line 1 "), "{error}");
    assert_eq!(numbers(session, "SELECT count(*) FROM orm_migrations"), [2]);
}

fn sql_that_only_looks_as_if_it_ended_the_transaction_runs(place: &Place) {
    let session = &mut place.session();
    let mut all = grown(&[], &models("blog.Post\n  title text"), &Answers::default()).unwrap();
    let sql = "-- COMMIT;\nINSERT INTO blog_post (title) VALUES ('; COMMIT; it''s ROLLBACK'); /* ; END; */ SAVEPOINT a; \
               DELETE FROM blog_post; ROLLBACK TO a; RELEASE a; UPDATE blog_post SET title = CASE 1 WHEN 1 THEN 'x' END;";
    all.push(by_hand(
        "blog",
        "0002_looks",
        "blog.0001_initial",
        &run_sql(&format!("{{ forward = {sql:?} }}")),
    ));
    run(session, &all, &Target::Latest).unwrap();
    assert_eq!(
        numbers(session, "SELECT count(*) FROM blog_post WHERE title = 'x'"),
        [1]
    );
}

fn a_migration_that_is_stopped_has_changed_nothing_and_goes_on_later(place: &Place) {
    let mut all = grown(&[], &models("blog.Post\n  title text"), &Answers::default()).unwrap();
    let insert = "INSERT INTO blog_post (title) VALUES ('a')";
    let slow = format!(
        "[[operations]]\nkind = \"RunSql\"\nsqlite = {{ forward = \"{insert}; WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL \
         SELECT x + 1 FROM n) SELECT count(*) FROM n\" }}\npostgres = {{ forward = \"{insert}; SELECT pg_sleep(600)\" }}\n"
    );
    all.push(by_hand("blog", "0002_slow", "blog.0001_initial", &slow));
    all.push(by_hand("blog", "0003_more", "blog.0002_slow", ""));
    let (session, migrations) = (&mut place.session(), embedded(&all));
    let handle = session.cancel_handle().unwrap();
    let options = losing();
    let ended = std::sync::atomic::AtomicBool::new(false);
    let error = std::thread::scope(|scope| {
        let done = migrate(session, &migrations, &Target::Latest, &options, &mut |progress| {
            if let Progress::Started {
                name: "0002_slow", ..
            } = progress
            {
                scope.spawn(|| {
                    while !ended.load(Ordering::SeqCst) {
                        handle.cancel().unwrap();
                        std::thread::sleep(Duration::from_millis(20));
                    }
                });
            }
        });
        ended.store(true, Ordering::SeqCst);
        done.unwrap_err()
    });
    assert!(error.is_cancelled(), "{error:?}");
    let told = "blog.0002_slow: stopped, and has changed nothing; what was applied before it stays so";
    assert!(error.to_string().starts_with(told), "{error}");
    // A session that was cancelled starts nothing more.
    let error = migrate(session, &migrations, &Target::Latest, &options, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "stopped before anything was done");
    let again = &mut place.session();
    assert_eq!(numbers(again, "SELECT count(*) FROM blog_post"), [0]);
    assert_eq!(numbers(again, "SELECT count(*) FROM orm_migrations"), [1]);
    all[1] = by_hand(
        "blog",
        "0002_slow",
        "blog.0001_initial",
        &run_sql(&format!("{{ forward = {insert:?} }}")),
    );
    let report = run(again, &all, &Target::Latest).unwrap();
    assert_eq!(report.applied, ["blog.0002_slow", "blog.0003_more"]);
}

/// Nobody can see it in the text; the server does not take it.
#[test]
fn a_procedure_that_commits_is_refused_by_the_server_and_nothing_stays() {
    let place = Place::server();
    let session = &mut place.session();
    let mut all = grown(&[], &models("blog.Post\n  title text"), &Answers::default()).unwrap();
    let sql = "INSERT INTO blog_post (title) VALUES ('a'); CREATE PROCEDURE ends() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$; \
               CALL ends()";
    let operation = run_sql(&format!("{{ forward = {sql:?} }}"));
    all.push(by_hand("blog", "0002_calls", "blog.0001_initial", &operation));
    let error = run(session, &all, &Target::Latest).unwrap_err().to_string();
    assert!(error.contains("invalid transaction termination"), "{error}");
    assert_eq!(numbers(session, "SELECT count(*) FROM blog_post"), [0]);
    assert_eq!(numbers(session, "SELECT count(*) FROM orm_migrations"), [1]);
}

/// A session on which no migration is found when it is looked for by its id, as if others took it back each time.
struct Forgetful(DbSession);

impl Session for Forgetful {
    fn dialect(&self) -> &'static Dialect {
        self.0.dialect()
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        self.0.execute(sql, values)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match sql.contains(TABLE) && sql.contains("WHERE") {
            true => Ok(()),
            false => self.0.query(sql, values, each),
        }
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.0.batch(sql)
    }
}

fn a_history_that_contradicts_its_plan_ends_in_an_error(place: &Place) {
    let all = second();
    run(&mut place.session(), &all, &to("blog", "0001")).unwrap();
    let options = MigrateOptions {
        wait: Duration::from_millis(200),
        ..losing()
    };
    let error = migrate(
        &mut Forgetful(place.session()),
        &embedded(&all),
        &Target::Latest,
        &options,
        &mut |_| {},
    )
    .unwrap_err();
    assert!(error.to_string().contains("contradicts itself"), "{error}");
    run(&mut place.session(), &all, &Target::Latest).unwrap();
}

/// The connection itself would wait for an hour.
#[test]
fn a_writer_is_waited_for_as_long_as_the_runner_is_told_to() {
    let place = Place::file();
    let url = format!("{}?busy_timeout=60m", place.url);
    let migrations = embedded(&first());
    let mut writer = place.session();
    writer
        .batch("CREATE TABLE taken (x INTEGER); BEGIN IMMEDIATE")
        .unwrap();
    let mut runner = open(&url);
    let mut options = MigrateOptions {
        wait: Duration::from_millis(100),
        ..losing()
    };
    let waited = migrate(&mut runner, &migrations, &Target::Latest, &options, &mut |_| {});
    assert!(waited.unwrap_err().is_timeout());
    let usual = |session: &mut DbSession| numbers(session, "PRAGMA busy_timeout");
    assert_eq!(usual(&mut runner), [3_600_000]);
    // It says that it waits, and goes on as soon as it can.
    options.wait = Duration::from_secs(600);
    let mut said = 0;
    migrate(
        &mut runner,
        &migrations,
        &Target::Latest,
        &options,
        &mut |progress| {
            if progress == Progress::Waiting {
                said += 1;
                writer.batch("COMMIT").unwrap();
            }
        },
    )
    .unwrap();
    assert_eq!(said, 1);
    assert_eq!(usual(&mut runner), [3_600_000]);
}

fn a_removed_field_that_takes_no_null_comes_back_to_no_rows_only(place: &Place) {
    let session = &mut place.session();
    let mut all = grown(
        &[],
        &models("blog.Post\n  title text\n  views int"),
        &Answers::default(),
    )
    .unwrap();
    run(session, &all, &Target::Latest).unwrap();
    session
        .batch("INSERT INTO blog_post (title, views) VALUES ('a', 1)")
        .unwrap();
    all.extend(grown(&all, &models("blog.Post\n  title text"), &Answers::default()).unwrap());
    run(session, &all, &Target::Latest).unwrap();
    let error = run(session, &all, &to("blog", "0001")).unwrap_err().to_string();
    assert!(error.contains("would have no value in the new column"), "{error}");
    assert_eq!(numbers(session, "SELECT count(*) FROM blog_post"), [1]);
    session.batch("DELETE FROM blog_post").unwrap();
    run(session, &all, &to("blog", "0001")).unwrap();
    session
        .batch("INSERT INTO blog_post (title, views) VALUES ('a', 1)")
        .unwrap();
}

fn rows_that_exist_get_what_was_decided(place: &Place) {
    let session = &mut place.session();
    let before = models("blog.Post\n  views int null\n  likes int null\n  title text null");
    let after = models(
        "
blog.Post
  views int default=7
  likes int
  title text null
  on date auto_now_add
  at time auto_now_add
  local date_time auto_now_add
  made timestamp auto_now_add
",
    );
    let mut all = grown(&[], &before, &Answers::default()).unwrap();
    run(session, &all, &Target::Latest).unwrap();
    session
        .batch("INSERT INTO blog_post (likes) VALUES (NULL), (3)")
        .unwrap();
    let mut answers = Answers::default();
    for given in [
        "likes=5",
        "on=2026-11-22",
        "at=18:05:00",
        "local=2026-11-22T18:05:00",
        "made=2026-11-22T18:05:00Z",
    ] {
        answers.add_default(&format!("blog.Post.{given}")).unwrap();
    }
    all.extend(grown(&all, &after, &answers).unwrap());
    run(session, &all, &Target::Latest).unwrap();
    agrees(session, &after);
    assert_eq!(
        numbers(session, "SELECT views * 100 + likes FROM blog_post ORDER BY id"),
        [705, 703]
    );
    let filled = "SELECT count(*) FROM blog_post WHERE title IS NULL AND \"on\" = '2026-11-22' AND \"at\" = \
                  '18:05:00.000000' AND local = '2026-11-22T18:05:00.000000' AND made = '2026-11-22T18:05:00.000000Z'";
    assert_eq!(numbers(session, filled), [2]);
}

/// Whatever text is given for the rows that exist, and whatever is the default, is what the rows hold: from the answers
/// file through the migration's file to the column and back.
fn answers_of_any_text_come_back(place: &Place) {
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let before = models("blog.Post\n  maybe text null");
    let first = grown(&[], &before, &Answers::default()).unwrap();
    let texts = ("[^\\x00]*", "[\\x01-\\x7f]*", "['\"\\\\$%{}\r\n;\u{2028}-]*");
    TestRunner::new(config)
        .run(&texts, |(given, default, filled)| {
            let mut after = models("blog.Post\n  maybe text\n  new text\n  other text");
            let other = after[0].fields.iter_mut().find(|field| field.name == "other");
            other.unwrap().default = Some(Literal::Str(default.clone()));
            let quoted = |text: &String| {
                serde_json::Value::String(text.clone())
                    .to_string()
                    .replace('\x7f', "\\u007f")
            };
            let file = format!(
                "[defaults]\n\"blog.Post.new\" = {}\n\"blog.Post.maybe\" = {}\n",
                quoted(&given),
                quoted(&filled)
            );
            let answers = Answers::parse("answers.toml", &file).unwrap();
            let mut all = first.clone();
            all.extend(grown(&all, &after, &answers).unwrap());
            let place = place.another();
            let session = &mut place.session();
            run(session, &first, &Target::Latest).unwrap();
            session.batch("INSERT INTO blog_post DEFAULT VALUES").unwrap();
            run(session, &all, &Target::Latest).unwrap();
            for (column, text) in [("new", &given), ("other", &default), ("maybe", &filled)] {
                let mut found = Vec::new();
                let sql = format!("SELECT {column} FROM blog_post");
                session
                    .query(&sql, &[], &mut |row| {
                        row.get::<String>(0).map(|text| found.push(text))
                    })
                    .unwrap();
                prop_assert_eq!(&found, &vec![text.clone()], "{}", column);
            }
            Ok(())
        })
        .unwrap();
}
