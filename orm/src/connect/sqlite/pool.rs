//! The pools: one connection that writes, several that read.

use std::sync::{Arc, Mutex, PoisonError};

use r2d2::ManageConnection;
use rusqlite::{Connection, MAIN_DB};

use crate::connect::pool::{Held, LastError, Lent, Pool};
use crate::error::Result;

use super::open::{Role, open, restore};
use super::saved_settings::SavedSettings;
use super::statements::ConnectionWithStatements;
use super::{Conn, Settings};

/// A connection and what has been done to it.
pub(in crate::connect) struct Raw {
    pub db: ConnectionWithStatements,
    role: Role,
    /// Whether the file cannot be written: it was opened so, or is protected.
    pub only_reads: bool,
    pub changed: Changed,
}

/// What has been done to a connection beside its work, since it was clean.
pub(in crate::connect) enum Changed {
    Nothing,
    /// It was set to read only.
    ReadOnly,
    /// Anything: temporary tables, other files, settings. `None` where the connection is closed for it.
    Anything(Option<SavedSettings>),
}

impl Raw {
    fn new(db: Connection, role: Role) -> Box<Self> {
        Box::new(Raw {
            only_reads: db.is_readonly(MAIN_DB).unwrap_or(false),
            db: ConnectionWithStatements::new(db),
            role,
            changed: Changed::Nothing,
        })
    }

    pub(super) fn is_clean(&self) -> bool {
        matches!(self.changed, Changed::Nothing)
    }

    pub(super) fn start_session(&mut self) {
        let db = self.db.db();
        // One in memory is its connection.
        let in_memory = db.path().is_none_or(str::is_empty);
        self.changed = Changed::Anything(in_memory.then(|| SavedSettings::of(db)));
    }
}

pub(in crate::connect) struct Opener {
    settings: Settings,
    role: Role,
    /// The connection that `connect` tried the address with.
    first: Mutex<Option<Box<Raw>>>,
    last_error: Arc<LastError>,
}

impl ManageConnection for Opener {
    // Boxed, since the pool moves it about.
    type Connection = Box<Raw>;
    type Error = crate::Error;

    fn connect(&self) -> Result<Box<Raw>> {
        if let Some(first) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(first);
        }
        let opened = open(&self.settings, self.role).map(|db| Raw::new(db, self.role));
        self.last_error.note(opened)
    }

    fn is_valid(&self, _: &mut Box<Raw>) -> Result<()> {
        Ok(())
    }

    /// Called whenever a connection comes back; a place to make it clean.
    fn has_broken(&self, raw: &mut Box<Raw>) -> bool {
        let db = raw.db.db();
        let ended = db.is_autocommit() || db.execute_batch("ROLLBACK").is_ok();
        let clean = ended
            && match std::mem::replace(&mut raw.changed, Changed::Nothing) {
                Changed::Nothing => true,
                Changed::ReadOnly => restore(db, &self.settings, self.role).is_ok(),
                Changed::Anything(None) => false,
                Changed::Anything(Some(before)) => before.restore(db).is_ok(),
            };
        // A database in memory is its connection: a doubtful one is better than an empty one.
        !clean && self.settings.path.is_some()
    }
}

/// The connections to one database.
pub(in crate::connect) struct Pools {
    writer: Pool<Opener>,
    readers: Option<Pool<Opener>>,
}

impl Pools {
    pub(in crate::connect) fn open(settings: &Settings) -> Result<Self> {
        let first = Raw::new(open(settings, Role::Writer)?, Role::Writer);
        let pool = |role, first, size| {
            let last_error = Arc::new(LastError::default());
            let opener = Opener {
                settings: settings.clone(),
                role,
                first: Mutex::new(first),
                last_error: Arc::clone(&last_error),
            };
            Pool::new(opener, last_error, size, settings.pool.timeout, false)
        };
        Ok(Pools {
            writer: pool(Role::Writer, Some(first), 1),
            readers: match settings.readers() {
                0 => None,
                size => Some(pool(Role::Reader, None, size)),
            },
        })
    }

    pub(in crate::connect) fn writer(&self) -> Result<Conn> {
        self.writer.get().map(Conn::new)
    }

    pub(in crate::connect) fn reader(&self) -> Result<Conn> {
        self.readers.as_ref().unwrap_or(&self.writer).get().map(Conn::new)
    }

    /// Takes a connection back; dropping it does too, but takes longer.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: Conn) {
        if let Some(pooled) = conn.into_clean() {
            match (&self.readers, pooled.role) {
                (Some(readers), Role::Reader) => readers.put(pooled),
                _ => self.writer.put(pooled),
            }
        }
    }

    /// Notes that this thread holds the writer for the length of a transaction.
    pub(in crate::connect) fn held(&self) -> Held<'_> {
        self.writer.held()
    }
}

pub(super) type Pooled = Lent<Opener>;
