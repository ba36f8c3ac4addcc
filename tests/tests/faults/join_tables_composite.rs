//! Automatic join tables of models whose primary key is several fields: on a populated database, there and back.

use orm::db::Session;
use orm::migrate::{Answers, MakeOptions, make_migrations};
use orm::models::{ModelDef, ModelKey};
use orm::tables::{canonical, introspect, of_models};
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::moves::{made, models};
use super::on_both;
use super::renames::there_and_back;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    they_come_and_go,
    their_columns_follow_the_key,
    they_become_models_and_models_become_them,
    models_that_share_a_column_do_not_become_them,
    a_key_of_other_fields_is_refused,
    a_relation_that_becomes_symmetrical,
}

/// Pitches by hall and number, of which a part is a foreign key.
pub const MODELS: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Pitch"
fields = [
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", primary_key = true },
    { name = "hall", type = "text", primary_key = true, max_length = 9 },
    { name = "price", type = "int", default = 1 },
]

[[operations]]
kind = "CreateModel"
model = "Trader"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "label", type = "text" },
]
"#;

pub const ROWS: &str = "INSERT INTO shop_pitch (post_id, hall) VALUES (1, 'A'), (1, 'Ö'), (2, 'A');
INSERT INTO shop_trader (label) VALUES ('ann'), ('bob');";

pub const JOINS: &str = r#"
[[operations]]
kind = "AddField"
model = "Trader"
field = { name = "pitches", type = "many_to_many", to = "shop.Pitch" }

[[operations]]
kind = "AddField"
model = "Pitch"
field = { name = "beside", type = "many_to_many", to = "shop.Pitch" }
"#;

pub const JOINED: &str = "INSERT INTO shop_trader_pitches (trader_id, pitch_post_id, pitch_hall) VALUES (1, 1, 'A'), (1, 1, 'Ö'), (2, 2, 'A');
INSERT INTO shop_pitch_beside (from_pitch_post_id, from_pitch_hall, to_pitch_post_id, to_pitch_hall) VALUES (1, 'A', 1, 'Ö'), (2, 'A', 2, 'A');";

pub const PAIRS: &str =
    "SELECT trader_id || ' ' || pitch_post_id || ' ' || pitch_hall FROM shop_trader_pitches ORDER BY id";

/// What the database has is what the models ask for.
pub fn agrees(session: &mut dyn Session, models: &[ModelDef]) {
    for asked in value(of_models(models, session.dialect())) {
        if asked.name.starts_with("shop_pitch")
            || asked.name.contains("trader")
            || asked.name.contains("stand")
        {
            let wanted = value(canonical(session, &asked));
            assert_eq!(value(introspect(session, &asked.name)), Some(wanted));
        }
    }
}

fn they_come_and_go(backend: Backend) {
    there_and_back(backend, MODELS, ROWS, JOINS, |session| {
        value(session.batch(JOINED));
        error(session.batch(
            "INSERT INTO shop_trader_pitches (trader_id, pitch_post_id, pitch_hall) VALUES (2, 2, 'Ö')",
        ));
        error(session.batch(
            "INSERT INTO shop_trader_pitches (trader_id, pitch_post_id, pitch_hall) VALUES (2, 2, 'A')",
        ));
        value(session.batch("DELETE FROM shop_pitch WHERE hall = 'Ö'"));
        assert_eq!(strings(session, PAIRS), ["1 1 A", "2 2 A"]);
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_pitch_beside"), [1]);
        agrees(session, &models(&Project::shop().and(MODELS).and(JOINS)));
    });
}

