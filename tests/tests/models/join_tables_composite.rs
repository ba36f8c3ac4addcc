//! Automatic join tables of and to models whose primary key is several fields.

use chrono::NaiveDate;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

/// A key of two types, of which one is a string.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("hall", "number"))]
pub struct Pitch {
    #[orm(primary_key)]
    pub hall: String,
    #[orm(primary_key)]
    pub number: i64,
    pub price: i64,
    #[orm(symmetrical)]
    pub beside: ManyToMany<Self>,
    #[orm(related_name = "led_from")]
    pub leads_to: ManyToMany<Self>,
}

/// A plain key.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Trader {
    pub id: i64,
    pub name: String,
    #[orm(related_name = "traders")]
    pub pitches: ManyToMany<Pitch>,
}

/// A tenant, whose key is a part of others.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Firm {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Choices)]
#[orm(native = "squad_shift")]
pub enum Shift {
    Day,
    Night,
}

/// A key of a foreign key, an enum of the database and a UUID.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("firm", "shift", "number"))]
pub struct Squad {
    #[orm(primary_key, on_delete = Cascade, related_name = "+")]
    pub firm: ForeignKey<Firm>,
    #[orm(primary_key)]
    pub shift: Shift,
    #[orm(primary_key)]
    pub number: Uuid,
    #[orm(related_name = "squads", table = "who does what")]
    pub chores: ManyToMany<Chore>,
}

/// A key with a column that needs quotes, in the reverse order.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("code"))]
pub struct Chore {
    #[orm(primary_key, column = "The Code", max_length = 20)]
    pub code: String,
    #[orm(primary_key, on_delete = Cascade, related_name = "+")]
    pub firm: ForeignKey<Firm>,
}

/// Its part `stop_id` and the model `OutingStop` would be one column.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Outing {
    #[orm(primary_key)]
    pub stop_id: i64,
    #[orm(primary_key)]
    pub day: NaiveDate,
    #[orm(related_name = "outings")]
    pub stops: ManyToMany<OutingStop>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct OutingStop {
    pub id: i64,
    pub place: String,
}

/// Four pitches, of which two differ in one column of the key each from the first.
macro_rules! market {
    ($db:ident) => {{
        let pitch = |hall: &str, number, price| Pitch::create().hall(hall).number(number).price(price);
        let a1 = run!(pitch("A", 1, 10).save($db));
        let a2 = run!(pitch("A", 2, 20).save($db));
        let b1 = run!(pitch("B", 1, 30).save($db));
        let o1 = run!(pitch("Ö\u{1F980}", 1, 40).save($db));
        (a1, a2, b1, o1)
    }};
}

macro_rules! traders {
    ($db:ident: $($name:ident)+) => {
        $(let $name = run!(Trader::create().name(stringify!($name)).save($db)); let _ = &$name;)+
    };
}

fn places(pitches: &[Pitch]) -> Vec<(&str, i64)> {
    pitches
        .iter()
        .map(|pitch| (pitch.hall.as_str(), pitch.number))
        .collect()
}

fn names(traders: &[Trader]) -> Vec<&str> {
    traders.iter().map(|trader| trader.name.as_str()).collect()
}

