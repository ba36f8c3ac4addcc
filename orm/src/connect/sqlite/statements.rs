//! A connection and its prepared statements, found by number.
//!
//! The driver's own cache finds a statement by its SQL, which it hashes twice per use: about 1,000 instructions for
//! one row by its key, and more than the work itself for an insert of many rows.

use rusqlite::{Connection, PrepFlags};
use rustc_hash::FxHashMap;

use crate::sql::Statement;

/// Cached statements per connection.
const MOST: usize = 256;

/// Maximum number of parameters of all cached statements: an insert of many rows takes nearly a hundred bytes for each.
const MOST_PARAMETERS: usize = 100_000;

/// A connection and its statements.
pub(in crate::connect) struct ConnectionWithStatements(StatementCell);

self_cell::self_cell!(
    struct StatementCell {
        owner: Connection,
        #[covariant]
        dependent: StatementCache,
    }
);

// SAFETY: a `Statement` is not `Send` because it borrows its connection, which another thread must not use at the same
// time. Here the connection moves with all its statements, for they are in one cell and no reference to either outlives
// a borrow of it; the cell is not `Sync`, so the other thread is the only one. SQLite itself allows it: compiled
// thread-safe and opened without a mutex, a connection and its statements may be used by any thread, by one at a time
// (https://www.sqlite.org/threadsafe.html, "multi-thread"). The driver's own cache of statements is sent the same way.
#[allow(
    unsafe_code,
    reason = "a connection and its statements go to another thread together"
)]
unsafe impl Send for ConnectionWithStatements {}

#[derive(Default)]
struct StatementCache<'db> {
    by_id: FxHashMap<u32, CachedStatement<'db>>,
    most: usize,
    /// Of all of them.
    parameters: usize,
    /// Those that are read row by row, by the numbers of their cursors.
    open: FxHashMap<u32, rusqlite::Statement<'db>>,
    /// Counts uses.
    clock: u64,
}

struct CachedStatement<'db> {
    statement: rusqlite::Statement<'db>,
    parameters: usize,
    used: u64,
}

impl ConnectionWithStatements {
    pub(super) fn new(db: Connection) -> Self {
        Self::keeping(db, MOST)
    }

    fn keeping(db: Connection, most: usize) -> Self {
        ConnectionWithStatements(StatementCell::new(db, |_| StatementCache {
            most,
            ..StatementCache::default()
        }))
    }

    #[inline]
    pub(in crate::connect) fn db(&self) -> &Connection {
        self.0.borrow_owner()
    }

    /// Lends a statement, preparing it if necessary; its bindings are cleared afterwards.
    ///
    /// # Errors
    /// If the statement cannot be prepared, or what `work` returns.
    #[inline]
    pub(super) fn with<T, E>(
        &mut self,
        statement: &Statement,
        explain: impl FnOnce(&Connection, rusqlite::Error) -> E,
        work: impl FnOnce(&Connection, &mut rusqlite::Statement<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.with_dependent_mut(|db, kept| {
            kept.clock += 1;
            let used = kept.clock;
            let prepared = match kept.by_id.get_mut(&statement.id) {
                Some(entry) => {
                    entry.used = used;
                    &mut entry.statement
                }
                None => kept.prepare(db, statement).map_err(|error| explain(db, error))?,
            };
            let lent = BoundStatement(prepared);
            work(db, lent.0)
        })
    }
}

/// Statements that stand on a row until the next one is asked for.
impl ConnectionWithStatements {
    /// Prepares a statement for a cursor.
    ///
    /// # Errors
    /// If it cannot be prepared, or what `bind` returns.
    pub(super) fn open_cursor<E>(
        &mut self,
        number: u32,
        sql: &str,
        explain: impl FnOnce(&Connection, rusqlite::Error) -> E,
        bind: impl FnOnce(&Connection, &mut rusqlite::Statement<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.with_dependent_mut(|db, kept| {
            let mut statement = db.prepare(sql).map_err(|error| explain(db, error))?;
            bind(db, &mut statement)?;
            kept.open.insert(number, statement);
            Ok(())
        })
    }

    /// Hands at most that many of the next rows to `each`, and returns how many there were. After fewer than were asked for
    /// it begins anew.
    ///
    /// # Errors
    /// What the database says, or `each` returns.
    pub(super) fn fetch<E>(
        &mut self,
        number: u32,
        most: u32,
        explain: impl Fn(&Connection, rusqlite::Error) -> E,
        mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<(), E>,
    ) -> Result<u32, E> {
        self.0.with_dependent_mut(|db, kept| {
            let Some(statement) = kept.open.get_mut(&number) else {
                return Ok(0);
            };
            let mut rows = statement.raw_query();
            for count in 0..most {
                match rows.next().map_err(|error| explain(db, error))? {
                    Some(row) => each(row)?,
                    None => return Ok(count),
                }
            }
            // Dropped, they would have the statement begin anew.
            std::mem::forget(rows);
            Ok(most)
        })
    }

    /// Closes a cursor, if it is open.
    pub(super) fn close_cursor(&mut self, number: u32) {
        self.0
            .with_dependent_mut(|_, kept| drop(kept.open.remove(&number)));
    }

    /// Closes all cursors.
    pub(super) fn close_cursors(&mut self) {
        self.0.with_dependent_mut(|_, kept| kept.open.clear());
    }
}

/// A statement in use; its bindings are cleared afterwards, even if reading a row panics.
struct BoundStatement<'a, 'db>(&'a mut rusqlite::Statement<'db>);

impl Drop for BoundStatement<'_, '_> {
    fn drop(&mut self) {
        self.0.clear_bindings();
    }
}

impl<'db> StatementCache<'db> {
    #[cold]
    fn prepare(
        &mut self,
        db: &'db Connection,
        statement: &Statement,
    ) -> rusqlite::Result<&mut rusqlite::Statement<'db>> {
        let prepared = db.prepare_with_flags(&statement.sql, PrepFlags::SQLITE_PREPARE_PERSISTENT)?;
        let parameters = statement.placeholders.len();
        while !self.by_id.is_empty()
            && (self.by_id.len() >= self.most || self.parameters + parameters > MOST_PARAMETERS)
        {
            self.forget_oldest();
        }
        self.parameters += parameters;
        let entry = CachedStatement {
            statement: prepared,
            parameters,
            used: self.clock,
        };
        Ok(&mut self
            .by_id
            .entry(statement.id)
            .insert_entry(entry)
            .into_mut()
            .statement)
    }

