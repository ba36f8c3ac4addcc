//! A column that gets another type while triggers and the like name it, which no server lets it: they are made again around the change.

use crate::error::Result;
use crate::model::QualifiedName;
use crate::sql::Session;

use super::backend;

/// A statement that changes the type of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Retype {
    pub(super) table: QualifiedName,
    pub(super) column: String,
    pub(super) sql: String,
}

impl Retype {
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// Drops what names the column, whoever made it, and makes it again as it was.
    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        let named = backend(session.dialect()).set_aside(session, &self.table, &self.column)?;
        for object in &named {
            session.batch(&object.drop)?;
        }
        session.batch(&self.sql)?;
        for object in &named {
            let made = session.batch(&object.create);
            made.map_err(|error| {
                error.context(format!(
                    "the {} names {}.{} and does not fit its new type",
                    object.label, self.table, self.column
                ))
            })?;
        }
        Ok(())
    }
}

/// What has to go for a change, and how it comes back.
pub(super) struct SetAside {
    pub label: String,
    pub drop: String,
    pub create: String,
}
