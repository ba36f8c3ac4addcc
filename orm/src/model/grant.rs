//! What roles may do with a table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::index::is_default;
use super::role;

/// Something that a role may do with a table.
///
/// # Example: as SQL writes it
///
/// ```
/// use orm::models::Privilege;
///
/// assert_eq!(Privilege::Select.sql(), "SELECT");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privilege {
    /// Read rows.
    Select,
    /// Make rows.
    Insert,
    /// Change rows.
    Update,
    /// Delete rows.
    Delete,
    /// Empty the table.
    Truncate,
    /// Point foreign keys at it.
    References,
    /// Make triggers on it.
    Trigger,
}

impl Privilege {
    /// As SQL writes it.
    pub fn sql(self) -> &'static str {
        match self {
            Privilege::Select => "SELECT",
            Privilege::Insert => "INSERT",
            Privilege::Update => "UPDATE",
            Privilege::Delete => "DELETE",
            Privilege::Truncate => "TRUNCATE",
            Privilege::References => "REFERENCES",
            Privilege::Trigger => "TRIGGER",
        }
    }

    /// Whether it can be had of some columns alone.
    pub(crate) fn is_of_columns(self) -> bool {
        matches!(
            self,
            Privilege::Select | Privilege::Insert | Privilege::Update | Privilege::References
        )
    }
}

/// What a role may do with a table: `#[orm(grant(select, update("title"), to = "reader"))]`.
///
/// # Example: a role that reads
///
/// ```
/// use orm::models::{GrantDef, Privilege};
///
/// let mut grant = GrantDef::to("reader");
/// grant.privileges.push(Privilege::Select);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantDef {
    /// The role; `public` is all of them.
    pub to: String,
    /// What it may do with all columns.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privileges: Vec<Privilege>,
    /// What it may do with some fields.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fields: BTreeMap<Privilege, Vec<String>>,
}

impl GrantDef {
    /// The order in which it is said is no difference, nor how `public` is written.
    #[cfg(feature = "migrations")]
    pub(super) fn normalize(&mut self) {
        self.to = self.role().to_owned();
        self.privileges.sort();
        self.fields.values_mut().for_each(|fields| fields.sort());
    }

    /// The role by its one name.
    pub(crate) fn role(&self) -> &str {
        role::name(&self.to)
    }

    /// To a role that may do nothing yet.
    pub fn to(role: impl Into<String>) -> Self {
        GrantDef {
            to: role::name(&role.into()).to_owned(),
            privileges: Vec::new(),
            fields: BTreeMap::new(),
        }
    }

    /// # Errors
    /// If no database could grant it.
    pub(crate) fn check(&self) -> Result<()> {
        role::check(&self.to)?;
        if self.privileges.is_empty() && self.fields.is_empty() {
            return Err(
                Error::config("it grants nothing").with_hint("say what: select, insert, update, delete")
            );
        }
        let mut of_columns = self.fields.keys();
        if let Some(privilege) = of_columns.find(|privilege| !privilege.is_of_columns()) {
            return Err(Error::config(format!("{} is of whole rows", privilege.sql()))
                .with_hint("leave the fields out"));
        }
        Ok(())
    }
}
