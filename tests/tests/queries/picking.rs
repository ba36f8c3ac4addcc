//! Rows by their keys, and the greatest and least of an order: each beside an answer of Rust's own.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::NaiveDate;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-score", "name"))]
pub struct Placed {
    pub id: i64,
    pub name: String,
    pub score: Option<i64>,
    pub share: Option<f64>,
    pub price: Decimal,
    pub day: Option<NaiveDate>,
    pub live: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct PlacedSlot {
    #[orm(primary_key, max_length = 20)]
    pub shelf: String,
    #[orm(primary_key)]
    pub slot: i32,
    pub load: Option<i32>,
}

/// Rows with many ties and NULLs, the same each time.
fn placed() -> Vec<Placed> {
    let mut state = 12_345_u64;
    let mut dice = |sides: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    (1..=60)
        .map(|id| Placed {
            id: (id * 37) % 61,
            name: ["", "a", "aa", "b"][dice(4) as usize].to_owned(),
            score: [None, Some(-5), Some(0), Some(i64::MAX)][dice(4) as usize],
            share: [None, Some(-0.5), Some(0.1), Some(1e300)][dice(4) as usize],
            price: [Decimal::new(5, 1), Decimal::new(-12345, 3), Decimal::new(100, 0)][dice(3) as usize],
            day: (dice(3) > 0).then(|| NaiveDate::from_ymd_opt(2024, 2, 27 + dice(3) as u32).expect("a day")),
            live: dice(2) == 0,
        })
        .collect()
}

macro_rules! stored {
    ($db:expr) => {{
        let rows = placed();
        let drafts = rows.iter().cloned().map(|row| {
            Placed::create()
                .id(row.id)
                .name(row.name)
                .score(row.score)
                .share(row.share)
                .price(row.price)
                .day(row.day)
                .live(row.live)
        });
        run!(Placed::bulk_create(drafts).run($db));
        rows
    }};
}

/// NULL first, as ascending orders have it, and its reverse.
fn nulls_first<T: PartialOrd>(a: &Option<T>, b: &Option<T>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(a), Some(b)) => a.partial_cmp(b).expect("numbers"),
    }
}

fn nulls_last<T: PartialOrd>(a: &Option<T>, b: &Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.partial_cmp(b).expect("numbers"),
        (a, b) => nulls_first(a, b).reverse(),
    }
}

/// The keys in an order, by Rust.
fn sorted(rows: &[Placed], by: impl Fn(&Placed, &Placed) -> Ordering) -> Vec<i64> {
    let mut rows = rows.to_vec();
    rows.sort_by(by);
    rows.iter().map(|row| row.id).collect()
}

behaviour! {
    fn the_greatest_and_the_least_are_not_null_where_one_is_not(db) {
        let rows = stored!(db);
        let last = sorted(&rows, |a, b| nulls_first(&a.score, &b.score).then(a.id.cmp(&b.id))).pop();
        assert_eq!(run!(Placed::objects().latest(|p| p.score, db)).map(|row| row.id), last);
        let first = sorted(&rows, |a, b| nulls_last(&a.day, &b.day).then(nulls_last(&a.share, &b.share)).then(a.id.cmp(&b.id)))[0];
        assert_eq!(run!(Placed::objects().earliest(|p| (p.day, p.share), db)).map(|row| row.id), Some(first));
        let only_null = || Placed::objects().filter(|p| p.score.is_null());
        assert!(run!(only_null().latest(|p| p.score, db)).is_some());
        assert_eq!(run!(Placed::objects().none().latest(|p| p.score, db)), None);
        assert_eq!(run!(Placed::objects().filter(|p| p.id.gt(999)).earliest(|p| p.score, db)), None);
        let share = rows.iter().filter_map(|row| row.share).fold(f64::MIN, f64::max);
        assert_eq!(run!(Placed::objects().values(|p| p.share).latest(|p| p.share, db)), Some(Some(share)));
        assert!(error(attempt!(Placed::objects().limit(3).latest(|p| p.score, db))).is_unsupported());
    }

    fn rows_are_found_by_their_keys(db) {
        let rows = stored!(db);
        let by_key: HashMap<i64, Placed> = rows.iter().map(|row| (row.id, row.clone())).collect();
        assert_eq!(run!(Placed::objects().in_bulk(-10..999, db)), by_key);
        let live: HashMap<i64, Placed> = by_key.iter().filter(|(_, row)| row.live).map(|(id, row)| (*id, row.clone())).collect();
        assert_eq!(run!(Placed::objects().filter(|p| p.live.eq(true)).in_bulk(by_key.keys().copied(), db)), live);
        assert!(run!(Placed::objects().in_bulk(Vec::<i64>::new(), db)).is_empty());
        assert_eq!(run!(Placed::objects().in_bulk([1, 1, 1], db)).len(), 1);
        assert!(error(attempt!(Placed::objects().limit(3).in_bulk([1], db))).is_unsupported());
        let slots = (0..1_200).map(|at| PlacedSlot::create().shelf(["a", "b"][at as usize % 2]).slot(at).load(at));
        run!(PlacedSlot::bulk_create(slots).run(db));
        let keys = (0..1_100).map(|at| (["a", "b"][at as usize % 2].to_owned(), at)).chain([("b".to_owned(), 0), ("a".to_owned(), 2)]);
        let found = run!(PlacedSlot::objects().in_bulk(keys, db));
        assert_eq!(found.len(), 1_100, "keys of several fields come in batches");
        assert!(found.iter().all(|((shelf, slot), row)| (shelf, slot, Some(*slot)) == (&row.shelf, &row.slot, row.load)));
        assert!(!found.contains_key(&("b".to_owned(), 0)));
        world!(db);
        let countries = run!(Country::objects().in_bulk(["AT", "XX"], db));
        assert_eq!(countries.keys().collect::<Vec<_>>(), ["AT"]);
    }

    fn a_row_is_one_of_a_query_by_its_key(db) {
        let rows = stored!(db);
        for row in &rows {
            assert_eq!(run!(Placed::objects().filter(|p| p.live.eq(true)).contains(row, db)), row.live);
            let mut other = row.clone();
            other.live = !other.live;
            assert!(run!(Placed::objects().contains(&other, db)), "by its key alone");
        }
        let gone = Placed { id: 999, ..rows[0].clone() };
        assert!(!run!(Placed::objects().contains(&gone, db)));
        assert!(!run!(Placed::objects().none().contains(&rows[0], db)));
        assert!(error(attempt!(Placed::objects().limit(3).contains(&rows[0], db))).is_unsupported());
    }
}
