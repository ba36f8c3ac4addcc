//! Join tables that become models or were some, and relations that become symmetrical, on a populated database: every pair keeps
//! its row and id.

use orm::migrate::{Answers, Target};
use orm::models::{ModelDef, ModelKey};
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::moves::{made, models, project, there_and_back, with_rows};
use super::on_both;
use super::world::{Project, numbers, populated, session};

on_both! {
    a_join_table_that_becomes_a_model,
    a_join_table_that_becomes_a_model_and_changes,
    a_join_table_that_becomes_a_model_with_a_key_of_its_ends,
    a_field_that_goes_through_a_model_and_back,
    a_model_between_with_two_rows_of_a_pair_is_no_join_table,
    a_field_through_another_model_changes_nothing,
    a_relation_that_becomes_symmetrical,
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

/// `shop.Post.readers` goes through `shop.Reading`, whose table is made of the join table.
fn through_reading(project: &Project) -> Vec<ModelDef> {
    let mut after = models(project);
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if field.name == "readers" {
            field.through = Some(ModelKey::new("shop", "Reading"));
        }
    }
    let reading = r#"{"app": "shop", "name": "Reading", "fields": [
        {"name": "number", "type": "big_int", "primary_key": true, "generated": true},
        {"name": "who", "type": "foreign_key", "to": "shop.Author", "on_delete": "restrict", "index": true},
        {"name": "what", "type": "foreign_key", "to": "shop.Post", "on_delete": "cascade", "index": true},
        {"name": "times", "type": "int", "default": 1},
        {"name": "note", "type": "text", "null": true}
    ]}"#;
    after.push(serde_json::from_str(reading).expect("a model"));
    after
}

fn a_field_that_goes_through_a_model_and_back(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let before = models(&project());
    let there = made(project(), &through_reading(&project()), Answers::default());
    there_and_back(&database, &there, &[("shop", "0002")], |session| {
        let rows = "SELECT 1000 * number + 100 * what_id + 10 * who_id + times FROM shop_reading ORDER BY 1";
        assert_eq!(numbers(session, rows), [1111, 2121, 3431]);
        value(session.batch("INSERT INTO shop_reading (what_id, who_id, note) VALUES (2, 1, 'x')"));
        assert_eq!(numbers(session, "SELECT max(number) FROM shop_reading"), [4]);
        error(session.batch("DELETE FROM shop_author WHERE id = 2"));
    });
    // By new migrations: the fields of its own go, and the rows stay.
    let back = made(there, &before, Answers::default());
    value(back.migrate(&mut session(&database)));
    let mut session = session(&database);
    let rows = "SELECT 100 * id + 10 * post_id + author_id FROM shop_post_readers ORDER BY 1";
    assert_eq!(numbers(&mut session, rows), [111, 212, 343]);
    error(session.batch("INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 1)"));
    value(session.batch("DELETE FROM shop_author WHERE id = 2"));
    assert_eq!(
        numbers(&mut session, "SELECT count(*) FROM shop_post_readers"),
        [2]
    );
}

fn a_model_between_with_two_rows_of_a_pair_is_no_join_table(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let before = models(&project());
    let there = made(project(), &through_reading(&project()), Answers::default());
    value(there.migrate(&mut session(&database)));
    value(session(&database).batch("INSERT INTO shop_reading (what_id, who_id) VALUES (1, 1)"));
    let back = made(there, &before, Answers::default()).plain();
    let refused = error(back.migrate(&mut session(&database))).to_string();
    assert!(
        refused.contains("shop_reading") || refused.contains("shop_post_readers"),
        "{refused}"
    );
    assert_eq!(
        numbers(&mut session(&database), "SELECT count(*) FROM shop_reading"),
        [4]
    );
}

fn a_field_through_another_model_changes_nothing(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    let there = made(project(), &through_reading(&project()), Answers::default());
    value(there.migrate(&mut session(&database)));
    let mut after = models(&there);
    let mut other = after
        .iter()
        .find(|model| model.name == "Reading")
        .expect("a model")
        .clone();
    other.name = "Loan".to_owned();
    after.push(other);
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if field.name == "readers" {
            field.through = Some(ModelKey::new("shop", "Loan"));
        }
    }
    let answers = Answers::default();
    let project = made(there, &after, answers);
    there_and_back(&database, &project, &[("shop", "0003")], |session| {
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_reading"), [3]);
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_loan"), [0]);
    });
}

fn a_relation_that_becomes_symmetrical(backend: Backend) {
    let database = populated(backend);
    with_rows(&database);
    value(session(&database).batch(
        "INSERT INTO shop_post_linked (from_post_id, to_post_id) VALUES (2, 3), (3, 2), (2, 2), (3, 4);",
    ));
    let mut after = models(&project());
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        field.symmetrical = field.name == "linked";
    }
    let project = made(project(), &after, Answers::default());
    value(project.migrate(&mut session(&database)));
    let rows = "SELECT 10 * from_post_id + to_post_id FROM shop_post_linked ORDER BY 1";
    assert_eq!(
        numbers(&mut session(&database), rows),
        [14, 22, 23, 32, 34, 41, 43]
    );
    // On the way back, and when it stops, no row is known to be the one that was there first.
    value(project.migrate_to(
        &mut session(&database),
        &Target::from_args(Some("shop"), Some("0002")),
    ));
    assert_eq!(
        numbers(&mut session(&database), rows),
        [14, 22, 23, 32, 34, 41, 43]
    );
    value(project.migrate(&mut session(&database)));
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        field.symmetrical = false;
    }
    let project = made(project, &after, Answers::default());
    value(project.migrate(&mut session(&database)));
    assert_eq!(
        numbers(&mut session(&database), rows),
        [14, 22, 23, 32, 34, 41, 43]
    );
}
