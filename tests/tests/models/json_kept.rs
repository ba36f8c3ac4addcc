//! JSON at a path in checks, indexes, unique constraints and generated columns.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use serde_json::json;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("no_debts", |a| a.data.path("balance").as_i64().ge(0)))]
#[orm(check("named", |a| a.data.path("name").exists()))]
#[orm(index(name = "by_city", |a| a.data.path(["home", "city"]).as_string()))]
#[orm(unique(name = "one_number", |a| a.data.path("number").as_string(), where = |a| a.data.path("open").as_bool().eq(true)))]
pub struct Tally {
    pub id: i64,
    pub data: Json<serde_json::Value>,
    #[orm(generated = |a| a.data.path(["home", "city"]).as_string())]
    pub city: Option<String>,
    #[orm(generated = |a| a.data.path("balance").as_i64())]
    pub balance: Option<i64>,
    #[orm(generated = |a| a.data.path("open").as_bool())]
    pub open: Option<bool>,
}

behaviour! {
    fn what_is_computed_of_documents_follows_them(db) {
        let data = json!({ "name": "Ann", "balance": 7, "home": { "city": "Bergen" }, "open": true, "number": "1" });
        let mut account = run!(Tally::create().data(data).save(db));
        assert_eq!((account.city.as_deref(), account.balance, account.open), (Some("Bergen"), Some(7), Some(true)));
        account.data = Json(json!({ "name": null, "balance": "much", "home": "Bergen" }));
        run!(account.save(db));
        assert_eq!((account.city.as_deref(), account.balance, account.open), (None, None, None));
        run!(Tally::objects().update(|a| a.data.set(a.data.with("open", false))).run(db));
        assert_eq!(run!(Tally::get(account.id, db)).open, Some(false));
    }

    fn documents_that_break_a_rule_are_refused(db) {
        let new = |data: serde_json::Value| Tally::create().data(data);
        let refused = error(attempt!(new(json!({ "name": "Ann", "balance": -1 })).save(db)));
        assert!(refused.is_check_violation() && refused.constraint() == Some("no_debts"), "{refused:?}");
        let refused = error(attempt!(new(json!({ "balance": 1 })).save(db)));
        assert!(refused.is_check_violation() && refused.constraint() == Some("named"), "{refused:?}");
        run!(new(json!({ "name": "Ann", "number": "1", "open": true })).save(db));
        run!(new(json!({ "name": "Ben", "number": "1", "open": false })).save(db));
        run!(new(json!({ "name": "Cid", "number": 1, "open": true })).save(db));
        let refused = error(attempt!(new(json!({ "name": "Dan", "number": "1", "open": true })).save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        // The field says nothing where it is not a number.
        run!(new(json!({ "name": "Eve", "balance": "-1" })).save(db));
    }
}
