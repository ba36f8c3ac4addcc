//! Many-to-many fields of and to models whose primary key is several fields.

use std::thread;
use std::time::Duration;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

/// A key of two types, of which one is text.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("hall", "number"))]
pub struct Stall {
    #[orm(primary_key)]
    pub hall: String,
    #[orm(primary_key)]
    pub number: i64,
    pub price: i64,
    /// Between two composite keys, in either direction of one model.
    #[orm(symmetrical, through = Doorway, through_fields("one", "other"))]
    pub beside: ManyToMany<Self>,
}

/// A plain key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Vendor {
    pub id: i64,
    pub name: String,
    #[orm(through = Rental, related_name = "vendors")]
    pub stalls: ManyToMany<Stall>,
    #[orm(through = Look, related_name = "visitors")]
    pub seen: ManyToMany<Stall>,
}

/// Each pair once, with values of its own.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("hall", "number", "vendor"))]
#[orm(foreign_key("stall", fields("hall", "number"), to = Stall, on_delete = Cascade, related_name = "rentals"))]
pub struct Rental {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "rentals")]
    pub vendor: ForeignKey<Vendor>,
    pub number: i64,
    pub hall: String,
    pub since: i32,
}

/// Any pair any number of times, and such as lead nowhere.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("stall", fields("hall", "place"), to = Stall, related_name = "+"))]
pub struct Look {
    pub id: i64,
    #[orm(related_name = "+")]
    pub vendor: Option<ForeignKey<Vendor>>,
    pub hall: Option<String>,
    #[orm(column = "The Place")]
    pub place: Option<i64>,
}

/// Two foreign keys to one model.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("a_hall", "a_number", "b_hall", "b_number"))]
#[orm(foreign_key("one", fields("a_hall", "a_number"), to = Stall, on_delete = Cascade, related_name = "+"))]
#[orm(foreign_key("other", fields("b_hall", "b_number"), to = Stall, on_delete = Cascade, related_name = "+"))]
pub struct Doorway {
    pub id: i64,
    pub a_hall: String,
    pub a_number: i64,
    pub b_hall: String,
    pub b_number: i64,
}

/// Everything belongs to a tenant, whose column both foreign keys are over.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("tenant", "number"))]
pub struct Worker {
    #[orm(primary_key)]
    pub tenant: i32,
    #[orm(primary_key)]
    pub number: Uuid,
    pub name: String,
    #[orm(through = Rota, related_name = "workers")]
    pub duties: ManyToMany<Duty>,
    #[orm(through = Stint, related_name = "former_workers")]
    pub past_duties: ManyToMany<Duty>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("tenant", "code"))]
pub struct Duty {
    #[orm(primary_key)]
    pub code: String,
    #[orm(primary_key)]
    pub tenant: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("worker", fields("tenant", "worker_number"), to = Worker, on_delete = Cascade, related_name = "rotas"))]
#[orm(foreign_key("duty", fields("duty_code", "tenant"), to = Duty, on_delete = Cascade, related_name = "rotas"))]
pub struct Rota {
    #[orm(primary_key)]
    pub tenant: i32,
    #[orm(primary_key)]
    pub worker_number: Uuid,
    #[orm(primary_key)]
    pub duty_code: String,
    #[orm(default = 1)]
    pub hours: i32,
}

/// The same, of which a pair may have several.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("worker", fields("tenant", "worker_number"), to = Worker, on_delete = Cascade, related_name = "+"))]
#[orm(foreign_key("duty", fields("duty_code", "tenant"), to = Duty, on_delete = Cascade, related_name = "+"))]
pub struct Stint {
    pub id: i64,
    pub tenant: i32,
    pub worker_number: Uuid,
    pub duty_code: String,
}

/// Four stalls, of which two differ in one column of the key each from the first.
macro_rules! market {
    ($db:ident) => {{
        let stall = |hall: &str, number, price| Stall::create().hall(hall).number(number).price(price);
        let a1 = run!(stall("A", 1, 10).save($db));
        let a2 = run!(stall("A", 2, 20).save($db));
        let b1 = run!(stall("B", 1, 30).save($db));
        let o1 = run!(stall("Ö\u{1F980}", 1, 40).save($db));
        (a1, a2, b1, o1)
    }};
}

macro_rules! vendors {
    ($db:ident: $($name:ident)+) => {
        $(let $name = run!(Vendor::create().name(stringify!($name)).save($db)); let _ = &$name;)+
    };
}

