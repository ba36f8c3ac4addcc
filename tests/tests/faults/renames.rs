//! Renames on a populated database: every row, foreign key, trigger, view and sequence follows, forwards and
//! backwards.

use orm::db::Session;
use orm::migrate::Target;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    a_model_with_everything_that_points_at_it,
    two_models_swap_their_names,
    a_table_and_the_tables_that_join_it,
    a_primary_key_that_others_point_at,
    two_fields_swap_their_names,
    a_column_in_an_index_a_unique_a_check_and_an_expression,
    a_column_changes_its_name_and_its_type,
    an_index_and_a_join_table,
    a_name_that_a_rename_left_is_free,
}

/// Migrates, checks a copy of the result, and migrates back to the original.
pub fn there_and_back(
    backend: Backend,
    before: &str,
    rows: &str,
    operations: &str,
    look: impl FnOnce(&mut dyn Session),
) {
    from_there_and_back(&populated(backend), before, rows, operations, look);
}

/// The same, starting from a given database.
pub fn from_there_and_back(
    database: &Database,
    before: &str,
    rows: &str,
    operations: &str,
    look: impl FnOnce(&mut dyn Session),
) {
    let mut here = session(database);
    let project = Project::shop().and(before);
    value(project.migrate(&mut here));
    value(here.batch(rows));
    let old = plain(snapshot(database));
    let project = project.and(operations);
    value(project.migrate(&mut here));
    drop(here);
    let copy = database.copy();
    look(&mut session(&copy));
    let back = Target::Migration("shop".to_owned(), "0002".to_owned());
    value(project.migrate_to(&mut session(database), &back));
    assert_eq!(plain(snapshot(database)), old);
}

/// A rename quotes names that were not quoted before.
fn plain(snapshot: Vec<String>) -> Vec<String> {
    snapshot.into_iter().map(|line| line.replace('"', "")).collect()
}

/// Without the views: SQLite cannot rename a column that a view of a view names.
fn joined_without_views(backend: Backend) -> String {
    let views = match backend {
        Backend::Sqlite => "DROP VIEW hand_over; DROP VIEW hand_titles;",
        Backend::Postgres => "",
    };
    format!("{JOINED}{views}")
}

/// Join tables on both sides, and rows in them.
const JOINS: &str = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "readers", type = "many_to_many", to = "shop.Author" }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "linked", type = "many_to_many", to = "shop.Post" }

[[operations]]
kind = "CreateModel"
model = "Shelf"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "posts", type = "many_to_many", to = "shop.Post" },
]
"#;

const JOINED: &str = "
INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 1), (1, 2), (4, 3);
INSERT INTO shop_post_linked (from_post_id, to_post_id) VALUES (1, 4);
INSERT INTO shop_shelf (id) VALUES (7);
INSERT INTO shop_shelf_posts (shelf_id, post_id) VALUES (7, 2), (7, 1);
";

fn a_model_with_everything_that_points_at_it(backend: Backend) {
    let rename = "[[operations]]\nkind = \"RenameModel\"\nold = \"Post\"\nnew = \"Article\"\n";
    there_and_back(backend, JOINS, JOINED, rename, |session| {
        assert_eq!(
            strings(session, "SELECT title FROM shop_article ORDER BY id"),
            ["one", "two", "three", "four"]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * article_id + author_id FROM shop_article_readers ORDER BY 1"
            ),
            [11, 12, 43]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * from_article_id + to_article_id FROM shop_article_linked"
            ),
            [14]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT article_id FROM shop_shelf_posts ORDER BY article_id"
            ),
            [1, 2]
        );
        // Triggers and views refer to the table by its new name; no id is used twice.
        value(session.batch(
            "INSERT INTO shop_article (title, body, author_id) VALUES ('new', '', 1); INSERT INTO shop_article_readers \
             (article_id, author_id) VALUES (7, 1)",
        ));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_log"), [1]);
        assert_eq!(numbers(session, "SELECT max(id) FROM shop_article"), [7]);
        assert_eq!(
            numbers(session, "SELECT count(*) FROM hand_over"),
            [match backend {
                Backend::Sqlite => 5,
                Backend::Postgres => 2,
            }]
        );
        // Foreign keys act as before.
        error(session.batch("INSERT INTO shop_comment (line, post_id) VALUES ('x', 99)"));
        error(session.batch("DELETE FROM shop_article WHERE id = 1"));
        value(session.batch("DELETE FROM shop_hold; DELETE FROM shop_article WHERE id = 1"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_comment"), [2]);
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_article_readers"), [2]);
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_shelf_posts"), [1]);
        assert_eq!(
            numbers(session, "SELECT count(*) FROM shop_pin WHERE post_id IS NULL"),
            [2]
        );
    });
}

