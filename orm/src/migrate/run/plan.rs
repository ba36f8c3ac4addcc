//! Which migrations have to run to get from a database's history to a target, and what each will do.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use super::compile::{ChangeForm, CompiledMigration, backward, forward};
use super::history::History;
use super::journal::{Journal, Unfinished};
use super::{Direction, MigrateOptions, Target};
use crate::error::{Error, Kind, Result};
use crate::migrate::file::{MigrationFile, MigrationKey};
use crate::migrate::graph::{Graph, inverses, replay, state_before, undo_of_unapplied};
use crate::migrate::operation::Operation;
use crate::migrate::project::Migrations;
use crate::migrate::state::ProjectState;
use crate::schema::{Step, Unit};
use crate::sql::{Dialect, Session};

/// One migration of a plan.
///
/// # Example: what would be done, in words
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{Target, plan};
///
/// let db = Db::connect("sqlite::memory:")?;
/// let plan = plan(&mut db.session()?, &blog::migrations()?, &Target::Latest)?;
/// assert_eq!(plan[0].name, "0001_initial");
/// assert_eq!(plan[0].describe[0], "+ create model Author");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedMigration {
    /// Label of its app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Which way it runs.
    pub direction: Direction,
    /// Descriptions of its operations, each with its symbol in front; of the inverse ones when it is reversed.
    pub describe: Vec<String>,
    /// What is lost with what it drops, as far as that is known before it: `the values of "body" in 12 rows of "blog_post"`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loses: Vec<String>,
    /// The steps sent to the database; those of one unit are committed together.
    pub steps: Vec<PlannedStep>,
}

/// One step of a migration.
///
/// # Example: what would be done, in SQL
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::sql_of;
///
/// let migration = sql_of(&blog::migrations()?, "blog", "0001", db.dialect(), false)?;
/// assert!(migration.steps[0].sql[0].starts_with("CREATE TABLE"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStep {
    /// What it does, in English.
    pub describe: String,
    /// Its SQL.
    pub sql: Vec<String>,
    /// The unit it belongs to, from 1: what is committed at once, and where an interrupted migration goes on.
    pub unit: usize,
    /// Whether it runs in a transaction; otherwise it commits by itself, some of its rows at a time or all.
    pub in_transaction: bool,
    /// Whether it is done already, by a run that was interrupted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
}

/// What [`migrate`](super::migrate()) would do, without doing it.
///
/// # Errors
/// If the target is not a migration, the history contradicts the files, a migration to be reversed cannot
/// be undone, or hand-written SQL would end the transaction.
///
/// # Example: nothing is left to do
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{Target, plan};
///
/// assert!(plan(&mut db.session()?, &blog::migrations()?, &Target::Latest)?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn plan(
    session: &mut dyn Session,
    migrations: &Migrations,
    target: &Target,
) -> Result<Vec<PlannedMigration>> {
    plan_with(session, migrations, target, &MigrateOptions::default())
}

/// What [`migrate`](super::migrate()) would do with some options, without doing it.
///
/// # Errors
/// As [`plan`].
///
/// # Example: in one transaction each
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MigrateOptions, Target, plan_with};
///
/// let options = MigrateOptions { online: false, ..MigrateOptions::default() };
/// let zero = Target::Zero("blog".to_owned());
/// let plan = plan_with(&mut db.session()?, &blog::migrations()?, &zero, &options)?;
/// assert!(plan[0].steps.iter().all(|step| step.unit == 1 && step.in_transaction));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn plan_with(
    session: &mut dyn Session,
    migrations: &Migrations,
    target: &Target,
    options: &MigrateOptions,
) -> Result<Vec<PlannedMigration>> {
    let history = History::read(session)?;
    let way = PlannedRoute::find(&migrations.graph, &history, target)?;
    let dialect = session.dialect();
    let compiled = way.compile(&history, dialect, options.online)?;
    compiled.iter().try_for_each(|compiled| compiled.check(dialect))?;
    let journal = Journal::read(session)?;
    journal.check(&way.graph, &compiled)?;
    let mut plan = Vec::new();
    for compiled in &compiled {
        let mut planned = planned(compiled, journal.of(&compiled.file.id))?;
        planned.loses = losses(session, compiled)?;
        plan.push(planned);
    }
    Ok(plan)
}

