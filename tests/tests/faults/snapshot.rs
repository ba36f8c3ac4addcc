//! Everything that a database holds, as a string, read without the library: tables with their constraints, indexes
//! and triggers, rows, sequences, and the recorded migrations.

use orm_tests::{Backend, Database};
use postgres::{Client, NoTls};
use rusqlite::types::ValueRef;

/// The content of a database, without the times at which migrations ran.
pub fn snapshot(database: &Database) -> Vec<String> {
    match database.backend() {
        Backend::Sqlite => of_file(database),
        Backend::Postgres => of_server(database),
    }
}

fn of_file(database: &Database) -> Vec<String> {
    let path = database.url().trim_start_matches("sqlite://");
    let db = rusqlite::Connection::open(path).expect("the file");
    let mut out = rows_of_file(
        &db,
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE '%orm_migrations%' ORDER BY type, name",
    );
    let tables: Vec<String> = db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'orm_migrations' ORDER BY name")
        .and_then(|mut sql| sql.query_map([], |row| row.get(0))?.collect())
        .expect("tables");
    for table in &tables {
        let rows = rows_of_file(&db, &format!("SELECT * FROM \"{table}\" ORDER BY 1"));
        out.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    if has_history(&db) {
        out.extend(rows_of_file(
            &db,
            "SELECT id, name, hash FROM orm_migrations ORDER BY id",
        ));
    }
    assert_eq!(rows_of_file(&db, "PRAGMA integrity_check"), ["ok | "]);
    assert_eq!(rows_of_file(&db, "PRAGMA foreign_key_check"), [""; 0]);
    out
}

fn has_history(db: &rusqlite::Connection) -> bool {
    db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'orm_migrations'")
        .and_then(|mut sql| sql.exists([]))
        .expect("an answer")
}

fn rows_of_file(db: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).expect("a query");
    let columns = statement.column_count();
    statement
        .query_map([], |row| {
            let mut text = String::new();
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Text(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
                    other => text.push_str(&format!("{other:?}")),
                }
                text.push_str(" | ");
            }
            Ok(text)
        })
        .and_then(Iterator::collect)
        .expect("rows")
}

const OF_SERVER: &[&str] = &[
    "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(\
     column_default, '-') || ' ' || coalesce(character_maximum_length, 0) || ' ' || is_identity FROM information_schema.columns \
     WHERE table_schema = 'public' AND table_name <> 'orm_migrations' ORDER BY table_name, ordinal_position",
    "SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated \
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'orm_migrations' ORDER BY 1",
    "SELECT indexdef || ' ' || i.indisvalid FROM pg_indexes JOIN pg_index AS i ON i.indexrelid = indexname::regclass WHERE \
     schemaname = 'public' AND tablename <> 'orm_migrations' ORDER BY 1",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "SELECT viewname || definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1",
    "SELECT sequencename || ' ' || data_type || ' ' || max_value || ' ' || coalesce(last_value, 0) FROM pg_sequences ORDER BY 1",
];

fn of_server(database: &Database) -> Vec<String> {
    let mut db = Client::connect(database.url(), NoTls).expect("a connection");
    let mut out: Vec<String> = OF_SERVER.iter().flat_map(|sql| strings(&mut db, sql)).collect();
    let tables = strings(
        &mut db,
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    for table in tables {
        let of_row = if table == "orm_migrations" {
            "id || name || hash"
        } else {
            "t::text"
        };
        let rows = strings(
            &mut db,
            &format!("SELECT {of_row} FROM \"{table}\" AS t ORDER BY 1"),
        );
        out.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    out
}

fn strings(db: &mut Client, sql: &str) -> Vec<String> {
    let rows = db.query(sql, &[]).expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Whether a database is between two units of a migration: its journal is there, and every table has the rows that it had or gets.
pub fn between(found: &[String], old: &[String], new: &[String]) -> bool {
    let journal = format!("{}: ", orm::migrate::JOURNAL_TABLE);
    let rows = |lines: &[String]| {
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for line in lines {
            let table = line.split_once(": ").map(|(table, _)| table);
            if let Some(table) = table.filter(|table| !table.contains(' ')) {
                *counts.entry(table.to_owned()).or_default() += 1;
            }
        }
        counts
    };
    // What is there before and after is there in between.
    let part = |line: &&String| {
        ["constraint ", "CREATE ", "column "]
            .iter()
            .any(|kind| line.starts_with(kind))
    };
    let stays = old.iter().filter(part).filter(|line| new.contains(line));
    let holds = stays.clone().all(|line| found.contains(line));
    let (old, new) = (rows(old), rows(new));
    let kept = rows(found).into_iter().all(|(table, count)| {
        table == orm::migrate::JOURNAL_TABLE || [old.get(&table), new.get(&table)].contains(&Some(&count))
    });
    found.iter().any(|line| line.starts_with(&journal)) && kept && holds
}
