//! New rows of which some are there already: what is unique decides, and both databases answer the same.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::Booking;
use proptest::prelude::*;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("shop", "sku"))]
pub struct Stock {
    pub id: i64,
    pub shop: i64,
    pub sku: Option<String>,
    pub amount: i64,
    pub note: Option<String>,
    #[orm(default = 3)]
    pub least: i64,
    #[orm(generated = |s| s.amount * 2)]
    pub double: i64,
    #[orm(unique)]
    pub tag: Option<String>,
}

/// A key of two columns and nothing else but a number.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Chair {
    #[orm(primary_key)]
    pub hall: i64,
    #[orm(primary_key)]
    pub place: String,
    pub taken: i64,
}

/// Unique for two sets of rows, and when the transaction ends.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    unique("room", name = "room_by_day", where = |s| s.night.eq(false)),
    unique("room", name = "room_by_night", where = |s| s.night.eq(true))
)]
pub struct Shift {
    pub id: i64,
    pub room: i64,
    pub night: bool,
}

/// A key of what is computed by nobody but the database's default.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Fare {
    #[orm(primary_key)]
    pub code: String,
    pub price: Decimal,
    pub valid: Option<NaiveDate>,
}

macro_rules! stock {
    ($shop:expr, $sku:expr, $amount:expr) => {
        Stock::create().shop($shop).sku($sku).amount($amount)
    };
}

/// What a row is given as: shop, sku, amount, note.
type Sketch = (i64, Option<u8>, i64, Option<String>);

fn sketch() -> impl Strategy<Value = Sketch> {
    (
        0..4_i64,
        proptest::option::weighted(0.9, 0..12_u8),
        -5..100_i64,
        proptest::option::of("[a-c'é\u{1F600}]{0,3}"),
    )
}

fn name(sku: u8) -> String {
    format!("sku '{sku}' ü")
}

