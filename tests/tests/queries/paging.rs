//! Pages by number and by place: put one after another, forth and back, they are the whole query.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use orm::prelude::*;
use orm::queries::PageCursor;
use orm_tests::behaviour::error;
use orm_tests::models::*;
use orm_tests::{behaviour, hostile};
use proptest::prelude::{any, prop};
use proptest::strategy::Strategy;
use rust_decimal::Decimal;
use uuid::Uuid;

use orm_tests::samples::samples;
use orm_tests::world;

orm::app!("suite");

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(native)]
pub enum PagedLevel {
    Low,
    High,
    Between,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct PagedKind {
    pub id: i64,
    pub label: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-score", "name"))]
pub struct Paged {
    pub id: i64,
    pub name: String,
    pub note: Option<String>,
    pub score: Option<i64>,
    pub share: Option<f64>,
    pub single: Option<f32>,
    #[orm(max_digits = 20, decimal_places = 3)]
    pub price: Option<Decimal>,
    pub at: Option<DateTime<Utc>>,
    pub day: Option<NaiveDate>,
    pub time: Option<NaiveTime>,
    pub span: Option<Duration>,
    pub code: Option<Uuid>,
    pub raw: Option<Vec<u8>>,
    pub colour: Option<Colour>,
    pub level: Option<PagedLevel>,
    pub live: bool,
    #[orm(related_name = "paged")]
    pub kind: Option<ForeignKey<PagedKind>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct PagedSlot {
    #[orm(primary_key, max_length = 20)]
    pub shelf: String,
    #[orm(primary_key)]
    pub slot: i32,
    pub load: Option<i32>,
}

/// One of few, so that there are ties; none of them a third of the times.
fn of<T: Clone + std::fmt::Debug + 'static>(
    values: impl IntoIterator<Item = T>,
) -> impl Strategy<Value = Option<T>> {
    let values: Vec<Option<T>> = values.into_iter().map(Some).collect();
    prop::sample::select(values).prop_flat_map(|value| prop::sample::select(vec![value.clone(), value, None]))
}

const ROWS: usize = 80;

/// Rows with ties and NULL in every column.
fn rows() -> Vec<Paged> {
    let instant = |micros: i64| DateTime::from_timestamp_micros(micros).expect("a moment");
    let strings = || {
        let mut strings = hostile::strings();
        strings.truncate(12);
        strings.extend(["ä", "Z", "a", "A", "\u{10FFFF}", "日本"].map(str::to_owned));
        strings
    };
    let numbers = samples(
        ROWS,
        (
            prop::sample::select(strings()),
            of(strings()),
            of([i64::MIN, -1, 0, 9_007_199_254_740_993, i64::MAX]),
            of([f64::MIN_POSITIVE, -0.1, 0.1, 1e300, f64::INFINITY]),
            of([0.1_f32, -3.3, f32::MAX, 16_777_217.0]),
            of([
                Decimal::new(5, 1),
                Decimal::new(-12_345, 3),
                Decimal::new(100, 0),
                Decimal::new(99, 1),
            ]),
            of([
                instant(0),
                instant(1),
                instant(1_700_000_000_123_456),
                instant(-1),
            ]),
        ),
    );
    let others = samples(
        ROWS,
        (
            of([27, 28, 29].map(|day| NaiveDate::from_ymd_opt(2024, 2, day).expect("a day"))),
            of([0, 59, 86_399]
                .map(|second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).expect("a time"))),
            of([0, 1, 86_400_000_000].map(Duration::from_micros)),
            of([0, 1, u128::MAX].map(Uuid::from_u128)),
            of([vec![], vec![0], vec![255, 0], b"a".to_vec()]),
            of([Colour::Red, Colour::DarkGreen, Colour::Blue]),
            of([PagedLevel::Low, PagedLevel::High, PagedLevel::Between]),
            any::<bool>(),
            of([1_i64, 2, 3]),
        ),
    );
    let both = numbers.into_iter().zip(others).enumerate();
    both.map(|(at, (numbers, others))| Paged {
        // Not in the order in which they are created.
        id: (at as i64 * 37) % 83 + 1,
        name: numbers.0,
        note: numbers.1,
        score: numbers.2,
        share: numbers.3,
        single: numbers.4,
        price: numbers.5,
        at: numbers.6,
        day: others.0,
        time: others.1,
        span: others.2,
        code: others.3,
        raw: others.4,
        colour: others.5,
        level: others.6,
        live: others.7,
        kind: others.8.map(ForeignKey::new),
    })
    .collect()
}

macro_rules! stored {
    ($db:expr) => {{
        for (id, label) in [(1, Some("b")), (2, None), (3, Some("a"))] {
            run!(
                PagedKind::create()
                    .id(id)
                    .label(label.map(str::to_owned))
                    .save($db)
            );
        }
        let rows = rows();
        run!(
            Paged::bulk_create(rows.iter().cloned().map(|row| {
                Paged::create()
                    .id(row.id)
                    .name(row.name)
                    .note(row.note)
                    .score(row.score)
                    .share(row.share)
                    .single(row.single)
                    .price(row.price)
                    .at(row.at)
                    .day(row.day)
                    .time(row.time)
                    .span(row.span)
                    .code(row.code)
                    .raw(row.raw)
                    .colour(row.colour)
                    .level(row.level)
                    .live(row.live)
                    .kind(row.kind)
            }))
            .run($db)
        );
        rows
    }};
}

/// The pages of a query by place, forth and back, and what each says of those beside it.
macro_rules! pages_are {
    ($query:expr, $db:expr, $size:expr, $all:expr) => {{
        let (query, all, size) = ($query, $all, $size as usize);
        let number = all.len().div_ceil(size).max(1);
        let (mut place, mut forth, mut cursors) = (None::<PageCursor>, Vec::new(), Vec::new());
        for at in 0..number {
            let page = run!(query.clone().after(place.as_ref(), $size, $db));
            assert_eq!(page.previous.is_some(), at > 0 && !page.rows.is_empty());
            assert_eq!(page.next.is_some(), at + 1 < number, "page {at} of {number}");
            assert!(page.rows.len() == size || at + 1 == number);
            forth.extend(page.rows);
            cursors.push(page.previous);
            place = page.next;
        }
        assert_eq!(forth, all[..], "forth by {size}");
        let (mut place, mut back) = (None::<PageCursor>, Vec::new());
        for at in 0..number {
            let page = run!(query.clone().before(place.as_ref(), $size, $db));
            assert_eq!(
                page.previous.is_some(),
                at + 1 < number,
                "page {at} of {number} from the end"
            );
            assert_eq!(page.next.is_some(), at > 0 && !page.rows.is_empty());
            back.splice(0..0, page.rows);
            place = page.previous;
        }
        assert_eq!(back, all[..], "back by {size}");
        // From each page to the one before it.
        for (at, previous) in cursors.iter().enumerate().skip(1) {
            let page = run!(query.clone().before(previous.as_ref(), $size, $db));
            assert_eq!(page.rows, all[(at - 1) * size..at * size]);
        }
    }};
}

behaviour! {
    fn pages_by_place_are_the_whole_query_forth_and_back(db) {
        let rows = stored!(db);
        macro_rules! ordered {
            ($($order:expr),+ $(,)?) => { [$(Paged::objects().order_by($order)),+] };
        }
        let by_fields = ordered!(
            |p| p.name, |p| p.note, |p| p.score.desc(), |p| p.share, |p| p.single.desc(), |p| p.price, |p| p.at.desc(), |p| p.day, |p| p.time,
            |p| p.span.desc(), |p| p.code, |p| p.raw.desc(), |p| p.colour, |p| p.level, |p| p.level.desc(), |p| p.live, |p| p.kind,
        );
        let by_several = ordered!(
            |p| p.score.asc().nulls_last(), |p| p.score.desc().nulls_first(), |p| p.price.desc().nulls_first(),
            |p| (p.name.desc(), p.share, p.day.desc(), p.id), |p| (p.day.asc().nulls_last(), p.price.desc(), p.live),
            |p| (p.live, p.id.desc(), p.name),
        );
        // By related rows, which may not be there, and by what is computed.
        let computed = ordered!(
            |p| p.kind().label, |p| (p.kind().label.desc().nulls_first(), p.score), |p| p.score.coalesce(3).desc(),
            |p| (p.name.lower(), p.note.length().desc()), |p| (p.kind().paged().count(), p.live), |p| p.id % 5, |p| (p.price * Decimal::new(3, 0), p.day),
        );
        for query in by_fields.into_iter().chain(by_several).chain(computed) {
            // The key ends every order, in the direction of what it follows.
            let all = run!(query.clone().page(1, 1_000, db)).rows;
            assert_eq!(all.iter().map(|row| row.id).collect::<HashSet<_>>().len(), ROWS);
            pages_are!(query.clone(), db, 13, &all);
            let reversed: Vec<Paged> = all.iter().rev().cloned().collect();
            pages_are!(query.clone().reverse(), db, 29, &reversed);
        }
        let mut expected: Vec<i64> = rows.iter().map(|row| row.id).collect();
        expected.sort_by_key(|id| {
            let row = rows.iter().find(|row| row.id == *id).expect("a row");
            (row.score.is_some(), row.score, *id)
        });
        let all = run!(Paged::objects().order_by(|p| p.score).after(None, 1_000, db)).rows;
        assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "as Rust has it");
        // The model's own order; every size.
        let all = run!(Paged::objects().page(1, 1_000, db)).rows;
        for size in [1, 7, 40, ROWS as u32 - 1, ROWS as u32, ROWS as u32 + 1, u32::MAX] {
            pages_are!(Paged::objects(), db, size, &all);
        }
    }

