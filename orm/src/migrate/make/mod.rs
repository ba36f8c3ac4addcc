//! New migrations from what the models say and the files do not.

mod diff;
mod stale_triggers;
mod state_file;
mod unsupported;

pub use diff::{diff, diff_from_files};
use stale_triggers::refuse_stale_triggers;
pub use state_file::StateFile;
pub(in crate::migrate) use unsupported::refuse_unsupported;
use unsupported::{refuse_crossings, refuse_dead_files};

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::migrate::autodetect::{
    DetectionInput, PendingMigration, RenameHistory, detect, finalize, partition,
};
use crate::migrate::file::{MigrationFile, MigrationKey, NameInput, NewMigration, new_migration, next_name};
use crate::migrate::graph::Graph;
use crate::migrate::operation::ModelRef;
use crate::migrate::project::Migrations;
use crate::migrate::question::{Answers, Questioner};
use crate::migrate::state::ProjectState;
use crate::model::{ModelDef, ModelKey};
use crate::sql::Dialect;

/// Options of `makemigrations`.
///
/// # Example: a name, and one app
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::MakeOptions;
///
/// let options = MakeOptions {
///     name: Some("post_summary".to_owned()),
///     apps: vec!["blog".to_owned()],
///     ..MakeOptions::default()
/// };
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MakeOptions {
    /// Name of the migration, after its number; generated from its operations if absent.
    pub name: Option<String>,
    /// Writes an empty migration for each of `apps`, to be filled in by hand.
    pub empty: bool,
    /// Only these apps and those they depend on; all if empty.
    pub apps: Vec<String>,
    /// Answers to what only a person can decide.
    pub answers: Answers,
    /// The databases that the migrations are for, by name: what one of them cannot do is refused. Where none is named, what no
    /// database can do is.
    pub databases: Vec<(String, &'static Dialect)>,
}

/// The migrations to write so that the files agree with the models; none if they agree.
///
/// # Errors
/// If the models contradict themselves, the graph has several ends in one app, or a question is not answered
/// ([`Error::is_question`]).
///
/// # Example: nothing to do, so that a test can hold to it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, make_migrations};
///
/// let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
/// let blog: Vec<_> = models.into_iter().filter(|model| model.app == "blog").collect();
/// let new = make_migrations(&blog, &blog::migrations()?, &MakeOptions::default())?;
/// assert!(new.is_empty(), "run `orm makemigrations`");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a field that is new
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, StateFile, make_migrations};
/// use orm::models::FieldDef;
///
/// let mut models = StateFile::of_migrations(&blog::migrations()?)?.into_models();
/// let tag = models.iter_mut().find(|model| model.name == "Tag").expect("the model is there");
/// let mut color = FieldDef::new("color", orm::fields::FieldType::Text);
/// color.null = true;
/// tag.fields.push(color);
/// let new = make_migrations(&models, &blog::migrations()?, &MakeOptions::default())?;
/// assert_eq!(new[0].name, "0002_tag_color");
/// assert_eq!(new[0].describe, ["+ add field color to Tag"]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn make_migrations(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
) -> Result<Vec<NewMigration>> {
    make_at(models, migrations, options, Utc::now())
}

/// The same, asking questions that the answers leave open.
///
/// # Errors
/// As [`make_migrations`], and errors of the questioner.
///
/// # Example: somebody who says no to everything
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{Answer, MakeOptions, Question, Questioner, StateFile, make_migrations_asking};
///
/// struct Nothing;
/// impl Questioner for Nothing {
///     fn ask(&mut self, question: &Question) -> orm::Result<Option<Answer>> {
///         println!("{}", question.sentence());
///         Ok(None)
///     }
/// }
/// let models = StateFile::of_migrations(&blog::migrations()?)?.into_models();
/// let new = make_migrations_asking(&models, &blog::migrations()?, &MakeOptions::default(), &mut Nothing)?;
/// assert!(new.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn make_migrations_asking(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
    questioner: &mut dyn Questioner,
) -> Result<Vec<NewMigration>> {
    make_asking_at(models, migrations, options, questioner, Utc::now())
}

pub(super) fn make_asking_at(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
    questioner: &mut dyn Questioner,
    now: DateTime<Utc>,
) -> Result<Vec<NewMigration>> {
    let files = files_asking(
        models,
        &migrations.graph,
        options,
        Some(questioner),
        Placement::Them,
        now,
    )?;
    files.into_iter().map(new_migration).collect()
}

