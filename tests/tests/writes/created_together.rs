//! `create().with(..)`: a row with those that belong to it, in one transaction.

use orm::prelude::*;
use orm::testing::assert_queries;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Household {
    pub id: i64,
    pub name: String,
    #[orm(unique)]
    pub code: String,
    #[orm(symmetrical)]
    pub neighbours: ManyToMany<Household>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Deed {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "deed")]
    pub household: OneToOne<Household>,
    pub text: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("household", "name"))]
pub struct Member {
    pub id: Uuid,
    #[orm(on_delete = Cascade, related_name = "members")]
    pub household: ForeignKey<Household>,
    /// Another key to the same model.
    #[orm(on_delete = SetNull, related_name = "guests")]
    pub visits: Option<ForeignKey<Household>>,
    #[orm(max_length = 20)]
    pub name: String,
    #[orm(default = 1)]
    pub age: i64,
    #[orm(related_name = "members")]
    pub hobbies: ManyToMany<Hobby>,
    #[orm(through = Lesson)]
    pub courses: ManyToMany<Hobby>,
    #[orm(through = PlainSkill, related_name = "plainly")]
    pub plain: ManyToMany<Hobby>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Hobby {
    pub id: i64,
    #[orm(unique)]
    pub label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Lesson {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub member: ForeignKey<Member>,
    #[orm(on_delete = Cascade)]
    pub hobby: ForeignKey<Hobby>,
    pub day: NaiveDate,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct PlainSkill {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub member: ForeignKey<Member>,
    #[orm(on_delete = Cascade)]
    pub hobby: ForeignKey<Hobby>,
    #[orm(default = 3)]
    pub level: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Pet {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "pets")]
    pub member: ForeignKey<Member>,
    #[orm(on_delete = Cascade, related_name = "pets")]
    pub kind: Option<ForeignKey<Hobby>>,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Floor {
    #[orm(primary_key)]
    pub house: i64,
    #[orm(primary_key)]
    pub level: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("floor", fields("house", "level"), to = Floor, related_name = "doors", on_delete = Cascade))]
pub struct Door {
    pub id: i64,
    pub house: i64,
    pub level: i64,
    pub label: String,
}

fn house(code: &'static str) -> HouseholdCreate<orm::__private::Assigned, orm::__private::Assigned> {
    Household::create().name("Home").code(code)
}

behaviour! {
    fn rows_come_back_as_loads_have_them(db) {
        let (home, members, deed) = run!(
            house("a")
                .with(|h| h.members(), [
                    Member::create().name("Ann")
                        .with(|m| m.pets(), vec![Pet::create().name("Rex"), Pet::create().name("Tom")])
                        .with(|m| m.hobbies(), vec![Hobby::create().label("chess")]),
                    Member::create().name("Ben").age(7)
                        .with(|m| m.pets(), vec![])
                        .with(|m| m.hobbies(), vec![Hobby::create().label("go"), Hobby::create().label("go on")]),
                ])
                .with(|h| h.deed(), Deed::create().text("mine"))
                .save(db)
        );
        let loaded = run!(
            Household::objects()
                .with(|h| h.members().order_by(|m| m.name).with(|m| m.pets().order_by(|p| p.id)).with(|m| m.hobbies().order_by(|h| h.id)))
                .with(|h| h.deed())
                .get(db)
        );
        assert_eq!((home, members, deed), loaded);
        assert_eq!((loaded.1[0].1.len(), loaded.1[1].2.len(), loaded.1[1].0.age), (2, 2, 7));
        assert_eq!(loaded.1[0].0.age, 1, "the default");
    }

    fn keys_of_one_model_are_told_apart(db) {
        let (home, members, guests) = run!(
            house("a")
                .with(|h| h.members(), [Member::create().name("Ann")])
                .with(|h| h.guests(), [Member::create().name("Eve").household(1)])
                .save(db)
        );
        assert_eq!((members[0].household.id(), members[0].visits.is_none()), (home.id, true));
        assert_eq!(guests[0].visits.as_ref().map(|key| key.id()), Some(home.id));
        let more = house("b")
            .with(|h| h.members(), vec![Member::create().name("One")])
            .with(|h| h.members(), [Member::create().name("Two").with(|m| m.visits(), house("c"))]);
        let (home, one, two) = run!(more.save(db));
        assert_eq!((one.len(), two.len()), (1, 1));
        assert_eq!(two[0].1.as_ref().map(|house| &*house.code), Some("c"));
        assert_eq!(two[0].0.household.id(), home.id);
    }

    fn rows_within_lead_to_rows_of_their_own(db) {
        let house = |code: &'static str| Household::create().name(code).code(code);
        let members = ["x", "y", "z"].map(|name| Member::create().name(name).with(|m| m.visits(), house(name)));
        let (home, members) = run!(house("a").with(|h| h.members(), members).save(db));
        assert_eq!(members.len(), 3);
        for (member, visited) in &members {
            let visited = visited.as_ref().expect("a household");
            assert_eq!((member.household.id(), &member.name), (home.id, &visited.code));
            assert_eq!(run!(member.visits().get(db)), *visited);
        }
    }

    fn many_to_many_fields_are_filled_both_ways(db) {
        let (home, near) = run!(house("a").with(|h| h.neighbours(), [house("b"), house("c")]).save(db));
        assert_eq!(run!(home.neighbours().count(db)), 2);
        assert_eq!(run!(near[0].neighbours().all(db)), std::slice::from_ref(&home));
        let hobby = Hobby::create().label("go").with(|h| h.members(), (0..150).map(|n| Member::create().name(format!("No. {n}")).household(1)));
        let (hobby, members) = run!(hobby.save(db));
        assert_eq!(members.len(), 150);
        assert!(members.iter().enumerate().all(|(n, member)| member.name == format!("No. {n}")), "in the order given");
        assert_eq!(run!(hobby.members().count(db)), 150);
        let (ann, plain) = run!(Member::create().name("Ann").household(1).with(|m| m.plain(), [Hobby::create().label("x")]).save(db));
        assert_eq!(run!(PlainSkill::objects().filter(|p| p.member.eq(&ann)).all(db))[0].level, 3);
        assert_eq!(plain[0].label, "x");
        let refused = error(attempt!(Member::create().name("Bo").household(1).with(|m| m.courses(), [Hobby::create().label("y")]).save(db)));
        assert!(refused.to_string().starts_with("`day` of a new suite.Lesson is required"), "{refused}");
        assert_eq!(run!(Member::objects().filter(|m| m.name.eq("Bo")).count(db)), 0);
    }

    fn a_key_over_several_columns_is_given_whole(db) {
        let floor = Floor::create().house(1).level(2);
        let (_, doors) = run!(floor.with(|f| f.doors(), ["a", "b"].map(|label| Door::create().label(label))).save(db));
        assert_eq!((doors[1].house, doors[1].level), (1, 2));
    }

    fn what_is_wrong_is_said_of_the_row_within_and_nothing_is_left(db) {
        let refused = |made: orm::Result<(Household, Vec<Member>)>| error(made);
        let conflict = refused(attempt!(house("a").with(|h| h.members(), [Member::create().name("Ann").household(7)]).save(db)));
        assert!(conflict.to_string().contains("`household` of a new suite.Member is set, and comes from"), "{conflict}");
        let twice = ["Ann", "Ann"].map(|name| Member::create().name(name));
        let taken = refused(attempt!(house("a").with(|h| h.members(), twice).save(db)));
        assert!(taken.is_unique_violation());
        assert_eq!(taken.fields(), ["household", "name"], "{taken:?}");
        assert!(taken.to_string().contains("Member"), "{taken:?}");
        let long = refused(attempt!(house("a").with(|h| h.members(), [Member::create().name("x".repeat(21))]).save(db)));
        assert!(long.is_check_violation(), "{long:?}");
        assert!(long.to_string().contains("Member") && long.fields() == ["name"], "{long:?}");
        let missing = error(attempt!(house("a").with(|h| h.members(), [Member::create().age(3)]).save(db)));
        assert!(missing.to_string().starts_with("`name` of a new suite.Member is required, and not set"), "{missing}");
        let gone = error(attempt!(house("a").with(|h| h.guests(), [Member::create().name("Eve").household(99)]).save(db)));
        assert!(gone.is_foreign_key_violation(), "{gone:?}");
        let narrowed = error(attempt!(house("a").with(|h| h.members().filter(|m| m.age.gt(3)), [Member::create().name("Ann")]).save(db)));
        assert!(narrowed.to_string().contains("narrowed"), "{narrowed}");
        assert_eq!(run!(Household::objects().count(db)), 0);
        assert_eq!(run!(Member::objects().count(db)), 0);
    }

    fn in_a_transaction_it_is_a_part_of_it(db) {
        let done: orm::Result<()> = transaction!(db, |tx| {
            run!(house("a").with(|h| h.members(), [Member::create().name("Ann")]).save(tx));
            let taken = transaction!(tx, |inner| {
                attempt!(house("b").with(|h| h.members(), [Member::create().name("x".repeat(21))]).save(inner)).map(drop)
            });
            assert!(error(taken).is_check_violation());
            Ok(())
        });
        value(done);
        assert_eq!(run!(Household::objects().count(db)), 1);
        assert_eq!(run!(Member::objects().count(db)), 1);
    }

    fn a_list_may_be_empty(db) {
        let none: [MemberCreate; 0] = [];
        let (home, members) = run!(house("a").with(|h| h.members(), none).save(db));
        assert_eq!((home.code.as_str(), members.len()), ("a", 0));
    }
}

#[test]
fn the_statements_are_as_many_however_many_rows() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        for (rows, code) in [(1, "a"), (20, "b")] {
            let members = (0..rows).map(|n| {
                let pets = (0..2).map(|pet| Pet::create().name(format!("{pet}")));
                let hobbies = [Hobby::create().label(format!("{code} {n}"))];
                Member::create()
                    .name(format!("{n}"))
                    .with(|m| m.pets(), pets)
                    .with(|m| m.hobbies(), hobbies)
            });
            // Household, members, pets, hobbies, and their pairs.
            let (_, made) = value(assert_queries(5, || {
                house(code).with(|h| h.members(), members).save(&db)
            }));
            assert_eq!(made.len(), rows);
        }
    }
}
