//! A model in both states.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::created_models::reads;
use super::moved_models::table_of_moved;
use super::{Detector, by_name};
use crate::migrate::operation::RenameChoice;
use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelDef, ModelKey};
use crate::value::FieldType;

/// A model in both states. `old` already has what follows from renamed models and enum values.
pub(super) struct ModelPair<'a> {
    pub key: ModelKey,
    pub old: Cow<'a, ModelDef>,
    pub new: &'a ModelDef,
    /// Renames on the way, and the new name of a field -> its old one.
    pub renames: super::rename_order::RenameSteps,
    /// Renamed strings of plain choices; `old` already has the new ones.
    pub choices: Vec<RenameChoice>,
    /// Fields of models without a table of their own are ignored, except those of unmanaged ones that refer to something deleted.
    stale: Option<BTreeSet<String>>,
    /// Fields of a table that becomes unmanaged whose target model or enum type is deleted: their columns stay.
    pub freed: BTreeSet<String>,
    /// Fields of an unmanaged table that foreign keys come to point at, so that they have to be as the models say.
    pub pointed_at: BTreeSet<String>,
    /// Unique constraints of an unmanaged table that foreign keys stand on.
    pub stood_on: BTreeSet<String>,
}

/// Changes of a model's indexes.
#[derive(Default)]
pub(super) struct IndexChanges<'b> {
    pub added: Vec<&'b IndexDef>,
    pub removed: Vec<&'b IndexDef>,
    pub renamed: Vec<(&'b IndexDef, &'b IndexDef)>,
}

/// Changes of a model's constraints.
#[derive(Default)]
pub(super) struct ConstraintChanges<'b> {
    pub added: Vec<&'b ConstraintDef>,
    pub removed: Vec<&'b ConstraintDef>,
    pub altered: Vec<&'b ConstraintDef>,
}

impl<'a> Detector<'a> {
    /// Models that both states have and that differ or may, in Django's order.
    pub(super) fn pairs(&self) -> Vec<ModelPair<'a>> {
        let (from, to) = (self.from, self.to);
        let mut pairs: Vec<ModelPair<'a>> = Vec::new();
        for (key, new) in to.models() {
            if !self.renamed.contains_key(key) && self.renamed_to.contains_key(key) {
                continue;
            }
            let Some(old) = from.models().get(self.old_key(key)) else {
                continue;
            };
            let same = std::sync::Arc::ptr_eq(old, new) || old == new;
            // What its foreign keys stand on may differ.
            let stands_alone = new.composite_foreign_keys().next().is_none();
            if same && stands_alone && !self.hints.contains_key(key) && !self.names_answered(key) {
                continue;
            }
            pairs.push(ModelPair {
                key: key.clone(),
                old: self.carried(old, new),
                new,
                renames: super::rename_order::RenameSteps::default(),
                choices: Vec::new(),
                stale: (!new.makes_table()).then(|| match old.unmanaged {
                    true => self.stale_fields(old, &key.app),
                    false => BTreeSet::new(),
                }),
                freed: match new.unmanaged && !old.unmanaged {
                    true => self.stale_fields(old, &key.app),
                    false => BTreeSet::new(),
                },
                pointed_at: BTreeSet::new(),
                stood_on: BTreeSet::new(),
            });
        }
        pairs.sort_by_cached_key(|pair| by_name(&pair.key));
        pairs
    }

    /// Whether an answer is about a field of the model: it may rename a field where nothing else differs.
    fn names_answered(&self, key: &ModelKey) -> bool {
        let start = format!("{key}.");
        let answers = self.answer_source.answers.renamed.range(start.clone()..);
        answers.take(1).any(|(name, _)| name.starts_with(&start))
    }

    /// The old model, with what follows from renamed models and enum values and from its own move applied.
    fn carried(&self, old: &'a ModelDef, new: &ModelDef) -> Cow<'a, ModelDef> {
        let table = (old.app != new.app).then(|| table_of_moved(old, new));
        let mut old = Cow::Borrowed(old);
        if let Some(table) = table {
            old.to_mut().table = table;
        }
        for at in 0..old.fields.len() {
            if let Some(through) = &old.fields[at].through
                && let Some(now) = self.renamed_to.get(through)
            {
                old.to_mut().fields[at].through = Some(now.clone());
            }
            let field = &old.fields[at];
            if let Some(to) = field.to.as_ref().and_then(|to| self.renamed_to.get(to)) {
                old.to_mut().fields[at].to = Some(to.clone());
            } else if let (Some(name), Some(default)) = (&field.enum_type, &field.default) {
                let mut renamed = default.clone();
                renamed.map_strings(&|text| self.renamed_values.new_name(&old.app, name, text));
                if renamed != *default {
                    old.to_mut().fields[at].default = Some(renamed);
                }
            }
        }
        for at in 0..old.constraints.len() {
            if let Some(key) = old.constraints[at].foreign_key()
                && let Some(now) = self.renamed_to.get(&key.to)
            {
                let to = key.to.clone();
                old.to_mut().constraints[at].retarget(&to, now);
            }
        }
        old
    }

    /// Fields whose target model or enum type is deleted.
    fn stale_fields(&self, old: &ModelDef, app: &str) -> BTreeSet<String> {
        let gone = |field: &&FieldDef| {
            let model = field.refers_to().any(|to| {
                !self.renamed_to.contains_key(to)
                    && (self.to.model(to).is_none() || self.renamed.contains_key(to))
            });
            let of_type = field.enum_type.as_ref().is_some_and(|name| {
                let key = crate::migrate::state::EnumKey::new(app, name);
                !self.to.enums().contains_key(&key)
            });
            model || of_type
        };
        let fields = old.fields.iter().filter(gone);
        with_what_reads_them(old, fields.map(|field| field.name.clone()).collect())
    }
}

