//! Columns of arrays of choices: which they take, and how they follow changes of what there is to choose.

use crate::model::ModelDef;
use crate::sql::Session;
use crate::value::{Literal, Value};

use super::super::testing::{Lite, Pg, all, run, state};
use super::super::{EnumChange, alter_enum, alter_model, canonical, introspect, lower, rename_choice};
use super::arrays::{array, create, thing};

fn choices(ty: &str, enum_type: Option<&str>, choices: &[&str]) -> ModelDef {
    let mut thing = thing(array(ty));
    thing.fields[1].choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    thing.fields[1].enum_type = enum_type.map(str::to_owned);
    thing
}

/// The elements of all rows as both databases write them, without quotes.
fn elements(session: &mut dyn Session) -> Vec<String> {
    let texts = all(
        session,
        "SELECT coalesce(CAST(value AS text), '-') FROM shop_thing ORDER BY id",
    );
    let plain = |text: String| {
        text.replace(['{', '['], "[")
            .replace(['}', ']'], "]")
            .replace("null", "NULL")
            .replace(['"', ' '], "")
    };
    texts.into_iter().map(plain).collect()
}

#[test]
fn a_check_takes_arrays_of_the_choices_and_no_other() {
    type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 5] = [
        (
            "choices[]",
            &["a", "ab", "b"],
            &["[a]", "[ab,a,b,a]", "[]"],
            &["[c]", "[a,abc]", "[NULL]", "[A]", "[a,b,ba]"],
        ),
        (
            "choices?[]",
            &["a"],
            &["[a,NULL,a]", "[NULL]"],
            &["[b]", "[NULL,n]"],
        ),
        (
            "choices[][]",
            &["a", "b"],
            &["[[a,b],[b,b]]", "[[a]]"],
            &["[a]", "[[a,c]]", "[[[a]]]"],
        ),
        (
            "small_int[]",
            &["1", "11", "-1"],
            &["[1]", "[11,-1,1,1,11]", "[]"],
            &["[2]", "[111]", "[1,-11]", "[NULL]", "[-111]"],
        ),
        (
            "int?[][]",
            &["7"],
            &["[[7,NULL]]", "[[NULL],[7]]"],
            &["[[7,77]]", "[7]"],
        ),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        let is_lite = session.dialect().name == "sqlite";
        for (ty, texts, accepted, refused) in &cases {
            let made = choices(ty, None, texts);
            create(session, &made);
            let asked = lower(&made, &state(&[&made]), session.dialect()).unwrap();
            let asked = canonical(session, &asked).unwrap();
            assert_eq!(introspect(session, "shop_thing").unwrap(), Some(asked));
            let strings = ty.starts_with("choices");
            let written = |text: &str| match is_lite {
                true if strings => {
                    let quoted = text.replace("NULL", "null");
                    let mut out = String::new();
                    for part in quoted.split_inclusive(['[', ']', ',']) {
                        let word = part.trim_end_matches(['[', ']', ',']);
                        let rest = &part[word.len()..];
                        match word {
                            "" | "null" => out.push_str(word),
                            word => out.push_str(&format!("\"{word}\"")),
                        }
                        out.push_str(rest);
                    }
                    out
                }
                true => text.replace("NULL", "null"),
                false => text.replace('[', "{").replace(']', "}"),
            };
            let mut put = |text: &str| {
                session.batch(&format!(
                    "INSERT INTO shop_thing (value) VALUES ('{}')",
                    written(text)
                ))
            };
            for text in *accepted {
                put(text).unwrap_or_else(|error| panic!("{ty} takes {text}: {error}"));
            }
            for text in *refused {
                assert!(put(text).is_err(), "{ty} takes no {text}");
            }
            put("[]").unwrap();
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}

#[test]
fn choices_in_arrays_are_renamed_with_their_rows() {
    let strings = Value::Array(vec![
        Value::from("a"),
        Value::from("ab"),
        Value::from("it's [\"odd\"],"),
        Value::from("a"),
    ]);
    let numbers = |numbers: &[i64]| Value::Array(numbers.iter().map(|number| Value::Int(*number)).collect());
    type Case<'a> = (
        &'a str,
        &'a [&'a str],
        (&'a str, &'a str),
        Value<'static>,
        &'a str,
    );
    let cases: [Case<'_>; 4] = [
        (
            "choices[]",
            &["a", "ab", "it's [\"odd\"],"],
            ("a", "x,y"),
            strings,
            "x",
        ),
        (
            "small_int[]",
            &["1", "11"],
            ("1", "2"),
            numbers(&[1, 11, 1, 1]),
            "[2,11,2,2]",
        ),
        (
            "int?[]",
            &["-1", "1"],
            ("1", "5"),
            Value::Array(vec![Value::Null, Value::Int(-1), Value::Int(1)]),
            "[NULL,-1,5]",
        ),
        (
            "int[][]",
            &["1", "11"],
            ("1", "2"),
            Value::Array(vec![numbers(&[1, 11]), numbers(&[11, 1])]),
            "[[2,11],[11,2]]",
        ),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        let dialect = session.dialect();
        for (ty, texts, (old, new), value, expected) in &cases {
            let from = choices(ty, None, texts);
            let renamed: Vec<&str> = texts
                .iter()
                .map(|text| if text == old { *new } else { *text })
                .collect();
            let to = choices(ty, None, &renamed);
            create(session, &from);
            let put = if dialect.name == "postgres" { "$1" } else { "?" };
            let put = format!("INSERT INTO shop_thing (value) VALUES ({put}), (NULL)");
            session
                .query(&put, std::slice::from_ref(value), &mut |_| Ok(()))
                .unwrap();
            session
                .batch(if dialect.name == "postgres" {
                    "INSERT INTO shop_thing (value) VALUES ('{}')"
                } else {
                    "INSERT INTO shop_thing (value) VALUES ('[]')"
                })
                .unwrap();
            let before = elements(session);
            let rename =
                |session: &mut dyn Session, (from, old): (&ModelDef, &str), (to, new): (&ModelDef, &str)| {
                    let (was, is) = (state(&[from]), state(&[to]));
                    let steps = rename_choice(&from.key(), "value", (old, new), &was, &is, dialect).unwrap();
                    run(session, &steps).unwrap();
                };
            rename(session, (&from, old), (&to, new));
            let now = elements(session);
            assert!(
                now[0].contains(expected) && now[1..] == ["-", "[]"],
                "{ty}: {now:?}"
            );
            rename(session, (&to, new), (&from, old));
            assert_eq!(elements(session), before);
            session.batch("DROP TABLE shop_thing").unwrap();
        }
    }
}

