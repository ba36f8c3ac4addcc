//! Factories: rows for tests, filled in where the test says nothing, with all that they point at.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use orm::fields::{Multirange, Range};
use orm::prelude::*;
use orm::testing::assert_queries;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};
use uuid::Uuid;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeLand {
    #[orm(primary_key, max_length = 2)]
    pub code: String,
    #[orm(unique, max_length = 6)]
    pub name: String,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MadeColour {
    Red,
    Green,
    Blue,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[orm(native)]
pub enum MadeShape {
    Round,
    Square,
}

#[derive(Embed, Debug, Clone, PartialEq)]
pub struct MadePlace {
    pub street: String,
    pub number: i32,
}

/// A column of each type.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("small", |t| t.small.ge(0)))]
pub struct MadeThing {
    pub id: Uuid,
    pub tiny: i8,
    pub small: i16,
    pub count: u32,
    pub flag: bool,
    pub ratio: f32,
    pub weight: f64,
    #[orm(unique, max_length = 8)]
    pub label: String,
    #[orm(unique)]
    pub bytes: Vec<u8>,
    pub day: NaiveDate,
    pub hour: NaiveTime,
    pub moment: NaiveDateTime,
    #[orm(unique)]
    pub at: DateTime<Utc>,
    pub took: Duration,
    pub other: Uuid,
    pub address: IpAddr,
    pub address6: Ipv6Addr,
    #[orm(max_digits = 4, decimal_places = 2)]
    pub price: Decimal,
    pub pages: Range<i32>,
    pub days: Range<NaiveDate>,
    pub open: Multirange<i64>,
    pub colour: MadeColour,
    pub shape: MadeShape,
    pub words: Vec<String>,
    #[orm(embed)]
    pub place: MadePlace,
    #[orm(embed, prefix = "former_")]
    pub former: Option<MadePlace>,
    pub note: Option<String>,
    #[orm(default = 7)]
    pub stars: i64,
    #[orm(auto_now_add)]
    pub made: DateTime<Utc>,
    #[orm(generated = |t| t.small + 1)]
    pub next: i16,
    #[orm(version)]
    pub version: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeWriter {
    pub id: i64,
    pub name: String,
    #[orm(on_delete = Cascade, related_name = "writers")]
    pub land: ForeignKey<MadeLand>,
    #[orm(on_delete = SetNull)]
    pub mentor: Option<ForeignKey<MadeWriter>>,
    #[orm(symmetrical)]
    pub friends: ManyToMany<MadeWriter>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeCard {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "card")]
    pub writer: OneToOne<MadeWriter>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("writer", "title"))]
pub struct MadeEssay {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "essays")]
    pub writer: ForeignKey<MadeWriter>,
    /// By another column than the key.
    #[orm(on_delete = Cascade, to = "name")]
    pub about: Option<ForeignKey<MadeLand, String>>,
    pub title: String,
    #[orm(related_name = "essays")]
    pub topics: ManyToMany<MadeTopic>,
    #[orm(through = MadeReading, related_name = "read")]
    pub readers: ManyToMany<MadeWriter>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeTopic {
    pub id: i64,
    #[orm(unique)]
    pub label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeReading {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub essay: ForeignKey<MadeEssay>,
    #[orm(on_delete = Cascade)]
    pub reader: ForeignKey<MadeWriter>,
    pub on: NaiveDate,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeRoom {
    #[orm(primary_key)]
    pub house: i64,
    #[orm(primary_key)]
    pub number: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("room", fields("house", "number"), to = MadeRoom, on_delete = Cascade, related_name = "chairs"))]
pub struct MadeChair {
    pub id: i64,
    pub house: i64,
    pub number: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeHen {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub egg: ForeignKey<MadeEgg>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeEgg {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub hen: ForeignKey<MadeHen>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeLink {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub before: ForeignKey<MadeLink>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeSwitch {
    pub id: i64,
    #[orm(unique)]
    pub on: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct MadeNotes {
    pub id: i64,
    pub content: Json<Vec<String>>,
}

behaviour! {
    fn what_is_required_is_filled_in_with_distinct_values_of_every_type(db) {
        let rows = run!(MadeThing::factory().many(150).build(db));
        assert_eq!(rows.len(), 150);
        macro_rules! distinct {
            ($($field:ident),*) => {$(
                let different: HashSet<String> = rows.iter().map(|row| format!("{:?}", row.$field)).collect();
                assert_eq!(different.len(), 150, stringify!($field));
            )*};
        }
        distinct!(id, small, count, ratio, weight, label, bytes, day, hour, moment, at, took, other, address, address6, price, pages, days, open);
        assert!(rows.iter().all(|row| row.label.len() <= 8));
        assert_eq!((&*rows[0].label, &*rows[149].label), ("label-1", "labe-150"));
        assert_eq!([rows[0].colour, rows[1].colour, rows[2].colour, rows[3].colour], [MadeColour::Red, MadeColour::Green, MadeColour::Blue, MadeColour::Red]);
        assert_eq!([rows[0].shape, rows[1].shape], [MadeShape::Round, MadeShape::Square]);
        assert_eq!([rows[0].flag, rows[1].flag], [false, true]);
        assert_eq!((rows[0].tiny, rows[127].tiny), (1, 1), "it begins anew");
        assert_eq!(rows[0].price.to_string(), "0.01");
        let first = &rows[0];
        assert_eq!((first.place.number, &*first.place.street, &first.former, &first.note), (1, "street-1", &None, &None));
        assert_eq!((first.stars, first.next, first.words.len()), (7, 2, 0));
        assert_eq!(run!(MadeThing::objects().count(db)), 150);
        assert_eq!(run!(MadeThing::get(first.id, db)), *first, "as the database has it");
    }

    fn each_row_gets_what_it_points_at(db) {
        let essay = run!(MadeEssay::factory().build(db));
        assert_eq!((&*essay.title, &essay.about), ("title-1", &None));
        let essays = run!(MadeEssay::factory().many(3).build(db));
        let writers: HashSet<i64> = essays.iter().map(|essay| essay.writer.id()).collect();
        assert_eq!(writers.len(), 3);
        assert_eq!(run!(MadeWriter::objects().count(db)), 4);
        assert_eq!(run!(MadeLand::objects().count(db)), 4);
        let card = run!(MadeCard::factory().build(db));
        assert_eq!(run!(card.writer().get(db)).name, "name-5");
    }

    fn what_is_given_is_taken(db) {
        let ann = run!(MadeWriter::factory().set(|w| w.name("Ann")).build(db));
        let essays = run!(MadeEssay::factory().set(|e| e.writer(1)).set(|e| e.writer(&ann)).each(|e, n| e.title(format!("No. {n}"))).many(2).build(db));
        assert_eq!(essays[1].title, "No. 2");
        assert!(essays.iter().all(|essay| essay.writer.id() == ann.id));
        assert_eq!(run!(MadeWriter::objects().count(db)), 1);
        assert!(error(attempt!(MadeEssay::factory().set(|e| e.writer(999)).build(db))).is_foreign_key_violation());
        assert_eq!(run!(MadeEssay::objects().count(db)), 2);
        let twice = error(attempt!(MadeEssay::factory().set(|e| e.title("a").writer(1)).with(|e| e.writer(), MadeWriter::factory()).build(db)));
        assert!(twice.to_string().starts_with("suite.MadeEssay.writer is given twice"), "{twice}");
    }

    fn rows_are_made_along_relations_of_every_kind(db) {
        let land = MadeLand::factory().set(|l| l.code("xx").name("Far"));
        let ann = run!(
            MadeWriter::factory()
                .with(|w| w.land(), land)
                .with(|w| w.mentor(), MadeWriter::factory().set(|w| w.name("Old")))
                .with(|w| w.card(), MadeCard::factory())
                .with(|w| w.friends(), MadeWriter::factory().many(2))
                .with(|w| w.essays(), MadeEssay::factory()
                    .with(|e| e.topics(), MadeTopic::factory().many(2))
                    .with(|e| e.readers(), MadeWriter::factory().many(3))
                    .many(4))
                .build(db)
        );
        assert_eq!(run!(ann.land().get(db)).name, "Far");
        assert_eq!(run!(ann.mentor().get(db)).name, "Old");
        assert_eq!(run!(ann.card().count(db)), 1);
        let friends = run!(ann.friends().all(db));
        assert_eq!(friends.len(), 2);
        assert_eq!(run!(friends[0].friends().all(db)), std::slice::from_ref(&ann));
        let essays = run!(ann.essays().all(db));
        assert_eq!(essays.len(), 4);
        for essay in &essays {
            assert_eq!(run!(essay.topics().count(db)), 2);
            assert_eq!(run!(essay.readers().count(db)), 3);
        }
        assert_eq!(run!(MadeTopic::objects().count(db)), 8);
        assert_eq!(run!(MadeReading::objects().count(db)), 12);
        assert_eq!(run!(MadeWriter::objects().count(db)), 1 + 1 + 2 + 12, "none is made that is not asked for");
        let topics = run!(MadeTopic::factory().with(|t| t.essays(), MadeEssay::factory().many(2)).many(2).build(db));
        assert_eq!(run!(topics[1].essays().count(db)), 2);
        let land = run!(MadeLand::factory().with(|l| l.writers(), MadeWriter::factory().many(2)).build(db));
        assert_eq!(run!(land.writers().count(db)), 2);
    }

    fn a_foreign_key_over_several_columns_is_filled_in_whole(db) {
        let chairs = run!(MadeChair::factory().many(2).build(db));
        assert_ne!((chairs[0].house, chairs[0].number), (chairs[1].house, chairs[1].number));
        assert_eq!(run!(MadeRoom::objects().count(db)), 2);
        let room = run!(MadeRoom::factory().with(|r| r.chairs(), MadeChair::factory().many(2)).build(db));
        assert_eq!(run!(room.chairs().count(db)), 2);
        let part = error(attempt!(MadeChair::factory().set(|c| c.house(1)).build(db)));
        assert!(part.to_string().starts_with("a part of what suite.MadeChair.room stands on is given, and number is not"), "{part}");
    }

    fn circles_of_required_keys_are_named(db) {
        let circle = error(attempt!(MadeHen::factory().build(db)));
        assert!(circle.to_string().starts_with("suite.MadeHen.egg, suite.MadeEgg.hen lead in a circle and cannot be empty"), "{circle}");
        assert!(circle.hint().is_some_and(|hint| hint.contains("MadeHen::factory().set(|row| row.egg(key))")), "{circle:?}");
        let own = error(attempt!(MadeLink::factory().build(db)));
        assert!(own.to_string().starts_with("suite.MadeLink.before leads to its own model"), "{own}");
        assert!(attempt!(MadeLink::factory().set(|l| l.id(1).before(1)).build(db)).is_ok());
    }

    fn what_runs_out_or_only_the_program_knows_is_said(db) {
        let switches = error(attempt!(MadeSwitch::factory().many(3).build(db)));
        assert!(switches.to_string().starts_with("a factory has no value of suite.MadeSwitch.on for row 3: it is unique"), "{switches}");
        assert_eq!(run!(MadeSwitch::objects().count(db)), 0);
        let json = error(attempt!(MadeNotes::factory().build(db)));
        assert!(json.hint().is_some_and(|hint| hint.contains("MadeNotes::factory().set(|row| row.content(..))")), "{json:?}");
        assert_eq!(run!(MadeNotes::factory().set(|n| n.content(Json(vec!["a".to_owned()]))).build(db)).content.0, ["a"]);
        let check = error(attempt!(MadeThing::factory().set(|t| t.small(-1)).build(db)));
        assert!(check.is_check_violation());
        let narrowed = error(attempt!(MadeWriter::factory().with(|w| w.essays().filter(|e| e.title.eq("a")), MadeEssay::factory()).build(db)));
        assert!(narrowed.to_string().contains("suite.MadeEssay.writer, which is narrowed or ordered"), "{narrowed}");
        let further = error(attempt!(MadeEssay::factory().with(|e| e.writer().land(), MadeLand::factory()).build(db)));
        assert!(further.to_string().contains("leads on from suite.MadeEssay.writer"), "{further}");
        let two = error(attempt!(MadeWriter::factory().with(|w| w.card(), MadeCard::factory().many(2)).build(db)));
        assert!(two.to_string().contains("leads to one row"), "{two}");
    }

    fn a_failure_leaves_nothing_and_the_numbers_go_on(db) {
        let refused = attempt!(MadeEssay::factory().with(|e| e.topics(), MadeTopic::factory().set(|t| t.label("same")).many(2)).build(db));
        assert!(error(refused).is_unique_violation());
        assert_eq!(run!(MadeEssay::objects().count(db)), 0);
        assert_eq!(run!(MadeLand::objects().count(db)), 0);
        assert_eq!(run!(MadeTopic::factory().build(db)).label, "label-3");
        let rolled_back = transaction!(db, |tx| {
            run!(MadeTopic::factory().build(tx));
            Err::<(), _>(error(attempt!(MadeTopic::get(0, tx))))
        });
        assert!(rolled_back.is_err());
        assert_eq!(run!(MadeTopic::factory().build(db)).label, "label-5");
    }
}

#[test]
fn the_statements_are_as_many_however_many_rows() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        for rows in [1, 60] {
            let essays = MadeEssay::factory()
                .with(|e| e.topics(), MadeTopic::factory())
                .many(rows);
            // MadeLand, writer, essay, topic and the pairs.
            value(assert_queries(5, || essays.build(&db)));
        }
    }
}

#[test]
fn handles_of_one_database_share_their_numbers_and_those_of_others_do_not() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (one, other) = (Database::with_tables(backend), Database::with_tables(backend));
        let handles = [one.url(), one.url(), other.url()].map(|url| value(Db::connect(url)));
        let labels = handles
            .each_ref()
            .map(|db| value(MadeTopic::factory().build(db)).label);
        assert_eq!(labels, ["label-1", "label-2", "label-1"]);
        let label = runtime().block_on(async {
            let db = value(AsyncDb::connect(one.url()).await);
            value(MadeTopic::factory().build(&db).await).label
        });
        assert_eq!(label, "label-3");
    }
}

#[test]
fn rows_made_at_the_same_time_are_told_apart() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    value(
                        MadeEssay::factory()
                            .with(|e| e.topics(), MadeTopic::factory().many(2))
                            .build(&db),
                    );
                }
            });
        }
    });
    assert_eq!(value(MadeTopic::objects().count(&db)), 80);
}