fn places(stalls: &[Stall]) -> Vec<(&str, i64)> {
    stalls
        .iter()
        .map(|stall| (stall.hall.as_str(), stall.number))
        .collect()
}

fn names(vendors: &[Vendor]) -> Vec<&str> {
    vendors.iter().map(|vendor| vendor.name.as_str()).collect()
}

behaviour! {
    fn rows_of_composite_keys_are_added_removed_set_and_cleared(db) {
        let (a1, a2, b1, o1) = market!(db);
        vendors!(db: ann bob);
        assert_eq!(run!(ann.stalls().add_with([&a1, &o1, &a1], |r| r.since.set(1999)).run(db)), 2);
        // By their keys; what is there stays.
        assert_eq!(run!(ann.stalls().add_with([("A", 1), ("B", 1)], |r| r.since.set(2024)).run(db)), 1);
        assert_eq!(places(&run!(ann.stalls().all(db))), [("A", 1), ("B", 1), ("Ö\u{1F980}", 1)]);
        assert_eq!(run!(ann.rentals().filter(|r| r.since.eq(1999)).count(db)), 2);
        // From the side of the composite key.
        assert_eq!(run!(a2.vendors().add_with([&ann, &bob], |r| r.since.set(3)).run(db)), 2);
        assert_eq!(run!(a2.vendors().add_with([ann.id], |r| r.since.set(4)).run(db)), 0);
        assert_eq!(names(&run!(a2.vendors().all(db))), ["ann", "bob"]);
        assert_eq!(run!(a2.vendors().count(db)), 2);
        assert_eq!(names(&run!(a1.vendors().all(db))), ["ann"]);
        assert!(run!(a2.vendors().filter(|v| v.name.eq("bob")).exists(db)));
        // A row that shares one column with another is not that one.
        assert_eq!(run!(ann.stalls().remove([("A", 2), ("B", 2)]).run(db)), 1);
        assert_eq!(names(&run!(a2.vendors().all(db))), ["bob"]);
        assert_eq!(run!(ann.stalls().remove([&b1, &o1]).run(db)), 2);
        assert_eq!(places(&run!(ann.stalls().all(db))), [("A", 1)]);
        assert_eq!(run!(ann.seen().set([&a1, &b1]).run(db)), 2);
        assert_eq!(run!(ann.seen().set([("B".to_owned(), 1_i64), ("A".to_owned(), 2)]).run(db)), 2);
        assert_eq!(places(&run!(ann.seen().all(db))), [("A", 2), ("B", 1)]);
        assert_eq!(run!(a2.vendors().remove([&ann]).run(db)), 0);
        assert_eq!(run!(a2.vendors().clear().run(db)), 1);
        assert_eq!(run!(ann.stalls().set(std::iter::empty::<&Stall>()).run(db)), 1);
        assert_eq!(run!(Rental::objects().count(db)), 0);
        assert_eq!(run!(b1.vendors().remove(std::iter::empty::<&Vendor>()).run(db)), 0);
    }

    fn a_new_row_is_related_to_those_that_share_a_column_with_it(db) {
        let duty = |tenant, code: &str| Duty::create().tenant(tenant).code(code);
        let cook = run!(duty(1, "cook").save(db));
        let wash = run!(duty(1, "wash").save(db));
        let other = run!(duty(2, "cook").save(db));
        let worker = |tenant, number| Worker::create().tenant(tenant).number(Uuid::from_u128(number)).name("w");
        let ann = run!(worker(1, 1).with_existing(|w| w.duties(), [&cook, &wash, &cook]).save(db));
        let codes = run!(ann.duties().objects().order_by(|d| d.code).values(|d| (d.tenant, d.code)).all(db));
        assert_eq!(codes, [(1, "cook".to_owned()), (1, "wash".to_owned())]);
        // From the other side, by keys, of many.
        let new = [duty(1, "sweep"), duty(1, "serve")].map(|duty| duty.with_existing(|d| d.workers(), [(1, ann.number)]));
        assert_eq!(run!(Duty::bulk_create(new).run(db)), 2);
        assert_eq!(run!(ann.duties().count(db)), 4);
        let mixed = error(attempt!(worker(1, 2).with_existing(|w| w.duties(), [&wash, &other]).save(db))).to_string();
        assert!(mixed.contains("`tenant` of a new suite.Rota comes from two rows") && mixed.contains("different values"), "{mixed}");
        assert_eq!((run!(Worker::objects().count(db)), run!(Rota::objects().count(db))), (1, 4));
    }

    fn what_is_wrong_is_said_by_name(db) {
        let (a1, ..) = market!(db);
        vendors!(db: ann);
        let missing = error(attempt!(ann.stalls().add([&a1]).run(db))).to_string();
        assert!(missing.contains("suite.Vendor.stalls goes through suite.Rental, whose rows need more than the two foreign keys: since"), "{missing}");
        let own = error(attempt!(ann.stalls().add_with([&a1], |r| (r.since.set(1), r.hall.set("B"))).run(db))).to_string();
        assert!(own.contains("`hall` of suite.Rental says which rows are related"), "{own}");
        let nowhere = error(attempt!(ann.stalls().add_with([("A", 9)], |r| r.since.set(1)).run(db)));
        assert!(nowhere.is_foreign_key_violation(), "{nowhere:?}");
        assert_eq!(run!(Rental::objects().count(db)), 0);
    }

    fn they_are_filtered_and_counted_both_ways(db) {
        let (a1, a2, b1, _) = market!(db);
        vendors!(db: ann bob cal);
        run!(ann.stalls().add_with([&a1, &a2], |r| r.since.set(1)).run(db));
        run!(bob.stalls().add_with([&a2, &b1], |r| r.since.set(2)).run(db));
        let dear = Vendor::objects().filter(|v| v.stalls().any(|s| s.price.gt(10) & s.hall.eq("A")));
        assert_eq!(names(&run!(dear.all(db))), ["ann", "bob"]);
        let none = Vendor::objects().exclude(|v| v.stalls().exists());
        assert_eq!(names(&run!(none.all(db))), ["cal"]);
        let of_ann = Stall::objects().filter(|s| s.vendors().any(|v| v.name.eq("ann")));
        assert_eq!(places(&run!(of_ann.all(db))), [("A", 1), ("A", 2)]);
        let busy = Stall::objects().filter(|s| s.vendors().count().gt(1));
        assert_eq!(places(&run!(busy.all(db))), [("A", 2)]);
        let counted = run!(Stall::objects().values(|s| (s.hall, s.number, s.vendors().count())).all(db));
        assert_eq!(counted.iter().map(|row| row.2).collect::<Vec<_>>(), [1, 2, 1, 0]);
        let sums = run!(Vendor::objects().annotate(|v| (v.stalls().count(), v.stalls().sum(|s| s.price))).all(db));
        let sums: Vec<(i64, Option<i64>)> = sums.into_iter().map(|(_, sums)| sums).collect();
        assert_eq!(sums, [(2, Some(30)), (2, Some(50)), (0, None)]);
        let grouped = Stall::objects().group_by(|s| s.hall).values(|s| (s.hall, s.price.sum()));
        assert_eq!(run!(grouped.all(db)).len(), 3);
        let ordered = run!(Vendor::objects().order_by(|v| v.stalls().max(|s| s.price).desc().nulls_last()).all(db));
        assert_eq!(names(&ordered), ["bob", "ann", "cal"]);
        // The rows between, with what they lead to.
        let old = Vendor::objects().filter(|v| v.rentals().any(|r| r.since.lt(2) & r.stall().price.eq(20)));
        assert_eq!(names(&run!(old.all(db))), ["ann"]);
    }

    fn they_are_loaded_both_ways_wholly_in_part_and_nested(db) {
        let (a1, a2, b1, o1) = market!(db);
        vendors!(db: ann bob cal);
        run!(ann.stalls().add_with([&a1, &a2, &o1], |r| r.since.set(1)).run(db));
        run!(bob.stalls().add_with([&a2, &b1], |r| r.since.set(2)).run(db));
        let loaded = run!(Vendor::objects().with(|v| v.stalls()).all(db));
        let loaded: Vec<_> = loaded.iter().map(|(_, stalls)| places(stalls)).collect();
        assert_eq!(loaded, [vec![("A", 1), ("A", 2), ("Ö\u{1F980}", 1)], vec![("A", 2), ("B", 1)], vec![]]);
        let back = run!(Stall::objects().with(|s| s.vendors()).all(db));
        let back: Vec<_> = back.iter().map(|(_, vendors)| names(vendors)).collect();
        assert_eq!(back, [vec!["ann"], vec!["ann", "bob"], vec!["bob"], vec!["ann"]]);
        // One row, whose key is no list.
        let one = run!(Stall::objects().filter(|s| s.price.eq(20)).with(|s| s.vendors()).get(db));
        assert_eq!(names(&one.1), ["ann", "bob"]);
        let first = run!(Stall::objects().with(|s| s.vendors().order_by(|v| v.name.desc()).limit(1)).all(db));
        let first: Vec<_> = first.iter().map(|(_, vendors)| names(vendors)).collect();
        assert_eq!(first, [vec!["ann"], vec!["bob"], vec!["bob"], vec!["ann"]]);
        let some = run!(Vendor::objects().with(|v| v.stalls().filter(|s| s.price.gt(10)).limit(1)).all(db));
        let some: Vec<_> = some.iter().map(|(_, stalls)| places(stalls)).collect();
        assert_eq!(some, [vec![("A", 2)], vec![("A", 2)], vec![]]);
        let there_and_back = run!(Vendor::objects().with(|v| v.stalls().with(|s| s.vendors())).all(db));
        assert_eq!(names(&there_and_back[0].1[1].1), ["ann", "bob"]);
        // What the lists say of the rows that they are loaded for joins them.
        let own = run!(Stall::objects().with(|s| s.vendors().filter(move |v| v.id.gt(0) & s.price.gt(10))).all(db));
        assert_eq!(own.iter().map(|(_, vendors)| vendors.len()).collect::<Vec<_>>(), [0, 2, 1, 1]);
    }

    fn pairs_that_are_there_twice_come_once(db) {
        let (a1, a2, ..) = market!(db);
        vendors!(db: ann bob);
        assert_eq!(run!(ann.seen().add([&a1, &a1]).run(db)), 1);
        run!(Look::create().vendor(&ann).hall("A").place(1).save(db));
        run!(Look::create().vendor(&bob).hall("A").save(db));
        run!(Look::create().hall("A").place(2).save(db));
        assert_eq!(run!(a2.visitors().add([&bob]).run(db)), 1);
        assert_eq!(places(&run!(ann.seen().all(db))), [("A", 1)]);
        assert_eq!(run!(Vendor::objects().values(|v| v.seen().count()).all(db)), [1, 1]);
        assert_eq!(run!(Stall::objects().values(|s| s.visitors().count()).all(db)), [1, 1, 0, 0]);
        let loaded = run!(Vendor::objects().with(|v| v.seen()).all(db));
        assert_eq!(loaded.iter().map(|(_, seen)| places(seen)).collect::<Vec<_>>(), [[("A", 1)], [("A", 2)]]);
        let back = run!(Stall::objects().limit(3).with(|s| s.visitors()).all(db));
        let back: Vec<_> = back.iter().map(|(_, vendors)| names(vendors)).collect();
        assert_eq!(back, [vec!["ann"], vec!["bob"], vec![]]);
        assert_eq!(run!(ann.seen().remove([("A", 1)]).run(db)), 2);
        assert_eq!(run!(bob.seen().set([&a1]).run(db)), 2);
        assert_eq!(run!(Look::objects().count(db)), 3, "what leads nowhere relates no rows");
    }

    fn a_model_of_a_composite_key_is_related_to_itself_both_ways(db) {
        let (a1, a2, b1, o1) = market!(db);
        assert_eq!(run!(a1.beside().add([&a2, &b1]).run(db)), 2);
        assert_eq!(run!(a2.beside().add([&a1]).run(db)), 0);
        assert_eq!(places(&run!(a2.beside().all(db))), [("A", 1)]);
        let loaded = run!(Stall::objects().with(|s| s.beside()).all(db));
        let loaded: Vec<_> = loaded.iter().map(|(_, beside)| places(beside)).collect();
        assert_eq!(loaded, [vec![("A", 2), ("B", 1)], vec![("A", 1)], vec![("A", 1)], vec![]]);
        assert_eq!(run!(a1.beside().set([&b1, &o1]).run(db)), 2);
        assert_eq!(run!(a2.beside().count(db)), 0);
        assert_eq!(places(&run!(o1.beside().all(db))), [("A", 1)]);
        run!(a1.delete(db));
        assert_eq!(run!(Doorway::objects().count(db)), 0);
    }

    fn foreign_keys_may_share_a_column(db) {
        let worker = |tenant, number, name: &str| Worker::create().tenant(tenant).number(Uuid::from_u128(number)).name(name);
        let ann = run!(worker(1, 1, "ann").save(db));
        let other = run!(worker(2, 1, "other").save(db));
        let cook = run!(Duty::create().code("cook").tenant(1).save(db));
        let clean = run!(Duty::create().code("clean").tenant(1).save(db));
        let cook_of_2 = run!(Duty::create().code("cook").tenant(2).save(db));
        assert_eq!(run!(ann.duties().add_with([&cook, &clean], |s| s.hours.set(4)).run(db)), 2);
        assert_eq!(run!(cook_of_2.workers().add([&other]).run(db)), 1);
        let codes = run!(ann.duties().objects().values(|d| (d.code, d.tenant)).all(db));
        assert_eq!(codes, [("clean".to_owned(), 1), ("cook".to_owned(), 1)]);
        let loaded = run!(Duty::objects().with(|d| d.workers()).all(db));
        let loaded: Vec<Vec<&str>> =
            loaded.iter().map(|(_, workers)| workers.iter().map(|worker| worker.name.as_str()).collect()).collect();
        assert_eq!(loaded, [["ann"], ["ann"], ["other"]]);
        let mixed = error(attempt!(ann.duties().add([&cook, &cook_of_2]).run(db))).to_string();
        assert!(mixed.contains("both foreign keys of suite.Rota are over `tenant`, and rows are related that hold different values in it"), "{mixed}");
        assert_eq!(run!(ann.duties().remove([&cook_of_2]).run(db)), 0);
        assert_eq!(run!(ann.duties().set([&clean]).run(db)), 1);
        assert_eq!(run!(Rota::objects().count(db)), 2);

        let stint = || Stint::create().tenant(1).worker_number(ann.number).duty_code("cook");
        run!(Stint::bulk_create([stint(), stint()]).run(db));
        assert_eq!(run!(ann.past_duties().objects().all(db)), std::slice::from_ref(&cook));
        assert_eq!(run!(cook.former_workers().objects().all(db)), std::slice::from_ref(&ann));
        let loaded = run!(Worker::objects().with(|w| w.past_duties()).all(db));
        let loaded: Vec<usize> = loaded.iter().map(|(_, duties)| duties.len()).collect();
        assert_eq!(loaded, [1, 0]);
    }

    fn many_rows_are_related_at_once(db) {
        let stalls = (0..1200).map(|number| Stall::create().hall("A").number(number).price(1));
        run!(Stall::bulk_create(stalls).run(db));
        vendors!(db: ann);
        let keys = || (0..1200_i64).map(|number| ("A", number));
        assert_eq!(run!(ann.stalls().add_with(keys(), |r| r.since.set(1)).run(db)), 1200);
        assert_eq!(run!(ann.stalls().count(db)), 1200);
        assert_eq!(run!(Vendor::objects().with(|v| v.stalls()).get(db)).1.len(), 1200);
        let back = run!(Stall::objects().with(|s| s.vendors()).all(db));
        assert!(back.iter().all(|(_, vendors)| names(vendors) == ["ann"]));
        assert_eq!(run!(ann.seen().set(keys()).run(db)), 1200);
        assert_eq!(run!(ann.seen().set(keys().take(3)).run(db)), 1197);
    }
}

