//! The first of the related rows that are equal in some values, list by list, against rows that plain Rust picks.

use std::cmp::Reverse;

use orm::prelude::*;
use orm::queries::LoadRelated;
use orm_tests::behaviour;
use proptest::prelude::*;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Depot {
    pub id: i64,
    pub least: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Bale {
    pub id: i64,
    #[orm(related_name = "bales")]
    pub depot: ForeignKey<Depot>,
    pub kind: Option<i64>,
    pub colour: String,
    pub weight: i64,
    pub stickers: ManyToMany<Sticker>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Sticker {
    pub id: i64,
    pub label: String,
    pub size: i64,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Depot)]
pub struct Shelf {
    pub id: i64,
    #[orm(with = |d| d.bales().order_by(|p| p.weight.desc()).distinct_on(|p| p.kind).limit(2))]
    pub heaviest: Vec<Load>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Bale)]
pub struct Load {
    pub weight: i64,
    #[orm(with = |p| p.stickers().distinct_on(|s| s.size))]
    pub stickers: Vec<Sticker>,
}

macro_rules! depots {
    ($db:expr) => {{
        run!(Depot::bulk_create((0..4).map(|at| Depot::create().least(at))).run($db));
        let depots = run!(Depot::objects().all($db));
        let drawn = samples(
            60,
            (0usize..3, prop::option::weighted(0.7, 0i64..3), "[ab]", -3i64..4),
        );
        let drafts = drawn.iter().map(|(depot, kind, colour, weight)| {
            Bale::create()
                .depot(depots[*depot].id)
                .kind(*kind)
                .colour(colour.as_str())
                .weight(*weight)
        });
        run!(Bale::bulk_create(drafts).run($db));
        let labels = (0..6).map(|at| Sticker::create().label(format!("s{at}")).size(at % 3));
        run!(Sticker::bulk_create(labels).run($db));
        let (bales, stickers) = (
            run!(Bale::objects().order_by(|p| p.id).all($db)),
            run!(Sticker::objects().all($db)),
        );
        for (at, bale) in bales.iter().enumerate().filter(|(at, _)| at % 3 != 0) {
            let some = stickers.iter().enumerate().filter(|(nth, _)| (at + nth) % 3 != 1);
            run!(bale.stickers().set(some.map(|(_, sticker)| sticker)).run($db));
        }
        (depots, bales, stickers)
    }};
}

/// The rows of a list in order, of those that are equal the first.
fn first_of<T: Clone, K: PartialEq>(rows: &[T], group: impl Fn(&T) -> K) -> Vec<T> {
    let mut first: Vec<T> = Vec::new();
    for row in rows {
        if !first.iter().any(|known| group(known) == group(row)) {
            first.push(row.clone());
        }
    }
    first
}

fn of(bales: &[Bale], depot: &Depot) -> Vec<Bale> {
    let mut own: Vec<Bale> = bales
        .iter()
        .filter(|p| p.depot.id() == depot.id)
        .cloned()
        .collect();
    own.sort_by_key(|p| (Reverse(p.weight), Reverse(p.id)));
    own
}

/// Those of a bale, as they were set.
fn stuck<'a>(bales: &[Bale], stickers: &'a [Sticker], bale: &Bale) -> Vec<&'a Sticker> {
    let at = bales
        .iter()
        .position(|known| known.id == bale.id)
        .expect("a bale");
    let all = stickers.iter().enumerate();
    all.filter(|(nth, _)| at % 3 != 0 && (at + nth) % 3 != 1)
        .map(|(_, sticker)| sticker)
        .collect()
}

