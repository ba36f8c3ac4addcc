//! An automatic join table as the model that it becomes, or was.

use crate::model::{FieldDef, ModelDef};

/// The model of a join table, and which of its fields are what.
pub(super) struct JoinAsModel {
    pub model: ModelDef,
    /// The names of its fields: of the foreign key to each side.
    ends: [Vec<String>; 2],
}

/// The automatic join table of a many-to-many field of `owner` to `target`.
pub(super) fn join_as_model(owner: &ModelDef, field: &FieldDef, target: &ModelDef) -> Option<JoinAsModel> {
    let model = owner.join_model(field, |_| Some(target))?;
    let [near, far] = owner.join_keys(field, target, &model)?;
    let names = |fields: Vec<&str>| fields.into_iter().map(str::to_owned).collect();
    let ends = [names(near.fields(owner)), names(far.fields(target))];
    Some(JoinAsModel { model, ends })
}

impl JoinAsModel {
    /// Gives its fields the names that those of another model have, which keep their columns: the id, if that has one, and both foreign
    /// keys. Returns whether it has as many fields for each.
    pub fn called(&mut self, id: Option<&str>, ends: &[Vec<&str>; 2]) -> bool {
        let [near, far] = ends;
        let shared = near.iter().any(|name| far.contains(name));
        let alike = self
            .ends
            .iter()
            .zip(ends)
            .all(|(own, names)| own.len() == names.len());
        if shared || !alike {
            return false;
        }
        let own = self.ends.iter().flatten().map(String::as_str);
        let pairs = own.zip(ends.iter().flatten().copied());
        let renames: Vec<(&str, &str)> = id.map(|id| ("id", id)).into_iter().chain(pairs).collect();
        let new_name = |old: &str| renames.iter().find(|(from, _)| *from == old).map(|(_, to)| *to);
        for field in &mut self.model.fields {
            if let Some(name) = new_name(&field.name) {
                let column = field.column_name();
                name.clone_into(&mut field.name);
                if field.column_name() != column {
                    field.column = Some(column);
                }
            }
        }
        let mut rename = |field: &mut String| {
            if let Some(name) = new_name(field) {
                name.clone_into(field);
            }
        };
        for constraint in &mut self.model.constraints {
            constraint.rename_fields(&mut rename);
        }
        for index in &mut self.model.indexes {
            index.rename_fields(&mut rename);
        }
        true
    }
}
