//! What a program does with its migrations when it starts: applies them, or asks whether they are.

#[cfg(feature = "async")]
use std::pin::Pin;

#[cfg(feature = "async")]
use crate::connect::AsyncDb;
use crate::connect::Db;
use crate::error::{Error, Result};
use crate::migrate::project::Migrations;

use super::history::History;
use super::journal::Journal;
use super::{MigrateOptions, Report, Target, migrate};

/// How many migrations an error names.
const NAMED: usize = 5;

/// A handle whose database is migrated: `&Db`, or `&AsyncDb`, with which it is a future.
///
/// # Example: both
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MigrateHandle, Report};
///
/// fn start<H: MigrateHandle>(db: H) -> orm::Result<H::Out<Report>> {
///     Ok(blog::migrations()?.apply(db))
/// }
/// assert!(start(&db)??.applied.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle whose database can be migrated",
    label = "expected &Db or &AsyncDb",
    note = "a migration begins transactions of its own, so it does not run in one"
)]
pub trait MigrateHandle: Sized {
    /// `Result<T>`, or a future of it.
    type Out<T: Send + 'static>;

    #[doc(hidden)]
    fn with<T: Send + 'static>(self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Self::Out<T>;
}

impl MigrateHandle for &Db {
    type Out<T: Send + 'static> = Result<T>;

    fn with<T: Send + 'static>(self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
        work(self)
    }
}

#[cfg(feature = "async")]
impl<'d> MigrateHandle for &'d AsyncDb {
    type Out<T: Send + 'static> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'd>>;

    fn with<T: Send + 'static>(self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Self::Out<T> {
        Box::pin(self.blocking(work))
    }
}

impl Migrations {
    /// Applies what a database does not have yet: what a program does when it starts. Several that start at once take turns.
    ///
    /// # Errors
    /// As [`migrate`].
    ///
    /// # Example: with the files of a folder in the program
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let db = Db::connect("sqlite::memory:")?;
    /// let report = blog::migrations()?.apply(&db)?; // orm::migrations!()?.apply(&db)?
    /// assert_eq!(report.applied, ["blog.0001_initial"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn apply<H: MigrateHandle>(&self, db: H) -> H::Out<Report> {
        self.apply_with(db, MigrateOptions::default())
    }

    /// Applies what a database does not have yet, with options.
    ///
    /// # Errors
    /// As [`migrate`].
    ///
    /// # Example: others are waited for longer
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::MigrateOptions;
    ///
    /// let options = MigrateOptions { wait: std::time::Duration::from_secs(600), ..MigrateOptions::default() };
    /// assert!(blog::migrations()?.apply_with(&db, options)?.applied.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn apply_with<H: MigrateHandle>(&self, db: H, options: MigrateOptions) -> H::Out<Report> {
        let migrations = self.clone();
        db.with(move |db| {
            let mut session = db.session()?;
            migrate(&mut session, &migrations, &Target::Latest, &options, &mut |_| {})
        })
    }

    /// Asks whether a database has all of them, and changes nothing: what a program does when it starts where somebody else
    /// migrates. One that has more, of a later release of the program, will do.
    ///
    /// # Errors
    /// If some are not applied, or one is in part, with their names; if one was edited after it was applied.
    ///
    /// # Example: a database that was not migrated
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let migrations = blog::migrations()?;
    /// migrations.require(&db)?;
    ///
    /// let empty = Db::connect("sqlite::memory:")?;
    /// let refused = migrations.require(&empty).unwrap_err();
    /// assert!(refused.to_string().contains("blog.0001_initial"), "{refused}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn require<H: MigrateHandle>(&self, db: H) -> H::Out<()> {
        let migrations = self.clone();
        db.with(move |db| require(db, &migrations))
    }
}

fn require(db: &Db, migrations: &Migrations) -> Result<()> {
    let mut session = db.session()?;
    let history = History::read(&mut session)?;
    let graph = history.graph(&migrations.graph, &Default::default())?;
    for file in graph.all_files() {
        if let Some(change) = history.edit(&graph, file)? {
            return Err(
                Error::migration(format!("{} was changed after it was applied: {change}", file.key))
                    .with_hint("build the program from the files with which the database was migrated"),
            );
        }
    }
    let missing = graph.files().filter(|file| !history.has(&graph, file));
    let missing: Vec<String> = missing.map(|file| file.key.to_string()).collect();
    if !missing.is_empty() {
        let more = match missing.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = missing[..missing.len().min(NAMED)].join(", ");
        return Err(Error::migration(format!(
            "the database does not have {named}{more}, which this program needs"
        ))
        .with_hint("bring it up to date: `orm migrate`"));
    }
    let journal = Journal::read(&mut session)?;
    match graph.all_files().find(|file| journal.of(&file.id).is_some()) {
        None => Ok(()),
        Some(file) => Err(
            Error::migration(format!("{} is in part applied or taken back", file.key))
                .with_hint("finish it: `orm migrate` says which way"),
        ),
    }
}