pub(super) fn make_at(
    models: &[ModelDef],
    migrations: &Migrations,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<NewMigration>> {
    let files = files_at(models, &migrations.graph, options, now)?;
    files.into_iter().map(new_migration).collect()
}

/// The same, as migration files.
pub(super) fn files_at(
    models: &[ModelDef],
    graph: &Graph,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<MigrationFile>> {
    files_asking(models, graph, options, None, Placement::Them, now)
}

/// Where the new operations go: into new migrations, or into the last ones, which may be invalid for every database.
#[derive(PartialEq)]
pub(super) enum Placement {
    Them,
    AllButTheLast,
}

pub(super) fn files_asking(
    models: &[ModelDef],
    graph: &Graph,
    options: &MakeOptions,
    questioner: Option<&mut dyn Questioner>,
    behind: Placement,
    now: DateTime<Utc>,
) -> Result<Vec<MigrationFile>> {
    graph.refuse_conflicts()?;
    refuse_unknown_apps(models, graph, &options.apps)?;
    if options.empty {
        return empty(graph, options, now);
    }
    let from = graph.state()?;
    let to = ProjectState::from_models(models)?;
    refuse_unsupported(&to, &Dialect::ALL)?;
    for (name, dialect) in &options.databases {
        refuse_unsupported(&to, &[dialect])
            .map_err(|error| error.context(format!("the migrations are for the database `{name}`, too")))?;
    }
    let detected = detect(DetectionInput {
        from: &from,
        to: &to,
        models,
        past: RenameHistory(graph),
        answers: &options.answers,
        // Reborrowed, because its lifetime is longer than that of the input.
        questioner: match questioner {
            Some(questioner) => Some(questioner),
            None => None,
        },
        now,
    })?;
    let mut pending_migrations = partition(detected)?;
    finalize(&mut pending_migrations, &from, &to);
    refuse_crossings(&pending_migrations, &from)?;
    refuse_stale_triggers(&pending_migrations, &from, &to)?;
    let mut had_models: BTreeSet<String> = from.models().keys().map(|key| key.app.clone()).collect();
    // An app that only receives moved models is not initial: its tables exist already.
    had_models.extend(moved_to(&pending_migrations));
    if behind == Placement::Them && !pending_migrations.is_empty() {
        refuse_dead_files(graph, &from)?;
    }
    let files = name_migrations(pending_migrations, graph, &had_models, options, now)?;
    Ok(of_apps(files, &options.apps))
}

fn refuse_unknown_apps(models: &[ModelDef], graph: &Graph, apps: &[String]) -> Result<()> {
    let known: BTreeSet<&str> = models
        .iter()
        .map(|model| model.app.as_str())
        .chain(graph.apps())
        .collect();
    match apps.iter().find(|app| !known.contains(app.as_str())) {
        Some(app) => {
            let known: Vec<&str> = known.into_iter().collect();
            Err(
                Error::config(format!("there is no app {app}")).with_hint(match known.is_empty() {
                    true => "no models are registered".to_owned(),
                    false => format!("the apps are {}", known.join(", ")),
                }),
            )
        }
        None => Ok(()),
    }
}

fn empty(graph: &Graph, options: &MakeOptions, now: DateTime<Utc>) -> Result<Vec<MigrationFile>> {
    if options.apps.is_empty() {
        return Err(Error::config("an empty migration needs an app").with_hint("name one: --empty APP"));
    }
    let apps: BTreeSet<&String> = options.apps.iter().collect();
    apps.into_iter()
        .map(|app| {
            let leaf = graph.leaf(app)?;
            let said = NameInput {
                given: options.name.as_deref(),
                first: leaf.is_none(),
                initial: false,
                taken: graph.names_of(app).collect(),
            };
            let name = next_name(leaf.map(|key| key.name.as_str()), &said, &[], now)?;
            let dependencies = leaf.into_iter().cloned().collect();
            MigrationFile::new(
                MigrationKey::new(app, name),
                leaf.is_none(),
                dependencies,
                Vec::new(),
            )
        })
        .collect()
}

/// The migrations of some apps and of those they depend on; all if no app is named.
fn of_apps(mut files: Vec<MigrationFile>, apps: &[String]) -> Vec<MigrationFile> {
    if apps.is_empty() {
        return files;
    }
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in &files {
        let dependencies = file.dependencies.iter().map(|key| key.app.as_str());
        waits.entry(&file.key.app).or_default().extend(dependencies);
    }
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<&str> = apps.iter().map(String::as_str).collect();
    while let Some(app) = open.pop() {
        if wanted.insert(app.to_owned()) {
            open.extend(waits.get(app).into_iter().flatten());
        }
    }
    files.retain(|file| wanted.contains(&file.key.app));
    files
}

/// Gives each migration its name, number and dependencies.
fn name_migrations(
    pending_migrations: Vec<PendingMigration>,
    graph: &Graph,
    had_models: &BTreeSet<String>,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<MigrationFile>> {
    let users = FormerReferences::of(&pending_migrations, graph);
    let mut files: Vec<MigrationFile> = Vec::with_capacity(pending_migrations.len());
    let mut last_of_app: BTreeMap<String, MigrationKey> = BTreeMap::new();
    for pending in pending_migrations {
        let app = pending.app.as_str();
        let leaf = graph.leaf(app)?;
        let previous = last_of_app.get(app).or(leaf);
        let said = NameInput {
            given: options.name.as_deref(),
            first: previous.is_none(),
            initial: !had_models.contains(app),
            taken: graph.names_of(app).collect(),
        };
        let name = next_name(
            previous.map(|key| key.name.as_str()),
            &said,
            &pending.operations,
            now,
        )?;
        let mut dependencies: Vec<MigrationKey> = pending
            .migrations
            .iter()
            .map(|at| files[*at].key.clone())
            .collect();
        if !last_of_app.contains_key(app) {
            dependencies.extend(leaf.cloned());
        }
        let others = pending.apps.iter().map(String::as_str);
        for other in others.chain(users.let_go_of(&pending)) {
            // A new migration of that app comes after its last one in any case.
            if !dependencies.iter().any(|key| key.app == other) {
                dependencies.extend(graph.leaf(other)?.cloned());
            }
        }
        let key = MigrationKey::new(app, name);
        last_of_app.insert(app.to_owned(), key.clone());
        files.push(MigrationFile::new(
            key,
            said.initial,
            dependencies,
            pending.operations,
        )?);
    }
    Ok(files)
}

/// Apps that models move to.
fn moved_to(pending_migrations: &[PendingMigration]) -> impl Iterator<Item = String> {
    let renamed = pending_migrations.iter().flat_map(|pending| {
        let operations = pending.operations.iter();
        operations.flat_map(|operation| operation.accesses(&pending.app).models_renamed())
    });
    let moved = renamed.filter(|(from, to)| from.app != to.app);
    moved.map(|(_, to)| to.app.to_owned())
}

/// Apps whose migrations once pointed at a model that is deleted or renamed: their last migrations must come first,
/// in whatever order the files are applied.
struct FormerReferences<'a>(BTreeMap<ModelKey, BTreeSet<&'a str>>);

impl<'a> FormerReferences<'a> {
    fn of(pending_migrations: &[PendingMigration], graph: &'a Graph) -> Self {
        let left = pending_migrations.iter().flat_map(left_models);
        let mut users: BTreeMap<ModelKey, BTreeSet<&str>> = left.map(|key| (key, BTreeSet::new())).collect();
        if !users.is_empty() {
            let earlier = earlier_names(&users, graph);
            for file in graph.files() {
                let accesses = file
                    .operations
                    .iter()
                    .map(|operation| operation.accesses(&file.key.app));
                let models = accesses.flat_map(|accesses| accesses.models().collect::<Vec<_>>());
                for left in models.filter_map(|of| earlier.get(&of.key())).flatten() {
                    if let Some(apps) = users.get_mut(left) {
                        apps.insert(&file.key.app);
                    }
                }
            }
        }
        FormerReferences(users)
    }

    fn let_go_of(&self, pending: &PendingMigration) -> BTreeSet<&'a str> {
        let left = left_models(pending);
        let apps = left.filter_map(|key| self.0.get(&key)).flatten().copied();
        apps.filter(|app| *app != pending.app).collect()
    }
}

/// Every former name of models that are deleted or renamed now -> their last name.
fn earlier_names(
    left: &BTreeMap<ModelKey, BTreeSet<&str>>,
    graph: &Graph,
) -> BTreeMap<ModelKey, BTreeSet<ModelKey>> {
    let own = left
        .keys()
        .map(|key| (key.clone(), BTreeSet::from([key.clone()])));
    let mut names: BTreeMap<ModelKey, BTreeSet<ModelKey>> = own.collect();
    let files: Vec<&MigrationFile> = graph.files().collect();
    for file in files.into_iter().rev() {
        for operation in file.operations.iter().rev() {
            for (old, new) in operation.accesses(&file.key.app).models_renamed() {
                if let Some(last) = names.get(&new.key()).cloned() {
                    names.entry(old.key()).or_default().extend(last);
                }
            }
        }
    }
    names
}

/// Models that a migration deletes or renames.
fn left_models(pending: &PendingMigration) -> impl Iterator<Item = ModelKey> {
    let operations = pending.operations.iter();
    operations
        .flat_map(|operation| operation.accesses(&pending.app).models_left())
        .map(ModelRef::key)
}