/// Fields, and the generated ones that are computed from them.
fn with_what_reads_them(model: &ModelDef, mut fields: BTreeSet<String>) -> BTreeSet<String> {
    let computed = |field: &&FieldDef| reads(field).any(|name| fields.contains(name));
    let computed: Vec<String> = model
        .fields
        .iter()
        .filter(computed)
        .map(|field| field.name.clone())
        .collect();
    fields.extend(computed);
    fields
}

impl<'a> ModelPair<'a> {
    /// A join table and the model that takes it over.
    pub fn of_join(join: ModelDef, new: &'a ModelDef) -> Self {
        ModelPair {
            key: new.key(),
            old: Cow::Owned(join),
            new,
            renames: super::rename_order::RenameSteps::default(),
            choices: Vec::new(),
            stale: None,
            freed: BTreeSet::new(),
            pointed_at: BTreeSet::new(),
            stood_on: BTreeSet::new(),
        }
    }
}

impl ModelPair<'_> {
    pub fn app(&self) -> &str {
        &self.key.app
    }

    pub fn model(&self) -> String {
        self.key.model.clone()
    }

    /// Whether migrations make no table of it: it is unmanaged, or a view.
    pub fn makes_no_table(&self) -> bool {
        self.stale.is_some()
    }

    /// Whether indexes and constraints are none of ours: a materialized view has them.
    fn keeps_its_parts(&self) -> bool {
        self.makes_no_table() && !self.new.is_materialized()
    }

    /// Further fields of an unmanaged table that cannot stay as they are.
    pub fn add_stale(&mut self, fields: BTreeSet<String>) {
        let fields = with_what_reads_them(&self.old, fields);
        match &mut self.stale {
            Some(stale) if self.old.unmanaged => stale.extend(fields),
            _ => self.freed.extend(fields),
        }
    }

    /// Whether changes of an old field are detected.
    fn watches(&self, name: &str) -> bool {
        let is_stale = |stale: &BTreeSet<String>| stale.contains(name);
        self.stale.as_ref().is_none_or(is_stale) || self.pointed_at.contains(name)
    }

    /// Whether a field may be added, or become another one: one of an unmanaged table only if something points at it.
    pub fn adds(&self, name: &str) -> bool {
        self.stale.is_none() || self.pointed_at.contains(name)
    }

    /// Whether some of its fields may be renamed.
    pub fn has_fields_of_its_own(&self) -> bool {
        self.stale.is_none() || !self.pointed_at.is_empty()
    }

    /// The old field that became the new field of that name.
    pub fn before(&self, name: &str) -> Option<&FieldDef> {
        match self.renames.old_by_new.get(name) {
            Some(old) => self.old.field(old),
            None => self.old.field(name).filter(|_| !self.is_renamed(name)),
        }
    }

    /// Whether an old field was renamed.
    pub fn is_renamed(&self, old: &str) -> bool {
        !self.renames.old_by_new.is_empty() && self.renames.old_by_new.values().any(|moved| moved == old)
    }

    /// The new name of an old field.
    pub fn now<'b>(&'b self, old: &'b str) -> &'b str {
        let moved = self.renames.old_by_new.iter().find(|(_, from)| *from == old);
        moved.map_or(old, |(new, _)| new)
    }

    /// The old name of a new field.
    pub fn was<'b>(&'b self, new: &'b str) -> &'b str {
        self.renames.old_by_new.get(new).map_or(new, String::as_str)
    }

    /// Whether a field of an unmanaged table must be removed.
    pub(super) fn goes(&self, name: &str) -> bool {
        let Some(before) = self.old.field(name).filter(|_| self.watches(name)) else {
            return false;
        };
        let field = self.new.field(name);
        self.forgotten(before) || field.is_none_or(|field| replaced(before, field))
    }

    /// A generated field of an unmanaged table may read columns the models do not know.
    fn forgotten(&self, before: &FieldDef) -> bool {
        self.makes_no_table() && before.generated_as.is_some()
    }

    /// Removed fields, by name.
    pub fn removed(&self) -> Vec<&FieldDef> {
        let gone = |field: &&FieldDef| {
            self.watches(&field.name)
                && !self.is_renamed(&field.name)
                && (self.new.field(&field.name).is_none()
                    || self.renames.old_by_new.contains_key(&field.name)
                    || self.forgotten(field))
        };
        let mut removed: Vec<&FieldDef> = self.old.fields.iter().filter(gone).collect();
        removed.sort_by(|a, b| a.name.cmp(&b.name));
        removed
    }

    /// Added fields, by name.
    pub fn added(&self) -> Vec<&FieldDef> {
        let is_new = |field: &&FieldDef| self.adds(&field.name) && self.before(&field.name).is_none();
        let mut added: Vec<&FieldDef> = self.new.fields.iter().filter(is_new).collect();
        added.sort_by(|a, b| a.name.cmp(&b.name));
        added
    }

    /// Altered fields, before and after, by name.
    pub fn altered(&self) -> Vec<(Cow<'_, FieldDef>, &FieldDef)> {
        let mut altered: Vec<(Cow<FieldDef>, &FieldDef)> = Vec::new();
        for field in &self.new.fields {
            let Some(before) = self
                .before(&field.name)
                .filter(|before| self.watches(&before.name))
            else {
                continue;
            };
            if self.forgotten(before) {
                continue;
            }
            let before = self.carried_over(before, field);
            if !same(&before, field) {
                altered.push((before, field));
            }
        }
        altered.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        altered
    }

    /// The old field after its rename.
    fn carried_over<'b>(&self, before: &'b FieldDef, field: &FieldDef) -> Cow<'b, FieldDef> {
        let mut carried = Cow::Borrowed(before);
        if before.name != field.name {
            let kept = self.keeps_column(before, field);
            carried.to_mut().name.clone_from(&field.name);
            if kept {
                carried.to_mut().column.clone_from(&field.column);
                carried.to_mut().table.clone_from(&field.table);
            }
        }
        if !self.renames.old_by_new.is_empty()
            && let Some(made) = &before.generated_as
            && made.expression.fields().iter().any(|name| self.is_renamed(name))
        {
            let mut made = made.clone();
            made.expression
                .rename_fields(&mut |name| *name = self.now(name).to_owned());
            carried.to_mut().generated_as = Some(made);
        }
        carried
    }

    /// Whether a renamed field keeps its column or join table, because the model names it explicitly.
    pub fn keeps_column(&self, before: &FieldDef, field: &FieldDef) -> bool {
        if before.ty == FieldType::ManyToMany || field.ty == FieldType::ManyToMany {
            let table = self.old.join_table_name(before).map(|table| table.name);
            return field.table != before.table && field.table.is_some() && field.table == table;
        }
        field.column != before.column && field.column.as_deref() == Some(&before.column_name())
    }

    /// Changes of the indexes, matched by definition and then by name.
    pub fn indexes(&self) -> IndexChanges<'_> {
        let mut changes = IndexChanges::default();
        if self.keeps_its_parts() {
            let names = |index: &&IndexDef| {
                let mut fields = index.fields().into_iter();
                fields.any(|field| self.goes(field))
            };
            changes.removed = self.old.indexes.iter().filter(names).collect();
            return changes;
        }
        if self.old.indexes == self.new.indexes {
            return changes;
        }
        changes.added = self
            .new
            .indexes
            .iter()
            .filter(|index| !self.old.indexes.contains(index))
            .collect();
        changes.removed = self
            .old
            .indexes
            .iter()
            .filter(|index| !self.new.indexes.contains(index))
            .collect();
        changes.added.retain(|new| {
            let same = |old: &&&IndexDef| old.name != new.name && old.is_alike(new);
            let Some(at) = changes.removed.iter().position(|old| same(&old)) else {
                return true;
            };
            changes.renamed.push((changes.removed.remove(at), new));
            false
        });
        changes
    }

    /// Changes of the constraints.
    pub fn constraints(&self) -> ConstraintChanges<'_> {
        let mut changes = ConstraintChanges::default();
        if self.keeps_its_parts() {
            let watched = |constraint: &&ConstraintDef| {
                constraint.foreign_key().is_some() || self.stood_on.contains(constraint.name())
            };
            let names = |constraint: &&ConstraintDef| {
                let mut fields = constraint.fields().into_iter();
                let differs = watched(constraint) && !self.new.constraints.contains(constraint);
                differs || fields.any(|field| self.goes(field))
            };
            let is_new = |constraint: &&ConstraintDef| !self.old.constraints.contains(constraint);
            changes.removed = self.old.constraints.iter().filter(names).collect();
            changes.added = self
                .new
                .constraints
                .iter()
                .filter(watched)
                .filter(is_new)
                .collect();
            return changes;
        }
        if self.old.constraints == self.new.constraints {
            return changes;
        }
        let (old, new) = (&self.old.constraints, &self.new.constraints);
        changes.altered = new
            .iter()
            .filter(|new| {
                old.iter()
                    .any(|old| old != *new && old.name() == new.name() && self.differ_only_in_words(old, new))
            })
            .collect();
        let altered: BTreeSet<&str> = changes
            .altered
            .iter()
            .map(|constraint| constraint.name())
            .collect();
        let fresh = |constraint: &&ConstraintDef| !altered.contains(constraint.name());
        changes.added = new
            .iter()
            .filter(|new| !old.contains(new))
            .filter(fresh)
            .collect();
        changes.removed = old
            .iter()
            .filter(|old| !new.contains(old))
            .filter(fresh)
            .collect();
        changes
    }

    /// Gives a field its new name if it was renamed and kept its column.
    pub(super) fn follow_kept_column(&self, field: &mut String) {
        let kept = |(to, from): &(&String, &String)| {
            let columns = (self.old.field(from), self.new.field(to));
            **from == *field
                && matches!(columns, (Some(old), Some(new)) if old.column_name() == new.column_name())
        };
        if let Some((to, _)) = self.renames.old_by_new.iter().find(kept) {
            field.clone_from(to);
        }
    }
}

/// Whether two fields are equal; values of an enum type belong to the type.
pub(super) fn same(old: &FieldDef, new: &FieldDef) -> bool {
    if old.enum_type.is_none() || old.enum_type != new.enum_type || old.choices == new.choices {
        return old == new;
    }
    let mut old = old.clone();
    old.choices.clone_from(&new.choices);
    old == *new
}

/// Whether a field must be removed and added instead of altered: only one of the two has a column, or its join
/// table would get another target.
pub(super) fn replaced(old: &FieldDef, new: &FieldDef) -> bool {
    let many = |field: &FieldDef| field.ty == FieldType::ManyToMany;
    many(old) != many(new) || (many(old) && old.to != new.to)
}
