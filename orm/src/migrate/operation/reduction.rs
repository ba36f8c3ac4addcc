//! Reduction of two consecutive operations. The pairs that merge are listed with the operations; here, the accesses
//! decide about all others.

use std::borrow::Cow;

use super::access::{AccessKind, ModelRef, ObjectAccesses, SchemaObject};
use super::{Contract, Operation};

/// The result of reducing an operation with one that comes after it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) enum Reduction {
    /// Both are replaced by these.
    Replace(Vec<Operation>),
    /// Both stay, and may be swapped.
    Hop,
    /// Both stay, in this order.
    Barrier,
}

impl Reduction {
    /// Both are replaced by one.
    pub(super) fn one(operation: impl Into<Operation>) -> Self {
        Reduction::Replace(vec![operation.into()])
    }

    /// Both cancel out.
    pub(super) fn none() -> Self {
        Reduction::Replace(Vec::new())
    }

    /// An operation may pass another that does not access what it changes.
    pub(super) fn past(operation: &(impl Contract + ?Sized), other: &Operation, app: &str) -> Self {
        match is_in_the_way(&operation.accesses(app), &other.accesses(app)) {
            true => Reduction::Barrier,
            false => Reduction::Hop,
        }
    }
}

/// Whether `other` may access what an operation changes.
fn is_in_the_way(own: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    own.iter().any(|access| match access.object {
        // These stay where they are among all others.
        SchemaObject::Anything
        | SchemaObject::Extension(_)
        | SchemaObject::Collation(_)
        | SchemaObject::View(_)
        | SchemaObject::TableObject(..) => true,
        _ if access.kind == AccessKind::Reads => false,
        // Parts of a new model block no more than the model itself.
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
            // A model that took the old name since is another model; the name of the table is free, too.
            other.concern_model(of) || (access.kind == AccessKind::Deletes && other.name_tables())
        }
        SchemaObject::Comment(of) | SchemaObject::Storage(of) | SchemaObject::Options(of) => {
            other.concern_model(of)
        }
        // The old table name is not known here, and the other may claim it.
        SchemaObject::ModelTable(of) => other.concern_model(of) || other.move_tables(),
        SchemaObject::Field(of, name) => other.concern_field(of, name),
        SchemaObject::JoinTable(..) | SchemaObject::Table(_) => false,
        SchemaObject::Enum(app, name) => concerns_enum(other, (app, name), access.kind),
    })
}

/// Whether an operation depends on an enum type that another one accesses this way. One that changes rows also
/// stays in place among operations on fields whose former type is not known.
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
        // A model that moves uses the enum types of its new app.
        || other.models_renamed().iter().any(|(from, to)| from.app != to.app)
}

/// Completes an operation's own reduction: elidable operations are dropped, and two operations keep their order if
/// one uses a name that the other claims or releases.
pub(super) fn reduce(operation: &Operation, said: Reduction, other: &Operation, app: &str) -> Reduction {
    match said {
        Reduction::Replace(both) => Reduction::Replace(both),
        _ if operation.elidable() => Reduction::one(other.clone()),
        _ if other.elidable() => Reduction::one(operation.clone()),
        Reduction::Hop if disturbs(&operation.accesses(app), &other.accesses(app)) => Reduction::Barrier,
        said => said,
    }
}

/// Whether `other` claims, releases or renames something that an operation uses.
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
    /// This operation, moved behind one that came after it; `None` if the two must keep their order. Behind a
    /// model's rename, relations use the new name.
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
        // The relation to the model must be the only reason to keep the order.
        if !points(old) || points(new) || accesses.reach_anywhere() || is_about(old) || is_about(new) {
            return None;
        }
        let mut behind = self.clone();
        for to in behind
            .fields_mut()
            .iter_mut()
            .flat_map(|field| field.to.iter_mut().chain(&mut field.through))
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