    /// A linear search, but only when a statement is prepared, which takes much longer.
    fn forget_oldest(&mut self) {
        let oldest = self.by_id.iter().min_by_key(|(_, entry)| entry.used);
        if let Some(id) = oldest.map(|(id, _)| *id)
            && let Some(entry) = self.by_id.remove(&id)
        {
            self.parameters -= entry.parameters;
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{ErrorCode, StatementStatus};

    use super::*;

    fn database() -> ConnectionWithStatements {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT) STRICT")
            .unwrap();
        ConnectionWithStatements::keeping(db, 3)
    }

    fn insert() -> Statement {
        Statement::new("INSERT INTO item VALUES (?, ?)".to_owned(), Vec::new(), false)
    }

    fn run(
        prepared: &mut ConnectionWithStatements,
        statement: &Statement,
        id: i64,
    ) -> rusqlite::Result<usize> {
        prepared.with(
            statement,
            |_, error| error,
            |_, statement| {
                statement.raw_bind_parameter(1, id)?;
                statement.raw_execute()
            },
        )
    }

    /// The first column of the first row, and how often the statement was prepared again.
    fn ask(prepared: &mut ConnectionWithStatements, statement: &Statement) -> rusqlite::Result<(i64, i32)> {
        prepared.with(
            statement,
            |_, error| error,
            |_, statement| {
                let answer = statement.raw_query().next()?.map_or(Ok(-1), |row| row.get(0))?;
                Ok((answer, statement.get_status(StatementStatus::RePrepare)))
            },
        )
    }

    fn kept(prepared: &ConnectionWithStatements) -> Vec<u32> {
        let mut ids: Vec<u32> = prepared.0.borrow_dependent().by_id.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    fn count() -> Statement {
        Statement::new("SELECT count(*) FROM item".to_owned(), Vec::new(), true)
    }

    #[test]
    fn a_statement_that_failed_is_as_good_as_before() {
        let (mut prepared, insert) = (database(), insert());
        assert_eq!(run(&mut prepared, &insert, 1), Ok(1));
        let error = run(&mut prepared, &insert, 1).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::ConstraintViolation));
        assert_eq!(run(&mut prepared, &insert, 2), Ok(1));
        assert_eq!(ask(&mut prepared, &count()).unwrap().0, 2);
    }