/// What another transaction relates in the meantime is related already, and no error.
fn a_pair_that_comes_meanwhile_stays(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    value(
        Stall::bulk_create((1..=2).map(|number| Stall::create().hall("A").number(number).price(1))).run(&db),
    );
    let ann = value(Vendor::create().name("ann").save(&db));
    let tenant = value(Worker::create().tenant(1).number(Uuid::nil()).name("w").save(&db));
    let cook = value(Duty::create().code("cook").tenant(1).save(&db));
    let add = |since| {
        ann.stalls()
            .add_with([("A", 1), ("A", 2)], move |r| r.since.set(since))
    };
    thread::scope(|scope| {
        let other = value(db.transaction(|tx| {
            assert_eq!(add(1).run(tx)?, 2);
            assert_eq!(tenant.duties().add([&cook]).run(tx)?, 1);
            let other = scope.spawn(|| {
                let by_unique = value(add(2).run(&db));
                // Both foreign keys share a column, and the primary key is over them.
                by_unique + value(tenant.duties().add([&cook]).run(&db))
            });
            // So that it has asked which rows are related.
            thread::sleep(Duration::from_millis(300));
            Ok(other)
        }));
        assert_eq!(other.join().expect("no panic"), 0);
    });
    assert_eq!(value(ann.rentals().filter(|r| r.since.eq(1)).count(&db)), 2);
}

#[test]
fn a_pair_that_comes_meanwhile_stays_sqlite() {
    a_pair_that_comes_meanwhile_stays(Backend::Sqlite);
}

#[test]
fn a_pair_that_comes_meanwhile_stays_postgres() {
    a_pair_that_comes_meanwhile_stays(Backend::Postgres);
}
