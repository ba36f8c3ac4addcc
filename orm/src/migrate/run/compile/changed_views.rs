//! Views whose queries a migration changes, among other changes: the query is taken away first and there again last.
//!
//! On the way back a query would otherwise name a table before it has its old name again, and on the way there one may need a table as
//! it was and as it will be.

use super::OperationWithAccesses;
use crate::error::Result;
use crate::migrate::operation::{DatabaseAction, Operation};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey};
use crate::schema::{self, Step};
use crate::sql::Dialect;

/// The views, as they were before the migration.
pub(super) struct ChangedViews {
    before: ProjectState,
    /// Each with its present name.
    views: Vec<(ModelDef, ModelKey)>,
}

impl ChangedViews {
    /// None where there is a single change, or SQL or Rust by hand may read them meanwhile.
    pub fn of(groups: &[Vec<OperationWithAccesses<'_>>], app: &str, before: &ProjectState) -> Self {
        let mut views: Vec<(ModelDef, ModelKey)> = Vec::new();
        let by_hand = groups.iter().flatten().any(|part| part.accesses.is_by_hand());
        let mut names = Names::default();
        for part in groups.iter().flatten().filter(|_| groups.len() > 1 && !by_hand) {
            names.follow(part);
            let Operation::AlterView(alter) = part.operation else {
                continue;
            };
            let first = names.first(&ModelKey::new(app, &alter.model));
            let view = before
                .model(&first)
                .filter(|view| is_plain(view) && !alter.view.materialized);
            if let Some(view) = view.filter(|view| !views.iter().any(|(known, _)| known.key() == view.key()))
            {
                views.push((view.clone(), first));
            }
        }
        ChangedViews {
            before: before.clone(),
            views,
        }
    }

    /// Takes their queries away.
    pub fn empty(&self) -> impl Iterator<Item = Step> {
        self.views.iter().filter_map(|(view, _)| schema::empty_view(view))
    }

    /// Whether a group is about one of them, so that it is done at last; names are followed.
    pub fn follow(&mut self, group: &[OperationWithAccesses<'_>]) -> bool {
        let mut about = false;
        for part in group {
            let touches = part.accesses.models().next().map(|of| of.key());
            let is_change = matches!(
                part.operation.database_action(),
                DatabaseAction::Alter { .. } | DatabaseAction::Rename { .. } | DatabaseAction::Move { .. }
            );
            about |= is_change && self.views.iter().any(|(_, now)| Some(now) == touches.as_ref());
            for (old, new) in part.accesses.models_renamed() {
                for (_, now) in self.views.iter_mut().filter(|(_, now)| *now == old.key()) {
                    *now = new.key();
                }
            }
        }
        about
    }

    /// Gives them the queries of a state, those that others read first.
    ///
    /// # Errors
    /// If the database cannot have one.
    pub fn fill(&self, after: &ProjectState, dialect: &'static Dialect) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        let mut left: Vec<&(ModelDef, ModelKey)> = self.views.iter().collect();
        while !left.is_empty() {
            let waits = |view: &&(ModelDef, ModelKey)| {
                let reads = after.model(&view.1).into_iter().flat_map(|model| model.reads());
                reads
                    .into_iter()
                    .any(|read| left.iter().any(|(_, other)| other == read))
            };
            let next = left.iter().position(|view| !waits(view)).unwrap_or(0);
            let (before, now) = left.remove(next);
            // One that is deleted has no query.
            if let Some(view) = after.model(now) {
                let from = (before, self.before.models() as &dyn schema::Models);
                steps.extend(schema::fill_view(from, (view, after.models()), dialect)?);
            }
        }
        Ok(steps)
    }
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
