//! Objects that people created beside the models.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{CASES, Project, numbers, populated, populated_plain, session, strings};

on_both! {
    all_of_it_is_as_it_was_and_works,
}

/// The title becomes longer, which rebuilds the table if there is no other way.
const LONGER: &str = r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "title", type = "text", max_length = 210 }
"#;

fn all_of_it_is_as_it_was_and_works(backend: Backend) {
    let database = populated(backend);
    let own = |line: &String| {
        line.contains("hand_") || line.starts_with("shop_comment:") || line.starts_with("shop_pin:")
    };
    let mut before = snapshot(&database);
    before.retain(own);
    assert!(before.len() > 10, "{before:?}");
    let mut session = session(&database);
    value(Project::shop().and(CASES[0]).migrate(&mut session));
    let mut after = snapshot(&database);
    after.retain(own);
    assert_eq!(after, before);
    // Used numbers are not used again, and the trigger logs.
    value(session.batch("INSERT INTO shop_post (title, views, author_id) VALUES ('new', 1, 1)"));
    assert_eq!(numbers(&mut session, "SELECT max(id) FROM shop_post"), [7]);
    assert_eq!(numbers(&mut session, "SELECT id FROM shop_log"), [3]);
    value(session.batch("DELETE FROM shop_hold; DELETE FROM shop_post WHERE id = 1"));
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM shop_comment"), [2]);
    assert_eq!(
        numbers(
            &mut session,
            "SELECT count(*) FROM shop_pin WHERE post_id IS NULL"
        ),
        [2]
    );
}

#[test]
fn a_search_index_over_a_table_finds_its_rows_after_the_rebuild() {
    let database = populated(Backend::Sqlite);
    let mut session = session(&database);
    value(session.batch(
        "DELETE FROM shop_post WHERE id = 2; CREATE VIRTUAL TABLE hand_search USING fts5 (title, content = 'shop_post', \
         content_rowid = 'id'); INSERT INTO hand_search (hand_search) VALUES ('rebuild')",
    ));
    value(Project::shop().and(LONGER).migrate(&mut session));
    assert_eq!(
        numbers(
            &mut session,
            "SELECT rowid FROM hand_search WHERE hand_search MATCH 'four'"
        ),
        [4]
    );
    assert_eq!(
        strings(
            &mut session,
            "SELECT title FROM hand_search WHERE hand_search MATCH 'three'"
        ),
        ["three"]
    );
}

#[test]
fn computed_columns_stop_a_rebuild_that_would_lose_them() {
    for kind in ["VIRTUAL", "STORED"] {
        let database = populated_plain(Backend::Sqlite);
        let mut session = session(&database);
        // A STORED column cannot be added, so the table is created with it.
        value(session.batch(if kind == "VIRTUAL" {
            "ALTER TABLE shop_log ADD COLUMN hand_length INTEGER AS (length(line)) VIRTUAL"
        } else {
            "DROP TABLE shop_log; CREATE TABLE shop_log (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL, hand_length \
             INTEGER AS (length(line)) STORED) STRICT"
        }));
        value(session.batch("INSERT INTO shop_log (line) VALUES ('abc')"));
        let before = snapshot(&database);
        let longer = LONGER.replace("Post", "Log").replace("title", "line");
        let error = error(Project::shop().and(&longer).migrate(&mut session)).to_string();
        assert!(error.contains("hand_length"), "{error}");
        assert_eq!(snapshot(&database), before);
    }
}

#[test]
fn a_view_that_was_broken_before_is_left_alone_or_named() {
    let database = populated(Backend::Sqlite);
    let mut session = session(&database);
    value(session.batch("CREATE VIEW hand_broken AS SELECT x FROM nowhere"));
    let project = Project::shop().and(LONGER);
    value(project.migrate(&mut session));
    let before = snapshot(&database);
    // For changes in place, the database itself refuses.
    let rename = r#"
[[operations]]
kind = "RenameField"
model = "Post"
old = "body"
new = "text"
"#;
    let refused = error(project.clone().and(rename).migrate(&mut session)).to_string();
    assert!(refused.contains("hand_broken"), "{refused}");
    assert_eq!(snapshot(&database), before);
    value(session.batch("DROP VIEW hand_broken"));
    value(project.and(rename).migrate(&mut session));
}

#[test]
fn views_over_a_column_come_back_or_stop_the_change_of_its_type() {
    let database = populated(Backend::Postgres);
    let author = LONGER.replace("Post", "Author").replace("title", "name");
    let bytes = author.replace("\"text\", max_length = 210", "\"bytes\"");
    let mut session = session(&database);
    value(session.batch(
        "DROP INDEX hand_expression; CREATE VIEW hand_lower AS SELECT lower(name) AS name FROM hand_names",
    ));
    let before = snapshot(&database);
    let refused = error(Project::shop().and(&bytes).migrate(&mut session)).to_string();
    assert!(
        refused.contains("the view hand_lower does not work with what changes"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    value(session.batch("DROP VIEW hand_lower"));
    value(Project::shop().and(&bytes).migrate(&mut session));
    // One view is over the other.
    let mut read = Vec::new();
    let query = "SELECT convert_from(name, 'UTF8') FROM hand_over UNION ALL SELECT name FROM hand_was";
    let was = "CREATE TEMPORARY TABLE hand_was AS SELECT convert_from(name, 'UTF8') AS name FROM shop_author WHERE id > 1";
    value(session.batch(was));
    value(session.query(query, &[], &mut |row| {
        read.push(row.get::<String>(0)?);
        Ok(())
    }));
    let (through, stored) = read.split_at(read.len() / 2);
    assert!(!through.is_empty());
    assert_eq!(through, stored);
}

#[test]
fn a_view_over_a_column_takes_a_longer_one() {
    let database = populated(Backend::Postgres);
    let author = LONGER.replace("Post", "Author").replace("title", "name");
    value(Project::shop().and(&author).migrate(&mut session(&database)));
}

#[test]
fn a_table_that_looks_like_a_leftover_is_not_touched() {
    let database = populated(Backend::Sqlite);
    let mut session = session(&database);
    value(session.batch(
        "CREATE TABLE orm_new_shop_post (x TEXT); INSERT INTO orm_new_shop_post VALUES ('mine'); CREATE VIEW \
         orm_new_2_shop_post AS SELECT * FROM orm_new_shop_post; CREATE TABLE __new_shop_post (x TEXT)",
    ));
    value(Project::shop().and(LONGER).migrate(&mut session));
    assert_eq!(
        strings(&mut session, "SELECT x FROM orm_new_2_shop_post"),
        ["mine"]
    );
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM __new_shop_post"), [0]);
}
