//! Triggers of tables, as comparable data.

pub(super) mod text;

pub use text::columns_of_rows;

use crate::error::Result;
use crate::model::{Deferrable, TriggerEvent, TriggerTiming};
use crate::sql::{Session, quote};

use super::{Step, backend};

/// A trigger of a table.
///
/// # Example: none in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// assert!(post.triggers.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTrigger {
    /// Its name.
    pub name: String,
    /// Whether it runs before or after.
    pub timing: TriggerTiming,
    /// What it runs for, in order.
    pub events: Vec<TriggerEvent>,
    /// The columns whose updates it runs for; all of them if none is named.
    pub columns: Vec<String>,
    /// Whether it runs once for each statement; otherwise it does for each row.
    pub each_statement: bool,
    /// Whether it can wait for the end of the transaction.
    pub deferrable: Deferrable,
    /// The name under which it reads the rows of the statement as they were.
    pub old_rows: Option<String>,
    /// The name under which it reads the rows of the statement as they are now.
    pub new_rows: Option<String>,
    /// The condition on which it runs, in SQL without the outer parentheses.
    pub condition: Option<String>,
    /// What it does.
    pub action: TriggerAction,
}

/// What a trigger does.
///
/// # Example: statements
///
/// ```
/// use orm::tables::TriggerAction;
///
/// assert_ne!(TriggerAction::Body("SELECT 1;".to_owned()), TriggerAction::Function("\"touch\"".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerAction {
    /// Statements of its own; where triggers call functions, those of the function that was made for it.
    Body(String),
    /// It calls a function that others may call, too, by this name in SQL.
    Function(String),
}

impl TableTrigger {
    /// What it runs for, as SQL writes it.
    pub(super) fn events_sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quote(column)).collect();
        let events = self.events.iter().map(|event| match event {
            TriggerEvent::Update if !columns.is_empty() => format!("UPDATE OF {}", columns.join(", ")),
            event => event.sql().to_owned(),
        });
        events.collect::<Vec<_>>().join(" OR ")
    }
}

/// Those of one table that are not as before on another.
pub(super) fn differing<'t>(
    of: &'t [TableTrigger],
    other: &'t [TableTrigger],
) -> impl Iterator<Item = &'t TableTrigger> {
    of.iter().filter(|trigger| !other.contains(trigger))
}

/// Checks that the triggers that steps have made can run, where the database does not look into them: behind the last step.
/// Tables that they name may come in a later migration.
///
/// # Errors
/// If one cannot run; the caller rolls back.
pub fn check_triggers(session: &mut dyn Session, steps: &[Step], tables_come: bool) -> Result<()> {
    let backend = backend(session.dialect());
    steps.iter().try_for_each(|step| match step {
        Step::Trigger { name, .. } => backend.check_trigger(session, name, tables_come),
        _ => Ok(()),
    })
}
