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
