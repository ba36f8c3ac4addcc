//! Steps grouped into units, each of which is committed by itself, so that nobody waits for long for a table that others
//! read and write meanwhile.
//!
//! A change that takes long under a lock is an [`OnlineChange`]: it knows itself in one transaction and in several. Within the
//! changes of one table, what is short is done together and what is long follows. What is made anew is made beside what it stands
//! in for, which goes when it is there.

use crate::error::{Error, Result};
use crate::model::QualifiedName;
use crate::sql::{Dialect, Session};

use super::{Guard, Step, backend};

/// What is committed at once.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    /// All of its steps or none, in one transaction.
    Transaction(Vec<Step>),
    /// What runs outside of a transaction, and can be run again if it was interrupted.
    Alone(AloneStep),
}

/// A step outside of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum AloneStep {
    /// Makes an index while others write.
    Index(ConcurrentIndex),
    /// Fills a column, some rows at a time.
    Fill(BatchedFill),
}

/// An index that is made while others read and write its table.
#[derive(Debug, Clone, PartialEq)]
pub struct ConcurrentIndex {
    /// Its table.
    pub table: QualifiedName,
    /// The name that it is made under.
    pub name: String,
    /// The statement.
    pub sql: String,
}

/// One value for all rows that hold NULL in a column.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchedFill {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: String,
    /// The value, as SQL.
    pub value: String,
}

/// A change that keeps others waiting for long if it is done in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct OnlineChange {
    /// The table that others use.
    pub table: QualifiedName,
    /// The change within a transaction.
    pub plain: Vec<Step>,
    /// What looks at the rows before anything is changed.
    pub looks: Vec<Step>,
    /// Another table that those look at.
    pub looks_at: Option<QualifiedName>,
    /// What is done with other changes of the table.
    pub core: Vec<Step>,
    /// What is done when those are committed.
    pub later: Vec<Unit>,
}

/// The steps of one change of the models.
#[derive(Debug, Clone, Default)]
pub struct StepGroup {
    pub steps: Vec<Step>,
    /// The model whose table it alters.
    pub alters: Option<String>,
    /// Whether rows of its table, and of others, can be looked at before it as well as behind it: it renames nothing, and no
    /// person wrote it.
    pub rows_stay: bool,
}

impl StepGroup {
    /// What stands around the changes of models.
    pub fn around(steps: impl IntoIterator<Item = Step>) -> Self {
        StepGroup {
            steps: steps.into_iter().collect(),
            ..StepGroup::default()
        }
    }
}

impl Unit {
    /// The steps within a transaction.
    pub fn steps(&self) -> &[Step] {
        match self {
            Unit::Transaction(steps) => steps,
            Unit::Alone(_) => &[],
        }
    }

    /// What tells one unit from another: everything that it does, as text.
    pub fn text(&self) -> String {
        match self {
            Unit::Transaction(steps) => {
                let steps = steps
                    .iter()
                    .map(|step| format!("{}\n{}", step.describe(), step.sql().join("\n")));
                format!("transaction\n{}", steps.collect::<Vec<_>>().join("\n"))
            }
            Unit::Alone(step) => format!("alone\n{}", step.sql().join("\n")),
        }
    }
}

impl AloneStep {
    /// What it does, in a few words.
    pub fn describe(&self) -> String {
        match self {
            AloneStep::Index(index) => index.sql.lines().next().unwrap_or_default().to_owned(),
            AloneStep::Fill(fill) => format!(
                "fill {} of {}",
                crate::sql::quote(&fill.column),
                fill.table.quoted()
            ),
        }
    }

    /// Its statements, for display.
    pub fn sql(&self) -> Vec<String> {
        match self {
            AloneStep::Index(index) => vec![index.sql.clone()],
            AloneStep::Fill(fill) => vec![
                "-- some rows at a time, each batch committed".to_owned(),
                format!(
                    "UPDATE {} SET {1} = {2} WHERE {1} IS NULL",
                    fill.table.quoted(),
                    crate::sql::quote(&fill.column),
                    fill.value
                ),
            ],
        }
    }

    /// Checks that nothing is there yet that it makes.
    ///
    /// # Errors
    /// If something of its name is there.
    pub fn check(&self, session: &mut dyn Session) -> Result<()> {
        match self {
            AloneStep::Index(index) => backend(session.dialect()).check_free(session, index),
            AloneStep::Fill(_) => Ok(()),
        }
    }