behaviour! {
    fn the_first_of_each_kind_in_each_list(db) {
        let (depots, bales, _) = depots!(db);
        let expected = |pick: &dyn Fn(Vec<Bale>) -> Vec<Bale>| depots.iter().map(|depot| (depot.clone(), pick(of(&bales, depot)))).collect::<Vec<_>>();
        let heavy = |d: DepotFields| d.bales().order_by(|p| p.weight.desc());
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind)).all(db));
        assert_eq!(found, expected(&|rows| first_of(&rows, |p| p.kind)));
        assert!(found[3].1.is_empty() && found[0].1.len() > 1);
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| (p.kind, p.colour))).all(db));
        assert_eq!(found, expected(&|rows| first_of(&rows, |p| (p.kind, p.colour.clone()))));
        // With a value, with what is related to each, and of the row that the list is of.
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.weight + 100 - 100)).all(db));
        assert_eq!(found, expected(&|rows| first_of(&rows, |p| p.weight)));
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.depot().least)).all(db));
        assert_eq!(found, expected(&|rows| rows.into_iter().take(1).collect()));
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.weight.gt(d.least))).all(db));
        let least = |p: &Bale| depots.iter().find(|depot| depot.id == p.depot.id()).expect("a depot").least;
        assert_eq!(found, expected(&|rows| first_of(&rows, |p| p.weight > least(p))));
        // Filters are about what is chosen from, wherever they stand.
        let light = |rows: Vec<Bale>| rows.into_iter().filter(|p| p.weight < 2).collect::<Vec<_>>();
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind).filter(|p| p.weight.lt(2))).all(db));
        assert_eq!(found, expected(&|rows| first_of(&light(rows), |p| p.kind)));
        // The last one counts.
        let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind).distinct_on(|p| p.colour)).all(db));
        assert_eq!(found, expected(&|rows| first_of(&rows, |p| p.colour.clone())));
    }

    fn limits_count_what_is_left(db) {
        let (depots, bales, _) = depots!(db);
        let heavy = |d: DepotFields| d.bales().order_by(|p| p.weight.desc());
        for (offset, limit) in [(0, 1), (0, 2), (1, 2), (1, 100), (2, 1), (0, 0)] {
            let cut = |rows: Vec<Bale>| first_of(&rows, |p| p.kind).into_iter().skip(offset).take(limit).collect::<Vec<_>>();
            let found = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind).offset(offset as u64).limit(limit as u64)).all(db));
            assert_eq!(found, depots.iter().map(|depot| (depot.clone(), cut(of(&bales, depot)))).collect::<Vec<_>>());
            // Of one row by its key, and of the first one.
            let one = run!(Depot::objects().filter(|d| d.id.eq(depots[1].id)).with(|d| heavy(d).limit(limit as u64).offset(offset as u64).distinct_on(|p| p.kind)).get(db));
            assert_eq!(one, found[1]);
            assert_eq!(run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind).offset(offset as u64).limit(limit as u64)).first(db)).as_ref(), found.first());
            // Beside rows that are there.
            let loaded = run!(depots.clone().load(|d| heavy(d).distinct_on(|p| p.kind).offset(offset as u64).limit(limit as u64)).run(db));
            assert_eq!(loaded, found);
        }
        let without_limit = run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind).offset(1)).all(db));
        assert_eq!(without_limit[0].1, first_of(&of(&bales, &depots[0]), |p| p.kind)[1..]);
        assert_eq!(run!(Depot::objects().with(|d| heavy(d).distinct_on(|p| p.kind)).first(db)).expect("a depot").1, first_of(&of(&bales, &depots[0]), |p| p.kind));
    }

    fn along_join_tables_within_lists_and_in_projections(db) {
        let (depots, bales, stickers) = depots!(db);
        let sizes = |bale: &Bale| first_of(&stuck(&bales, &stickers, bale), |s| s.size).into_iter().cloned().collect::<Vec<_>>();
        let found = run!(Bale::objects().order_by(|p| p.id).with(|p| p.stickers().distinct_on(|s| s.size)).all(db));
        assert_eq!(found, bales.iter().map(|bale| (bale.clone(), sizes(bale))).collect::<Vec<_>>());
        assert!(found.iter().any(|(bale, of)| of.len() < stuck(&bales, &stickers, bale).len()));
        let newest = run!(Bale::objects().order_by(|p| p.id).with(|p| p.stickers().order_by(|s| s.id.desc()).distinct_on(|s| s.size).limit(1)).all(db));
        assert!(newest.iter().all(|(bale, of)| of.first() == stuck(&bales, &stickers, bale).last().copied()));
        let back = run!(Sticker::objects().with(|s| s.bale_set().order_by(|p| p.weight.desc()).distinct_on(|p| (p.depot, p.kind))).all(db));
        for (sticker, of_it) in back {
            let mut all: Vec<Bale> = bales.iter().filter(|bale| stuck(&bales, &stickers, bale).contains(&&sticker)).cloned().collect();
            all.sort_by_key(|p| (Reverse(p.weight), Reverse(p.id)));
            assert_eq!(of_it, first_of(&all, |p| (p.depot.id(), p.kind)));
        }
        // A list within a list, and values beside the rows.
        let nested = run!(Depot::objects().with(|d| d.bales().order_by(|p| p.weight.desc()).distinct_on(|p| p.kind).annotate(|p| p.stickers().count()).with(|p| p.stickers().distinct_on(|s| s.size))).all(db));
        for (depot, heaviest) in &nested {
            let first = first_of(&of(&bales, depot), |p| p.kind);
            assert_eq!(heaviest.iter().map(|(bale, count, of)| (bale.clone(), *count as usize, of.clone())).collect::<Vec<_>>(), first.iter().map(|p| (p.clone(), stuck(&bales, &stickers, p).len(), sizes(p))).collect::<Vec<_>>());
        }
        let shelves = run!(Depot::objects().select::<Shelf>().all(db));
        for (shelf, depot) in shelves.iter().zip(&depots) {
            let first = first_of(&of(&bales, depot), |p| p.kind).into_iter().take(2);
            let expected: Vec<Load> = first.map(|p| Load { weight: p.weight, stickers: sizes(&p) }).collect();
            assert_eq!((shelf.id, &shelf.heaviest), (depot.id, &expected));
        }
    }

    fn what_has_no_first_row_is_refused(db) {
        depots!(db);
        macro_rules! refused {
            ($list:expr, $said:literal) => {{
                let error = attempt!(Depot::objects().with($list).all(db)).unwrap_err();
                assert!(error.is_unsupported() && error.to_string().contains($said), "{error}");
            }};
        }
        refused!(|d| d.bales().distinct_on(|p| p.weight.sum()), "is given an aggregate over all of them");
        refused!(|d| d.bales().distinct_on(|_| orm::row_number().over(|w| w)), "distinct_on() is about rows before a window looks at them");
        refused!(|d| d.bales().order_by(|p| orm::row_number().over(|w| w.order_by(p.id))).distinct_on(|p| p.kind), "numbered in their order");
    }
}
