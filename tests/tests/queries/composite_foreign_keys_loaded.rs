//! Rows that foreign keys over several columns lead to and back to, loaded beside others.

#![allow(clippy::type_complexity, reason = "the types are what is loaded")]

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::value;

use crate::composite_foreign_keys_in_queries::*;

orm::app!("suite");

/// An enum type of the database, with a quote in its name.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[orm(native = "the \"deck\"")]
pub enum Deck {
    Upper,
    Lower,
}

/// Columns of types that keys seldom have, in another order than the key and as a part of more than the primary key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), unique("deck", "price", "day"), unique("name", "id"))]
pub struct Rack {
    pub id: i64,
    pub deck: Deck,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub price: Decimal,
    pub day: NaiveDate,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(foreign_key("rack", fields("day", "deck", "price"), to = Rack, to_fields("day", "deck", "price"), related_name = "slots"))]
#[orm(foreign_key("named", fields("rack_id", "rack_name"), to = Rack, to_fields("id", "name"), related_name = "by_name"))]
pub struct Slot {
    pub id: i64,
    pub deck: Deck,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub price: Option<Decimal>,
    pub day: NaiveDate,
    pub rack_id: i64,
    pub rack_name: String,
}

/// The same tables as a program has them that did not make them.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "suite_rack", unmanaged, ordering("id"), unique("deck", "price"))]
pub struct RackSeen {
    pub id: i64,
    pub deck: String,
    pub price: Decimal,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "suite_slot", unmanaged, ordering("id"))]
#[orm(foreign_key("rack", fields("deck", "price"), to = RackSeen, to_fields("deck", "price"), related_name = "slots"))]
pub struct SlotSeen {
    pub id: i64,
    pub deck: String,
    pub price: Option<Decimal>,
}

