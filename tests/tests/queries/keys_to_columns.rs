//! Foreign keys that point at another unique column than the primary key.

use orm::Model as _;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    North,
    South,
}

/// What is pointed at, by columns of every kind.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Land {
    pub id: i64,
    #[orm(unique, max_length = 2)]
    pub code: String,
    #[orm(unique)]
    pub token: Option<Uuid>,
    #[orm(unique, column = "The Number")]
    pub number: i32,
    #[orm(unique)]
    pub zone: Option<Zone>,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Freight {
    pub id: i64,
    #[orm(to = "code", on_delete = Cascade, on_update = Cascade, related_name = "parcels")]
    pub country: ForeignKey<Land, String>,
    #[orm(to = "token", on_delete = SetNull, related_name = "signed")]
    pub token: Option<ForeignKey<Land, Uuid>>,
    #[orm(to = "number", on_delete = Cascade, related_name = "numbered", default = 49)]
    pub number: ForeignKey<Land, i32>,
    #[orm(to = "zone", on_delete = SetNull, related_name = "parcel_of_zone")]
    pub zone: Option<OneToOne<Land, Zone>>,
}

/// One whose key is itself such a foreign key, and one that points at that.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Embassy {
    #[orm(primary_key, to = "code", on_delete = Cascade)]
    pub country: OneToOne<Land, String>,
    pub city: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Visa {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "visas")]
    pub embassy: ForeignKey<Embassy>,
    #[orm(to = "name", on_delete = Cascade, related_name = "next")]
    pub previous: Option<ForeignKey<Self, String>>,
    #[orm(unique)]
    pub name: String,
}

/// Columns of types that a primary key seldom has.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Tariff {
    pub id: i64,
    #[orm(unique)]
    pub day: NaiveDate,
    #[orm(unique)]
    pub hour: Option<NaiveTime>,
    #[orm(unique)]
    pub since: DateTime<Utc>,
    #[orm(unique, max_digits = 6, decimal_places = 2)]
    pub price: Decimal,
    #[orm(unique)]
    pub usual: Option<bool>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Ride {
    pub id: i64,
    #[orm(to = "day", related_name = "of_day")]
    pub day: ForeignKey<Tariff, NaiveDate>,
    #[orm(to = "hour", related_name = "of_hour")]
    pub hour: Option<ForeignKey<Tariff, NaiveTime>>,
    #[orm(to = "since", related_name = "of_since")]
    pub since: ForeignKey<Tariff, DateTime<Utc>>,
    #[orm(to = "price", related_name = "of_price")]
    pub price: ForeignKey<Tariff, Decimal>,
    #[orm(to = "usual", related_name = "of_usual")]
    pub usual: Option<ForeignKey<Tariff, bool>>,
}

/// Such keys in a struct of fields that models share.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Crossing {
    #[orm(to = "code", on_delete = Cascade, on_update = Cascade)]
    pub land: ForeignKey<Land, String>,
    #[orm(to = "token", on_delete = SetNull)]
    pub stamp: Option<ForeignKey<Land, Uuid>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Convoy {
    pub id: i64,
    #[orm(embed, prefix = "way_")]
    pub way: Crossing,
    #[orm(embed, prefix = "back_")]
    pub back: Option<Crossing>,
}

