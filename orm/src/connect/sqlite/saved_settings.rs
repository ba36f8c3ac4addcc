//! Restores a connection to a database in memory after a session. It cannot be closed, so what the session left
//! behind is removed.

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::sql::quote;

/// The settings that belong to a connection and not to its database. <https://sqlite.org/pragma.html>, 2026-11.
const SETTINGS: &[&str] = &[
    "analysis_limit",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "cell_size_check",
    "checkpoint_fullfsync",
    "defer_foreign_keys",
    "foreign_keys",
    "full_column_names",
    "fullfsync",
    "ignore_check_constraints",
    "journal_size_limit",
    "legacy_alter_table",
    "locking_mode",
    "max_page_count",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "secure_delete",
    "short_column_names",
    "synchronous",
    "temp_store",
    "threads",
    "trusted_schema",
    "wal_autocheckpoint",
    "writable_schema",
];

/// The saved settings.
pub(in crate::connect) struct SavedSettings(Vec<(&'static str, Value)>);

impl SavedSettings {
    pub(super) fn of(db: &Connection) -> Self {
        let known = |&name: &&'static str| Some((name, setting(db, name)?));
        SavedSettings(SETTINGS.iter().filter_map(known).collect())
    }

    /// Removes what does not belong to the database, and restores the settings.
    pub(super) fn restore(self, db: &Connection) -> rusqlite::Result<()> {
        // What could refuse to go.
        db.pragma_update(None, "query_only", false)?;
        db.pragma_update(None, "foreign_keys", false)?;
        for kind in ["trigger", "view", "table"] {
            let names = names(db, "SELECT name FROM temp.sqlite_schema WHERE type = ?1", [kind])?;
            for name in names.iter().filter(|name| !name.starts_with("sqlite_")) {
                db.execute_batch(&format!("DROP {kind} IF EXISTS temp.{}", quote(name)))?;
            }
        }
        let others = names(
            db,
            "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
            [],
        )?;
        for name in others {
            db.execute_batch(&format!("DETACH {}", quote(&name)))?;
        }
        // It cannot be asked for.
        db.pragma_update(None, "case_sensitive_like", false)?;
        for (name, value) in self.0 {
            if setting(db, name).as_ref() != Some(&value) {
                db.pragma_update(None, name, value)?;
            }
        }
        Ok(())
    }
}

fn setting(db: &Connection, name: &str) -> Option<Value> {
    db.pragma_query_value(None, name, |row| row.get(0)).ok()
}

fn names(db: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare(sql)?;
    statement.query_map(values, |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_known_and_comes_back() {
        let db = Connection::open_in_memory().unwrap();
        let before = SavedSettings::of(&db);
        let known: Vec<&str> = before.0.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, SETTINGS);
        let all = |db: &Connection| -> Vec<Option<Value>> {
            SETTINGS.iter().map(|name| setting(db, name)).collect()
        };
        let was = all(&db);
        for name in SETTINGS {
            let value = match setting(&db, name) {
                Some(Value::Integer(0)) => Value::Integer(1),
                Some(Value::Integer(1)) => Value::Integer(0),
                Some(Value::Integer(_)) => Value::Integer(2),
                _ => Value::Text("EXCLUSIVE".to_owned()),
            };
            db.pragma_update(None, name, value).ok();
        }
        assert_ne!(all(&db), was);
        before.restore(&db).unwrap();
        assert_eq!(all(&db), was);
    }

    #[test]
    fn temporary_tables_and_other_files_are_gone_and_the_database_is_not() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE kept (x); INSERT INTO kept VALUES (1)")
            .unwrap();
        let before = SavedSettings::of(&db);
        db.execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TEMP TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TEMP TABLE child (p REFERENCES parent);
             INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);
             CREATE TEMP VIEW seen AS SELECT * FROM child;
             CREATE TEMP TRIGGER noted AFTER INSERT ON kept BEGIN SELECT 1; END;
             CREATE VIRTUAL TABLE temp.words USING fts5 (text);
             ATTACH ':memory:' AS \"other one\"; CREATE TABLE \"other one\".t (x);
             PRAGMA query_only = ON;",
        )
        .unwrap();
        before.restore(&db).unwrap();
        for sql in [
            "SELECT * FROM parent",
            "SELECT * FROM child",
            "SELECT * FROM seen",
            "SELECT * FROM words",
            "SELECT * FROM \"other one\".t",
        ] {
            assert!(db.prepare(sql).is_err(), "{sql}");
        }
        assert_eq!(
            names(&db, "SELECT name FROM temp.sqlite_schema", []).unwrap(),
            [""; 0]
        );
        db.execute_batch("INSERT INTO kept VALUES (2)").unwrap();
    }
}
