//! One thing to do to a database, as data: shown by `sqlmigrate`, run by `migrate`.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::model::QualifiedName;
use crate::sql::{Dialect, Session, quote};

use super::around_views::AroundViews;
use super::backend;
use super::retype::Retype;
use super::script::check_script;
use super::sqlite::Rebuild;
use super::table_part::PartChange;
use super::unit::OnlineChange;
use super::view::{EmptyView, ViewChange};

/// One thing to do to a database. A list of them runs in order, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// One statement.
    Sql(String),
    /// Hand-written SQL: any number of statements.
    ByHand(String),
    /// One statement that would delete rows, or fail, while foreign keys are enabled.
    WithoutKeys(String),
    /// A precondition on existing rows: if it counts any, the migration stops before anything is lost.
    Guard(Guard),
    /// What is lost with what is dropped, if anything is there.
    Loss(Loss),
    /// A precondition on the database itself: if it does not hold, the migration stops.
    Require(Requirement),
    /// Drops or renames a constraint or an index, whatever its name in the table is.
    Part(Box<PartChange>),
    /// Creates a trigger into which the database does not look before it runs; see
    /// [`check_triggers`](super::check_triggers).
    Trigger {
        /// Its name.
        name: String,
        /// The statement.
        sql: String,
    },
    /// Drops a trigger of a table, where others may have one of that name on another table.
    DropTrigger {
        /// The name of the table.
        table: String,
        /// Its name.
        name: String,
    },
    /// Changes the type of a column.
    Retype(Box<Retype>),
    /// Makes again what named columns of another type and was dropped for that.
    BringBack,
    /// Makes or changes a view.
    View(Box<ViewChange>),
    /// Takes the query of a view away for a while.
    EmptyView(EmptyView),
    /// Makes columns anew, around the views that depend on them.
    AroundViews(Box<AroundViews>),
    /// Rebuilds a table under its name, with all its rows.
    Rebuild(Box<Rebuild>),
    /// What takes long under a lock; within a transaction it is its plain form.
    Online(Box<OnlineChange>),
    /// Runs a function of the program.
    Function(FunctionStep),
}

/// A function as a step.
#[derive(Clone)]
pub struct FunctionStep {
    name: String,
    run: Arc<Run>,
}

type Run = dyn Fn(&mut dyn Session) -> Result<()> + Send + Sync;

impl FunctionStep {
    /// `run` under a name for people.
    pub fn new(
        name: impl Into<String>,
        run: impl Fn(&mut dyn Session) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        FunctionStep {
            name: name.into(),
            run: Arc::new(run),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for FunctionStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.name)
    }
}

impl PartialEq for FunctionStep {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A count that has to be 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// A query for one number.
    pub count: String,
    /// The table whose rows it counts, if it counts rows.
    pub rows_of: Option<QualifiedName>,
    /// What is wrong with what was counted, followed by the number: `rows of "t" hold NULL in "c"`.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// What would be lost: the rows of a table, or the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The table.
    pub table: QualifiedName,
    /// The column; all of the table if there is none.
    pub column: Option<String>,
}

/// What has to hold of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// A query for one boolean.
    pub holds: String,
    /// What is wrong where it does not hold: `the extension "ltree" is missing`.
    pub otherwise: String,
    /// What to do about it.
    pub hint: String,
}

impl Step {
    /// The statements, each without `;`, for display. Comments stand for what depends on the content of the database.
    pub fn sql(&self) -> Vec<String> {
        match self {
            Step::Sql(sql) | Step::ByHand(sql) | Step::WithoutKeys(sql) | Step::Trigger { sql, .. } => {
                vec![sql.clone()]
            }
            Step::Retype(retype) => vec![retype.sql().to_owned()],
            Step::DropTrigger { name, .. } => vec![format!("DROP TRIGGER IF EXISTS {}", quote(name))],
            Step::BringBack => vec![
                "-- triggers and policies that name those columns were dropped before, and come back as they were".to_owned(),
            ],
            Step::Guard(guard) => vec![format!("-- {}", guard.describe())],
            Step::Loss(loss) => vec![format!("-- {}", loss.describe())],
            Step::Require(requirement) => vec![format!("-- {}", requirement.describe())],
            Step::Part(change) => change.sql.clone(),
            Step::View(change) => change.statements(),
            Step::AroundViews(around) => around.sql(),
            Step::EmptyView(empty) => vec![format!("-- {}, until it has the new one", empty.describe())],
            Step::Rebuild(rebuild) => rebuild.sql(),
            Step::Online(change) => change.plain.iter().flat_map(Step::sql).collect(),
            Step::Function(function) => {
                vec![format!("-- runs the function {} of the program", function.name)]
            }
        }
    }

