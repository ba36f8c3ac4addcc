use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::schema::testing::{Lite, Pg};
use crate::sql::Session;

/// Harmless where they stand, each with what could be taken for the end of a transaction.
const HARMLESS: &[&str] = &[
    "SELECT 'COMMIT; it''s COMMIT'",
    "SELECT 1 AS \"COMMIT; \"\" COMMIT\"",
    "SAVEPOINT a; ROLLBACK TO a; RELEASE a",
    "SAVEPOINT a; ROLLBACK TRANSACTION TO SAVEPOINT a; RELEASE SAVEPOINT a",
    "SELECT CASE 1 WHEN 2 THEN 3 END",
    "-- COMMIT;\nSELECT 1 -- ;COMMIT",
    "/* COMMIT; */ SELECT 1 /* ; COMMIT; ' */",
    "UPDATE begun SET \"end\" = 1",
    ";;  ; SELECT 1",
    "SELECT 1 WHERE 1 = (2) OR (';' = 'COMMIT')",
];

const HARMLESS_ON_SQLITE: &[&str] = &[
    "CREATE TRIGGER IF NOT EXISTS t1 AFTER INSERT ON begun BEGIN UPDATE begun SET \"end\" = CASE 1 WHEN 1 THEN 2 END; SELECT \
     2; END",
    "CREATE TEMP TRIGGER begin AFTER INSERT ON begun BEGIN SELECT 1; END; DROP TRIGGER begin",
    "CREATE TABLE IF NOT EXISTS [COMMIT; x] (`COMMIT; y` INTEGER)",
    "/* /* ; */ SELECT 1",
    "SELECT 'a\\'",
    "PRAGMA foreign_keys; PRAGMA main.synchronous; PRAGMA journal_mode; PRAGMA defer_foreign_keys = ON",
    "PRAGMA user_version = 3; PRAGMA recursive_triggers = ON; PRAGMA legacy_alter_table = ON; PRAGMA legacy_alter_table = OFF",
    "REINDEX; ANALYZE",
    "SELECT $COMMIT",
    "\u{feff}SELECT 1",
];

const HARMLESS_ON_POSTGRES: &[&str] = &[
    "SELECT E'it\\'s; COMMIT; '",
    "SELECT e'\\\\'; SELECT 'a\\'",
    "SELECT $$; COMMIT; $$, $a$ $$ COMMIT; $b$ $a$",
    "/* /* ; */ COMMIT; */ SELECT 1",
    "DO $$ BEGIN PERFORM 1; END $$",
    "DO $outer$ BEGIN EXECUTE $sql$ SELECT 1; $sql$; PERFORM '$outer'; END; $outer$",
    "CREATE OR REPLACE FUNCTION begin_atomic() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
    "CREATE OR REPLACE FUNCTION atomic() RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT 1; END",
    "DO LANGUAGE plpgsql 'BEGIN PERFORM 1; END'",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 1; END $f$",
    "CREATE OR REPLACE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
    "CREATE OR REPLACE FUNCTION g(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE x WHEN 1 THEN CASE WHEN x = 2 THEN 3 \
     END END; SELECT x; END",
    "CREATE OR REPLACE PROCEDURE q() LANGUAGE sql BEGIN ATOMIC UPDATE begun SET \"end\" = 2; END",
    "CREATE OR REPLACE RULE r AS ON INSERT TO begun DO ALSO (SELECT 1; SELECT 2)",
    "CREATE INDEX IF NOT EXISTS i ON begun (\"end\"); REINDEX TABLE begun; CLUSTER begun USING i; DROP INDEX i",
    "CREATE TABLE IF NOT EXISTS a$b$c (x int); SELECT x FROM a$b$c",
    "PREPARE committed AS SELECT 1; DEALLOCATE committed",
    "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL statement_timeout = 0",
    "LOCK TABLE begun; ANALYZE begun",
];

/// Statements that end a transaction, cannot run in one or do nothing there, and how they are called.
const MISFITS_ON_SQLITE: &[(&str, &str)] = &[
    ("COMMIT", "COMMIT"),
    ("commit transaction", "COMMIT"),
    ("END", "END"),
    ("end transaction", "END"),
    ("ROLLBACK", "ROLLBACK"),
    ("/* */ rollback transaction", "ROLLBACK"),
    ("BEGIN", "BEGIN"),
    ("BEGIN IMMEDIATE", "BEGIN"),
    ("VACUUM", "VACUUM"),
    ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys"),
    ("pragma main.foreign_keys(0)", "PRAGMA foreign_keys"),
    ("PRAGMA \"foreign_keys\" = 0", "PRAGMA foreign_keys"),
    ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"),
    ("PRAGMA synchronous = OFF", "PRAGMA synchronous"),
    ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint"),
];

