//! Postgres's half of the floor.

use crate::error::{Error, Result};
use crate::sql::Session;

use super::{Backend, TableDef};

pub(super) struct Postgres;

impl Backend for Postgres {
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