    fn pages_have_what_is_loaded_and_computed_beside_their_rows(db) {
        stored!(db);
        world!(db);
        let query = || Paged::objects().filter(|p| p.live.eq(true) | p.score.is_null()).order_by(|p| (p.note.desc(), p.id))
            .with(|p| p.kind()).annotate(|p| (p.name.length(), p.score.coalesce(7)));
        let all = run!(query().all(db));
        pages_are!(query(), db, 4, &all);
        let authors = || Author::objects().order_by(|a| (a.posts().count().desc(), a.id)).annotate(|a| a.posts().count())
            .with(|a| a.posts().order_by(|p| p.id).with(|p| p.tags().order_by(|t| t.label))).with(|a| a.country());
        let all = run!(authors().all(db));
        for size in [1, 2, 3] {
            pages_are!(authors(), db, size, &all);
            for number in 1..=3_u64.div_ceil(u64::from(size)) {
                let page = run!(authors().page(number, u64::from(size), db));
                let from = (number as usize - 1) * size as usize;
                assert_eq!(page.rows, all[from..(from + size as usize).min(3)]);
                assert_eq!(page.total, 3);
            }
        }
        pages_are!(Author::objects().filter(|a| a.posts().any(|p| p.views.gt(0))), db, 1,
            &run!(Author::objects().filter(|a| a.posts().any(|p| p.views.gt(0))).all(db)));
        let none: Vec<Author> = Vec::new();
        pages_are!(Author::objects().none(), db, 1, &none);
        pages_are!(Author::objects().filter(|a| a.id.lt(0)), db, 1, &none);
    }

