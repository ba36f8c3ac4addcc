//! Runs a job on one caller's connection, within its open transaction.

use crate::error::Result;
use crate::sql::{Session, Statement};
use crate::value::Value;

use super::{Access, ErrorContext, Job};

/// Runs a job as part of a transaction. A job of several statements runs in a savepoint, so that it is all or nothing
/// even if the caller continues after an error.
///
/// # Errors
/// What the job or the database reports.
pub(crate) fn run_on<J: Job>(session: &mut dyn Session, job: J) -> Result<J::Output> {
    let context = job.error_context();
    let dialect = session.dialect();
    let result = if job.access() == Access::Atomic && !job.is_one_statement(dialect) {
        within_savepoint(session, job)
    } else {
        exchange(session, job)
    };
    result.map_err(|error| ErrorContext::explain(context, error))
}

fn within_savepoint<J: Job>(session: &mut dyn Session, job: J) -> Result<J::Output> {
    session.batch("SAVEPOINT orm_job")?;
    match exchange(session, job) {
        Ok(output) => {
            session.batch("RELEASE SAVEPOINT orm_job")?;
            Ok(output)
        }
        Err(error) => {
            // If this fails too, the transaction as a whole is rolled back, and the first error says why.
            let _ = session.batch("ROLLBACK TO SAVEPOINT orm_job; RELEASE SAVEPOINT orm_job");
            Err(error)
        }
    }
}

fn exchange<J: Job>(session: &mut dyn Session, mut job: J) -> Result<J::Output> {
    let dialect = session.dialect();
    while let Some(statement) = job.next(dialect)? {
        let values = filled(&statement, job.values())?;
        if statement.returns_rows {
            session.query(&statement.sql, &values, &mut |row| job.row(row))?;
        } else {
            let rows = session.execute(&statement.sql, &values)?;
            job.affected(rows)?;
        }
        job.answered();
    }
    job.finish()
}

/// The values in the order of the statement's parameters.
fn filled(statement: &Statement, values: &[Value<'_>]) -> Result<Vec<Value<'static>>> {
    let placeholders = statement.placeholders.iter();
    placeholders
        .map(|placeholder| Ok(placeholder.fill(values)?.into_owned().into_owned()))
        .collect()
}
