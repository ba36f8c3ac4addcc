//! Divides operations into migrations: one per app where possible, more where apps depend on each other.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::detected_operation::{Dependency, DetectedOperation};
use super::sort::{sort, stuck};
use crate::error::Result;
use crate::migrate::operation::{AccessKind, ModelRef, ObjectAccesses, Operation, SchemaObject};

/// The operations of one migration.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::migrate) struct PendingMigration {
    pub app: String,
    pub operations: Vec<Operation>,
    /// Positions of the earlier migrations that it depends on.
    pub migrations: BTreeSet<usize>,
    /// Other apps on whose last existing migration it depends.
    pub apps: BTreeSet<String>,
}

/// The operations of an app, and how many are in a migration.
struct UnassignedOperations {
    detected: Vec<DetectedOperation>,
    /// How many of them are in migrations.
    taken: usize,
    /// Up to here, everything needed from other apps is in migrations.
    ready: usize,
}

/// Which operations of its app one may overtake, that does not depend on them.
#[derive(Clone, Copy)]
enum Overtake {
    /// Those on other models.
    OtherModels,
    /// Those on other fields of its model, too.
    OtherFields,
}

impl Overtake {
    fn is_free_of(self, operation: &DetectedOperation, passed: &DetectedOperation, app: &str) -> bool {
        let (own, other) = (operation.operation.accesses(app), passed.operation.accesses(app));
        let model = |accesses: &ObjectAccesses<'_>| accesses.models().next().map(ModelRef::key);
        let apart = model(&own).is_none() || model(&own) != model(&other);
        apart || (matches!(self, Overtake::OtherFields) && are_of_different_fields(&own, &other))
    }
}

/// Whether two operations on a model only concern fields, or add what stands on fields, and none that the other changes.
fn are_of_different_fields(one: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    let all = || one.iter().chain(other.iter());
    let of_fields = all().all(|access| match access.object {
        SchemaObject::Field(..) | SchemaObject::JoinTable(..) => true,
        SchemaObject::Index(..) | SchemaObject::Constraint(..) | SchemaObject::TableObject(..) => {
            access.kind == AccessKind::Creates
        }
        SchemaObject::Model(_) | SchemaObject::Enum(..) => access.kind == AccessKind::Reads,
        _ => false,
    });
    let meet = one.iter().any(|own| {
        let mut others = other.iter().filter(|other| other.object == own.object);
        others.any(|other| own.kind != AccessKind::Reads || other.kind != AccessKind::Reads)
    });
    of_fields && !meet
}

#[derive(Default)]
struct Partition {
    migrations: Vec<PendingMigration>,
    last_of_app: BTreeMap<String, usize>,
    /// How many unassigned operations satisfy it.
    pending: FxHashMap<Dependency, usize>,
    /// The last migration that satisfies it.
    provided: FxHashMap<Dependency, usize>,
}

/// Divides operations into migrations, ordered so that each comes after those it depends on.
///
/// # Errors
/// If operations depend on each other in a cycle.
pub(in crate::migrate) fn partition(
    detected: BTreeMap<String, Vec<DetectedOperation>>,
) -> Result<Vec<PendingMigration>> {
    let mut partition = Partition::default();
    let mut unassigned_by_app: BTreeMap<String, UnassignedOperations> = BTreeMap::new();
    for (app, detected) in detected {
        for provided in detected.iter().flat_map(|operation| operation.provides(&app)) {
            *partition.pending.entry(provided).or_default() += 1;
        }
        let unassigned = UnassignedOperations {
            detected: sort(&app, detected)?,
            taken: 0,
            ready: 0,
        };
        unassigned_by_app.insert(app, unassigned);
    }
    // Only when a round over all apps made no progress is an app's list cut, or a dependency taken for one that
    // the files satisfy.
    let mut cut = false;
    loop {
        let mut moved = false;
        let mut open = false;
        for (app, unassigned) in &mut unassigned_by_app {
            if unassigned.taken == unassigned.detected.len() {
                continue;
            }
            let end = partition.reach(app, unassigned, cut);
            if end == unassigned.detected.len() || (cut && end > unassigned.taken) {
                partition.take(app, unassigned, end);
                cut = false;
                moved = true;
            }
            open |= unassigned.taken < unassigned.detected.len();
        }
        if !open {
            return Ok(partition.migrations);
        }
        if !moved {
            let mut overtaken = || {
                partition.overtake(&mut unassigned_by_app, Overtake::OtherModels)
                    || partition.overtake(&mut unassigned_by_app, Overtake::OtherFields)
            };
            if cut && !overtaken() {
                return Err(stuck(&left(&unassigned_by_app)));
            }
            cut = !cut;
        }
    }
}

