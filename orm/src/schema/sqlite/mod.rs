//! SQLite's half of the floor.

use crate::error::{Error, Result};
use crate::sql::Session;

use super::{Backend, TableDef};

pub(super) struct Sqlite;

impl Backend for Sqlite {
    fn introspect(&self, _: &mut dyn Session, _: &str) -> Result<Option<TableDef>> {
        Err(Error::unsupported("not yet"))
    }

    fn tables(&self, _: &mut dyn Session) -> Result<Vec<String>> {
        Err(Error::unsupported("not yet"))
    }

    fn canonical(&self, _: &mut dyn Session, _: &TableDef) -> Result<TableDef> {
        Err(Error::unsupported("not yet"))
    }
}

/// A table made anew under its name, with all its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuild {}

impl Rebuild {
    pub(super) fn sql(&self) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn describe(&self) -> String {
        String::new()
    }

    pub(super) fn run(&self, _: &mut dyn Session) -> Result<()> {
        Err(Error::unsupported("not yet"))
    }
}
