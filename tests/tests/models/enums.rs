//! Native enums: an enum type of the database where there are such types, a checked string elsewhere, and the same
//! answers from both.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::Status;

orm::app!("suite");

/// Their order is not that of their strings.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[orm(native)]
pub enum Mood {
    Sad,
    Fine,
    #[orm(value = "over the \"moon\", isn't it")]
    Glad,
    Angry,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[orm(native = "size")]
pub enum JacketSize {
    Small,
    Large,
}

/// A list in the order of an enum type.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-size", "id"))]
pub struct Outfit {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "outfits")]
    pub day: ForeignKey<Day>,
    pub size: JacketSize,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("fine_at_last", |d| d.mood.ne(Mood::Angry) | d.evening.ne(Mood::Angry)))]
pub struct Day {
    pub id: i64,
    pub mood: Mood,
    #[orm(default = Mood::Fine)]
    pub evening: Mood,
    pub night: Option<Mood>,
    #[orm(default = Status::Draft)]
    pub status: Status,
    #[orm(generated = |d| d.mood.eq(d.evening))]
    pub even: bool,
}

/// Expressions of values alone, compared with columns of their type.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("no_glad_draft", |v| v.mood.ne(orm::if_::<Option<Mood>>(v.status.eq(Status::Draft), Mood::Glad, None).nullif(Mood::Sad))))]
pub struct Verdict {
    pub id: i64,
    pub mood: Mood,
    #[orm(default = Status::Draft)]
    pub status: Status,
    #[orm(generated = |v| orm::if_::<Mood>(v.status.eq(Status::Draft), Mood::Fine, Mood::Angry))]
    pub given: Mood,
}

/// Values alone, in the order of their type.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("grave_if_loud", |r| orm::if_::<Option<Mood>>(r.loud, Mood::Angry, None).nullif(Mood::Sad).between(Mood::Glad, Mood::Angry)))]
#[orm(check("never_angrier", |r| orm::case::<Mood>().when(r.loud, Mood::Glad).otherwise(Mood::Sad).greatest(Mood::Fine).lt(Mood::Angry)))]
pub struct Ruling {
    pub id: i64,
    pub loud: bool,
    #[orm(generated = |r| orm::if_::<Mood>(r.loud, Mood::Angry, Mood::Fine).ge(Mood::Glad))]
    pub grave: bool,
    #[orm(generated = |r| orm::if_::<Mood>(r.loud, Mood::Angry, Mood::Fine).least(Mood::Glad))]
    pub shown: Mood,
}

/// The primary key is an enum.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Jacket {
    #[orm(primary_key)]
    pub size: JacketSize,
    pub price: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Purchase {
    pub id: i64,
    #[orm(related_name = "purchases")]
    pub jacket: ForeignKey<Jacket>,
    #[orm(related_name = "tried_on")]
    pub tried: ManyToMany<Jacket>,
}

const ALL: [Mood; 4] = [Mood::Sad, Mood::Fine, Mood::Glad, Mood::Angry];