    #[test]
    fn a_statement_that_was_left_in_the_middle_starts_anew_and_locks_nothing() {
        let (mut prepared, insert) = (database(), insert());
        for id in 1..=3 {
            run(&mut prepared, &insert, id).unwrap();
        }
        let all = Statement::new("SELECT id FROM item ORDER BY id".to_owned(), Vec::new(), true);
        assert_eq!(ask(&mut prepared, &all).unwrap().0, 1);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = prepared.with(
                &all,
                |_, error| error,
                |_, statement| -> rusqlite::Result<()> {
                    let mut rows = statement.raw_query();
                    let _row = rows.next()?;
                    std::panic::panic_any("as asked")
                },
            );
        }));
        assert!(panicked.is_err());
        assert_eq!(ask(&mut prepared, &all).unwrap().0, 1);
        // A statement still at work would forbid it.
        prepared.db().execute_batch("DROP TABLE item").unwrap();
        assert!(ask(&mut prepared, &all).is_err());
    }

    #[test]
    fn values_are_forgotten() {
        let mut prepared = database();
        let echo = Statement::new("SELECT coalesce(?, -7)".to_owned(), Vec::new(), true);
        let lent = prepared.with(
            &echo,
            |_, error| error,
            |_, statement| statement.raw_bind_parameter(1, "a secret"),
        );
        assert_eq!(lent, Ok(()));
        assert_eq!(ask(&mut prepared, &echo).unwrap().0, -7);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = prepared.with(
                &echo,
                |_, error| error,
                |_, statement| -> rusqlite::Result<()> {
                    statement.raw_bind_parameter(1, 11)?;
                    let mut rows = statement.raw_query();
                    let _row = rows.next()?;
                    std::panic::panic_any("as asked")
                },
            );
        }));
        assert!(panicked.is_err());
        assert_eq!(ask(&mut prepared, &echo).unwrap().0, -7, "also after a panic");
    }

    #[test]
    fn the_least_recently_used_makes_room() {
        let mut prepared = database();
        let statements: Vec<Statement> = (0..4).map(|_| count()).collect();
        for at in [0, 1, 2, 0, 3] {
            ask(&mut prepared, &statements[at]).unwrap();
        }
        assert_eq!(kept(&prepared), [0, 2, 3].map(|at: usize| statements[at].id));
        assert_eq!(ask(&mut prepared, &statements[1]).unwrap().0, 0);
    }

    #[test]
    fn long_statements_are_kept_in_small_numbers() {
        let mut prepared = database();
        let placeholders = vec![crate::sql::Placeholder::plain(0); MOST_PARAMETERS / 2];
        let long = || Statement::new("SELECT 7".to_owned(), placeholders.clone(), true);
        let statements = [long(), long(), long()];
        for statement in &statements {
            ask(&mut prepared, statement).unwrap();
        }
        assert_eq!(kept(&prepared), [1, 2].map(|at: usize| statements[at].id));
        let longest = Statement::new("SELECT 8".to_owned(), placeholders.repeat(3), true);
        assert_eq!(ask(&mut prepared, &longest).unwrap().0, 8, "whatever its length");
        assert_eq!(kept(&prepared), [longest.id]);
    }

    #[test]
    fn what_cannot_be_prepared_is_not_kept() {
        let mut prepared = database();
        let wrong = Statement::new("SELECT nothing FROM nowhere".to_owned(), Vec::new(), true);
        assert!(ask(&mut prepared, &wrong).is_err());
        assert!(kept(&prepared).is_empty());
    }

    #[test]
    fn a_changed_schema_is_noticed() {
        let mut prepared = database();
        run(&mut prepared, &insert(), 5).unwrap();
        let all = Statement::new("SELECT * FROM item".to_owned(), Vec::new(), true);
        assert_eq!(ask(&mut prepared, &all), Ok((5, 0)));
        let change =
            "ALTER TABLE item RENAME TO old; CREATE TABLE item (other INTEGER); INSERT INTO item VALUES (6)";
        prepared.db().execute_batch(change).unwrap();
        assert_eq!(ask(&mut prepared, &all), Ok((6, 1)));
    }

    #[test]
    fn a_rollback_spares_statements() {
        let (mut prepared, insert, count) = (database(), insert(), count());
        for _ in 0..2 {
            prepared.db().execute_batch("BEGIN IMMEDIATE").unwrap();
            run(&mut prepared, &insert, 1).unwrap();
            assert_eq!(ask(&mut prepared, &count), Ok((1, 0)));
            prepared.db().execute_batch("ROLLBACK").unwrap();
            assert_eq!(ask(&mut prepared, &count), Ok((0, 0)));
        }
    }

    #[test]
    fn a_connection_takes_its_statements_to_another_thread() {
        let (mut prepared, insert) = (database(), insert());
        run(&mut prepared, &insert, 1).unwrap();
        let (mut prepared, insert) = std::thread::spawn(move || {
            run(&mut prepared, &insert, 2).unwrap();
            (prepared, insert)
        })
        .join()
        .unwrap();
        run(&mut prepared, &insert, 3).unwrap();
        assert_eq!(ask(&mut prepared, &count()).unwrap().0, 3);
        // Closed elsewhere while statements are alive.
        std::thread::spawn(move || drop(prepared)).join().unwrap();
    }

    #[test]
    fn a_statement_that_found_the_database_busy_runs_later() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("busy.db")).unwrap();
        let other = open();
        other
            .execute_batch("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
            .unwrap();
        let mut prepared = ConnectionWithStatements::keeping(open(), 3);
        prepared.db().busy_timeout(std::time::Duration::ZERO).unwrap();
        let insert = insert();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = run(&mut prepared, &insert, 1).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(run(&mut prepared, &insert, 1), Ok(1));
    }
}
