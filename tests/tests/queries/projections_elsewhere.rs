//! Projections of every type, of many values, of trees, of rows related by several columns, and of embeds.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;

use crate::composite_foreign_keys_in_queries::*;
use crate::projections::{Writer, library};
use orm_tests::samples::samples;

orm::app!("suite");

/// Every type of column.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Everything)]
pub struct All {
    pub truth: bool,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub single: f32,
    pub double: f64,
    pub text: String,
    pub bytes: Vec<u8>,
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub date_time: NaiveDateTime,
    pub instant: DateTime<Utc>,
    pub uuid: Uuid,
    pub decimal: Decimal,
    pub json: Json<serde_json::Value>,
    pub colour: Colour,
}

/// The same, all of it NULL.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Nothing)]
pub struct None16 {
    pub truth: Option<bool>,
    pub small: Option<i16>,
    pub medium: Option<i32>,
    pub large: Option<i64>,
    pub single: Option<f32>,
    pub double: Option<f64>,
    pub text: Option<String>,
    pub bytes: Option<Vec<u8>>,
    pub date: Option<NaiveDate>,
    pub time: Option<NaiveTime>,
    pub date_time: Option<NaiveDateTime>,
    pub instant: Option<DateTime<Utc>>,
    pub uuid: Option<Uuid>,
    pub decimal: Option<Decimal>,
    pub json: Option<Json<serde_json::Value>>,
    pub colour: Option<Colour>,
}

macro_rules! wide {
    ($($name:ident)*) => {
        /// More values than a query tells apart by bits which may be NULL.
        #[derive(Projection, Debug, Clone, PartialEq)]
        #[orm(model = Post)]
        pub struct Wide {
            $(#[orm(expr = |p| p.views + 1)] pub $name: i64,)*
            #[orm(path = editor.name)]
            pub editor_name: Option<String>,
            #[orm(with)]
            pub editor: Option<Writer>,
            #[orm(with)]
            pub tags: Vec<Tag>,
            #[orm(expr = |p| p.author().posts().count())]
            pub posts: i64,
        }

        impl Wide {
            fn sum(&self) -> i64 {
                0 $(+ self.$name)*
            }
        }
    };
}
wide!(a b c d e f g h i j k l m n o p q r s t u v w x y z aa bb cc dd ee ff gg hh ii jj);

/// Trees: a person's children, and theirs.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Person)]
pub struct Elder {
    pub name: String,
    #[orm(path = parent.parent.name)]
    pub grandparent: Option<String>,
    #[orm(with)]
    pub children: Vec<Child>,
    #[orm(with = |p| p.admires().order_by(|a| a.name.desc()).limit(1))]
    pub admires: Vec<Named>,
    #[orm(with)]
    pub admired_by: Vec<Named>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Person)]
pub struct Child {
    pub name: String,
    #[orm(with = |p| p.children().order_by(|c| c.name.desc()))]
    pub children: Vec<Named>,
    #[orm(with)]
    pub parent: Option<Named>,
}

#[derive(Projection, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[orm(model = Person)]
pub struct Named {
    pub name: String,
}

/// Rows related by several columns, and an embed.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Yard)]
pub struct YardCard {
    pub city: String,
    #[orm(with)]
    pub parcels: Vec<Parcel>,
    #[orm(with)]
    pub branches: Vec<Yard>,
    #[orm(with)]
    pub main: Option<Yard>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Cargo)]
pub struct Parcel {
    pub label: String,
    #[orm(with)]
    pub stops: Vec<Stop>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Halt)]
pub struct Stop {
    pub id: i64,
    #[orm(embed)]
    pub at: Berth,
    #[orm(path = cargo.label)]
    pub label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Clerk {
    pub id: i64,
    pub name: String,
    #[orm(embed)]
    pub office: orm_tests::shared::Address,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Clerk)]
pub struct Office {
    #[orm(embed, path = office)]
    pub place: orm_tests::shared::Address,
    pub name: String,
    #[orm(embed)]
    pub office: orm_tests::shared::Address,
    #[orm(expr = |c| c.office.city)]
    pub city: String,
}

