//! Where to migrate to, and which way.

use serde::Serialize;

/// Where to migrate to.
///
/// # Example: what the arguments of `orm migrate` mean
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::Target;
///
/// assert_eq!(Target::default(), Target::Latest);
/// assert_eq!(Target::from_args(Some("blog"), Some("zero")), Target::Zero("blog".to_owned()));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// The last migration of every app.
    #[default]
    Latest,
    /// The last migration of one app, and what it depends on.
    App(String),
    /// One migration of one app, by its name or the start of it; backwards where it is already applied.
    Migration(String, String),
    /// Nothing of this app, nor of what depends on it.
    Zero(String),
}

impl Target {
    /// From what a command line takes: `[app] [name|prefix|zero]`.
    ///
    /// # Example: an app, and a migration
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::Target;
    ///
    /// assert_eq!(Target::from_args(Some("blog"), None), Target::App("blog".to_owned()));
    /// let migration = Target::Migration("blog".to_owned(), "0001".to_owned());
    /// assert_eq!(Target::from_args(Some("blog"), Some("0001")), migration);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn from_args(app: Option<&str>, name: Option<&str>) -> Self {
        match (app, name) {
            (None, _) => Target::Latest,
            (Some(app), None) => Target::App(app.to_owned()),
            (Some(app), Some("zero")) => Target::Zero(app.to_owned()),
            (Some(app), Some(name)) => Target::Migration(app.to_owned(), name.to_owned()),
        }
    }
}

/// Which way a migration runs.
///
/// # Example: of a plan
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{Direction, Target, plan};
///
/// let plan = plan(&mut db.session()?, &blog::migrations()?, &Target::Zero("blog".to_owned()))?;
/// assert_eq!(plan[0].direction, Direction::Backward);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Applied.
    Forward,
    /// Taken back.
    Backward,
}
