//! What stands on a table and is neither a column, an index nor a constraint, and has a name of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;

use super::grant::GrantDef;
use super::policy::{PolicyDef, RowCondition, RowSecurityDef};
use super::trigger::TriggerDef;

/// What stands on a table beside its columns, indexes and constraints.
///
/// # Example: a trigger
///
/// ```
/// use orm::models::{TableObjectDef, TriggerDef, TriggerEvent, TriggerTiming};
///
/// let touch = TriggerDef::new("page_touch", TriggerTiming::Before, [TriggerEvent::Update]);
/// assert_eq!(TableObjectDef::from(touch).label(), "trigger page_touch");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TableObjectDef {
    /// A trigger.
    Trigger(TriggerDef),
    /// A policy.
    Policy(PolicyDef),
    /// That policies hold.
    RowSecurity(RowSecurityDef),
    /// What a role may do.
    Grant(GrantDef),
}

/// The kind of what stands on a table.
///
/// # Example: as files and people write it
///
/// ```
/// use orm::models::TableObjectKind;
///
/// assert_eq!(TableObjectKind::Trigger.to_string(), "trigger");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableObjectKind {
    /// A trigger.
    Trigger,
    /// A policy.
    Policy,
    /// That policies hold; it has no name.
    RowSecurity,
    /// What a role may do; its name is that of the role.
    Grant,
}

impl fmt::Display for TableObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TableObjectKind::Trigger => "trigger",
            TableObjectKind::Policy => "policy",
            TableObjectKind::RowSecurity => "row security",
            TableObjectKind::Grant => "grant to",
        })
    }
}

impl TableObjectKind {
    /// The kind with a name of that kind.
    ///
    /// # Example: of a trigger
    ///
    /// ```
    /// use orm::models::TableObjectKind;
    ///
    /// assert_eq!(TableObjectKind::Trigger.label("page_touch"), "trigger page_touch");
    /// ```
    pub fn label(self, name: &str) -> String {
        match self {
            TableObjectKind::RowSecurity => self.to_string(),
            _ => format!("{self} {name}"),
        }
    }
}

impl From<PolicyDef> for TableObjectDef {
    fn from(policy: PolicyDef) -> Self {
        TableObjectDef::Policy(policy)
    }
}

impl From<RowSecurityDef> for TableObjectDef {
    fn from(security: RowSecurityDef) -> Self {
        TableObjectDef::RowSecurity(security)
    }
}

impl From<GrantDef> for TableObjectDef {
    fn from(grant: GrantDef) -> Self {
        TableObjectDef::Grant(grant)
    }
}

impl From<TriggerDef> for TableObjectDef {
    fn from(trigger: TriggerDef) -> Self {
        TableObjectDef::Trigger(trigger)
    }
}

impl TableObjectDef {
    /// Its kind.
    pub fn kind(&self) -> TableObjectKind {
        match self {
            TableObjectDef::Trigger(_) => TableObjectKind::Trigger,
            TableObjectDef::Policy(_) => TableObjectKind::Policy,
            TableObjectDef::RowSecurity(_) => TableObjectKind::RowSecurity,
            TableObjectDef::Grant(_) => TableObjectKind::Grant,
        }
    }

    /// Its name among those of its kind.
    pub fn name(&self) -> &str {
        match self {
            TableObjectDef::Trigger(trigger) => &trigger.name,
            TableObjectDef::Policy(policy) => &policy.name,
            TableObjectDef::RowSecurity(_) => "row_security",
            TableObjectDef::Grant(grant) => grant.role(),
        }
    }

    /// Its name, if no other table of the database may have the same.
    #[cfg(feature = "migrations")]
    pub(crate) fn name_in_database(&self) -> Option<&str> {
        self.trigger().map(|trigger| trigger.name.as_str())
    }

    /// Its kind and its name.
    pub fn label(&self) -> String {
        self.kind().label(self.name())
    }

    /// The fields that it names.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            TableObjectDef::Trigger(trigger) => trigger.of.iter().map(String::as_str).collect(),
            TableObjectDef::Policy(policy) => policy.conditions().flat_map(RowCondition::fields).collect(),
            TableObjectDef::RowSecurity(_) => Vec::new(),
            TableObjectDef::Grant(grant) => grant.fields.values().flatten().map(String::as_str).collect(),
        }
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        match self {
            TableObjectDef::Trigger(trigger) => trigger.of.iter_mut().for_each(rename),
            TableObjectDef::Policy(policy) => policy
                .conditions_mut()
                .filter_map(RowCondition::expression_mut)
                .for_each(|expression| expression.rename_fields(rename)),
            TableObjectDef::RowSecurity(_) => {}
            TableObjectDef::Grant(grant) => grant.fields.values_mut().flatten().for_each(rename),
        }
    }

    /// The expressions that it is made of.
    pub(crate) fn expressions(&self) -> Vec<&RowExpr> {
        match self {
            TableObjectDef::Policy(policy) => {
                let conditions = policy.conditions();
                conditions.filter_map(RowCondition::expression).collect()
            }
            TableObjectDef::Trigger(_) | TableObjectDef::RowSecurity(_) | TableObjectDef::Grant(_) => {
                Vec::new()
            }
        }
    }

    /// What it is computed from.
    pub fn expressions_mut(&mut self) -> Vec<&mut RowExpr> {
        match self {
            TableObjectDef::Policy(policy) => {
                let conditions = policy.conditions_mut();
                conditions.filter_map(RowCondition::expression_mut).collect()
            }
            TableObjectDef::Trigger(_) | TableObjectDef::RowSecurity(_) | TableObjectDef::Grant(_) => {
                Vec::new()
            }
        }
    }

    /// The same, as it is told from others.
    #[cfg(feature = "migrations")]
    pub(crate) fn normalized(&self) -> Self {
        let mut object = self.clone();
        match &mut object {
            TableObjectDef::Trigger(trigger) => trigger.sort_events(),
            TableObjectDef::Policy(policy) => policy.to = policy.roles(),
            TableObjectDef::Grant(grant) => grant.normalize(),
            TableObjectDef::RowSecurity(_) => {}
        }
        object
    }

    /// Whether its SQL names something, as far as its words say.
    #[cfg(feature = "migrations")]
    pub(crate) fn mentions(&self, name: &str) -> bool {
        match self {
            TableObjectDef::Trigger(trigger) => trigger.mentions(name),
            TableObjectDef::Policy(policy) => policy.mentions(name),
            TableObjectDef::RowSecurity(_) | TableObjectDef::Grant(_) => false,
        }
    }

    #[cfg(feature = "migrations")]
    pub(crate) fn trigger(&self) -> Option<&TriggerDef> {
        match self {
            TableObjectDef::Trigger(trigger) => Some(trigger),
            _ => None,
        }
    }
}
