//! Converts SQLite's errors to [`Error`]. Only names are taken over, never values.

use rusqlite::{Connection, ffi};

use crate::error::{Error, Kind};
use crate::model::constraint_name;
use crate::sql::{missing_value, quote};

/// Converts an error on `db`, which is queried for the name of the constraint if the message has none.
#[cold]
pub(super) fn map(db: &Connection, error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            let said = message.unwrap_or_else(|| code.to_string());
            failure(db, code.extended_code, said)
        }
        rusqlite::Error::InvalidParameterCount(..) => missing_value(),
        rusqlite::Error::SqlInputError { error, msg, .. } => failure(db, error.extended_code, msg),
        rusqlite::Error::ToSqlConversionFailure(reason) => {
            Error::new(Kind::Encode, format!("a value cannot be stored: {reason}"))
        }
        other => Error::new(Kind::Database, other.to_string()),
    }
}

fn failure(db: &Connection, code: i32, said: String) -> Error {
    let after = |prefix: &str| said.strip_prefix(prefix).map(str::to_owned);
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            let error = Error::new(Kind::UniqueViolation, said.clone());
            let Some(what) = after("UNIQUE constraint failed: ") else {
                return error;
            };
            if let Some(index) = what.strip_prefix("index ") {
                return error.with_constraint(index.trim_matches('\''));
            }
            let (table, fields) = columns(&what);
            let primary = code != ffi::SQLITE_CONSTRAINT_UNIQUE;
            let name = unique_name(db, &table, &fields, primary);
            let same = fields.join(", ");
            error
                .with_constraint(name)
                .with_fields(fields)
                .with_hint(format!("a row with the same {same} is there already"))
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let error = Error::new(Kind::NotNullViolation, said.clone());
            match after("NOT NULL constraint failed: ") {
                Some(what) => error.with_fields(columns(&what).1),
                None => error,
            }
        }
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let error = Error::new(Kind::CheckViolation, said.clone());
            match after("CHECK constraint failed: ") {
                Some(name) => error.with_constraint(name),
                None => error,
            }
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER if said.starts_with("FOREIGN KEY") => {
            Error::new(Kind::ForeignKeyViolation, said)
                .with_hint("the row it points at does not exist, or rows still point at the one that was to go")
        }
        // STRICT tables: the type of the column, never the value.
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            let column = said.rsplit_once(" column ").map(|(_, what)| columns(what).1);
            Error::new(Kind::Encode, said).with_fields(column.unwrap_or_default())
        }
        ffi::SQLITE_BUSY_SNAPSHOT => Error::new(Kind::Serialization, said)
            .with_hint("run the transaction again, or let it retry: TxOptions::new().retry(3)"),
        _ => match code & 0xff {
            ffi::SQLITE_BUSY => Error::new(Kind::LockNotAvailable, said).with_hint(
                "another connection or process holds the lock; keep its transactions short, or raise `busy_timeout` in the database URL",
            ),
            ffi::SQLITE_INTERRUPT => Error::new(Kind::Timeout, said),
            ffi::SQLITE_CANTOPEN | ffi::SQLITE_NOTADB | ffi::SQLITE_CORRUPT | ffi::SQLITE_IOERR => {
                Error::new(Kind::Connection, said)
            }
            ffi::SQLITE_READONLY => Error::new(Kind::Database, said)
                .with_hint("the connection only reads: the URL says `mode=ro`, the transaction is read-only, or the file is write-protected"),
            ffi::SQLITE_FULL => full(db, said),
            _ if said.starts_with("no such table") || said.starts_with("no such column") || said.contains("has no column named") => {
                Error::new(Kind::Undefined, said)
            }
            _ if said.ends_with(" already exists") || said.starts_with("duplicate column name") || said.starts_with("there is already") => {
                Error::new(Kind::Exists, said)
            }
            _ if ["view", "trigger", "index"].iter().any(|what| said.strip_prefix("error in ").is_some_and(|said| said.starts_with(what))) => {
                Error::new(Kind::Database, said).with_hint(
                    "it uses what is about to change: drop it before that, in an operation RunSql of the migration, and make it \
                     again after it",
                )
            }
            _ => Error::new(Kind::Database, said),
        },
    }
}

/// SQLite has the same error for a full disk and for a table that has run out of rowids.
fn full(db: &Connection, said: String) -> Error {
    let used_up = db.query_row(
        "SELECT name FROM sqlite_sequence WHERE seq = 9223372036854775807 LIMIT 1",
        [],
        |row| row.get::<_, String>(0),
    );
    match used_up {
        Ok(table) => Error::new(
            Kind::Database,
            format!("the keys of table {} are used up: a row has had the greatest there is", quote(&table)),
        )
        .with_hint(
            "give that row a smaller key, and set `seq` of the table in sqlite_sequence to the greatest key that is left; if it was \
             another table that was written, the disk is full",
        ),
        // There are no rowids, or they have not run out.
        Err(_) => Error::new(Kind::Database, said).with_hint("the disk is full, or the database has reached its limit"),
    }
}

