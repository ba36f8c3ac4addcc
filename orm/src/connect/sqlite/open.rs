//! Opens connections, and restores settings that a session changed.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, ffi};

use crate::error::{Error, Kind, Result};

use super::Settings;
use super::settings::Mode;

/// Cached statements per connection; the driver's default is 16, but an application has more query shapes.
const STATEMENTS: usize = 256;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
}

pub(super) fn open(settings: &Settings, role: Role) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
        | match settings.mode {
            Mode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
    let opened = match &settings.path {
        None => Connection::open_in_memory_with_flags(flags),
        Some(path) if settings.immutable => {
            Connection::open_with_flags(immutable(path), flags | OpenFlags::SQLITE_OPEN_URI)
        }
        Some(path) => Connection::open_with_flags(path, flags),
    };
    opened
        .and_then(|db| set_up(&db, settings, role).map(|()| db))
        .map_err(|error| unreachable(settings, &error))
}

/// A file as a URL of SQLite's own.
fn immutable(path: &Path) -> String {
    let path = path.display().to_string();
    let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("file:{path}?immutable=1")
}

fn set_up(db: &Connection, settings: &Settings, role: Role) -> rusqlite::Result<()> {
    db.busy_timeout(settings.busy_timeout)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this, a cached statement is prepared again whenever the planner considers a parameter's value relevant.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A misspelt column in double quotes must be an error, not a string.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    db.pragma_update(None, "foreign_keys", true)?;
    if settings.mode == Mode::Read || role == Role::Reader {
        db.pragma_update(None, "query_only", true)?;
        // An unreadable file is reported now and not by the first query.
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    } else if settings.path.is_some() && !db.is_readonly(MAIN_DB)? {
        write_ahead(db, settings)?;
    }
    super::functions::register(db)
}

/// Switches to write-ahead logging. There, commits need not wait for the disk: a power failure loses only the last
/// transactions. In other modes it could corrupt the file, so `synchronous` keeps its default.
fn write_ahead(db: &Connection, settings: &Settings) -> rusqlite::Result<()> {
    if journal_mode(db, settings)?.eq_ignore_ascii_case("wal") {
        db.pragma_update(None, "synchronous", "NORMAL")?;
    }
    Ok(())
}

/// Asks for write-ahead logging and returns the resulting mode; some file systems do not support it. While another
/// connection does the same on a new file, SQLite fails with "locked" whatever the busy timeout, so the retries are
/// here.
fn journal_mode(db: &Connection, settings: &Settings) -> rusqlite::Result<String> {
    let deadline = Instant::now() + settings.busy_timeout;
    loop {
        match db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            result => return result,
        }
    }
}

/// Undoes the setting that a read-only transaction leaves behind.
pub(super) fn restore(db: &Connection, settings: &Settings, role: Role) -> rusqlite::Result<()> {
    db.pragma_update(
        None,
        "query_only",
        settings.mode == Mode::Read || role == Role::Reader,
    )
}

fn has_code(error: &rusqlite::Error, codes: &[i32]) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(said, _) => codes.contains(&(said.extended_code & 0xff)),
        _ => false,
    }
}

fn unreachable(settings: &Settings, error: &rusqlite::Error) -> Error {
    let what = settings.name();
    let said = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqliteFailure(code, None) => code.to_string(),
        other => other.to_string(),
    };
    let hint = match (&settings.path, settings.mode) {
        (Some(path), _)
            if path
                .parent()
                .is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists()) =>
        {
            "the folder does not exist; create it first".to_owned()
        }
        (Some(path), Mode::Write | Mode::Read) if !path.exists() => {
            "the file does not exist; without `mode` in the URL it would be created".to_owned()
        }
        (Some(path), _) if path.is_dir() => "the path is a folder; name a file in it".to_owned(),
        (Some(_), Mode::Read) if has_code(error, &[ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN]) => {
            "a file with a write-ahead log is read with files beside it, and they cannot be made here; if nobody writes to it \
             meanwhile, say so: `immutable=true` in the URL"
                .to_owned()
        }
        _ => "check that the file is an SQLite database and that this user may read and write it".to_owned(),
    };
    Error::new(Kind::Connection, format!("{what} cannot be opened: {said}")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::target::{Overrides, PoolSettings};
    use crate::connect::url::Url;

    #[test]
    fn a_commit_waits_for_the_disk_where_there_is_no_write_ahead_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let pool = PoolSettings {
            size: None,
            timeout: Duration::ZERO,
            slow_statement: None,
        };
        let url = Url::parse(&format!("sqlite://{}", path.display())).unwrap();
        let settings = Settings::parse(url, pool, &Overrides::default()).unwrap();
        // In memory it is refused, as it is by some file systems.
        for (db, expected) in [(Connection::open(&path), 1), (Connection::open_in_memory(), 2)] {
            let db = db.unwrap();
            set_up(&db, &settings, Role::Writer).unwrap();
            let level: i64 = db
                .pragma_query_value(None, "synchronous", |row| row.get(0))
                .unwrap();
            assert_eq!(level, expected);
        }
    }
}