fn token(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

behaviour! {
    fn it_is_set_by_value_and_by_row(db) {
        let de = run!(Land::create().code("DE").number(49).token(token(1)).zone(Zone::North).name("Germany").save(db));
        let fr = run!(Land::create().code("FR").number(33).name("France").save(db));
        let by_row = run!(Freight::create().country(&de).token(&de).number(&fr).zone(Zone::North).save(db));
        assert_eq!((by_row.country.id(), by_row.number.id()), ("DE".to_owned(), 33));
        assert_eq!(by_row.token.as_ref().map(ForeignKey::id), Some(token(1)));
        assert_eq!(by_row.zone.as_ref().map(OneToOne::id), Some(Zone::North));
        let by_value = run!(Freight::create().country("FR").token(token(1)).save(db));
        assert_eq!((by_value.country.id().as_str(), by_value.number.id()), ("FR", 49));
        let mut moved = by_value.clone();
        moved.country = ForeignKey::new("DE");
        run!(moved.save(db));
        run!(Freight::objects().filter(|p| p.id.eq(by_row.id)).update(|p| (p.country.set(&fr), p.number.set(49), p.token.set(None))).run(db));
        let rows = run!(Freight::objects().values(|p| (p.country, p.number, p.token)).all(db));
        assert_eq!(rows[0], (ForeignKey::new("FR"), ForeignKey::new(49), None));
        assert_eq!(rows[1].0.id(), "DE");
        // A row that has nothing in that column.
        let none = run!(Freight::create().country("FR").token(&fr).save(db));
        assert_eq!(none.token, None);
        let missing = error(attempt!(Freight::create().country("XX").save(db)));
        assert!(missing.is_foreign_key_violation(), "{missing:?}");
    }

    fn it_is_asked_about_followed_and_loaded(db) {
        let de = run!(Land::create().code("DE").number(49).token(token(1)).zone(Zone::South).name("Germany").save(db));
        let fr = run!(Land::create().code("FR").number(33).name("France").save(db));
        let one = run!(Freight::create().country(&de).token(&de).zone(Zone::South).save(db));
        let two = run!(Freight::create().country(&de).number(33).save(db));
        let three = run!(Freight::create().country(&fr).save(db));

        let ids = |query: QuerySet<Freight>| query.values(|p| p.id);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.eq(&de))).all(db)), [one.id, two.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.ne(&de))).all(db)), [three.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.eq("FR"))).all(db)), [three.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.in_([&de, &fr]) & p.number.eq(&fr))).all(db)), [two.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.in_(["FR", "XX"]))).all(db)), [three.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.zone.eq(Zone::South))).all(db)), [one.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country().name.eq("France"))).all(db)), [three.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.token().name.eq("Germany"))).all(db)), [one.id]);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.eq(p.country().code) & p.token().id.is_null())).all(db)), [two.id, three.id]);
        let codes = Land::objects().filter(|c| c.name.eq("France")).values(|c| c.code);
        assert_eq!(run!(ids(Freight::objects().filter(|p| p.country.in_(codes))).all(db)), [three.id]);
        let many = Land::objects().filter(|c| c.parcels().any(|p| p.number().name.eq("France")));
        assert_eq!(run!(many.all(db)), std::slice::from_ref(&de));
        let none = Land::objects().filter(|c| !c.signed().exists());
        assert_eq!(run!(none.all(db)), std::slice::from_ref(&fr));
        assert_eq!(run!(Land::objects().filter(|c| c.parcel_of_zone().number.eq(49)).count(db)), 1);

        let loaded = run!(Freight::objects().with(|p| p.country()).with(|p| p.token()).with(|p| p.zone()).all(db));
        assert_eq!(loaded[0], (one.clone(), de.clone(), Some(de.clone()), Some(de.clone())));
        assert_eq!(loaded[2], (three.clone(), fr.clone(), None, None));
        let lists = run!(Land::objects().with(|c| c.parcels()).with(|c| c.signed()).with(|c| c.numbered()).with(|c| c.parcel_of_zone()).all(db));
        let own = |list: &[Freight]| list.iter().map(|parcel| parcel.id).collect::<Vec<_>>();
        assert_eq!((own(&lists[0].1), own(&lists[0].2), own(&lists[0].3)), (vec![one.id, two.id], vec![one.id], vec![one.id, three.id]));
        assert_eq!((own(&lists[1].1), own(&lists[1].2), own(&lists[1].3)), (vec![three.id], vec![], vec![two.id]));
        assert_eq!(lists[0].4.as_ref().map(|parcel| parcel.id), Some(one.id));
        assert_eq!(lists[1].4, None);
        // Of a row that is named by its key, of the first one, and of those behind another relation.
        let of_key = run!(Land::objects().filter(|c| c.id.eq(de.id)).with(|c| c.parcels()).all(db));
        assert_eq!(own(&of_key[0].1), [one.id, two.id]);
        let of_keys = run!(Land::objects().filter(|c| c.id.in_([fr.id, de.id])).with(|c| c.numbered()).all(db));
        assert_eq!((own(&of_keys[0].1), own(&of_keys[1].1)), (vec![one.id, three.id], vec![two.id]));
        let of_first = run!(Land::objects().order_by(|c| c.name).limit(1).with(|c| c.numbered()).all(db));
        assert_eq!(own(&of_first[0].1), [two.id]);
        // The first row holds nothing in that column.
        let of_none = run!(Land::objects().order_by(|c| c.name).with(|c| c.signed()).all(db));
        assert_eq!((own(&of_none[0].1), own(&of_none[1].1)), (vec![], vec![one.id]));
        let first = run!(Land::objects().with(|c| c.signed()).first(db)).unwrap();
        assert_eq!(own(&first.1), [one.id]);
        let nested = run!(Freight::objects().with(|p| p.number().with(|c| c.parcels())).all(db));
        assert_eq!((own(&nested[0].1.1), own(&nested[1].1.1)), (vec![one.id, two.id], vec![three.id]));

        assert_eq!(run!(one.country().get(db)), de);
        assert_eq!(run!(two.token().all(db)), []);
        assert_eq!(run!(one.zone().get(db)), de);
        assert_eq!(run!(de.parcels().values(|p| p.id).all(db)), [one.id, two.id]);
        assert_eq!(run!(fr.numbered().values(|p| p.id).all(db)), [two.id]);
        assert_eq!(run!(fr.signed().count(db)), 0);
        assert_eq!(run!(de.parcel_of_zone().get(db)), one);
        let groups = run!(Freight::objects().group_by(|p| (p.country, p.country().name)).values(|p| (p.country, p.country().name, orm::queries::count())).order_by(|p| p.country).all(db));
        assert_eq!(groups, [(ForeignKey::new("DE"), "Germany".to_owned(), 2), (ForeignKey::new("FR"), "France".to_owned(), 1)]);
    }

    fn the_database_follows_what_it_points_at(db) {
        let de = run!(Land::create().code("DE").number(49).token(token(1)).name("Germany").save(db));
        let fr = run!(Land::create().code("FR").number(33).name("France").save(db));
        let one = run!(Freight::create().country(&fr).token(&de).number(33).save(db));
        run!(fr.update(|c| c.code.set("XF")).run(db));
        assert_eq!(run!(Freight::get(one.id, db)).country.id(), "XF");
        run!(de.delete(db));
        assert_eq!(run!(Freight::get(one.id, db)).token, None);
        run!(fr.delete(db));
        assert_eq!(run!(Freight::objects().count(db)), 0);
    }

    fn it_may_be_a_key_itself_and_point_at_its_own_table(db) {
        let de = run!(Land::create().code("DE").number(49).name("Germany").save(db));
        let embassy = run!(Embassy::create().country(&de).city("Berlin").save(db));
        assert_eq!(embassy.key(), OneToOne::new("DE"));
        let visa = run!(Visa::create().embassy(&embassy).name("a").save(db));
        assert_eq!(visa.embassy.id().id(), "DE");
        let next = run!(Visa::create().embassy(&embassy).previous(&visa).name("b").save(db));
        assert_eq!(run!(visa.next().all(db)), std::slice::from_ref(&next));
        let loaded = run!(Visa::objects().filter(|v| v.embassy().country().name.eq("Germany")).with(|v| v.previous()).with(|v| v.embassy().with(|e| e.country())).order_by(|v| v.name).all(db));
        assert_eq!(loaded[1].1.as_ref(), Some(&visa));
        assert_eq!(loaded[1].2.1, de);
        assert_eq!(run!(Land::objects().with(|c| c.embassy().with(|e| e.visas())).all(db))[0].1.as_ref().unwrap().1.len(), 2);
        assert_eq!(run!(Embassy::get(OneToOne::new("DE"), db)).city, "Berlin");
        run!(de.delete(db));
        assert_eq!(run!(Visa::objects().count(db)), 0);
    }

    fn dates_times_decimals_and_booleans_are_pointed_at(db) {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let at = |day: NaiveDate| day.and_hms_opt(8, 30, 0).unwrap().and_utc();
        let (monday, sunday) = (day(30), day(29));
        let new = |day: NaiveDate, price: &str| Tariff::create().day(day).since(at(day)).price(price.parse::<Decimal>().unwrap());
        let usual = run!(new(monday, "12.50").hour(at(monday).time()).usual(true).save(db));
        let other = run!(new(sunday, "7").save(db));
        let one = run!(Ride::create().day(&usual).hour(&usual).since(&other).price(&other).usual(true).save(db));
        let two = run!(Ride::create().day(sunday).since(at(monday)).price("12.5".parse::<Decimal>().unwrap()).save(db));
        let loaded = run!(Ride::objects()
            .with(|r| r.day()).with(|r| r.hour()).with(|r| r.since()).with(|r| r.price()).with(|r| r.usual())
            .all(db));
        let (some, none) = (Some(usual.clone()), None);
        assert_eq!(loaded[0], (one.clone(), usual.clone(), some.clone(), other.clone(), other.clone(), some));
        assert_eq!(loaded[1], (two.clone(), other.clone(), none.clone(), usual.clone(), usual.clone(), none));
        let lists = run!(Tariff::objects()
            .with(|f| f.of_day()).with(|f| f.of_hour()).with(|f| f.of_since()).with(|f| f.of_price()).with(|f| f.of_usual())
            .all(db));
        let (one, two) = (vec![one], vec![two]);
        assert_eq!(lists[0], (usual.clone(), one.clone(), one.clone(), two.clone(), two.clone(), one.clone()));
        assert_eq!(lists[1], (other, two, vec![], one.clone(), one.clone(), vec![]));
        assert_eq!(run!(Ride::objects().filter(|r| r.price().day.eq(monday) & r.since.eq(&usual)).count(db)), 1);
        assert_eq!(run!(usual.of_price().count(db)), 1);
        assert_eq!(run!(one[0].since().get(db)).price, "7".parse::<Decimal>().unwrap());
    }

    fn structs_of_shared_fields_have_them_too(db) {
        let de = run!(Land::create().code("DE").number(49).token(token(1)).name("Germany").save(db));
        let fr = run!(Land::create().code("FR").number(33).name("France").save(db));
        let crossing = |code: &str, stamp| Crossing { land: ForeignKey::new(code), stamp };
        let one = run!(Convoy::create().way(crossing("DE", Some(ForeignKey::new(token(1))))).back(crossing("FR", None)).save(db));
        let two = run!(Convoy::create().way(crossing("FR", None)).save(db));

        let ids = |query: QuerySet<Convoy>| query.values(|c| c.id);
        assert_eq!(run!(ids(Convoy::objects().filter(|c| c.way.land.eq(&de))).all(db)), [one.id]);
        assert_eq!(run!(ids(Convoy::objects().filter(|c| c.way.land().name.eq("France"))).all(db)), [two.id]);
        assert_eq!(run!(ids(Convoy::objects().filter(|c| c.back.land().name.eq("France"))).all(db)), [one.id]);
        assert_eq!(run!(ids(Convoy::objects().filter(|c| c.way.stamp.eq(&de))).all(db)), [one.id]);
        let loaded = run!(Convoy::objects().with(|c| c.way.land()).with(|c| c.way.stamp()).all(db));
        assert_eq!(loaded[0], (one.clone(), de.clone(), Some(de.clone())));
        assert_eq!(loaded[1], (two.clone(), fr.clone(), None));
        assert_eq!(run!(one.way.land().get(db)), de);
        let missing = error(attempt!(Convoy::create().way(crossing("XX", None)).save(db)));
        assert!(missing.is_foreign_key_violation(), "{missing:?}");

        run!(fr.update(|c| c.code.set("XF")).run(db));
        assert_eq!(run!(Convoy::get(one.id, db)).back, Some(crossing("XF", None)));
        run!(de.delete(db));
        assert_eq!(run!(ids(Convoy::objects()).all(db)), [two.id]);
    }
}