impl Partition {
    /// How many operations of an app can go into a migration now.
    fn reach(&self, app: &str, unassigned: &mut UnassignedOperations, cut: bool) -> usize {
        let mut end = unassigned.ready;
        while let Some(operation) = unassigned.detected.get(end) {
            let must = || operation.must.iter().filter(|dependency| dependency.app() != app);
            let mut needs = operation
                .needs
                .iter()
                .filter(|dependency| dependency.app() != app);
            let waits = must().any(|dependency| self.is_pending(dependency));
            if waits || !needs.all(|dependency| self.is_there(dependency, cut)) {
                break;
            }
            end += 1;
        }
        if !cut {
            unassigned.ready = end;
        }
        end
    }

    /// If every app waits for another, moves operations that wait for nothing before those that wait, in the
    /// first app that has any.
    fn overtake(
        &mut self,
        unassigned_by_app: &mut BTreeMap<String, UnassignedOperations>,
        allowed: Overtake,
    ) -> bool {
        for (app, unassigned) in unassigned_by_app {
            let mut waiting: Vec<DetectedOperation> = Vec::new();
            let mut free: Vec<DetectedOperation> = Vec::new();
            let mut missing: BTreeSet<Dependency> = BTreeSet::new();
            for operation in unassigned.detected.drain(unassigned.taken..) {
                let mut dependencies = operation.needs.iter().chain(&operation.must);
                let waits = dependencies.any(|dependency| match dependency.app() == app {
                    true => missing.contains(dependency),
                    false => self.is_pending(dependency),
                });
                let mut passed = waiting.iter();
                if waits || !passed.all(|passed| allowed.is_free_of(&operation, passed, app)) {
                    missing.extend(operation.provides(app));
                    waiting.push(operation);
                } else {
                    free.push(operation);
                }
            }
            let end = unassigned.taken + free.len();
            unassigned.detected.extend(free);
            unassigned.detected.extend(waiting);
            if end > unassigned.taken {
                self.take(app, unassigned, end);
                return true;
            }
        }
        false
    }

    fn is_pending(&self, dependency: &Dependency) -> bool {
        self.pending.get(dependency).is_some_and(|count| *count > 0)
    }

    fn is_there(&self, dependency: &Dependency, cut: bool) -> bool {
        !self.is_pending(dependency) && (cut || self.last_of_app.contains_key(dependency.app()))
    }

    fn take(&mut self, app: &str, unassigned: &mut UnassignedOperations, end: usize) {
        let at = self.migrations.len();
        let mut migration = PendingMigration {
            app: app.to_owned(),
            operations: Vec::with_capacity(end - unassigned.taken),
            migrations: self.last_of_app.get(app).copied().into_iter().collect(),
            apps: BTreeSet::new(),
        };
        for operation in &unassigned.detected[unassigned.taken..end] {
            for dependency in operation
                .needs
                .iter()
                .filter(|dependency| dependency.app() != app)
            {
                match self.last_of_app.get(dependency.app()) {
                    Some(&last) => {
                        migration.migrations.insert(last);
                    }
                    None => {
                        migration.apps.insert(dependency.app().to_owned());
                    }
                }
            }
            let must = operation.must.iter().filter(|dependency| dependency.app() != app);
            migration
                .migrations
                .extend(must.filter_map(|dependency| self.provided.get(dependency)));
            migration.operations.push(operation.operation.clone());
        }
        for operation in &unassigned.detected[unassigned.taken..end] {
            for provided in operation.provides(app) {
                if let Some(count) = self.pending.get_mut(&provided) {
                    *count -= 1;
                }
                self.provided.insert(provided, at);
            }
        }
        unassigned.taken = end;
        unassigned.ready = unassigned.ready.max(end);
        self.last_of_app.insert(app.to_owned(), at);
        self.migrations.push(migration);
    }
}

fn left(unassigned_by_app: &BTreeMap<String, UnassignedOperations>) -> String {
    let lines: Vec<String> = unassigned_by_app
        .iter()
        .flat_map(|(app, unassigned)| {
            let waiting = &unassigned.detected[unassigned.taken..];
            waiting
                .iter()
                .map(move |operation| format!("{app}: {}", operation.operation.line()))
        })
        .collect();
    lines.join("; ")
}
