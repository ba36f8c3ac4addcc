//! Models that only the new state has.

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::composite_foreign_keys::pointed_at;
use super::detected_operation::{Dependency, DetectedOperation, referred_to};
use crate::migrate::operation::{AddConstraint, AddField, AddIndex, AddTableObject, CreateModel};
use crate::model::{FieldDef, ModelDef, QualifiedName};

impl Detector<'_> {
    /// Creates them without relations to other models, which are added once those exist. The optimizer merges
    /// the two where nothing is in between.
    pub(super) fn created_models(&mut self) {
        let (managed, others): (Vec<_>, Vec<_>) =
            self.created().into_iter().partition(|model| model.makes_table());
        // Deleted or renamed models, whose table a new model may take over.
        let gone = self.deleted().into_iter();
        let gone = gone.map(|model| (model.table_name(), Dependency::RemoveModel(model.key())));
        let moved = self.renamed_to.iter();
        let moved = moved.filter_map(|(old, new)| {
            Some((
                self.from.model(old)?.table_name(),
                Dependency::RenameModel(new.clone()),
            ))
        });
        let tables: BTreeMap<QualifiedName, Dependency> = moved.chain(gone).collect();
        let models: Vec<&ModelDef> = managed
            .into_iter()
            .rev()
            .chain(others.into_iter().rev())
            .collect();
        for model in &models {
            self.created_model(model, &tables);
        }
        // No table waits for a field that goes through a model, but that model's foreign keys are columns of its table: with
        // those first, the table is created with all of them.
        for model in &models {
            let fields = model.fields.iter().filter(|field| field.through.is_some());
            for field in sorted(fields) {
                self.added_to_created(model, field);
            }
        }
    }

    /// Adds a field that its model is not created with.
    fn added_to_created(&mut self, model: &ModelDef, field: &FieldDef) {
        let key = model.key();
        let operation = DetectedOperation::new(AddField {
            model: model.name.clone(),
            field: field.clone(),
            fill: None,
        });
        let reads = reads(field).map(|name| Dependency::CreateField(key.clone(), name.to_owned()));
        let mut must = self.after_renames(&key, field);
        must.extend(self.until_unique(field));
        must.extend(self.until_keys_can_be_joined(&key, field));
        let operation = operation
            .needs(referred_to(field))
            .needs([Dependency::CreateModel(key.clone())])
            .must(reads)
            .must(must);
        self.push(&key.app, operation);
    }

    fn created_model(&mut self, model: &ModelDef, tables: &BTreeMap<QualifiedName, Dependency>) {
        let key = model.key();
        let app = key.app.as_str();
        let later = added_later(model);
        let mut create = CreateModel::of(model);
        create.fields.retain(|field| !later.contains(field.name.as_str()));
        create.indexes.clear();
        create.constraints.clear();
        create.objects.clear();
        let mut must: Vec<Dependency> = tables.get(&model.table_name()).cloned().into_iter().collect();
        // Another model had this name.
        if let Some(moved) = self.renamed_to.get(&key) {
            must.push(Dependency::RenameModel(moved.clone()));
        }
        for field in &create.fields {
            must.extend(self.after_renames(&key, field));
            must.extend(self.until_unique(field));
        }
        let mut targets: Vec<Dependency> = create.fields.iter().flat_map(referred_to).collect();
        targets.extend(model.reads().cloned().map(Dependency::CreateModel));
        let operation = DetectedOperation::new(create)
            .needs([Dependency::RemoveModel(key.clone())])
            .needs(targets);
        self.push_first(app, operation.must(must));

        let added = sorted(
            model
                .fields
                .iter()
                .filter(|field| later.contains(field.name.as_str())),
        );
        let own = Dependency::CreateModel(key.clone());
        for field in added.iter().filter(|field| field.through.is_none()) {
            self.added_to_created(model, field);
        }
        let fields = added
            .iter()
            .map(|field| Dependency::CreateField(key.clone(), field.name.clone()));
        let needs: Vec<Dependency> = fields.chain([own.clone()]).collect();
        for index in &model.indexes {
            let operation = DetectedOperation::new(AddIndex {
                model: model.name.clone(),
                index: index.clone(),
            });
            let must = self.name_is_free(&index.name);
            self.push(app, operation.needs(needs.clone()).must(must));
        }
        for constraint in &model.constraints {
            let operation = DetectedOperation::new(AddConstraint {
                model: model.name.clone(),
                constraint: constraint.clone(),
            });
            let mut must = self.name_is_free(constraint.name());
            if let Some(key) = constraint.foreign_key() {
                must.extend(self.until_it_can_point(&model.key(), key));
            }
            let operation = operation.needs(needs.clone()).needs(pointed_at(constraint));
            self.push(app, operation.must(must));
        }
        for object in &model.objects {
            let operation = DetectedOperation::new(AddTableObject {
                model: model.name.clone(),
                object: object.clone(),
            });
            let name = object.name_in_database();
            let mut must = name.map_or_else(Vec::new, |name| self.name_is_free(name));
            must.extend(self.mentioned_tables(app, object));
            self.push(app, operation.needs(needs.clone()).must(must));
        }
    }
}

fn sorted<'a>(fields: impl Iterator<Item = &'a FieldDef>) -> Vec<&'a FieldDef> {
    let mut sorted: Vec<&FieldDef> = fields.collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    sorted
}

/// Relations outside the primary key, and generated fields that read them.
fn added_later(model: &ModelDef) -> BTreeSet<&str> {
    // A view has all of its columns at once.
    if model.view.is_some() {
        return BTreeSet::new();
    }
    let mut later: BTreeSet<&str> = model
        .fields
        .iter()
        .filter(|field| field.to.is_some() && !field.primary_key)
        .map(|field| field.name.as_str())
        .collect();
    let computed = model
        .fields
        .iter()
        .filter(|field| reads(field).any(|name| later.contains(name)))
        .map(|field| field.name.as_str())
        .collect::<Vec<_>>();
    later.extend(computed);
    later
}

/// The fields a generated field is computed from.
pub(super) fn reads(field: &FieldDef) -> impl Iterator<Item = &str> {
    let made = field.generated_as.iter();
    made.flat_map(|made| made.expression.fields())
}
