//! What the derive writes of what stands on a table beside its columns, indexes and constraints.

use super::{Deferrable, TriggerEvent, TriggerTiming};

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
