//! Models that move to another app, on a populated database: every row, foreign key, trigger, view and sequence
//! follows, forwards and backwards, and so does the history.

use orm::db::Session;
use orm::migrate::{Answers, MakeOptions, StateFile, Target, make_migrations};
use orm::models::ModelDef;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, populated_plain, session, strings};

on_both! {
    a_model_with_everything_that_points_at_it,
    a_model_that_keeps_its_table,
    a_model_with_its_enum_type,
    an_app_with_another_label,
    a_name_that_another_model_gets,
    two_apps_swap_their_models,
    a_removed_foreign_key_is_found_under_every_name_of_its_target,
    a_model_becomes_unmanaged_and_its_target_is_deleted,
}

/// Another app that points at posts, with a foreign key and a join table, and rows in both.
const CRM: &str = r#"
id = "crm-initial"
initial = true
dependencies = ["shop.0001_initial"]

[[operations]]
kind = "CreateModel"
model = "Ticket"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", index = true },
    { name = "others", type = "many_to_many", to = "shop.Post" },
]
"#;

const CRM_ROWS: &str = "
INSERT INTO crm_ticket (post_id) VALUES (1), (4);
INSERT INTO crm_ticket_others (ticket_id, post_id) VALUES (1, 2), (2, 3);
";

/// The shop with join tables and another app.
pub fn project() -> Project {
    let joins = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "readers", type = "many_to_many", to = "shop.Author" }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "linked", type = "many_to_many", to = "shop.Post" }
"#;
    Project::shop().and(joins).file("crm/0001_initial.toml", CRM)
}

pub fn with_rows(database: &Database) {
    let mut session = session(database);
    value(project().migrate(&mut session));
    value(session.batch(
        "INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 1), (1, 2), (4, 3);
         INSERT INTO shop_post_linked (from_post_id, to_post_id) VALUES (1, 4);",
    ));
    value(session.batch(CRM_ROWS));
}

/// The models that result from the files of a project.
pub fn models(project: &Project) -> Vec<ModelDef> {
    value(StateFile::of_migrations(&value(project.load()))).into_models()
}

/// The project with what `makemigrations` writes for these models.
pub fn made(mut project: Project, models: &[ModelDef], answers: Answers) -> Project {
    let options = MakeOptions {
        answers,
        ..MakeOptions::default()
    };
    for new in value(make_migrations(models, &value(project.load()), &options)) {
        project = project.file(new.path.to_str().expect("a path"), &new.text);
    }
    let again = value(make_migrations(
        models,
        &value(project.load()),
        &MakeOptions::default(),
    ));
    assert_eq!(again, []);
    project
}

/// A rename quotes names that were not quoted before.
fn plain(snapshot: Vec<String>) -> Vec<String> {
    snapshot.into_iter().map(|line| line.replace('"', "")).collect()
}

/// Applies a project, checks a copy of the result, and goes back, in both possible ways.
pub fn there_and_back(
    database: &Database,
    project: &Project,
    back: &[(&str, &str)],
    look: impl FnOnce(&mut dyn Session),
) {
    let old = plain(snapshot(database));
    let mut here = session(database);
    value(project.migrate(&mut here));
    drop(here);
    look(&mut session(&database.copy()));
    for (app, name) in back {
        let target = Target::from_args(Some(app), Some(name));
        value(project.migrate_to(&mut session(database), &target));
    }
    assert_eq!(plain(snapshot(database)), old);
}

/// Moves `shop.Post` to `sales` under this name.
fn moved(models: &mut [ModelDef], name: &str) {
    for model in models {
        if model.name == "Post" {
            model.app = "sales".to_owned();
            model.name = name.to_owned();
            model.renamed_from = Some("shop.Post".to_owned());
        }
        for to in model.fields.iter_mut().filter_map(|field| field.to.as_mut()) {
            if to.model == "Post" {
                to.app = "sales".to_owned();
                to.model = name.to_owned();
            }
        }
    }
}

