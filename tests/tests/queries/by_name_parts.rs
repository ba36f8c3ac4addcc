//! Filters by names of what is within a column: keys of documents, elements of arrays, parts of dates, networks.

use std::net::IpAddr;

use chrono::NaiveDate;
use orm::db::Dialect;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use serde_json::json;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct NamedPart {
    pub id: i64,
    pub meta: Json<serde_json::Value>,
    pub more: Option<Json<serde_json::Value>>,
    pub labels: Vec<String>,
    pub scores: Option<Vec<i32>>,
    pub day: NaiveDate,
    pub host: Option<IpAddr>,
}

/// Which rows a filter by name finds, by their numbers from 0.
macro_rules! found {
    ($db:ident, $rows:ident, $name:literal, $given:expr) => {{
        let ids = run!(
            value(NamedPart::objects().filter_str($name, $given))
                .values(|p| p.id)
                .all($db)
        );
        let others = run!(value(NamedPart::objects().exclude_str($name, $given)).count($db));
        assert_eq!(
            ids.len() as i64 + others,
            $rows.len() as i64,
            "each row is one or the other: {}",
            $name
        );
        let place = |id: &i64| $rows.iter().position(|row| row.id == *id).expect("a row");
        ids.iter().map(place).collect::<Vec<usize>>()
    }};
}

macro_rules! parts {
    ($db:ident) => {{
        let documents = [
            json!({"address": {"city": "Rome", "zip": "00100"}, "views": 7, "tags": ["a", "b"], "open": true, "0": "zero"}),
            json!({"address": {"city": "Römer-Stadt"}, "views": 7.5, "tags": [], "open": false}),
            json!({"address": {"city": null}, "views": "7", "tags": {"0": "a"}}),
            json!({"address": "Rome", "views": 12, "exact": {"in": 1}}),
            json!(["a", {"views": 7}]),
            json!(null),
        ];
        let drafts = documents.into_iter().enumerate().map(|(at, meta)| {
            let draft = NamedPart::create()
                .meta(meta.clone())
                .more((at % 2 == 0).then_some(Json(meta)))
                .labels((0..at).map(|label| format!("l{label}")).collect::<Vec<_>>())
                .scores((at != 3).then(|| vec![at as i32, -1]))
                .day(NaiveDate::from_ymd_opt(2026, 11, 22 + at as u32).expect("a day"));
            let host = [Some("10.1.2.3"), Some("192.168.0.1"), None, Some("fe80::1"), Some("10.200.0.1"), None][at];
            draft.host(host.map(|host| host.parse::<IpAddr>().expect("an address")))
        });
        run!(NamedPart::bulk_create(drafts).all($db))
    }};
}