/// Table and columns of `t.a, t.b`.
fn columns(text: &str) -> (String, Vec<String>) {
    let mut table = "";
    let mut fields = Vec::new();
    for part in text.split(", ") {
        let (of, column) = part.rsplit_once('.').unwrap_or(("", part));
        table = of;
        fields.push(column.to_owned());
    }
    (table.to_owned(), fields)
}

/// The message only names columns. The name of an index is in the catalog; names of constraints in CREATE TABLE
/// follow our naming rule.
fn unique_name(db: &Connection, table: &str, fields: &[String], primary: bool) -> String {
    if primary {
        return format!("{table}_pkey");
    }
    index_name(db, table, fields).unwrap_or_else(|| {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        constraint_name(table, &fields, "uniq")
    })
}

fn index_name(db: &Connection, table: &str, fields: &[String]) -> Option<String> {
    let mut statement = db
        .prepare(
            "SELECT i.name, c.name FROM pragma_index_list(?1) AS i, pragma_index_info(i.name) AS c \
             WHERE i.\"unique\" AND i.origin = 'c' ORDER BY i.seq, c.seqno",
        )
        .ok()?;
    let rows = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?)))
        .ok()?;
    let mut indexes: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for row in rows {
        let (index, column) = row.ok()?;
        match indexes.last_mut() {
            Some((name, columns)) if *name == index => columns.push(column),
            _ => indexes.push((index, vec![column])),
        }
    }
    let mut found = indexes.into_iter().filter(|(_, columns)| {
        columns.len() == fields.len() && columns.iter().zip(fields).all(|(a, b)| a.as_deref() == Some(b))
    });
    found.next().map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(sql: &str) -> Error {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT NOT NULL UNIQUE, y INTEGER CONSTRAINT a_y_check CHECK (y > 0)) STRICT;
             CREATE UNIQUE INDEX named ON a (x, y);
             CREATE UNIQUE INDEX lowered ON a (lower(x));
             CREATE TABLE b (a INTEGER REFERENCES a (id)) STRICT;
             CREATE TABLE c (p INTEGER, q INTEGER);
             CREATE UNIQUE INDEX c_both ON c (p, q);
             INSERT INTO c VALUES (1, 2);
             INSERT INTO a VALUES (1, 'secret', 1);",
        )
        .unwrap();
        map(&db, db.execute_batch(sql).unwrap_err())
    }

    #[test]
    fn keys_that_are_used_up_are_no_full_disk() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(
            "CREATE TABLE \"the keys\" (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
             INSERT INTO \"the keys\" VALUES (9223372036854775807)",
        )
        .unwrap();
        let insert = "INSERT INTO \"the keys\" DEFAULT VALUES";
        let error = map(&db, db.execute_batch(insert).unwrap_err());
        assert!(
            error
                .to_string()
                .starts_with("the keys of table \"the keys\" are used up"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("sqlite_sequence"), "{error:?}");
        db.execute_batch("PRAGMA max_page_count = 4; CREATE TABLE t (x TEXT); DELETE FROM sqlite_sequence")
            .unwrap();
        let large = "INSERT INTO t VALUES (hex(zeroblob(100000)))";
        let error = map(&db, db.execute_batch(large).unwrap_err());
        assert!(error.hint().unwrap().starts_with("the disk is full"), "{error:?}");
    }

    #[test]
    fn constraints_are_told_apart_and_named() {
        let error = fail("INSERT INTO c VALUES (1, 2)");
        assert!(error.is_unique_violation());
        assert_eq!(
            (error.constraint(), error.fields()),
            (Some("c_both"), &["p".to_owned(), "q".to_owned()][..])
        );

        let error = fail("INSERT INTO a VALUES (1, 'other', 1)");
        assert!(error.is_unique_violation());
        assert_eq!(
            (error.constraint(), error.fields()),
            (Some("a_pkey"), &["id".to_owned()][..])
        );

        let error = fail("INSERT INTO a VALUES (2, 'SECRET', 9)");
        assert_eq!(error.constraint(), Some("lowered"));

        let error = fail("INSERT INTO a VALUES (2, NULL, 1)");
        assert!(error.is_not_null_violation());
        assert_eq!(error.fields(), ["x".to_owned()]);

        let error = fail("INSERT INTO a VALUES (2, 'b', -7)");
        assert!(error.is_check_violation());
        assert_eq!(error.constraint(), Some("a_y_check"));

        assert!(fail("INSERT INTO b VALUES (9)").is_foreign_key_violation());
        assert_eq!(
            fail("DELETE FROM a; INSERT INTO nowhere VALUES (1)").kind(),
            Kind::Undefined
        );
        let error = fail("INSERT INTO b VALUES (1.5)");
        assert_eq!(
            (error.kind(), error.fields()),
            (Kind::Encode, &["a".to_owned()][..])
        );
    }

    #[test]
    fn values_are_not_repeated() {
        for sql in [
            "INSERT INTO a VALUES (2, 'secret', 1)",
            "INSERT INTO a VALUES (2, 'b', 'secret')",
        ] {
            let error = fail(sql);
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
