//! Regular expressions: the same rows on both databases, and what they do not agree about is refused.

use orm::Pattern;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::value;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Matched {
    pub id: i64,
    pub text: String,
    pub other: Option<String>,
}

const TEXTS: [&str; 16] = [
    "",
    "abc",
    "ABC",
    "a\nb",
    "a.c",
    "123",
    "größe",
    "GRÖSSE",
    "日本語",
    "a]b^c-d",
    "tab\there",
    "x{2}",
    "aaaa",
    "_w1",
    "\\",
    "٣",
];

behaviour! {
    fn patterns_find_the_same_rows(db) {
        run!(Matched::bulk_create(TEXTS.map(|text| Matched::create().text(text))).run(db));
        for (pattern, found) in [
            ("", &TEXTS[..]),
            ("^$", &[""]),
            ("b", &["abc", "a\nb", "a]b^c-d", "tab\there"]),
            ("^a.b$", &["a\nb"]),
            (r"a\.c", &["a.c"]),
            (r"^\d+$", &["123"]),
            (r"^\w+$", &["abc", "ABC", "123", "aaaa", "_w1"]),
            (r"\s", &["a\nb", "tab\there"]),
            (r"^\S+$", &["abc", "ABC", "a.c", "123", "größe", "GRÖSSE", "日本語", "a]b^c-d", "x{2}", "aaaa", "_w1", "\\", "٣"]),
            (r"^[^a-z]+$", &["ABC", "123", "GRÖSSE", "日本語", "\\", "٣"]),
            (r"[\]^\-]", &["a]b^c-d"]),
            (r"^(a|x)", &["abc", "a\nb", "a.c", "a]b^c-d", "x{2}", "aaaa"]),
            (r"^a{2,}$|ß", &["größe", "aaaa"]),
            (r"^(?:a{2}){2}$", &["aaaa"]),
            (r"^a{2}{2}$", &["aaaa"]),
            (r"x\{2\}", &["x{2}"]),
            (r"^\\$", &["\\"]),
            ("日.語", &["日本語"]),
            ("gr[öo]+ß", &["größe"]),
            ("^[[:upper:]]+$", &["ABC"]),
            ("a??bc|^()$", &["", "abc"]),
            (r"^.$", &["\\", "٣"]),
        ] {
            let pattern = value(Pattern::new(pattern));
            let rows = Matched::objects().filter(|m| m.text.regex(&pattern)).order_by(|m| m.id);
            assert_eq!(run!(rows.values(|m| m.text).all(db)), found, "{pattern:?}");
            let others = Matched::objects().exclude(|m| m.text.regex(&pattern));
            assert_eq!(run!(others.count(db)) as usize, TEXTS.len() - found.len(), "{pattern:?}");
        }
        for (pattern, found) in [("^abc$", &["abc", "ABC"][..]), ("GR.", &["größe", "GRÖSSE"]), ("[A-C]{3}", &["abc", "ABC", "aaaa"]), ("[^a-z]", &["größe", "GRÖSSE"])] {
            let pattern = value(Pattern::new(pattern));
            let rows = Matched::objects().filter(|m| m.text.iregex(&pattern) & m.text.regex(&value(Pattern::new("^[a-zöA-ZÖßS]+$"))));
            let rows = rows.order_by(|m| m.id).values(|m| m.text);
            assert_eq!(run!(rows.all(db)), found, "{pattern:?}");
        }
    }

    fn patterns_stand_where_conditions_do(db) {
        run!(Matched::bulk_create([Matched::create().text("one").other("x1".to_owned()), Matched::create().text("two")]).run(db));
        let pattern = value(Pattern::new(r"\d"));
        let known: Vec<Option<bool>> = run!(Matched::objects().order_by(|m| m.id).values(|m| m.other.regex(&pattern).optional()).all(db));
        assert_eq!(known, [Some(true), None]);
        assert_eq!(run!(Matched::objects().filter(|m| m.other.regex(&pattern)).update(|m| m.text.set("set")).run(db)), 1);
        assert_eq!(run!(Matched::objects().filter(|m| m.text.concat(m.text).iregex(&value(Pattern::new("^(SET)+$")))).delete().run(db)), 1);
        // Injected, it is a pattern or none.
        for text in ["'; DROP TABLE suite_matched; --", "' OR 1=1 --", "$1", "?", "***=a", "a\\"] {
            if let Ok(pattern) = Pattern::new(text) {
                assert_eq!(run!(Matched::objects().filter(|m| m.text.regex(&pattern)).count(db)), 0, "{text}");
            }
        }
        assert_eq!(run!(Matched::objects().count(db)), 1);
    }
}