/// What one migration (by the start of its name) sends to a database of `dialect` whose tables others use; it asks no database.
///
/// # Errors
/// If there is no such migration, or it cannot be undone and `Backward` was asked for.
///
/// # Example: on both databases
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::Dialect;
/// use orm::migrate::sql_of;
///
/// for dialect in Dialect::ALL {
///     for step in sql_of(&blog::migrations()?, "blog", "0001", dialect, false)?.steps {
///         println!("-- {}", step.describe);
///         step.sql.iter().for_each(|sql| println!("{sql};"));
///     }
/// }
/// # Ok::<(), orm::Error>(())
/// ```
pub fn sql_of(
    migrations: &Migrations,
    app: &str,
    name: &str,
    dialect: &'static Dialect,
    backwards: bool,
) -> Result<PlannedMigration> {
    let key = migrations.graph.find(app, name)?;
    let graph = with_on_its_own(&migrations.graph, &History::default(), key)?;
    let mut state = state_before(&graph, key)?;
    // The key came from the graph.
    let Some(file) = graph.file(key) else {
        graph.require_app(app)?;
        return Err(Error::migration(format!("there is no migration {key}")));
    };
    let form = ChangeForm {
        dialect,
        online: true,
    };
    let compiled = if backwards {
        let inverses = inverses(file, &mut state)?;
        backward(file, inverses, &mut state, form)?
    } else {
        forward(file, &mut state, form)?
    };
    planned(&compiled, None)
}

fn planned(compiled: &CompiledMigration<'_>, unfinished: Option<&Unfinished>) -> Result<PlannedMigration> {
    if let Some(unfinished) = unfinished {
        unfinished.check(compiled)?;
    }
    let mut steps = Vec::new();
    for (at, unit) in compiled.units.iter().enumerate() {
        let done = unfinished.and_then(|unfinished| unfinished.unit(at)) == Some(true);
        let step = |describe: String, sql: Vec<String>| PlannedStep {
            describe,
            sql,
            unit: at + 1,
            in_transaction: matches!(unit, Unit::Transaction(_)),
            done,
        };
        match unit {
            Unit::Transaction(all) => steps.extend(all.iter().map(|one| step(one.describe(), one.sql()))),
            Unit::Alone(alone) => steps.push(step(alone.describe(), alone.sql())),
        }
    }
    Ok(PlannedMigration {
        app: compiled.file.key.app.clone(),
        name: compiled.file.key.name.clone(),
        direction: compiled.direction,
        describe: compiled.operations.iter().map(Operation::line).collect(),
        loses: Vec::new(),
        steps,
    })
}

