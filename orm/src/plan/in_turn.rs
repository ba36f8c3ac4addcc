//! Jobs that are several jobs of one kind, one after another.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

use super::{Access, ErrorContext, Job};

/// Makes the jobs, each when the one before has its result, and the result of all of them.
pub(super) trait Stages: Send + 'static {
    /// One of the jobs.
    type Stage: Job + 'static;
    /// The result.
    type Output: Send;

    /// What it adds to errors.
    fn error_context(&self) -> Option<ErrorContext>;

    /// The next job, if there is one.
    ///
    /// # Errors
    /// If the dialect cannot do what is asked.
    fn begin(&mut self, dialect: &'static Dialect) -> Result<Option<Self::Stage>>;

    /// Takes the result of the latest job.
    ///
    /// # Errors
    /// If it is not acceptable.
    fn end(&mut self, result: <Self::Stage as Job>::Output) -> Result<()>;

    /// The result.
    ///
    /// # Errors
    /// If it is not acceptable.
    fn finish(self) -> Result<Self::Output>;
}

/// Reads by one job after another.
pub(super) struct InTurn<S: Stages> {
    stages: S,
    stage: Option<S::Stage>,
}

impl<S: Stages> InTurn<S> {
    pub(super) fn new(stages: S) -> Self {
        InTurn { stages, stage: None }
    }
}

impl<S: Stages> Job for InTurn<S> {
    type Output = S::Output;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn error_context(&self) -> Option<ErrorContext> {
        self.stages.error_context()
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        loop {
            if let Some(stage) = &mut self.stage
                && let Some(statement) = stage.next(dialect)?
            {
                return Ok(Some(statement));
            }
            if let Some(stage) = self.stage.take() {
                self.stages.end(stage.finish()?)?;
            }
            self.stage = self.stages.begin(dialect)?;
            if self.stage.is_none() {
                return Ok(None);
            }
        }
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        match &mut self.stage {
            Some(stage) => stage.pipelined(dialect),
            None => Ok(None),
        }
    }

    fn can_pipeline(&self) -> bool {
        self.stage.as_ref().is_some_and(Job::can_pipeline)
    }

    fn values(&self) -> &[Value<'_>] {
        self.stage.as_ref().map_or(&[], Job::values)
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.stage.as_mut().map_or_else(Vec::new, Job::take_values)
    }

    fn answered(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.answered();
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        match &mut self.stage {
            Some(stage) => stage.row(row),
            None => Err(Error::internal("a row has come for no statement")),
        }
    }

    fn max_rows(&self) -> u64 {
        self.stage.as_ref().map_or(u64::MAX, Job::max_rows)
    }

    fn finish(self) -> Result<S::Output> {
        self.stages.finish()
    }

    fn into_owned(self) -> Self {
        self
    }
}
