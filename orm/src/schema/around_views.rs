//! Changes of columns that no view may depend on meanwhile.

use crate::error::Result;
use crate::model::QualifiedName;
use crate::sql::{Session, quote};

use super::{Step, backend};

/// A column that is made anew.
#[derive(Debug, Clone, PartialEq)]
pub struct RemadeColumn {
    pub(super) table: QualifiedName,
    pub(super) name: String,
    /// It stays as it is if it has this type already.
    pub(super) unless_of_type: Option<String>,
}

/// Steps, and the columns that they make anew: views that depend on those are dropped before and made again after, as they were.
#[derive(Debug, Clone, PartialEq)]
pub struct AroundViews {
    pub(super) columns: Vec<RemadeColumn>,
    pub(super) steps: Vec<Step>,
}

impl AroundViews {
    pub(super) fn sql(&self) -> Vec<String> {
        self.steps.iter().flat_map(Step::sql).collect()
    }

    pub(super) fn describe(&self) -> String {
        let columns = self.columns.iter();
        let columns = columns.map(|column| format!("{}.{}", column.table.quoted(), quote(&column.name)));
        format!("make {} anew", columns.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        let backend = backend(session.dialect());
        backend.around_views(session, &self.columns, &mut |session| {
            self.steps.iter().try_for_each(|step| step.run(session))
        })
    }
}
