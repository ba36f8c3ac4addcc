use super::{Place, ids, insert};
use crate::sql::Session;
use crate::value::Value;

#[test]
fn a_session_speaks_text_and_leaves_nothing_behind() {
    for place in Place::all("") {
        let db = place.db();
        {
            let mut session = db.session().unwrap();
            session
                .batch("INSERT INTO item (id) VALUES (1); INSERT INTO item (id) VALUES (2)")
                .unwrap();
            let changed = session.execute(
                "UPDATE item SET parent = $1 WHERE id = $2",
                &[Value::Int(1), Value::Int(2)],
            );
            assert_eq!(changed.unwrap(), 1);
            let mut parents = Vec::new();
            session
                .query(
                    "SELECT parent FROM item WHERE id > $1 ORDER BY id",
                    &[Value::Int(0)],
                    &mut |row| {
                        parents.push(row.get::<Option<i64>>(0)?);
                        Ok(())
                    },
                )
                .unwrap();
            assert_eq!(parents, [None, Some(1)]);
            session.batch("BEGIN").unwrap();
            insert(3).on(session.tx()).unwrap();
            assert_eq!(ids().on(session.tx()).unwrap(), [1, 2, 3]);
            if session.dialect().name == "sqlite" {
                session
                    .batch("ROLLBACK; PRAGMA foreign_keys = OFF; BEGIN")
                    .unwrap();
            }
            // Dropped with its transaction open.
        }
        assert_eq!(ids().on(&db).unwrap(), [1, 2], "{}", place.url);
        let orphan = super::sql(
            crate::plan::Access::Write,
            "INSERT INTO item VALUES (9, 99)",
            vec![],
        );
        assert!(
            orphan.on(&db).unwrap_err().is_foreign_key_violation(),
            "{}",
            place.url
        );
    }
}

#[test]
fn temporary_tables_other_files_and_settings_end_with_their_session() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.db");
    for place in [Place::file(""), Place::memory("")] {
        let db = place.db();
        // What is prepared before has to find the right table afterwards.
        insert(1).on(&db).unwrap();
        db.session()
            .unwrap()
            .batch(&format!(
                "CREATE TEMP TABLE item (id INTEGER PRIMARY KEY, parent INTEGER);
                 CREATE TEMP TRIGGER lost AFTER INSERT ON main.item BEGIN DELETE FROM main.item; END;
                 ATTACH '{}' AS other; CREATE TABLE IF NOT EXISTS other.elsewhere (id INTEGER);
                 PRAGMA recursive_triggers = ON; PRAGMA synchronous = OFF; PRAGMA case_sensitive_like = ON;
                 PRAGMA busy_timeout = 1; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY",
                other.display()
            ))
            .unwrap();
        insert(2).on(&db).unwrap();
        assert_eq!(ids().on(&db).unwrap(), [1, 2], "{}", place.url);
        let mut session = db.session().unwrap();
        assert!(session.batch("SELECT * FROM elsewhere").is_err());
        assert!(session.batch("SELECT * FROM temp.item").is_err());
        for (pragma, expected) in [
            ("recursive_triggers", 0),
            ("busy_timeout", 5_000),
            ("foreign_keys", 1),
            ("temp_store", 0),
        ] {
            let mut answer = -1;
            session
                .query(&format!("PRAGMA {pragma}"), &[], &mut |row| {
                    answer = row.get::<i64>(0)?;
                    Ok(())
                })
                .unwrap();
            assert_eq!(answer, expected, "{pragma} on {}", place.url);
        }
        let mut level = -1;
        session
            .query("PRAGMA synchronous", &[], &mut |row| {
                level = row.get::<i64>(0)?;
                Ok(())
            })
            .unwrap();
        assert_ne!(level, 0, "{}", place.url);
    }
}

/// A lock that nobody else would notice is refused: a session begins its transactions as it likes.
#[cfg(feature = "sqlite")]
#[test]
fn a_session_locks_rows_where_it_keeps_others_from_writing() {
    let db = Place::memory("").db();
    let mut session = db.session().unwrap();
    let lock = || super::sql(crate::plan::Access::Lock, "SELECT id FROM item", vec![]);
    for (begin, locks) in [("SELECT 1", false), ("BEGIN", false), ("BEGIN IMMEDIATE", true)] {
        session.batch(begin).unwrap();
        let locked = lock().on(session.tx());
        match locks {
            true => assert!(locked.is_ok()),
            false => assert!(locked.unwrap_err().is_unsupported(), "{begin}"),
        }
        let _ = session.batch("ROLLBACK");
    }
}

/// A question without an end.
fn endless(session: &crate::connect::DbSession) -> &'static str {
    match session.dialect().name {
        "sqlite" => "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
        _ => "SELECT pg_sleep(600)",
    }
}

