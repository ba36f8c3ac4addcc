//! Arrays of what columns hold by a type of a program's own, of choices, of durations and of every whole number.

use std::time::Duration;

use chrono::TimeDelta;
use orm::dynamic::DynModel;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use serde_json::json;

orm::app!("suite");

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum Genre {
    Poetry,
    #[orm(value = "it's, \"[odd]\" \\ é")]
    Odd,
    Crime,
}

/// Its order is not that of its strings.
#[derive(Choices, Debug, Clone, Copy, PartialEq)]
#[orm(native = "emblem")]
pub enum Badge {
    Silver,
    #[orm(value = "the \"best\", {really}")]
    Gold,
    Bronze,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
#[orm(integer = i16)]
pub enum Urgency {
    Low = 1,
    High = 11,
    Negative = -1,
}

#[derive(ColumnType, Debug, Clone, PartialEq)]
#[orm(validate = Isbn::check)]
pub struct Isbn(String);

impl Isbn {
    fn check(text: &str) -> Result<(), &'static str> {
        match text.chars().count() {
            4 => Ok(()),
            _ => Err("an ISBN of four characters is expected"),
        }
    }
}

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
pub struct Level(u8);

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
pub struct Rated(Urgency);

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Anthology {
    pub id: i64,
    #[orm(default = Vec::new())]
    pub tiny: Vec<i8>,
    #[orm(default = Vec::new())]
    pub bytes_or_none: Vec<Option<u8>>,
    #[orm(default = [0, 65_535])]
    pub words: Vec<u16>,
    #[orm(default = Vec::new())]
    pub dwords: Vec<Vec<u32>>,
    #[orm(default = Vec::new())]
    pub longs: Vec<u64>,
    #[orm(default = Vec::new())]
    pub lengths: Vec<TimeDelta>,
    #[orm(default = Vec::new())]
    pub waits: Vec<Option<Duration>>,
    #[orm(default = Vec::new())]
    pub isbns: Vec<Isbn>,
    #[orm(default = Vec::new())]
    pub levels: Vec<Vec<Level>>,
    #[orm(default = Vec::new())]
    pub rated: Vec<Option<Rated>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("not_only_crime", |s| s.genres.ne([Genre::Crime])))]
pub struct Shelf {
    pub id: i64,
    #[orm(default = [Genre::Poetry, Genre::Odd])]
    pub genres: Vec<Genre>,
    #[orm(default = Vec::new(), max_length = 3)]
    pub odd: Vec<Option<Genre>>,
    #[orm(default = [[Genre::Odd]])]
    pub grid: Vec<Vec<Genre>>,
    #[orm(default = [Badge::Gold])]
    pub badges: Vec<Badge>,
    pub medals: Option<Vec<Vec<Option<Badge>>>>,
    #[orm(default = [Urgency::High, Urgency::Negative])]
    pub urgencies: Vec<Urgency>,
    #[orm(default = Vec::new())]
    pub perhaps: Vec<Vec<Option<Urgency>>>,
}

fn isbn(text: &str) -> Isbn {
    Isbn(text.to_owned())
}