fn two_models_swap_their_names(backend: Backend) {
    let rename = |old: &str, new: &str| {
        format!("[[operations]]\nkind = \"RenameModel\"\nold = \"{old}\"\nnew = \"{new}\"\n")
    };
    let swap = rename("Comment", "Passing") + &rename("Author", "Comment") + &rename("Passing", "Author");
    there_and_back(backend, JOINS, JOINED, &swap, |session| {
        assert_eq!(
            strings(session, "SELECT name FROM shop_comment ORDER BY id"),
            ["ada", "bob", "cy"]
        );
        assert_eq!(
            strings(session, "SELECT line FROM shop_author ORDER BY id"),
            ["a", "b", "c", "d"]
        );
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * post_id + comment_id FROM shop_post_readers ORDER BY 1"
            ),
            [11, 12, 43]
        );
        error(session.batch("UPDATE shop_post SET author_id = 4"));
        error(session.batch("INSERT INTO shop_comment (name) VALUES ('ada')"));
        value(session.batch("INSERT INTO shop_author (line, post_id) VALUES ('e', 1)"));
        assert_eq!(numbers(session, "SELECT max(id) FROM shop_author"), [6]);
    });
}

fn a_table_and_the_tables_that_join_it(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "AlterModelTable"
model = "Post"
table = "Entries of \"all\""

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "title", type = "text", max_length = 200, comment = "What it is called" }

[[operations]]
kind = "AlterModelTableComment"
model = "Post"
comment = "it's every entry"
"#;
    there_and_back(backend, JOINS, JOINED, operations, |session| {
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * post_id + author_id FROM \"Entries of \"\"all\"\"_readers\" ORDER BY 1"
            ),
            [11, 12, 43]
        );
        value(session.batch(
            "INSERT INTO \"Entries of \"\"all\"\"\" (title, body, author_id, parent_id) VALUES ('new', '', 1, 4)",
        ));
        error(session.batch("UPDATE \"Entries of \"\"all\"\"\" SET parent_id = 99"));
        if backend == Backend::Postgres {
            assert_eq!(
                strings(
                    session,
                    "SELECT obj_description('\"Entries of \"\"all\"\"\"'::regclass, 'pg_class')"
                ),
                ["it's every entry"]
            );
        }
    });
}

fn a_primary_key_that_others_point_at(backend: Backend) {
    let rename = "[[operations]]\nkind = \"RenameField\"\nmodel = \"Post\"\nold = \"id\"\nnew = \"number\"\n";
    there_and_back(
        backend,
        JOINS,
        &joined_without_views(backend),
        rename,
        |session| {
            assert_eq!(
                numbers(
                    session,
                    "SELECT number FROM shop_post JOIN shop_comment ON post_id = number ORDER BY 1"
                ),
                [1, 1, 2, 3]
            );
            error(session.batch("INSERT INTO shop_pin (post_id) VALUES (99)"));
            value(
                session.batch(
                    "INSERT INTO shop_post (title, body, author_id, parent_id) VALUES ('x', '', 1, 4)",
                ),
            );
            assert_eq!(numbers(session, "SELECT max(number) FROM shop_post"), [7]);
        },
    );
}

fn two_fields_swap_their_names(backend: Backend) {
    let rename = |old: &str, new: &str| {
        format!(
            "[[operations]]\nkind = \"RenameField\"\nmodel = \"Post\"\nold = \"{old}\"\nnew = \"{new}\"\n"
        )
    };
    let swap = rename("title", "passing") + &rename("score", "title") + &rename("passing", "score");
    there_and_back(backend, JOINS, &joined_without_views(backend), &swap, |session| {
        assert_eq!(
            strings(session, "SELECT score FROM shop_post ORDER BY id"),
            ["one", "two", "three", "four"]
        );
        assert_eq!(
            numbers(session, "SELECT coalesce(title, -1) FROM shop_post ORDER BY id"),
            [1, -1, 3, 4]
        );
    });
}

