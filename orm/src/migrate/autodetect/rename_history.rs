//! Which renames the files already contain. `renamed_from` stays in the models, and where names were swapped, the
//! states do not show whether the swap has happened.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::graph::Graph;
use crate::migrate::operation::{ObjectAccess, Operation, SchemaObject};
use crate::model::{ModelKey, TableObjectDef, TableObjectKind};

/// The existing migrations.
#[derive(Clone, Copy)]
pub(in crate::migrate) struct RenameHistory<'a>(pub &'a Graph);

impl RenameHistory<'_> {
    /// Whether models were renamed in this cycle (new -> old, each as `app.Model`).
    pub fn models_swapped(self, cycle: &BTreeMap<&str, &str>) -> bool {
        let app = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let apps: BTreeSet<String> = cycle.keys().map(|name| app(name)).collect();
        if let (1, Some(app)) = (apps.len(), apps.first()) {
            return self.swapped(app, cycle, |operation| match operation {
                Operation::RenameModel(rename) => {
                    Some((format!("{app}.{}", rename.old), format!("{app}.{}", rename.new)))
                }
                _ => None,
            });
        }
        // A cycle over several apps takes several files; a single move of it is proof enough.
        let mut operations = self.0.files().flat_map(|file| &file.operations);
        operations.any(|operation| match operation {
            Operation::MoveModel(moved) => {
                cycle.get(moved.to.to_string().as_str()) == Some(&moved.from.to_string().as_str())
            }
            _ => false,
        })
    }

    /// Whether fields of a model were renamed in this cycle.
    pub fn fields_swapped(self, model: &ModelKey, cycle: &BTreeMap<&str, &str>) -> bool {
        self.swapped(&model.app, cycle, |operation| match operation {
            Operation::RenameField(rename) if rename.model == model.model => {
                Some((rename.old.clone(), rename.new.clone()))
            }
            _ => None,
        })
    }

    /// Whether a migration renamed or moved a model like this.
    pub fn model_renamed(self, old: &ModelKey, new: &ModelKey) -> bool {
        self.has(&new.app, |operation| match operation {
            Operation::RenameModel(rename) => {
                old.app == new.app && rename.old == old.model && rename.new == new.model
            }
            Operation::MoveModel(moved) => moved.from == *old && moved.to == *new,
            _ => false,
        })
    }

    /// Whether a migration renamed a field like this, in any model of the app: the model may have had another name.
    pub fn field_renamed(self, app: &str, old: &str, new: &str) -> bool {
        self.has(
            app,
            |operation| matches!(operation, Operation::RenameField(rename) if rename.old == old && rename.new == new),
        )
    }

    /// Whether a migration renamed a value of an enum type like this.
    pub fn value_renamed(self, app: &str, old: &str, new: &str) -> bool {
        self.has(
            app,
            |operation| matches!(operation, Operation::RenameEnumValue(rename) if rename.old == old && rename.new == new),
        )
    }

    /// Whether a migration renamed a string of a field like this.
    pub fn choice_renamed(self, app: &str, old: &str, new: &str) -> bool {
        self.has(
            app,
            |operation| matches!(operation, Operation::RenameChoice(rename) if rename.old == old && rename.new == new),
        )
    }

    /// The apps with a migration that names a field of an app's models from elsewhere: as what foreign keys point at, or as one of
    /// `through_fields`. Which model it is does not matter here, because models are renamed as well.
    pub fn apps_naming(self, app: &str, field: &str) -> BTreeSet<String> {
        let names = |access: ObjectAccess<'_>| match access.object {
            SchemaObject::Field(of, name) => of.app == app && name == field,
            _ => false,
        };
        let files = self.0.files();
        let naming = files.filter(|file| {
            let mut operations = file.operations.iter();
            operations.any(|operation| operation.accesses(&file.key.app).iter().any(names))
        });
        naming.map(|file| file.key.app.clone()).collect()
    }

    /// The apps with a migration that makes a policy whose SQL names a table.
    pub fn apps_with_policies_on(self, table: &str) -> BTreeSet<String> {
        let reads =
            |object: &TableObjectDef| object.kind() == TableObjectKind::Policy && object.mentions(table);
        let reading = self.0.files().filter(|file| {
            file.operations.iter().any(|operation| match operation {
                Operation::AddTableObject(add) => reads(&add.object),
                Operation::CreateModel(create) => create.objects.iter().any(reads),
                _ => false,
            })
        });
        reading.map(|file| file.key.app.clone()).collect()
    }

    fn has(self, app: &str, is_it: impl Fn(&Operation) -> bool) -> bool {
        self.0.of_app(app).any(|file| file.operations.iter().any(&is_it))
    }

    fn swapped(
        self,
        app: &str,
        cycle: &BTreeMap<&str, &str>,
        rename: impl Fn(&Operation) -> Option<(String, String)>,
    ) -> bool {
        self.0.of_app(app).any(|file| {
            let mut origin: BTreeMap<String, String> = BTreeMap::new();
            for (old, new) in file.operations.iter().filter_map(&rename) {
                let from = origin.remove(&old).unwrap_or(old);
                origin.insert(new, from);
            }
            let came = |new: &str, old: &str| origin.get(new).is_some_and(|from| from == old);
            cycle.iter().all(|(new, old)| came(new, old))
        })
    }
}