const MISFITS_ON_POSTGRES: &[(&str, &str)] = &[
    ("COMMIT", "COMMIT"),
    ("commit and chain", "COMMIT"),
    ("Commit Work", "COMMIT"),
    ("COMMIT PREPARED 'x'", "COMMIT"),
    ("END", "END"),
    ("END TRANSACTION", "END"),
    ("ABORT", "ABORT"),
    ("ROLLBACK", "ROLLBACK"),
    ("ROLLBACK WORK", "ROLLBACK"),
    ("BEGIN", "BEGIN"),
    ("begin work", "BEGIN"),
    ("START TRANSACTION", "START TRANSACTION"),
    ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
    ("VACUUM", "VACUUM"),
    ("VACUUM (ANALYZE) begun", "VACUUM"),
    ("CREATE DATABASE orm_never", "CREATE DATABASE"),
    ("DROP DATABASE IF EXISTS orm_never", "DROP DATABASE"),
    (
        "CREATE INDEX CONCURRENTLY i2 ON begun (\"end\")",
        "CREATE INDEX CONCURRENTLY",
    ),
    (
        "CREATE UNIQUE /* ; */ INDEX concurrently i2 ON begun (\"end\")",
        "CREATE INDEX CONCURRENTLY",
    ),
    ("DROP INDEX CONCURRENTLY begun_index", "DROP INDEX CONCURRENTLY"),
    ("REINDEX TABLE CONCURRENTLY begun", "REINDEX CONCURRENTLY"),
    ("REINDEX (CONCURRENTLY) TABLE begun", "REINDEX CONCURRENTLY"),
    ("CLUSTER", "CLUSTER"),
    ("DISCARD ALL", "DISCARD ALL"),
    ("ALTER SYSTEM SET work_mem = '4MB'", "ALTER SYSTEM"),
    (
        "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY",
        "ALTER TABLE … DETACH PARTITION CONCURRENTLY",
    ),
];

struct Side {
    session: Box<dyn Session>,
    tables: &'static str,
    harmless: Vec<&'static str>,
    misfits: &'static [(&'static str, &'static str)],
    /// Misfits that do nothing, rather than any harm.
    ignored: &'static [&'static str],
}

fn both() -> [Side; 2] {
    // With a log, as files have it.
    let folder = tempfile::tempdir().unwrap();
    let file = rusqlite::Connection::open(folder.keep().join("a.db")).unwrap();
    file.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    [
        Side {
            session: Box::new(Lite(file)),
            tables: "",
            harmless: [HARMLESS, HARMLESS_ON_SQLITE].concat(),
            misfits: MISFITS_ON_SQLITE,
            ignored: &["PRAGMA foreign_keys"],
        },
        Side {
            session: Box::new(Pg::new()),
            tables: "CREATE TABLE parts (x int) PARTITION BY LIST (x); CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)",
            harmless: [HARMLESS, HARMLESS_ON_POSTGRES].concat(),
            misfits: MISFITS_ON_POSTGRES,
            ignored: &["BEGIN", "START TRANSACTION"],
        },
    ]
}

/// The database has the last word on what is harmless and what is not.
#[test]
fn the_lists_say_what_the_databases_do() {
    for side in both() {
        let mut session = side.session;
        let dialect = session.dialect();
        session
            .batch("CREATE TABLE begun (\"end\" INTEGER); CREATE INDEX begun_index ON begun (\"end\")")
            .unwrap();
        session.batch(side.tables).unwrap();
        let mut stays_whole = |text: &str| -> Result<()> {
            session.batch(dialect.begin_write).unwrap();
            let done = session.batch("SAVEPOINT whole");
            let done = done.and_then(|()| session.batch(text));
            let done = done.and_then(|()| session.batch("RELEASE SAVEPOINT whole"));
            let _ = session.batch("ROLLBACK");
            done
        };
        for text in side.harmless {
            check_script(text, dialect).unwrap();
            stays_whole(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        for (text, what) in side.misfits {
            let error = check_script(text, dialect).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{what}` on line 1 ")), "{error}");
            assert_eq!(stays_whole(text).is_ok(), side.ignored.contains(what), "{text}");
        }
    }
}

#[test]
fn the_first_misfit_is_found_wherever_it_stands_and_nothing_else() {
    for side in both() {
        let dialect = side.session.dialect();
        let piece = prop_oneof![
            4 => proptest::sample::select(side.harmless).prop_map(|text| (text, None)),
            1 => proptest::sample::select(side.misfits).prop_map(|(text, what)| (text, Some(what))),
        ];
        let between = proptest::sample::select(vec![";", ";\n", " ;\n\n -- ; '\n", ";/* \n; */", ";;"]);
        let script = proptest::collection::vec((piece, between), 1..12);
        TestRunner::default()
            .run(&script, |script| {
                let mut text = String::new();
                let mut expected = None;
                for ((part, what), between) in script {
                    if let (Some(what), None) = (what, &expected) {
                        // Where its first word stands: none of them has a line in front.
                        let line = 1 + text.matches('\n').count();
                        expected = Some(format!("`{what}` on line {line} "));
                    }
                    text.push_str(part);
                    // A comment to the end of the line would take in what separates.
                    text.push_str(if part.contains("--") { "\n" } else { "" });
                    text.push_str(between);
                }
                let found = check_script(&text, dialect).err().map(|error| error.to_string());
                match expected {
                    None => prop_assert_eq!(found, None),
                    Some(start) => prop_assert!(
                        found.as_ref().is_some_and(|found| found.starts_with(&start)),
                        "{found:?} {start} {text}"
                    ),
                }
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn any_text_is_taken_apart() {
    for dialect in Dialect::ALL {
        TestRunner::default()
            .run(
                &"[a-zA-Z'\"$;(){}\\[\\]`/*\\-\\\\ \\n_0-9äé😀]{0,60}",
                |text| {
                    let _ = check_script(&text, dialect);
                    Ok(())
                },
            )
            .unwrap();
        for text in [
            "'",
            "\"",
            "$",
            "$a$",
            "/*",
            "/*/",
            "--",
            "[",
            "`",
            "E'",
            "E'\\",
            "$1$",
            "$é$ x $é$",
            "e",
        ] {
            check_script(text, dialect).unwrap();
        }
    }
}
