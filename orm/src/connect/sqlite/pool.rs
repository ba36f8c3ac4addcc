//! The pools: one connection that writes, several that read.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::MAIN_DB;

#[cfg(feature = "async")]
use crate::connect::pool::Turn;
use crate::connect::pool::{self, Lent, Pool};
#[cfg(feature = "async")]
use crate::error::Error;
use crate::error::Result;

use super::open::{Role, open, restore};
use super::saved_settings::SavedSettings;
use super::statements::ConnectionWithStatements;
use super::{Conn, Settings};

/// A connection and what has been done to it.
pub(in crate::connect) struct Raw {
    pub db: ConnectionWithStatements,
    role: Role,
    settings: Arc<Settings>,
    /// Whether the file cannot be written: it was opened so, or is protected.
    pub only_reads: bool,
    /// How long a statement may take without a warning.
    pub slow_statement: Option<Duration>,
    pub changed: Changed,
}

/// What has been done to a connection beside its work, since it was clean.
pub(in crate::connect) enum Changed {
    Nothing,
    /// Rows were read one after another.
    Cursors,
    /// It was set to read only.
    ReadOnly,
    /// Anything: temporary tables, other files, settings. `None` where the connection is closed for it.
    Anything(Option<SavedSettings>),
}

impl Raw {
    fn open(settings: &Arc<Settings>, role: Role) -> Result<Self> {
        let db = open(settings, role)?;
        Ok(Raw {
            only_reads: db.is_readonly(MAIN_DB).unwrap_or(false),
            db: ConnectionWithStatements::new(db),
            role,
            slow_statement: settings.pool.slow_statement,
            settings: Arc::clone(settings),
            changed: Changed::Nothing,
        })
    }

    /// Whether it is one that refuses whatever writes.
    pub fn is_reader(&self) -> bool {
        self.role == Role::Reader
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

impl pool::Connection for Raw {
    fn clean(&mut self) -> bool {
        self.db.close_cursors();
        let db = self.db.db();
        let ended = db.is_autocommit() || db.execute_batch("ROLLBACK").is_ok();
        let clean = ended
            && match std::mem::replace(&mut self.changed, Changed::Nothing) {
                Changed::Nothing | Changed::Cursors => true,
                Changed::ReadOnly => restore(db, &self.settings, self.role).is_ok(),
                Changed::Anything(None) => false,
                Changed::Anything(Some(before)) => before.restore(db).is_ok(),
            };
        // A database in memory is its connection: a doubtful one is better than an empty one.
        clean || self.settings.path.is_none()
    }
}

/// The connections to one database.
pub(in crate::connect) struct Pools {
    settings: Arc<Settings>,
    writer: Arc<Pool<Raw>>,
    readers: Option<Arc<Pool<Raw>>>,
}

impl Pools {
    pub(in crate::connect) fn open(settings: &Settings) -> Result<Self> {
        let settings = Arc::new(settings.clone());
        let pool = |size| Pool::new(size, settings.pool.timeout, None);
        let pools = Pools {
            writer: pool(1),
            readers: match settings.readers() {
                0 => None,
                size => Some(pool(size)),
            },
            settings,
        };
        // A wrong address is told at once; the connection stays for the first query.
        pools.put(pools.writer()?);
        Ok(pools)
    }

    #[inline]
    pub(in crate::connect) fn writer(&self) -> Result<Conn> {
        let opens = || Raw::open(&self.settings, Role::Writer);
        self.writer.get(opens).map(Conn::new)
    }

    #[inline]
    pub(in crate::connect) fn reader(&self) -> Result<Conn> {
        match &self.readers {
            Some(readers) => {
                let opens = || Raw::open(&self.settings, Role::Reader);
                readers.get(opens).map(Conn::new)
            }
            None => self.writer(),
        }
    }

    /// The pool for what only reads, or for what writes.
    #[cfg(feature = "async")]
    pub(in crate::connect) fn pool(&self, reads: bool) -> &Arc<Pool<Raw>> {
        match &self.readers {
            Some(readers) if reads => readers,
            _ => &self.writer,
        }
    }

    /// The connection of a turn of one of the pools.
    #[cfg(feature = "async")]
    pub(in crate::connect) fn opened(&self, reads: bool, turn: Option<Turn<Raw>>) -> Result<Conn> {
        let role = match &self.readers {
            Some(_) if reads => Role::Reader,
            _ => Role::Writer,
        };
        let opens = || Raw::open(&self.settings, role);
        match turn {
            Some(turn) => self.pool(reads).opened(turn, opens).map(Conn::new),
            None => Err(Error::internal("work was begun before its turn")),
        }
    }

    #[cfg(test)]
    pub(in crate::connect) fn counted(&self) -> (usize, usize) {
        self.writer.counted()
    }

    /// Takes a connection back.
    #[inline]
    pub(in crate::connect) fn put(&self, conn: Conn) {
        if let Some(lent) = conn.into_clean() {
            match (&self.readers, lent.role) {
                (Some(readers), Role::Reader) => readers.put(lent),
                _ => self.writer.put(lent),
            }
        }
    }
}

pub(super) type Pooled = Lent<Raw>;
