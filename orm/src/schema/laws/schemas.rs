//! Tables in schemas: what was created, moved and dropped is what was asked for, whatever the schema is called.

use crate::model::{ModelDef, ReferentialAction, UniqueDef};
use crate::sql::Session;
use crate::value::{ArrayType, FieldType};

use super::super::testing::{Pg, State, all, id, key, model, run, state};
use super::super::{EnumChange, alter_enum, alter_model, create_model, delete_model};
use super::{FieldDef, IndexDef, assert_is};

/// A note in a schema, with an enum that is a type there, beside one that has no schema.
fn notes(schema: Option<&str>) -> [ModelDef; 2] {
    let mut mood = FieldDef::new("mood", FieldType::Choices);
    mood.choices = ["sad", "glad"].map(str::to_owned).into();
    mood.enum_type = Some(match schema {
        Some(schema) => format!("{schema}.mood"),
        None => "mood".to_owned(),
    });
    let mut moods = FieldDef {
        name: "moods".to_owned(),
        ty: FieldType::Array(ArrayType::of(FieldType::Choices).unwrap()),
        ..mood.clone()
    };
    moods.null = true;
    let mut title = FieldDef::new("title", FieldType::Text);
    title.max_length = Some(9);
    title.unique = true;
    let mut related = FieldDef::new("related", FieldType::ManyToMany);
    related.to = Some(crate::model::ModelKey::new("shop", "Plain"));
    let fields = vec![
        id(),
        title,
        mood,
        moods,
        key("parent", "Note", ReferentialAction::SetNull),
        key("plain", "Plain", ReferentialAction::Cascade),
        related,
    ];
    let mut note = model("Note", fields);
    note.schema = schema.map(str::to_owned);
    note.table = Some("shop_plain".to_owned()).filter(|_| schema.is_some());
    note.indexes = vec![IndexDef::over("by_mood", ["mood", "title"])];
    note.constraints = vec![UniqueDef::over("once", ["plain", "title"]).into()];
    note.comment = Some("a note".to_owned());
    let plain = model(
        "Plain",
        vec![id(), key("note", "Note", ReferentialAction::SetNull)],
    );
    [note, plain]
}

fn enum_steps(session: &mut dyn Session, of: &ModelDef, change: EnumChange<'_>, models: &State) {
    let ty = of.field("mood").unwrap().enum_type.as_deref().unwrap();
    let steps = alter_enum(change, ("shop", ty), models, models, session.dialect()).unwrap();
    run(session, &steps).unwrap();
}

#[test]
fn a_table_in_a_schema_is_what_was_asked_for() {
    let session = &mut Pg::new();
    let dialect = session.dialect();
    let current = all(session, "SELECT current_schema()::text").remove(0);
    let one = format!("{current} \"one\".$orm$ '");
    let other = format!("{current}_other");
    let values = ["sad", "glad"].map(str::to_owned);
    let there = |session: &mut Pg, name: &str| {
        all(session, "SELECT nspname::text FROM pg_namespace").contains(&name.to_owned())
    };
    let mut states = [Some(one.as_str()), Some(other.as_str()), None]
        .map(notes)
        .into_iter();
    let [mut note, plain] = states.next().unwrap();
    let mut known = state(&[&note, &plain]);
    enum_steps(session, &note, EnumChange::Create(&values), &known);
    // Each points at the other.
    let mut alone = plain.clone();
    alone.fields.truncate(1);
    let first = state(&[&note, &alone]);
    for model in [&alone, &note] {
        run(session, &create_model(model, &first, dialect).unwrap()).unwrap();
    }
    let steps = alter_model(&alone, &first, &plain, &known, &[], dialect).unwrap();
    run(session, &steps).unwrap();
    let is = |session: &mut Pg, note: &ModelDef, plain: &ModelDef| {
        for model in [note, plain] {
            assert_is(session, &[note, plain], model).unwrap();
        }
    };
    is(session, &note, &plain);
    assert!(there(session, &one));
    session.batch("INSERT INTO shop_plain DEFAULT VALUES").unwrap();
    for [next, plain] in states {
        let before = note.schema.clone().unwrap_or_else(|| current.clone());
        let models = state(&[&next, &plain]);
        enum_steps(session, &next, EnumChange::Create(&values), &models);
        let steps = alter_model(&note, &known, &next, &models, &[], dialect).unwrap();
        run(session, &steps).unwrap();
        enum_steps(session, &note, EnumChange::Delete, &models);
        is(session, &next, &plain);
        assert!(there(session, &before) == (before == current), "{before}");
        // An index is found in the schema of its table.
        let mut renamed = next.clone();
        renamed.indexes[0].name = "by_feeling".to_owned();
        let mut bare = renamed.clone();
        bare.indexes.clear();
        for pair in [&next, &renamed, &bare, &next].windows(2) {
            let steps = alter_model(pair[0], &models, pair[1], &models, &[], dialect).unwrap();
            run(session, &steps).unwrap();
            is(session, pair[1], &plain);
        }
        (note, known) = (next, models);
    }
    // The current schema by its name is read as it is without.
    let mut own = model(
        "Own",
        vec![id(), key("plain", "Plain", ReferentialAction::SetNull)],
    );
    own.fields.push(key("own", "Own", ReferentialAction::SetNull));
    own.schema = Some(current);
    let models = state(&[&note, &plain, &own]);
    run(session, &create_model(&own, &models, dialect).unwrap()).unwrap();
    assert_is(session, &[&note, &plain, &own], &own).unwrap();
    run(session, &delete_model(&own, &known, dialect).unwrap()).unwrap();
    let last = state(&[&plain]);
    let mut cut = plain.clone();
    cut.fields.truncate(1);
    run(
        session,
        &alter_model(&plain, &known, &cut, &known, &[], dialect).unwrap(),
    )
    .unwrap();
    run(session, &delete_model(&note, &last, dialect).unwrap()).unwrap();
    assert!(!there(session, &other));
}

