//! An `Option` of an embed: all of its columns are NULL, or none that cannot be.

use orm::dynamic::DynModel;
use orm::models::{ConstraintDef, ModelKey, registry};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::shared::Address;
use serde_json::json;

orm::app!("suite");

#[derive(Embed, Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Spot {
    pub name: String,
    #[orm(default = 1)]
    pub floors: i32,
    #[orm(auto_now)]
    pub seen_at: DateTime<Utc>,
    #[orm(embed)]
    pub point: Option<Point>,
    pub note: Option<String>,
    #[orm(related_name = "+")]
    pub above: Option<ForeignKey<Site>>,
    #[orm(generated = |s| s.floors * 3)]
    pub metres: Option<i32>,
}

/// One column is whole in any case.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Motto {
    pub motto: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(index("spot.name"), ordering("id"))]
pub struct Site {
    pub id: i64,
    #[orm(embed, prefix = "spot_")]
    pub spot: Option<Spot>,
    #[orm(embed)]
    pub motto: Option<Motto>,
    pub name: String,
    #[orm(embed, prefix = "post_")]
    pub post: Option<Address>,
}

fn spot(point: Option<Point>) -> Spot {
    Spot {
        name: "Hill".to_owned(),
        floors: 2,
        seen_at: "2026-01-02T03:04:05Z".parse().expect("a time"),
        point,
        note: None,
        above: None,
        metres: Some(6),
    }
}

const POINT: Point = Point { lat: 1.5, lon: -2.5 };

behaviour! {
    fn it_is_there_or_not(db) {
        let bare = run!(Site::create().name("bare").save(db));
        assert_eq!((&bare.spot, &bare.motto, &bare.post), (&None, &None, &None), "defaults inside do not make one");
        let mut full = run!(Site::create().name("full").spot(spot(Some(POINT))).motto(Motto { motto: "On".to_owned() }).save(db));
        assert_eq!(full.spot, Some(spot(Some(POINT))));
        let half = run!(Site::create().name("half").spot(spot(None)).save(db));
        assert_eq!(half.spot, Some(spot(None)));
        assert_eq!(run!(Site::objects().all(db)), [bare.clone(), full.clone(), half.clone()]);
        full.spot = None;
        run!(full.save(db));
        assert_eq!(run!(Site::get(full.id, db)).spot, None);
        full.spot = Some(spot(Some(POINT)));
        run!(full.save(db));
        let saved = run!(Site::get(full.id, db)).spot.expect("a spot");
        assert!(saved.seen_at > spot(None).seen_at, "touched where it is there");
        assert_eq!(saved.point, Some(POINT));
        let drafts = [Site::create().name("a"), Site::create().name("b").spot(spot(None))];
        let many = run!(Site::bulk_create(drafts).all(db));
        assert_eq!(many.iter().map(|site| site.spot.is_some()).collect::<Vec<_>>(), [false, true]);
    }

    fn closures_ask_whether_it_is_there(db) {
        run!(Site::create().name("bare").save(db));
        let full = run!(Site::create().name("full").spot(spot(Some(POINT))).save(db));
        run!(Site::create().name("half").spot(Spot { above: Some(ForeignKey::to(&full)), ..spot(None) }).save(db));
        let all = Site::objects();
        let names = |sites: Vec<Site>| sites.into_iter().map(|site| site.name).collect::<Vec<_>>();
        assert_eq!(names(run!(all.clone().filter(|s| s.spot.is_null()).all(db))), ["bare"]);
        assert_eq!(names(run!(all.clone().filter(|s| s.spot.is_not_null()).all(db))), ["full", "half"]);
        assert_eq!(names(run!(all.clone().filter(|s| s.spot.is_not_null() & s.spot.point.is_null()).all(db))), ["half"]);
        assert_eq!(names(run!(all.clone().filter(|s| s.spot.point.lat.gt(1.0)).all(db))), ["full"]);
        assert_eq!(names(run!(all.clone().filter(|s| s.spot.above().spot.point.lon.lt(0.0)).all(db))), ["half"]);
        let values: Vec<(Option<String>, Option<f64>, Option<i32>)> =
            run!(all.clone().values(|s| (s.spot.name, s.spot.point.lat, s.spot.metres)).all(db));
        let hill = || Some("Hill".to_owned());
        assert_eq!(values, [(None, None, None), (hill(), Some(1.5), Some(6)), (hill(), None, Some(6))]);
        let loaded = run!(all.clone().with(|s| s.spot.above()).all(db));
        assert_eq!(loaded[2].1.as_ref(), Some(&full));
        assert_eq!(run!(all.clone().filter(|s| s.name.eq("bare")).update(|s| s.spot.set(spot(Some(POINT)))).run(db)), 1);
        assert_eq!(run!(all.clone().filter(|s| s.name.ne("bare")).update(|s| s.spot.set(None)).run(db)), 2);
        assert_eq!(names(run!(all.filter(|s| s.spot.is_not_null()).all(db))), ["bare"]);
    }

    fn the_database_takes_no_part_of_it(db) {
        run!(Site::create().name("bare").save(db));
        let sites = value(DynModel::named("suite.Site"));
        for (field, given, check) in [
            ("spot_name", json!("Hill"), "suite_site_spot_whole"),
            ("spot_note", json!("high"), "suite_site_spot_whole"),
            ("spot_lat", json!(1.5), "suite_site_spot_point_whole"),
            ("post_floor", json!(1), "suite_site_post_whole"),
        ] {
            let name = value(sites.field::<String>("name"));
            let draft = sites.create().set(name, "part").set_json(field, &given);
            let part = error(attempt!(draft.save(db)));
            assert!(part.is_check_violation(), "{field}: {part:?}");
            // Of two checks that are violated any may be told.
            if field != "spot_lat" {
                assert_eq!(part.constraint(), Some(check), "{field}: {part:?}");
            }
        }
        let motto = value(sites.field::<Option<String>>("motto"));
        let name = value(sites.field::<String>("name"));
        run!(sites.create().set(name, "said").set(motto, Some("On".to_owned())).save(db));
        assert_eq!(run!(Site::objects().filter(|s| s.motto.is_not_null()).count(db)), 1);
    }
}