fn a_model_with_everything_that_points_at_it(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let mut after = models(&project());
    moved(&mut after, "Article");
    let project = made(project(), &after, Answers::default());
    there_and_back(&database, &project, &[("sales", "zero")], |session| {
        assert_eq!(
            strings(session, "SELECT title FROM sales_article ORDER BY id"),
            ["one", "two", "three", "four"]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * article_id + author_id FROM sales_article_readers ORDER BY 1"
            ),
            [11, 12, 43]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * from_article_id + to_article_id FROM sales_article_linked"
            ),
            [14]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * ticket_id + article_id FROM crm_ticket_others ORDER BY 1"
            ),
            [12, 23]
        );
        // Triggers and views refer to the table by its new name; no id is used twice.
        value(session.batch("INSERT INTO sales_article (title, body, author_id) VALUES ('new', '', 1)"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_log"), [1]);
        assert_eq!(numbers(session, "SELECT max(id) FROM sales_article"), [7]);
        // Foreign keys act as before, those of the old app and of others.
        error(session.batch("INSERT INTO shop_comment (line, post_id) VALUES ('x', 99)"));
        error(session.batch("INSERT INTO crm_ticket (post_id) VALUES (99)"));
        error(session.batch("DELETE FROM sales_article WHERE id = 1"));
        value(session.batch("DELETE FROM shop_hold; DELETE FROM sales_article WHERE id = 1"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_comment"), [2]);
        assert_eq!(numbers(session, "SELECT count(*) FROM crm_ticket"), [1]);
        assert_eq!(
            numbers(session, "SELECT count(*) FROM sales_article_readers"),
            [1]
        );
        if backend == Backend::Postgres {
            let old = "SELECT conname FROM pg_constraint WHERE conrelid = 'sales_article'::regclass AND conname LIKE 'shop%'";
            assert_eq!(strings(session, old), [""; 0]);
            let old =
                "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'sales%' AND indexname LIKE 'shop%'";
            assert_eq!(strings(session, old), ["shop_post_title_idx"]);
        }
    });
}

fn a_model_that_keeps_its_table(backend: Backend) {
    let database = populated_plain(backend);
    with_rows(&database);
    let mut after = models(&project());
    moved(&mut after, "Post");
    let post = after.iter_mut().find(|model| model.app == "sales");
    post.expect("it moved").table = Some("shop_post".to_owned());
    let project = made(project(), &after, Answers::default());
    let old = plain(snapshot(&database));
    value(project.migrate(&mut session(&database)));
    // The database does not change, except that it is recorded.
    let new = plain(snapshot(&database));
    let fresh: Vec<&String> = new.iter().filter(|line| !old.contains(line)).collect();
    assert_eq!(fresh.len(), 1, "{fresh:?}");
    assert_eq!(new.len(), old.len() + 1);
    // Undoing all of the old app undoes it as well.
    value(project.migrate_to(&mut session(&database), &Target::Zero("shop".to_owned())));
    let left = value(orm::tables::tables(&mut session(&database)));
    assert_eq!(left, ["orm_migrations"]);
}

fn a_model_with_its_enum_type(backend: Backend) {
    let moods = r#"
[[operations]]
kind = "CreateEnum"
name = "Mood"
values = ["glad", "it's bad"]

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "mood", type = "choices", enum_type = "Mood", default = "glad", index = true }
"#;
    let database = populated(backend);
    let before = Project::shop().and(moods);
    let mut here = session(&database);
    value(before.migrate(&mut here));
    value(here.batch("UPDATE shop_post SET mood = 'it''s bad' WHERE id = 2"));
    drop(here);
    let mut after = models(&before);
    moved(&mut after, "Post");
    let project = made(before, &after, Answers::default());
    there_and_back(&database, &project, &[("sales", "zero")], |session| {
        assert_eq!(
            strings(session, "SELECT CAST(mood AS text) FROM sales_post ORDER BY id"),
            ["glad", "it's bad", "glad", "glad"]
        );
        error(session.batch("UPDATE sales_post SET mood = 'other'"));
        if backend == Backend::Postgres {
            let types = "SELECT typname::text FROM pg_type WHERE typname LIKE '%mood' AND typtype = 'e'";
            assert_eq!(strings(session, types), ["sales_mood"]);
        }
    });
}

fn an_app_with_another_label(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let mut after = models(&project());
    for model in &mut after {
        for to in model.fields.iter_mut().filter_map(|field| field.to.as_mut()) {
            to.app = "sales".to_owned();
        }
        if model.app == "shop" {
            model.app = "sales".to_owned();
            model.app_renamed_from = Some("shop".to_owned());
        }
    }
    let before = project();
    let project = made(before, &after, Answers::default());
    there_and_back(&database, &project, &[("sales", "zero")], |session| {
        let left = value(orm::tables::tables(session));
        let left: Vec<&String> = left.iter().filter(|table| table.starts_with("shop")).collect();
        assert_eq!(left, [""; 0]);
        assert_eq!(numbers(session, "SELECT count(*) FROM sales_comment"), [4]);
        assert_eq!(numbers(session, "SELECT count(*) FROM sales_post_readers"), [3]);
        error(session.batch("INSERT INTO sales_comment (line, post_id) VALUES ('x', 99)"));
        value(session.batch("INSERT INTO sales_log (line) VALUES ('new')"));
        assert_eq!(numbers(session, "SELECT max(id) FROM sales_log"), [3]);
    });
    // A new database reaches the same models by the same files.
    let empty = Database::empty(backend);
    value(project.migrate(&mut session(&empty)));
    value(session(&empty).batch(
        "INSERT INTO sales_author (name) VALUES ('ada'); INSERT INTO sales_post (title, body, author_id) VALUES ('', '', 1)",
    ));
}

