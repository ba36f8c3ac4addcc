//! Full-text searches: what was created and altered is what was asked for, and the words of rows that were there are found.

use crate::model::{ModelDef, SearchDef, SearchWeight};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, State, all, id, model, run, state};
use super::super::{alter_model, canonical, create_model, delete_model, introspect, lower, tables};
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
            let columns: Vec<String> = (index.parts.iter())
                .filter_map(|part| part.field_name())
                .map(|field| format!("\"{}\"", of.field(field).unwrap().column_name()))
                .collect();
            assert_in_step(
                session,
                &of.table_name().quoted(),
                &index.name,
                &columns.join(", "),
            );
            format!(
                "SELECT CAST(count(*) AS TEXT) FROM {0} WHERE {0} MATCH '{word}'",
                index.name
            )
        }
    };
    all(session, &sql).remove(0)
}

/// Whether an index of SQLite holds the strings of all rows, and of no row another.
fn assert_in_step(session: &mut dyn Session, table: &str, index: &str, columns: &str) {
    let rows = |of: &str| format!("SELECT rowid, {columns} FROM {of}");
    let missing = format!(
        "SELECT CAST(rowid AS TEXT) FROM ({} EXCEPT {})",
        rows(table),
        rows(index)
    );
    assert_eq!(all(session, &missing), [""; 0], "not as {table}");
    let count = |of: &str| {
        format!("SELECT CAST(count(*) AS TEXT) FROM {of} WHERE rowid IN (SELECT rowid FROM {table})")
    };
    assert_eq!(
        all(session, &count(index)),
        all(session, &count(table)),
        "twice in {index}"
    );
}

/// Where a trigger or a conflict lets a change not happen, or happen otherwise, on SQLite.
#[test]
fn a_search_follows_rows_that_change_otherwise_than_they_were_told() {
    const TRIGGERS: [&str; 8] = [
        "",
        "BEFORE UPDATE ON shop_note WHEN new.extra = 'keep' BEGIN SELECT RAISE(IGNORE); END",
        "BEFORE UPDATE ON shop_note WHEN new.extra <> 'own' BEGIN UPDATE shop_note SET title = 'changed', extra = 'own' WHERE id = old.id; END",
        "BEFORE UPDATE ON shop_note BEGIN UPDATE shop_note SET id = old.id + 100 WHERE id = old.id; END",
        "BEFORE DELETE ON shop_note BEGIN UPDATE shop_note SET title = 'dying' WHERE id = old.id; END",
        "AFTER DELETE ON shop_note WHEN old.title <> 'back' BEGIN INSERT INTO shop_note (id, title, body) VALUES (old.id, 'back', old.body); END",
        "AFTER UPDATE ON shop_note BEGIN UPDATE shop_note SET title = upper(title) || ' after' WHERE id = new.id; END",
        "AFTER INSERT ON shop_note BEGIN UPDATE shop_note SET body = new.title WHERE id = new.id; END",
    ];
    const CHANGES: [&str; 14] = [
        "UPDATE shop_note SET title = 'zebra', extra = 'keep' WHERE id = 1",
        "UPDATE shop_note SET title = title, extra = 'same' WHERE id = 2",
        "UPDATE OR IGNORE shop_note SET title = 'zebra', body = 'two' WHERE id = 1",
        "UPDATE OR FAIL shop_note SET title = 'yak', body = 'three' WHERE id < 3",
        "UPDATE OR REPLACE shop_note SET title = 'rust', body = 'two' WHERE id = 1",
        "UPDATE OR REPLACE shop_note SET id = 3, title = 'moved' WHERE id = 1",
        "REPLACE INTO shop_note (id, title, body) VALUES (3, 'replaced', 'new')",
        "REPLACE INTO shop_note (title, body) VALUES ('beside', 'three')",
        "INSERT OR IGNORE INTO shop_note (title, body) VALUES ('ignored', 'one')",
        "INSERT INTO shop_note (title, body) VALUES ('upsert', 'one') ON CONFLICT (body) DO UPDATE SET title = excluded.title",
        "UPDATE shop_note SET id = id + 1000, title = NULL",
        "DELETE FROM shop_note WHERE id = 2",
        "DELETE FROM shop_note",
        "INSERT INTO shop_note (title, body) VALUES ('last', 'last')",
    ];
    let note = note(Some(over("words_of_note", "words", &["title", "body"])));
    let own = {
        let mut bare = note.clone();
        bare.indexes.pop();
        bare
    };
    for trigger in TRIGGERS {
        for (older, recursive) in [(true, false), (false, false), (true, true), (false, true)] {
            let session = &mut Lite::new();
            let dialect = session.dialect();
            let model = if older { &own } else { &note };
            run(session, &create_model(model, &state(&[model]), dialect).unwrap()).unwrap();
            session
                .batch("CREATE UNIQUE INDEX by_body ON shop_note (body)")
                .unwrap();
            if !trigger.is_empty() {
                session.batch(&format!("CREATE TRIGGER other {trigger}")).unwrap();
            }
            if older {
                let steps =
                    alter_model(&own, &state(&[&own]), &note, &state(&[&note]), &[], dialect).unwrap();
                run(session, &steps).unwrap();
            }
            session
                .batch(&format!("PRAGMA recursive_triggers = {recursive}"))
                .unwrap();
            let rows = "INSERT INTO shop_note (id, title, body) VALUES (1, 'rust', 'one'), (2, 'go', 'two'), (3, 'c', 'three')";
            session.batch(rows).ok();
            for change in CHANGES {
                // Some are refused, as they are without a search.
                session.batch(change).ok();
                let words = "SELECT CAST(count(*) AS TEXT) FROM shop_note WHERE";
                for word in [
                    "rust", "zebra", "yak", "changed", "back", "replaced", "upsert", "one", "three",
                ] {
                    found(session, &note, word);
                    let by_index = format!(
                        "{words} id IN (SELECT rowid FROM words_of_note WHERE words_of_note MATCH '{word}')"
                    );
                    let by_rows = format!(
                        "{words} ' ' || lower(coalesce(title, '') || ' ' || coalesce(body, '')) || ' ' LIKE '% {word} %'"
                    );
                    assert_eq!(
                        all(session, &by_index),
                        all(session, &by_rows),
                        "{word}: {trigger}: {change}"
                    );
                }
            }
        }
    }
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
            let asked = canonical(session, &lower(next, &after, dialect).unwrap()).unwrap();
            let mut found_now = introspect(session, asked.qualified_name()).unwrap().unwrap();
            found_now
                .triggers
                .retain(|trigger| !["noted", "marked"].contains(&trigger.name.as_str()));
            assert_eq!(found_now, asked);
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
    case((Some("`without_rowid` does not have"), None), &|note| {
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