    fn rows_that_come_and_go_move_no_others(db) {
        stored!(db);
        let query = || Paged::objects().order_by(|p| (p.score.desc(), p.id));
        let all = run!(query().all(db));
        let first = run!(query().after(None, 10, db));
        // The row of the place itself goes, others come before it.
        run!(Paged::objects().filter(|p| p.id.in_(first.rows.iter().map(|row| row.id).collect::<Vec<_>>())).delete().run(db));
        run!(Paged::create().id(-1).name("new").score(i64::MAX).live(true).save(db));
        let second = run!(query().after(first.next.as_ref(), 10, db));
        assert_eq!(second.rows, all[10..20]);
        let before = run!(query().before(second.previous.as_ref(), 10, db));
        assert_eq!(before.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [-1]);
        assert_eq!(before.previous, None);
        // All behind a place go: there is an empty page, from which the last page leads on.
        run!(Paged::objects().filter(|p| p.id.gt(0)).delete().run(db));
        let empty = run!(query().after(second.next.as_ref(), 10, db));
        assert_eq!((empty.rows.len(), empty.previous, empty.next), (0, None, None));
        assert_eq!(run!(query().before(None, 10, db)).rows.len(), 1);
    }

    fn a_key_of_several_fields_ends_an_order(db) {
        let drafts = (0..20).map(|at| PagedSlot::create().shelf(["a", "b"][at as usize % 2]).slot(at).load((at % 3 > 0).then_some(at % 3)));
        run!(PagedSlot::bulk_create(drafts).run(db));
        let mut expected = run!(PagedSlot::objects().all(db));
        expected.sort_by_key(|row| (row.load, row.shelf.clone(), row.slot));
        for size in [1, 3, 20] {
            pages_are!(PagedSlot::objects().order_by(|s| s.load), db, size, &expected);
        }
        expected.sort_by_key(|row| (row.slot, row.shelf.clone()));
        pages_are!(PagedSlot::objects().order_by(|s| s.slot), db, 3, &expected);
    }

