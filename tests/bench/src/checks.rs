//! Checks that hold on any machine, for tests.

use std::collections::BTreeMap;

use crate::cases::{self, postgres::Beside, postgres::Databases};
use crate::{Size, measure, reprepared};

/// Runs every case on SQLite, blocking and async, and compares what both sides read.
///
/// # Errors
/// If a side fails.
pub fn sqlite(size: Size) -> orm::Result<()> {
    cases::sqlite::blocking(size)?
        .iter_mut()
        .try_for_each(measure::once)?;
    cases::sqlite::tasks(size)?.iter_mut().try_for_each(measure::once)
}

/// Runs every case on Postgres, blocking and async, and compares what both sides read.
///
/// # Errors
/// If a side fails.
pub fn postgres(size: Size) -> orm::Result<()> {
    let databases = Databases::create(size)?;
    cases::postgres::blocking(&databases, Beside::Ours)?
        .iter_mut()
        .try_for_each(measure::once)?;
    cases::postgres::tasks(&databases, Beside::Ours)?
        .iter_mut()
        .try_for_each(measure::once)
}

/// Every statement of every case on SQLite, and how often it was prepared again.
///
/// # Errors
/// If a side fails.
pub fn reprepared(size: Size) -> orm::Result<BTreeMap<String, u64>> {
    let (result, statements) = reprepared::watch(|| sqlite(size));
    result.map(|()| statements)
}
