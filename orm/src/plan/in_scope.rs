//! A job on a handle that gives values to scopes: it adds them to the values of each statement that says one.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::ScopeValues;
use crate::registry::registry;
use crate::sql::{Dialect, ScopeUseKind, Statement, no_value, written_elsewhere};
use crate::value::{Row, Value};

use super::{Access, ErrorContext, Job};

/// A job, and the values that its handle gives to scopes. A statement that says no scope passes as it is.
pub struct InScope<J> {
    job: J,
    handle: ScopeValues,
    /// All values of the latest statement, if it says scopes.
    values: Option<Vec<Value<'static>>>,
}

impl<J: Job> InScope<J> {
    #[inline]
    pub(crate) fn new(job: J, handle: ScopeValues) -> Self {
        InScope {
            job,
            handle,
            values: None,
        }
    }

    /// The dialect for a handle on which scopes apply, or for one of all rows.
    #[inline]
    fn dialect(&self, dialect: &'static Dialect) -> &'static Dialect {
        match self.handle.is_unscoped() {
            false => dialect,
            true => dialect.unscoped(),
        }
    }

    #[inline]
    fn with_values(&mut self, statement: Option<Arc<Statement>>) -> Result<Option<Arc<Statement>>> {
        self.values = match &statement {
            Some(statement) if !statement.scopes.is_empty() => Some(self.values_of(statement)?),
            _ => None,
        };
        Ok(statement)
    }

    #[cold]
    fn values_of(&self, statement: &Statement) -> Result<Vec<Value<'static>>> {
        let values = self.job.values().iter().cloned();
        let mut values: Vec<Value<'static>> = values.map(Value::into_owned).collect();
        let own = values.len();
        for used in &statement.scopes {
            let (model, scope) = (used.model, used.scope()?);
            let condition = (scope.spec.condition)(&self.handle);
            let mut condition = condition.ok_or_else(|| no_value(model, scope))?;
            if scope.form().is_none_or(|(form, _)| form != condition.tokens()) {
                return Err(Error::config(format!(
                    "the scope `{}` of {} has another condition for this value than for the first",
                    scope.spec.name,
                    model.def.key()
                ))
                .with_hint(
                    "a scope's closure says the same of every value, which is bound: write `if` as a condition, or declare two scopes",
                ));
            }
            match used.kind {
                ScopeUseKind::Says(_) => values.extend(condition.take_values()),
                ScopeUseKind::Writes(None) => {}
                ScopeUseKind::Passes(column, at, other) => {
                    let theirs = other.model.scopes.get(other.nth);
                    let theirs = theirs.and_then(|theirs| (theirs.spec.condition)(&self.handle));
                    let passed = theirs
                        .as_ref()
                        .and_then(|theirs| theirs.values().get(other.value));
                    if passed.is_none() || passed != condition.values().get(at) {
                        return Err(written_elsewhere(model, scope, column));
                    }
                }
                ScopeUseKind::Writes(Some((column, at))) => {
                    let expected = condition.values().get(at);
                    let is_expected = |value: &Value<'_>| Some(value) == expected;
                    let written = statement.positions_of(column, own).into_iter();
                    let mut written = written.filter_map(|at| values.get(at));
                    if !written.all(|value| match value {
                        Value::List(all) => all.iter().all(is_expected),
                        value => is_expected(value),
                    }) {
                        return Err(written_elsewhere(model, scope, column));
                    }
                }
            }
        }
        Ok(values)
    }
}

impl<J: Job> Job for InScope<J> {
    type Output = J::Output;
    type Owned = InScope<J::Owned>;

    #[inline]
    fn access(&self) -> Access {
        self.job.access()
    }

    #[inline]
    fn error_context(&self) -> Option<ErrorContext> {
        self.job.error_context()
    }

    #[inline]
    fn explain(&self, error: Error) -> Error {
        self.job.explain(error)
    }

    #[inline]
    fn copied(&mut self) -> Result<Option<Vec<Value<'static>>>> {
        self.job.copied()
    }

    #[inline]
    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let statement = self.job.next(self.dialect(dialect))?;
        self.with_values(statement)
    }

    #[inline]
    fn values(&self) -> &[Value<'_>] {
        match &self.values {
            None => self.job.values(),
            Some(values) => values,
        }
    }

    #[inline]
    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.job.row(row)
    }

    #[inline]
    fn max_rows(&self) -> u64 {
        self.job.max_rows()
    }

    #[inline]
    fn affected(&mut self, rows: u64) -> Result<()> {
        self.job.affected(rows)
    }

    #[inline]
    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        let statement = self.job.pipelined(self.dialect(dialect))?;
        match statement {
            // The values of the latest statement stay what they are.
            None => Ok(None),
            statement => self.with_values(statement),
        }
    }

    #[inline]
    fn can_pipeline(&self) -> bool {
        self.job.can_pipeline()
    }

    #[inline]
    fn take_values(&mut self) -> Vec<Value<'static>> {
        match self.values.take() {
            None => self.job.take_values(),
            Some(values) => values,
        }
    }

    #[inline]
    fn answered(&mut self) {
        self.job.answered();
    }

    #[inline]
    fn is_final(&self) -> bool {
        self.job.is_final()
    }

    #[inline]
    fn is_one_statement(&self, dialect: &'static Dialect) -> bool {
        self.job.is_one_statement(self.dialect(dialect))
    }

    #[inline]
    fn finish(self) -> Result<Self::Output> {
        self.job.finish()
    }

    #[inline]
    fn into_owned(self) -> Self::Owned {
        InScope {
            job: self.job.into_owned(),
            handle: self.handle,
            values: self.values,
        }
    }
}

impl ScopeValues {
    /// These and one more, with which the conditions of all scopes that take such a value are known.
    pub(crate) fn scoped<V: Send + Sync + 'static>(&self, value: V) -> Self {
        let values = self.with(value);
        // Where the models contradict each other, every query says so.
        let models = registry().into_iter().flat_map(|registry| registry.models());
        for scope in models.flat_map(|model| &model.scopes) {
            scope.note(&values);
        }
        values
    }
}