behaviour! {
    fn elements_of_every_type_come_back(db) {
        let made = run!(Anthology::create()
            .tiny([i8::MIN, i8::MAX, 0]).bytes_or_none([Some(u8::MAX), None, Some(0)]).words([u16::MAX, 9, 10])
            .dwords([vec![u32::MAX, 0], vec![1, 2]]).longs([i64::MAX as u64, 0])
            .lengths([TimeDelta::microseconds(i64::MIN), TimeDelta::microseconds(i64::MAX), TimeDelta::hours(-30), TimeDelta::zero()])
            .waits([Some(Duration::from_micros(1_500_000)), None])
            .isbns([isbn("],\"["), isbn("é,{}")]).levels([vec![Level(255)], vec![Level(0)]])
            .rated([Some(Rated(Urgency::Negative)), None])
            .save(db));
        assert_eq!(run!(Anthology::get(made.id, db)), made);
        assert_eq!(made.words, [u16::MAX, 9, 10]);
        let same = Anthology::objects().filter(|a| {
            a.tiny.eq(&made.tiny) & a.bytes_or_none.eq(&made.bytes_or_none) & a.words.eq(&made.words) & a.dwords.eq(&made.dwords)
                & a.longs.eq(&made.longs) & a.lengths.eq(&made.lengths) & a.waits.eq(&made.waits) & a.isbns.eq(&made.isbns)
                & a.levels.eq(&made.levels) & a.rated.eq(&made.rated)
        });
        assert_eq!(run!(same.count(db)), 1);
        let found = Anthology::objects().filter(|a| {
            a.tiny.has(i8::MIN) & a.bytes_or_none.has(u8::MAX) & a.words.contains([9, 10]) & a.dwords.overlaps([[2, 7]])
                & a.longs.contained_by([0, i64::MAX as u64, 5]) & a.lengths.has(TimeDelta::hours(-30))
                & a.waits.has(Duration::from_millis(1_500)) & a.isbns.has(isbn("é,{}")) & a.levels.length().eq(2)
                & a.rated.has(Rated(Urgency::Negative)) & a.lengths.item(2).lt(TimeDelta::zero())
        });
        let items = run!(found.values(|a| (a.tiny.item(0), a.bytes_or_none.item(0), a.longs.item(0), a.lengths.item(2), a.isbns.item(1),
            a.waits.item(1), a.rated.item(0))).get(db));
        assert_eq!(items, (Some(i8::MIN), Some(u8::MAX), Some(i64::MAX as u64), Some(TimeDelta::hours(-30)), Some(isbn("é,{}")), None,
            Some(Rated(Urgency::Negative))));
        let empty = run!(Anthology::create().save(db));
        assert_eq!((empty.words.clone(), empty.waits.clone()), (vec![0, 65_535], vec![]));
        let both = Anthology::objects().filter(|a| a.lengths.in_([made.lengths.clone(), vec![]]));
        assert_eq!(run!(both.count(db)), 2);
    }

    fn an_element_beyond_its_type_is_refused(db) {
        let refused = error(attempt!(Anthology::create().longs([1, u64::MAX]).save(db)));
        assert_eq!(refused.fields(), ["longs"], "{refused}");
        let refused = error(attempt!(Anthology::create().isbns([isbn("1234"), isbn("12")]).save(db)));
        assert_eq!(refused.fields(), ["isbns"], "{refused}");
        assert!(refused.to_string().contains("four characters"), "{refused}");
        let refused = error(attempt!(Anthology::create().lengths([TimeDelta::MAX]).save(db)));
        assert!(refused.to_string().contains("292,000 years"), "{refused}");
        assert_eq!(run!(Anthology::objects().count(db)), 0);
    }

    fn arrays_of_choices_are_those_of_strings_and_numbers(db) {
        let made = run!(Shelf::create().save(db));
        assert_eq!((made.genres.clone(), made.badges.clone()), (vec![Genre::Poetry, Genre::Odd], vec![Badge::Gold]));
        assert_eq!((made.grid.clone(), made.urgencies.clone()), (vec![vec![Genre::Odd]], vec![Urgency::High, Urgency::Negative]));
        let other = run!(Shelf::create()
            .genres([Genre::Crime, Genre::Odd, Genre::Crime]).odd([None, Some(Genre::Odd)]).grid([[Genre::Odd, Genre::Crime], [Genre::Crime, Genre::Poetry]])
            .badges([Badge::Bronze, Badge::Silver]).medals([[Some(Badge::Gold), None], [None, Some(Badge::Silver)]])
            .urgencies(Vec::new()).perhaps([[Some(Urgency::Low)], [None]])
            .save(db));
        assert_eq!(run!(Shelf::get(other.id, db)), other);
        assert_eq!(run!(Shelf::objects().order_by(|s| s.id).all(db)), [made.clone(), other.clone()]);
        let found = Shelf::objects().filter(|s| {
            s.genres.has(Genre::Crime) & s.odd.eq(&other.odd) & s.grid.contains([[Genre::Poetry]]) & s.badges.contained_by([Badge::Silver, Badge::Bronze])
                & s.medals.overlaps([[Some(Badge::Gold)]]) & s.urgencies.length().eq(0) & s.perhaps.has(vec![Some(Urgency::Low)])
        });
        assert_eq!(run!(found.values(|s| s.id).all(db)), [other.id]);
        let listed = Shelf::objects().filter(|s| s.badges.in_([vec![Badge::Gold], vec![]]) & s.genres.in_([made.genres.clone()]));
        assert_eq!(run!(listed.values(|s| (s.badges, s.badges.item(0), s.grid, s.urgencies.item(1))).all(db)),
            [(vec![Badge::Gold], Some(Badge::Gold), vec![vec![Genre::Odd]], Some(Urgency::Negative))]);
        let by_medal = Shelf::objects().filter(|s| s.badges.item(0).eq(Badge::Gold) | s.genres.item(0).eq(Genre::Crime));
        assert_eq!(run!(by_medal.count(db)), 2);
        // Native enums have the order of their variants, and other choices that of their strings.
        let order = run!(Shelf::objects().order_by(|s| s.badges.item(0)).values(|s| s.id).all(db));
        assert_eq!(order, [made.id, other.id]);
        let order = run!(Shelf::objects().order_by(|s| s.genres.item(0)).values(|s| s.id).all(db));
        assert_eq!(order, [other.id, made.id]);
        run!(Shelf::objects().filter(|s| s.id.eq(made.id)).update(|s| {
            (s.badges.set([Badge::Bronze]), s.medals.set(None), s.genres.set(Vec::new()), s.urgencies.set([Urgency::Low]))
        }).run(db));
        let changed = run!(Shelf::get(made.id, db));
        assert_eq!((changed.badges, changed.genres, changed.urgencies), (vec![Badge::Bronze], vec![], vec![Urgency::Low]));
        let groups = run!(Shelf::objects().group_by(|s| s.badges).values(|s| (s.badges, orm::queries::count())).all(db));
        assert_eq!(groups.len(), 2);
        run!(Shelf::bulk_create((0..40).map(|at| Shelf::create().badges(vec![Badge::Gold; at % 3]).urgencies(vec![Urgency::High; at % 2]))).run(db));
        assert_eq!(run!(Shelf::objects().filter(|s| s.badges.length().eq(2)).count(db)), 14);
    }

    fn what_is_not_a_choice_is_refused(db) {
        let refused = error(attempt!(Shelf::create().genres([Genre::Crime]).save(db)));
        assert!(refused.is_check_violation(), "{refused}");
        let refused = error(attempt!(Shelf::create().odd(vec![None; 4]).save(db)));
        assert!(refused.is_check_violation() && refused.fields() == ["odd"], "{refused}");
        let shelves = value(DynModel::named("suite.Shelf"));
        for (name, refused) in [
            ("genres", json!(["novel"])), ("odd", json!([null, "x"])), ("badges", json!(["platinum"])), ("urgencies", json!([2])),
            ("genres", json!([null])), ("grid", json!([["crime"], ["x"]])),
        ] {
            let refused = error(attempt!(shelves.create().set_json(name, &refused).save(db)));
            assert_eq!(refused.fields(), [name], "{refused}");
        }
        let made = run!(shelves.create().set_json("badges", &json!(["bronze"])).set_json("perhaps", &json!([[1, null]])).save(db));
        let said = serde_json::Value::Object(value(made.json()));
        assert_eq!((&said["badges"], &said["perhaps"], &said["genres"][0]), (&json!(["bronze"]), &json!([[1, null]]), &json!("poetry")));
    }
}