/// What others set up for a schema would be gone with it.
#[test]
fn a_schema_for_which_somebody_set_rights_stays() {
    let session = &mut Pg::new();
    let dialect = session.dialect();
    let current = all(session, "SELECT current_schema()::text").remove(0);
    let given = format!("{current}_given");
    let mut item = model("Item", vec![id()]);
    item.schema = Some(given.clone());
    let models = state(&[&item]);
    for set in [
        format!("GRANT USAGE ON SCHEMA {given} TO PUBLIC"),
        format!("ALTER DEFAULT PRIVILEGES IN SCHEMA {given} GRANT SELECT ON TABLES TO PUBLIC"),
    ] {
        run(session, &create_model(&item, &models, dialect).unwrap()).unwrap();
        session.batch(&set).unwrap();
        run(session, &delete_model(&item, &models, dialect).unwrap()).unwrap();
        // An error if it is gone.
        session.batch(&format!("DROP SCHEMA {given}")).unwrap();
    }
}

#[test]
fn the_current_schema_by_its_name_moves_nothing() {
    let session = &mut Pg::new();
    let dialect = session.dialect();
    let current = all(session, "SELECT current_schema()::text").remove(0);
    let before = model("Item", vec![id()]);
    let mut after = before.clone();
    after.schema = Some(current.clone());
    let states = (state(&[&before]), state(&[&after]));
    run(session, &create_model(&before, &states.0, dialect).unwrap()).unwrap();
    let sequence = "SELECT pg_get_serial_sequence('shop_item', 'id')";
    let name = all(session, sequence);
    let steps = alter_model(&before, &states.0, &after, &states.1, &[], dialect).unwrap();
    run(session, &steps).unwrap();
    assert_eq!(all(session, sequence), name);
    // Its types have the same names with the schema and without.
    let values = ["sad", "glad"].map(str::to_owned);
    let [plain, _] = notes(None);
    enum_steps(session, &plain, EnumChange::Create(&values), &state(&[&plain]));
    let twice = format!("{current}.mood");
    let create = EnumChange::Create(&values);
    let steps = alter_enum(create, ("shop", &twice), &states.0, &states.1, dialect).unwrap();
    let refused = run(session, &steps).unwrap_err().to_string();
    assert!(refused.contains("is there already"), "{refused}");
}

/// Which schema a table is found in by `search_path` goes without saying, be it the first one or not.
#[test]
fn a_key_to_a_table_further_down_the_path_is_read_without_a_schema() {
    let session = &mut Pg::new();
    let dialect = session.dialect();
    let current = all(session, "SELECT current_schema()::text").remove(0);
    let tenant = format!("{current}_tenant");
    let user = model("User", vec![id()]);
    let post = model(
        "Post",
        vec![id(), key("user", "User", ReferentialAction::Cascade)],
    );
    let models = state(&[&user, &post]);
    run(session, &create_model(&user, &models, dialect).unwrap()).unwrap();
    session
        .batch(&format!(
            "CREATE SCHEMA {tenant}; SET search_path = {tenant}, {current}"
        ))
        .unwrap();
    run(session, &create_model(&post, &models, dialect).unwrap()).unwrap();
    assert_is(session, &[&user, &post], &post).unwrap();
    session.batch(&format!("DROP SCHEMA {tenant} CASCADE")).unwrap();
}
