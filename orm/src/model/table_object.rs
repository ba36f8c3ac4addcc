//! What stands on a table and is neither a column, an index nor a constraint, and has a name of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TableObjectDef {
    /// A trigger.
    Trigger(TriggerDef),
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
}

impl fmt::Display for TableObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TableObjectKind::Trigger => "trigger",
        })
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
        }
    }

    /// Its name among those of its kind.
    pub fn name(&self) -> &str {
        match self {
            TableObjectDef::Trigger(trigger) => &trigger.name,
        }
    }

    /// Its kind and its name.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind(), self.name())
    }

    /// The fields that it names.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            TableObjectDef::Trigger(trigger) => trigger.of.iter().map(String::as_str).collect(),
        }
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        match self {
            TableObjectDef::Trigger(trigger) => trigger.of.iter_mut().for_each(rename),
        }
    }

    /// The same, as it is told from others.
    #[cfg(feature = "migrations")]
    pub(crate) fn normalized(&self) -> Self {
        let mut object = self.clone();
        match &mut object {
            TableObjectDef::Trigger(trigger) => trigger.sort_events(),
        }
        object
    }

    /// Whether its SQL names something, as far as its words say.
    #[cfg(feature = "migrations")]
    pub(crate) fn mentions(&self, name: &str) -> bool {
        match self {
            TableObjectDef::Trigger(trigger) => trigger.mentions(name),
        }
    }

    #[cfg(feature = "migrations")]
    pub(crate) fn trigger(&self) -> Option<&TriggerDef> {
        match self {
            TableObjectDef::Trigger(trigger) => Some(trigger),
        }
    }
}
