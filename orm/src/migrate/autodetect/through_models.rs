//! Many-to-many fields that go through a model and get an automatic join table: the model's table becomes it, with its rows.

use std::collections::BTreeMap;

use super::detected_operation::{Dependency, DetectedOperation};
use super::join_as_model::join_as_model;
use super::model_pair::{ModelPair, replaced};
use super::{Detector, by_name};
use crate::error::{Error, Result};
use crate::migrate::operation::{AlterField, DeleteModel, Operation, SeparateDatabaseAndState};
use crate::migrate::state::ProjectState;
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::FieldType;

/// A model that is gone, and whose table becomes an automatic join table.
pub(super) struct BecomesJoinTable {
    /// The model that has the field.
    owner: ModelKey,
    /// The field as it is afterwards.
    field: FieldDef,
    /// The join table as a model: the name of the model, the names of its fields, and else what a join table is.
    join: ModelDef,
}

/// Finds them, by the model that is gone.
///
/// # Errors
/// If a field would get an empty join table beside the rows that related it, or a table that cannot be a join table.
pub(super) fn becoming_join_tables(
    from: &ProjectState,
    to: &ProjectState,
) -> Result<BTreeMap<ModelKey, BecomesJoinTable>> {
    let mut found = BTreeMap::new();
    for (owner, before) in from.models().iter().filter(|(_, before)| before.makes_table()) {
        for field in &before.fields {
            let (Some(through), Some(new)) = (&field.through, to.model(owner)) else {
                continue;
            };
            let now = new.field(&field.name);
            let Some(now) = now.filter(|now| now.through.is_none() && !replaced(field, now)) else {
                continue;
            };
            let refuse = |why: &str, hint: &'static str| Err(refused(owner, &field.name, through, why, hint));
            if to.model(through).is_some() {
                return refuse(ROWS_STAY, TAKE_IT_OUT);
            }
            if now.symmetrical && !field.symmetrical {
                return refuse(
                    "it becomes symmetrical at the same time, and the rows that lead back would be missing",
                    "make it in two rounds: take `through` out and run makemigrations, then add `symmetrical`",
                );
            }
            let Some(middle) = from
                .model(through)
                .filter(|middle| middle.makes_table() && new.makes_table())
            else {
                return refuse(
                    "its table is not managed",
                    "give the field another name, and copy the rows by a RunSql",
                );
            };
            if through.app != owner.app {
                return refuse(
                    "that model is of another app",
                    "move the model into the app of the field and run makemigrations, then take it out",
                );
            }
            let (target, old_target) = (
                now.to.as_ref().and_then(|target| to.model(target)),
                field.to.as_ref().and_then(|target| from.model(target)),
            );
            let (Some(target), Some(old_target)) = (target, old_target) else {
                continue;
            };
            let Some(mut join) = join_as_model(new, now, target) else {
                continue;
            };
            let (near, far) = before.through_keys(field, middle, old_target)?;
            let key: Vec<&FieldDef> = middle.key_fields().collect();
            let [id] = *key else {
                return refuse("the primary key of that model is several fields", NUMBERED);
            };
            if !(id.generated && id.ty.is_integer()) {
                return refuse(
                    "the primary key of that model is not a generated number",
                    NUMBERED,
                );
            }
            if !join.called(Some(&id.name), &[near.fields(new), far.fields(target)]) {
                return refuse(
                    "the two foreign keys of that model share a field, or the primary key of what they point at changes in the same run",
                    "give each of the two fields of its own, as many as the primary key has, and run makemigrations before the model goes",
                );
            }
            let mut join = join.model;
            join.name.clone_from(&through.model);
            let becomes = BecomesJoinTable {
                owner: owner.clone(),
                field: now.clone(),
                join,
            };
            if let Some(BecomesJoinTable {
                owner: other,
                field: other_field,
                ..
            }) = found.insert(through.clone(), becomes)
            {
                return refuse(
                    &format!(
                        "so does {other}.{}, which went through the same rows",
                        other_field.name
                    ),
                    "let one of the two be a field of its own first, and run makemigrations after each",
                );
            }
        }
    }
    Ok(found)
}

const ROWS_STAY: &str = "the rows stay in that model, and the join table would be empty";