#[test]
fn its_fields_are_nullable_and_have_no_defaults() {
    let registry = registry().unwrap();
    let def = &registry.model(&ModelKey::new("suite", "Site")).unwrap().def;
    for field in def.fields.iter().filter(|field| field.name.contains('_')) {
        assert!(
            field.null && field.default.is_none() && !field.auto_now,
            "{}",
            field.name
        );
    }
    let checks: Vec<&str> = def.constraints.iter().map(ConstraintDef::name).collect();
    assert_eq!(
        checks,
        [
            "suite_site_spot_whole",
            "suite_site_spot_point_whole",
            "suite_site_post_whole"
        ]
    );
    let ConstraintDef::Check {
        message, condition, ..
    } = &def.constraints[0]
    else {
        panic!("a check");
    };
    assert_eq!(
        message.as_deref(),
        Some("`spot` is given as a whole or not at all")
    );
    assert_eq!(
        serde_json::to_value(condition).unwrap(),
        json!([
            "or",
            [
                "and",
                ["is_null", { "field": "spot_name" }],
                ["is_null", { "field": "spot_floors" }],
                ["is_null", { "field": "spot_seen_at" }],
                ["is_null", { "field": "spot_lat" }],
                ["is_null", { "field": "spot_lon" }],
                ["is_null", { "field": "spot_note" }],
                ["is_null", { "field": "spot_above" }],
            ],
            [
                "and",
                ["is_not_null", { "field": "spot_name" }],
                ["is_not_null", { "field": "spot_floors" }],
                ["is_not_null", { "field": "spot_seen_at" }],
            ],
        ])
    );
}
