//! What strangers write into a URL: each is refused by name as a bad request, or bound as a value.

use orm::dynamic::{Allowed, DynModel};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use serde_json::json;

use orm_tests::world;

orm::app!("suite");

/// Asserts that a value is refused as a bad request, with the name and without the value.
#[track_caller]
fn refuses(name: &'static str, given: &str) {
    let refused = error(
        value(DynModel::named("suite.Everything"))
            .rows()
            .filter_str(name, given)
            .map(|_| ()),
    );
    assert!(refused.is_invalid_filter(), "{name}: {refused}");
    assert_eq!(refused.fields(), [name]);
    let message = format!("{refused:?}");
    assert!(message.starts_with(&format!("`{name}`")), "{message}");
    assert!(
        given.len() < 3 || !message.contains(given),
        "the value is shown: {message}"
    );
}

behaviour! {
    fn values_of_another_type_are_refused(db) {
        for (name, given) in [
            ("small", "32769"), ("small__in", "1,32768"), ("small__range", "1"), ("small__range", "1,2,3"), ("small__range", ""),
            ("medium__gt", "99999999999"), ("large", "9223372036854775809"), ("large", "1e400"), ("large", "0x10"), ("large", "1_000"),
            ("large", ""), ("large__lt", "１２"), ("large__in", "1,,2"), ("large__in", "1; DROP TABLE suite_author"), ("large__in", "NaN"),
            ("single", "1e39"), ("double", "1e999"), ("double", "inf"), ("double", "one"),
            ("truth", "yes"), ("truth", "2"), ("truth__isnull", "maybe"), ("truth__isnull", ""),
            ("date", "2026-02-30"), ("date", "0000-00-00"), ("date__year", "MMXXVI"), ("date__year__in", "2026,x"), ("time", "25:00:00"),
            ("instant", "2026-11-29"), ("instant__date", "29.11.2026"), ("date_time__range", "2026-11-29T00:00:00"),
            ("uuid", "not-a-uuid"), ("uuid__in", "67e55044-10b1-426f-9247-bb680e5fe0c8,oops"), ("decimal", "12,5"), ("decimal", "1e5"),
            ("bytes", "xyz"), ("colour", "no colour"), ("colour__in", "red,no colour"), ("json", "{broken"), ("json", "[\"a\\u0000b\"]"), ("date", "+12026-01-01"), ("date", "-0001-01-01"),
            ("text", "a\0b"), ("text__icontains", "\0"), ("text__in", "abc,d\0ef"), ("colour", "\0\0\0"),
            ("text__regex", "(unclosed"), ("text__regex", "(?:(?:a?){25}){35}"), ("text__iregex", r"\bword\b"), ("text__regex", "a{1,1000}"),
        ] {
            refuses(name, given);
        }
        let refused = error(Everything::objects().filter_str("text", ["a", "b"]).map(|_| ())).to_string();
        assert_eq!(refused, "`text` takes one value");
        for (name, json) in [("text", json!(["a"])), ("text", json!({"a": 1})), ("large__in", json!(7)), ("large__in", json!([1, "2"])), ("large", json!(1.5))] {
            let refused = error(Everything::objects().filter_str(name, &json).map(|_| ()));
            assert!(refused.is_invalid_filter(), "{name}: {refused}");
        }
        let _ = db;
    }

    fn values_are_bound_and_mean_themselves(db) {
        world!(db);
        for text in ["' OR 1=1 --", "%", "_", "\\", "First' AND (SELECT 1)='1", "$1", "?", "{0}", "\u{202e}tsriF", "😀", "\"; DELETE FROM suite_post; --"] {
            for lookup in ["title", "title__icontains", "title__startswith", "title__in", "author__name__iexact", "tags__label__endswith"] {
                assert_eq!(run!(value(Post::objects().filter_str(lookup, text)).count(db)), 0, "{lookup} {text}");
            }
            run!(Line::create().text(text).save(db));
            for lookup in ["text", "text__iexact", "text__contains", "text__icontains", "text__startswith", "text__endswith"] {
                let found: Vec<String> = run!(value(Line::objects().filter_str(lookup, text)).values(|l| l.text).all(db));
                assert!(found.contains(&text.to_owned()) && found.iter().all(|found| found.to_lowercase().contains(&text.to_lowercase())), "{lookup} {text}: {found:?}");
            }
        }
        assert_eq!(run!(Post::objects().count(db)), 4);
        // Empty text is in every string.
        assert_eq!(run!(value(Post::objects().filter_str("title__icontains", "")).count(db)), 4);
        assert_eq!(run!(value(Post::objects().filter_str("title", "")).count(db)), 0);
    }

    fn names_of_strangers_are_only_looked_up(db) {
        world!(db);
        let allowed = value(value(Allowed::of::<Post>()).filter("title", ["icontains"]).and_then(|a| a.order_by(["title"])));
        let long = "author__posts__".repeat(100_000);
        let names = [
            &*long, "__", "____", "__title", "title____icontains", "title__icontains__", "title__icontains\0", "title__icontains ", "TITLE__ICONTAINS",
            "author__password__startswith", "author__email__regex", "title\"; DROP TABLE suite_post; --", "title__icontains'--", "ⓣitle__icontains",
            "title__\u{200b}icontains", "_meta__apps", "pk", "id", "\u{1b}[31m", "<script>alert(1)</script>",
        ];
        for name in names {
            for refused in [error(allowed.lookup(name).map(|_| ())), error(allowed.order(name).map(|_| ()))] {
                assert!(refused.is_invalid_filter(), "{refused}");
                let message = refused.to_string();
                assert!(message.len() < 1_000 && !message.contains(['\0', '\u{1b}', '\u{200b}']), "{message:?}");
            }
        }
        let refused = error(allowed.order(&"title,".repeat(100_000)).map(|_| ())).to_string();
        assert_eq!(refused, "`title` occurs twice in the order");
        let _ = db;
    }

    fn names_of_the_program_may_be_long(db) {
        let names: Vec<String> = (0..5).map(|number| format!("person {number}")).collect();
        let mut parent: Option<Person> = None;
        for name in names {
            let draft = Person::create().name(name);
            parent = Some(run!(match &parent {
                Some(parent) => draft.parent(parent),
                None => draft,
            }.save(db)));
        }
        let deep: &'static str = format!("{}name", "parent__".repeat(40)).leak();
        assert_eq!(run!(value(Person::objects().filter_str(deep, "x")).count(db)), 0);
        // SQLite bears some twenty queries within each other.
        let deep: &'static str = format!("{}name", "children__".repeat(15)).leak();
        assert_eq!(run!(value(Person::objects().filter_str(deep, "x")).count(db)), 0);
        assert_eq!(run!(value(Person::objects().filter_str("parent__parent__parent__parent__name", "person 0")).count(db)), 1);
        assert_eq!(run!(value(Person::objects().filter_str("children__children__children__children__name", "person 4")).count(db)), 1);
    }

    fn lists_may_be_long(db) {
        world!(db);
        let many: Vec<String> = (0..100_000).map(|number: u32| number.to_string()).collect();
        let text = many.join(",");
        assert_eq!(run!(value(Post::objects().filter_str("views__in", &text)).count(db)), 4);
        assert_eq!(run!(value(Post::objects().filter_str("views__in", &many)).count(db)), 4);
        assert_eq!(run!(value(Post::objects().filter_str("title__in", &many)).count(db)), 0);
        assert_eq!(run!(value(Author::objects().filter_str("posts__views__in", &text)).count(db)), 2);
        assert_eq!(run!(value(Post::objects().exclude_str("author__in", &text)).count(db)), 0);
        let long = "x".repeat(1_000_000);
        assert_eq!(run!(value(Post::objects().filter_str("title__icontains", &long)).count(db)), 0);
    }
}
