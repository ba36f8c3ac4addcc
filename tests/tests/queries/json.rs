//! JSON in queries: documents are equal if they mean the same, however they are written.

use orm::prelude::*;
use orm_tests::behaviour;
use serde_json::{Value, json};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Document {
    pub id: i64,
    pub body: Json<Value>,
    pub other: Option<Json<Value>>,
}

/// More digits than a number of JSON has in most programs.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Ledger {
    pub id: i64,
    pub balance: Json<u128>,
}

fn document(text: &str) -> Json<Value> {
    Json(serde_json::from_str(text).expect("JSON"))
}

behaviour! {
    fn equal_is_what_means_the_same(db) {
        for text in [r#"{"a": 1, "b": [1, 2]}"#, r#"{"b":[1,2],"a":1}"#, r#"{"a": 1, "b": [2, 1]}"#, "null", r#""null""#, "1", "true"] {
            let other = (text == "1").then(|| document("1"));
            run!(Document::create().body(document(text)).other(other).save(db));
        }
        let same = Json(json!({"b": [1, 2], "a": 1}));
        assert_eq!(run!(Document::objects().filter(|d| d.body.eq(same.clone())).count(db)), 2);
        assert_eq!(run!(Document::objects().filter(|d| d.body.ne(same.clone())).count(db)), 5);
        assert_eq!(run!(Document::objects().filter(|d| d.body.in_([same.clone(), document("1")])).count(db)), 3);
        assert_eq!(run!(Document::objects().filter(|d| d.body.eq(d.other)).count(db)), 1);
        assert_eq!(run!(Document::objects().filter(|d| d.body.eq(document("null"))).count(db)), 1);
        assert_eq!(run!(Document::objects().distinct().values(|d| d.body).all(db)).len(), 6);
        assert_eq!(run!(Document::objects().aggregate(|d| d.body.count_distinct()).run(db)), 6);
        let mut groups = run!(Document::objects().group_by(|d| d.body).values(|d| (d.body, count())).all(db));
        groups.sort_by_key(|(body, rows)| (-rows, body.0.to_string()));
        assert_eq!(groups.len(), 6);
        assert_eq!(groups[0], (same.clone(), 2));
        let of_others = Document::objects().filter(|d| d.id.le(1)).values(|d| d.body);
        assert_eq!(run!(Document::objects().filter(|d| d.body.in_(of_others)).count(db)), 2);
        let having = Document::objects().group_by(|d| d.body).values(|_| count()).having(|d| d.body.eq(same));
        assert_eq!(run!(having.all(db)), [2]);
    }

    fn equal_numbers_are_equal_however_they_are_written(db) {
        for (text, others) in [("100000000000000000", "1e17"), ("-1.5", "-15e-1"), ("0", "-0.0"), ("1e300", "10e299")] {
            let row = run!(Document::create().body(document(text)).other(document(others)).save(db));
            let same = Document::objects().filter(|d| d.id.eq(row.id) & d.body.eq(d.other));
            assert_eq!(run!(same.count(db)), 1, "{text}");
            let listed = Document::objects().filter(|d| d.id.eq(row.id) & d.body.in_([document(others)]));
            assert_eq!(run!(listed.count(db)), 1, "{text}");
        }
    }

    fn numbers_longer_than_64_bits_differ_in_every_digit(db) {
        let least = u128::from(u64::MAX) * 1000;
        run!(Ledger::bulk_create([least, least + 1, least].map(|balance| Ledger::create().balance(balance))).run(db));
        assert_eq!(run!(Ledger::objects().filter(|l| l.balance.eq(Json(least))).count(db)), 2);
        let mut balances = run!(Ledger::objects().values(|l| l.balance).distinct().all(db));
        balances.sort_by_key(|balance| balance.0);
        assert_eq!(balances, [Json(least), Json(least + 1)]);
    }
}
