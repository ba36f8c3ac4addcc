//! Full-text searches: what was created and altered is what was asked for, and the words of rows that were there are found.

use crate::model::{ModelDef, SearchDef, SearchWeight};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, State, all, id, model, run, state};
use super::super::{alter_model, create_model, delete_model, lower, tables};
use super::{FieldDef, IndexDef, assert_is};

fn text(name: &str) -> FieldDef {
    FieldDef {
        null: true,
        ..FieldDef::new(name, FieldType::Text)
    }
}

fn note(search: Option<IndexDef>) -> ModelDef {
    let mut note = model("Note", vec![id(), text("title"), text("body"), text("extra")]);
    note.indexes = vec![IndexDef::over("by_extra", ["extra"])];
    note.indexes.extend(search);
    note
}

fn over(name: &str, called: &str, fields: &[&str]) -> IndexDef {
    IndexDef {
        search: Some(SearchDef {
            weights: vec![SearchWeight::A],
            ..SearchDef::new(called, "english")
        }),
        ..IndexDef::over(name, fields.iter().copied())
    }
}

/// How many rows a search finds.
fn found(session: &mut dyn Session, of: &ModelDef, word: &str) -> String {
    let (index, search) = of.searches().next().unwrap();
    let sql = match session.dialect().search_columns {
        true => format!(
            "SELECT count(*)::text FROM {} WHERE {} @@ to_tsquery('english', '{word}')",
            of.table_name().quoted(),
            search.name
        ),
        false => {
            // An error where it is not what the table holds.
            let check = format!(
                "INSERT INTO {0} ({0}, rank) VALUES ('integrity-check', 1)",
                index.name
            );
            session.batch(&check).unwrap();
            format!(
                "SELECT CAST(count(*) AS TEXT) FROM {0} WHERE {0} MATCH '{word}'",
                index.name
            )
        }
    };
    all(session, &sql).remove(0)
}

fn both(mut case: impl FnMut(&mut dyn Session)) {
    case(&mut Lite::new());
    case(&mut Pg::new());
}

#[test]
fn a_search_follows_its_table_through_every_change() {
    both(|session| {
        let dialect = session.dialect();
        let table = |note: &ModelDef| note.table_name().quoted();
        let bare = note(None);
        run(session, &create_model(&bare, &state(&[&bare]), dialect).unwrap()).unwrap();
        let rows = "INSERT INTO shop_note (title, body, extra) VALUES ('rust', 'the cats', 'x'), (NULL, NULL, NULL), ('go', 'rusting', 'y')";
        session.batch(rows).unwrap();
        if !dialect.search_columns {
            session
                .batch("CREATE TABLE log (t TEXT); CREATE TRIGGER noted AFTER UPDATE ON shop_note BEGIN INSERT INTO log VALUES (new.extra); END; CREATE TRIGGER marked AFTER UPDATE ON shop_note WHEN new.extra IS NOT 'seen' BEGIN UPDATE shop_note SET extra = 'seen' WHERE rowid = new.rowid; END")
                .unwrap();
        }

        let searched = note(Some(over("words_of_note", "words", &["title", "body"])));
        let mut other_extra = searched.clone();
        other_extra.fields[3].null = false;
        let mut renamed_field = other_extra.clone();
        renamed_field.fields[1].column = Some("Head line".to_owned());
        let mut renamed_table = renamed_field.clone();
        renamed_table.table = Some("Jotted \"notes\"".to_owned());
        let mut both_renamed = renamed_table.clone();
        both_renamed.table = None;
        both_renamed.fields[1].column = None;
        let mut renamed_search = both_renamed.clone();
        renamed_search.indexes[1].name = "found_words".to_owned();
        let mut other_key = renamed_search.clone();
        other_key.fields[0].column = Some("number".to_owned());
        let mut narrower = other_key.clone();
        narrower.fields[1].max_length = Some(40);
        narrower.fields[2].null = false;
        let mut other_words = narrower.clone();
        other_words.indexes[1] = over("found_words", "found", &["body", "extra"]);
        let mut without_field = narrower.clone();
        without_field.indexes[1] = over("found_words", "words", &["body"]);
        without_field.fields.remove(1);
        let mut collated = narrower.clone();
        collated.fields[1].collation = Some(if dialect.search_columns { "C" } else { "NOCASE" }.to_owned());
        let gone = {
            let mut gone = narrower.clone();
            gone.indexes.pop();
            gone
        };
        let mut now = bare.clone();
        for next in [
            &searched,
            &other_extra,
            &renamed_field,
            &renamed_table,
            &both_renamed,
            &renamed_search,
            &other_key,
            &narrower,
            &other_words,
            &narrower,
            &collated,
            &gone,
            &searched,
            &renamed_table,
            &bare,
            &searched,
            &without_field,
        ] {
            let (before, after): (State, State) = (state(&[&now]), state(&[next]));
            let fills: Vec<_> = (next.fields.iter())
                .filter(|field| !field.null && field.ty == FieldType::Text)
                .map(|field| super::super::Fill {
                    field: field.name.clone(),
                    value: crate::value::Literal::Str("filled".to_owned()),
                })
                .collect();
            let steps = alter_model(&now, &before, next, &after, &fills, dialect).unwrap();
            run(session, &steps).unwrap_or_else(|error| panic!("{error:?}\n{steps:#?}"));
            assert_is(session, &[next], next).unwrap();
            if next.searches().next().is_some() {
                let (by_title, expected) = match next.searches().next().unwrap().0.fields().contains(&"title")
                {
                    true => ("title", "2"),
                    false => ("body", "1"),
                };
                assert_eq!(found(session, next, "rust"), expected, "{next:#?}");
                // And rows that change.
                let column = next.field(by_title).unwrap().column_name();
                let set = |to: &str| {
                    format!(
                        "UPDATE {} SET \"{column}\" = '{to}' WHERE \"{column}\" LIKE 'rust%'",
                        table(next)
                    )
                };
                session.batch(&set("rust zebra")).unwrap();
                assert_eq!(found(session, next, "zebra"), "1");
                session
                    .batch(&set(if by_title == "title" { "rust" } else { "rusting" }))
                    .unwrap();
                assert_eq!(found(session, next, "zebra"), "0");
                session
                    .batch(&format!(
                        "INSERT INTO {} (body, extra) VALUES ('yak', 'yak')",
                        table(next)
                    ))
                    .ok();
                session
                    .batch(&format!("DELETE FROM {} WHERE body = 'yak'", table(next)))
                    .unwrap();
                assert_eq!(found(session, next, "yak"), "0");
            }
            now = next.clone();
        }
        if !dialect.search_columns {
            assert_ne!(all(session, "SELECT CAST(count(*) AS TEXT) FROM log"), ["0"]);
        }
        let listed = tables(session).unwrap();
        assert!(!listed.iter().any(|table| table.contains("words")), "{listed:?}");
        run(session, &delete_model(&now, &state(&[]), dialect).unwrap()).unwrap();
        run(session, &create_model(&now, &state(&[&now]), dialect).unwrap()).unwrap();
        assert_is(session, &[&now], &now).unwrap();
        assert_eq!(found(session, &now, "rust"), "0");
    });
}

