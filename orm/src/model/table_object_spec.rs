//! What the derive writes of what stands on a table beside its columns, indexes and constraints.

use crate::error::Result;
use crate::expr::RowExpr;

use super::{Deferrable, PolicyCommand, Privilege, TriggerEvent, TriggerTiming};

/// A trigger.
pub struct TriggerSpec {
    /// `name = "…"`
    pub name: &'static str,
    /// `before`, `after`
    pub timing: TriggerTiming,
    /// `insert`, `update`, `delete`, `truncate`
    pub events: &'static [TriggerEvent],
    /// `update_of("…")`
    pub of: &'static [&'static str],
    /// `each_statement`
    pub each_statement: bool,
    /// `deferrable = Deferred`
    pub deferrable: Deferrable,
    /// `old_rows = "…"`
    pub old_rows: Option<&'static str>,
    /// `new_rows = "…"`
    pub new_rows: Option<&'static str>,
    /// `when = "…"`
    pub condition: Option<&'static str>,
    /// `postgres = "…"`
    pub postgres: Option<&'static str>,
    /// `function = "…"`
    pub function: Option<&'static str>,
    /// `sqlite = "…"`
    pub sqlite: Option<&'static str>,
}

impl TriggerSpec {
    /// A trigger with nothing else set.
    pub const fn new(name: &'static str, timing: TriggerTiming, events: &'static [TriggerEvent]) -> Self {
        TriggerSpec {
            name,
            timing,
            events,
            of: &[],
            each_statement: false,
            deferrable: Deferrable::No,
            old_rows: None,
            new_rows: None,
            condition: None,
            postgres: None,
            function: None,
            sqlite: None,
        }
    }
}

/// A condition on a row.
#[derive(Clone, Copy)]
pub enum ConditionSpec {
    /// `".."`
    Sql(&'static str),
    /// `|p| ..`
    Expression(fn() -> Result<RowExpr>),
}

/// A policy.
pub struct PolicySpec {
    /// `name = "…"`
    pub name: &'static str,
    /// `for = select`
    pub command: PolicyCommand,
    /// `to = "…"`
    pub to: &'static [&'static str],
    /// `restrictive`
    pub restrictive: bool,
    /// `using = ..`
    pub using: Option<ConditionSpec>,
    /// `with_check = ..`
    pub with_check: Option<ConditionSpec>,
}

impl PolicySpec {
    /// A policy with nothing else set.
    pub const fn new(name: &'static str) -> Self {
        PolicySpec {
            name,
            command: PolicyCommand::All,
            to: &[],
            restrictive: false,
            using: None,
            with_check: None,
        }
    }
}

/// What a role may do.
pub struct GrantSpec {
    /// `to = "…"`
    pub to: &'static str,
    /// What, and with which fields; none for all of them.
    pub privileges: &'static [(Privilege, &'static [&'static str])],
}
