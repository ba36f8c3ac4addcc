//! The order that a model gives its rows, also by fields of rows that its relations lead to.

use orm::prelude::*;
use orm_tests::behaviour;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Region {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(max_length = 20)]
    pub name: String,
}

/// Not every one has a region.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("region__name", "-name"))]
pub struct Depot {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(max_length = 20)]
    pub name: String,
    #[orm(related_name = "depots")]
    pub region: Option<ForeignKey<Region>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-depot__region__name", "depot__name", "id"))]
pub struct Parcel {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(related_name = "parcels")]
    pub depot: ForeignKey<Depot>,
    #[orm(related_name = "inside")]
    pub within: Option<ForeignKey<Parcel>>,
    pub weight: i64,
}

/// Two regions, four depots, eight parcels.
macro_rules! depots {
    ($db:ident) => {{
        let regions = [(1, "north"), (2, "south")].map(|(id, name)| Region::create().id(id).name(name));
        run!(Region::bulk_create(regions).run($db));
        let depots = [
            (1, "a", Some(2)),
            (2, "b", Some(1)),
            (3, "c", None),
            (4, "d", Some(1)),
        ]
        .map(|(id, name, region): (i64, &str, Option<i64>)| {
            let depot = Depot::create().id(id).name(name);
            match region {
                Some(region) => depot.region(region),
                None => depot,
            }
        });
        run!(Depot::bulk_create(depots).run($db));
        let parcels = (1..=8).map(|id| {
            let parcel = Parcel::create().id(id).depot((id - 1) % 4 + 1).weight(id * 10);
            if id > 4 { parcel.within(1) } else { parcel }
        });
        run!(Parcel::bulk_create(parcels).run($db));
    }};
}

behaviour! {
    fn rows_are_ordered_by_what_their_relations_lead_to(db) {
        depots!(db);
        let ids = |depots: Vec<Depot>| -> Vec<i64> { depots.iter().map(|depot| depot.id).collect() };
        // What there is none of is where NULL is: first.
        assert_eq!(ids(run!(Depot::objects().all(db))), [3, 4, 2, 1]);
        assert_eq!(ids(run!(Depot::objects().reverse().all(db))), [1, 2, 4, 3]);
        assert_eq!(ids(run!(Depot::objects().filter(|d| d.name.ne("d")).limit(2).all(db))), [3, 2]);
        assert_eq!(run!(Depot::objects().first(db)).map(|depot| depot.id), Some(3));
        assert_eq!(run!(Depot::objects().values(|d| d.name).all(db)), ["c", "d", "b", "a"]);
        let parcels = run!(Parcel::objects().values(|p| p.id).all(db));
        assert_eq!(parcels, [1, 5, 2, 6, 4, 8, 3, 7]);
    }

    fn a_query_that_says_an_order_has_that_one(db) {
        depots!(db);
        assert_eq!(run!(Depot::objects().order_by(|d| d.id).values(|d| d.id).all(db)), [1, 2, 3, 4]);
        assert_eq!(run!(Depot::objects().count(db)), 4);
        assert!(run!(Depot::objects().exists(db)));
        let per_region = Depot::objects().group_by(|d| d.region).values(|d| (d.region, orm::queries::count()));
        assert_eq!(run!(per_region.all(db)).len(), 3);
    }

    fn related_rows_are_ordered_so_too(db) {
        depots!(db);
        let rows = run!(Parcel::objects().filter(|p| p.id.eq(1)).with(|p| p.inside()).with(|p| p.depot().with(|d| d.region())).all(db));
        let (_, inside, (depot, region)) = &rows[0];
        assert_eq!(inside.iter().map(|parcel| parcel.id).collect::<Vec<_>>(), [5, 6, 8, 7]);
        assert_eq!((depot.id, region.as_ref().map(|region| region.id)), (1, Some(2)));
        let first = run!(Region::get(1, db));
        assert_eq!(run!(first.depots().values(|d| d.id).all(db)), [4, 2]);
        let named = run!(Region::objects().order_by(|r| r.id).with(|r| r.depots()).all(db));
        assert_eq!(named[0].1.iter().map(|depot| depot.id).collect::<Vec<_>>(), [4, 2]);
        assert_eq!(run!(first.depots().first(db)).map(|depot| depot.id), Some(4));
    }

    fn the_first_of_a_query_within_are_those_of_the_order(db) {
        depots!(db);
        let first = Depot::objects().limit(2).values(|d| d.id);
        let of_first = Parcel::objects().filter(|p| p.depot.in_(first)).order_by(|p| p.id).values(|p| p.id);
        assert_eq!(run!(of_first.all(db)), [3, 4, 7, 8]);
        let first_of_region = Region::objects()
            .order_by(|r| r.id)
            .values(|r| orm::subquery(Depot::objects().filter(|d| d.region.eq(r.id)).limit(1).values(|d| d.name)));
        assert_eq!(run!(first_of_region.all(db)), [Some("d".to_owned()), Some("a".to_owned())]);
    }

    fn rows_that_are_changed_need_no_order(db) {
        depots!(db);
        assert_eq!(run!(Parcel::objects().filter(|p| p.weight.gt(40)).update(|p| p.weight.set(1)).run(db)), 4);
        assert_eq!(run!(Parcel::objects().filter(|p| p.weight.eq(1)).delete().run(db)), 4);
        assert_eq!(run!(Parcel::objects().values(|p| p.id).all(db)), [1, 2, 4, 3]);
    }

    fn different_rows_of_such_a_model(db) {
        depots!(db);
        let distinct = run!(Depot::objects().filter(|d| d.parcels().exists()).distinct().all(db));
        assert_eq!(distinct.len(), 4);
    }
}