behaviour! {
    /// Each type is read as a whole row reads it.
    fn every_type_is_read_in_a_projection(db) {
        let instant = DateTime::<Utc>::UNIX_EPOCH;
        let row = Everything::create()
            .truth(true).small(i16::MIN).medium(i32::MAX).large(i64::MIN).single(1.5).double(-0.25).text("ß\u{1F980}")
            .bytes(vec![0, 255]).date(instant.date_naive()).time(NaiveTime::MIN).date_time(instant.naive_utc())
            .instant(instant).uuid(Uuid::max()).decimal(Decimal::new(-105, 2)).json(Json(serde_json::json!({ "a": [null] })))
            .colour(Colour::Blue);
        let row = run!(row.save(db));
        run!(Nothing::create().save(db));
        let read = run!(Everything::objects().select::<All>().get(db));
        assert_eq!((read.truth, read.small, read.medium, read.large), (row.truth, row.small, row.medium, row.large));
        assert_eq!((read.single, read.double, read.text), (row.single, row.double, row.text));
        assert_eq!((read.bytes, read.date, read.time), (row.bytes, row.date, row.time));
        assert_eq!((read.date_time, read.instant, read.uuid), (row.date_time, row.instant, row.uuid));
        assert_eq!((read.decimal, read.json, read.colour), (row.decimal, row.json, row.colour));
        let read = run!(Nothing::objects().select::<None16>().get(db));
        assert!(format!("{read:?}").matches("None,").count() >= 15, "{read:?}");
        assert_eq!(run!(Nothing::objects().select::<Nothing>().get(db)), run!(Nothing::objects().get(db)));
    }

    /// Rows wider than a query's bits, on all sides of the last bit.
    fn a_projection_of_many_values(db) {
        library!(db);
        let wide = run!(Post::objects().order_by(|p| p.slug).select::<Wide>().all(db));
        assert_eq!((wide[0].sum(), wide[1].sum()), (36 * 8, 36 * 6));
        assert_eq!(wide[0].editor_name.as_deref(), Some("Ben"));
        assert_eq!(wide[0].editor.as_ref().map(|e| e.name.as_str()), Some("Ben"));
        assert_eq!((wide[0].tags.len(), wide[0].posts), (2, 2));
        assert_eq!((&wide[1].editor_name, &wide[1].editor, wide[1].tags.len()), (&None, &None, 0));
        assert_eq!(run!(Post::objects().order_by(|p| p.slug).select::<Wide>().page(2, 1, db)).rows, wide[1..]);
    }

    /// Relations of a model with itself, in any number of rows.
    fn projections_of_trees(db) {
        for edges in samples(12, proptest::collection::vec((proptest::option::of(0_usize..6), proptest::collection::btree_set(0_usize..6, 0..4)), 0..6)) {
            run!(Person::objects().delete().run(db));
            let mut people: Vec<Person> = Vec::new();
            for (at, (parent, _)) in edges.iter().enumerate() {
                let person = Person::create().name(format!("p{at}"));
                let parent = parent.and_then(|parent| people.get(parent)).map(ForeignKey::to);
                people.push(run!(person.parent(parent).save(db)));
            }
            for (person, (_, admired)) in people.iter().zip(&edges) {
                let admired: Vec<_> = admired.iter().filter_map(|at| people.get(*at)).collect();
                run!(person.admires().add(admired).run(db));
            }
            let read = run!(Person::objects().order_by(|p| p.id).select::<Elder>().all(db));
            let name = |id: i64| people.iter().find(|p| p.id == id).map(|p| p.name.clone());
            let parent = |p: &Person| p.parent.as_ref().map(|key| key.id());
            let children = |id: i64| people.iter().filter(move |p| parent(p) == Some(id));
            let named = |p: &Person| Named { name: p.name.clone() };
            let admires = |one: usize, other: usize| edges[one].1.contains(&other);
            let expected: Vec<Elder> = people.iter().enumerate().map(|(at, person)| Elder {
                name: person.name.clone(),
                grandparent: parent(person)
                    .and_then(|id| people.iter().find(|p| p.id == id)).and_then(parent).and_then(name),
                children: children(person.id).map(|child| Child {
                    name: child.name.clone(),
                    children: { let mut all: Vec<_> = children(child.id).map(named).collect(); all.sort(); all.reverse(); all },
                    parent: Some(named(person)),
                }).collect(),
                admires: people.iter().enumerate().filter(|(other, _)| admires(at, *other)).map(|(_, p)| named(p)).max().into_iter().collect(),
                admired_by: people.iter().enumerate().filter(|(other, _)| admires(*other, at)).map(|(_, p)| named(p)).collect(),
            }).collect();
            assert_eq!(read, expected);
        }
    }

    /// Lists whose key has several columns, those that may be NULL among them.
    fn lists_over_several_columns(db) {
        let _ = depots!(db);
        let yards = run!(Yard::objects().order_by(|y| y.city).select::<YardCard>().all(db));
        let labels = |yard: &YardCard| yard.parcels.iter().map(|p| p.label.clone()).collect::<Vec<_>>();
        let whole = run!(Yard::objects().order_by(|y| y.city).with(|y| y.parcels()).with(|y| y.branches()).with(|y| y.main()).all(db));
        assert_eq!(yards.len(), whole.len());
        for (yard, (row, parcels, branches, main)) in yards.iter().zip(whole) {
            assert_eq!((&yard.city, &yard.branches, &yard.main), (&row.city, &branches, &main));
            assert_eq!(labels(yard), parcels.iter().map(|p| p.label.clone()).collect::<Vec<_>>());
            for parcel in &yard.parcels {
                assert!(parcel.stops.iter().all(|stop| stop.label == parcel.label));
            }
        }
        assert!(yards.iter().any(|yard| !yard.parcels.is_empty()));
    }

    /// All columns of an embed, by its name and by a path.
    fn embeds_in_projections(db) {
        let office = orm_tests::shared::Address { street: "Quai 2".into(), city: "Genève".into(), floor: None };
        run!(Clerk::create().name("Ann").office(office.clone()).save(db));
        let read = run!(Clerk::objects().select::<Office>().get(db));
        assert_eq!(read, Office { place: office.clone(), name: "Ann".into(), office, city: "Genève".into() });
    }
}