fn their_columns_follow_the_key(backend: Backend) {
    let changes = r#"
[[operations]]
kind = "RenameField"
model = "Pitch"
old = "hall"
new = "place"

[[operations]]
kind = "RenameField"
model = "Pitch"
old = "post"
new = "of"

[[operations]]
kind = "RenameModel"
old = "Pitch"
new = "Stand"
"#;
    let before = MODELS.to_owned() + JOINS;
    let rows = ROWS.to_owned() + JOINED;
    there_and_back(backend, &before, &rows, changes, |session| {
        let pairs = "SELECT trader_id || ' ' || stand_of_id || ' ' || stand_place FROM shop_trader_pitches ORDER BY id";
        assert_eq!(strings(session, pairs), ["1 1 A", "1 1 Ö", "2 2 A"]);
        error(session.batch(
            "INSERT INTO shop_trader_pitches (trader_id, stand_of_id, stand_place) VALUES (2, 2, 'Ö')",
        ));
        let beside = "SELECT from_stand_of_id || to_stand_place FROM shop_stand_beside ORDER BY id";
        assert_eq!(strings(session, beside), ["1Ö", "2A"]);
        agrees(session, &models(&Project::shop().and(&before).and(changes)));
    });
    let spelled = r#"
[[operations]]
kind = "AlterField"
model = "Pitch"
field = { name = "hall", type = "text", primary_key = true, max_length = 12, column = "The Hall" }
"#;
    there_and_back(backend, &before, &rows, spelled, |session| {
        let pairs = "SELECT trader_id || \"pitch_The Hall\" FROM shop_trader_pitches ORDER BY id";
        assert_eq!(strings(session, pairs), ["1A", "1Ö", "2A"]);
        agrees(session, &models(&Project::shop().and(&before).and(spelled)));
    });
    let retyped = r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "id", type = "int", primary_key = true, generated = true }
"#;
    there_and_back(backend, &before, &rows, retyped, |session| {
        assert_eq!(strings(session, PAIRS), ["1 1 A", "1 1 Ö", "2 2 A"]);
        agrees(session, &models(&Project::shop().and(&before).and(retyped)));
    });
}

/// `shop.Trader.pitches` goes through `shop.Rental`, whose fields are called otherwise.
fn through_rental(project: &Project, fields: &str, keys: &str) -> Vec<ModelDef> {
    let mut after = models(project);
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if field.name == "pitches" {
            field.through = Some(ModelKey::new("shop", "Rental"));
        }
    }
    let rental = format!(
        r#"{{"app": "shop", "name": "Rental", "fields": [
            {{"name": "number", "type": "big_int", "primary_key": true, "generated": true}},
            {fields},
            {{"name": "times", "type": "int", "default": 1}}
        ], "constraints": [{keys}]}}"#
    );
    after.push(serde_json::from_str(&rental).expect("a model"));
    after
}

fn they_become_models_and_models_become_them(backend: Backend) {
    let database = populated(backend);
    let plain = Project::shop().and(MODELS).and(JOINS);
    let mut here = session(&database);
    value(plain.migrate(&mut here));
    value(here.batch(ROWS));
    value(here.batch(JOINED));
    let before = models(&plain);
    let after = through_rental(
        &plain,
        r#"{"name": "who", "type": "foreign_key", "to": "shop.Trader", "on_delete": "restrict", "index": true},
           {"name": "place", "type": "text", "max_length": 9},
           {"name": "of", "type": "foreign_key", "to": "shop.Post", "on_delete": "cascade", "index": true}"#,
        r#"{"kind": "foreign_key", "name": "rental_fk", "relation": "pitch", "fields": ["place", "of"], "to": "shop.Pitch", "to_fields": ["hall", "post"]}"#,
    );
    let there = made(plain, &after, Answers::default());
    value(there.migrate(&mut here));
    let rows = "SELECT number || ' ' || who_id || ' ' || of_id || ' ' || place || ' ' || times FROM shop_rental ORDER BY number";
    assert_eq!(strings(&mut here, rows), ["1 1 1 A 1", "2 1 1 Ö 1", "3 2 2 A 1"]);
    error(here.batch("INSERT INTO shop_rental (who_id, of_id, place) VALUES (2, 2, 'Ö')"));
    error(here.batch("DELETE FROM shop_trader"));
    let back = made(there, &before, Answers::default());
    value(back.migrate(&mut here));
    assert_eq!(strings(&mut here, PAIRS), ["1 1 A", "1 1 Ö", "2 2 A"]);
    error(
        here.batch(
            "INSERT INTO shop_trader_pitches (trader_id, pitch_post_id, pitch_hall) VALUES (2, 2, 'A')",
        ),
    );
    agrees(&mut here, &before);
    value(here.batch("DELETE FROM shop_trader"));
    assert_eq!(
        numbers(&mut here, "SELECT count(*) FROM shop_trader_pitches"),
        [0]
    );
}

