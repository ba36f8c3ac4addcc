//! What a data migration is given.

use std::cell::RefCell;

use super::HistoricalModel;
use super::meta::meta_of;
use crate::error::{Error, Result};
use crate::migrate::state::ProjectState;
use crate::model::ModelKey;
use crate::schema::check_script;
use crate::sql::{Backend, Dialect, Session, Statement};
use crate::value::{Row, Value};

/// The database and the models at the point of the history where a migration stands.
///
/// Everything done through it is part of the migration's transaction: an error that the function returns undoes all
/// of it, and the migration is not applied.
pub struct MigrationContext<'a> {
    session: RefCell<&'a mut dyn Session>,
    state: &'a ProjectState,
    app: &'a str,
}

/// The way to the database; hides how long the session lives.
pub(super) trait Door {
    fn dialect(&self) -> &'static Dialect;

    /// Runs a statement; for one without rows the number of rows it changed.
    fn run(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<u64>;
}

impl<'a> MigrationContext<'a> {
    pub(in crate::migrate) fn new(
        session: &'a mut dyn Session,
        state: &'a ProjectState,
        app: &'a str,
    ) -> Self {
        MigrationContext {
            session: RefCell::new(session),
            state,
            app,
        }
    }

    /// A model as it is at this point: `blog.Post`, or `Post` for one of the migration's own app.
    ///
    /// # Errors
    /// If there is no such model at this point.
    pub fn model(&self, name: &str) -> Result<HistoricalModel<'_>> {
        let (app, model) = name.split_once('.').unwrap_or((self.app, name));
        let key = ModelKey::new(app, model);
        match self.state.model(&key) {
            Some(def) => {
                let (meta, home) = meta_of(self.state, def)?;
                Ok(HistoricalModel::new(self, meta, home))
            }
            None => {
                let known: Vec<String> = self.state.models().keys().map(ToString::to_string).collect();
                Err(
                    Error::migration(format!("there is no model {key} at this point of the history"))
                        .with_hint(match known.is_empty() {
                            true => "there are no models at all yet".to_owned(),
                            false => format!("there are {}", known.join(", ")),
                        }),
                )
            }
        }
    }

    /// Which database it is, for what has to be written for each.
    pub fn backend(&self) -> Backend {
        self.dialect().backend
    }

    /// Runs one statement of SQL and returns how many rows it changed.
    ///
    /// # Errors
    /// What the database says, or if the statement would end the transaction of the migration or cannot run in it; it is not
    /// sent then.
    pub fn execute(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64> {
        check_script(sql, self.dialect())?;
        self.session
            .try_borrow_mut()
            .map_err(|_| busy())?
            .execute(sql, values)
    }
}

impl Door for MigrationContext<'_> {
    fn dialect(&self) -> &'static Dialect {
        self.session.borrow().dialect()
    }

    fn run(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<u64> {
        let bound: Vec<Value<'_>> = statement
            .slots
            .iter()
            .map(|slot| slot.fill(values).map(std::borrow::Cow::into_owned))
            .collect::<Result<_>>()?;
        let mut session = self.session.try_borrow_mut().map_err(|_| busy())?;
        if statement.returns_rows {
            session.query(&statement.sql, &bound, each).map(|()| 0)
        } else {
            session.execute(&statement.sql, &bound)
        }
    }
}

#[cold]
fn busy() -> Error {
    Error::migration("the database is asked while it still answers the last question")
        .with_hint("collect the rows first, then work on them")
}

impl std::fmt::Debug for MigrationContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrationContext")
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}
