//! Fields that other models name, as what a foreign key points at or as one of `through_fields`: what those that name them wait for,
//! and what waits for those.

use std::collections::BTreeSet;

use super::Detector;
use super::detected_operation::Dependency;
use super::model_pair::ModelPair;
use crate::error::Result;
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::schema::joined_by_other_key;
use crate::value::FieldType;

/// Whether a field has an automatic join table.
fn is_joined(field: &FieldDef) -> bool {
    field.ty == FieldType::ManyToMany && field.through.is_none()
}

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
        if !is_joined(field) {
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

    /// What gives a primary key other fields waits until the automatic join tables to it that go are gone.
    pub(super) fn until_not_joined(&self, key: &ModelKey) -> Vec<Dependency> {
        let old_key = self.old_key(key);
        let mut must = Vec::new();
        for model in self.from.models().values() {
            let of = |field: &&FieldDef| model.key() == *old_key || field.to.as_ref() == Some(old_key);
            for field in model.fields.iter().filter(|field| is_joined(field)).filter(of) {
                let (owner, name) = self.now(&model.key(), &field.name);
                must.push(Dependency::RemoveField(owner.clone(), field.name.clone()));
                must.push(Dependency::AlterField(owner, name));
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
            let names = names.filter(|name| !pair.old.is_unique(name)).cloned();
            pair.pointed_at.extend(names);
            self.watch_composite_foreign_keys(pair);
        }
    }

    /// Fields of unmanaged tables are ignored, but an automatic join table to one has the columns of its primary key.
    pub(super) fn watch_joined_keys(&self, pairs: &mut [ModelPair<'_>]) {
        for pair in pairs.iter_mut().filter(|pair| pair.new.unmanaged) {
            let owners = self.to.models().values().filter(|owner| owner.makes_table());
            let mut fields = owners.flat_map(|owner| &owner.fields);
            if !fields.any(|field| is_joined(field) && field.to.as_ref() == Some(&pair.key)) {
                continue;
            }
            let key = pair.old.key_fields().chain(pair.new.key_fields());
            let names: Vec<String> = key.map(|field| field.name.clone()).collect();
            pair.pointed_at.extend(names);
        }
    }

    /// Refuses a primary key of other fields where an automatic join table to the model stays, whose rows hold those that it has.
    pub(super) fn refuse_other_joined_keys(&self) -> Result<()> {
        for before in self.from.models().values().filter(|before| before.makes_table()) {
            for field in before.fields.iter().filter(|field| is_joined(field)) {
                let (owner, name) = self.now(&before.key(), &field.name);
                let now = self.to.model(&owner).filter(|now| now.makes_table());
                let now = now.and_then(|now| now.field(&name)).filter(|now| is_joined(now));
                let ends = now.and_then(|now| field.to.as_ref().zip(now.to.as_ref()));
                let Some((from, to)) = ends.filter(|(from, to)| self.now(from, "").0 == **to) else {
                    continue;
                };
                let table = before.join_table_name(field);
                for (from, to) in [(&before.key(), &owner), (from, to)] {
                    let sides = self.from.model(from).zip(self.to.model(to));
                    if let Some(((from, to), table)) = sides.zip(table.as_ref())
                        && self.key_gets_other_fields(from, to)
                    {
                        return Err(joined_by_other_key(from, to, table));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a primary key, of several fields before or after, is of other fields now, in whatever order.
    fn key_gets_other_fields(&self, from: &ModelDef, to: &ModelDef) -> bool {
        let was = from
            .key_fields()
            .map(|field| self.now(&from.key(), &field.name).1);
        let was: BTreeSet<String> = was.collect();
        let is: BTreeSet<String> = to.key_fields().map(|field| field.name.clone()).collect();
        was.len().max(is.len()) > 1 && was != is
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
