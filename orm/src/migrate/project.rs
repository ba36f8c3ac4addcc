//! The migrations of a project: a directory of files, or files embedded in the program.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::file::{
    FileChanges, HEAD, Head, HeadContent, MigrationKey, NewMigration, Rewrite, load_dir, read,
};
use super::graph::Graph;
#[cfg(feature = "testing")]
use super::operation::Operation;
use super::state::ProjectState;
use crate::error::{Error, Result};

/// Where a project keeps its migrations: a directory with one directory per app, each with its numbered files and a file `HEAD`
/// that names the last, so that two branches conflict in git.
///
/// # Example: what stands in a directory
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::Project;
///
/// let migrations = Project::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/migrations")).load()?;
/// assert_eq!(migrations.apps(), ["blog"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Project {
    /// The directory with one directory per app.
    pub migrations_dir: PathBuf,
}

/// Every migration of a project, in the order that their dependencies say; from [`Project::load`] or embedded in the program.
///
/// # Example: those of a crate of models
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let migrations = blog::migrations()?;
/// assert_eq!(migrations.find("blog", "0001")?, "0001_initial");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Migrations {
    pub(super) graph: Graph,
}

impl Project {
    /// The project whose migrations stand below `migrations_dir`; it need not exist yet.
    ///
    /// # Example: the directory that `orm.toml` names
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::Project;
    ///
    /// let project = Project::new("migrations");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(migrations_dir: impl Into<PathBuf>) -> Self {
        Project {
            migrations_dir: migrations_dir.into(),
        }
    }

    /// Reads every migration file.
    ///
    /// # Errors
    /// If a file cannot be read or is invalid (with its line), or the graph has a missing dependency
    /// or a cycle.
    ///
    /// # Example: a directory that is not there yet has no migrations
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::Project;
    ///
    /// assert!(Project::new("no/such/folder").load()?.apps().is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn load(&self) -> Result<Migrations> {
        Ok(Migrations {
            graph: {
                let loaded = load_dir(&self.migrations_dir)?;
                Graph::new(loaded.files)?.with_heads(loaded.heads)
            },
        })
    }

    /// Writes new migrations and the `HEAD` of their apps, all or none, and returns the migrations' paths. A
    /// squashed migration becomes the last of its app only if it replaces the last.
    ///
    /// # Errors
    /// If a file cannot be written or exists already.
    ///
    /// # Example: what `orm makemigrations` does
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{MakeOptions, Project, make_migrations};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let project = Project::new(folder.path());
    /// let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
    /// let new = make_migrations(&models, &project.load()?, &MakeOptions::default())?;
    /// let paths = project.write(&new)?;
    /// assert!(paths.iter().any(|path| path.ends_with("blog/0001_initial.toml")));
    /// assert!(make_migrations(&models, &project.load()?, &MakeOptions::default())?.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn write(&self, new: &[NewMigration]) -> Result<Vec<PathBuf>> {
        let mut batch = FileChanges::default();
        for migration in new {
            batch
                .create
                .push((self.migrations_dir.join(&migration.path), migration.text.clone()));
        }
        let last = new.iter().filter(|migration| self.is_last(migration));
        batch.put = self.heads(last.map(|migration| (&*migration.app, &*migration.name)));
        batch.commit()?;
        Ok(batch.create.into_iter().map(|(path, _)| path).collect())
    }

    /// Whether a new migration becomes the last of its app.
    fn is_last(&self, new: &NewMigration) -> bool {
        if new.replaces.is_empty() {
            return true;
        }
        let path = self.migrations_dir.join(&new.app).join(HEAD);
        // A missing file is written by the next `makemigrations`.
        let head = std::fs::read_to_string(&path).map(|text| Head::parse(&path.display().to_string(), &text));
        match head.map(|head| head.says) {
            Ok(HeadContent::Name(name)) => new.replaces.iter().any(|replaced| replaced.name == name),
            _ => false,
        }
    }

    /// Writes a migration in place of another, which goes: what [`update_migrations`](super::update_migrations) and
    /// [`optimize_migration`](super::optimize_migration) return.
    ///
    /// # Errors
    /// If a file cannot be written, or the new name is taken.
    ///
    /// # Example: fewer operations in the file that is there
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// use orm::migrate::{Project, optimize_migration};
    ///
    /// let project = Project::new("migrations");
    /// if let Some(rewrite) = optimize_migration(&project.load()?, "blog", "0001", &[])? {
    ///     println!("{}", project.replace(&rewrite)?.display());
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn replace(&self, rewrite: &Rewrite) -> Result<PathBuf> {
        let new = &rewrite.migration;
        let old = self.migrations_dir.join(&rewrite.old_path);
        let path = self.migrations_dir.join(&new.path);
        let mut batch = FileChanges::default();
        if old == path {
            batch.put.push((path.clone(), new.text.clone()));
        } else {
            batch.create.push((path.clone(), new.text.clone()));
            batch.remove.push(old);
        }
        if rewrite.is_last {
            batch.put.extend(self.heads([(&*new.app, &*new.name)]));
        }
        batch.commit()?;
        Ok(path)
    }

    /// Writes the `HEAD` of every app that has none, or with `all` also every wrong one; returns the files that
    /// changed.
    ///
    /// # Errors
    /// If an app has several last migrations, or a file cannot be written.
    ///
    /// # Example: after a merge by hand
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// use orm::migrate::Project;
    ///
    /// let project = Project::new("migrations");
    /// let changed = project.write_heads(&project.load()?, true)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn write_heads(&self, migrations: &Migrations, all: bool) -> Result<Vec<PathBuf>> {
        let last = migrations.graph.lacking_heads(all)?;
        let batch = FileChanges {
            put: self.heads(last.iter().map(|key| (&*key.app, &*key.name))),
            ..FileChanges::default()
        };
        batch.commit()?;
        Ok(batch.put.into_iter().map(|(path, _)| path).collect())
    }

    /// The `HEAD` files of apps, given migrations in order.
    fn heads<'a>(&self, last: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(PathBuf, String)> {
        let last: BTreeMap<&str, &str> = last.into_iter().collect();
        last.into_iter()
            .map(|(app, name)| (self.migrations_dir.join(app).join(HEAD), format!("{name}\n")))
            .collect()
    }
}

