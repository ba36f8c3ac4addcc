//! Fields that other models name: as what a foreign key points at, or as one of `through_fields`.

use super::ProjectState;
use crate::error::{Error, Result};
use crate::model::{CompositeForeignKeyDef, ConstraintDef, FieldDef, ModelDef, ModelKey};

impl ProjectState {
    /// Checks that foreign keys may still point at the fields of a model, some of which have changed.
    pub(in crate::migrate) fn check_pointed_at(&self, key: &ModelKey) -> Result<()> {
        let target = self.existing(key)?;
        for owner in self.reverse_relations.pointing_at(key) {
            let fields = self.models.get(owner).into_iter().flat_map(|owner| &owner.fields);
            for field in fields.filter(|field| field.to.as_ref() == Some(key)) {
                if let Some(pointed_at) = &field.to_field
                    && !can_point_at(field, target, pointed_at)
                {
                    let owner = format!("{owner}.{}", field.name);
                    return Err(Error::migration(format!(
                        "{owner} still points at {key}.{pointed_at}, which would not be unique any more"
                    ))
                    .with_hint(format!("let {owner} point at another field before, or remove it")));
                }
            }
            let keys = self.models.get(owner).into_iter().flat_map(|owner| {
                let keys = owner
                    .composite_foreign_keys()
                    .filter(|composite| composite.to == *key);
                keys.map(move |composite| (owner, composite))
            });
            for (owner, composite) in keys {
                self.check_composite_foreign_key(owner, composite)?;
            }
        }
        Ok(())
    }

    /// Checks that the foreign keys of a model over several columns can point where they do. A model that is being made is not looked
    /// up.
    pub(in crate::migrate) fn check_composite_foreign_keys(&self, owner: &ModelDef) -> Result<()> {
        let mut keys = owner.composite_foreign_keys();
        keys.try_for_each(|key| self.check_composite_foreign_key(owner, key))
    }

    fn check_composite_foreign_key(&self, owner: &ModelDef, key: &CompositeForeignKeyDef) -> Result<()> {
        key.target(owner, |to| self.model(to)).map(drop)
    }

    /// A field has another name: what other models say of it follows, which are foreign keys that point at it, and many-to-many
    /// fields that name it as one of `through_fields`.
    pub(in crate::migrate) fn follow_field(&mut self, of: &ModelKey, old: &str, new: &str) -> Result<()> {
        let owners: Vec<ModelKey> = self.reverse_relations.pointing_at(of).cloned().collect();
        // Those of the model itself have followed with its fields.
        let follows = |key: &CompositeForeignKeyDef, owner: &ModelKey| key.to == *of && owner != of;
        let points =
            |field: &FieldDef| field.to.as_ref() == Some(of) && field.to_field.as_deref() == Some(old);
        let goes = |field: &FieldDef| {
            field.through.as_ref() == Some(of) && field.through_fields.iter().any(|name| name == old)
        };
        for owner in owners {
            let model = self.existing(&owner)?;
            let by_fields = model.fields.iter().any(|field| points(field) || goes(field));
            if !by_fields && !model.composite_foreign_keys().any(|key| follows(key, &owner)) {
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
                let keys = model
                    .constraints
                    .iter_mut()
                    .filter_map(ConstraintDef::foreign_key_mut);
                for key in keys.filter(|key| follows(key, &owner)) {
                    let names = key.to_fields.iter_mut();
                    names
                        .filter(|name| *name == old)
                        .for_each(|name| new.clone_into(name));
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Whether a foreign key can point at a field: what the database does not check need not be unique, as parts of a composite key are not.
fn can_point_at(field: &FieldDef, target: &ModelDef, pointed_at: &str) -> bool {
    match field.db_constraint {
        true => target.is_unique(pointed_at),
        false => target.field(pointed_at).is_some_and(|field| field.ty.is_column()),
    }
}

/// Checks that a foreign key can point at a field of its target.
pub(super) fn check_unique(
    owner: &ModelKey,
    field: &FieldDef,
    target: &ModelDef,
    pointed_at: &str,
) -> Result<()> {
    if can_point_at(field, target, pointed_at) {
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
