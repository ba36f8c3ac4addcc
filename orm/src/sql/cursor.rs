//! Statements that read a result in portions: a cursor is opened, fetched from and closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Dialect, Statement};

/// A result that is read in portions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    number: u32,
    /// Whether others use its connection meanwhile, and may change the rows that it reads.
    shared: bool,
}

/// What a statement does to a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnCursor {
    /// The cursor's number, unique in the process.
    pub number: u32,
    /// What it does.
    pub step: CursorStep,
}

/// What is done to a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorStep {
    /// It is opened, before the first row.
    Open,
    /// That many rows are read.
    Fetch(u32),
    /// It is closed.
    Close,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Cursor {
    /// One on a connection that is used for nothing else.
    pub fn alone() -> Self {
        Cursor {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            shared: false,
        }
    }

    /// One on a connection that others use meanwhile.
    pub fn shared() -> Self {
        Cursor {
            shared: true,
            ..Self::alone()
        }
    }

    /// The statement that opens it over the rows of another.
    pub fn open(self, rows: &Statement, dialect: &Dialect) -> Arc<Statement> {
        let sql = match dialect.declares_cursors {
            true => format!("DECLARE {} NO SCROLL CURSOR FOR {}", self.name(), rows.sql),
            // Stepped row by row, it would see some of the changes that are made meanwhile.
            false if self.shared => {
                format!(
                    "WITH orm_rows AS MATERIALIZED (\n{}\n) SELECT * FROM orm_rows",
                    rows.sql
                )
            }
            false => rows.sql.clone(),
        };
        Arc::new(rows.on_cursor(sql, false, self.on(CursorStep::Open)))
    }

    /// The statement that reads rows from it.
    pub fn fetch(self, rows: u32) -> Arc<Statement> {
        let sql = format!("FETCH FORWARD {rows} FROM {}", self.name());
        Arc::new(Statement::without_values(
            sql,
            true,
            self.on(CursorStep::Fetch(rows)),
        ))
    }

    /// The statement that closes it.
    pub fn close(self) -> Arc<Statement> {
        let sql = self.closing();
        Arc::new(Statement::without_values(sql, false, self.on(CursorStep::Close)))
    }

    /// The SQL that closes it, where it is declared.
    pub fn closing(self) -> String {
        format!("CLOSE {}", self.name())
    }

    /// The number by which a driver knows it that steps statements.
    #[cfg(all(feature = "async", feature = "sqlite"))]
    pub fn number(self) -> u32 {
        self.number
    }

    fn on(self, step: CursorStep) -> OnCursor {
        OnCursor {
            number: self.number,
            step,
        }
    }

    fn name(self) -> String {
        format!("orm_cursor_{}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_declared_stepped_or_put_aside() {
        let rows = Statement::new("SELECT 1".to_owned(), Vec::new(), true);
        let cursor = Cursor::alone();
        let name = cursor.name();
        assert_eq!(
            cursor.open(&rows, Dialect::POSTGRES).sql,
            format!("DECLARE {name} NO SCROLL CURSOR FOR SELECT 1")
        );
        assert_eq!(cursor.fetch(500).sql, format!("FETCH FORWARD 500 FROM {name}"));
        assert_eq!(cursor.close().sql, format!("CLOSE {name}"));
        assert_eq!(cursor.open(&rows, Dialect::SQLITE).sql, "SELECT 1");
        let shared = Cursor::shared().open(&rows, Dialect::SQLITE);
        assert_eq!(
            shared.sql,
            "WITH orm_rows AS MATERIALIZED (\nSELECT 1\n) SELECT * FROM orm_rows"
        );
        assert!(!shared.returns_rows, "opening it reads nothing");
    }
}
