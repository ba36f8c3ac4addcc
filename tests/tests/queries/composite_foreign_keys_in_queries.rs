//! Foreign keys over several columns in queries: followed and led back over.

use orm::db::Dialect;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};

orm::app!("suite");

/// Pointed at by a key of three types, by what is unique beside it, and by itself.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("company", "number"), unique("letter", "floor"))]
#[orm(foreign_key("main", fields("company", "main_number", "main_batch"), to = Yard, related_name = "branches"))]
pub struct Yard {
    #[orm(primary_key)]
    pub company: String,
    #[orm(primary_key)]
    pub number: i64,
    #[orm(primary_key, column = "The Batch")]
    pub batch: Uuid,
    pub city: String,
    pub letter: Option<String>,
    pub floor: i32,
    pub main_number: Option<i64>,
    pub main_batch: Option<Uuid>,
}

#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Berth {
    pub letter: String,
    pub floor: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), index("company", "depot_number", "depot_batch"))]
#[orm(foreign_key("depot", fields("company", "depot_number", "depot_batch"), to = Yard, on_delete = Cascade, related_name = "parcels"))]
#[orm(foreign_key("seen", fields("company", "seen_number", "seen_batch"), to = Yard, db_constraint = false, related_name = "+"))]
#[orm(foreign_key("bay", fields("letter", "floor"), to = Yard, to_fields("letter", "floor"), on_delete = Cascade))]
pub struct Cargo {
    pub id: i64,
    pub company: String,
    pub depot_number: Option<i64>,
    pub depot_batch: Option<Uuid>,
    pub letter: String,
    pub floor: i32,
    pub seen_number: Option<i64>,
    pub seen_batch: Option<Uuid>,
    pub label: String,
    pub weight: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(foreign_key("bay", fields("at.letter", "at.floor"), to = Yard, to_fields("letter", "floor"), on_delete = Cascade, related_name = "stops"))]
pub struct Halt {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "stops")]
    pub cargo: ForeignKey<Cargo>,
    #[orm(embed)]
    pub at: Berth,
}