behaviour! {
    fn the_row_ahead_is_loaded(db) {
        let [main, second, other] = depots!(db);
        let rows: Vec<(Cargo, Option<Yard>, Yard)> = run!(Cargo::objects().with(|p| p.depot()).with(|p| p.bay()).all(db));
        let found: Vec<_> = rows.iter().map(|(cargo, depot, bay)| (cargo.label.as_str(), depot.as_ref(), bay)).collect();
        assert_eq!(found, [("a", Some(&main), &second), ("b", Some(&main), &main), ("c", None, &main), ("d", None, &other), ("e", Some(&other), &main)]);
        let deep: Vec<(Halt, (Cargo, Option<(Yard, Option<Yard>)>))> = run!(Halt::objects().with(|h| h.cargo().with(|p| p.depot().with(|d| d.main()))).all(db));
        let cities: Vec<_> = deep.iter().map(|(_, (_, depot))| depot.as_ref().map(|(depot, main)| (depot.city.as_str(), main.is_some()))).collect();
        assert_eq!(cities, [Some(("Bern", false)), Some(("Basel", false))]);
        let one: (Yard, Option<Yard>) = run!(Yard::objects().with(|d| d.main()).filter(|d| d.city.eq("Genève")).get(db));
        assert_eq!(one, (second, Some(main)));
    }

    fn rows_that_are_there_already_are_loaded_for(db) {
        depots!(db);
        let cargo = run!(Cargo::objects().all(db));
        let loaded: Vec<(Cargo, Option<Yard>, Yard)> = run!(cargo.load(|p| p.depot()).load(|p| p.bay()).run(db));
        let cities: Vec<_> = loaded.iter().map(|(cargo, depot, bay)| (cargo.label.as_str(), depot.as_ref().map(|yard| yard.city.as_str()), bay.city.as_str())).collect();
        assert_eq!(cities, [("a", Some("Bern"), "Genève"), ("b", Some("Bern"), "Bern"), ("c", None, "Bern"), ("d", None, "Basel"), ("e", Some("Basel"), "Bern")]);
        let yards: Vec<Yard> = run!(Yard::objects().all(db));
        let loaded: Vec<(Yard, Vec<Cargo>, Option<Yard>)> = run!(yards.load(|d| d.parcels()).load(|d| d.main()).run(db));
        assert_eq!(loaded.iter().map(|(_, parcels, main)| (parcels.len(), main.is_some())).collect::<Vec<_>>(), [(2, false), (0, true), (1, false)]);
        let halts = run!(Halt::objects().all(db));
        let deep: Vec<(Halt, Option<Yard>)> = run!(halts.load(|h| h.cargo().depot()).run(db));
        assert_eq!(deep.iter().map(|(_, depot)| depot.as_ref().map(|yard| yard.city.as_str())).collect::<Vec<_>>(), [Some("Bern"), Some("Basel")]);
    }

    fn each_list_has_a_limit(db) {
        depots!(db);
        let labels = |cargo: &[Cargo]| cargo.iter().map(|cargo| cargo.label.as_str()).collect::<String>();
        let heaviest = run!(Yard::objects().with(|d| d.parcels().order_by(|p| p.weight.desc()).limit(1)).with(|d| d.cargo_set().offset(1).limit(1)).all(db));
        assert_eq!(heaviest.iter().map(|(_, parcels, bay)| (labels(parcels), labels(bay))).collect::<Vec<_>>(), [("b", "c"), ("", ""), ("e", "")].map(|(parcels, bay)| (parcels.to_owned(), bay.to_owned())));
    }

    fn the_rows_back_are_loaded(db) {
        depots!(db);
        // Two depots of one company, two of number 1, and two of batch 1: all columns tell.
        let rows: Vec<(Yard, Vec<Cargo>, Vec<Cargo>, Vec<Yard>)> = run!(Yard::objects().with(|d| d.parcels()).with(|d| d.cargo_set()).with(|d| d.branches()).all(db));
        let labels = |cargo: &[Cargo]| cargo.iter().map(|cargo| cargo.label.as_str()).collect::<String>();
        let found: Vec<_> = rows.iter().map(|(yard, parcels, bay, branches)| (yard.city.as_str(), labels(parcels), labels(bay), branches.len())).collect();
        let expected = [("Bern", "ab", "bce", 1), ("Genève", "", "a", 0), ("Basel", "e", "d", 0)];
        assert_eq!(found, expected.map(|(city, parcels, bay, branches)| (city, parcels.to_owned(), bay.to_owned(), branches)));
        let narrowed = Yard::objects().with(|d| d.parcels().filter(|p| p.weight.gt(10)).order_by(|p| p.weight.desc()));
        let narrowed = run!(narrowed.all(db));
        assert_eq!(narrowed.iter().map(|(_, parcels)| labels(parcels)).collect::<Vec<_>>(), ["b", "", "e"]);
        let sorted = run!(Yard::objects().with(|d| d.cargo_set().order_by(|p| (p.depot().city.asc().nulls_last(), p.id.desc()))).all(db));
        assert_eq!(sorted.iter().map(|(_, bay)| labels(bay)).collect::<Vec<_>>(), ["ebc", "a", "d"]);
        // What is said of the rows that they are loaded for joins those.
        let heavier = run!(Yard::objects().with(|d| d.parcels().filter(move |p| p.weight.gt(d.number * 15))).all(db));
        assert_eq!(heavier.iter().map(|(_, parcels)| labels(parcels)).collect::<Vec<_>>(), ["b", "", "e"]);
        let counted = run!(Yard::objects().with(|d| d.parcels().annotate(|p| p.stops().count())).all(db));
        assert_eq!(counted.iter().map(|(_, parcels)| parcels.iter().map(|(_, stops)| *stops).collect()).collect::<Vec<Vec<i64>>>(), [vec![1, 0], vec![], vec![1]]);
        let deep: Vec<(Yard, Vec<(Yard, Vec<(Cargo, Option<Yard>)>)>)> = run!(Yard::objects().with(|d| d.branches().with(|b| b.cargo_set().with(|p| p.depot()))).all(db));
        assert_eq!(deep[0].1[0].1[0].1.as_ref().map(|yard| yard.city.as_str()), Some("Bern"));
        let beside: Vec<(Halt, (Cargo, Option<(Yard, Vec<Cargo>)>))> = run!(Halt::objects().with(|h| h.cargo().with(|p| p.depot().with(|d| d.parcels()))).all(db));
        assert_eq!(beside.iter().map(|(_, (_, depot))| depot.as_ref().map(|(_, parcels)| labels(parcels))).collect::<Vec<_>>(), [Some("ab".to_owned()), Some("e".to_owned())]);
    }

    fn a_list_beside_one_row_is_loaded_by_its_key(db) {
        let [main, second, other] = depots!(db);
        let count = |yard: &Yard, parcels: usize, branches: usize| (yard.clone(), parcels, branches);
        for (yard, expected) in [(&main, count(&main, 2, 1)), (&second, count(&second, 0, 0)), (&other, count(&other, 1, 0))] {
            let key = (yard.company.as_str(), yard.number, yard.batch);
            let (found, parcels, branches) = run!(Yard::objects().filter(|d| d.company.eq(key.0) & d.number.eq(key.1) & d.batch.eq(key.2)).with(|d| d.parcels()).with(|d| d.branches()).get(db));
            assert_eq!((found, parcels.len(), branches.len()), expected);
            let first = run!(Yard::objects().filter(|d| d.city.eq(&yard.city)).with(|d| d.parcels()).first(db));
            assert_eq!(first.map(|(_, parcels)| parcels.len()), Some(expected.1));
        }
        let mut rows = rows!(Yard::objects().order_by(|d| d.city).with(|d| d.parcels().with(|p| p.stops())), db);
        let mut found = Vec::new();
        while let Some(row) = next!(rows) {
            let (yard, parcels) = value(row);
            found.push((yard.city, parcels.iter().map(|(_, stops)| stops.len()).collect::<Vec<_>>()));
        }
        assert_eq!(found, [("Basel".to_owned(), vec![1]), ("Bern".to_owned(), vec![1, 0]), ("Genève".to_owned(), vec![])]);
    }

    fn lists_of_rows_that_hold_null_are_empty(db) {
        let yard = |number: i64| Yard::create().company("ACME").number(number).batch(batch(1)).city(number.to_string()).floor(7);
        for number in 0..3 {
            run!(yard(number).save(db));
        }
        run!(yard(3).letter("z").save(db));
        run!(Cargo::create().company("ACME").letter("z").floor(7).label("z").weight(1).save(db));
        let none: Vec<(Yard, Vec<Cargo>)> = run!(Yard::objects().filter(|d| d.letter.is_null()).with(|d| d.cargo_set()).all(db));
        assert!(none.len() == 3 && none.iter().all(|(_, bay)| bay.is_empty()));
        let mixed = run!(Yard::objects().with(|d| d.cargo_set()).all(db));
        assert_eq!(mixed.iter().map(|(_, bay)| bay.len()).collect::<Vec<_>>(), [0, 0, 0, 1]);
        assert_eq!(run!(Yard::objects().none().with(|d| d.cargo_set()).all(db)).len(), 0);
    }

    fn columns_of_every_type_are_told_apart(db) {
        let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
        let price = |text: &str| text.parse::<Decimal>().unwrap();
        let rack = |deck, at: &str, of, name: &str| Rack::create().deck(deck).price(price(at)).day(day(of)).name(name);
        let upper = run!(rack(Deck::Upper, "1.50", 1, "ü").save(db));
        let lower = run!(rack(Deck::Lower, "1.5", 1, "l").save(db));
        let empty = run!(rack(Deck::Lower, "2", 29, "").save(db));
        let slot = |deck, rack: &Rack| Slot::create().deck(deck).day(day(1)).rack_id(rack.id).rack_name(&rack.name);
        run!(slot(Deck::Upper, &empty).price(price("1.5")).save(db));
        run!(slot(Deck::Upper, &upper).price(price("1.50")).save(db));
        run!(slot(Deck::Lower, &lower).price(price("1.500")).save(db));
        run!(slot(Deck::Lower, &lower).save(db));
        let racks: Vec<(Rack, Vec<Slot>, Vec<Slot>)> = run!(Rack::objects().with(|r| r.slots()).with(|r| r.by_name()).all(db));
        let ids = |slots: &[Slot]| slots.iter().map(|slot| slot.id).collect::<Vec<_>>();
        let found: Vec<_> = racks.iter().map(|(rack, slots, by_name)| (rack.id, ids(slots), ids(by_name))).collect();
        assert_eq!(found, [(upper.id, vec![1, 2], vec![2]), (lower.id, vec![3], vec![3, 4]), (empty.id, vec![], vec![1])]);
        let rows = run!(Slot::objects().with(|s| s.rack()).with(|s| s.named()).all(db));
        let found: Vec<_> = rows.iter().map(|(_, rack, named)| (rack.as_ref().map(|rack| rack.id), named.id)).collect();
        assert_eq!(found, [(Some(upper.id), empty.id), (Some(upper.id), upper.id), (Some(lower.id), lower.id), (None, lower.id)]);
        assert_eq!(run!(Rack::objects().values(|r| (r.slots().count(), r.by_name().count())).all(db)), [(2, 1), (1, 2), (0, 1)]);
        assert_eq!(run!(Slot::objects().group_by(|s| s.named().name).values(|s| (s.named().name, count())).order_by(|s| s.named().name).all(db)).len(), 3);
        assert_eq!(ids(&run!(upper.slots().all(db))), [1, 2]);
        let seen: Vec<(RackSeen, Vec<SlotSeen>)> = run!(RackSeen::objects().with(|r| r.slots()).all(db));
        assert_eq!(seen.iter().map(|(_, slots)| slots.len()).collect::<Vec<_>>(), [2, 1, 0]);
        let one = run!(RackSeen::objects().filter(|r| r.id.eq(upper.id)).with(|r| r.slots().with(|s| s.rack())).get(db));
        assert_eq!(one.1.len(), 2);
    }

    fn many_keys_are_two_statements(db) {
        let yards = (0..300_i64).map(|number| Yard::create().company(format!("c{}", number % 7)).number(number % 11).batch(batch(number.unsigned_abs().into())).city("x").letter(format!("ü{}", number % 5)).floor(i32::try_from(number).unwrap()));
        let yards = run!(Yard::bulk_create(yards).all(db));
        let cargo = yards.iter().flat_map(|yard| (0..yard.floor % 3).map(|at| {
            let cargo = Cargo::create().company(&yard.company).depot_number(yard.number).depot_batch(yard.batch).label(format!("{}-{at}", yard.floor));
            cargo.letter(yard.letter.clone().unwrap()).floor(yard.floor).weight(i64::from(yard.floor))
        }));
        run!(Cargo::bulk_create(cargo).run(db));
        let loaded: Vec<(Yard, Vec<Cargo>, Vec<Cargo>)> = run!(Yard::objects().with(|d| d.parcels()).with(|d| d.cargo_set()).all(db));
        assert_eq!(loaded.len(), 300);
        for (yard, parcels, bay) in &loaded {
            assert_eq!(parcels, bay);
            assert_eq!(parcels.len(), usize::try_from(yard.floor % 3).unwrap());
            assert!(parcels.iter().all(|cargo| cargo.weight == i64::from(yard.floor)));
        }
    }
}
