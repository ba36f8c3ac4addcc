//! Values of many rows as one array or one list of JSON, and the order in which aggregates take their values.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use orm::fields::Range;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;
use serde_json::{Value, json};
use uuid::Uuid;

use orm_tests::world;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Sighting {
    pub id: i64,
    pub truth: bool,
    pub small: i16,
    pub single: f32,
    pub double: f64,
    pub text: String,
    pub bytes: Vec<u8>,
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub instant: DateTime<Utc>,
    pub took: TimeDelta,
    pub uuid: Uuid,
    pub decimal: Decimal,
    pub colour: Colour,
    pub kind: Kind,
    pub address: std::net::IpAddr,
    pub hours: Range<i32>,
    pub arrays: Vec<i64>,
    pub body: Option<Json<Value>>,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(native)]
pub enum Kind {
    Zebra,
    Ant,
}

fn sighting(number: u32) -> Sighting {
    let even = number.is_multiple_of(2);
    let instant = DateTime::from_timestamp(i64::from(number) * 86_399, 123_456_000).expect("a time");
    let texts = ["", "a,\"b\"", "[ü]\\", "NULL", "{}", "\n🦀"];
    Sighting {
        id: i64::from(10 - number),
        truth: even,
        small: if even { i16::MIN } else { i16::MAX },
        single: 0.1 * number as f32,
        double: if number == 0 { 1e300 } else { f64::from(number) },
        text: texts[number as usize % texts.len()].to_owned(),
        bytes: vec![0, 255, number as u8],
        date: instant.date_naive(),
        time: instant.time(),
        instant,
        took: TimeDelta::microseconds(-i64::from(number)),
        uuid: Uuid::from_u128(u128::from(number) << 100),
        decimal: Decimal::new(i64::from(number) * 105, 2),
        colour: if even { Colour::Blue } else { Colour::DarkGreen },
        kind: if even { Kind::Zebra } else { Kind::Ant },
        address: std::net::Ipv4Addr::from(number << 8).into(),
        hours: Range::from(0..number as i32 + 1),
        arrays: vec![number.into()],
        body: (number != 1).then(|| Json(json!({"n": number, "s": texts[number as usize % texts.len()]}))),
    }
}

macro_rules! save {
    ($sighting:expr, $db:expr) => {{
        let one = $sighting;
        run!(
            Sighting::create()
                .id(one.id)
                .truth(one.truth)
                .small(one.small)
                .single(one.single)
                .double(one.double)
                .text(one.text)
                .bytes(one.bytes)
                .date(one.date)
                .time(one.time)
                .instant(one.instant)
                .took(one.took)
                .uuid(one.uuid)
                .decimal(one.decimal)
                .colour(one.colour)
                .kind(one.kind)
                .address(one.address)
                .hours(one.hours)
                .arrays(one.arrays)
                .body(one.body)
                .save($db)
        );
    }};
}

