//! Rows by name as JSON: each value comes back unchanged, and what is not a value of its field is refused by name.

use orm::dynamic::{DynModel, DynRow};
use orm::error::Kind;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::values::rows;
use orm_tests::samples::samples;
use orm_tests::world;

orm::app!("suite");

fn named(name: &str) -> DynModel {
    value(DynModel::named(name))
}

/// The row as a JSON string and back, as through a file or a browser.
fn json_of(row: &DynRow) -> Map<String, Value> {
    let text = value(row.json().map(Value::Object)).to_string();
    serde_json::from_str(&text).expect("JSON")
}

/// A new row from JSON, without its primary key.
fn draft_of(model: DynModel, json: &Map<String, Value>) -> orm::dynamic::DynDraft {
    let fields = json.iter().filter(|(name, _)| *name != "id");
    fields.fold(model.create(), |draft, (name, value)| draft.set_json(name, value))
}

/// Asserts that a value was refused, for which field, and why.
#[track_caller]
fn refuses(error: &orm::Error, field: &str, said: &str) {
    let message = error.to_string();
    assert!(
        message.contains(&format!("{field} {said}")),
        "expected `{field} {said}`: {message}"
    );
    let name = field.rsplit('.').next().expect("a field");
    assert_eq!(error.fields(), [name], "{message}");
}

