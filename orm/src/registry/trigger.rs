//! Triggers as models say them.

use crate::error::Result;
use crate::model::{ModelDef, ModelSpec, TriggerDef, TriggerSpec};

use super::embeds;

/// The trigger that a model says.
///
/// # Errors
/// If it names what is no field of the model, or no database could have it.
pub(super) fn trigger(spec: &ModelSpec, said: &TriggerSpec, def: &ModelDef) -> Result<TriggerDef> {
    let text = |said: Option<&str>| said.map(str::to_owned);
    let named = || -> Result<TriggerDef> {
        let of = said.of.iter().map(|field| embeds::field_named(spec, field));
        let made = TriggerDef {
            of: of.map(|field| field.map(str::to_owned)).collect::<Result<_>>()?,
            each_statement: said.each_statement,
            deferrable: said.deferrable,
            old_rows: text(said.old_rows),
            new_rows: text(said.new_rows),
            condition: text(said.condition),
            postgres: text(said.postgres),
            function: text(said.function),
            sqlite: text(said.sqlite),
            ..TriggerDef::new(said.name, said.timing, said.events.iter().copied())
        };
        made.check()?;
        Ok(made)
    };
    named().map_err(|error| error.context(format!("trigger {} of {}", said.name, def.key())))
}
