//! Fields that other models name: as what a foreign key points at, or as one of `through_fields`.

use super::ProjectState;
use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey};

impl ProjectState {
    /// Checks that foreign keys may still point at the fields of a model, some of which have changed.
    pub(in crate::migrate) fn check_pointed_at(&self, key: &ModelKey) -> Result<()> {
        let target = self.existing(key)?;
        for owner in self.reverse_relations.pointing_at(key) {
            let fields = self.models.get(owner).into_iter().flat_map(|owner| &owner.fields);
            for field in fields.filter(|field| field.to.as_ref() == Some(key)) {
                if let Some(pointed_at) = &field.to_field
                    && !target.is_unique(pointed_at)
                {
                    let owner = format!("{owner}.{}", field.name);
                    return Err(Error::migration(format!(
                        "{owner} still points at {key}.{pointed_at}, which would not be unique any more"
                    ))
                    .with_hint(format!("let {owner} point at another field before, or remove it")));
                }
            }
        }
        Ok(())
    }

    /// A field has another name: what other models say of it follows, which are foreign keys that point at it, and many-to-many
    /// fields that name it as one of `through_fields`.
    pub(in crate::migrate) fn follow_field(&mut self, of: &ModelKey, old: &str, new: &str) -> Result<()> {
        let owners: Vec<ModelKey> = self.reverse_relations.pointing_at(of).cloned().collect();
        let points =
            |field: &FieldDef| field.to.as_ref() == Some(of) && field.to_field.as_deref() == Some(old);
        let goes = |field: &FieldDef| {
            field.through.as_ref() == Some(of) && field.through_fields.iter().any(|name| name == old)
        };
        for owner in owners {
            let fields = &self.existing(&owner)?.fields;
            if !fields.iter().any(|field| points(field) || goes(field)) {
                continue;
            }
            self.edit(&owner, |model| {
                for field in &mut model.fields {
                    if points(field) {
                        field.to_field = Some(new.to_owned());
                    }
                    if goes(field) {
                        let names = field.through_fields.iter_mut();
                        names
                            .filter(|name| *name == old)
                            .for_each(|name| new.clone_into(name));
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Checks that a foreign key can point at a field of its target.
pub(super) fn check_unique(
    owner: &ModelKey,
    field: &FieldDef,
    target: &ModelDef,
    pointed_at: &str,
) -> Result<()> {
    if target.is_unique(pointed_at) {
        return Ok(());
    }
    let to = target.key();
    Err(Error::migration(format!(
        "{owner}.{} points at {to}.{pointed_at}, which is not unique",
        field.name
    ))
    .with_hint(format!(
        "make {to}.{pointed_at} unique before, or let {owner}.{} point at another field",
        field.name
    )))
}