#[test]
fn a_session_is_cancelled_by_another_thread_and_nobody_else() {
    for place in Place::all("") {
        let db = place.db();
        let mut session = db.session().unwrap();
        let endless = endless(&session);
        let handle = session.cancel_handle().unwrap();
        session.batch("BEGIN; INSERT INTO item (id) VALUES (1)").unwrap();
        let work = std::thread::spawn(move || (session.batch(endless).unwrap_err(), session));
        while !work.is_finished() {
            handle.cancel().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let (error, mut session) = work.join().unwrap();
        // The session is of use: what it began can be ended.
        let _ = session.batch("ROLLBACK");
        session.batch("INSERT INTO item (id) VALUES (2)").unwrap();
        assert!(error.is_cancelled(), "{error:?}");
        assert_eq!(error.to_string(), "the statement was cancelled");
        assert!(handle.is_cancelled() && session.is_cancelled());
        drop(session);
        handle.cancel().unwrap();
        assert_eq!(ids().on(&db).unwrap(), [2], "{}", place.url);
        let session = db.session().unwrap();
        assert!(!session.is_cancelled(), "the next one is another");
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn statements_are_not_prepared_again_on_every_use() {
    use rusqlite::StatementStatus;
    let place = Place::memory("");
    let db = place.db();
    let crate::connect::conn::Conn::Sqlite(mut conn) = db.conn(crate::plan::Access::Read).unwrap() else {
        unreachable!()
    };
    for sql in [
        "SELECT id FROM item WHERE id = ?1 LIMIT ?2",
        "SELECT a.id FROM item a JOIN item b ON b.parent = a.id WHERE a.id = ?1 AND b.id > ?2",
    ] {
        let statement = crate::sql::Statement::new(sql.to_owned(), Vec::new(), true);
        for _ in 0..3 {
            let reprepared = conn.prepared(&statement, |prepared| {
                prepared.query_map([1, 1], |_| Ok(())).unwrap().for_each(drop);
                prepared.get_status(StatementStatus::RePrepare)
            });
            assert_eq!(reprepared, 0, "{sql}");
        }
    }
}

#[test]
fn more_values_than_a_statement_has_are_refused() {
    for place in Place::all("") {
        let db = place.db();
        let mut session = db.session().unwrap();
        let values = vec![Value::Int(1); 70_000];
        let list = (1..=values.len())
            .map(|at| format!("${at}"))
            .collect::<Vec<_>>()
            .join(", ");
        let text = format!("SELECT id FROM item WHERE id IN ({list})");
        for error in [
            session.query(&text, &values, &mut |_| Ok(())).unwrap_err(),
            session.execute(&text, &values).unwrap_err(),
        ] {
            assert!(error.is_unsupported(), "{error:?}");
        }
        session.batch("SELECT 1").unwrap();
    }
}

#[test]
fn without_names_a_type_of_the_databases_own_is_read_as_text_or_not_at_all() {
    let Some(place) = Place::postgres("statements=unnamed") else {
        return;
    };
    let db = place.db();
    let mut session = db.session().unwrap();
    session.batch("CREATE TYPE mood AS ENUM ('sad', 'glad')").unwrap();
    let mut read = |text: &str| {
        let mut found = Vec::new();
        let mut each = |row: &crate::value::Row<'_>| {
            found.push(row.get::<String>(0)?);
            Ok(())
        };
        session.query(text, &["glad".into()], &mut each).map(|()| found)
    };
    assert_eq!(read("SELECT CAST($1 AS mood)::text").unwrap(), ["glad"]);
    let error = read("SELECT CAST($1 AS mood) AS how").unwrap_err();
    assert!(error.is_unsupported(), "{error:?}");
    assert!(error.to_string().contains("`how` of the type mood"), "{error}");
    assert!(error.hint().unwrap().contains("::text"), "{error:?}");
}

#[test]
fn without_names_values_are_what_they_are_with_them() {
    let answers = ["statements=named", "statements=unnamed"].map(|options| {
        let place = Place::postgres(options)?;
        let db = place.db();
        let mut session = db.session().unwrap();
        let values = [
            Value::Int(-7),
            Value::Float(1.5e-300),
            Value::Bytes(vec![0, 1, 255].into()),
            Value::List(vec!["a\"b\\c{},".into(), Value::Null, "".into(), "NULL".into()]),
            Value::Json("{\"a\": [1, \"\\\\\"]}".to_owned().into()),
            Value::Bool(true),
            Value::Null,
        ];
        let text = "SELECT concat_ws('|', $1::smallint, $2::double precision, $3::bytea, \
                    array_to_json($4::text[]), $5::jsonb, $6::boolean, coalesce($7::text, 'null'))";
        let mut answer = String::new();
        let mut each = |row: &crate::value::Row<'_>| {
            answer = row.get(0)?;
            Ok(())
        };
        session.query(text, &values, &mut each).unwrap();
        Some(answer)
    });
    assert_eq!(answers[0], answers[1]);
    assert!(
        answers[0]
            .as_ref()
            .is_some_and(|answer| answer.starts_with("-7|1.5e-300|")),
        "{answers:?}"
    );
}
