//! Hostile strings: stored, found by every lookup, read back equal.

use std::collections::BTreeSet;

use orm::prelude::*;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use orm_tests::{behaviour, hostile};

/// Lower case as the databases and Rust agree on; see `lower_case_beyond_one_to_one`.
fn lower(text: &str) -> String {
    text.to_lowercase()
}

behaviour! {
    fn hostile_strings_come_back_equal(db) {
        for text in hostile::strings() {
            let row = run!(Line::create().text(text.as_str()).note(text.clone()).save(db));
            let found = run!(Line::objects().filter(|l| l.id.eq(row.id)).get(db));
            assert!(found.text == text && found.note.as_deref() == Some(text.as_str()), "{text:?}");
        }
        // None of it was executed as SQL.
        assert_eq!(run!(Line::objects().count(db)), hostile::strings().len() as i64);
    }

    fn nothing_has_no_length(db) {
        run!(Line::create().text("äöü").save(db));
        run!(Line::create().text("").note("").save(db));
        let lengths = run!(Line::objects().order_by(|l| l.id).values(|l| (l.text.length(), l.note.length(), l.note.trim().length())).all(db));
        assert_eq!(lengths, [(3, None, None), (0, Some(0), Some(0))]);
    }

    fn hostile_strings_are_found_by_every_lookup(db) {
        let strings: Vec<String> = hostile::strings().into_iter().filter(|text| text.len() < 1000).collect();
        for (at, text) in strings.iter().enumerate() {
            run!(Line::create().id(at as i64 + 1).text(text.as_str()).save(db));
        }
        let mut wrong = Vec::new();
        for needle in &strings {
            macro_rules! same {
                ($lookup:ident, $oracle:expr) => {
                    let oracle: fn(&str, &str) -> bool = $oracle;
                    let expected: BTreeSet<i64> = (1..)
                        .zip(&strings)
                        .filter(|(_, text)| oracle(text, needle))
                        .map(|(id, _)| id)
                        .collect();
                    let query = Line::objects().filter(|l| l.text.$lookup(needle.as_str())).values(|l| l.id);
                    let found: BTreeSet<i64> = run!(query.all(db)).into_iter().collect();
                    for id in expected.symmetric_difference(&found) {
                        let text = &strings[*id as usize - 1];
                        let how = if expected.contains(id) { "missing" } else { "too many" };
                        wrong.push(format!("{} {needle:?}: {text:?} {how}", stringify!($lookup)));
                    }
                };
            }
            same!(eq, |text, needle| text == needle);
            same!(ne, |text, needle| text != needle);
            same!(contains, |text, needle| text.contains(needle));
            same!(starts_with, |text, needle| text.starts_with(needle));
            same!(ends_with, |text, needle| text.ends_with(needle));
            same!(ieq, |text, needle| lower(text) == lower(needle));
            same!(icontains, |text, needle| lower(text).contains(&lower(needle)));
            same!(istarts_with, |text, needle| lower(text).starts_with(&lower(needle)));
            same!(iends_with, |text, needle| lower(text).ends_with(&lower(needle)));
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    fn hostile_strings_are_found_in_lists_and_between(db) {
        let strings = hostile::strings();
        for text in &strings {
            run!(Line::create().text(text.as_str()).save(db));
        }
        let found = run!(Line::objects().filter(|l| l.text.in_(&strings)).count(db));
        assert_eq!(found, strings.len() as i64);
        let none: [&str; 0] = [];
        assert_eq!(run!(Line::objects().filter(|l| l.text.in_(none)).count(db)), 0);
        assert_eq!(run!(Line::objects().exclude(|l| l.text.in_(none)).count(db)), strings.len() as i64);
        let exactly = run!(Line::objects().filter(|l| l.text.between("'; DROP TABLE suite_line; --", "'; DROP TABLE suite_line; --")).count(db));
        assert_eq!(exactly, 1);
    }

    fn hostile_strings_are_updated_and_deleted_one_by_one(db) {
        let strings = hostile::strings();
        let lines = run!(Line::bulk_create(strings.iter().map(|text| Line::create().text(text.as_str()))).all(db));
        assert_eq!(lines.len(), strings.len());
        for (line, text) in lines.iter().zip(&strings) {
            let changed = run!(Line::objects().filter(|l| l.text.eq(text.as_str())).update(|l| l.note.set(text.as_str())).run(db));
            assert_eq!(changed, 1, "{text:?}");
            let again = run!(Line::objects().filter(|l| l.id.eq(line.id)).get(db));
            assert!(again.note.as_deref() == Some(text.as_str()), "{text:?}");
            assert_eq!(run!(Line::objects().filter(|l| l.note.eq(text.as_str())).delete().run(db)), 1, "{text:?}");
        }
        assert_eq!(run!(Line::objects().count(db)), 0);
    }

    fn nul_is_kept_where_strings_may_have_it_and_refused_elsewhere(db) {
        for text in hostile::WITH_NUL {
            let saved = attempt!(Line::create().text(text).save(db));
            if db.dialect().nul_in_text {
                let row = value(saved);
                assert_eq!(row.text, text);
                assert_eq!(run!(Line::objects().filter(|l| l.text.eq(text)).get(db)), row);
                assert_eq!(run!(Line::objects().filter(|l| l.text.contains(text)).count(db)), 1);
                run!(row.delete(db));
            } else {
                assert_eq!(error(saved).kind(), orm::error::Kind::Encode);
                // The connection still works.
                assert_eq!(run!(Line::objects().count(db)), 0);
            }
        }
    }

    fn every_row_matches_a_lookup_or_its_exclusion(db) {
        run!(Line::create().text("a").note("Apple").save(db));
        run!(Line::create().text("b").note("pear").save(db));
        run!(Line::create().text("c").save(db));
        macro_rules! complement {
            ($($condition:expr;)+) => {$(
                let inside = run!(Line::objects().filter($condition).values(|l| l.id).all(db));
                let outside = run!(Line::objects().exclude($condition).values(|l| l.id).all(db));
                let negated = run!(Line::objects().filter(|l| !$condition(l)).order_by(|l| l.id).values(|l| l.id).all(db));
                let (inside, outside): (BTreeSet<i64>, BTreeSet<i64>) = (inside.into_iter().collect(), outside.into_iter().collect());
                assert!(inside.is_disjoint(&outside), stringify!($condition));
                assert_eq!(inside.len() + outside.len(), 3, stringify!($condition));
                assert_eq!(negated.into_iter().collect::<BTreeSet<_>>(), outside, stringify!($condition));
            )+};
        }
        complement! {
            |l: LineFields| l.note.eq("pear");
            |l: LineFields| l.note.ne("pear");
            |l: LineFields| l.note.lt("b");
            |l: LineFields| l.note.ge("b");
            |l: LineFields| l.note.between("A", "Z");
            |l: LineFields| l.note.in_(["pear", "plum"]);
            |l: LineFields| l.note.contains("p");
            |l: LineFields| l.note.icontains("P");
            |l: LineFields| l.note.starts_with("A");
            |l: LineFields| l.note.iends_with("E");
            |l: LineFields| l.note.ieq("apple");
            |l: LineFields| l.note.is_null();
            |l: LineFields| l.note.is_not_null();
            |l: LineFields| l.note.eq("pear") & l.text.eq("b");
            |l: LineFields| l.note.eq("pear") | l.text.eq("c");
            |l: LineFields| !l.note.eq("pear");
        }
        // `ne` includes rows with NULL.
        assert_eq!(run!(Line::objects().filter(|l| l.note.ne("pear")).count(db)), 2);
    }
}
