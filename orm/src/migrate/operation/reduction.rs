//! What becomes of two operations that follow each other: the pairs that become one stand with the operations, here is what
//! holds for all others, from what each touches.

use std::borrow::Cow;

use super::access::{AccessKind, ModelRef, ObjectAccesses, SchemaObject};
use super::{Contract, Operation};

/// What becomes of an operation and one that comes after it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) enum Reduction {
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

    /// An operation passes what does not concern what it changes.
    pub(super) fn past(operation: &(impl Contract + ?Sized), other: &Operation, app: &str) -> Self {
        match is_in_the_way(&operation.accesses(app), &other.accesses(app)) {
            true => Reduction::Barrier,
            false => Reduction::Hop,
        }
    }
}

/// Whether `other` concerns what an operation changes, or may.
fn is_in_the_way(own: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    own.iter().any(|access| match access.object {
        // Where it stands, it stands among all others.
        SchemaObject::Anything | SchemaObject::Extension(_) | SchemaObject::Collation(_) => true,
        _ if access.kind == AccessKind::Reads => false,
        // Parts of a new model are no more in the way than the model.
        SchemaObject::Field(of, _)
        | SchemaObject::JoinTable(of, _)
        | SchemaObject::Index(of, _)
        | SchemaObject::Constraint(of, _)
            if own.has(AccessKind::Creates, SchemaObject::Model(of)) =>
        {
            false
        }
        SchemaObject::Index(..) | SchemaObject::Constraint(..) => true,
        SchemaObject::Model(of) => {
            // A model that has got the old name since then is another one; that of the table is free as well.
            other.concern_model(of) || (access.kind == AccessKind::Deletes && other.name_tables())
        }
        SchemaObject::Comment(of) | SchemaObject::Options(of) => other.concern_model(of),
        // The name that it leaves, which is not said here, may be what the other takes.
        SchemaObject::ModelTable(of) => other.concern_model(of) || other.move_tables(),
        SchemaObject::Field(of, name) => other.concern_field(of, name),
        SchemaObject::JoinTable(..) | SchemaObject::Table(_) => false,
        SchemaObject::Enum(app, name) => concerns_enum(other, (app, name), access.kind),
    })
}

/// Whether an operation has to do with an enum type that another one touches so. One that changes rows also stays where it is
/// among operations that do not say which type a field was of.
fn concerns_enum(other: &ObjectAccesses<'_>, (app, name): (&str, &str), kind: AccessKind) -> bool {
    let changes_rows = matches!(
        kind,
        AccessKind::Alters | AccessKind::RenamesValue | AccessKind::Deletes
    );
    other.reach_anywhere()
        || other.iter().any(|access| match access.object {
            SchemaObject::Enum(other_app, other_name) => (other_app, other_name) == (app, name),
            SchemaObject::Field(..) => changes_rows && matches!(access.kind, AccessKind::Alters | AccessKind::Deletes),
            _ => false,
        })
        // A model that moves is of the types of another app from there on.
        || other.models_renamed().iter().any(|(from, to)| from.app != to.app)
}

/// Completes what an operation says of another: what can be left out is, and names that one uses and the other gives or
/// takes away keep the two in order.
pub(super) fn reduce(operation: &Operation, said: Reduction, other: &Operation, app: &str) -> Reduction {
    match said {
        Reduction::Replace(both) => Reduction::Replace(both),
        _ if operation.elidable() => Reduction::one(other.clone()),
        _ if other.elidable() => Reduction::one(operation.clone()),
        Reduction::Hop if disturbs(&operation.accesses(app), &other.accesses(app)) => Reduction::Barrier,
        said => said,
    }
}

/// Whether `other` gives, takes away or respells what an operation uses without being about it.
fn disturbs(own: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    other.iter().any(|access| match access.object {
        SchemaObject::Model(of) => {
            matches!(access.kind, AccessKind::ReleasesName | AccessKind::ClaimsName) && own.concern_model(of)
        }
        SchemaObject::Field(..) => {
            (access.kind.moves_the_name() || access.kind == AccessKind::RenamesValue)
                && own.has(AccessKind::Reads, access.object)
        }
        _ => false,
    })
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
        let (old, new) = (ModelRef::new(app, &rename.old), ModelRef::new(app, &rename.new));
        let accesses = self.accesses(app);
        let points = |of: ModelRef<'_>| accesses.has(AccessKind::Reads, SchemaObject::Model(of));
        let is_about = |of: ModelRef<'_>| {
            let mut changed = accesses.iter().filter(|access| access.kind != AccessKind::Reads);
            changed.any(|access| access.object.model() == Some(of))
        };
        // What keeps the two in order has to be that it points at the model, and nothing else.
        if !points(old) || points(new) || accesses.reach_anywhere() || is_about(old) || is_about(new) {
            return None;
        }
        let mut behind = self.clone();
        for to in behind
            .fields_mut()
            .iter_mut()
            .filter_map(|field| field.to.as_mut())
        {
            if ModelRef::from(&*to) == old {
                *to = new.key();
            }
        }
        let follows = !behind
            .accesses(app)
            .has(AccessKind::Reads, SchemaObject::Model(old));
        follows.then_some(Cow::Owned(behind))
    }
}
