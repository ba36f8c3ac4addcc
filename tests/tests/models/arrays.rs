//! Arrays are the same on both databases: what goes in comes out, equal ones are equal, and lookups find what Rust finds.

use chrono::{NaiveDate, NaiveTime};
use orm::dynamic::DynModel;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use serde_json::json;
use uuid::Uuid;

/// An array of each type, of as many elements.
fn arrays(count: usize) -> ArraysCreate {
    fn some<T: Clone>(count: usize, values: &[T]) -> Vec<T> {
        values.iter().cycle().take(count).cloned().collect()
    }
    let time = |hour, micros| NaiveTime::from_hms_micro_opt(hour, 59, 59, micros).unwrap();
    let day = |year| NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
    let instants = [day(1).and_time(time(0, 1)), day(9999).and_time(time(23, 999_999))];
    let strings = [
        "",
        "plain",
        "a,b",
        "[",
        "]",
        "],[",
        "\"",
        "\\",
        "\\\"",
        "null",
        "{}",
        "'",
        "é🎉",
        "\n\t\u{1f}",
        "%_",
        "\\u002c",
        " ",
        "NULL",
        "\",\"",
    ];
    Arrays::create()
        .truths(some(count, &[true, false]))
        .small(some(count, &[i16::MIN, i16::MAX, 0, -1, 9, 10, 99]))
        .whole(some(count, &[i32::MIN, i32::MAX, 0, -1]))
        .long(some(count, &[i64::MIN, i64::MAX, 0, -1]))
        .single(some(
            count,
            &[f32::MIN, f32::MAX, 0.1, f32::MIN_POSITIVE, f32::NEG_INFINITY],
        ))
        .double(some(
            count,
            &[f64::MIN, f64::MAX, 0.1, 5e-324, f64::INFINITY, -1.0, 1e21],
        ))
        .strings(some(count, &strings.map(str::to_owned)))
        .blobs(some(count, &[vec![], vec![0], vec![0, 1, 0xab, 0xff]]))
        .days(some(count, &[day(1), day(2026), day(9999)]))
        .times(some(count, &[NaiveTime::MIN, time(9, 1), time(23, 999_999)]))
        .naive(some(count, &instants))
        .instants(some(count, &instants.map(|at| at.and_utc())))
        .ids(some(
            count,
            &[Uuid::nil(), Uuid::max(), Uuid::from_u128(0x0123_4567_89ab_cdef)],
        ))
        .amounts(some(
            count,
            &[
                "0",
                "-1.5",
                "100",
                "0.0000000000000000000000000001",
                "79228162514264337593543950335",
                "10.10",
                "-0.01",
                "1010.01",
            ]
            .map(|text| text.parse().unwrap()),
        ))
}

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

