//! Models that move to another app.

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use crate::error::{Error, Result};
use crate::migrate::operation::MoveModel;
use crate::migrate::state::EnumKey;
use crate::model::{ModelDef, ModelKey};

impl Detector<'_> {
    /// # Errors
    /// If the app that the model moves to lacks the enum types of its fields.
    pub(super) fn moved_model(&self, old: &ModelKey, new: &ModelKey) -> Result<DetectedOperation> {
        let mut must = Vec::new();
        let before = self.from.model(self.renamed.get(new).unwrap_or(old));
        for name in before
            .iter()
            .flat_map(|model| &model.fields)
            .filter_map(|field| field.enum_type.as_ref())
        {
            let (of_old, of_new) = (EnumKey::new(&old.app, name), EnumKey::new(&new.app, name));
            let values = self.from.enums().get(&of_old);
            let kept = self
                .to
                .enums()
                .get(&of_new)
                .is_some_and(|new| values.into_iter().flatten().all(|value| new.contains(value)));
            if !kept {
                return Err(Error::unsupported(format!(
                    "{old} moves to {new}, and its enum type {name} changes in the same run"
                ))
                .with_hint(
                    "make it in two rounds: move the model with the type as it is and run makemigrations, then change \
                     the type",
                ));
            }
            must.push(Dependency::CreateEnum(of_new));
        }
        let table = match (before, self.to.model(new)) {
            (Some(before), Some(now)) => table_of_moved(before, now),
            _ => None,
        };
        let operation = DetectedOperation::new(MoveModel {
            from: old.clone(),
            to: new.clone(),
            table,
        });
        Ok(operation.needs([Dependency::Files(old.app.clone())]).must(must))
    }
}

/// The table name right after the move: the new one, except that an unmanaged table keeps its name.
pub(super) fn table_of_moved(old: &ModelDef, new: &ModelDef) -> Option<String> {
    match old.unmanaged == new.unmanaged {
        true => new.table.clone(),
        false => Some(old.table_name().name),
    }
}