    /// Whether nothing of it is there, after it failed; rows that are filled are as good as others.
    ///
    /// # Errors
    /// What the database says.
    pub fn leaves_nothing(&self, session: &mut dyn Session) -> Result<bool> {
        match self {
            AloneStep::Index(index) => Ok(backend(session.dialect()).check_free(session, index).is_ok()),
            AloneStep::Fill(_) => Ok(false),
        }
    }

    /// Runs it; `again` if it may have been begun before.
    ///
    /// # Errors
    /// What the database says; running it again goes on.
    pub fn run(&self, session: &mut dyn Session, again: bool, patience: &mut dyn Patience) -> Result<()> {
        backend(session.dialect()).run_alone(session, self, again, patience)
    }
}

/// How long others are waited for, and what is told meanwhile.
pub trait Patience {
    /// How long a statement waits for a lock, in milliseconds: so long others may have to wait behind it.
    fn lock_milliseconds(&self) -> u128;

    /// Waits a moment before another attempt.
    ///
    /// # Errors
    /// `error`, if there is no time left; cancelled.
    fn pause(&mut self, session: &mut dyn Session, error: Error) -> Result<()>;

    /// So many parts of all are done.
    ///
    /// # Errors
    /// If it was cancelled.
    fn done(&mut self, session: &mut dyn Session, done: u64, of: u64) -> Result<()>;
}

/// Units of the changes of one migration. `is_new` knows the tables that nobody else uses yet. With `online` false, or where a
/// database has no such forms, it is one transaction.
pub fn units(
    groups: Vec<StepGroup>,
    dialect: &Dialect,
    online: bool,
    is_new: &dyn Fn(&QualifiedName) -> bool,
) -> Vec<Unit> {
    // A view without its query shows no rows, which nobody else may see.
    let hides = groups
        .iter()
        .flat_map(|group| &group.steps)
        .any(|step| matches!(step, Step::EmptyView(_)));
    if !(online && dialect.online_changes) || hides {
        return vec![Unit::Transaction(
            groups.into_iter().flat_map(|group| group.steps).collect(),
        )];
    }
    let mut units = Vec::new();
    let (mut front, mut open) = (Vec::new(), Vec::new());
    let mut altered: Vec<String> = Vec::new();
    let mut first = true;
    for group in groups {
        let StepGroup {
            steps,
            alters,
            rows_stay,
        } = group;
        // Rows can be looked at before all changes where none of those before this one changes them, or what they are called.
        let mut to_front =
            first && rows_stay && alters.as_ref().is_some_and(|model| !altered.contains(model));
        let (mut looks, mut core, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Online(change) if !is_new(&change.table) => {
                    let change = *change;
                    let there = !change.looks_at.as_ref().is_some_and(is_new);
                    to_front &= change.looks_at.is_none() || altered.is_empty();
                    match rows_stay && there {
                        true => looks.extend(change.looks),
                        false if !change.looks.is_empty() => later.push(Unit::Transaction(change.looks)),
                        false => {}
                    }
                    core.extend(change.core);
                    later.extend(change.later);
                }
                Step::Online(change) => core.extend(change.plain),
                Step::Guard(Guard {
                    rows_of: Some(table),
                    count,
                    what,
                    hint,
                }) if rows_stay && core.iter().all(Step::only_asks) && !is_new(&table) => {
                    let rows_of = Some(table);
                    looks.push(Step::Guard(Guard {
                        rows_of,
                        count,
                        what,
                        hint,
                    }));
                }
                Step::Loss(loss) if rows_stay && core.iter().all(Step::only_asks) => {
                    looks.push(Step::Loss(loss))
                }
                step => core.push(step),
            }
        }
        if to_front {
            front.append(&mut looks);
        } else if !looks.is_empty() {
            close(&mut open, &mut units);
        }
        let retyped = core
            .iter()
            .any(|step| matches!(step, Step::Retype(_) | Step::AroundViews(_)));
        open.append(&mut looks);
        open.append(&mut core);
        if !later.is_empty() {
            close(&mut open, &mut units);
            units.append(&mut later);
        }
        // Columns of other tables may have changed with it.
        first &= rows_stay && !retyped;
        altered.extend(alters);
    }
    close(&mut open, &mut units);
    match units.first_mut() {
        Some(Unit::Transaction(steps)) => {
            front.append(steps);
            *steps = front;
        }
        _ if front.is_empty() => {}
        _ => units.insert(0, Unit::Transaction(front)),
    }
    if units.is_empty() {
        units.push(Unit::Transaction(Vec::new()));
    }
    units
}

fn close(open: &mut Vec<Step>, units: &mut Vec<Unit>) {
    if !open.is_empty() {
        units.push(Unit::Transaction(std::mem::take(open)));
    }
}