behaviour! {
    fn values_round_trip(db) {
        let mut day = run!(Day::create().mood(Mood::Glad).save(db));
        assert_eq!((day.mood, day.evening, day.night, day.even), (Mood::Glad, Mood::Fine, None, false));
        day.night = Some(Mood::Sad);
        day.evening = Mood::Glad;
        run!(day.save(db));
        assert!(day.even);
        assert_eq!(run!(Day::get(day.id, db)), day);
        run!(day.update(|d| (d.night.set(None), d.mood.set(Mood::Sad))).run(db));
        run!(day.refresh(db));
        assert_eq!((day.mood, day.night), (Mood::Sad, None));
    }

    fn a_list_beside_few_rows_is_in_the_order_of_the_enum(db) {
        let days = run!(Day::bulk_create(ALL.map(|mood| Day::create().mood(mood))).all(db));
        for size in [JacketSize::Small, JacketSize::Large, JacketSize::Small] {
            run!(Outfit::create().day(&days[1]).size(size).save(db));
        }
        let sizes = |outfits: &[Outfit]| outfits.iter().map(|outfit| outfit.size).collect::<Vec<_>>();
        let sorted = [JacketSize::Large, JacketSize::Small, JacketSize::Small];
        let by_mood = || Day::objects().order_by(|d| (d.mood.desc(), d.id)).with(|d| d.outfits());
        let three = run!(by_mood().limit(3).all(db));
        assert_eq!(three.iter().map(|(day, _)| day.mood).collect::<Vec<_>>(), [Mood::Angry, Mood::Glad, Mood::Fine]);
        assert_eq!(sizes(&three[2].1), sorted);
        let fine = run!(by_mood().filter(|d| d.mood.eq(Mood::Fine)).first(db)).unwrap();
        assert_eq!(sizes(&fine.1), sorted);
    }

    fn more_than_few_at_once(db) {
        let moods = || ALL.iter().cycle().take(40).copied();
        let drafts = moods().map(|mood| Day::create().mood(mood).night((mood != Mood::Sad).then_some(mood)));
        let days = run!(Day::bulk_create(drafts).all(db));
        assert!(days.iter().map(|day| day.mood).eq(moods()));
        assert!(days.iter().zip(moods()).all(|(day, mood)| day.night == (mood != Mood::Sad).then_some(mood)));
    }

    fn many_at_once(db) {
        let drafts = ALL.map(|mood| Day::create().mood(mood).night((mood != Mood::Sad).then_some(mood)));
        let days = run!(Day::bulk_create(drafts).all(db));
        assert_eq!(days.iter().map(|day| day.mood).collect::<Vec<_>>(), ALL);
        let nights: Vec<Option<Mood>> = days.iter().map(|day| day.night).collect();
        assert_eq!(nights, [None, Some(Mood::Fine), Some(Mood::Glad), Some(Mood::Angry)]);
        assert_eq!(run!(Day::bulk_create(ALL.map(|mood| Day::create().mood(mood))).run(db)), 4);
    }

    fn values_alone_are_in_the_order_of_their_enum(db) {
        let rulings = run!(Ruling::bulk_create([false, true, false].map(|loud| Ruling::create().loud(loud))).all(db));
        let stored: Vec<_> = rulings.iter().map(|ruling| (ruling.grave, ruling.shown)).collect();
        assert_eq!(stored, [(false, Mood::Fine), (true, Mood::Glad), (false, Mood::Fine)]);
        fn made(ruling: &orm::queries::Fields<Ruling>) -> Expr<Mood> {
            orm::case().when(ruling.loud, Mood::Angry).otherwise(Mood::Fine)
        }
        let loud = |rulings: QuerySet<Ruling>| rulings.order_by(|r| r.id).values(|r| r.loud);
        assert_eq!(run!(loud(Ruling::objects().filter(|r| made(&r).gt(Mood::Glad))).all(db)), [true]);
        assert_eq!(run!(loud(Ruling::objects().filter(|r| made(&r).le(Mood::Glad))).all(db)), [false, false]);
        let between = Ruling::objects().filter(|r| made(&r).between(Mood::Sad, made(&r).least(Mood::Glad)));
        assert_eq!(run!(loud(between).all(db)), [false, false]);
        let unknown = |of: &orm::queries::Fields<Ruling>| orm::if_::<Option<Mood>>(of.loud, None, Mood::Sad);
        let less = Ruling::objects().filter(|r| unknown(&r).lt(made(&r)));
        assert_eq!(run!(loud(less).all(db)), [false, false]);
        let sorted = Ruling::objects().order_by(|r| (made(&r).desc(), r.id)).values(|r| made(&r));
        assert_eq!(run!(sorted.all(db)), [Mood::Angry, Mood::Fine, Mood::Fine]);
        let picked = Ruling::objects().order_by(|r| r.id).values(|r| {
            (made(&r).greatest(Mood::Glad), made(&r).least(Mood::Glad), unknown(&r).greatest(Mood::Fine))
        });
        assert_eq!(
            run!(picked.all(db)),
            [(Mood::Glad, Mood::Fine, Mood::Fine), (Mood::Angry, Mood::Glad, Mood::Fine), (Mood::Glad, Mood::Fine, Mood::Fine)]
        );
        let ends = Ruling::objects().aggregate(|r| (made(&r).min(), made(&r).max(), made(&r).max().filter(!r.loud)));
        assert_eq!(run!(ends.run(db)), (Some(Mood::Fine), Some(Mood::Angry), Some(Mood::Fine)));
        let groups = Ruling::objects().group_by(|r| made(&r)).order_by(|r| made(&r).desc());
        let groups = groups.values(|r| (made(&r), count()));
        assert_eq!(run!(groups.all(db)), [(Mood::Angry, 1), (Mood::Fine, 2)]);
    }

    fn sql_within_a_query_is_in_the_order_of_its_enum(db) {
        run!(Day::bulk_create(ALL.map(|mood| Day::create().mood(mood))).run(db));
        fn same(day: &orm::queries::Fields<Day>) -> Expr<Mood> {
            orm::raw("{}", (day.mood,))
        }
        let back = Day::objects().order_by(|d| same(&d).desc()).values(|d| same(&d));
        assert_eq!(run!(back.all(db)), [Mood::Angry, Mood::Glad, Mood::Fine, Mood::Sad]);
        let from_fine = Day::objects().filter(|d| same(&d).ge(Mood::Fine) & same(&d).ne(Mood::Glad)).values(|d| d.mood);
        assert_eq!(run!(from_fine.all(db)), [Mood::Fine, Mood::Angry]);
        let beside = Day::objects().filter(|d| same(&d).le(d.evening)).values(|d| d.mood);
        assert_eq!(run!(beside.all(db)), [Mood::Sad, Mood::Fine]);
        let chosen = Day::objects().filter(|d| d.mood.eq(orm::if_::<Mood>(d.even, same(&d), Mood::Sad))).values(|d| d.mood);
        let chosen = (run!(chosen.all(db)), run!(Day::objects().filter(|d| d.even).count(db)));
        assert_eq!(chosen, (vec![Mood::Sad, Mood::Fine], 1));
        let ends = Day::objects().aggregate(|d| (same(&d).min(), same(&d).max()));
        assert_eq!(run!(ends.run(db)), (Some(Mood::Sad), Some(Mood::Angry)));
        let distinct = Day::objects().values(|d| same(&d)).distinct();
        assert_eq!(run!(distinct.clone().all(db)).len(), 4);
        let refused = error(attempt!(distinct.order_by(|d| same(&d)).all(db)));
        assert!(refused.is_unsupported() && refused.to_string().contains("distinct values of an enum"), "{refused}");
        let grouped = Day::objects().group_by(|d| same(&d)).values(|d| same(&d)).order_by(|d| same(&d).desc());
        assert_eq!(run!(grouped.all(db)), [Mood::Angry, Mood::Glad, Mood::Fine, Mood::Sad]);
    }

    fn lookups_find_enums(db) {
        run!(Day::bulk_create(ALL.map(|mood| Day::create().mood(mood))).run(db));
        let moods = |days: QuerySet<Day>| days.order_by(|d| d.id).values(|d| d.mood);
        assert_eq!(run!(moods(Day::objects().filter(|d| d.mood.eq(Mood::Glad))).all(db)), [Mood::Glad]);
        assert_eq!(run!(moods(Day::objects().exclude(|d| d.mood.eq(Mood::Glad))).all(db)).len(), 3);
        let either = Day::objects().filter(|d| d.mood.in_([Mood::Angry, Mood::Sad]));
        assert_eq!(run!(moods(either).all(db)), [Mood::Sad, Mood::Angry]);
        assert_eq!(run!(Day::objects().filter(|d| d.night.is_null() & d.night.ne(Mood::Sad)).count(db)), 4);
        assert_eq!(run!(moods(Day::objects().filter(|d| d.mood.eq(d.evening))).all(db)), [Mood::Fine]);
        assert_eq!(run!(Day::objects().filter(|d| d.mood.in_(Vec::<Mood>::new())).count(db)), 0);
    }

    fn enums_order_as_their_variants(db) {
        let nights = [Some(Mood::Glad), None, Some(Mood::Angry), Some(Mood::Sad)];
        let drafts = [Mood::Angry, Mood::Glad, Mood::Sad, Mood::Fine].into_iter().zip(nights);
        run!(Day::bulk_create(drafts.map(|(mood, night)| Day::create().mood(mood).night(night))).run(db));
        let moods = |days: QuerySet<Day>| days.values(|d| d.mood);
        assert_eq!(run!(moods(Day::objects().order_by(|d| d.mood)).all(db)), ALL);
        let back: Vec<Mood> = ALL.into_iter().rev().collect();
        assert_eq!(run!(moods(Day::objects().order_by(|d| d.mood.desc())).all(db)), back);
        let by_night = Day::objects().order_by(|d| d.night).values(|d| d.night);
        assert_eq!(run!(by_night.all(db)), [None, Some(Mood::Sad), Some(Mood::Glad), Some(Mood::Angry)]);
        let less = Day::objects().filter(|d| d.mood.lt(Mood::Glad)).order_by(|d| d.mood);
        assert_eq!(run!(moods(less).all(db)), ALL[..2]);
        let between = Day::objects().filter(|d| d.mood.between(Mood::Fine, Mood::Glad)).order_by(|d| d.mood);
        assert_eq!(run!(moods(between).all(db)), ALL[1..3]);
        let later = Day::objects().filter(|d| d.mood.gt(d.evening)).order_by(|d| d.mood);
        assert_eq!(run!(moods(later).all(db)), ALL[2..]);
        let ends = run!(Day::objects().aggregate(|d| (d.mood.min(), d.mood.max(), d.night.min())).run(db));
        assert_eq!(ends, (Some(Mood::Sad), Some(Mood::Angry), Some(Mood::Sad)));
    }

    fn rows_are_grouped_by_enums(db) {
        let moods = [Mood::Glad, Mood::Sad, Mood::Glad];
        run!(Day::bulk_create(moods.map(|mood| Day::create().mood(mood))).run(db));
        let groups = Day::objects().group_by(|d| d.mood).values(|d| (d.mood, count())).order_by(|d| d.mood);
        assert_eq!(run!(groups.all(db)), [(Mood::Sad, 1), (Mood::Glad, 2)]);
        let latest = Day::objects().group_by(|d| d.status).values(|d| (d.status, d.mood.max()));
        assert_eq!(run!(latest.all(db)), [(Status::Draft, Some(Mood::Glad))]);
        let distinct = Day::objects().values(|d| d.mood).distinct().order_by(|d| d.mood.desc());
        assert_eq!(run!(distinct.all(db)), [Mood::Glad, Mood::Sad]);
    }

    fn enums_work_in_checks(db) {
        let refused = error(attempt!(Day::create().mood(Mood::Angry).evening(Mood::Angry).save(db)));
        assert!(refused.is_check_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("fine_at_last"));
        run!(Day::create().mood(Mood::Angry).save(db));
    }

    fn an_enum_can_be_a_referenced_primary_key(db) {
        let small = run!(Jacket::create().size(JacketSize::Small).price(10).save(db));
        let large = run!(Jacket::create().size(JacketSize::Large).price(20).save(db));
        let drafts = [&large, &small, &large].map(|jacket| Purchase::create().jacket(jacket));
        let purchases = run!(Purchase::bulk_create(drafts).all(db));
        assert_eq!(run!(Jacket::get(JacketSize::Large, db)), large);
        let jackets = run!(Jacket::objects().with(|j| j.purchases()).order_by(|j| j.size).all(db));
        let counts: Vec<(JacketSize, usize)> = jackets.iter().map(|(j, of)| (j.size, of.len())).collect();
        assert_eq!(counts, [(JacketSize::Small, 1), (JacketSize::Large, 2)]);
        let (purchase, jacket) = run!(Purchase::objects().with(|p| p.jacket()).first(db)).unwrap();
        assert_eq!((purchase.jacket.id(), jacket), (JacketSize::Large, large.clone()));
        assert_eq!(run!(purchases[0].tried().add([&small, &large]).run(db)), 2);
        assert_eq!(run!(purchases[0].tried().remove([&small]).run(db)), 1);
        assert_eq!(run!(purchases[0].tried().all(db)), std::slice::from_ref(&large));
        assert!(error(attempt!(large.delete(db))).is_foreign_key_violation());
        let dear = Purchase::objects().filter(|p| p.jacket().price.gt(15)).update(|p| p.jacket.set(&small));
        assert_eq!(run!(dear.run(db)), 2);
        assert_eq!(run!(Purchase::objects().filter(|p| p.jacket.eq(&small)).count(db)), 3);
    }

    fn expressions_of_values_take_the_type_of_the_enum_they_are_compared_with(db) {
        let draft = run!(Verdict::create().mood(Mood::Fine).save(db));
        let other = run!(Verdict::create().mood(Mood::Glad).status(Status::Published).save(db));
        assert_eq!([draft.given, other.given], [Mood::Fine, Mood::Angry]);
        let refused = error(attempt!(Verdict::create().mood(Mood::Glad).save(db)));
        assert_eq!(refused.constraint(), Some("no_glad_draft"), "{refused}");
        let chosen = Verdict::objects().filter(|v| {
            let chosen = orm::if_::<Mood>(v.status.eq(Status::Draft), Mood::Fine, Mood::Glad);
            chosen.eq(v.mood) & orm::if_::<Mood>(v.status.eq(Status::Draft), Mood::Sad, Mood::Fine).lt(v.mood)
        });
        assert_eq!(run!(chosen.count(db)), 2);
    }
}
