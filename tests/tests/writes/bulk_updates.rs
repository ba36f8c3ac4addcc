//! Many rows with values of their own: one statement for each batch, whatever they are.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::samples::samples;

orm::app!("suite");

/// A key of two columns.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("shelf", "place"))]
pub struct Jar {
    #[orm(primary_key)]
    pub shelf: i64,
    #[orm(primary_key)]
    pub place: String,
    pub honey: Option<i64>,
    pub label: String,
    #[orm(generated = |j| j.honey.coalesce(0) + 1)]
    pub more: i64,
}

/// Arrays are bound row by row.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Basket {
    pub id: i64,
    pub fruits: Vec<String>,
    pub numbers: Option<Vec<i64>>,
    pub owner: Option<Uuid>,
}

/// The table of `Basket` as others know it: its types are the table's.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "suite_basket")]
pub struct BasketOwner {
    pub id: i64,
    pub owner: Option<Uuid>,
}

behaviour! {
    fn each_row_gets_its_own_values_whatever_their_number(db) {
        for size in [0_i64, 1, 2, 16, 17, 99, 100, 101, 250, 1_001] {
            let drafts = (0..size).map(|at| Line::create().text(at.to_string()).note("n"));
            let mut lines = run!(Line::bulk_create(drafts).all(db));
            for (at, line) in (0..).zip(&mut lines) {
                line.text = format!("{size}: {at} é");
                line.note = (at % 2 == 0).then(|| "even".to_owned());
            }
            let changed = run!(Line::bulk_update(&lines, |l| (l.note, l.text)).run(db));
            assert_eq!(changed, size as u64);
            assert_eq!(run!(Line::objects().order_by(|l| l.id).all(db)), lines, "{size}");
            run!(Line::objects().delete().run(db));
        }
    }

    fn ten_thousand_rows_are_changed_whole(db) {
        let mut rows = run!(Counter::bulk_create((0..10_000).map(|value| Counter::create().value(value))).all(db));
        rows.iter_mut().for_each(|row| row.value = -row.value);
        assert_eq!(run!(Counter::bulk_update(&rows, |c| c.value).run(db)), 10_000);
        assert_eq!(run!(Counter::objects().order_by(|c| c.id).all(db)), rows);
    }

    fn other_columns_and_other_rows_stay_as_they_are(db) {
        let drafts = ["a", "b", "c"].map(|text| Line::create().text(text).note("kept"));
        let before = run!(Line::bulk_create(drafts).all(db));
        let mut given = before[..2].to_vec();
        for line in &mut given {
            line.text.push('!');
            line.note = None;
        }
        assert_eq!(run!(Line::bulk_update(given, |l| l.text).run(db)), 2);
        let texts = run!(Line::objects().order_by(|l| l.id).values(|l| (l.text, l.note)).all(db));
        let kept = || Some("kept".to_owned());
        assert_eq!(texts, [("a!".to_owned(), kept()), ("b!".to_owned(), kept()), ("c".to_owned(), kept())]);
    }

    fn rows_that_are_gone_are_not_counted(db) {
        let mut lines = run!(Line::bulk_create((0..40).map(|at| Line::create().text(at.to_string()))).all(db));
        run!(Line::objects().filter(|l| l.text.in_(["0", "7", "39"])).delete().run(db));
        lines.iter_mut().for_each(|line| line.text.push('x'));
        assert_eq!(run!(Line::bulk_update(&lines, |l| l.text).run(db)), 37);
        assert_eq!(run!(Line::objects().filter(|l| l.text.ends_with("x")).count(db)), 37);
    }

    fn a_composite_key_finds_its_row(db) {
        let jar = |at: i64| Jar::create().shelf(at % 3).place(format!("p{}", at / 3)).honey(at).label("l");
        run!(Jar::bulk_create((0..30).map(jar)).run(db));
        let mut jars = run!(Jar::objects().all(db));
        for (at, jar) in (0..).zip(&mut jars) {
            jar.honey = (at % 4 != 0).then_some(at);
            jar.more = jar.honey.unwrap_or(0) + 1;
        }
        for few in [2, 30] {
            assert_eq!(run!(Jar::bulk_update(&jars[..few], |j| j.honey).run(db)), few as u64);
        }
        assert_eq!(run!(Jar::objects().all(db)), jars);
    }

    fn arrays_and_nulls_keep_their_types(db) {
        for size in [1_usize, 3, 40, 300] {
            let drafts = (0..size).map(|_| Basket::create().fruits(vec!["a".to_owned()]).numbers(vec![1]));
            let mut baskets = run!(Basket::bulk_create(drafts).all(db));
            for (at, basket) in baskets.iter_mut().enumerate() {
                basket.fruits = (0..at % 5).map(|fruit| format!("{fruit}, \"{at}\"")).collect();
                basket.numbers = (at % 3 > 0).then(|| vec![at as i64; at % 3]);
                basket.owner = (at % 2 > 0).then(|| Uuid::from_u128(at as u128));
            }
            let changed = run!(Basket::bulk_update(&baskets, |b| (b.fruits, b.numbers, b.owner)).run(db));
            assert_eq!(changed, size as u64);
            assert_eq!(run!(Basket::objects().order_by(|b| b.id).all(db)), baskets);
            let mut owners = run!(BasketOwner::objects().order_by(|b| b.id).all(db));
            for (at, row) in owners.iter_mut().enumerate() {
                row.owner = (at % 2 == 0).then(|| Uuid::from_u128(7 + at as u128));
            }
            assert_eq!(run!(BasketOwner::bulk_update(&owners, |b| vec![b.owner]).run(db)), size as u64);
            assert_eq!(run!(BasketOwner::objects().order_by(|b| b.id).all(db)), owners);
            run!(Basket::objects().delete().run(db));
        }
    }

    fn only_nulls_keep_their_type_too(db) {
        let drafts = (0..20).map(|at| Nothing::create().large(at).text("x").decimal(Decimal::ONE).truth(true));
        let rows = run!(Nothing::bulk_create(drafts).all(db));
        let emptied: Vec<Nothing> = rows
            .into_iter()
            .map(|row| Nothing { large: None, text: None, decimal: None, truth: None, ..row })
            .collect();
        for few in [1, 2, 20] {
            let changed = Nothing::bulk_update(&emptied[..few], |n| (n.large, n.text, n.decimal, n.truth, n.uuid, n.json));
            assert_eq!(run!(changed.run(db)), few as u64);
        }
        assert_eq!(run!(Nothing::objects().order_by(|n| n.id).all(db)), emptied);
    }

    fn all_rows_are_changed_or_none(db) {
        let drafts = (1..=250).map(|second| Limits::create().short("x").first(0).second(second).status(Status::Draft));
        let before = run!(Limits::bulk_create(drafts).all(db));
        let mut rows = before.clone();
        rows.iter_mut().for_each(|row| row.second += 1_000);
        rows[240].second = -1;
        let refused = error(attempt!(Limits::bulk_update(&rows, |l| l.second).run(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert!(refused.to_string().starts_with("updating suite.Limits"), "{refused}");
        assert_eq!(run!(Limits::objects().order_by(|l| l.id).all(db)), before);
        let done: orm::Result<u64> = transaction!(db, |tx| {
            let inner: orm::Result<u64> = transaction!(tx, |inner| {
                attempt!(Limits::bulk_update(&rows, |l| l.second).run(inner))
            });
            assert!(error(inner).is_check_violation());
            attempt!(Limits::bulk_update(&rows[..240], |l| l.second).run(tx))
        });
        assert_eq!(behaviour::value(done), 240);
    }

    fn what_means_nothing_is_refused_before_anything_is_sent(db) {
        let line = run!(Line::create().text("a").save(db));
        let twice = error(attempt!(Line::bulk_update([&line, &line], |l| l.text).run(db)));
        assert!(twice.is_row_given_twice(), "{twice:?}");
        assert!(twice.to_string().contains("at 0 and 1, counted from 0, are one row of suite.Line"), "{twice}");
        let key = error(attempt!(Line::bulk_update([&line], |l| (l.id, l.text)).run(db)));
        assert!(key.is_unsupported() && key.to_string().contains("cannot set `id`"), "{key:?}");
        let nothing = error(attempt!(Line::bulk_update([&line], |_| Vec::<Field<String>>::new()).run(db)));
        assert!(nothing.to_string().contains("names no field to set"), "{nothing}");
        let jar = run!(Jar::create().shelf(1).place("a").label("l").save(db));
        let generated = error(attempt!(Jar::bulk_update([&jar], |j| j.more).run(db)));
        assert!(generated.to_string().contains("generated by the database"), "{generated}");
    }

    /// Whatever is drawn, the table is what a map in Rust is.
    fn generated_changes_are_those_of_a_map(db) {
        let drafts = (0..60).map(|at| Line::create().text(format!("t{at}")));
        let mut known: BTreeMap<i64, Line> =
            run!(Line::bulk_create(drafts).all(db)).into_iter().map(|line| (line.id, line)).collect();
        let ids: Vec<i64> = known.keys().copied().collect();
        let change = (0..70_usize, ".{0,4}", proptest::option::of("[a-z\u{0}-\u{1f}]{0,3}"));
        for changes in samples(10, proptest::collection::vec(change, 0..50)) {
            let mut given: BTreeMap<i64, Line> = BTreeMap::new();
            for (at, text, note) in changes {
                // Some are not there.
                let id = ids.get(at).copied().unwrap_or(1_000_000 + at as i64);
                let (text, note) = (text.replace('\0', ""), note.map(|note| note.replace('\0', "")));
                given.insert(id, Line { id, text, note });
            }
            let rows: Vec<Line> = given.into_values().collect();
            let there = rows.iter().filter(|line| known.contains_key(&line.id)).count();
            assert_eq!(run!(Line::bulk_update(&rows, |l| (l.text, l.note)).run(db)), there as u64);
            for line in rows {
                known.entry(line.id).and_modify(|known| *known = line);
            }
            let found = run!(Line::objects().order_by(|l| l.id).all(db));
            assert!(found.iter().eq(known.values()));
        }
    }
}
