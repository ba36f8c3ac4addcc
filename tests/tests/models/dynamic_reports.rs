//! Bugs reported against other tools about dynamic rows, fixtures and historical models, tried here.

use chrono::{NaiveTime, TimeZone};
use orm::dynamic::{DynDraft, DynModel, DynRow};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

orm::app!("suite");

/// Primary keys whose order or equality a database does not have by itself.
#[derive(Model, Debug)]
pub struct Offer {
    #[orm(primary_key)]
    pub price: Decimal,
    #[orm(primary_key)]
    pub name: String,
    #[orm(primary_key)]
    pub code: Uuid,
    #[orm(primary_key)]
    pub day: NaiveTime,
    #[orm(default = 0)]
    pub seen: i64,
}

fn named(name: &str) -> DynModel {
    value(DynModel::named(name))
}

fn draft(model: DynModel, fields: &Value) -> DynDraft {
    let fields = fields.as_object().expect("an object");
    fields
        .iter()
        .fold(model.create(), |draft, (name, value)| draft.set_json(name, value))
}

fn column(rows: &[DynRow], name: &str) -> Vec<Value> {
    rows.iter().map(|row| value(row.get_json(name))).collect()
}

behaviour! {
    /// rails/rails#38716: a bulk insert did not convert enums as a single one does.
    fn many_rows_are_converted_as_one_is(db) {
        let days = named("suite.Day");
        let day = |at: usize| json!({
            "mood": (["sad", "fine", "over the \"moon\", isn't it"])[at % 3],
            "evening": "fine",
            "night": if at.is_multiple_of(2) { Value::Null } else { json!("angry") },
            "status": (["draft", "published"])[at % 2],
        });
        for count in [1, 3, 16, 17, 40] {
            let made = run!(days.bulk_create((0..count).map(|at| draft(days, &day(at)))).all(db));
            for (at, row) in made.iter().enumerate() {
                let json = value(row.json());
                let expected = day(at);
                assert!(expected.as_object().expect("an object").iter().all(|(name, field)| json[name] == *field), "{at} of {count}");
            }
        }
        let defaults = named("suite.Defaults");
        let made = run!(defaults.bulk_create((0..40).map(|at| draft(defaults, &json!({ "decimal": format!("{at}.50"), "small": at })))).all(db));
        assert_eq!(column(&made[1..3], "decimal"), ["1.5", "2.5"]);
    }

    /// rails/rails#32323: a time that is set by itself and by the caller was assigned twice.
    fn an_assigned_automatic_time_is_not_set_again(db) {
        let defaults = named("suite.Defaults");
        let (long_ago, later) = (json!("2001-02-03T04:05:06Z"), json!("2002-02-03T04:05:06.007Z"));
        let mut row = run!(defaults.create().set_json("created_at", &long_ago).set_json("updated_at", &long_ago).save(db));
        assert_eq!(value(row.get_json("created_at")), long_ago);
        value(row.set_json("updated_at", &later));
        run!(row.save(db));
        let typed = run!(Defaults::objects().get(db));
        assert_eq!(typed.created_at, chrono::Utc.with_ymd_and_hms(2001, 2, 3, 4, 5, 6).unwrap());
        assert_eq!(typed.updated_at.timestamp_millis(), 1_012_709_106_007);
        value(row.set_json("small", &json!(1)));
        run!(row.save(db));
        let typed = run!(Defaults::objects().get(db));
        assert!(typed.updated_at > chrono::Utc::now() - chrono::Duration::days(1) && typed.created_at.timestamp() == 981_173_106);
    }

    /// The caller sets a field twice: one database would refuse it and the other would take the last value.
    fn a_change_sets_a_field_once(db) {
        run!(Counter::create().value(1).save(db));
        let counters = named("suite.Counter");
        let number = value(counters.field::<i64>("value"));
        for refused in [
            error(attempt!(counters.rows().update((number.set(2), number.set(3))).run(db))),
            error(attempt!(Counter::objects().update(|c| (c.value.set(2), c.value.set(3))).run(db))),
        ] {
            assert!(refused.to_string().contains("an update of suite.Counter sets `value` twice"), "{refused}");
        }
        assert_eq!(run!(Counter::objects().values(|c| c.value).all(db)), [1]);
    }

    /// rails/rails#42738: a save converted fields that had not been touched.
    fn an_unreadable_field_does_not_affect_others(db) {
        let lines = named("suite.Everything");
        let row = json!({
            "truth": true, "small": 1, "medium": 2, "large": 3, "single": 1.5, "double": 2.5, "text": "x", "bytes": "00",
            "date": "2026-11-22", "time": "01:02:03", "date_time": "2026-11-22T01:02:03", "instant": "2026-11-22T01:02:03Z",
            "uuid": Uuid::nil().to_string(), "decimal": "1", "json": { "a": [1] }, "colour": "red",
        });
        let made = run!(draft(lines, &row).save(db));
        // A JSON value of another type than the column's.
        let json = value(lines.field::<Json<Vec<String>>>("json"));
        assert!(error(made.get(json)).to_string().contains("reading suite.Everything.json"));
        let mut made = made;
        value(made.set_json("text", &json!("y")));
        run!(made.save(db));
        let typed = run!(Everything::objects().get(db));
        assert_eq!((typed.text.as_str(), typed.json.0), ("y", json!({ "a": [1] })));
    }

    /// composite-primary-keys/composite_primary_keys#126, #150, rails/rails#7987: rows in batches were skipped where the key
    /// is several columns, or a string.
    fn every_row_is_in_one_chunk_whatever_its_key_is(db) {
        let offers = named("suite.Offer");
        let prices = ["-0.5", "2", "10", "9.99"];
        let (names, times) = (["", "Z", "a", "ä", "a'b"], ["00:00:00", "23:59:59.999999"]);
        let codes = [Uuid::nil(), Uuid::from_u128(1 << 100), Uuid::from_u128(u128::MAX)];
        let mut drafts = Vec::new();
        for (price, name) in prices.iter().flat_map(|price| names.map(|name| (price, name))) {
            for (code, day) in codes.iter().flat_map(|code| times.map(|day| (code, day))) {
                drafts.push(draft(offers, &json!({ "price": price, "name": name, "code": code.to_string(), "day": day })));
            }
        }
        let all = drafts.len();
        assert_eq!(run!(offers.bulk_create(drafts).run(db)), 120);
        for size in [1, 7, 40, 120, 121] {
            let mut chunks = offers.rows().chunks(size);
            let mut met = 0;
            while let Some(mut rows) = run!(chunks.next(db)) {
                met += rows.len();
                if size == 40 {
                    for row in &mut rows {
                        value(row.set_json("seen", &json!(1)));
                        run!(row.save(db));
                    }
                }
            }
            assert_eq!(met, all, "chunks of {size}");
        }
        assert_eq!(run!(offers.filter(value(offers.eq_json("seen", &json!(1)))).count(db)), 120);
    }

    /// django/django#9500: a string with a NUL failed somewhere, and nobody said in which row of a fixture.
    fn a_string_that_the_database_does_not_take_is_refused_with_words(db) {
        let lines = named("suite.Line");
        let by_name = attempt!(lines.create().set_json("text", &json!("a\0b")).save(db));
        let typed = attempt!(Line::create().text("a\0b").save(db));
        if db.dialect().nul_in_text {
            assert_eq!(value(value(by_name).get_json("text")), json!(value(typed).text));
        } else {
            let (refused, expected) = (error(by_name), error(typed));
            assert_eq!((refused.to_string(), refused.kind()), (expected.to_string(), expected.kind()));
            let message = format!("{refused:?}");
            assert!(message.contains("NUL") && message.contains("suite.Line") && !message.contains('\0'), "{message}");
        }
    }

    /// django/django#13807: names that are words of SQL broke fixtures; agronholm/sqlacodegen#62: names that are the mapper's.
    fn names_that_are_reserved_words_work(db) {
        let model = named("suite.Reserved");
        let first = json!({ "order": 1, "group": "g", "user": "u", "type": "t", "where_": "w", "odd": "o" });
        let first = run!(draft(model, &first).save(db));
        let id = value(first.get_json("id"));
        let mut second = json!({ "order": 2, "group": "g", "user": "u", "type": "t", "where_": "v" });
        second["parent"] = id.clone();
        let mut second = run!(draft(model, &second).save(db));
        value(second.set_json("type", &json!("other")));
        run!(second.save(db));
        let found = run!(model.filter(value(model.eq_json("parent", &id))).order_by(value(model.desc("order"))).all(db));
        assert_eq!((column(&found, "type"), column(&found, "where_")), (vec![json!("other")], vec![json!("v")]));
        let gone = model.filter(value(model.eq_json("type", &json!("t"))) & value(model.eq_json("where_", &json!("w"))));
        assert_eq!(run!(gone.delete().run(db)), 1);
        assert_eq!(run!(Reserved::objects().count(db)), 0, "and the one below");
    }

    /// prisma/prisma#7395: whole numbers beyond 2^53 were rounded; encode/django-rest-framework#4749: microseconds were cut.
    fn nothing_is_rounded_on_the_way_through_json(db) {
        let model = named("suite.Nothing");
        for (name, exact) in [
            ("large", json!(9_007_199_254_740_993_i64)),
            ("large", json!(i64::MAX)),
            ("large", json!(i64::MIN)),
            ("decimal", json!("79228162514264337593543950335")),
            ("decimal", json!("-0.0000000000000000000000000001")),
            ("double", json!(-3.8838257140124935e-146)),
            ("single", json!(16_777_216.0)),
            ("single", json!(0.1)),
            ("time", json!("23:59:59.000001")),
            ("instant", json!("2026-11-22T18:05:00.999999Z")),
            ("json", json!({ "big": 9_007_199_254_740_993_i64, "small": 5e-324 })),
        ] {
            let made = run!(model.create().set_json(name, &exact).save(db));
            let text = value(made.get_json(name)).to_string();
            assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), exact, "{name}");
            let found = run!(model.filter(value(model.eq_json(name, &exact))).all(db));
            assert_eq!(column(&found, "id"), [value(made.get_json("id"))], "{name}");
        }
    }

    /// django/django#6221, duckdb/duckdb#10574: rows that point at later ones of the same load were refused.
    fn rows_may_point_at_rows_that_come_later(db) {
        let people = named("suite.Person");
        let family = [(1, "Bart", json!(2)), (2, "Homer", json!(3)), (3, "Abe", Value::Null)];
        let rows = family.map(|(id, name, parent)| draft(people, &json!({ "id": id, "name": name, "parent": parent })));
        assert_eq!(run!(people.bulk_create(rows).run(db)), 3);
        let loaded = transaction!(db, |tx| {
            run!(draft(people, &json!({ "id": 10, "name": "Lisa", "parent": 11 })).save(tx));
            run!(draft(people, &json!({ "id": 11, "name": "Marge" })).save(tx));
            Ok(())
        });
        value(loaded);
        let children = Person::objects().filter(|p| p.parent().id.gt(0)).order_by(|p| p.id).values(|p| p.name);
        assert_eq!(run!(children.all(db)), ["Bart", "Homer", "Lisa"]);
        let dangling = attempt!(people.bulk_create([draft(people, &json!({ "id": 20, "name": "x", "parent": 99 }))]).run(db));
        assert!(error(dangling).is_foreign_key_violation());
    }

    /// ella/django-appdata#15, and every data migration that missed a default: defaults made in code apply here too.
    fn defaults_made_in_code_are_those_of_the_struct(db) {
        let made = run!(named("suite.Defaults").create().save(db));
        let typed = run!(Defaults::create().save(db));
        let json = value(made.json());
        assert_eq!(json["token"], json!("made in Rust"));
        assert_eq!((&json["small"], &json["decimal"], &json["colour"]), (&json!(-7), &json!("1.25"), &json!("it's blue")));
        assert_eq!((json["answer"].as_i64(), &json["text"]), (Some(typed.answer), &json!(typed.text)));
        let ticket = run!(named("suite.Ticket").create().set_json("subject", &json!("x")).save(db));
        let id: Uuid = value(ticket.get(value(ticket.model().field("id"))));
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(run!(Ticket::objects().get(db)).id, id);
    }
}