impl Migrations {
    /// Migrations embedded in the program: `("blog/0001_initial.toml", text)` each, and `("blog/HEAD", text)` where it is embedded too.
    ///
    /// # Errors
    /// As [`Project::load`].
    ///
    /// # Example: a file as text
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::Migrations;
    ///
    /// let text = r#"
    ///     id = "5f0c3a9d7e21"
    ///     initial = true
    ///     dependencies = []
    ///     [[operations]]
    ///     kind = "CreateModel"
    ///     model = "Tag"
    ///     fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }]
    /// "#; // include_str!("../migrations/blog/0001_initial.toml")
    /// let migrations = Migrations::from_embedded(&[("blog/0001_initial.toml", text)])?;
    /// assert_eq!(migrations.apps(), ["blog"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a mistake is told with its line
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::Migrations;
    ///
    /// let refused = Migrations::from_embedded(&[("blog/0001_initial.toml", "id = 7")]).unwrap_err();
    /// assert!(refused.to_string().contains("blog/0001_initial.toml"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn from_embedded(files: &[(&str, &str)]) -> Result<Self> {
        let mut heads = BTreeMap::new();
        let mut read_files = Vec::with_capacity(files.len());
        for (path, text) in files {
            let parts = path.split_once(['/', '\\']);
            let key = parts.and_then(|(app, file)| match file {
                HEAD => Some((app, HEAD)),
                _ => Some((app, file.strip_suffix(".toml")?)),
            });
            match key {
                Some((app, HEAD)) => {
                    heads.insert(app.to_owned(), Head::parse(path, text));
                }
                Some((app, name)) if !app.is_empty() && !name.is_empty() => {
                    read_files.push(read(MigrationKey::new(app, name), path, text)?);
                }
                _ => {
                    return Err(Error::migration(format!("{path} is not the path of a migration"))
                        .with_hint("embed migrations as app/0001_initial.toml"));
                }
            }
        }
        Ok(Migrations {
            graph: Graph::new(read_files)?.with_heads(heads),
        })
    }

    /// The same, where other programs keep the history of these apps of their own in the same databases: that of any other app without
    /// files is an error, because the files may be lost.
    ///
    /// # Example: a database that the billing program migrates, too
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let migrations = blog::migrations()?.shared_with(["billing"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[must_use]
    pub fn shared_with<A: Into<String>>(self, apps: impl IntoIterator<Item = A>) -> Self {
        Migrations {
            graph: self.graph.with_others(apps.into_iter().map(Into::into)),
        }
    }

    /// Labels of the apps that have migrations, sorted.
    ///
    /// # Example: one app
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(blog::migrations()?.apps(), ["blog"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn apps(&self) -> Vec<&str> {
        self.graph.apps()
    }

    /// The models that all migrations lead to.
    ///
    /// # Errors
    /// If an operation does not fit the state before it.
    ///
    /// # Example: the models of the last migration
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::ModelKey;
    ///
    /// let state = blog::migrations()?.state()?;
    /// let post = state.model(&ModelKey::new("blog", "Post")).expect("the model is created there");
    /// assert!(post.field("title").is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn state(&self) -> Result<ProjectState> {
        self.graph.state()
    }

    /// What databases that are migrated by them have in common: all operations, in their order.
    ///
    /// # Errors
    /// If an operation cannot be written.
    #[cfg(feature = "testing")]
    pub(crate) fn content(&self) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        for file in self.graph.files() {
            content.extend(file.key.to_string().into_bytes());
            content.extend(super::file::json(&file.operations)?);
        }
        Ok(content)
    }

    /// Whether one of them runs a function of the program.
    #[cfg(feature = "testing")]
    pub(crate) fn run_functions(&self) -> bool {
        let runs = |operation: &Operation| matches!(operation, Operation::RunRust(_));
        self.graph.files().any(|file| file.operations.iter().any(runs))
    }

    /// The full name of the one migration of `app` that is named `prefix` or starts with it.
    ///
    /// # Errors
    /// If there is none, or more than one.
    ///
    /// # Example: by its number
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(blog::migrations()?.find("blog", "0001")?, "0001_initial");
    /// assert!(blog::migrations()?.find("blog", "0099").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn find(&self, app: &str, prefix: &str) -> Result<&str> {
        self.graph.find(app, prefix).map(|key| key.name.as_str())
    }
}
