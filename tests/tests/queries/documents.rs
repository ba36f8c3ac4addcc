//! What is within columns of JSON: read, compared, ordered and changed at a path, and contained, with the same answers on both databases.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use serde_json::{Value, json};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Dossier {
    pub id: i64,
    pub body: Json<Value>,
    pub other: Option<Json<Value>>,
    #[orm(related_name = "parts")]
    pub whole: Option<ForeignKey<Dossier>>,
}

const DOCUMENTS: [&str; 16] = [
    r#"{"author": {"name": "Ann", "age": 41, "live": true}, "tags": ["rust", "sql", 3, null, {"x": [1, 2]}], "none": null}"#,
    r#"{"author": {"name": "Bén", "age": 41.0, "live": false}, "tags": [], "0": "zero", "-1": "minus"}"#,
    r#"{"author": null, "tags": {"0": "of an object"}, "a.b": 1, "a\"b": 2, "a'b": 3, "$": 4, "": 5, "ключ": 6, "a\\b": 7, "[0]": 8}"#,
    r#"["first", ["second", "deep"], {"author": "third"}]"#,
    r#""a string""#,
    "17",
    "true",
    "null",
    r#"{"n": 9223372036854775807}"#,
    r#"{"n": 9223372036854775808}"#,
    r#"{"n": -9223372036854775808}"#,
    r#"{"n": 1e3}"#,
    r#"{"n": 1.5}"#,
    r#"{"n": "17"}"#,
    r#"{"n": "true", "author": {"name": "null"}}"#,
    r#"{"n": -0.0, "author": {"name": ["Ann"]}}"#,
];

macro_rules! world {
    ($db:expr) => {
        for text in DOCUMENTS {
            let body: Value = serde_json::from_str(text).expect("JSON");
            run!(Dossier::create().body(body).save($db));
        }
        run!(Dossier::create().body(json!({"author": {"name": "Zoë"}})).other(Json(json!({"author": {"name": "Zoë", "age": 1}}))).save($db));
    };
}

/// What is at a path, by Rust.
fn at<'v>(document: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(document, |found, part| match found {
        Value::Object(members) => members.get(*part),
        Value::Array(items) => {
            let place: i64 = part.parse().ok()?;
            let place = if place < 0 {
                place + items.len() as i64
            } else {
                place
            };
            items.get(usize::try_from(place).ok()?)
        }
        _ => None,
    })
}

fn whole(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    number.as_i64().or_else(|| {
        number
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 9e18)
            .map(|number| number as i64)
    })
}

const PATHS: [&[&str]; 22] = [
    &["author"],
    &["author", "name"],
    &["author", "age"],
    &["author", "live"],
    &["tags"],
    &["tags", "0"],
    &["tags", "-1"],
    &["tags", "-9"],
    &["tags", "4", "x", "1"],
    &["tags", "x"],
    &["none"],
    &["0"],
    &["-1"],
    &["1", "1"],
    &["a.b"],
    &["a\"b"],
    &["a'b"],
    &["$"],
    &[""],
    &["ключ"],
    &["a\\b"],
    &["n"],
];