behaviour! {
    fn rows_of_composite_keys_are_added_removed_set_and_cleared(db) {
        let (a1, a2, b1, o1) = market!(db);
        traders!(db: ann bob);
        assert_eq!(run!(ann.pitches().add([&a1, &o1, &a1]).run(db)), 2);
        // By their keys; what is there stays.
        assert_eq!(run!(ann.pitches().add([("A", 1), ("B", 1)]).run(db)), 1);
        assert_eq!(places(&run!(ann.pitches().all(db))), [("A", 1), ("B", 1), ("Ö\u{1F980}", 1)]);
        // From the side of the composite key.
        assert_eq!(run!(a2.traders().add([&ann, &bob]).run(db)), 2);
        assert_eq!(run!(a2.traders().add([ann.id]).run(db)), 0);
        assert_eq!(names(&run!(a2.traders().all(db))), ["ann", "bob"]);
        assert_eq!(run!(a2.traders().count(db)), 2);
        assert_eq!(names(&run!(a1.traders().all(db))), ["ann"]);
        assert!(run!(a2.traders().filter(|t| t.name.eq("bob")).exists(db)));
        // A row that shares one column with another is not that one.
        assert_eq!(run!(ann.pitches().remove([("A", 2), ("B", 2)]).run(db)), 1);
        assert_eq!(names(&run!(a2.traders().all(db))), ["bob"]);
        assert_eq!(run!(ann.pitches().remove([&b1, &o1]).run(db)), 2);
        assert_eq!(places(&run!(ann.pitches().all(db))), [("A", 1)]);
        assert_eq!(run!(bob.pitches().set([&a1, &b1]).run(db)), 3);
        assert_eq!(run!(bob.pitches().set([("B".to_owned(), 1_i64), ("A".to_owned(), 2)]).run(db)), 2);
        assert_eq!(places(&run!(bob.pitches().all(db))), [("A", 2), ("B", 1)]);
        assert_eq!(run!(a2.traders().remove([&ann]).run(db)), 0);
        assert_eq!(run!(a2.traders().clear().run(db)), 1);
        assert_eq!(run!(ann.pitches().set(std::iter::empty::<&Pitch>()).run(db)), 1);
        assert_eq!(run!(b1.traders().remove(std::iter::empty::<&Trader>()).run(db)), 0);
        run!(b1.delete(db));
        assert_eq!(run!(bob.pitches().count(db)), 0, "the rows of the join table go with both sides");
    }

    fn a_row_that_is_not_there_is_named(db) {
        let (a1, ..) = market!(db);
        traders!(db: ann);
        let missing = error(attempt!(ann.pitches().add([("A", 1), ("A", 9)]).run(db)));
        assert!(missing.is_foreign_key_violation(), "{missing:?}");
        assert_eq!((missing.constraint(), missing.fields()), (Some("suite_trader_pitches_pitch_fk"), &["pitches".to_owned()][..]));
        assert!(missing.to_string().contains("the suite.Pitch that suite.Trader.pitches points at does not exist"), "{missing}");
        assert_eq!(run!(ann.pitches().count(db)), 0);
        let gone = Trader { id: 99, name: String::new(), pitches: ManyToMany::new() };
        let missing = error(attempt!(gone.pitches().add([&a1]).run(db)));
        assert!(missing.to_string().contains("the suite.Trader that suite.Trader.pitches points at does not exist"), "{missing}");
    }

    fn they_are_filtered_and_counted_both_ways(db) {
        let (a1, a2, b1, _) = market!(db);
        traders!(db: ann bob cal);
        run!(ann.pitches().add([&a1, &a2]).run(db));
        run!(bob.pitches().add([&a2, &b1]).run(db));
        let dear = Trader::objects().filter(|t| t.pitches().any(|p| p.price.gt(10) & p.hall.eq("A")));
        assert_eq!(names(&run!(dear.all(db))), ["ann", "bob"]);
        let only_a = Trader::objects().filter(|t| t.pitches().every(|p| p.hall.eq("A")));
        assert_eq!(names(&run!(only_a.all(db))), ["ann", "cal"]);
        let none = Trader::objects().exclude(|t| t.pitches().exists());
        assert_eq!(names(&run!(none.all(db))), ["cal"]);
        let of_ann = Pitch::objects().filter(|p| p.traders().any(|t| t.name.eq("ann")));
        assert_eq!(places(&run!(of_ann.all(db))), [("A", 1), ("A", 2)]);
        let busy = Pitch::objects().filter(|p| p.traders().count().gt(1));
        assert_eq!(places(&run!(busy.all(db))), [("A", 2)]);
        let counted = run!(Pitch::objects().values(|p| (p.hall, p.number, p.traders().count())).all(db));
        assert_eq!(counted.iter().map(|row| row.2).collect::<Vec<_>>(), [1, 2, 1, 0]);
        let sums = run!(Trader::objects().annotate(|t| (t.pitches().count(), t.pitches().sum(|p| p.price))).all(db));
        let sums: Vec<(i64, Option<i64>)> = sums.into_iter().map(|(_, sums)| sums).collect();
        assert_eq!(sums, [(2, Some(30)), (2, Some(50)), (0, None)]);
        let ordered = run!(Trader::objects().order_by(|t| t.pitches().max(|p| p.price).desc().nulls_last()).all(db));
        assert_eq!(names(&ordered), ["bob", "ann", "cal"]);
    }

    fn they_are_loaded_both_ways_wholly_in_part_and_nested(db) {
        let (a1, a2, b1, o1) = market!(db);
        traders!(db: ann bob cal);
        run!(ann.pitches().add([&a1, &a2, &o1]).run(db));
        run!(bob.pitches().add([&a2, &b1]).run(db));
        let loaded = run!(Trader::objects().with(|t| t.pitches()).all(db));
        let loaded: Vec<_> = loaded.iter().map(|(_, pitches)| places(pitches)).collect();
        assert_eq!(loaded, [vec![("A", 1), ("A", 2), ("Ö\u{1F980}", 1)], vec![("A", 2), ("B", 1)], vec![]]);
        let back = run!(Pitch::objects().with(|p| p.traders()).all(db));
        let back: Vec<_> = back.iter().map(|(_, traders)| names(traders)).collect();
        assert_eq!(back, [vec!["ann"], vec!["ann", "bob"], vec!["bob"], vec!["ann"]]);
        let one = run!(Pitch::objects().filter(|p| p.price.eq(20)).with(|p| p.traders()).get(db));
        assert_eq!(names(&one.1), ["ann", "bob"]);
        let first = run!(Pitch::objects().with(|p| p.traders().order_by(|t| t.name.desc()).limit(1)).all(db));
        let first: Vec<_> = first.iter().map(|(_, traders)| names(traders)).collect();
        assert_eq!(first, [vec!["ann"], vec!["bob"], vec!["bob"], vec!["ann"]]);
        let there_and_back = run!(Trader::objects().with(|t| t.pitches().with(|p| p.traders())).all(db));
        assert_eq!(names(&there_and_back[0].1[1].1), ["ann", "bob"]);
        let own = run!(Pitch::objects().with(|p| p.traders().filter(move |t| t.id.gt(0) & p.price.gt(10))).all(db));
        assert_eq!(own.iter().map(|(_, traders)| traders.len()).collect::<Vec<_>>(), [0, 2, 1, 1]);
    }

    fn a_model_of_a_composite_key_is_related_to_itself(db) {
        let (a1, a2, b1, o1) = market!(db);
        assert_eq!(run!(a1.beside().add([&a2, &b1]).run(db)), 2);
        assert_eq!(run!(a2.beside().add([&a1]).run(db)), 0);
        let loaded = run!(Pitch::objects().with(|p| p.beside()).all(db));
        let loaded: Vec<_> = loaded.iter().map(|(_, beside)| places(beside)).collect();
        assert_eq!(loaded, [vec![("A", 2), ("B", 1)], vec![("A", 1)], vec![("A", 1)], vec![]]);
        assert_eq!(run!(a1.beside().set([&b1, &o1]).run(db)), 2);
        assert_eq!(run!(a2.beside().count(db)), 0);
        assert_eq!(places(&run!(o1.beside().all(db))), [("A", 1)]);
        // Only there.
        assert_eq!(run!(a1.leads_to().add([&a1, &b1]).run(db)), 2);
        assert_eq!(run!(b1.leads_to().count(db)), 0);
        assert_eq!(places(&run!(b1.led_from().all(db))), [("A", 1)]);
        let ends = Pitch::objects().filter(|p| p.led_from().exists() & !p.leads_to().exists());
        assert_eq!(places(&run!(ends.all(db))), [("B", 1)]);
        run!(a1.delete(db));
        assert_eq!(run!(o1.beside().count(db)) + run!(b1.led_from().count(db)), 0);
    }

    fn keys_of_foreign_keys_enums_and_odd_columns_are_joined(db) {
        let [ann, bob] = [run!(Firm::create().name("Ann").save(db)), run!(Firm::create().name("Bob").save(db))];
        let squad = |firm: &Firm, shift, number| Squad::create().firm(firm).shift(shift).number(Uuid::from_u128(number));
        let chore = |firm: &Firm, code: &str| Chore::create().code(code).firm(firm);
        let day = run!(squad(&ann, Shift::Day, 1).save(db));
        let night = run!(squad(&ann, Shift::Night, 1).save(db));
        let other = run!(squad(&bob, Shift::Day, 1).save(db));
        let cook = run!(chore(&ann, "cook").save(db));
        let clean = run!(chore(&ann, "putzen \u{1F9F9}").save(db));
        let cook_of_bob = run!(chore(&bob, "cook").save(db));
        assert_eq!(run!(day.chores().add([&cook, &clean]).run(db)), 2);
        assert_eq!(run!(night.chores().add([("cook", &ann)]).run(db)), 1);
        assert_eq!(run!(cook_of_bob.squads().add([&other]).run(db)), 1);
        let loaded = run!(Chore::objects().with(|c| c.squads()).all(db));
        assert_eq!(loaded.iter().map(|(_, squads)| squads.len()).sum::<usize>(), 4);
        assert_eq!(run!(cook.squads().objects().all(db)), [day.clone(), night.clone()]);
        let at_night = Chore::objects().filter(|c| c.squads().any(|s| s.shift.eq(Shift::Night)));
        assert_eq!(run!(at_night.all(db)), std::slice::from_ref(&cook));
        let counts = run!(Squad::objects().values(|s| s.chores().count()).all(db));
        assert_eq!(counts, [2, 1, 1]);
        assert_eq!(run!(cook.squads().remove([(&ann, Shift::Day, Uuid::from_u128(1))]).run(db)), 1);
        run!(ann.delete(db));
        assert_eq!(run!(Squad::objects().with(|s| s.chores()).all(db)).len(), 1);
    }

    fn columns_that_would_be_called_alike_are_told_apart(db) {
        let stop = run!(OutingStop::create().place("Bern").save(db));
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a day");
        let outing = run!(Outing::create().stop_id(7).day(day).save(db));
        assert_eq!(run!(outing.stops().add([&stop]).run(db)), 1);
        assert_eq!(run!(stop.outings().all(db)), std::slice::from_ref(&outing));
        assert_eq!(run!(stop.outings().remove([(7, day)]).run(db)), 1);
        assert_eq!(run!(outing.stops().count(db)), 0);
    }

    fn many_rows_are_related_at_once(db) {
        let pitches = (0..1200).map(|number| Pitch::create().hall("A").number(number).price(1));
        run!(Pitch::bulk_create(pitches).run(db));
        traders!(db: ann);
        let keys = || (0..1200_i64).map(|number| ("A", number));
        assert_eq!(run!(ann.pitches().add(keys()).run(db)), 1200);
        assert_eq!(run!(ann.pitches().add(keys()).run(db)), 0);
        assert_eq!(run!(Trader::objects().with(|t| t.pitches()).get(db)).1.len(), 1200);
        let back = run!(Pitch::objects().with(|p| p.traders()).all(db));
        assert!(back.iter().all(|(_, traders)| names(traders) == ["ann"]));
        assert_eq!(run!(ann.pitches().set(keys().take(3)).run(db)), 1197);
        let first = run!(Pitch::objects().first(db)).expect("a row");
        assert_eq!(run!(first.beside().add(keys()).run(db)), 1200);
        assert_eq!(run!(first.beside().clear().run(db)), 1200);
    }
}