behaviour! {
    fn rows_of_every_type_come_back_from_json(db) {
        let (model, nullable) = (named("suite.Everything"), named("suite.Nothing"));
        for row in samples(60, rows()) {
            let typed = run!(Everything::create()
                .truth(row.truth).small(row.small).medium(row.medium).large(row.large).single(row.single)
                .double(row.double).text(row.text.clone()).bytes(row.bytes.clone()).date(row.date).time(row.time)
                .date_time(row.date_time).instant(row.instant).uuid(row.uuid).decimal(row.decimal)
                .json(row.json.clone()).colour(row.colour).save(db));
            let id = json!(typed.id);
            let found = run!(model.filter(value(model.eq_json("id", &id))).get(db));
            let json = json_of(&found);
            assert_eq!(json["id"], id);
            assert_eq!(json["uuid"], json!(row.uuid.to_string()));
            assert_eq!(json["large"], json!(row.large));

            // A new row, one of the same fields with NULL allowed, and an existing row that is changed into it.
            let copy = run!(draft_of(model, &json).save(db));
            let copy_id = value(copy.get_json("id")).as_i64().expect("a number");
            let expected = Everything { id: copy_id, ..typed.clone() };
            assert_eq!(run!(Everything::get(copy_id, db)), expected);
            if json["json"] != Value::Null {
                let other = run!(draft_of(nullable, &json).save(db));
                let mut expected = json.clone();
                expected.insert("id".to_owned(), value(other.get_json("id")));
                assert_eq!(json_of(&other), expected);
            }
            run!(Everything::objects().filter(|e| e.id.eq(copy_id)).update(|e| (e.text.set(""), e.large.set(0), e.decimal.set(Decimal::ONE))).run(db));
            let mut changed = run!(model.filter(value(model.eq_json("id", &json!(copy_id)))).get(db));
            for (name, field) in json.iter().filter(|(name, _)| *name != "id") {
                value(changed.set_json(name, field));
                assert_eq!(&value(changed.get_json(name)), field, "before it is saved");
            }
            run!(changed.save(db));
            assert_eq!(run!(Everything::get(copy_id, db)), expected);
        }
    }

    fn every_field_finds_its_row_by_json(db) {
        let model = named("suite.Everything");
        for row in samples(20, rows()) {
            let made = run!(draft_of(model, &json_of_row(&row)).save(db));
            for (name, field) in json_of(&made) {
                let found = run!(model.filter(value(model.eq_json(&name, &field))).all(db));
                let ids: Vec<_> = found.iter().map(|row| value(row.get_json("id"))).collect();
                assert!(ids.contains(&value(made.get_json("id"))), "by {name}");
            }
        }
        assert_eq!(run!(model.filter(value(model.eq_json("text", &Value::Null))).count(db)), 0, "NULL is in no row");
        let nothing = named("suite.Nothing");
        run!(nothing.create().save(db));
        for field in &nothing.def().fields {
            let count = run!(nothing.filter(value(nothing.eq_json(&field.name, &Value::Null))).count(db));
            assert_eq!(count, i64::from(field.null), "{}", field.name);
        }
    }

    fn null_is_null_where_the_column_takes_it_and_refused_elsewhere(db) {
        let (nothing, everything) = (named("suite.Nothing"), named("suite.Everything"));
        let mut row = run!(nothing.create().set_json("text", &json!("x")).set_json("json", &json!([1])).save(db));
        let nulls = |row: &DynRow| json_of(row).iter().filter(|(_, value)| value.is_null()).count();
        assert_eq!(nulls(&row), 14);
        value(row.set_json("text", &Value::Null));
        value(row.set_json("json", &Value::Null));
        run!(row.save(db));
        assert_eq!(nulls(&run!(nothing.rows().get(db))), 16);
        let typed = run!(Nothing::objects().get(db));
        assert_eq!((typed.text, typed.json), (None, None), "NULL and no document");

        let mut full = run!(draft_of(everything, &json_of_row(&samples(1, rows())[0])).save(db));
        let before = run!(Everything::objects().get(db));
        for name in ["truth", "small", "large", "double", "text", "bytes", "date", "instant", "uuid", "decimal", "colour"] {
            let refused = error(full.set_json(name, &Value::Null));
            refuses(&refused, &format!("suite.Everything.{name}"), "does not take NULL");
            assert!(refused.is_not_null_violation());
            let refused = error(attempt!(everything.create().set_json(name, &Value::Null).save(db)));
            refuses(&refused, &format!("suite.Everything.{name}"), "does not take NULL");
        }
        run!(full.save(db));
        assert_eq!(run!(Everything::objects().get(db)), before);

        // In a JSON column that is not nullable it is a document.
        value(full.set_json("json", &Value::Null));
        run!(full.save(db));
        assert_eq!(run!(Everything::objects().get(db)).json, Json(Value::Null));
        assert_eq!(value(run!(everything.rows().get(db)).get_json("json")), Value::Null);
        // Where both are possible, neither is mistaken for the other.
        run!(Nothing::objects().update(|n| n.json.set(Json(Value::Null))).run(db));
        let row = run!(nothing.rows().get(db));
        let refused = error(row.json()).to_string();
        assert!(refused.contains("suite.Nothing.json holds the JSON document `null` where it takes NULL"), "{refused}");
        assert_eq!(value(row.get(value(nothing.field::<Option<Json<Value>>>("json")))), Some(Json(Value::Null)));
    }

    fn values_of_the_wrong_type_are_refused_by_name(db) {
        let everything = named("suite.Everything");
        let mut row = run!(draft_of(everything, &json_of_row(&samples(1, rows())[0])).save(db));
        let before = run!(Everything::objects().get(db));
        for (name, wrong, said) in [
            ("truth", json!("true"), "takes true or false, not a string"),
            ("small", json!(40_000), "takes a whole number from -32768 to 32767, not another number"),
            ("medium", json!(1.5), "takes a whole number from -2147483648 to 2147483647, not another number"),
            ("large", json!(1e19), "takes a whole number from"),
            ("large", json!("1"), "takes a whole number from"),
            ("single", json!(1e300), "takes a number of single precision"),
            ("double", json!("1.5"), "takes a number, \"NaN\""),
            ("text", json!(1), "takes a string, not a number"),
            ("bytes", json!("xyz"), "takes a string of hexadecimal digits"),
            ("date", json!("2026-02-30"), "takes a day such as"),
            ("time", json!("24:00"), "takes a time of day such as"),
            ("date_time", json!("2026-11-22T18:05:00Z"), "takes a day and a time without a zone"),
            ("instant", json!("2026-11-22T18:05:00"), "takes an instant with its zone"),
            ("uuid", json!("not-one"), "takes a UUID such as"),
            ("decimal", json!(12.5), "takes a decimal number of at most 28 digits as a string"),
            ("colour", json!("green"), "takes one of its choices, not another string"),
        ] {
            let field = format!("suite.Everything.{name}");
            for refused in [
                error(row.set_json(name, &wrong)),
                error(everything.eq_json(name, &wrong)),
                error(everything.assign_json(name, &wrong)),
                error(attempt!(everything.create().set_json(name, &wrong).save(db))),
            ] {
                refuses(&refused, &field, said);
                assert_eq!(refused.kind(), Kind::Encode, "{refused}");
            }
        }
        let refused = error(row.set_json("colour", &json!("green")));
        assert!(refused.hint().is_some_and(|hint| hint.contains("dark_green") && hint.contains("it's blue")), "{refused:?}");
        let refused = error(row.set_json("no_such", &json!(1))).to_string();
        assert!(refused.contains("suite.Everything has no field `no_such`"), "{refused}");
        let posts = named("suite.Post");
        let refused = error(attempt!(posts.create().set_json("tags", &json!([1, 2])).save(db)));
        assert!(refused.to_string().contains("suite.Post.tags is not a column"), "{refused}");
        assert!(refused.hint().is_some_and(|hint| hint.contains("join table")), "{refused:?}");
        let mut item = run!(named("suite.Item").create().set_json("price", &json!(3)).save(db));
        let refused = error(item.set_json("total", &json!(1))).to_string();
        assert!(refused.contains("`total` of suite.Item is generated"), "{refused}");
        assert_eq!(value(item.get_json("total")), json!(3));

        // The refused values left nothing behind.
        run!(row.save(db));
        assert_eq!(run!(Everything::objects().get(db)), before);
    }

    fn keys_and_enums_have_their_stored_form(db) {
        world!(db);
        let posts = named("suite.Post");
        let (ann, ben) = (run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db)), run!(Author::objects().filter(|a| a.name.eq("Ben")).get(db)));
        let first = run!(posts.filter(value(posts.eq_json("slug", &json!("first")))).get(db));
        let json = json_of(&first);
        assert_eq!((&json["author"], &json["editor"]), (&json!(ann.id), &json!(ben.id)));
        assert_eq!((&json["status"], &json["published_at"]), (&json!("published"), &json!("2026-11-01T12:00:00Z")));
        assert!(!json.contains_key("tags"));
        let mut first = first;
        value(first.set_json("author", &json!(ben.id)));
        value(first.set_json("editor", &Value::Null));
        run!(first.save(db));
        let typed = run!(Post::objects().filter(|p| p.slug.eq("first")).get(db));
        assert_eq!((typed.author.id(), typed.editor), (ben.id, None));
        value(first.set_json("author", &json!(1_000_000)));
        assert!(error(attempt!(first.save(db))).is_foreign_key_violation());
        let country = named("suite.Author");
        let mut ann = run!(country.filter(value(country.eq_json("country", &json!("AT")))).first(db)).expect("an Austrian");
        refuses(&error(ann.set_json("country", &json!(7))), "suite.Author.country", "takes a string, not a number");

        let days = named("suite.Day");
        for mood in ["sad", "over the \"moon\", isn't it"] {
            let draft = days.create().set_json("mood", &json!(mood));
            let mut day = run!(draft.set_json("evening", &json!("fine")).save(db));
            assert_eq!((value(day.get_json("mood")), value(day.get_json("night"))), (json!(mood), Value::Null));
            value(day.set_json("night", &json!(mood)));
            run!(day.save(db));
            let found = run!(days.filter(value(days.eq_json("night", &json!(mood)))).get(db));
            assert_eq!(json_of(&found), json_of(&day));
        }
        let refused = error(attempt!(days.create().set_json("mood", &json!("bored")).save(db)));
        refuses(&refused, "suite.Day.mood", "takes one of its choices, not another string");
    }

    fn orders_and_changes_work_by_name(db) {
        world!(db);
        let posts = named("suite.Post");
        let titles = |rows: Vec<DynRow>| rows.iter().map(|row| value(row.get_json("title"))).collect::<Vec<_>>();
        let by = |name: &str| posts.rows().order_by((value(posts.desc(name)), value(posts.asc("id"))));
        assert_eq!(titles(run!(by("views").all(db))), ["Second", "First", "Third", "Draft"]);
        assert_eq!(titles(run!(by("status").all(db))), ["First", "Second", "Draft", "Third"]);
        let ascending = posts.rows().order_by((value(posts.asc("published_at")), value(posts.asc("id"))));
        assert_eq!(titles(run!(ascending.all(db))), ["Draft", "First", "Second", "Third"], "NULL first");
        let refused = error(named("suite.Everything").asc("json")).to_string();
        assert!(refused.contains("suite.Everything.json holds values that have no order"), "{refused}");
        assert!(error(posts.asc("tags")).to_string().contains("suite.Post.tags is not a column"));

        let drafts = posts.filter(value(posts.eq_json("status", &json!("draft"))));
        let change = (value(posts.assign_json("status", &json!("published"))), value(posts.assign_json("published_at", &json!("2026-11-09T00:00:00+01:00"))));
        assert_eq!(run!(drafts.update(change).run(db)), 2);
        let typed = run!(Post::objects().filter(|p| p.slug.eq("draft")).get(db));
        assert_eq!(typed.published_at.map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-08T23:00:00+00:00"));
        let other = value(named("suite.Author").assign_json("name", &json!("x")));
        let refused = error(attempt!(posts.rows().update(other).run(db))).to_string();
        assert!(refused.contains("suite.Author.name is not a field of suite.Post"), "{refused}");
        let other = value(named("suite.Author").eq_json("name", &json!("x")));
        let refused = error(attempt!(posts.filter(other).all(db))).to_string();
        assert!(refused.contains("suite.Author.name is not a field of suite.Post"), "{refused}");
    }
}

