//! Row security: which rows of a table a role sees and changes.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::expr::RowExpr;

use super::index::is_default;
use super::role;
#[cfg(feature = "migrations")]
use super::trigger::has_word;

/// A condition on a row: of its fields, or SQL where the language of fields has no word.
///
/// # Example: SQL
///
/// ```
/// use orm::models::RowCondition;
///
/// let own = RowCondition::Sql { sql: "tenant_id = current_setting('app.tenant')::bigint".to_owned() };
/// assert!(own.fields().is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RowCondition {
    /// SQL over the columns of the row.
    Sql {
        /// The condition, without outer parentheses.
        sql: String,
    },
    /// An expression over the fields of the row.
    Expression(RowExpr),
}

impl RowCondition {
    /// The fields that it names; none where it is SQL.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            RowCondition::Sql { .. } => Vec::new(),
            RowCondition::Expression(expression) => expression.fields(),
        }
    }

    pub(super) fn expression(&self) -> Option<&RowExpr> {
        match self {
            RowCondition::Sql { .. } => None,
            RowCondition::Expression(expression) => Some(expression),
        }
    }

    pub(super) fn expression_mut(&mut self) -> Option<&mut RowExpr> {
        match self {
            RowCondition::Sql { .. } => None,
            RowCondition::Expression(expression) => Some(expression),
        }
    }
}

/// Which statements a policy is about.
///
/// # Example: as SQL writes it
///
/// ```
/// use orm::models::PolicyCommand;
///
/// assert_eq!(PolicyCommand::default().sql(), "ALL");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyCommand {
    /// All of them.
    #[default]
    All,
    /// Those that read rows.
    Select,
    /// Those that make rows.
    Insert,
    /// Those that change rows.
    Update,
    /// Those that delete rows.
    Delete,
}

impl PolicyCommand {
    /// As SQL writes it.
    pub fn sql(self) -> &'static str {
        match self {
            PolicyCommand::All => "ALL",
            PolicyCommand::Select => "SELECT",
            PolicyCommand::Insert => "INSERT",
            PolicyCommand::Update => "UPDATE",
            PolicyCommand::Delete => "DELETE",
        }
    }
}

/// Which rows roles see and change: `#[orm(policy(..))]`. It holds where the table has row security.
///
/// # Example: rows of everybody
///
/// ```
/// use orm::models::PolicyDef;
///
/// assert!(PolicyDef::new("own_rows").to.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDef {
    /// Name among the policies of the table.
    pub name: String,
    /// Which statements it is about.
    #[serde(default, rename = "for", skip_serializing_if = "is_default")]
    pub command: PolicyCommand,
    /// The roles that it is about; all of them if none is named.
    #[serde(default, skip_serializing_if = "is_default")]
    pub to: Vec<String>,
    /// Whether it takes away from what other policies allow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restrictive: bool,
    /// Which of the rows that are there it allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<RowCondition>,
    /// Which rows it allows to be written, if not those as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_check: Option<RowCondition>,
}

impl PolicyDef {
    /// A policy about all statements of all roles, without a condition yet.
    pub fn new(name: impl Into<String>) -> Self {
        PolicyDef {
            name: name.into(),
            command: PolicyCommand::All,
            to: Vec::new(),
            restrictive: false,
            using: None,
            with_check: None,
        }
    }

    /// The roles that it is about, each once and in order; none if it is about all of them.
    #[cfg(feature = "migrations")]
    pub(crate) fn roles(&self) -> Vec<String> {
        if self.to.iter().any(|to| role::is_public(to)) {
            return Vec::new();
        }
        let mut roles = self.to.clone();
        roles.sort();
        roles.dedup();
        roles
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &RowCondition> {
        self.using.iter().chain(&self.with_check)
    }

    pub(super) fn conditions_mut(&mut self) -> impl Iterator<Item = &mut RowCondition> {
        self.using.iter_mut().chain(&mut self.with_check)
    }

    /// Whether a word of its SQL is this name.
    #[cfg(feature = "migrations")]
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.conditions()
            .any(|condition| matches!(condition, RowCondition::Sql { sql } if has_word(sql, name)))
    }

    /// # Errors
    /// If no database could have it.
    pub(crate) fn check(&self) -> Result<()> {
        let refused = |what: &'static str, hint: &'static str| Err(Error::config(what).with_hint(hint));
        self.to.iter().try_for_each(|to| role::check(to))?;
        if self.using.is_none() && self.with_check.is_none() {
            return refused("it has no condition", "say `using` or `with_check`");
        }
        if self.command == PolicyCommand::Insert && self.using.is_some() {
            return refused(
                "rows that are not there yet have no `using`",
                "write `with_check`",
            );
        }
        if matches!(self.command, PolicyCommand::Select | PolicyCommand::Delete) && self.with_check.is_some()
        {
            return refused(
                "nothing is written that `with_check` could look at",
                "write `using`",
            );
        }
        Ok(())
    }
}

/// That a table has row security: `#[orm(row_security)]`. A role sees the rows that policies allow, and none without one.
///
/// # Example: for the owner of the table, too
///
/// ```
/// use orm::models::{RowSecurityDef, TableObjectDef};
///
/// assert_eq!(TableObjectDef::from(RowSecurityDef { forced: true }).label(), "row security");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowSecurityDef {
    /// Whether it holds for the owner of the table, too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub forced: bool,
}
