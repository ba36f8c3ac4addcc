//! Triggers.

use crate::error::Result;
use crate::model::TriggerDef;

use super::super::trigger::text::check_condition;
use super::{Lowering, usable};

impl Lowering<'_> {
    pub(super) fn trigger(&mut self, trigger: &TriggerDef) -> Result<()> {
        trigger.check()?;
        check_condition(trigger, self.dialect)?;
        let columns = trigger.of.iter();
        let columns = columns.map(|field| self.column_of(field, &trigger.name));
        let columns = columns.collect::<Result<_>>()?;
        let mut trigger = trigger.clone();
        trigger.sort_events();
        trigger.condition = trigger.condition.map(|sql| sql.trim().to_owned());
        let made = self.backend.triggers(&trigger, columns)?;
        for one in &made {
            usable(&one.name, "the trigger")?;
        }
        self.table.triggers.extend(made);
        Ok(())
    }
}
