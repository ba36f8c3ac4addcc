//! Join tables that become models, on a populated database: every pair keeps its row and id.

use orm::migrate::Answers;
use orm::models::ModelDef;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::moves::{made, models, project, there_and_back, with_rows};
use super::on_both;
use super::world::{numbers, populated, session};

on_both! {
    a_join_table_that_becomes_a_model,
    a_join_table_that_becomes_a_model_and_changes,
    a_join_table_that_becomes_a_model_with_a_key_of_its_ends,
}

/// `shop.Post.readers` becomes a model with these fields and options.
fn with_reading(model: &str) -> Vec<ModelDef> {
    let text =
        format!(r#"{{"app": "shop", "name": "Reading", "renamed_from": "shop.Post.readers", {model}}}"#);
    let mut after = models(&project());
    for model in &mut after {
        model.fields.retain(|field| field.name != "readers");
    }
    after.push(serde_json::from_str(&text).expect("a model"));
    after
}

const KEYS: &str = r#"
    {"name": "post", "type": "foreign_key", "to": "shop.Post", "on_delete": "cascade", "index": true},
    {"name": "author", "type": "foreign_key", "to": "shop.Author", "on_delete": "restrict", "index": true}
"#;

fn a_join_table_that_becomes_a_model(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let id = r#"{"name": "id", "type": "big_int", "primary_key": true, "generated": true}"#;
    let after = with_reading(&format!(
        r#""table": "shop_post_readers", "fields": [{id}, {KEYS}]"#
    ));
    let project = made(project(), &after, Answers::default());
    there_and_back(&database, &project, &[("shop", "0002")], |session| {
        let rows = "SELECT 100 * id + 10 * post_id + author_id FROM shop_post_readers ORDER BY 1";
        assert_eq!(numbers(session, rows), [111, 212, 343]);
        value(session.batch("INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 1)"));
        assert_eq!(numbers(session, "SELECT max(id) FROM shop_post_readers"), [4]);
        error(session.batch("INSERT INTO shop_post_readers (post_id, author_id) VALUES (99, 1)"));
        error(session.batch("DELETE FROM shop_author WHERE id = 2"));
    });
}

fn a_join_table_that_becomes_a_model_and_changes(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let after = with_reading(
        r#"
"fields": [
    {"name": "number", "type": "big_int", "primary_key": true, "generated": true},
    {"name": "what", "type": "foreign_key", "to": "shop.Post", "on_delete": "cascade", "index": true},
    {"name": "who", "type": "foreign_key", "to": "shop.Author", "on_delete": "cascade", "index": true},
    {"name": "times", "type": "int", "default": 1}
],
"constraints": [{"kind": "unique", "name": "read_once", "fields": ["what", "who"]}]
"#,
    );
    let project = made(project(), &after, Answers::default());
    there_and_back(&database, &project, &[("shop", "0002")], |session| {
        let rows = "SELECT 1000 * number + 100 * what_id + 10 * who_id + times FROM shop_reading ORDER BY 1";
        assert_eq!(numbers(session, rows), [1111, 2121, 3431]);
        value(session.batch("INSERT INTO shop_reading (what_id, who_id) VALUES (2, 1)"));
        assert_eq!(numbers(session, "SELECT max(number) FROM shop_reading"), [4]);
        error(session.batch("INSERT INTO shop_reading (what_id, who_id, times) VALUES (1, 1, 1)"));
    });
}

fn a_join_table_that_becomes_a_model_with_a_key_of_its_ends(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let keys = KEYS.replace("\"index\"", "\"primary_key\"");
    let after = with_reading(&format!(r#""table": "shop_post_readers", "fields": [{keys}]"#));
    let project = made(project(), &after, Answers::default());
    value(project.migrate(&mut session(&database)));
    let mut session = session(&database);
    let rows = "SELECT 10 * post_id + author_id FROM shop_post_readers ORDER BY 1";
    assert_eq!(numbers(&mut session, rows), [11, 12, 43]);
    error(session.batch("INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 1)"));
}