fn models_that_share_a_column_do_not_become_them(backend: Backend) {
    let plain = Project::shop().and(MODELS).and(JOINS).and(
        r#"
[[operations]]
kind = "AddField"
model = "Pitch"
field = { name = "near", type = "many_to_many", to = "shop.Pitch", related_name = "+" }
"#,
    );
    let mut after = models(&plain);
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if field.name == "near" {
            field.through = Some(ModelKey::new("shop", "Way"));
            field.through_fields = vec!["start".to_owned(), "end".to_owned()];
        }
    }
    let key = |relation: &str, hall: &str| {
        format!(
            r#"{{"kind": "foreign_key", "name": "way_{relation}", "relation": "{relation}", "fields": ["post", "{hall}"],
                "to": "shop.Pitch", "to_fields": ["post", "hall"], "related_name": "+"}}"#
        )
    };
    let way = format!(
        r#"{{"app": "shop", "name": "Way", "fields": [
            {{"name": "id", "type": "big_int", "primary_key": true, "generated": true}},
            {{"name": "post", "type": "big_int"}}, {{"name": "one", "type": "text"}}, {{"name": "other", "type": "text"}}
        ], "constraints": [{}, {}]}}"#,
        key("start", "one"),
        key("end", "other")
    );
    after.push(serde_json::from_str(&way).expect("a model"));
    let refused = error(make_migrations(
        &after,
        &value(plain.load()),
        &MakeOptions::default(),
    ))
    .to_string();
    assert!(
        refused.contains(
            "shop.Way cannot take over the join table of shop.Pitch.near: its two foreign keys share a field"
        ),
        "{refused}"
    );
    drop(populated(backend));
}

fn a_key_of_other_fields_is_refused(backend: Backend) {
    let database = populated(backend);
    let plain = Project::shop().and(MODELS).and(JOINS);
    let mut here = session(&database);
    value(plain.migrate(&mut here));
    value(here.batch(ROWS));
    value(here.batch(JOINED));
    let before = snapshot(&database);
    let grown = r#"
[[operations]]
kind = "AlterField"
model = "Pitch"
field = { name = "price", type = "int", default = 1, primary_key = true }
"#;
    let written = Project::shop().and(MODELS).and(JOINS).and(grown);
    let refused = error(written.migrate(&mut here)).to_string();
    assert!(
        refused.contains("the primary key of shop.Pitch becomes (post, hall, price)")
            && refused.contains("hold (post, hall)"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    // So says who would write it.
    let mut after = models(&plain);
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        field.primary_key |= field.name == "price";
    }
    let made = error(make_migrations(
        &after,
        &value(plain.load()),
        &MakeOptions::default(),
    ))
    .to_string();
    assert!(
        made.contains(
            "the primary key of shop.Pitch becomes (post, hall, price), and the rows of the join table \
             shop_pitch_beside hold (post, hall)"
        ),
        "{made}"
    );
    // Without the join tables it may.
    for model in &mut after {
        model
            .fields
            .retain(|field| !["pitches", "beside"].contains(&&*field.name));
    }
    value(self::made(plain, &after, Answers::default()).migrate(&mut here));
}

fn a_relation_that_becomes_symmetrical(backend: Backend) {
    let database = populated(backend);
    let plain = Project::shop().and(MODELS).and(JOINS);
    let mut here = session(&database);
    value(plain.migrate(&mut here));
    value(here.batch(ROWS));
    value(here.batch(JOINED));
    let mut after = models(&plain);
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        field.symmetrical = field.name == "beside";
    }
    let project = made(plain, &after, Answers::default());
    value(project.migrate(&mut here));
    let rows = "SELECT from_pitch_post_id || from_pitch_hall || to_pitch_post_id || to_pitch_hall FROM shop_pitch_beside ORDER BY id";
    assert_eq!(strings(&mut here, rows), ["1A1Ö", "2A2A", "1Ö1A"]);
}
