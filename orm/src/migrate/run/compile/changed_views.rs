//! Views whose queries a migration changes, among other changes, or whose columns it would rename: the query is taken away first and there
//! again last, and while other views are made of it.
//!
//! On the way back a query would otherwise name a table before it has its old name again, and on the way there one may need a table as
//! it was and as it will be.

use std::collections::{BTreeMap, BTreeSet};

use super::OperationWithAccesses;
use crate::error::Result;
use crate::migrate::operation::{AccessKind, DatabaseAction, Operation};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey};
use crate::schema::{self, Step};
use crate::sql::Dialect;

/// The views whose queries are away.
pub(super) struct ChangedViews(Vec<ChangedView>);

/// A view as it was when its query was taken away.
struct ChangedView {
    before: ModelDef,
    state: ProjectState,
    /// Its present name.
    now: ModelKey,
    /// Whether its query stays until it is there again, for what reads it by hand.
    stays: bool,
}

impl ChangedViews {
    /// Those that are changed among other things, unless SQL or Rust by hand may read them meanwhile; and those over columns that get other
    /// names, where the database gives theirs other names with them.
    pub fn of(
        groups: &[Vec<OperationWithAccesses<'_>>],
        app: &str,
        before: &ProjectState,
        dialect: &Dialect,
    ) -> Self {
        let by_hand = groups.iter().flatten().any(|part| part.accesses.is_by_hand());
        let mut altered: BTreeMap<ModelKey, bool> = BTreeMap::new();
        let mut renamed: BTreeSet<ModelKey> = BTreeSet::new();
        let mut names = Names::default();
        for part in groups.iter().flatten() {
            names.follow(part);
            if let Operation::AlterView(alter) = part.operation {
                let stored = altered.entry(names.first(&ModelKey::new(app, &alter.model)));
                *stored.or_default() |= alter.view.materialized;
            }
            if dialect.renames_columns_of_views {
                renamed.extend(renames_columns(part, app, before, &names));
            }
        }
        let among_others = groups.len() > 1 && !by_hand;
        let is_away = |view: &ModelDef| match altered.get(&view.key()) {
            Some(stored) => among_others && !stored,
            None => view.reads().any(|read| renamed.contains(read)),
        };
        let views = before
            .models()
            .values()
            .filter(|view| is_plain(view) && is_away(view));
        let views = views.map(|view| ChangedView {
            before: (**view).clone(),
            state: before.clone(),
            now: view.key(),
            stays: by_hand,
        });
        ChangedViews(views.collect())
    }

    /// Takes their queries away.
    pub fn empty(&self) -> impl Iterator<Item = Step> {
        let away = self.0.iter().filter(|view| !view.stays);
        away.filter_map(|view| schema::empty_view(&view.before))
    }

    /// Whether a group is about one of them, so that it is done at last; names are followed.
    pub fn follow(&mut self, group: &[OperationWithAccesses<'_>]) -> bool {
        let about = self.0.iter().any(|view| changes(group, &view.now));
        for view in &mut self.0 {
            follow(&mut view.now, group);
        }
        about
    }

    /// Takes those out that the first of some groups reads, other than to change one of them: what it makes or stores comes from their
    /// queries.
    pub fn read_by(&mut self, groups: &[Vec<OperationWithAccesses<'_>>], state: &ProjectState) -> Self {
        let Some(group) = groups.first() else {
            return ChangedViews(Vec::new());
        };
        let mut above: Vec<ModelKey> = Vec::new();
        if !self.0.iter().any(|view| changes(group, &view.now)) {
            for part in group.iter().filter(|part| part.accesses.make_view()) {
                let used = part
                    .accesses
                    .iter()
                    .filter(|access| access.kind != AccessKind::Deletes);
                above.extend(used.filter_map(|access| access.object.model()).map(|of| of.key()));
            }
        }
        let mut read: BTreeSet<ModelKey> = BTreeSet::new();
        while let Some(key) = above.pop() {
            if read.insert(key.clone()) {
                let reads = state.model(&key).into_iter().flat_map(|model| model.reads());
                above.extend(reads.cloned());
            }
        }
        let (read, others) = (self.0.drain(..)).partition(|view| read.contains(&view.now));
        self.0 = others;
        ChangedViews(read)
    }

    /// Takes the queries of those away again that later groups change.
    pub fn empty_again(
        &mut self,
        filled: ChangedViews,
        later: &[Vec<OperationWithAccesses<'_>>],
        state: &ProjectState,
    ) -> Vec<Step> {
        let mut again = ChangedViews(Vec::new());
        for view in filled.0 {
            let mut name = view.now.clone();
            let reads: Vec<ModelKey> = (state.model(&name).into_iter())
                .flat_map(|model| model.reads().cloned())
                .collect();
            let renames = |part: &OperationWithAccesses<'_>| {
                let renamed = part.accesses.fields_renamed();
                renamed.iter().any(|(of, ..)| reads.contains(&of.key()))
            };
            let changed = later.iter().any(|group| {
                let about = changes(group, &name) || group.iter().any(renames);
                follow(&mut name, group);
                about
            });
            if let Some(model) = state.model(&view.now).filter(|model| changed && is_plain(model)) {
                again.0.push(ChangedView {
                    before: model.clone(),
                    state: state.clone(),
                    now: view.now,
                    stays: view.stays,
                });
            }
        }
        let steps = again.empty().collect();
        self.0.append(&mut again.0);
        steps
    }

    /// Gives them the queries of a state, those that others read first.
    ///
    /// # Errors
    /// If the database cannot have one.
    pub fn fill(&self, after: &ProjectState, dialect: &'static Dialect) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        let mut left: Vec<&ChangedView> = self.0.iter().collect();
        while !left.is_empty() {
            let waits = |view: &&ChangedView| {
                let reads = after.model(&view.now).into_iter().flat_map(|model| model.reads());
                reads
                    .into_iter()
                    .any(|read| left.iter().any(|other| other.now == *read))
            };
            let next = left.iter().position(|view| !waits(view)).unwrap_or(0);
            let view = left.remove(next);
            // One that is deleted has no query.
            if let Some(now) = after.model(&view.now) {
                let from = (&view.before, view.state.models() as &dyn schema::Models);
                steps.extend(schema::fill_view(from, (now, after.models()), dialect)?);
            }
        }
        Ok(steps)
    }
}

/// Whether a group changes a model.
fn changes(group: &[OperationWithAccesses<'_>], model: &ModelKey) -> bool {
    group.iter().any(|part| {
        let is_change = matches!(
            part.operation.database_action(),
            DatabaseAction::Alter { .. } | DatabaseAction::Rename { .. } | DatabaseAction::Move { .. }
        );
        is_change && part.accesses.models().next().is_some_and(|of| of.key() == *model)
    })
}

/// Gives a name what a group makes of it.
fn follow(name: &mut ModelKey, group: &[OperationWithAccesses<'_>]) {
    for (old, new) in group.iter().flat_map(|part| part.accesses.models_renamed()) {
        if *name == old.key() {
            *name = new.key();
        }
    }
}

/// Whether an operation gives a column of a model another name; `before` is the state before it.
pub(super) fn renames_a_column(part: &OperationWithAccesses<'_>, app: &str, before: &ProjectState) -> bool {
    let Operation::AlterField(alter) = part.operation else {
        return !part.accesses.fields_renamed().is_empty();
    };
    let model = before.model(&ModelKey::new(app, &alter.model));
    let field = model.and_then(|model| model.field(&alter.field.name));
    field.is_some_and(|field| field.column_name() != alter.field.column_name())
}

/// The models, by the names that they had before the migration, of which an operation may give columns other names.
fn renames_columns(
    part: &OperationWithAccesses<'_>,
    app: &str,
    before: &ProjectState,
    names: &Names,
) -> Option<ModelKey> {
    if let Some((of, ..)) = part.accesses.fields_renamed().first() {
        return Some(names.first(&of.key()));
    }
    let Operation::AlterField(alter) = part.operation else {
        return None;
    };
    let model = names.first(&ModelKey::new(app, &alter.model));
    let field = before.model(&model)?.field(&alter.field.name)?;
    (field.column_name() != alter.field.column_name()).then_some(model)
}

fn is_plain(model: &ModelDef) -> bool {
    model.managed_view().is_some_and(|view| !view.materialized)
}

/// The names that models had before the migration.
#[derive(Default)]
struct Names(Vec<(ModelKey, ModelKey)>);

impl Names {
    fn follow(&mut self, part: &OperationWithAccesses<'_>) {
        let renamed = part.accesses.models_renamed();
        self.0
            .extend(renamed.into_iter().map(|(old, new)| (old.key(), new.key())));
    }

    fn first(&self, now: &ModelKey) -> ModelKey {
        let mut name = now.clone();
        for (old, new) in self.0.iter().rev() {
            if *new == name {
                name.clone_from(old);
            }
        }
        name
    }
}