/// The JSON of a row, written from its typed fields.
fn json_of_row(row: &Everything) -> Map<String, Value> {
    let special = |number: f64, text: &str| match number.is_finite() {
        true => serde_json::from_str(text).expect("a number"),
        false => json!(if number > 0.0 { "Infinity" } else { "-Infinity" }),
    };
    let json = json!({
        "truth": row.truth, "small": row.small, "medium": row.medium, "large": row.large,
        "single": special(row.single.into(), &format!("{:?}", row.single)),
        "double": special(row.double, &format!("{:?}", row.double)),
        "text": row.text,
        "bytes": row.bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>(),
        "date": row.date.to_string(), "time": row.time.to_string(),
        "date_time": row.date_time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
        "instant": row.instant.to_rfc3339(),
        "uuid": row.uuid.simple().to_string(), "decimal": row.decimal.to_string(), "json": row.json.0,
        "colour": match row.colour { Colour::Red => "red", Colour::DarkGreen => "dark_green", Colour::Blue => "it's blue" },
    });
    match json {
        Value::Object(map) => map,
        _ => unreachable!("an object"),
    }
}

#[test]
fn all_models_of_the_program_are_known() {
    let names: Vec<String> = value(DynModel::all())
        .iter()
        .map(|model| model.def().key().to_string())
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    for name in ["suite.Everything", "suite.Post"] {
        assert!(names.iter().any(|known| known == name), "{names:?}");
        assert!(value(DynModel::all()).contains(&named(name)));
    }
}
