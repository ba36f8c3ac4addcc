//! Fields that other models name, as what a foreign key points at or as one of `through_fields`: what those that name them wait for,
//! and what waits for those.

use super::Detector;
use super::detected_operation::Dependency;
use super::model_pair::ModelPair;
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::FieldType;

impl Detector<'_> {
    /// A foreign key waits until the field that it points at is there under its name, and unique.
    pub(super) fn until_unique(&self, field: &FieldDef) -> Vec<Dependency> {
        let (Some(to), Some(name)) = (&field.to, &field.to_field) else {
            return Vec::new();
        };
        vec![
            Dependency::CreateField(to.clone(), name.clone()),
            Dependency::RenameField(to.clone(), name.clone()),
            Dependency::AlterField(to.clone(), name.clone()),
        ]
    }

    /// An automatic join table has a column for each field of a primary key of several, so it waits until the primary keys of both sides
    /// are what they will be.
    pub(super) fn until_keys_can_be_joined(&self, owner: &ModelKey, field: &FieldDef) -> Vec<Dependency> {
        let mut must = Vec::new();
        if field.ty != FieldType::ManyToMany || field.through.is_some() {
            return must;
        }
        for side in [Some(owner), field.to.as_ref()].into_iter().flatten() {
            let old_key = self.old_key(side);
            let old = self.from.model(old_key);
            let old: Vec<&FieldDef> = old.into_iter().flat_map(ModelDef::key_fields).collect();
            let new = self.to.model(side);
            let new: Vec<&FieldDef> = new.into_iter().flat_map(ModelDef::key_fields).collect();
            if old.len().max(new.len()) < 2 {
                continue;
            }
            for part in old {
                let (_, name) = self.now(old_key, &part.name);
                must.push(Dependency::RemoveField(side.clone(), part.name.clone()));
                must.push(Dependency::AlterField(side.clone(), name));
            }
            for part in new {
                must.push(Dependency::CreateField(side.clone(), part.name.clone()));
                must.push(Dependency::RenameField(side.clone(), part.name.clone()));
                must.push(Dependency::AlterField(side.clone(), part.name.clone()));
            }
        }
        must
    }

    /// What takes the uniqueness of a field away waits until no foreign key points at it.
    pub(super) fn until_not_pointed_at(&self, key: &ModelKey, old: &str) -> Vec<Dependency> {
        let old_key = self.old_key(key);
        let own = self
            .from
            .model(old_key)
            .into_iter()
            .flat_map(|model| &model.fields);
        let own = own.filter(|field| field.to.as_ref() == Some(old_key));
        let own = own.map(|field| (old_key.clone(), field));
        let all = own.chain(self.from.incoming(old_key));
        let pointing = all.filter(|(_, field)| field.to_field.as_deref() == Some(old));
        pointing
            .flat_map(|(owner, field)| {
                let (owner, name) = self.now(&owner, &field.name);
                // A primary key is dropped with its table.
                if field.primary_key && self.to.model(&owner).is_none() {
                    return vec![Dependency::RemoveModel(owner)];
                }
                vec![
                    Dependency::RemoveField(owner.clone(), field.name.clone()),
                    Dependency::AlterField(owner, name),
                ]
            })
            .collect()
    }

    /// Fields of unmanaged tables are ignored, but what they point at may not be unique any more, or not there; and others may point at
    /// theirs.
    pub(super) fn watch_what_is_pointed_at(&self, pairs: &mut [ModelPair<'_>]) {
        let lost = |field: &&FieldDef| match (&field.to, &field.to_field) {
            (Some(to), Some(name)) => {
                let target = self.to.model(to);
                !target.is_some_and(|target| target.is_unique(name))
            }
            _ => false,
        };
        for pair in pairs.iter_mut().filter(|pair| pair.makes_no_table()) {
            let fields = pair.old.fields.iter().filter(lost);
            let lost = fields.map(|field| field.name.clone()).collect();
            pair.add_stale(lost);
            let models = self.to.models().values();
            let fields = models.flat_map(|model| &model.fields);
            let fields = fields.filter(|field| field.to.as_ref() == Some(&pair.key));
            let names = fields.filter_map(|field| field.to_field.as_ref());
            pair.pointed_at = names.filter(|name| !pair.old.is_unique(name)).cloned().collect();
            self.watch_composite_foreign_keys(pair);
        }
    }

    /// The files of other apps that name a field come before what takes the name or the uniqueness from it: replayed after that, as on a
    /// new database, they would name what is not there any more. Where an earlier change has taken the name away, it waited itself.
    pub(super) fn after_files_that_name(&self, key: &ModelKey, old: &str) -> Vec<Dependency> {
        let apps = self.history.apps_naming(&self.old_key(key).app, old);
        apps.into_iter()
            .filter(|app| *app != key.app)
            .map(Dependency::Files)
            .collect()
    }
}
