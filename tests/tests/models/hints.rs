//! A missing table or column: who has to do what.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("hints");

/// Its table was not created.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Missing {
    pub id: i64,
    pub name: String,
}

/// No migration creates its table.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "their_ledger")]
pub struct Ledger {
    pub id: i64,
    pub amount: i64,
}

behaviour! {
    fn a_missing_table_is_made_by_migrations(db) {
        for refused in [error(attempt!(Missing::objects().all(db))), error(attempt!(Missing::create().name("x").save(db)))] {
            assert_eq!(refused.hint(), Some("bring the database up to date: `orm migrate`"));
        }
    }

    fn the_table_of_an_unmanaged_model_is_not_made_by_migrations(db) {
        for refused in [error(attempt!(Ledger::objects().count(db))), error(attempt!(Ledger::create().amount(1).save(db)))] {
            let hint = refused.hint().unwrap_or_default();
            assert!(hint.contains("hints.Ledger is unmanaged") && !hint.contains("orm migrate"), "{refused}");
        }
    }
}