    /// Runs the step, inside the transaction that the caller has begun.
    ///
    /// # Errors
    /// What the database says, or a guard; the caller rolls back.
    pub fn run(&self, session: &mut dyn Session) -> Result<()> {
        match self {
            Step::Sql(sql) | Step::WithoutKeys(sql) | Step::Trigger { sql, .. } => session.batch(sql),
            Step::Guard(guard) => guard.run(session),
            // Whether something may be lost is asked by whoever runs it.
            Step::Loss(_) => Ok(()),
            Step::Require(requirement) => requirement.run(session),
            Step::Part(change) => change.run(session),
            Step::Retype(retype) => retype.run(session),
            Step::DropTrigger { table, name } => {
                backend(session.dialect()).drop_trigger(session, table, name)
            }
            Step::BringBack => backend(session.dialect()).bring_back(session),
            Step::View(change) => change.run(session),
            Step::AroundViews(around) => around.run(session),
            Step::EmptyView(empty) => empty.run(session),
            Step::Rebuild(rebuild) => rebuild.run(session),
            Step::Online(change) => change.plain.iter().try_for_each(|step| step.run(session)),
            Step::ByHand(sql) => within(session, |session| session.batch(sql)),
            Step::Function(function) => within(session, |session| (function.run)(session)),
        }
    }

    /// Checks that it can run in a transaction, as far as that is known beforehand.
    ///
    /// # Errors
    /// If its hand-written SQL cannot.
    pub fn check(&self, dialect: &Dialect) -> Result<()> {
        match self {
            Step::ByHand(sql) => check_script(sql, dialect),
            _ => Ok(()),
        }
    }

    /// The steps that it is within a transaction.
    pub fn within(self) -> Vec<Step> {
        match self {
            Step::Online(change) => change.plain,
            step => vec![step],
        }
    }

    /// Whether it only asks the database for something.
    pub fn only_asks(&self) -> bool {
        matches!(self, Step::Guard(_) | Step::Loss(_) | Step::Require(_))
    }

    /// Whether foreign keys must be disabled while it runs; see [`before_transaction`](super::before_transaction).
    pub fn needs_foreign_keys_off(&self) -> bool {
        matches!(self, Step::Rebuild(_) | Step::WithoutKeys(_))
    }

    /// What it does, in a few words.
    pub fn describe(&self) -> String {
        match self {
            Step::Sql(sql) | Step::ByHand(sql) | Step::WithoutKeys(sql) | Step::Trigger { sql, .. } => sql
                .lines()
                .next()
                .unwrap_or_default()
                .trim_end_matches(" (")
                .to_owned(),
            Step::Retype(retype) => retype.sql().to_owned(),
            Step::DropTrigger { table, name } => {
                format!("drop the trigger {} of {}", quote(name), quote(table))
            }
            Step::BringBack => "bring triggers and policies back".to_owned(),
            Step::Guard(guard) => guard.describe(),
            Step::Loss(loss) => loss.describe(),
            Step::Require(requirement) => requirement.describe(),
            Step::Part(change) => change.describe(),
            Step::View(change) => change.describe(),
            Step::AroundViews(around) => around.describe(),
            Step::EmptyView(empty) => empty.describe(),
            Step::Rebuild(rebuild) => rebuild.describe(),
            Step::Online(change) => {
                let steps: Vec<String> = change.plain.iter().map(Step::describe).collect();
                steps.join(", ")
            }
            Step::Function(function) => format!("run {}", function.name),
        }
    }
}

/// Runs something arbitrary in a savepoint, whose release proves that the transaction is still open.
fn within(session: &mut dyn Session, work: impl FnOnce(&mut dyn Session) -> Result<()>) -> Result<()> {
    session.batch("SAVEPOINT orm_by_hand")?;
    work(session)?;
    session.batch("RELEASE SAVEPOINT orm_by_hand").map_err(|source| {
        if source.kind() != Kind::Database {
            return source;
        }
        Error::migration(
            "what a person wrote into the migration ended its transaction: what ran before that may stay, and the migration \
             is not recorded",
        )
        .with_hint("take what ends it out of the migration, and look at what has stayed before you run it again")
        .with_source(source)
    })
}

