//! The last step: optimizes each migration and removes what would block its operations.

use std::collections::BTreeMap;

use super::PendingMigration;
use crate::migrate::operation::{Operation, RemoveConstraint, RemoveField, RemoveIndex, RemoveTableObject};
use crate::migrate::optimize::optimize_from;
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey, TableObjectDef};

use super::created_models::reads;

/// Optimizes each migration.
pub(in crate::migrate) fn finalize(
    migrations: &mut [PendingMigration],
    from: &ProjectState,
    to: &ProjectState,
) {
    let deleted = migrations.iter().flat_map(|migration| {
        migration
            .operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::DeleteModel(delete) => Some(ModelKey::new(&migration.app, &delete.model)),
                _ => None,
            })
    });
    let mut left: BTreeMap<ModelKey, ModelDef> = deleted
        .filter_map(|key| Some((key.clone(), from.model(&key)?.clone())))
        .collect();
    for migration in migrations {
        let operations = std::mem::take(&mut migration.operations);
        for mut operation in optimize_from(from, operations, &migration.app) {
            if let Operation::RemoveField(remove) = &operation
                && let Some(model) = left.get_mut(&ModelKey::new(&migration.app, &remove.model))
            {
                // A field removed before its model, because of a cycle: indexes and constraints over
                // it are removed first.
                free(model, &remove.field, &mut migration.operations);
            }
            as_described(&mut operation, &migration.app, to);
            migration.operations.push(operation);
        }
    }
}

/// Fields of a created model are in the model's order, whatever order they were merged in.
fn as_described(operation: &mut Operation, app: &str, to: &ProjectState) {
    let Operation::CreateModel(create) = operation else {
        return;
    };
    let Some(model) = to.model(&ModelKey::new(app, &create.model)) else {
        return;
    };
    fn places<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
        names.enumerate().map(|(at, name)| (name, at)).collect()
    }
    let fields = places(model.fields.iter().map(|field| field.name.as_str()));
    let place = |name: &str| fields.get(name).copied().unwrap_or(usize::MAX);
    create.fields.sort_by_key(|field| place(&field.name));
    let indexes = places(model.indexes.iter().map(|index| index.name.as_str()));
    let place = |name: &str| indexes.get(name).copied().unwrap_or(usize::MAX);
    create.indexes.sort_by_key(|index| place(&index.name));
    let constraints = places(model.constraints.iter().map(|constraint| constraint.name()));
    let place = |name: &str| constraints.get(name).copied().unwrap_or(usize::MAX);
    create
        .constraints
        .sort_by_key(|constraint| place(constraint.name()));
    let labels: Vec<String> = model.objects.iter().map(TableObjectDef::label).collect();
    let objects = places(labels.iter().map(String::as_str));
    let place = |label: &str| objects.get(label).copied().unwrap_or(usize::MAX);
    create.objects.sort_by_key(|object| place(&object.label()));
}

fn free(model: &mut ModelDef, field: &str, out: &mut Vec<Operation>) {
    let name = model.name.clone();
    model.indexes.retain(|index| {
        let over = index.fields().contains(&field);
        if over {
            out.push(
                RemoveIndex {
                    model: name.clone(),
                    index: index.name.clone(),
                }
                .into(),
            );
        }
        !over
    });
    model.constraints.retain(|constraint| {
        let over = constraint.fields().contains(&field);
        if over {
            out.push(
                RemoveConstraint {
                    model: name.clone(),
                    constraint: constraint.name().to_owned(),
                }
                .into(),
            );
        }
        !over
    });
    model.objects.retain(|object| {
        let names = object.fields().contains(&field);
        if names {
            let remove = RemoveTableObject {
                model: name.clone(),
                object: object.kind(),
                name: object.name().to_owned(),
            };
            out.push(remove.into());
        }
        !names
    });
    let readers = model
        .fields
        .iter()
        .filter(|other| reads(other).any(|name| name == field));
    let readers: Vec<String> = readers.map(|other| other.name.clone()).collect();
    for reader in readers {
        free(model, &reader, out);
        model.fields.retain(|field| field.name != reader);
        let remove = RemoveField {
            model: name.clone(),
            field: reader,
        };
        out.push(remove.into());
    }
}
