//! Composite primary keys: a row is found, changed and deleted by all of their fields.

use orm::Model as _;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::Person;

orm::app!("suite");

/// The primary key is a relation and a string.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Membership {
    #[orm(primary_key, on_delete = Cascade, related_name = "memberships")]
    pub person: ForeignKey<Person>,
    #[orm(primary_key, max_length = 20)]
    pub club: String,
    #[orm(default = 0)]
    pub points: i64,
}

/// Nothing but a primary key of three fields.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-level", "row"))]
pub struct Seat {
    #[orm(primary_key)]
    pub level: i16,
    #[orm(primary_key)]
    pub row: Uuid,
    #[orm(primary_key, column = "Number")]
    pub number: i64,
}

behaviour! {
    fn a_row_is_found_by_all_fields_of_its_key(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        let bob = run!(Person::create().name("Bob").save(db));
        for (person, club) in [(&ann, "chess"), (&ann, "choir"), (&bob, "chess")] {
            run!(Membership::create().person(person).club(club).save(db));
        }
        let found = run!(Membership::get((&ann, "choir"), db));
        assert_eq!((found.person.id(), found.club.as_str(), found.points), (ann.id, "choir", 0));
        assert_eq!(found.key(), (ForeignKey::to(&ann), "choir".to_owned()));
        assert_eq!(run!(Membership::get(found.key(), db)), found);
        let missing = error(attempt!(Membership::get((&bob, "choir"), db)));
        assert!(missing.is_not_found(), "{missing:?}");
        let of_ann = Membership::objects().filter(|m| m.person.eq(&ann) & m.club.ne("choir"));
        assert_eq!(run!(of_ann.values(|m| m.club).all(db)), ["chess"]);
    }

    fn changing_a_row_leaves_rows_that_share_a_part_of_its_key(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        let bob = run!(Person::create().name("Bob").save(db));
        let drafts = [(&ann, "chess"), (&ann, "choir"), (&bob, "chess")]
            .map(|(person, club)| Membership::create().person(person).club(club));
        assert_eq!(run!(Membership::bulk_create(drafts).all(db)).len(), 3);
        let mut row = run!(Membership::get((&ann, "chess"), db));
        row.points = 5;
        run!(row.save(db));
        run!(row.update(|m| m.points.set(m.points + 1)).run(db));
        run!(row.refresh(db));
        assert_eq!(row.points, 6);
        let all = Membership::objects().order_by(|m| (m.person, m.club)).values(|m| m.points);
        assert_eq!(run!(all.clone().all(db)), [6, 0, 0]);
        run!(row.delete(db));
        assert_eq!(run!(all.all(db)), [0, 0]);
        for gone in [attempt!(row.save(db)), attempt!(row.refresh(db)), attempt!(row.delete(db))] {
            assert!(error(gone).is_not_found());
        }
    }

    fn a_second_row_of_a_key_is_refused(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        run!(Membership::create().person(&ann).club("chess").save(db));
        let refused = error(attempt!(Membership::create().person(&ann).club("chess").points(3).save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(refused.fields(), ["person", "club"]);
        // One equal part does not make a key equal.
        run!(Membership::create().person(&ann).club("choir").save(db));
    }

    fn many_rows_are_changed_by_what_is_related_to_them(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        let bob = run!(Person::create().name("Bob").save(db));
        let drafts = [(&ann, "chess"), (&ann, "choir"), (&bob, "chess")]
            .map(|(person, club)| Membership::create().person(person).club(club));
        run!(Membership::bulk_create(drafts).run(db));
        let of_ann = || Membership::objects().filter(|m| m.person().name.eq("Ann") & m.club.eq("chess"));
        assert_eq!(run!(of_ann().update(|m| m.points.set(9)).run(db)), 1);
        assert_eq!(run!(Membership::objects().filter(|m| m.points.eq(9)).count(db)), 1);
        assert_eq!(run!(of_ann().delete().run(db)), 1);
        assert_eq!(run!(Membership::objects().count(db)), 2);
    }

    fn relations_lead_to_and_from_such_a_model(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        for club in ["choir", "chess"] {
            run!(Membership::create().person(&ann).club(club).save(db));
        }
        let with_person = run!(Membership::objects().with(|m| m.person()).order_by(|m| m.club).all(db));
        assert_eq!(with_person[0].0.club, "chess");
        assert_eq!(with_person[1].1, ann);
        let people = run!(Person::objects().with(|p| p.memberships().order_by(|m| m.club)).all(db));
        let clubs: Vec<&str> = people[0].1.iter().map(|row| row.club.as_str()).collect();
        assert_eq!(clubs, ["chess", "choir"]);
        assert_eq!(run!(ann.memberships().count(db)), 2);
        run!(ann.delete(db));
        assert_eq!(run!(Membership::objects().count(db)), 0);
    }

    fn first_and_last_go_by_the_whole_key(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        for club in ["choir", "chess", "dance"] {
            run!(Membership::create().person(&ann).club(club).save(db));
        }
        assert_eq!(run!(Membership::objects().first(db)).unwrap().club, "chess");
        assert_eq!(run!(Membership::objects().last(db)).unwrap().club, "dance");
    }

    fn a_model_may_be_nothing_but_its_key(db) {
        let row = Uuid::from_u128(7);
        let mut seat = run!(Seat::create().level(1).row(row).number(2).save(db));
        run!(Seat::create().level(1).row(row).number(3).save(db));
        assert_eq!(seat.key(), (1, row, 2));
        run!(seat.save(db));
        assert_eq!(run!(Seat::get((1_i16, row, 2), db)), seat);
        run!(seat.delete(db));
        assert_eq!(run!(Seat::objects().values(|s| s.number).all(db)), [3]);
        assert!(error(attempt!(seat.save(db))).is_not_found());
    }
}