impl Guard {
    fn describe(&self) -> String {
        stops_if(&self.what)
    }

    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        match count(session, &self.count)? {
            0 => Ok(()),
            found => {
                Err(Error::migration(format!("{} ({found} found)", self.what)).with_hint(self.hint.clone()))
            }
        }
    }
}

impl Loss {
    fn describe(&self) -> String {
        let what = match &self.column {
            Some(column) => format!("rows of {} hold values in {}", self.table.quoted(), quote(column)),
            None => format!("{} holds rows", self.table.quoted()),
        };
        stops_if(&format!("{what} and nobody allows that they are lost"))
    }

    /// What is lost, in words; nothing if nothing is there.
    ///
    /// # Errors
    /// What the database says.
    pub fn found(&self, session: &mut dyn Session) -> Result<Option<String>> {
        let table = self.table.quoted();
        let condition = match &self.column {
            Some(column) => format!(" WHERE {} IS NOT NULL", quote(column)),
            None => String::new(),
        };
        let found = count(session, &format!("SELECT count(*) FROM {table}{condition}"))?;
        let rows = if found == 1 { "row" } else { "rows" };
        Ok(match (found, &self.column) {
            (0, _) => None,
            (_, Some(column)) => Some(format!(
                "the values of {} in {found} {rows} of {table}",
                quote(column)
            )),
            (_, None) => Some(format!("the {found} {rows} of {table}")),
        })
    }
}

/// The error for what would be lost.
pub fn lost(found: &[String]) -> Error {
    Error::new(
        Kind::Loss,
        format!("this would lose {}", found.join(", and ")),
    )
    .with_hint(
        "copy what is needed in a migration before; if nobody needs it, write the reason into the file: allow_loss = \"…\", or run it \
         with --allow-loss (MigrateOptions::allow_loss)",
    )
}

impl Requirement {
    fn describe(&self) -> String {
        stops_if(&self.otherwise)
    }

    fn run(&self, session: &mut dyn Session) -> Result<()> {
        let mut holds = false;
        session.query(&self.holds, &[], &mut |row| {
            holds = row.get(0)?;
            Ok(())
        })?;
        match holds {
            true => Ok(()),
            false => Err(Error::migration(self.otherwise.clone()).with_hint(self.hint.clone())),
        }
    }
}

fn stops_if(what: &str) -> String {
    format!("stops here if {}", what.replace('\n', " "))
}

/// The one number that a query answers.
pub(crate) fn count(session: &mut dyn Session, sql: &str) -> Result<i64> {
    let mut number = 0;
    session.query(sql, &[], &mut |row| {
        number = row.get::<i64>(0)?;
        Ok(())
    })?;
    Ok(number)
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests {
    use super::*;
    use crate::schema::testing::{Lite, Pg, all};

    /// Nobody can look into a function beforehand.
    #[test]
    fn a_guard_says_once_when_it_stops() {
        let step = Step::Guard(Guard {
            count: "SELECT 1".to_owned(),
            rows_of: None,
            what: "rows of \"t\" hold NULL\nin \"c\"".to_owned(),
            hint: String::new(),
        });
        assert_eq!(step.describe(), "stops here if rows of \"t\" hold NULL in \"c\"");
        assert_eq!(step.sql(), [format!("-- {}", step.describe())]);
    }

    #[test]
    fn a_function_that_ends_the_transaction_is_found_out_at_once() {
        for session in [&mut Lite::new() as &mut dyn Session, &mut Pg::new()] {
            session.batch("CREATE TABLE t (x integer)").unwrap();
            for ends in [
                "COMMIT",
                "COMMIT; BEGIN",
                "ROLLBACK",
                "ROLLBACK; BEGIN",
                "COMMIT; BEGIN; SAVEPOINT other",
            ] {
                let function = Step::Function(FunctionStep::new("ends", move |session| session.batch(ends)));
                session.batch("BEGIN; INSERT INTO t VALUES (1)").unwrap();
                let error = function.run(session).unwrap_err().to_string();
                assert!(error.contains("ended its transaction"), "{ends}: {error}");
                let _ = session.batch("ROLLBACK");
            }
            let nested =
                "SAVEPOINT a; INSERT INTO t VALUES (2); ROLLBACK TO a; RELEASE a; INSERT INTO t VALUES (3)";
            session.batch("DELETE FROM t; BEGIN").unwrap();
            Step::ByHand(nested.to_owned()).run(session).unwrap();
            session.batch("COMMIT").unwrap();
            assert_eq!(all(session, "SELECT CAST(x AS TEXT) FROM t"), ["3"]);
        }
    }
}