behaviour! {
    fn every_path_reads_as_rust_does(db) {
        world!(db);
        let bodies: Vec<Value> = run!(Dossier::objects().order_by(|d| d.id).all(db)).into_iter().map(|dossier| dossier.body.0).collect();
        for path in PATHS {
            let rows = run!(Dossier::objects().order_by(|d| d.id).values(|d| {
                let there = d.body.path(path.to_vec());
                (there.clone().as_string(), there.clone().as_i64(), there.clone().as_f64(), there.clone().as_bool(), there.clone().exists(), there.as_json::<Value>())
            }).all(db));
            for (body, row) in bodies.iter().zip(rows) {
                let found = at(body, path);
                assert_eq!(row.0.as_deref(), found.and_then(Value::as_str), "{path:?} of {body}");
                assert_eq!(row.1, found.and_then(whole), "{path:?} of {body}");
                assert_eq!(row.2, found.and_then(Value::as_f64), "{path:?} of {body}");
                assert_eq!(row.3, found.and_then(Value::as_bool), "{path:?} of {body}");
                assert_eq!(row.4, found.is_some(), "{path:?} of {body}");
                // Postgres reads -0.0 as 0.
                if *path != ["n"] {
                    assert_eq!(row.5.map(|document| document.0).as_ref(), found, "{path:?} of {body}");
                }
            }
        }
        // No path is the document itself.
        let itself = Dossier::objects().filter(|d| d.body.path(Vec::<String>::new()).as_json::<Value>().eq(Json(json!(17)))).values(|d| d.body.path(Vec::<String>::new()).as_i64());
        assert_eq!(run!(itself.all(db)), [Some(17)]);
    }

    fn what_is_at_a_path_filters_orders_and_groups(db) {
        world!(db);
        let named = |name: &'static str| Dossier::objects().filter(move |d| d.body.path(("author", "name")).as_string().eq(name)).values(|d| d.id);
        assert_eq!(run!(named("Ann").all(db)), [1]);
        assert_eq!(run!(named("null").all(db)), [15]);
        assert!(run!(named("' OR 1 = 1 --").all(db)).is_empty());
        // A number is equal however it is written, and `null` is not missing.
        assert_eq!(run!(Dossier::objects().filter(|d| d.body.path(("author", "age")).as_i64().eq(41)).count(db)), 2);
        assert_eq!(run!(Dossier::objects().filter(|d| d.body.path(("author", "age")).as_json::<Value>().eq(Json(json!(41)))).count(db)), 2);
        assert_eq!(run!(Dossier::objects().filter(|d| d.body.path("none").as_json::<Value>().eq(Json(Value::Null))).values(|d| d.id).all(db)), [1]);
        assert_eq!(run!(Dossier::objects().filter(|d| d.body.path("none").as_json::<Value>().is_null() & d.body.path("n").exists()).count(db)), 8);
        assert_eq!(run!(Dossier::objects().filter(|d| !d.body.path("author").exists()).count(db)), 11);
        assert_eq!(run!(Dossier::objects().exclude(|d| d.body.path("author").exists()).count(db)), 11);
        assert_eq!(run!(Dossier::objects().filter(|d| d.body.path(("author", "name")).as_string().istarts_with("a") | d.body.path("n").as_f64().gt(999.0)).order_by(|d| d.id).values(|d| d.id).all(db)), [1, 9, 10, 12]);
        let ordered = Dossier::objects().filter(|d| d.body.path("n").as_i64().is_not_null()).order_by(|d| d.body.path("n").as_i64().desc()).values(|d| d.body.path("n").as_i64().coalesce(0) / 2);
        assert_eq!(run!(ordered.all(db)), [4611686018427387903, 500, 0, -4611686018427387904]);
        let grouped = Dossier::objects().group_by(|d| d.body.path(("author", "age")).as_i64()).values(|d| (d.body.path(("author", "age")).as_i64(), count())).order_by(|d| d.body.path(("author", "age")).as_i64().desc().nulls_last());
        assert_eq!(run!(grouped.all(db)), [(Some(41), 2), (None, 15)]);
        let compared = Dossier::objects().filter(|d| d.body.path(("author", "name")).as_string().eq(d.other.path(("author", "name")).as_string())).values(|d| (d.id, d.other.path(("author", "age")).as_i64(), d.other.path("author").exists()));
        assert_eq!(run!(compared.all(db)), [(17, Some(1), true)]);
        assert_eq!(run!(Dossier::objects().filter(|d| d.other.path("author").exists()).count(db)), 1);
        // A path of what a path has, a nullable relation, and related rows.
        run!(Dossier::create().body(json!({"n": 4})).whole(1).save(db));
        let deep = Dossier::objects().annotate(|d| (d.whole().body.path("author").as_json::<Value>().path("name").as_string(), d.parts().sum(|p| p.body.path("n").as_i64()), d.parts().array_agg(|p| p.body.path("n").as_i64())));
        let rows = run!(deep.order_by(|d| d.id).all(db));
        assert_eq!((rows[17].1.0.as_deref(), rows[0].1.1, rows[0].1.2.clone()), (Some("Ann"), Some(4), vec![Some(4)]));
    }

    fn containment_is_that_of_jsonb(db) {
        let cases = [
            (r#"{"a": 1, "b": [1, {"c": 2, "d": 3}]}"#, r#"{"a": 1}"#, true),
            (r#"{"a": 1, "b": [1, {"c": 2, "d": 3}]}"#, r#"{"a": 1.0, "b": [{"d": 3}]}"#, true),
            (r#"{"a": 1, "b": [1, {"c": 2, "d": 3}]}"#, r#"{"b": [{"d": 4}]}"#, false),
            (r#"{"a": {"b": 1}}"#, r#"{"b": 1}"#, false),
            (r#"{"a": [1, 2]}"#, r#"{"a": 1}"#, false),
            (r#"{"a": null}"#, r#"{"a": null}"#, true),
            (r#"{}"#, r#"{"a": null}"#, false),
            (r#"{"a": 1}"#, "{}", true),
            ("[1, 2, 3]", "[3, 1, 1]", true),
            ("[1, 2, 3]", "2", true),
            ("[1, 2, 3]", "4", false),
            ("[[1, 2], 3]", "[[2]]", true),
            ("[[1, 2], 3]", "[2]", false),
            ("[[1], {}]", "[[], {}]", true),
            ("[1]", "[]", true),
            ("1", "[1]", false),
            ("1", "1.0", true),
            (r#""1""#, "1", false),
            (r#""ü\u00fc""#, r#""\u00fcü""#, true),
            ("null", "null", true),
            ("[null]", "null", true),
            ("{}", "[]", false),
            ("[]", "{}", false),
            ("9007199254740993", "9007199254740992", false),
        ];
        for (document, other, expected) in cases {
            let [document, other]: [Value; 2] = [document, other].map(|text| serde_json::from_str(text).expect("JSON"));
            let row = run!(Dossier::create().body(document.clone()).other(Json(other.clone())).save(db));
            let found = run!(Dossier::objects().filter(|d| d.id.eq(row.id)).values(|d| (d.body.contains(other.clone()).optional(), d.other.contained_by(document.clone()).optional(), d.body.contains(d.other).optional())).get(db));
            assert_eq!(found, (Some(expected), Some(expected), Some(expected)), "{document} and {other}");
        }
        run!(Dossier::create().body(json!(1)).save(db));
        assert_eq!(run!(Dossier::objects().filter(|d| d.other.contains(json!({}))).count(db)), run!(Dossier::objects().filter(|d| d.other.path(Vec::<String>::new()).as_json::<Value>().contains(json!({}))).count(db)));
    }

    fn a_document_is_changed_at_a_path(db) {
        let start = json!({"a": {"b": [1, 2]}, "k": "v", "0": "zero"});
        let whole = run!(Dossier::create().body(start.clone()).save(db));
        macro_rules! changed {
            ($change:expr, $expected:expr) => {{
                let change = $change;
                let read = run!(Dossier::objects().filter(|d| d.id.eq(whole.id)).values(|d| change(d)).get(db));
                assert_eq!(read.0, $expected);
            }};
        }
        changed!(|d: DossierFields| d.body.with("k", 3), json!({"a": {"b": [1, 2]}, "k": 3, "0": "zero"}));
        changed!(|d: DossierFields| d.body.with("new", Value::Null), json!({"a": {"b": [1, 2]}, "k": "v", "0": "zero", "new": null}));
        changed!(|d: DossierFields| d.body.with(("a", "b", 0), vec!["x"]).with(["a", "c\"'"], true), json!({"a": {"b": [["x"], 2], "c\"'": true}, "k": "v", "0": "zero"}));
        changed!(|d: DossierFields| d.body.with(("a", "b", -1), 9).with(("a", "b", 7), 8).with(("a", "b", -7), 0), json!({"a": {"b": [0, 1, 9, 8]}, "k": "v", "0": "zero"}));
        changed!(|d: DossierFields| d.body.with(0, 1).with("0", 2), json!({"a": {"b": [1, 2]}, "k": "v", "0": 2}));
        // Nothing takes it.
        for path in [vec!["x", "y"], vec!["k", "y"], vec!["a", "b", "y"], vec!["a", "b", "0", "y"], vec!["a", "b", "5", "y"], vec![]] {
            changed!(|d: DossierFields| d.body.with(path.clone(), 1), start);
            changed!(|d: DossierFields| d.body.without(path.clone()), start);
        }
        changed!(|d: DossierFields| d.body.without("k").without(("a", "b", 0)).without(("a", "b", -1)).without("0"), json!({"a": {"b": []}}));
        changed!(|d: DossierFields| d.body.without(("a", "b", 2)).without(("a", "b", -3)), start);
        assert_eq!(run!(Dossier::objects().filter(|d| d.id.eq(whole.id)).update(|d| (d.body.set(d.body.with("k", json!({"deep": [1.5, "ü"]}))), d.other.set(d.other.with("k", 1)))).run(db)), 1);
        let read = run!(Dossier::objects().get(db));
        assert_eq!((read.body.0, read.other), (json!({"a": {"b": [1, 2]}, "k": {"deep": [1.5, "ü"]}, "0": "zero"}), None));
        // Scalars take nothing.
        for scalar in [json!(1), json!("x"), Value::Null] {
            run!(Dossier::objects().update(|d| d.body.set(Json(scalar.clone()))).run(db));
            run!(Dossier::objects().update(|d| d.body.set(d.body.with("a", 1).with(0, 1).without("a").without(0).without(Vec::<String>::new()))).run(db));
            assert_eq!(run!(Dossier::objects().get(db)).body.0, scalar);
        }
    }

    fn many_keys_are_set_at_once(db) {
        const KEYS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "\u{a0}1"];
        run!(Dossier::create().body(json!({"whole": true})).save(db));
        let written = |d: DossierFields| KEYS.iter().fold(d.body.with("0", 0), |body, key| body.with([*key], *key));
        run!(Dossier::objects().update(|d| d.body.set(written(d))).run(db));
        let mut expected = json!({"whole": true, "0": 0});
        for key in KEYS {
            expected[key] = json!(key);
        }
        assert_eq!(run!(Dossier::objects().get(db)).body.0, expected);
        run!(Dossier::objects().update(|d| d.body.set(KEYS.iter().fold(d.body.without("0"), |body, key| body.without([*key])))).run(db));
        assert_eq!(run!(Dossier::objects().get(db)).body.0, json!({"whole": true}));
        let chained = run!(Dossier::objects().values(|d| written(d).path("l").as_string()).get(db));
        assert_eq!(chained, None);
        // What is no number to Postgres is no place in an array.
        run!(Dossier::objects().update(|d| d.body.set(Json(json!(["a", "b"])))).run(db));
        assert_eq!(run!(Dossier::objects().values(|d| d.body.path("\u{a0}1").as_string()).get(db)), None);
        run!(Dossier::objects().update(|d| d.body.set(d.body.with("\u{a0}1", 9).with(" 1", "c"))).run(db));
        assert_eq!(run!(Dossier::objects().get(db)).body.0, json!(["a", "c"]));
    }

    fn numbers_at_the_ends_are_read(db) {
        for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324] {
            run!(Dossier::create().body(json!({"n": number})).save(db));
            let read = run!(Dossier::objects().order_by(|d| d.id.desc()).values(|d| d.body.path("n").as_f64()).first(db));
            assert_eq!(read, Some(Some(number)));
        }
    }

    fn what_is_no_json_is_refused(db) {
        run!(Dossier::create().body(json!({"a": 1, "s": "x"})).save(db));
        let nan = error(attempt!(Dossier::objects().update(|d| d.body.set(d.body.with("a", f64::NAN))).run(db)));
        assert!(nan.to_string().contains("not a number"), "{nan}");
        let deep = (0..127).fold(json!(1), |inner, _| json!([inner]));
        let refused = error(attempt!(Dossier::objects().update(|d| d.body.set(d.body.with("a", &deep))).run(db)));
        assert!(refused.to_string().contains("nested deeper"), "{refused}");
        let other = error(attempt!(Dossier::objects().values(|d| d.body.path("s").as_json::<i64>()).all(db)));
        assert!(other.to_string().contains("expected i64"), "{other}");
        // A number that is far from all floating-point numbers.
        for text in ["1e400", "-1e400", "1e-400"] {
            let raw: Json<Box<serde_json::value::RawValue>> = Json(serde_json::from_str(text).expect("JSON"));
            run!(Dossier::objects().update(|d| d.body.set(d.body.with("a", &raw.0))).run(db));
            assert_eq!(run!(Dossier::objects().values(|d| (d.body.path("a").as_f64(), d.body.path("a").as_i64())).get(db)), (None, None), "{text}");
        }
    }
}