    fn a_cursor_is_of_use_for_its_own_query(db) {
        world!(db);
        stored!(db);
        let place = run!(Paged::objects().order_by(|p| p.score).after(None, 5, db)).next.expect("more rows");
        assert!(place.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        let json = serde_json::to_string(&place).expect("JSON");
        assert_eq!(json, format!("\"{place}\""));
        assert_eq!(serde_json::from_str::<PageCursor>(&json).expect("a cursor"), place);
        let text = place.as_str();
        for wrong in ["", "x", "00", "7b7d", "[]", "null", &text[1..], &text[..text.len() - 1], &format!("{text}="), &format!(" {text}"), "日本"] {
            let refused = error(attempt!(Paged::objects().order_by(|p| p.score).after(Some(&PageCursor::from(wrong)), 5, db)));
            assert!(refused.is_invalid_cursor(), "{wrong}: {refused}");
        }
        let place = Some(&place);
        for other in [
            attempt!(Paged::objects().order_by(|p| p.score.desc()).after(place, 5, db)),
            attempt!(Paged::objects().order_by(|p| p.score.asc().nulls_last()).after(place, 5, db)),
            attempt!(Paged::objects().order_by(|p| (p.score, p.name)).after(place, 5, db)),
            attempt!(Paged::objects().order_by(|p| p.share).after(place, 5, db)),
            attempt!(Paged::objects().order_by(|p| p.score).filter(|p| p.live.eq(true)).after(place, 5, db)),
            attempt!(Paged::objects().order_by(|p| p.score).filter(|p| p.id.gt(0)).before(place, 5, db)),
        ] {
            let refused = error(other);
            assert!(refused.is_invalid_cursor());
            assert!(refused.to_string().starts_with("reading suite.Paged: the cursor is one of another query"), "{refused}");
        }
        assert!(error(attempt!(Author::objects().after(place, 5, db))).is_invalid_cursor());
        // Other values in its conditions, but not in its order; what is loaded does not matter.
        let computed = |by: i64| Paged::objects().order_by(move |p| p.score.coalesce(by));
        let place = run!(computed(1).after(None, 5, db)).next;
        assert!(error(attempt!(computed(2).after(place.as_ref(), 5, db))).is_invalid_cursor());
        assert_eq!(run!(computed(1).with(|p| p.kind()).after(place.as_ref(), 5, db)).rows.len(), 5);
        let above = |id: i64| Paged::objects().filter(move |p| p.id.gt(id));
        let place = run!(above(0).after(None, 5, db)).next;
        assert_eq!(run!(above(1).after(place.as_ref(), 5, db)).rows.len(), 5);
        assert!(error(attempt!(Paged::objects().limit(5).after(None, 5, db))).is_unsupported());
        assert!(error(attempt!(Paged::objects().offset(5).before(None, 5, db))).is_unsupported());
        assert!(attempt!(Paged::objects().after(None, 0, db)).is_err());
    }

    fn a_signed_cursor_is_taken_by_who_has_the_key(db) {
        stored!(db);
        let query = || Paged::objects().order_by(|p| p.name);
        let signing = &db.clone().with_cursor_key(b"a secret of sixteen bytes").expect("a key");
        let other = &db.clone().with_cursor_key(b"a secret of others, just as long").expect("a key");
        assert!(db.clone().with_cursor_key(b"too short").is_err());
        let page = run!(query().after(None, 5, signing));
        let expected = run!(query().page(2, 5, db)).rows;
        assert_eq!(run!(query().after(page.next.as_ref(), 5, signing)).rows, expected);
        let within: orm::Result<()> = transaction!(signing, |tx| {
            let page = run!(query().after(page.next.as_ref(), 5, tx));
            assert_eq!(page.rows, expected);
            assert_eq!(run!(query().after(page.next.as_ref(), 5, tx)).rows.len(), 5);
            Ok(())
        });
        assert!(within.is_ok());
        for refused in [
            attempt!(query().after(page.next.as_ref(), 5, db)),
            attempt!(query().after(page.next.as_ref(), 5, other)),
            attempt!(query().after(run!(query().after(None, 5, db)).next.as_ref(), 5, signing)),
        ] {
            let refused = error(refused);
            assert!(refused.is_invalid_cursor());
            assert!(refused.to_string().contains("has been changed, or was made with another key"), "{refused}");
        }
        let mut forged = page.next.expect("a second page").to_string();
        let last = forged.pop().expect("a letter");
        forged.push(if last == 'A' { 'B' } else { 'A' });
        assert!(error(attempt!(query().after(Some(&forged.into()), 5, signing))).is_invalid_cursor());
    }

    fn pages_by_number_know_how_many_there_are(db) {
        stored!(db);
        let query = || Paged::objects().order_by(|p| p.live);
        let expected = run!(Paged::objects().order_by(|p| (p.live, p.id)).all(db));
        for size in [1, 7, 80, 100] {
            let mut all = Vec::new();
            for number in 1..=80_u64.div_ceil(size) {
                let page = run!(query().page(number, size, db));
                assert_eq!((page.number, page.size, page.total, page.pages()), (number, size, 80, 80_u64.div_ceil(size)));
                assert_eq!(page.has_next(), number < page.pages());
                all.extend(page.rows);
            }
            assert_eq!(all, expected, "no row is on two pages, whatever the ties");
        }
        let beyond = run!(query().page(99, 10, db));
        assert_eq!((beyond.rows.len(), beyond.total, beyond.has_next()), (0, 80, false));
        assert_eq!(run!(query().page(u64::MAX, u64::MAX, db)).total, 80);
        for none in [query().none(), query().filter(|p| p.id.lt(0))] {
            for number in [1, 2] {
                let none = run!(none.clone().page(number, 10, db));
                assert_eq!((none.rows.len(), none.total, none.pages()), (0, 0, 1));
            }
        }
        let some = || query().filter(|p| p.live.eq(true) & p.kind().label.eq("a"));
        assert_eq!(run!(some().page(1, 3, db)).total, run!(some().count(db)) as u64);
        assert_eq!(run!(query().distinct().page(1, 3, db)).total, 80);
        assert!(attempt!(query().page(0, 10, db)).is_err());
        assert!(attempt!(query().page(1, 0, db)).is_err());
        assert!(error(attempt!(query().limit(3).page(1, 10, db))).is_unsupported());
        assert!(error(attempt!(query().group_by(|p| p.live).page(1, 10, db))).is_unsupported());
        let done: orm::Result<()> = transaction!(db, |tx| {
            assert_eq!(run!(query().page(2, 30, tx)).rows, expected[30..60]);
            Ok(())
        });
        assert!(done.is_ok());
    }
}
