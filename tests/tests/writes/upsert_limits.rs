//! What `on_conflict`, `get_or_create` and `bulk_update` refuse, and what others do at the same time.

use std::time::Duration;

use orm::prelude::*;
use orm::{Db, Result};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::Line;
use orm_tests::{Backend, Database};
use serde::{Deserialize, Serialize};

orm::app!("suite");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub degrees: f64,
}

/// Its default is JSON, but not of its Rust type.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Dial {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
    #[orm(default = 0)]
    pub seen: i64,
    #[orm(db_default(sqlite = "'{}'", postgres = "'{}'"))]
    pub span: Json<Span>,
}

/// Unique among some rows, by a condition that is not one comparison.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("place", name = "spot_once", where = |s| s.open.eq(true) | s.kept.eq(true)))]
pub struct Spot {
    pub id: i64,
    pub place: i64,
    pub open: bool,
    pub kept: bool,
    pub text: String,
}

/// As the databases call the row that was not inserted.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "Excluded")]
pub struct Shut {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
    pub views: i64,
}

/// Checked when the transaction ends.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, unique("place", name = "late", deferrable = Deferred))]
pub struct Late {
    pub id: i64,
    pub place: i64,
}

behaviour! {
    fn a_condition_with_an_or_is_about_the_row_that_is_looked_for(db) {
        let spot = |place: i64, text: &'static str| Spot::create().place(place).open(true).kept(true).text(text);
        for place in 1..=3 {
            run!(spot(place, "old").save(db));
        }
        let (found, created) = run!(spot(1, "new").update_or_create(|s| s.place).run(db));
        assert_eq!((found.place, found.text.as_str(), created), (1, "new", false));
        let texts = Spot::objects().order_by(|s| s.place).values(|s| s.text);
        assert_eq!(run!(texts.all(db)), ["new", "old", "old"]);
        let (found, created) = run!(spot(3, "new").get_or_create(|s| s.place).run(db));
        assert_eq!((found.place, found.text.as_str(), created), (3, "old", false));
        // Neither open nor kept, it conflicts with none.
        for _ in 0..2 {
            let beside = Spot::create().place(1).open(false).kept(false).text("beside");
            assert!(run!(beside.on_conflict(|s| s.place).do_nothing().save(db)).is_some());
        }
    }

    fn a_target_that_names_a_field_twice_is_no_rule_over_two(db) {
        let setting = crate::get_or_create::Setting::create().owner(1).name("a");
        let refused = error(attempt!(setting.on_conflict(|s| (s.owner, s.owner)).do_nothing().save(db)));
        assert!(refused.is_unsupported(), "{refused}");
    }

    fn a_table_of_the_name_of_the_new_row_is_refused(db) {
        let shut = run!(Shut::create().name("a").views(1).save(db));
        let again = Shut::create().name("a").views(2).on_conflict(|s| s.name);
        let refused = error(attempt!(again.update(|s, new| s.views.set(new.views)).save(db)));
        assert!(refused.is_unsupported(), "{refused}");
        assert_eq!(run!(Shut::objects().all(db)), [shut]);
    }

    fn what_is_checked_late_is_refused_by_its_name(db) {
        let refused = error(attempt!(Late::create().place(1).on_any_conflict().do_nothing().save(db)));
        assert!(refused.is_unsupported() && refused.to_string().contains("late of suite.Late"), "{refused}");
    }

    fn a_row_whose_defaults_cannot_be_read_is_not_there(db) {
        let dial = || Dial::create().name("a").seen(1);
        error(attempt!(dial().on_conflict(|d| d.name).update(|d, new| d.seen.set(new.seen)).save(db)));
        error(attempt!(dial().on_conflict(|d| d.name).do_nothing().save(db)));
        error(attempt!(dial().get_or_create(|d| d.name).run(db)));
        error(attempt!(dial().update_or_create(|d| d.name).run(db)));
        error(attempt!(Dial::bulk_create([dial(), Dial::create().name("b")]).on_any_conflict().do_nothing().all(db)));
        assert_eq!(run!(Dial::objects().count(db)), 0);
        let (row, created) = run!(dial().span(Span { degrees: 1.0 }).get_or_create(|d| d.name).run(db));
        assert_eq!((row.seen, created), (1, true));
    }
}

/// A statement that has waited for rows of others sees all of its own values still.
#[test]
fn rows_that_others_have_locked_are_updated_all_the_same() {
    let database = Database::with_tables(Backend::Postgres);
    let (db, other) = (
        value(Db::connect(database.url())),
        value(Db::connect(database.url())),
    );
    for size in [1_usize, 3, 16, 17, 40] {
        let drafts = (0..size).map(|at| Line::create().text(at.to_string()));
        let mut lines = value(Line::bulk_create(drafts).all(&db));
        lines.iter_mut().for_each(|line| line.text.push('!'));
        let changed = std::thread::scope(|scope| {
            let changed = value(db.transaction(|tx| -> Result<_> {
                Line::objects().update(|l| l.text.set("first")).run(tx)?;
                let changed = scope.spawn(|| Line::bulk_update(&lines, |l| l.text).run(&other));
                // Until it waits.
                let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
                loop {
                    let mut number = 0_i64;
                    let mut session = db.session()?;
                    session.query(waits, &[], &mut |row| {
                        number = row.get(0)?;
                        Ok(())
                    })?;
                    if number > 0 {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(changed)
            }));
            value(changed.join().expect("the other thread"))
        });
        assert_eq!(changed, size as u64);
        assert_eq!(
            value(Line::objects().order_by(|l| l.id).all(&db)),
            lines,
            "{size}"
        );
        value(Line::objects().delete().run(&db));
    }
}