fn a_name_that_another_model_gets(backend: Backend) {
    let database = populated_plain(backend);
    let mut after = models(&Project::shop());
    moved(&mut after, "Post");
    let mut other = ModelDef::new("shop", "Post");
    let log = after.iter().find(|model| model.name == "Log").expect("a log");
    other.fields.clone_from(&log.fields);
    after.push(other);
    let project = made(Project::shop(), &after, Answers::default());
    there_and_back(&database, &project, &[("sales", "zero")], |session| {
        assert_eq!(numbers(session, "SELECT count(*) FROM sales_post"), [4]);
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_post"), [0]);
        error(session.batch("INSERT INTO shop_comment (line, post_id) VALUES ('x', 99)"));
        value(session.batch("INSERT INTO shop_post (line) VALUES ('x')"));
    });
}

fn two_apps_swap_their_models(backend: Backend) {
    let sales = r#"
id = "sales-initial"
initial = true
dependencies = []

[[operations]]
kind = "CreateModel"
model = "Log"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "day", type = "int" },
]
"#;
    let database = populated_plain(backend);
    let before = Project::shop().file("sales/0001_initial.toml", sales);
    let mut here = session(&database);
    value(before.migrate(&mut here));
    value(
        here.batch("INSERT INTO sales_log (day) VALUES (5), (6); INSERT INTO shop_log (line) VALUES ('x')"),
    );
    drop(here);
    let mut after = models(&before);
    for model in after.iter_mut().filter(|model| model.name == "Log") {
        let (old, new) = match model.app.as_str() {
            "shop" => ("shop.Log", "sales"),
            _ => ("sales.Log", "shop"),
        };
        model.app = new.to_owned();
        model.renamed_from = Some(old.to_owned());
    }
    let project = made(before, &after, Answers::default());
    there_and_back(&database, &project, &[("sales", "0001")], |session| {
        assert_eq!(strings(session, "SELECT line FROM sales_log"), ["x"]);
        assert_eq!(numbers(session, "SELECT day FROM shop_log ORDER BY id"), [5, 6]);
    });
}

/// A foreign key to a model is removed in one run, the model in a later one. A new database applies them in this
/// order too, although the files with the foreign key use an older name of the model.
fn a_removed_foreign_key_is_found_under_every_name_of_its_target(backend: Backend) {
    let mut after = models(&project());
    moved(&mut after, "Article");
    let mut project = made(project(), &after, Answers::default());
    for model in after.iter_mut().filter(|model| model.app != "sales") {
        let points = |to: &Option<orm::models::ModelKey>| to.as_ref().is_some_and(|to| to.model == "Article");
        model.fields.retain(|field| !points(&field.to));
    }
    project = made(project, &after, Answers::default());
    after.retain(|model| model.app != "sales");
    project = made(project, &after, Answers::default());
    let database = Database::empty(backend);
    value(project.migrate(&mut session(&database)));
    let left = value(orm::tables::tables(&mut session(&database)));
    assert!(!left.iter().any(|table| table.contains("article")), "{left:?}");
}

/// The columns of a model that becomes unmanaged keep their values, although the target of its foreign key and the
/// enum type of a column are removed.
fn a_model_becomes_unmanaged_and_its_target_is_deleted(backend: Backend) {
    let database = populated_plain(backend);
    let mut after = models(&Project::shop());
    after.retain(|model| model.name != "Author");
    let post = after
        .iter_mut()
        .find(|model| model.name == "Post")
        .expect("posts");
    post.fields.retain(|field| field.name != "author");
    post.unmanaged = true;
    let project = made(Project::shop(), &after, Answers::default());
    let mut here = session(&database);
    value(project.migrate(&mut here));
    assert_eq!(
        numbers(&mut here, "SELECT author_id FROM shop_post ORDER BY id"),
        [1, 2, 1, 3]
    );
    value(here.batch("INSERT INTO shop_post (title, body, author_id) VALUES ('new', '', 99)"));
    let left = value(orm::tables::tables(&mut here));
    assert!(!left.contains(&"shop_author".to_owned()), "{left:?}");
    // The remaining foreign key acts as before.
    error(here.batch("INSERT INTO shop_comment (line, post_id) VALUES ('x', 99)"));
}
