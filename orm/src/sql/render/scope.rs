//! The rows that expressions are rendered over, and what is joined to them.

use sea_query::{Alias, Expr, JoinType, SelectStatement, TableRef};

use crate::expr::Path;
use crate::model::ModelMeta;

/// The rows of a statement or subquery, and what is joined to them.
pub(in crate::sql) struct RenderScope {
    pub(super) model: &'static ModelMeta,
    pub(super) alias: String,
    pub(super) joins: Vec<JoinClause>,
    pub(super) is_used: bool,
    /// The columns beside the model's, where the rows are those of a query.
    pub(in crate::sql) derived: Vec<String>,
    /// Whether they are.
    pub(in crate::sql) is_query: bool,
}

pub(super) struct JoinClause {
    pub(super) path: Path,
    pub(super) alias: String,
    pub(super) table: TableRef,
    pub(super) on: Expr,
    pub(super) kind: JoinType,
}

impl RenderScope {
    pub(in crate::sql) fn alias(&self) -> &String {
        &self.alias
    }

    pub(in crate::sql) fn model(&self) -> &'static ModelMeta {
        self.model
    }

    pub(in crate::sql) fn has_joins(&self) -> bool {
        !self.joins.is_empty()
    }

    pub(in crate::sql) fn new(model: &'static ModelMeta, alias: String) -> Self {
        RenderScope {
            model,
            alias,
            joins: Vec::new(),
            is_used: false,
            derived: Vec::new(),
            is_query: false,
        }
    }
}

pub(in crate::sql) fn apply_joins(scope: &mut RenderScope, statement: &mut SelectStatement) {
    for join in scope.joins.drain(..) {
        statement.join_as(join.kind, join.table, Alias::new(&join.alias), join.on);
    }
}