#[test]
fn what_no_database_searches_is_refused() {
    let lite = Lite::new();
    let pg = Pg::new();
    let mut cases: Vec<(ModelDef, Option<&str>, Option<&str>)> = Vec::new();
    let of = |change: &dyn Fn(&mut ModelDef)| {
        let mut note = note(Some(over("words_of_note", "words", &["title", "body"])));
        change(&mut note);
        note
    };
    let both = |refused| (Some(refused), Some(refused));
    let mut case = |(sqlite, postgres), change: &dyn Fn(&mut ModelDef)| {
        cases.push((of(change), sqlite, postgres));
    };
    case(both("not a string"), &|note| {
        note.fields[1].ty = FieldType::Int;
    });
    case(both("a column of the table already"), &|note| {
        note.indexes[1].search.as_mut().unwrap().name = "body".to_owned();
    });
    case(both("not the name of a language"), &|note| {
        note.indexes[1].search.as_mut().unwrap().language = "english'::regconfig".to_owned();
    });
    case(both("says nothing else"), &|note| {
        note.indexes[1].include = vec!["extra".to_owned()];
    });
    case(both("says nothing else"), &|note| {
        note.indexes[1].parts[0].descending = true;
    });
    case(both("searches nothing"), &|note| note.indexes[1].parts.clear());
    case((Some("does not know the words of `german`"), None), &|note| {
        note.indexes[1].search.as_mut().unwrap().language = "german".to_owned();
    });
    case((None, None), &|note| {
        let search = note.indexes[1].search.as_mut().unwrap();
        search.language = "german".to_owned();
        search.tokenizer = Some("unicode61 remove_diacritics 2".to_owned());
    });
    case((Some("single whole number"), None), &|note| {
        note.fields[0].ty = FieldType::Uuid;
        note.fields[0].generated = false;
    });
    case((Some("single whole number"), None), &|note| {
        note.fields[0].generated = false;
        note.storage.without_rowid = true;
    });
    case((Some("has that name for itself"), None), &|note| {
        note.fields[1].column = Some("Rank".to_owned());
    });
    case((Some("has that name for itself"), None), &|note| {
        note.fields[3].column = Some("rowid".to_owned());
    });
    for (note, sqlite, postgres) in &cases {
        for (session, refused) in [(&lite as &dyn Session, sqlite), (&pg, postgres)] {
            let lowered = lower(note, &state(&[note]), session.dialect());
            match refused {
                Some(refused) => {
                    let error = lowered.unwrap_err().to_string();
                    assert!(error.contains(refused), "{refused}: {error}");
                }
                None => assert!(lowered.is_ok(), "{lowered:?}"),
            }
        }
    }
}
