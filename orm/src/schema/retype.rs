//! A column that is changed while triggers and the like name it, which no server lets it: they are dropped before, and made again after all
//! such changes, because one of them may name several columns.

use crate::error::Result;
use crate::model::QualifiedName;
use crate::sql::Session;

use super::step::count;
use super::{Step, backend};

/// A statement that changes the type of a column, or drops it to make it anew.
#[derive(Debug, Clone, PartialEq)]
pub struct Retype {
    table: QualifiedName,
    column: String,
    sql: String,
    /// A query for one number: if that is 0, there is nothing to do.
    only_if: Option<String>,
}

impl Retype {
    /// A statement about a column that triggers and the like may name.
    pub(super) fn step(table: &QualifiedName, column: &str, sql: String, only_if: Option<String>) -> Step {
        Step::Retype(Box::new(Retype {
            table: table.clone(),
            column: column.to_owned(),
            sql,
            only_if,
        }))
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// Sets aside what names the column, whoever made it, until [`Step::BringBack`].
    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        if let Some(only_if) = &self.only_if
            && count(session, only_if)? == 0
        {
            return Ok(());
        }
        backend(session.dialect()).set_aside(session, &self.table, &self.column)?;
        session.batch(&self.sql)
    }
}