pub fn batch(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Two companies with a depot 1 each, of which ACME has a second one below the first. In ACME 1 are the parcels `a` and `b`; `c` has a
/// number and no batch, `d` neither; `e` is in Zürich 1.
macro_rules! depots {
    ($db:ident) => {{
        let depot = |company: &str, number, of: u128, city: &str| {
            Yard::create()
                .company(company)
                .number(number)
                .batch(batch(of))
                .city(city)
        };
        let main = run!(depot("ACME", 1, 1, "Bern").letter("a").floor(1).save($db));
        let second = run!(
            depot("ACME", 2, 2, "Genève")
                .letter("b")
                .floor(1)
                .main_number(1)
                .main_batch(batch(1))
                .save($db)
        );
        let other = run!(
            depot("Zürich", 1, 1, "Basel")
                .letter("a")
                .floor(2)
                .main_number(2)
                .save($db)
        );
        let parcel = |company: &str, label: &str, weight| {
            Cargo::create()
                .company(company)
                .label(label)
                .weight(weight)
                .letter("a")
                .floor(1)
        };
        let a = run!(
            parcel("ACME", "a", 10)
                .depot_number(1)
                .depot_batch(batch(1))
                .letter("b")
                .save($db)
        );
        run!(
            parcel("ACME", "b", 20)
                .depot_number(1)
                .depot_batch(batch(1))
                .save($db)
        );
        run!(parcel("ACME", "c", 30).depot_number(1).save($db));
        run!(parcel("ACME", "d", 40).floor(2).save($db));
        let e = run!(
            parcel("Zürich", "e", 50)
                .depot_number(1)
                .depot_batch(batch(1))
                .seen_number(9)
                .seen_batch(batch(9))
                .save($db)
        );
        run!(
            Halt::create()
                .cargo(&a)
                .at(Berth {
                    letter: "a".to_owned(),
                    floor: 2
                })
                .save($db)
        );
        run!(
            Halt::create()
                .cargo(&e)
                .at(Berth {
                    letter: "b".to_owned(),
                    floor: 1
                })
                .save($db)
        );
        [main, second, other]
    }};
}
pub(crate) use depots;

behaviour! {
    fn a_condition_follows_all_columns(db) {
        depots!(db);
        let labels = |query: QuerySet<Cargo>| query.values(|p| p.label);
        assert_eq!(run!(labels(Cargo::objects().filter(|p| p.depot().city.eq("Bern"))).all(db)), ["a", "b"]);
        assert_eq!(run!(labels(Cargo::objects().exclude(|p| p.depot().city.eq("Bern"))).all(db)), ["c", "d", "e"]);
        assert_eq!(run!(labels(Cargo::objects().filter(|p| p.depot().city.is_null())).all(db)), ["c", "d"]);
        assert_eq!(run!(labels(Cargo::objects().filter(|p| p.depot().city.ends_with("l") & p.bay().city.eq("Bern"))).all(db)), ["e"]);
        let deep = Halt::objects().filter(|s| s.cargo().bay().main().city.eq("Bern")).values(|s| (s.at.letter, s.bay().city, s.cargo().depot().city));
        assert_eq!(run!(deep.all(db)), [("a".to_owned(), Some("Basel".to_owned()), Some("Bern".to_owned()))]);
    }

    fn values_and_orders_follow_it(db) {
        depots!(db);
        let rows = Cargo::objects().order_by(|p| (p.depot().city.desc().nulls_last(), p.bay().city, p.id)).values(|p| (p.label, p.depot().city, p.bay().city, p.depot().main().city));
        let rows = run!(rows.all(db));
        let rows: Vec<_> = rows.iter().map(|(label, depot, bay, main)| (label.as_str(), depot.as_deref(), bay.as_str(), main.as_deref())).collect();
        assert_eq!(
            rows,
            [
                ("b", Some("Bern"), "Bern", None),
                ("a", Some("Bern"), "Genève", None),
                ("e", Some("Basel"), "Bern", None),
                ("d", None, "Basel", None),
                ("c", None, "Bern", None),
            ]
        );
        // Points at one that is not there, which the database does not look at.
        assert_eq!(run!(Cargo::objects().filter(|p| p.seen().city.is_null() & p.seen_number.is_not_null()).values(|p| p.label).all(db)), ["e"]);
        let first = run!(Cargo::objects().order_by(|p| p.bay().city).after(None, 3, db));
        let next = run!(Cargo::objects().order_by(|p| p.bay().city).after(first.next.as_ref(), 3, db));
        assert_eq!(first.rows.iter().chain(&next.rows).map(|p| p.label.as_str()).collect::<Vec<_>>(), ["d", "b", "c", "e", "a"]);
    }

    fn it_is_joined_once(db) {
        let query = || {
            Cargo::objects()
                .filter(|p| p.depot().city.eq("Bern") & p.depot().floor.gt(0))
                .order_by(|p| p.depot().city)
                .values(|p| (p.depot().city, p.depot().main().city, p.depot().main().floor))
        };
        assert_eq!(run!(query().all(db)), []);
        for dialect in [Dialect::SQLITE, Dialect::POSTGRES] {
            let sql = value(query().sql(dialect));
            assert_eq!(sql.matches("JOIN").count(), 2, "{sql}");
            let on = "ON \"t1\".\"company\" = \"suite_cargo\".\"company\" AND \"t1\".\"number\" = \"suite_cargo\".\"depot_number\" AND \"t1\".\"The Batch\" = \"suite_cargo\".\"depot_batch\"";
            assert!(sql.contains(on), "{sql}");
        }
    }

    fn it_leads_back(db) {
        let [main, second, other] = depots!(db);
        let cities = |query: QuerySet<Yard>| query.values(|d| d.city);
        assert_eq!(run!(cities(Yard::objects().filter(|d| d.parcels().any(|p| p.weight.gt(10)))).all(db)), ["Bern", "Basel"]);
        assert_eq!(run!(cities(Yard::objects().filter(|d| d.parcels().every(|p| p.weight.gt(10)))).all(db)), ["Genève", "Basel"]);
        assert_eq!(run!(cities(Yard::objects().exclude(|d| d.parcels().exists())).all(db)), ["Genève"]);
        assert_eq!(run!(cities(Yard::objects().filter(|d| d.branches().any(|b| b.cargo_set().exists()))).all(db)), ["Bern"]);
        let rows = Yard::objects().values(|d| {
            let heavy = d.parcels().filter(|p| p.weight.gt(10));
            (d.city, d.parcels().count(), d.parcels().sum(|p| p.weight), heavy.count(), d.parcels().order_by(|p| p.weight.desc()).first(|p| p.label), d.cargo_set().count(), d.branches().count(), d.stops().count())
        });
        let rows = run!(rows.all(db));
        let rows: Vec<_> = rows.iter().map(|(city, all, sum, heavy, first, bay, branches, stops)| (city.as_str(), *all, *sum, *heavy, first.as_deref(), *bay, *branches, *stops)).collect();
        assert_eq!(
            rows,
            [("Bern", 2, Some(30), 1, Some("b"), 3, 1, 0), ("Genève", 0, None, 0, None, 1, 0, 1), ("Basel", 1, Some(50), 1, Some("e"), 1, 0, 1)]
        );
        // From rows.
        assert_eq!(run!(main.parcels().values(|p| p.label).all(db)), ["a", "b"]);
        assert_eq!(run!(main.branches().all(db)), std::slice::from_ref(&second));
        assert_eq!(run!(other.parcels().filter(|p| p.weight.lt(50)).count(db)), 0);
        assert_eq!(run!(second.main().get(db)), main);
        assert_eq!(run!(other.main().get_or_none(db)), None);
        assert_eq!(run!(main.main().get_or_none(db)), None);
        let stop = run!(Halt::objects().order_by(|s| s.id).first(db)).unwrap();
        assert_eq!(run!(stop.bay().get(db)), other);
        assert_eq!(run!(other.stops().values(|s| s.cargo().label).all(db)), ["a"]);
    }

    fn a_null_on_either_side_is_related_to_nothing(db) {
        depots!(db);
        let nowhere = run!(Yard::create().company("ACME").number(7).batch(batch(7)).city("Chur").floor(1).save(db));
        assert_eq!(run!(nowhere.cargo_set().count(db)), 0);
        assert_eq!(run!(Yard::objects().filter(|d| d.city.eq("Chur")).values(|d| (d.cargo_set().count(), d.cargo_set().exists(), d.main().city)).all(db)), [(0, false, None)]);
        let half = run!(Cargo::objects().filter(|p| p.label.eq("c")).get(db));
        assert_eq!((half.depot_number, run!(half.depot().count(db))), (Some(1), 0));
    }

    fn groups_and_aggregates_follow_it(db) {
        depots!(db);
        let by_city = Cargo::objects().group_by(|p| p.depot().city).values(|p| (p.depot().city, count(), p.weight.sum())).order_by(|p| p.depot().city.asc().nulls_last());
        assert_eq!(run!(by_city.all(db)), [(Some("Basel".to_owned()), 1, Some(50)), (Some("Bern".to_owned()), 2, Some(30)), (None, 2, Some(70))]);
        assert_eq!(run!(Cargo::objects().aggregate(|p| (p.depot().floor.sum(), p.depot().city.count_distinct())).run(db)), (Some(4), 2));
        let annotated = Yard::objects().annotate(|d| (d.parcels().count(), d.main().city)).filter(|d| d.company.eq("ACME"));
        let annotated = run!(annotated.all(db));
        assert_eq!(annotated.iter().map(|(depot, (parcels, main))| (depot.city.as_str(), *parcels, main.as_deref())).collect::<Vec<_>>(), [("Bern", 2, None), ("Genève", 0, Some("Bern"))]);
        // What is related to the rows of a group is named by all columns.
        let whole = Yard::objects().group_by(|d| (d.company, d.number, d.batch)).values(|d| (d.number, d.parcels().count(), count())).order_by(|d| (d.company, d.number));
        assert_eq!(run!(whole.all(db)), [(1, 2, 1), (2, 0, 1), (1, 1, 1)]);
        let part = Yard::objects().group_by(|d| d.company).values(|d| (d.company, d.parcels().count()));
        let refused = error(attempt!(part.all(db)));
        assert!(refused.to_string().contains("`number` of suite.Yard"), "{refused}");
        let unique = Yard::objects().group_by(|d| (d.letter, d.floor)).values(|d| (d.letter, d.cargo_set().count())).order_by(|d| (d.letter, d.floor));
        assert_eq!(run!(unique.all(db)), [(Some("a".to_owned()), 3), (Some("a".to_owned()), 1), (Some("b".to_owned()), 1)]);
    }

    fn what_is_written_follows_it(db) {
        let [main, ..] = depots!(db);
        assert_eq!(run!(Cargo::objects().filter(|p| p.depot().city.eq("Bern")).update(|p| p.weight.set(p.weight + 1)).run(db)), 2);
        assert_eq!(run!(Cargo::objects().update(|p| p.label.set(p.bay().city)).run(db)), 5);
        assert_eq!(run!(Cargo::objects().values(|p| (p.label, p.weight)).all(db))[0], ("Genève".to_owned(), 11));
        assert_eq!(run!(Yard::objects().update(|d| d.city.set(d.cargo_set().order_by(|p| p.id).first(|p| p.label).coalesce(""))).run(db)), 3);
        assert_eq!(run!(Yard::objects().values(|d| d.city).all(db)), ["Bern", "Genève", "Basel"]);
        assert_eq!(run!(Cargo::objects().filter(|p| p.depot().main().city.is_null() & p.depot().city.eq("Bern")).delete().run(db)), 2);
        assert_eq!(run!(main.parcels().count(db)), 0);
    }

    fn rows_are_locked_along_it(db) {
        depots!(db);
        let done: orm::Result<()> = transaction!(db, |tx| {
            let locked = Cargo::objects().filter(|p| p.bay().floor.gt(0)).select_for_update().of(|p| p.bay());
            assert_eq!(run!(locked.all(tx)).len(), 5);
            Ok(())
        });
        value(done);
    }
}