behaviour! {
    fn what_goes_in_comes_out(db) {
        for count in [0, 1, 2, 3, 19, 40] {
            let made = run!(arrays(count).save(db));
            assert_eq!((made.strings.len(), made.amounts.len()), (count, count));
            assert_eq!(run!(Arrays::get(made.id, db)), made);
            let same = Arrays::objects().filter(|a| {
                a.truths.eq(&made.truths) & a.small.eq(&made.small) & a.whole.eq(&made.whole) & a.long.eq(&made.long)
                    & a.single.eq(&made.single) & a.double.eq(&made.double) & a.strings.eq(&made.strings)
                    & a.blobs.eq(&made.blobs) & a.days.eq(&made.days) & a.times.eq(&made.times) & a.naive.eq(&made.naive)
                    & a.instants.eq(&made.instants) & a.ids.eq(&made.ids) & a.amounts.eq(&made.amounts)
            });
            assert_eq!(run!(same.values(|a| a.id).all(db)), [made.id]);
        }
    }

    fn many_rows_go_in_at_once(db) {
        run!(Arrays::bulk_create((0..40).map(arrays)).run(db));
        let rows = run!(Arrays::objects().order_by(|a| a.id).all(db));
        for (at, row) in rows.iter().enumerate() {
            let one = run!(arrays(at).save(db));
            assert_eq!(Arrays { id: row.id, ..one }, *row);
        }
    }

    fn equal_arrays_are_equal(db) {
        let some: [&[&str]; 5] = [&[], &["a"], &["a", "b"], &["b", "a"], &["a,b"]];
        for words in some {
            run!(Lists::create().few(texts(words)).save(db));
        }
        for words in some {
            let id = |found: Vec<Vec<String>>| assert_eq!(found, [texts(words)]);
            id(run!(Lists::objects().filter(|l| l.few.eq(texts(words))).values(|l| l.few).all(db)));
            id(run!(Lists::objects().filter(|l| l.few.in_([texts(words), texts(&["x"])])).values(|l| l.few).all(db)));
            assert_eq!(run!(Lists::objects().filter(|l| l.few.ne(texts(words))).count(db)), 4);
        }
        assert_eq!(run!(Lists::objects().filter(|l| l.few.in_(Vec::<Vec<String>>::new())).count(db)), 0);
        run!(Lists::create().few(["a"]).save(db));
        assert_eq!(run!(Lists::objects().values(|l| l.few).distinct().all(db)).len(), 5);
        assert_eq!(run!(Lists::objects().aggregate(|l| l.few.count_distinct()).run(db)), 5);
        let groups = run!(Lists::objects().group_by(|l| l.few).values(|l| (l.few, orm::queries::count())).all(db));
        assert!(groups.contains(&(texts(&["a"]), 2)) && groups.len() == 5);
        let other = Lists::objects().filter(|l| l.few.in_(Lists::objects().filter(|o| o.id.gt(5)).values(|o| o.few)));
        assert_eq!(run!(other.count(db)), 2);
    }

    fn lookups_find_what_rust_finds(db) {
        let some: [&[Option<i32>]; 7] =
            [&[], &[None], &[Some(1)], &[Some(1), Some(2)], &[Some(2), None, Some(2)], &[Some(3), Some(1)], &[None, None]];
        for numbers in some {
            run!(Lists::create().numbers(numbers.to_vec()).save(db));
        }
        let known = |items: &[Option<i32>]| items.iter().flatten().copied().collect::<Vec<_>>();
        let has_all = |of: &[Option<i32>], items: &[Option<i32>]| {
            items.iter().all(|item| item.is_some_and(|item| known(of).contains(&item)))
        };
        for other in some {
            let expected = |holds: &dyn Fn(&[Option<i32>]) -> bool| {
                some.iter().filter(|items| holds(items)).map(|items| items.to_vec()).collect::<Vec<_>>()
            };
            let given = other.to_vec();
            let of = |query: orm::queries::QuerySet<Lists>| query.order_by(|l| l.id).values(|l| l.numbers);
            let containing = run!(of(Lists::objects().filter(|l| l.numbers.contains(&given))).all(db));
            assert_eq!(containing, expected(&|items| has_all(items, other)), "contains {other:?}");
            let contained = run!(of(Lists::objects().filter(|l| l.numbers.contained_by(&given))).all(db));
            assert_eq!(contained, expected(&|items| has_all(other, items)), "contained by {other:?}");
            let overlapping = run!(of(Lists::objects().filter(|l| l.numbers.overlaps(&given))).all(db));
            let overlaps = |items: &[Option<i32>]| known(items).iter().any(|item| known(other).contains(item));
            assert_eq!(overlapping, expected(&overlaps), "overlaps {other:?}");
            let without = run!(of(Lists::objects().exclude(|l| l.numbers.overlaps(&given))).all(db));
            assert_eq!(without, expected(&|items| !overlaps(items)), "does not overlap {other:?}");
        }
        for item in [1, 2, 4] {
            let having = run!(Lists::objects().filter(|l| l.numbers.has(item)).count(db));
            assert_eq!(having as usize, some.iter().filter(|items| items.contains(&Some(item))).count());
        }
        assert_eq!(run!(Lists::objects().filter(|l| l.numbers.has(None::<i32>)).count(db)), 0);
        let lengths = run!(Lists::objects().order_by(|l| l.id).values(|l| (l.numbers.length(), l.numbers.item(1))).all(db));
        let expected = some.map(|items| (items.len() as i64, items.get(1).copied().flatten()));
        assert_eq!(lengths, expected);
        for beyond in [i32::MAX as u32, u32::MAX] {
            let none = Lists::objects().filter(|l| l.numbers.item(beyond).is_null()).count(db);
            assert_eq!(run!(none) as usize, expected.len());
        }
        let of_two = Lists::objects().filter(|l| l.numbers.length().eq(2) & l.numbers.item(0).eq(3));
        assert_eq!(run!(of_two.count(db)), 1);
    }

    fn elements_of_every_type_are_had_by_their_place(db) {
        let made = run!(arrays(3).save(db));
        let one = Arrays::objects().filter(|a| a.id.eq(made.id));
        let got = run!(one.clone().values(|a| {
            (a.truths.item(1), a.small.item(1), a.whole.item(1), a.long.item(0), a.single.item(2), a.double.item(2))
        }).get(db));
        let expected = (Some(false), Some(i16::MAX), Some(i32::MAX), Some(i64::MIN), Some(0.1_f32), Some(0.1));
        assert_eq!(got, expected);
        let got = run!(one.clone().values(|a| (a.strings.item(2), a.blobs.item(2), a.days.item(1), a.times.item(1))).get(db));
        let expected = (made.strings[2].clone(), made.blobs[2].clone(), made.days[1], made.times[1]);
        assert_eq!(got, (Some(expected.0), Some(expected.1), Some(expected.2), Some(expected.3)));
        let got = run!(one.values(|a| (a.naive.item(1), a.instants.item(1), a.ids.item(2), a.amounts.item(1))).get(db));
        assert_eq!(got, (Some(made.naive[1]), Some(made.instants[1]), Some(made.ids[2]), Some(made.amounts[1])));
        for (at, text) in made.strings.iter().enumerate() {
            let found = Arrays::objects().filter(|a| a.strings.has(text) & a.strings.item(at as u32).eq(text));
            assert_eq!(run!(found.count(db)), 1);
        }
        let found = Arrays::objects().filter(|a| a.ids.has(made.ids[2]) & a.blobs.has(made.blobs[2].clone()) & a.amounts.has(made.amounts[1]));
        assert_eq!(run!(found.count(db)), 1);
    }

    fn arrays_of_arrays_are_rectangular(db) {
        let row = run!(Lists::create().grid(vec![vec![1, 2, 3], vec![4, 5, 6]]).sparse([
            [Some("a,b".to_owned()), None], [None, Some("]".to_owned())],
        ]).save(db));
        assert_eq!(row.grid, [[1, 2, 3], [4, 5, 6]]);
        assert_eq!(row.sparse, [[Some("a,b".to_owned()), None], [None, Some("]".to_owned())]]);
        assert_eq!(run!(Lists::get(row.id, db)), row);
        assert_eq!(run!(Lists::objects().filter(|l| l.grid.eq([[1, 2, 3], [4, 5, 6]]) & l.sparse.eq(&row.sparse)).count(db)), 1);
        assert_eq!(run!(Lists::objects().filter(|l| l.grid.contains([[6, 1]]) & l.grid.length().eq(2)).count(db)), 1);
        for (grid, reason) in [
            (vec![vec![1], vec![2, 3]], "different lengths"),
            (vec![vec![1], vec![]], "different lengths"),
            (vec![vec![], vec![]], "lists without elements"),
        ] {
            let refused = error(attempt!(Lists::create().grid(grid.clone()).save(db)));
            assert!(refused.to_string().contains(reason), "{refused}");
            let refused = error(attempt!(Lists::objects().filter(|l| l.grid.eq(&grid)).count(db)));
            assert!(refused.to_string().contains(reason), "{refused}");
        }
        assert_eq!(run!(Lists::objects().count(db)), 1);
    }

    fn defaults_and_limits_are_the_databases(db) {
        let row = run!(Lists::create().save(db));
        assert_eq!((row.few.clone(), row.square.clone(), row.many), (texts(&["a,b", "[\"c\\"]), vec![vec![1, 2], vec![3, 4]], 2));
        assert_eq!((row.numbers.clone(), row.grid.clone(), row.unknown.clone()), (vec![], vec![], None));
        let long = error(attempt!(Lists::create().few(["a", "b", "c", "d"]).save(db)));
        assert!(long.is_check_violation() && long.fields() == ["few"], "{long:?}");
        assert!(long.to_string().contains("at most 3 elements"), "{long}");
        let mut kept = run!(Lists::create().few(["a", "b", "c"]).unknown(["x"]).save(db));
        assert_eq!(kept.many, 3);
        kept.few.clear();
        kept.unknown = None;
        run!(kept.save(db));
        assert_eq!(run!(Lists::get(kept.id, db)), kept);
        run!(Lists::objects().update(|l| (l.few.set(["z"]), l.unknown.set(Some(vec!["y".to_owned()])))).run(db));
        assert_eq!(run!(Lists::objects().filter(|l| l.few.eq(["z"]) & l.unknown.eq(["y"]) & l.many.eq(1)).count(db)), 2);
        assert_eq!(run!(Lists::objects().filter(|l| l.unknown.is_null()).count(db)), 0);
    }

    fn rows_by_name_say_arrays_in_json(db) {
        let lists = value(DynModel::named("suite.Lists"));
        let json = json!({
            "numbers": [1, null], "words": ["a", null], "grid": [[1], [2]], "sparse": [], "unknown": null, "few": ["x"], "square": [[1]],
        });
        let mut draft = lists.create();
        for (name, value) in json.as_object().unwrap() {
            draft = draft.set_json(name, value);
        }
        let made = run!(draft.save(db));
        let said = serde_json::Value::Object(value(made.json()));
        assert_eq!(said["numbers"], json["numbers"]);
        assert_eq!(said["grid"], json["grid"]);
        assert_eq!(said["few"], json["few"]);
        assert_eq!(said["unknown"], json!(null));
        for (name, refused) in [
            ("numbers", json!([1.5])), ("few", json!([null])), ("grid", json!([1])), ("grid", json!([[1], [2, 3]])), ("few", json!("x")),
            ("square", json!([[70_000]])),
        ] {
            let refused = error(attempt!(lists.create().set_json(name, &refused).save(db)));
            assert_eq!(refused.fields(), [name], "{refused}");
        }
        let found = value(lists.eq_json("few", &json!(["x"])));
        assert_eq!(run!(lists.filter(found).count(db)), 1);
    }
}