/// Everything that a column can be part of, over `title` and `score`.
const PARTS: &str = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "double", type = "big_int", null = true, index = true, generated_as = { expression = ["mul", { field = "score" }, 2] } }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_score_title_uniq", fields = ["score", "title"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "check", name = "shop_post_small", condition = ["lt", { field = "score" }, 100] }

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_scores", fields = ["-score", "title"] }
"#;

fn a_column_in_an_index_a_unique_a_check_and_an_expression(backend: Backend) {
    let rename =
        "[[operations]]\nkind = \"RenameField\"\nmodel = \"Post\"\nold = \"score\"\nnew = \"points\"\n";
    there_and_back(backend, PARTS, "", rename, |session| {
        assert_eq!(
            numbers(session, "SELECT coalesce(double, -1) FROM shop_post ORDER BY id"),
            [2, -1, 6, 8]
        );
        value(session.batch("UPDATE shop_post SET points = 5 WHERE id = 2"));
        assert_eq!(
            numbers(session, "SELECT double FROM shop_post WHERE id = 2"),
            [10]
        );
        error(session.batch("UPDATE shop_post SET points = 100"));
        error(session.batch("UPDATE shop_post SET points = 5, title = 'same'"));
    });
}

fn a_column_changes_its_name_and_its_type(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "RenameField"
model = "Post"
old = "score"
new = "points"

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "points", type = "big_int", null = true }
"#;
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(PARTS).and(operations);
    value(project.migrate(&mut here));
    assert_eq!(
        numbers(
            &mut here,
            "SELECT coalesce(points, -1) FROM shop_post ORDER BY id"
        ),
        [1, -1, 3, 4]
    );
    value(here.batch("UPDATE shop_post SET points = -5000000000 WHERE id = 1"));
    assert_eq!(
        numbers(&mut here, "SELECT double FROM shop_post WHERE id = 1"),
        [-10_000_000_000]
    );
    error(here.batch("UPDATE shop_post SET points = 100"));
    assert_eq!(numbers(&mut here, "SELECT count(*) FROM shop_comment"), [4]);
    // A value that does not fit the old type prevents going back, and nothing is undone.
    let there = snapshot(&database);
    let back = Target::Migration("shop".to_owned(), "0002".to_owned());
    let refused = error(project.migrate_to(&mut here, &back)).to_string();
    assert!(refused.contains("(1 found)"), "{refused}");
    assert_eq!(snapshot(&database), there);
    value(here.batch("UPDATE shop_post SET points = 1 WHERE id = 1"));
    value(project.migrate_to(&mut here, &back));
    assert_eq!(
        numbers(&mut here, "SELECT coalesce(score, -1) FROM shop_post ORDER BY id"),
        [1, -1, 3, 4]
    );
}

fn an_index_and_a_join_table(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "RenameIndex"
model = "Post"
old = "shop_post_title_idx"
new = "shop_post_headline"

[[operations]]
kind = "RenameField"
model = "Post"
old = "readers"
new = "fans"
"#;
    there_and_back(backend, JOINS, JOINED, operations, |session| {
        assert_eq!(
            numbers(
                session,
                "SELECT 10 * post_id + author_id FROM shop_post_fans ORDER BY 1"
            ),
            [11, 12, 43]
        );
        error(session.batch("INSERT INTO shop_post_fans (post_id, author_id) VALUES (1, 1)"));
        let indexes = match backend {
            Backend::Sqlite => {
                "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = 'shop_post_headline'"
            }
            Backend::Postgres => "SELECT count(*) FROM pg_indexes WHERE indexname = 'shop_post_headline'",
        };
        assert_eq!(numbers(session, indexes), [1]);
    });
}

/// Nothing of a renamed model prevents a new one with its old name.
fn a_name_that_a_rename_left_is_free(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "RenameModel"
old = "Author"
new = "Writer"

[[operations]]
kind = "CreateModel"
model = "Author"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "name", type = "text", max_length = 40, unique = true },
]

[[operations]]
kind = "AddField"
model = "Writer"
field = { name = "author", type = "foreign_key", to = "shop.Author", on_delete = "set_null", null = true, index = true }
"#;
    there_and_back(backend, JOINS, JOINED, operations, |session| {
        value(
            session
                .batch("INSERT INTO shop_author (name) VALUES ('ada'); UPDATE shop_writer SET author_id = 1"),
        );
        assert_eq!(
            numbers(session, "SELECT count(*) FROM shop_writer WHERE author_id = 1"),
            [3]
        );
        error(session.batch("INSERT INTO shop_writer (name) VALUES ('ada')"));
    });
}