behaviour! {
    fn every_scalar_is_collected_as_it_is(db) {
        let mut all: Vec<Sighting> = (0..6).map(sighting).collect();
        for one in &all {
            save!(one.clone(), db);
        }
        all.sort_by_key(|one| one.id);
        macro_rules! collected {
            ($($field:ident),*) => {$(
                let found = run!(Sighting::objects().aggregate(|s| s.$field.array_agg()).run(db));
                assert_eq!(found, all.iter().map(|one| one.$field.clone()).collect::<Vec<_>>(), stringify!($field));
                let same = Sighting::objects().group_by(|s| s.truth).values(|s| count().filter(s.truth)).having(|s| s.$field.array_agg().eq(found.clone()));
                assert!(run!(same.all(db)).is_empty(), stringify!($field));
                let same = Sighting::objects().filter(|_| orm::subquery(Sighting::objects()).array_agg(|s| s.$field).eq(found));
                assert_eq!(run!(same.count(db)), 6, stringify!($field));
            )*};
        }
        collected!(truth, small, single, double, text, bytes, date, time, instant, took, uuid, decimal, colour, kind, address, hours);
        let computed = run!(Sighting::objects().aggregate(|s| ((s.small / 2).array_agg(), s.text.concat("!").array_agg(), s.small.gt(0).array_agg(), (s.double * 2.0).array_agg())).run(db));
        assert_eq!(computed.0, all.iter().map(|one| one.small / 2).collect::<Vec<_>>());
        assert_eq!(computed.1, all.iter().map(|one| format!("{}!", one.text)).collect::<Vec<_>>());
        assert_eq!(computed.2, all.iter().map(|one| one.small > 0).collect::<Vec<_>>());
        assert_eq!(computed.3, all.iter().map(|one| one.double * 2.0).collect::<Vec<_>>());
    }

    fn different_values_are_in_their_own_order(db) {
        for one in (0..6).chain(20..26) {
            save!(Sighting { id: i64::from(one), ..sighting(one % 20) }, db);
        }
        let all: Vec<Sighting> = (0..6).map(sighting).collect();
        macro_rules! different {
            ($($field:ident),*) => {$({
                let mut expected: Vec<_> = all.iter().map(|one| one.$field.clone()).collect();
                expected.sort();
                expected.dedup();
                assert_eq!(run!(Sighting::objects().aggregate(|s| s.$field.array_agg_distinct()).run(db)), expected, stringify!($field));
            })*};
        }
        different!(truth, small, text, bytes, date, time, instant, uuid, decimal);
        let found = run!(Sighting::objects().aggregate(|s| (s.double.array_agg_distinct(), s.colour.array_agg_distinct(), s.kind.array_agg_distinct())).run(db));
        assert_eq!(found, (vec![1.0, 2.0, 3.0, 4.0, 5.0, 1e300], vec![Colour::DarkGreen, Colour::Blue], vec![Kind::Zebra, Kind::Ant]));
        // Bound values in what is collected, in groups, and filtered.
        let grouped = Sighting::objects().group_by(|s| s.kind).values(|s| (s.kind, s.text.concat("?").array_agg_distinct().filter(s.small.ne(7)), (s.small / 2).array_agg_distinct())).order_by(|s| s.kind);
        let rows = run!(grouped.all(db));
        assert_eq!(rows[0], (Kind::Zebra, vec!["?".to_owned(), "[ü]\\?".to_owned(), "{}?".to_owned()], vec![-16384]));
        assert_eq!(rows[1], (Kind::Ant, vec!["\n🦀?".to_owned(), "NULL?".to_owned(), "a,\"b\"?".to_owned()], vec![16383]));
        // NULL is one of them, and the first.
        run!(Line::create().text("b").save(db));
        run!(Line::create().text("B").note("é").save(db));
        run!(Line::create().text("b").note("Z").save(db));
        let notes = run!(Line::objects().aggregate(|l| (l.note.array_agg_distinct(), l.text.array_agg_distinct())).run(db));
        assert_eq!(notes, (vec![None, Some("Z".to_owned()), Some("é".to_owned())], vec!["B".to_owned(), "b".to_owned()]));
    }

    fn null_is_a_value_and_no_row_is_an_empty_array(db) {
        world!(db);
        let dates = run!(Post::objects().aggregate(|p| (p.published_at.array_agg(), p.editor().name.array_agg())).run(db));
        let posts = run!(Post::objects().order_by(|p| p.id).all(db));
        assert_eq!(dates.0, posts.iter().map(|post| post.published_at).collect::<Vec<_>>());
        assert_eq!(dates.1, [Some("Ben".to_owned()), None, None, None]);
        let nothing = Post::objects().none().aggregate(|p| (p.title.array_agg(), p.views.array_agg_distinct(), p.published_at.array_agg().length()));
        assert_eq!(run!(nothing.run(db)), (vec![], vec![], 0));
        let filtered = Post::objects().aggregate(|p| (p.title.array_agg().filter(p.views.gt(100)), p.editor().name.array_agg().filter(p.editor().name.is_not_null())));
        assert_eq!(run!(filtered.run(db)), (vec![], vec![Some("Ben".to_owned())]));
        let whose = run!(Author::objects().order_by(|a| a.id).values(|a| (a.name, a.posts().array_agg(|p| p.views), a.posts().array_agg(|p| p.published_at.is_null()))).all(db));
        assert_eq!(whose[2], ("Cleo".to_owned(), vec![], vec![]));
    }

    fn the_order_is_the_one_that_is_given_and_ends_with_the_primary_key(db) {
        world!(db);
        let titles = |order: fn(PostFields) -> orm::queries::Order| Post::objects().aggregate(move |p| (p.title.array_agg().order_by(order(p)), p.title.string_agg(" ").order_by((p.author().name.desc(), p.views))));
        assert_eq!(run!(titles(|p| p.views.desc()).run(db)), (vec!["Second".to_owned(), "First".to_owned(), "Third".to_owned(), "Draft".to_owned()], Some("Third Draft First Second".to_owned())));
        assert_eq!(run!(titles(|p| p.published_at.asc()).run(db)).0, ["Draft", "First", "Second", "Third"]);
        assert_eq!(run!(titles(|p| p.published_at.desc().nulls_first()).run(db)).0, ["Draft", "Third", "Second", "First"]);
        assert_eq!(run!(titles(|p| p.status.desc()).run(db)).0, ["First", "Second", "Draft", "Third"]);
        // The filter before the order, or behind it.
        let either = Post::objects().aggregate(|p| (p.title.array_agg().filter(p.views.gt(5)).order_by(p.title.desc()), p.title.array_agg().order_by(p.title.desc()).filter(p.views.gt(5))));
        let read = vec!["Second".to_owned(), "First".to_owned()];
        assert_eq!(run!(either.run(db)), (read.clone(), read));
        // By what is computed with values, in groups, beside others.
        let grouped = Post::objects().group_by(|p| p.author().name).values(|p| (p.author().name, p.title.array_agg().order_by(((p.views - 15) * (p.views - 15)).desc()), p.views.sum())).having(|p| p.title.array_agg().length().gt(1)).order_by(|p| p.title.string_agg(",").order_by(p.views));
        assert_eq!(run!(grouped.all(db)), [("Ann".to_owned(), vec!["Draft".to_owned(), "First".to_owned(), "Second".to_owned()], Some(30))]);
        // By what related rows come to.
        let busy = Post::objects().aggregate(|p| p.title.array_agg().order_by(p.comments().count().desc()));
        assert_eq!(run!(busy.run(db)), ["First", "Third", "Second", "Draft"]);
    }

    fn related_rows_are_collected_in_their_order(db) {
        world!(db);
        let rows = run!(Author::objects().annotate(|a| (a.posts().array_agg(|p| p.title), a.posts().order_by(|p| p.views).array_agg(|p| p.views), a.posts().filter(|p| p.views.gt(10)).array_agg(|p| p.title.lower()))).order_by(|a| a.id).all(db));
        // The model's order: the newest first, NULL last.
        assert_eq!(rows[0].1, (vec!["Second".to_owned(), "First".to_owned(), "Draft".to_owned()], vec![0, 10, 20], vec!["second".to_owned()]));
        let tags = run!(Post::objects().order_by(|p| p.id).values(|p| (p.tags().array_agg(|t| t.label), p.author().posts().array_agg(|q| q.id), p.tags().order_by(|t| t.label.desc()).aggregate(|t| t.label.array_agg()))).all(db));
        assert_eq!(tags[0], (vec!["rust".to_owned(), "sql".to_owned()], vec![2, 1, 3], vec!["rust".to_owned(), "sql".to_owned()]));
        assert_eq!(tags[3].0, Vec::<String>::new());
        // As conditions and orders.
        let about = Post::objects().filter(|p| p.tags().array_agg(|t| t.label).contains(["sql"])).values(|p| p.title);
        assert_eq!(run!(about.all(db)), ["First"]);
        let by_number = Author::objects().order_by(|a| a.posts().array_agg(|p| p.id).length().desc()).values(|a| a.name);
        assert_eq!(run!(by_number.all(db)), ["Ann", "Ben", "Cleo"]);
        // Of a query with a limit, reversed, and of outer rows.
        let best = || Post::objects().order_by(|p| p.views.desc()).limit(2);
        assert_eq!(run!(Tag::objects().limit(1).values(|_| orm::subquery(best()).array_agg(|p| p.title)).all(db)), [["Second", "First"]]);
        assert_eq!(run!(Tag::objects().limit(1).values(|_| orm::subquery(Comment::objects().reverse()).array_agg(|c| c.id)).all(db)), [[3, 2, 1]]);
        let outer = Author::objects().order_by(|a| a.id).values(|a| (a.posts().array_agg(|_| a.name), a.posts().aggregate(|_| a.name.array_agg_distinct()), a.posts().array_agg(|p| p.comments().array_agg(|c| c.text).length())));
        assert_eq!(run!(outer.all(db))[0], (vec!["Ann".to_owned(); 3], vec!["Ann".to_owned()], vec![0, 2, 0]));
    }

    fn documents_are_collected_as_json(db) {
        for number in 0..4 {
            save!(sighting(number), db);
        }
        let bodies: Json<Vec<Option<Value>>> = run!(Sighting::objects().aggregate(|s| s.body.json_agg()).run(db));
        let expected: Vec<Option<Value>> = (0..4).rev().map(|number| sighting(number).body.map(|body| body.0)).collect();
        assert_eq!(bodies.0, expected);
        let some = Sighting::objects().aggregate(|s| (s.body.json_agg().filter(s.body.is_not_null()).order_by(s.id.desc()), s.body.json_agg().filter(s.id.lt(0))));
        let (found, none) = run!(some.run(db));
        assert_eq!(found.0, [sighting(0).body.map(|body| body.0), sighting(2).body.map(|body| body.0), sighting(3).body.map(|body| body.0)]);
        assert!(none.0.is_empty());
    }

    fn what_has_no_order_is_refused(db) {
        macro_rules! refused {
            ($query:expr, $says:literal) => {{
                let refused = error(attempt!($query.run(db)));
                assert!(refused.is_unsupported() && refused.to_string().contains($says), "{refused}");
            }};
        }
        refused!(Post::objects().aggregate(|p| p.views.sum().order_by(p.id)), "gets `sum`, which is the same in any order");
        let plain = error(attempt!(Post::objects().values(|p| (p.views + 1).order_by(p.id)).all(db)));
        assert!(plain.to_string().contains("gets what is not one"), "{plain}");
        refused!(Post::objects().aggregate(|p| p.views.array_agg_distinct().order_by(p.id)), "whose different values are in their own order");
        refused!(Post::objects().aggregate(|p| p.title.array_agg().order_by(p.id).order_by(p.views)), "two orders");
        refused!(Post::objects().aggregate(|p| p.title.array_agg().order_by(p.views.sum())), "orders single rows");
        refused!(Post::objects().aggregate(|p| p.title.array_agg().order_by(orm::rank().over(|w| w.order_by(p.id)))), "order_by() of an aggregate is about rows before a window");
        let many = error(attempt!(Post::objects().aggregate(|p| p.title.array_agg().order_by(vec![p.id.asc(); 64])).run(db)));
        assert!(many.to_string().contains("at most 63 values"), "{many}");
        for over in [
            Post::objects().values(|p| p.title.array_agg().over(|w| w)),
            Post::objects().values(|p| p.title.array_agg().order_by(p.id).over(|w| w)),
        ] {
            let refused = error(attempt!(over.all(db)));
            assert!(refused.to_string().contains("no database computes `array_agg` over a window"), "{refused}");
        }
        let refused = error(attempt!(Post::objects().filter(|p| p.title.array_agg().length().gt(1)).all(db)));
        assert!(refused.to_string().contains("aggregate"), "{refused}");
        let refused = error(attempt!(Post::objects().group_by(|p| p.status).values(|p| (p.title, p.title.array_agg().order_by(p.views))).all(db)));
        assert!(refused.to_string().contains("names `title`"), "{refused}");
        // No sort keys are no order.
        assert!(run!(Post::objects().aggregate(|p| p.title.array_agg().order_by(Vec::<orm::queries::Order>::new())).run(db)).is_empty());
    }
}
