//! Whether two branches conflict, from the accesses of their operations.

use crate::migrate::operation::{AccessKind, ModelRef, ObjectAccesses, SchemaObject};

/// How exclusively an operation needs an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// Shared: it must exist.
    Needs,
    /// Changed: it exists before and after.
    Changes,
    /// Exclusive: it is created, deleted or renamed.
    Owns,
}

impl Claim {
    fn of(kind: AccessKind) -> Self {
        match kind {
            AccessKind::Reads | AccessKind::Ensures => Claim::Needs,
            AccessKind::Extends | AccessKind::Alters | AccessKind::RenamesValue => Claim::Changes,
            AccessKind::Creates | AccessKind::Deletes | AccessKind::ReleasesName | AccessKind::ClaimsName => {
                Claim::Owns
            }
        }
    }

    /// Whether the two conflict, in whichever order.
    fn conflicts(self, other: Claim) -> bool {
        let (least, most) = (self.min(other), self.max(other));
        most == Claim::Owns || least == Claim::Changes
    }
}

/// What an operation claims; nothing is known of SQL and Rust.
pub(super) struct Claims<'a>(Vec<(Claim, SchemaObject<'a>)>);

impl<'a> Claims<'a> {
    pub fn of(accesses: &ObjectAccesses<'a>) -> Self {
        let mut claims = Claims(Vec::new());
        for access in accesses
            .iter()
            .filter(|access| access.object != SchemaObject::Anything)
        {
            let of = access
                .object
                .model()
                .filter(|of| access.object != SchemaObject::Model(*of));
            let is_new = |of: ModelRef<'_>| accesses.has(AccessKind::Creates, SchemaObject::Model(of));
            match of {
                // Creating a model includes its parts, except for names that are unique in the database.
                Some(of) if is_new(of) && access.object.unique_name().is_none() => continue,
                Some(of) if !is_new(of) => claims.add(Claim::Needs, SchemaObject::Model(of)),
                _ => {}
            }
            claims.add(Claim::of(access.kind), access.object);
        }
        claims
    }

    fn add(&mut self, claim: Claim, object: SchemaObject<'a>) {
        if !self.0.contains(&(claim, object)) {
            self.0.push((claim, object));
        }
    }

    /// The objects that both claim in conflict.
    pub fn conflicts(&self, other: &Claims<'_>) -> Vec<SchemaObject<'a>> {
        let mut conflicts: Vec<SchemaObject<'a>> = Vec::new();
        for (claim, object) in &self.0 {
            let mut theirs = other.0.iter();
            let conflict = theirs.any(|(their_claim, their_thing)| {
                is_one(*object, *their_thing) && claim.conflicts(*their_claim)
            });
            if conflict && !conflicts.contains(object) {
                conflicts.push(*object);
            }
        }
        conflicts
    }
}

/// Whether two objects are the same in the database.
fn is_one(one: SchemaObject<'_>, other: SchemaObject<'_>) -> bool {
    let names = one.unique_name().zip(other.unique_name());
    one == other || names.is_some_and(|(one, other)| one == other)
}