behaviour! {
    fn one_row_is_created_or_left_as_it_is(db) {
        let first = run!(stock!(1, "a", 5).note("n").on_conflict(|s| (s.sku, s.shop)).do_nothing().save(db));
        let first = first.expect("it was new");
        assert_eq!((first.amount, first.double, first.least), (5, 10, 3));
        assert_eq!(run!(stock!(1, "a", 9).on_conflict(|s| (s.shop, s.sku)).do_nothing().save(db)), None);
        assert_eq!(run!(stock!(1, "a", 9).on_any_conflict().do_nothing().save(db)), None);
        assert!(run!(stock!(2, "a", 9).on_any_conflict().do_nothing().save(db)).is_some());
        assert_eq!(run!(Stock::objects().filter(|s| s.shop.eq(1)).get(db)), first);
    }

    fn one_row_is_created_or_updated_from_both(db) {
        let write = |amount: i64| {
            stock!(1, "a", amount)
                .least(amount)
                .on_conflict(|s| (s.shop, s.sku))
                .update(|s, new| (
                    s.amount.set(s.amount * 10 + new.amount),
                    s.note.set(new.sku.concat("!")),
                    s.least.set(new.least + 1),
                ))
        };
        let first = run!(write(1).save(db));
        assert_eq!((first.amount, first.note.as_deref(), first.least), (1, None, 1));
        let second = run!(write(2).save(db));
        assert_eq!((second.id, second.amount, second.double), (first.id, 12, 24));
        assert_eq!((second.note.as_deref(), second.least), (Some("a!"), 3));
        assert_eq!(run!(Stock::objects().get(db)), second);
    }

    fn what_the_database_fills_in_is_the_new_rows_too(db) {
        let write = || {
            Stock::create().shop(1).sku("a").amount(7).on_conflict(|s| (s.shop, s.sku)).update(|s, new| (
                s.least.set(new.least + 10),
                s.note.set(new.note),
                s.amount.set(new.double),
            ))
        };
        run!(write().save(db));
        run!(Stock::objects().update(|s| s.note.set("x")).run(db));
        let row = run!(write().save(db));
        assert_eq!((row.least, row.note, row.amount), (13, None, 14), "the default, NULL, and what is generated");
    }

    fn a_condition_decides_which_row_is_updated(db) {
        let write = |amount: i64| {
            stock!(1, "a", amount)
                .on_conflict(|s| (s.shop, s.sku))
                .update(|s, new| s.amount.set(new.amount))
                .filter(|s, new| new.amount.gt(s.amount) & s.note.is_null())
        };
        assert_eq!(run!(write(5).save(db)).expect("new").amount, 5);
        assert_eq!(run!(write(4).save(db)), None);
        assert_eq!(run!(write(6).save(db)).expect("more").amount, 6);
        run!(Stock::objects().update(|s| s.note.set("kept")).run(db));
        assert_eq!(run!(write(7).save(db)), None);
    }

    fn a_new_value_may_come_from_a_query_about_both_rows(db) {
        run!(stock!(1, "a", 1).save(db));
        run!(stock!(2, "a", 30).save(db));
        run!(stock!(2, "b", 400).save(db));
        let row = run!(stock!(1, "a", 2).on_conflict(|s| (s.shop, s.sku)).update(|s, new| {
            let of_others = Stock::objects()
                .filter(move |other| other.shop.ne(s.shop) & other.sku.eq(new.sku))
                .values(|other| other.amount.sum());
            s.amount.set(orm::subquery(of_others).coalesce(0) + new.amount)
        }).save(db));
        assert_eq!(row.amount, 32);
    }

    fn a_composite_key_is_what_rows_conflict_in(db) {
        let chair = |place: &str, taken: i64| Chair::create().hall(1).place(place).taken(taken);
        run!(chair("a", 1).save(db));
        let chairs = run!(Chair::bulk_create([chair("b", 2), chair("a", 3)])
            .on_conflict(|s| (s.hall, s.place))
            .update(|s, new| s.taken.set(s.taken + new.taken))
            .all(db));
        let places: Vec<(&str, i64)> = chairs.iter().map(|chair| (&*chair.place, chair.taken)).collect();
        assert_eq!(places, [("b", 2), ("a", 4)]);
        let part = error(attempt!(chair("a", 1).on_conflict(|s| s.hall).do_nothing().save(db)));
        assert!(part.is_unsupported(), "{part:?}");
        assert!(part.to_string().contains("`hall` and `place`"), "{part}");
    }

    fn what_is_unique_for_some_rows_is_found_with_its_condition(db) {
        let booking = |place: i32, code: &str, closed: bool| Booking::create().place(place).code(code).closed(closed);
        run!(booking(1, "a", true).save(db));
        let open = run!(booking(1, "b", false).save(db));
        let again = booking(1, "c", false).on_conflict(|b| b.place).update(|b, new| b.code.set(new.code));
        let again = run!(again.save(db));
        assert_eq!((again.id, again.code.as_str()), (open.id, "c"));
        // A closed one is not in the index.
        let closed = booking(1, "d", true).on_conflict(|b| b.place).do_nothing();
        assert!(run!(closed.save(db)).is_some());
        assert_eq!(run!(Booking::objects().count(db)), 3);
    }

    fn what_is_unique_by_a_computed_value_is_found(db) {
        let booking = |place: i32, code: &str| Booking::create().place(place).code(code).closed(true);
        let first = run!(booking(1, "Ann").save(db));
        let again = booking(2, "aNN").on_conflict(|b| b.code.ascii_lower()).update(|b, new| b.place.set(new.place));
        let again = run!(again.save(db));
        assert_eq!((again.id, again.place, again.code.as_str()), (first.id, 2, "Ann"));
        let other = error(attempt!(booking(3, "x").on_conflict(|b| b.code.ascii_upper()).do_nothing().save(db)));
        assert!(other.to_string().contains("what is computed from `code`"), "{other}");
        // Two that differ for us are one to the index: the database says so.
        let bulk = Booking::bulk_create([booking(1, "bob"), booking(2, "BOB")])
            .on_conflict(|b| b.code.ascii_lower())
            .update(|b, new| b.place.set(new.place));
        assert!(error(attempt!(bulk.run(db))).is_row_given_twice());
        assert_eq!(run!(Booking::objects().count(db)), 1, "all or nothing");
    }

    fn a_target_that_is_not_unique_is_refused_by_name(db) {
        let refused = error(attempt!(stock!(1, "a", 1).on_conflict(|s| s.shop).do_nothing().save(db)));
        assert!(refused.is_unsupported(), "{refused:?}");
        let said = refused.to_string();
        assert!(said.contains("nothing that is unique is over `shop` of suite.Stock"), "{said}");
        assert!(said.contains("name all parts of one that is: `id`; `tag`; `shop` and `sku`"), "{said}");
        let several = error(attempt!(Shift::create().room(1).night(true).on_conflict(|s| s.room).do_nothing().save(db)));
        assert!(several.to_string().contains("several rules of suite.Shift are over `room`"), "{several}");
        assert!(run!(Shift::create().room(1).night(true).on_any_conflict().do_nothing().save(db)).is_some());
        assert!(run!(Shift::create().room(1).night(true).on_any_conflict().do_nothing().save(db)).is_none());
    }

    fn an_update_that_means_nothing_is_refused_before_anything_is_sent(db) {
        let conflict = || stock!(1, "a", 1).on_conflict(|s| (s.shop, s.sku));
        let key = error(attempt!(conflict().update(|s, new| s.id.set(new.id)).save(db)));
        assert!(key.is_unsupported() && key.to_string().contains("keeps its primary key"), "{key:?}");
        let unknown = error(attempt!(conflict().update(|s, new| s.amount.set(new.id)).save(db)));
        assert!(unknown.to_string().contains("has no `id` before"), "{unknown}");
        let unknown = conflict().update(|s, new| s.amount.set(new.amount)).filter(|_, new| new.id.gt(1));
        assert!(error(attempt!(unknown.save(db))).to_string().contains("has no `id` before"));
        let new = error(attempt!(conflict().update(|s, new| new.amount.set(s.amount)).save(db)));
        assert!(!new.is_internal(), "{new:?}");
        let nothing = error(attempt!(conflict().update(|_, _| Vec::<orm::queries::Assignment>::new()).save(db)));
        assert!(nothing.to_string().contains("do_nothing()"), "{nothing}");
        let generated = error(attempt!(conflict().update(|s, _| s.double.set(1)).save(db)));
        assert!(generated.to_string().contains("generated by the database"), "{generated}");
        assert_eq!(run!(Stock::objects().count(db)), 0);
    }

    fn a_violation_of_another_rule_is_an_error(db) {
        run!(stock!(1, "a", 1).tag("t").save(db));
        let other = error(attempt!(stock!(2, "b", 1).tag("t").on_conflict(|s| (s.shop, s.sku)).do_nothing().save(db)));
        assert!(other.is_unique_violation(), "{other:?}");
        assert_eq!(other.fields(), ["tag"]);
        assert_eq!(run!(stock!(2, "b", 1).tag("t").on_any_conflict().do_nothing().save(db)), None);
    }

    fn a_row_given_twice_is_refused_alike(db) {
        run!(stock!(1, "a", 1).save(db));
        for size in [2, 30, 250] {
            let drafts = (0..size).map(|at| stock!(1, &format!("{}", at % (size - 1)), at));
            let twice = error(attempt!(Stock::bulk_create(drafts)
                .on_conflict(|s| (s.shop, s.sku))
                .update(|s, new| s.amount.set(new.amount))
                .run(db)));
            assert!(twice.is_row_given_twice(), "{twice:?}");
            assert_eq!(twice.fields(), ["shop", "sku"]);
            let places = format!("at 0 and {}, counted from 0", size - 1);
            assert!(twice.to_string().contains(&places), "{twice}");
        }
        assert_eq!(run!(Stock::objects().count(db)), 1);
        // Where nothing is updated, the first of them is created.
        let drafts = [1, 2].map(|amount| stock!(2, "twice", amount));
        let created = run!(Stock::bulk_create(drafts).on_conflict(|s| (s.shop, s.sku)).do_nothing().all(db));
        assert_eq!(created.iter().map(|row| row.amount).collect::<Vec<_>>(), [1]);
    }

    fn rows_with_null_in_what_is_unique_conflict_with_none(db) {
        let drafts = || (0..40).map(|amount| Stock::create().shop(1).amount(amount));
        let upsert = || Stock::bulk_create(drafts()).on_conflict(|s| (s.shop, s.sku));
        assert_eq!(run!(upsert().update(|s, new| s.amount.set(new.amount)).run(db)), 40);
        assert_eq!(run!(upsert().do_nothing().run(db)), 40);
    }

    fn a_bulk_larger_than_any_statement_is_written_whole(db) {
        for size in [1, 16, 17, 99, 100, 101, 1_001, 7_000_i64] {
            let drafts = |amount: i64| (0..size).map(move |at| stock!(size, &at.to_string(), amount));
            let half = drafts(1).step_by(2);
            assert_eq!(run!(Stock::bulk_create(half).run(db)), (size as u64).div_ceil(2));
            let upsert = Stock::bulk_create(drafts(5)).on_conflict(|s| (s.shop, s.sku));
            let written = run!(upsert.update(|s, new| s.amount.set(s.amount + new.amount)).all(db));
            let amounts = written.iter().map(|row| row.amount);
            assert!(amounts.eq((0..size).map(|at| if at % 2 == 0 { 6 } else { 5 })), "{size}: in the order given");
            let names = written.iter().map(|row| row.sku.clone());
            assert!(names.eq((0..size).map(|at| Some(at.to_string()))), "{size}");
            let again = Stock::bulk_create(drafts(9)).on_conflict(|s| (s.shop, s.sku)).do_nothing();
            assert_eq!(run!(again.run(db)), 0);
        }
    }

    fn rows_that_set_different_fields_are_written_in_the_order_given(db) {
        let drafts = || (0..60_i64).map(|at| {
            let row = stock!(at % 3, &at.to_string(), at);
            let row = if at % 2 == 0 { row.least(at) } else { row };
            if at % 5 == 0 { row.note("n") } else { row }
        });
        run!(Stock::bulk_create(drafts().take(30)).run(db));
        let upsert = Stock::bulk_create(drafts()).on_conflict(|s| (s.shop, s.sku));
        let written = run!(upsert.update(|s, new| (s.least.set(new.least), s.note.set(new.note))).all(db));
        let given: Vec<(i64, i64, bool)> = (0..60).map(|at| (at, if at % 2 == 0 { at } else { 3 }, at % 5 == 0)).collect();
        let found: Vec<(i64, i64, bool)> =
            written.iter().map(|row| (row.amount, row.least, row.note.is_some())).collect();
        assert_eq!(found, given);
    }

    fn it_is_whole_within_a_transaction_and_leaves_it_usable(db) {
        run!(stock!(1, "a", 1).save(db));
        let done: orm::Result<()> = transaction!(db, |tx| {
            assert_eq!(attempt!(stock!(1, "a", 2).on_conflict(|s| (s.shop, s.sku)).do_nothing().save(tx))?, None);
            let inner: orm::Result<u64> = transaction!(tx, |inner| {
                let bad = [stock!(2, "b", 1).tag("t"), stock!(3, "c", 1).tag("t")];
                attempt!(Stock::bulk_create(bad).on_conflict(|s| (s.shop, s.sku)).do_nothing().run(inner))
            });
            assert!(error(inner).is_unique_violation());
            attempt!(stock!(1, "a", 3).on_conflict(|s| (s.shop, s.sku)).update(|s, new| s.amount.set(new.amount)).save(tx))?;
            Ok(())
        });
        behaviour::value(done);
        assert_eq!(run!(Stock::objects().values(|s| s.amount).all(db)), [3]);
    }

    /// Any series of bulks leaves what a map in Rust has.
    fn generated_rows_are_merged_as_a_map_merges_them(db) {
        let mut known: BTreeMap<(i64, u8), (i64, Option<String>)> = BTreeMap::new();
        let mut without = 0_u64;
        for (round, sketches) in samples(12, proptest::collection::vec(sketch(), 0..40)).into_iter().enumerate() {
            let mut rows: Vec<Sketch> = Vec::new();
            for sketch in sketches {
                if sketch.1.is_none() || !rows.iter().any(|row| (row.0, row.1) == (sketch.0, sketch.1)) {
                    rows.push(sketch);
                }
            }
            let drafts = rows.iter().map(|(shop, sku, amount, note)| {
                Stock::create().shop(*shop).sku(sku.map(name)).amount(*amount).note(note.clone())
            });
            let drafts: Vec<_> = drafts.collect();
            let upsert = Stock::bulk_create(drafts).on_conflict(|s| (s.shop, s.sku));
            let (count, mut expected) = (rows.len() as u64, 0);
            let kind = round % 3;
            let got = match kind {
                0 => run!(upsert.do_nothing().run(db)),
                1 => run!(upsert.update(|s, new| (s.amount.set(s.amount + new.amount), s.note.set(new.note))).run(db)),
                _ => run!(upsert
                    .update(|s, new| s.amount.set(new.amount))
                    .filter(|s, new| new.amount.gt(s.amount))
                    .run(db)),
            };
            for (shop, sku, amount, note) in rows {
                let Some(sku) = sku else {
                    without += 1;
                    expected += 1;
                    continue;
                };
                match known.get_mut(&(shop, sku)) {
                    None => {
                        known.insert((shop, sku), (amount, note));
                        expected += 1;
                    }
                    Some(_) if kind == 0 => {}
                    Some(row) if kind == 1 => {
                        *row = (row.0 + amount, note);
                        expected += 1;
                    }
                    Some(row) if amount > row.0 => {
                        row.0 = amount;
                        expected += 1;
                    }
                    Some(_) => {}
                }
            }
            assert_eq!(got, expected, "of {count} in round {round}");
            let found = run!(Stock::objects()
                .filter(|s| s.sku.is_not_null())
                .order_by(|s| (s.shop, s.id))
                .all(db));
            let mut found: Vec<_> =
                found.into_iter().map(|row| (row.shop, row.sku, row.amount, row.note)).collect();
            let mut wanted: Vec<_> = known
                .iter()
                .map(|((shop, sku), (amount, note))| (*shop, Some(name(*sku)), *amount, note.clone()))
                .collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted);
            assert_eq!(run!(Stock::objects().filter(|s| s.sku.is_null()).count(db)) as u64, without);
        }
    }

    fn a_key_that_is_a_string_and_decimals_and_days_beside_it_are_updated(db) {
        let price = |text: &str| text.parse::<Decimal>().expect("a decimal");
        let day = NaiveDate::from_ymd_opt(2024, 2, 29);
        let drafts = |first: &'static str| {
            (0..20).map(move |at| Fare::create().code(format!("t{at}")).price(price(first)).valid(day))
        };
        run!(Fare::bulk_create(drafts("1.50").take(7)).run(db));
        let upsert = Fare::bulk_create(drafts("2.25")).on_conflict(|t| t.code);
        let tickets = run!(upsert.update(|t, new| (t.price.set(t.price + new.price), t.valid.set(None))).all(db));
        let prices: Vec<Decimal> = tickets.iter().map(|ticket| ticket.price).collect();
        assert_eq!(prices[..7], vec![price("3.75"); 7]);
        assert_eq!(prices[7..], vec![price("2.25"); 13]);
        assert_eq!(tickets.iter().filter(|ticket| ticket.valid == day).count(), 13);
    }
}