/// What a migration would lose, in words, as far as that is known before it. What gets its name by another one before is not.
///
/// # Errors
/// What the database says.
pub(in crate::migrate) fn losses(
    session: &mut dyn Session,
    compiled: &CompiledMigration<'_>,
) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for step in compiled.steps() {
        if let Step::Loss(loss) = step {
            match loss.found(session) {
                Ok(found) => all.extend(found),
                Err(error) if error.kind() == Kind::Undefined => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(all)
}

/// The migrations between a history and a target.
pub(in crate::migrate) struct PlannedRoute<'a> {
    /// The graph for this history, which decides which squashed migrations are active.
    pub graph: Cow<'a, Graph>,
    route: Route,
}

enum Route {
    /// All of these have to be applied.
    Forward(BTreeSet<MigrationKey>),
    /// None of these may be applied.
    Backward(BTreeSet<MigrationKey>),
}

impl<'a> PlannedRoute<'a> {
    /// # Errors
    /// As [`plan`].
    pub(in crate::migrate) fn find(graph: &'a Graph, history: &History, target: &Target) -> Result<Self> {
        graph.refuse_conflicts()?;
        let own = match target {
            Target::Migration(app, name) => Some(graph.find(app, name)?),
            _ => None,
        };
        let graph = match own {
            Some(key) => with_on_its_own(graph, history, key)?,
            None => history.graph(graph, &BTreeSet::new())?,
        };
        history.check(&graph)?;
        let route = route(&graph, history, target, own)?;
        Ok(PlannedRoute { graph, route })
    }

    /// The compiled migrations to run, in order. Everything that can be refused early is refused here.
    ///
    /// # Errors
    /// As [`plan`].
    pub(in crate::migrate) fn compile(
        &self,
        history: &History,
        dialect: &'static Dialect,
        online: bool,
    ) -> Result<Vec<CompiledMigration<'_>>> {
        // Where nothing is applied, every table is made by this plan.
        let form = ChangeForm {
            dialect,
            online: online && !history.is_empty(),
        };
        let graph = self.graph.as_ref();
        let has = |file: &MigrationFile| history.has(graph, file);
        match &self.route {
            Route::Forward(wanted) => {
                let mut state = ProjectState::default();
                for file in graph.files().filter(|file| has(file)) {
                    replay(file, &mut state)?;
                }
                graph
                    .files()
                    .filter(|file| wanted.contains(&file.key) && !has(file))
                    .map(|file| {
                        let compiled = forward(file, &mut state, form);
                        compiled.map_err(|error| {
                            let undo = undo_of_unapplied(graph, &file.key);
                            let hint = match error.hint() {
                                Some(hint) => format!("{hint}; {undo}"),
                                None => undo,
                            };
                            error.with_hint(hint)
                        })
                    })
                    .collect()
            }
            Route::Backward(unwanted) => {
                let goes = |file: &&MigrationFile| has(file) && unwanted.contains(&file.key);
                let mut state = ProjectState::default();
                for file in graph.files().filter(|file| has(file) && !goes(file)) {
                    replay(file, &mut state)?;
                }
                let mut undone = Vec::new();
                for file in graph.files().filter(goes) {
                    undone.push((file, inverses(file, &mut state)?));
                }
                undone
                    .into_iter()
                    .rev()
                    .map(|(file, inverses)| backward(file, inverses, &mut state, form))
                    .collect()
            }
        }
    }
}

/// The graph in which a migration is active itself, instead of a squashed one that replaces it.
fn with_on_its_own<'a>(graph: &'a Graph, history: &History, key: &MigrationKey) -> Result<Cow<'a, Graph>> {
    let usual = history.graph(graph, &BTreeSet::new())?;
    let over: BTreeSet<MigrationKey> = graph.squashes().over(key).cloned().collect();
    if usual.has(key) || over.is_empty() {
        return Ok(usual);
    }
    history.graph(graph, &over)
}

fn route(graph: &Graph, history: &History, target: &Target, own: Option<&MigrationKey>) -> Result<Route> {
    Ok(match (target, own) {
        (Target::Latest, _) => Route::Forward(graph.files().map(|file| file.key.clone()).collect()),
        (Target::App(app), _) => {
            graph.require_app(app)?;
            let leaf = graph.leaf(app)?;
            Route::Forward(leaf.map(|leaf| graph.ancestors(leaf)).unwrap_or_default())
        }
        (Target::Zero(app), _) => {
            graph.require_app(app)?;
            let all = graph.of_app(app).flat_map(|file| graph.descendants(&file.key));
            Route::Backward(all.collect())
        }
        (Target::Migration(app, name), own) => {
            let key = match own {
                Some(key) => key,
                None => graph.find(app, name)?,
            };
            // An inactive squashed migration is reached with the last one it replaces.
            let ends = graph.stand_ins(key);
            let has = |key: &MigrationKey| graph.file(key).is_some_and(|file| history.has(graph, file));
            if !ends.iter().all(has) {
                return Ok(Route::Forward(
                    ends.iter().flat_map(|end| graph.ancestors(end)).collect(),
                ));
            }
            // Only later migrations of the same app and what depends on them, so that as little as possible is undone.
            let next = ends
                .iter()
                .flat_map(|end| graph.children(end))
                .filter(|child| child.app == *app);
            Route::Backward(next.flat_map(|child| graph.descendants(child)).collect())
        }
    })
}