const TAKE_IT_OUT: &str = "take the model out too: its table then becomes the join table. Or give the field another name, and copy the rows";

const NUMBERED: &str = "give it a generated `id: i64` and run makemigrations, then take the model out";

#[cold]
fn refused(owner: &ModelKey, field: &str, through: &ModelKey, why: &str, hint: &'static str) -> Error {
    let what = format!("{owner}.{field} went through {through} and gets a join table of its own, but {why}");
    Error::unsupported(what).with_hint(hint)
}

impl Detector<'_> {
    /// Refuses a model between that goes on under another name.
    pub(super) fn refuse_renamed_between(
        &self,
        becoming: &BTreeMap<ModelKey, BecomesJoinTable>,
    ) -> Result<()> {
        let renamed = |(through, _): &(&ModelKey, &BecomesJoinTable)| self.renamed_to.contains_key(*through);
        match becoming.iter().find(renamed) {
            Some((through, becomes)) => Err(refused(
                &becomes.owner,
                &becomes.field.name,
                through,
                ROWS_STAY,
                TAKE_IT_OUT,
            )),
            None => Ok(()),
        }
    }

    /// Each becomes a pair, as if the model stayed and was defined as the join table is.
    pub(super) fn join_tables_made<'b>(
        &mut self,
        pairs: &mut Vec<ModelPair<'b>>,
        becoming: &'b BTreeMap<ModelKey, BecomesJoinTable>,
    ) {
        for (through, becomes) in becoming {
            let Some(old) = self.from.model(through) else {
                continue;
            };
            pairs.push(ModelPair::of_join(old.clone(), &becomes.join));
            let field = (becomes.owner.clone(), becomes.field.name.clone());
            self.join_fields.insert(field);
        }
        pairs.sort_by_cached_key(|pair| by_name(&pair.key));
    }

    /// When nothing else is left to change, the model goes, in the state alone, and the field has its table.
    pub(super) fn models_go_into_join_tables(&mut self, becoming: &BTreeMap<ModelKey, BecomesJoinTable>) {
        for (through, becomes) in becoming {
            for (app, detected) in self.first.iter_mut().chain(&mut self.detected) {
                for found in detected {
                    let accesses = found.operation.accesses(app);
                    let changes = accesses.models().any(|model| model.key() == *through);
                    if changes {
                        found.provide(Dependency::ReshapeModel(through.clone()));
                    }
                }
            }
            let alter = AlterField {
                model: becomes.owner.model.clone(),
                field: becomes.field.clone(),
                fill: None,
            };
            let delete = DeleteModel {
                model: through.model.clone(),
            };
            let state: Vec<Operation> = vec![alter.into(), delete.into()];
            let operation = DetectedOperation::new(SeparateDatabaseAndState {
                database: Vec::new(),
                state,
            });
            // Who pointed at the model, also from other apps, does so no more; the field itself is altered here.
            let free = self.from.model(through).map(|middle| self.free_of(middle));
            let others = free.into_iter().flatten().filter(|free| match free {
                Dependency::RemoveField(owner, field) | Dependency::AlterField(owner, field) => {
                    (owner, field) != (&becomes.owner, &becomes.field.name)
                }
                _ => true,
            });
            self.push(
                &through.app,
                operation
                    .must([Dependency::ReshapeModel(through.clone())])
                    .needs(others),
            );
        }
    }

    /// Refuses a field that changes what it goes through, where its rows cannot follow.
    pub(super) fn refuse_lost_join(
        &self,
        pair: &ModelPair<'_>,
        before: &FieldDef,
        field: &FieldDef,
    ) -> Result<()> {
        let many = field.ty == FieldType::ManyToMany && !pair.makes_no_table();
        if !many || before.through.is_some() == field.through.is_some() {
            return Ok(());
        }
        let name = format!("{}.{}", pair.key, field.name);
        Err(Error::unsupported(match &field.through {
            Some(through) => {
                format!("{name} goes through {through} from here on, and the rows of its join table cannot follow")
            }
            None => format!("{name} does not go through a model any more, and its rows cannot follow"),
        })
        .with_hint("make it in two rounds: keep the names of the field and the models while it changes, and run makemigrations after each"))
    }
}