#[test]
fn arrays_of_an_enum_type_follow_it() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        let dialect = session.dialect();
        let enums =
            |session: &mut dyn Session, change: EnumChange<'_>, from: &[&ModelDef], to: &[&ModelDef]| {
                let steps = alter_enum(change, ("shop", "mood"), &state(from), &state(to), dialect)?;
                run(session, &steps)
            };
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<String>>()
        };
        let made = |list: &[&str]| {
            let mut made = choices("choices?[][]", Some("mood"), list);
            made.fields[1].default = Some(Literal::List(vec![Literal::List(vec!["sad".into()])]));
            made
        };
        let first = made(&["sad", "fine", "it's \"so\""]);
        enums(
            session,
            EnumChange::Create(&texts(&["sad", "fine", "it's \"so\""])),
            &[],
            &[],
        )
        .unwrap();
        create(session, &first);
        session.batch("INSERT INTO shop_thing DEFAULT VALUES").unwrap();
        let put = if dialect.name == "postgres" { "$1" } else { "?" };
        let put = format!("INSERT INTO shop_thing (value) VALUES ({put}), (NULL)");
        let row = |items: [Value<'static>; 2]| Value::Array(vec![Value::Array(items.to_vec())]);
        let value = row([Value::Null, Value::from("it's \"so\"")]);
        session.query(&put, &[value], &mut |_| Ok(())).unwrap();
        let is = |session: &mut dyn Session, model: &ModelDef| {
            let asked = lower(model, &state(&[model]), dialect).unwrap();
            let asked = canonical(session, &asked).unwrap();
            assert_eq!(introspect(session, "shop_thing").unwrap(), Some(asked));
        };
        is(session, &first);
        // In another order, with another value.
        let second = made(&["it's \"so\"", "new", "sad", "fine"]);
        let list = texts(&["it's \"so\"", "new", "sad", "fine"]);
        enums(session, EnumChange::Alter(&list), &[&first], &[&second]).unwrap();
        is(session, &second);
        // Without one that a row has.
        let without = made(&["sad", "fine"]);
        assert!(
            enums(
                session,
                EnumChange::Alter(&texts(&["sad", "fine"])),
                &[&second],
                &[&without]
            )
            .is_err()
        );
        let renamed = made(&["so", "new", "sad", "fine"]);
        let rename = EnumChange::Rename {
            old: "it's \"so\"",
            new: "so",
        };
        enums(session, rename, &[&second], &[&renamed]).unwrap();
        is(session, &renamed);
        assert_eq!(elements(session), ["[[sad]]", "[[NULL,so]]", "-"]);
        // To plain strings and back.
        let mut plain = choices("text?[][]", None, &[]);
        plain.fields[1].default.clone_from(&renamed.fields[1].default);
        for (from, to) in [(&renamed, &plain), (&plain, &renamed)] {
            let steps = alter_model(from, &state(&[from]), to, &state(&[to]), &[], dialect).unwrap();
            run(session, &steps).unwrap();
            is(session, to);
            assert_eq!(elements(session), ["[[sad]]", "[[NULL,so]]", "-"]);
        }
        session.batch("DROP TABLE shop_thing").unwrap();
        enums(session, EnumChange::Delete, &[], &[]).unwrap();
    }
}
