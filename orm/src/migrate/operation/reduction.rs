//! What becomes of two operations that follow each other: the pairs stand with the operations, here is what holds for
//! all of them.

use std::borrow::Cow;

use super::{Contract, Operation};
use crate::model::{FieldDef, ModelKey};

/// What becomes of an operation and one that comes after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reduction {
    /// Both together are these.
    Replace(Vec<Operation>),
    /// Both stay, and either may stand first.
    Hop,
    /// Both stay, in this order.
    Barrier,
}

impl Reduction {
    /// Both together are this one.
    pub(super) fn one(operation: impl Into<Operation>) -> Self {
        Reduction::Replace(vec![operation.into()])
    }

    /// Both together are nothing.
    pub(super) fn none() -> Self {
        Reduction::Replace(Vec::new())
    }

    /// An operation on a model passes what does not concern the model.
    pub(super) fn past_model(model: &str, other: &Operation, app: &str) -> Self {
        Self::hop_unless(other.references_model(&ModelKey::new(app, model), app))
    }

    /// An operation on a field passes what does not concern the field.
    pub(super) fn past_field(model: &str, field: &str, other: &Operation, app: &str) -> Self {
        Self::hop_unless(other.references_field(&ModelKey::new(app, model), field, app))
    }

    pub(super) fn hop_unless(in_the_way: bool) -> Self {
        match in_the_way {
            true => Reduction::Barrier,
            false => Reduction::Hop,
        }
    }
}

/// Completes what an operation says of another: what can be left out is, and names that one uses and the other gives or
/// takes away keep the two in order.
pub(super) fn reduce(operation: &Operation, said: Reduction, other: &Operation, app: &str) -> Reduction {
    match said {
        Reduction::Replace(both) => Reduction::Replace(both),
        _ if operation.elidable() => Reduction::one(other.clone()),
        _ if other.elidable() => Reduction::one(operation.clone()),
        Reduction::Hop if disturbs(operation, other, app) => Reduction::Barrier,
        said => said,
    }
}

impl Operation {
    /// Itself behind an operation that came after it; nothing if the two keep their order. Behind a model's new name,
    /// relations have it.
    pub(in crate::migrate) fn behind(&self, other: &Operation, app: &str) -> Option<Cow<'_, Operation>> {
        if self.reduce(other, app) == Reduction::Hop {
            return Some(Cow::Borrowed(self));
        }
        let Operation::RenameModel(rename) = other else {
            return None;
        };
        let (old, new) = (ModelKey::new(app, &rename.old), ModelKey::new(app, &rename.new));
        let mut behind = self.clone();
        let (model, fields) = match &mut behind {
            Operation::CreateModel(create) => (&create.model, create.fields.as_mut_slice()),
            Operation::AddField(add) => (&add.model, std::slice::from_mut(&mut add.field)),
            Operation::AlterField(alter) => (&alter.model, std::slice::from_mut(&mut alter.field)),
            _ => return None,
        };
        if *model == rename.old || *model == rename.new {
            return None;
        }
        for to in fields.iter_mut().filter_map(|field| field.to.as_mut()) {
            if *to == new {
                return None;
            }
            if *to == old {
                to.clone_from(&new);
            }
        }
        Some(Cow::Owned(behind))
    }
}

/// Whether `other` gives or takes away a name that `operation` uses without being about it.
fn disturbs(operation: &Operation, other: &Operation, app: &str) -> bool {
    let names = |model: &str| operation.references_model(&ModelKey::new(app, model), app);
    match other {
        Operation::RenameModel(rename) => names(&rename.old) || names(&rename.new),
        Operation::MoveModel(moved) => {
            let mut ends = [&moved.from, &moved.to].into_iter();
            ends.any(|key| operation.references_model(key, app))
        }
        Operation::AddField(add) => reads(operation, &add.model, &add.field.name),
        Operation::RemoveField(remove) => reads(operation, &remove.model, &remove.field),
        Operation::RenameField(rename) => {
            reads(operation, &rename.model, &rename.old) || reads(operation, &rename.model, &rename.new)
        }
        _ => false,
    }
}

/// Whether an operation brings a field that is computed from another of its model.
fn reads(operation: &Operation, model: &str, field: &str) -> bool {
    match operation {
        Operation::AddField(add) => add.model == model && computed_from(&add.field, field),
        Operation::AlterField(alter) => alter.model == model && computed_from(&alter.field, field),
        _ => false,
    }
}

/// Whether a field is computed from another.
pub(super) fn computed_from(field: &FieldDef, other: &str) -> bool {
    let made = field.generated_as.as_ref();
    made.is_some_and(|made| made.expression.fields().contains(&other))
}

/// Whether an operation on `field` of a model concerns another field of whatever model: it is that field, is computed
/// from it, or may point at it.
pub(super) fn concerns(app: &str, model: &str, field: &FieldDef, key: &ModelKey, name: &str) -> bool {
    let own = key.app == app && key.model == model;
    field.to.as_ref() == Some(key) || (own && (field.name == name || computed_from(field, name)))
}
