//! Views of SQLite, which keeps their text and reads it each time.

use crate::error::{Error, Result};
use crate::model::QualifiedName;
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::view::DatabaseView;
use super::preserve::broken;

/// The statements that make a view, or replace another.
pub(super) fn statements(from: Option<&DatabaseView>, to: &DatabaseView) -> Vec<String> {
    if from.is_some_and(|from| from.sql == to.sql && from.name == to.name) {
        return Vec::new();
    }
    let drop = from.map(|from| format!("DROP VIEW {}", from.name.quoted()));
    let create = format!("CREATE VIEW {} AS\n{}", to.name.quoted(), to.sql);
    drop.into_iter().chain([create]).collect()
}

/// Gives a view a query that reads nothing and has the same columns. One that cannot be read stays as it is.
pub(super) fn empty(session: &mut dyn Session, view: &QualifiedName) -> Result<()> {
    let mut columns = Vec::new();
    let read = session.query(
        "SELECT name FROM pragma_table_info(?)",
        &[Value::from(view.name.as_str())],
        &mut |row| {
            columns.push(format!("NULL AS {}", quote(&row.get::<String>(0)?)));
            Ok(())
        },
    );
    if read.is_err() || columns.is_empty() {
        return Ok(());
    }
    let name = view.quoted();
    let made_again = triggers(session, view)?;
    session.batch(&format!("DROP VIEW {name}"))?;
    session.batch(&format!(
        "CREATE VIEW {name} AS SELECT {} WHERE false",
        columns.join(", ")
    ))?;
    made_again.iter().try_for_each(|sql| session.batch(sql))
}

/// What made the triggers of a view.
fn triggers(session: &mut dyn Session, view: &QualifiedName) -> Result<Vec<String>> {
    let mut triggers = Vec::new();
    session.query(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid",
        &[Value::from(view.name.as_str())],
        &mut |row| {
            triggers.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    Ok(triggers)
}

/// Drops a view and makes it again, with its triggers; what reads it has to work as before.
pub(super) fn replace(session: &mut dyn Session, from: &DatabaseView, to: &DatabaseView) -> Result<()> {
    let before = broken(session)?;
    let triggers = triggers(session, &from.name)?;
    let statements = statements(Some(from), to);
    if statements.is_empty() {
        return Ok(());
    }
    if !triggers.is_empty() && from.name != to.name {
        return Err(Error::migration(format!(
            "the view {} gets another name, and its triggers name the old one; nothing was changed",
            quote(&from.name.name)
        ))
        .with_hint("drop the triggers before, and make them again after"));
    }
    statements
        .iter()
        .chain(&triggers)
        .try_for_each(|sql| session.batch(sql))?;
    // Whether the view itself can be read is asked for the columns of its model.
    let own = format!("view {}", quote(&to.name.name));
    match broken(session)?.difference(&before).find(|what| **what != own) {
        None => Ok(()),
        Some(what) => Err(Error::migration(format!("{what} would not work any more; nothing was changed"))
            .with_hint("it reads the view as it was; change or drop it before, in a migration of its own, and make it again after")),
    }
}