behaviour! {
    fn keys_of_documents_are_named(db) {
        let rows = parts!(db);
        assert_eq!(found!(db, rows, "meta__address__city", "Rome"), [0]);
        assert_eq!(found!(db, rows, "meta__address", "Rome"), [3]);
        assert_eq!(found!(db, rows, "meta__address__city__icontains", "rom"), [0]);
        assert_eq!(found!(db, rows, "meta__address__city__iexact", "ROME"), [0]);
        assert_eq!(found!(db, rows, "meta__address__city__startswith", "R"), [0, 1]);
        assert_eq!(found!(db, rows, "meta__address__city__endswith", "Stadt"), [1]);
        assert_eq!(found!(db, rows, "meta__address__city__regex", "^R.m"), [0, 1]);
        // JSON is what it says: a number is no string, and equal to the same number written otherwise.
        assert_eq!(found!(db, rows, "meta__views", "7"), [0]);
        assert_eq!(found!(db, rows, "meta__views", &json!(7.0)), [0]);
        assert_eq!(found!(db, rows, "meta__views", "\"7\""), [2]);
        assert_eq!(found!(db, rows, "meta__views__gt", "7"), [1, 3]);
        assert_eq!(found!(db, rows, "meta__views__gte", &json!(7)), [0, 1, 3]);
        assert_eq!(found!(db, rows, "meta__views__lt", "7.5"), [0]);
        assert_eq!(found!(db, rows, "meta__views__lte", "\"7\""), [2]);
        assert_eq!(found!(db, rows, "meta__views__range", "7,10"), [0, 1]);
        assert_eq!(found!(db, rows, "meta__views__range", &json!(["6", "8"])), [2]);
        assert_eq!(found!(db, rows, "meta__views__in", "12,7.5"), [1, 3]);
        assert_eq!(found!(db, rows, "meta__views__in", ["7", "x"]), [0]);
        assert_eq!(found!(db, rows, "meta__views__in", &json!([])), Vec::<usize>::new());
        assert_eq!(found!(db, rows, "meta__open", "true"), [0]);
        assert_eq!(found!(db, rows, "meta__address__city", &json!(null)), [2]);
        assert_eq!(found!(db, rows, "meta__address", &json!({"zip": "00100", "city": "Rome"})), [0]);
        // A number is a place or a key.
        assert_eq!(found!(db, rows, "meta__tags__0", "a"), [0, 2]);
        assert_eq!(found!(db, rows, "meta__0", "zero"), [0]);
        assert_eq!(found!(db, rows, "meta__1__views", "7"), [4]);
        // What is named like a lookup is reached by a lookup behind it.
        assert_eq!(found!(db, rows, "meta__exact__in__exact", "1"), [3]);
        assert_eq!(found!(db, rows, "meta__address__city__isnull", "false"), [0, 1, 2]);
        assert_eq!(found!(db, rows, "meta__address__city__isnull", "true"), [3, 4, 5]);
        assert_eq!(found!(db, rows, "meta__contains", &json!({"open": true})), [0]);
        assert_eq!(found!(db, rows, "meta__tags__contains", &json!(["b"])), [0]);
        assert_eq!(found!(db, rows, "meta__tags__contained_by", "[\"a\", \"b\", \"c\"]"), [0, 1]);
        assert_eq!(found!(db, rows, "meta__has_key", "views"), [0, 1, 2, 3]);
        assert_eq!(found!(db, rows, "meta__address__has_key", "city"), [0, 1, 2]);
        assert_eq!(found!(db, rows, "meta__has_keys", "views,open"), [0, 1]);
        assert_eq!(found!(db, rows, "meta__has_any_keys", ["exact", "open"]), [0, 1, 3]);
        assert_eq!(found!(db, rows, "meta__has_keys", Vec::<String>::new()), [0, 1, 2, 3, 4, 5]);
        assert_eq!(found!(db, rows, "meta__has_any_keys", Vec::<String>::new()), Vec::<usize>::new());
        let twice: Vec<&str> = ["views", "open"].into_iter().cycle().take(300).collect();
        assert_eq!(found!(db, rows, "meta__has_keys", &twice), [0, 1]);
        assert_eq!(found!(db, rows, "meta__views", "9007199254740993"), Vec::<usize>::new());
        assert_eq!(found!(db, rows, "meta___id__isnull", "true"), [0, 1, 2, 3, 4, 5]);
        // Of a column that may be NULL.
        assert_eq!(found!(db, rows, "more__views", "7"), [0]);
        assert_eq!(found!(db, rows, "more__views__isnull", "true"), [1, 3, 4, 5]);
        assert_eq!(found!(db, rows, "more__isnull", "true"), [1, 3, 5]);
        // Names and values are bound, whatever they say.
        assert_eq!(found!(db, rows, "meta__it's \"quoted\" {}$.x", "'); DROP TABLE suite_namedpart; --"), Vec::<usize>::new());
        let named = value(NamedPart::objects().filter_str("meta__address__city__icontains", "rom"));
        let typed = NamedPart::objects().filter(|p| p.meta.path(["address", "city"]).as_string().icontains("rom"));
        for dialect in [Dialect::SQLITE, Dialect::POSTGRES] {
            assert_eq!(value(named.clone().sql(dialect)), value(typed.clone().sql(dialect)));
        }
    }

    fn keys_in_lists(db) {
        let rows = parts!(db);
        let keys = |query: QuerySet<NamedPart>| query.values(|p| p.id);
        let places = |ids: Vec<i64>| ids.iter().map(|id| rows.iter().position(|row| row.id == *id).expect("a row")).collect::<Vec<_>>();
        assert_eq!(places(run!(keys(NamedPart::objects().filter(|p| p.meta.has_keys(["views", "open"]))).all(db))), [0, 1]);
        assert_eq!(places(run!(keys(NamedPart::objects().filter(|p| p.meta.has_any_keys(vec!["exact".to_owned(), "open".to_owned()]))).all(db))), [0, 1, 3]);
        assert_eq!(places(run!(keys(NamedPart::objects().filter(|p| !p.meta.has_any_keys(["views"]))).all(db))), [4, 5]);
        assert_eq!(places(run!(keys(NamedPart::objects().filter(|p| p.more.has_keys(["views"]))).all(db))), [0, 2]);
        assert_eq!(places(run!(keys(NamedPart::objects().filter(|p| p.meta.path("address").has_keys(["city", "zip"]))).all(db))), [0]);
        assert_eq!(run!(NamedPart::objects().filter(|p| p.meta.has_keys(Vec::<String>::new())).count(db)), 6);
        assert_eq!(run!(NamedPart::objects().filter(|p| p.meta.has_any_keys(Vec::<String>::new())).count(db)), 0);
        // `null` under a key is there.
        assert_eq!(places(run!(keys(NamedPart::objects().filter(|p| p.meta.path("address").has_keys(["city"]))).all(db))), [0, 1, 2]);
        // Values of each row, and orders.
        let told = run!(NamedPart::objects().values(|p| (p.meta.has_keys(["views"]), p.more.has_any_keys(["open"]))).all(db));
        assert_eq!(told, [(true, true), (true, false), (true, false), (true, false), (false, false), (false, false)]);
    }

    fn elements_parts_of_dates_and_networks_are_named(db) {
        let rows = parts!(db);
        assert_eq!(found!(db, rows, "labels__0", "l0"), [1, 2, 3, 4, 5]);
        assert_eq!(found!(db, rows, "labels__3", "l3"), [4, 5]);
        assert_eq!(found!(db, rows, "labels__0__startswith", "l"), [1, 2, 3, 4, 5]);
        assert_eq!(found!(db, rows, "labels__0__isnull", "true"), [0]);
        assert_eq!(found!(db, rows, "labels__len__gte", "4"), [4, 5]);
        assert_eq!(found!(db, rows, "scores__0__gt", "2"), [4, 5]);
        assert_eq!(found!(db, rows, "scores__0__in", "1,2"), [1, 2]);
        assert_eq!(found!(db, rows, "scores__1", "-1"), [0, 1, 2, 4, 5]);
        assert_eq!(found!(db, rows, "scores__2147483646", "-1"), Vec::<usize>::new());
        // 2026-11-22 is a Sunday.
        assert_eq!(found!(db, rows, "day__week_day", "1"), [0]);
        assert_eq!(found!(db, rows, "day__week_day__gte", "5"), [4, 5]);
        assert_eq!(found!(db, rows, "day__iso_week_day", "7"), [0]);
        assert_eq!(found!(db, rows, "day__iso_year", "2026"), [0, 1, 2, 3, 4, 5]);
        assert_eq!(found!(db, rows, "day__quarter", "4"), [0, 1, 2, 3, 4, 5]);
        assert_eq!(found!(db, rows, "host__contained_by", "10.0.0.0/8"), [0, 4]);
        assert_eq!(found!(db, rows, "host__contained_by", "fe80::/10"), [3]);
        assert_eq!(found!(db, rows, "host", "10.1.2.3"), [0]);
        let order = run!(value(NamedPart::objects().order_by_str("-day__week_day,scores__0")).values(|p| p.id).all(db));
        assert_eq!(order[0], rows[5].id);
        let places = run!(value(NamedPart::objects().order_by_str("-scores__0")).values(|p| p.id).all(db));
        assert_eq!(places[..2], [rows[5].id, rows[4].id]);
    }

    fn what_is_not_there_is_refused(db) {
        let _ = db;
        macro_rules! refused {
            ($name:literal, $given:expr, $said:literal) => {{
                let error = error(NamedPart::objects().filter_str($name, $given));
                assert!(error.to_string().contains($said), "{}: {error}", $name);
            }};
        }
        refused!("meta____city", "x", "without a name");
        refused!("meta__views__gt", "true", "takes a number or a string");
        refused!("meta__views__gt", &json!(null), "takes a number or a string");
        refused!("meta__views__range", "1", "takes two values");
        refused!("meta__views__range", "1,x", "takes two numbers or two strings");
        refused!("meta__views", ["1", "2"], "takes one value");
        refused!("meta__views__in", &json!(1), "takes a list");
        refused!("meta__views__isnull", "maybe", "`meta__views__isnull` takes");
        refused!("meta__city__icontains", &json!(7), "takes a string");
        refused!("meta__city__regex", "(", "regular expression");
        refused!("meta__has_key", "a\0", "NUL");
        // No number is rounded without a word.
        for whole in ["9007199254740993", "9007199254740992", "-9007199254740993", "1e300"] {
            let error = error(NamedPart::objects().filter_str("meta__views__gt", whole));
            assert!(error.is_invalid_filter() && error.to_string().contains("2^53"), "{whole}: {error}");
        }
        refused!("meta__views__lte", &json!(9_007_199_254_740_993_u64), "2^53");
        refused!("meta__views__range", "1,9007199254740993", "2^53");
        const NAMES: [&str; 5] = ["meta", "meta__views", "meta__views__in", "meta__views__gt", "meta__contains"];
        for rounded in ["123456789012345678901234567890", "1e400", "0.30000000000000000001", "[1, 1e400]"] {
            for name in NAMES {
                let error = error(NamedPart::objects().filter_str(name, [rounded]));
                assert!(error.is_invalid_filter() && error.to_string().contains("round this one"), "{name} {rounded}: {error}");
            }
        }
        let keys: Vec<String> = (0..101).map(|key| format!("k{key}")).collect();
        const KEYS: [&str; 2] = ["meta__has_keys", "meta__address__has_any_keys"];
        for name in KEYS {
            let error = error(NamedPart::objects().filter_str(name, &keys));
            assert!(error.is_invalid_filter() && error.to_string().contains("at most 100 keys"), "{name}: {error}");
        }
        refused!("meta__a___b", "1", "three underscores in a row");
        refused!("meta__a___in", "1", "three underscores in a row");
        refused!("meta__a___", "1", "three underscores in a row");
        refused!("meta__a", &json!("a\0"), "NUL");
        refused!("labels__x", "l", "has no lookup");
        refused!("labels__-1", "l", "has no lookup");
        refused!("labels__2147483647", "l", "has no lookup");
        refused!("scores__0", "x", "takes a whole number");
        refused!("day__week_day", "Sunday", "takes a whole number");
        refused!("host__contains", "10.0.0.1", "has no lookup");
        refused!("host__contained_by", "10.0.0.1/8", "`host__contained_by` takes");
        let refused = error(NamedPart::objects().order_by_str("meta__views"));
        assert!(refused.to_string().contains("meta"), "{refused}");
    }

    fn an_order_of_documents_is_refused_everywhere(db) {
        let _ = db;
        let part = value(orm::dynamic::DynModel::named("suite.NamedPart"));
        assert!(error(part.desc("meta")).to_string().contains("no order"));
        assert!(error(NamedPart::objects().order_by_str("meta")).to_string().contains("no order"));
    }
}
