//! Defaults: literals, Rust functions, the database's own, and automatic times.

use chrono::{TimeDelta, Utc};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;
use rust_decimal::Decimal;

behaviour! {
    fn omitted_fields_get_their_defaults(db) {
        let before = Utc::now() - TimeDelta::seconds(5);
        let row = run!(Defaults::create().save(db));
        let after = Utc::now() + TimeDelta::seconds(5);
        assert!(row.truth);
        assert_eq!(row.small, -7);
        assert_eq!(row.double, 2.5);
        assert_eq!(row.text, "it's \"quoted\" \\ %");
        assert_eq!(row.decimal, Decimal::new(125, 2));
        assert_eq!(row.colour, Colour::Blue);
        assert_eq!(row.token, "made in Rust");
        assert_eq!(row.answer, 42);
        assert!(!row.uuid.is_nil());
        for time in [row.made_at, row.created_at, row.updated_at] {
            assert!(before < time && time < after, "{time}");
        }
        assert_eq!(run!(Defaults::objects().get(db)), row);
    }

    fn assigned_values_override_defaults(db) {
        let row = run!(Defaults::create().truth(false).text("mine").answer(1).token("t").colour(Colour::Red).save(db));
        assert_eq!((row.truth, row.text.as_str(), row.answer, row.token.as_str()), (false, "mine", 1, "t"));
        assert_eq!(run!(Defaults::objects().get(db)), row);
    }

    fn defaults_hold_in_bulk_too(db) {
        let rows = run!(Defaults::bulk_create((0..3).map(|at| Defaults::create().small(at))).all(db));
        let uuids: std::collections::BTreeSet<_> = rows.iter().map(|row| row.uuid).collect();
        assert_eq!(uuids.len(), 3, "one each");
        assert!(rows.iter().all(|row| row.answer == 42 && row.token == "made in Rust"));
        assert_eq!(run!(Defaults::objects().order_by(|d| d.id).all(db)), rows);
    }

    fn auto_now_changes_with_each_save_and_auto_now_add_does_not(db) {
        let mut row = run!(Defaults::create().save(db));
        let (created, updated) = (row.created_at, row.updated_at);
        std::thread::sleep(std::time::Duration::from_millis(5));
        row.small = 1;
        run!(row.save(db));
        let found = run!(Defaults::objects().get(db));
        assert_eq!(found.created_at, created);
        assert!(found.updated_at > updated);
        assert_eq!(found, row);
    }
}
