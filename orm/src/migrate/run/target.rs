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
    /// One migration of an app, by a prefix of its name; later ones are reversed if it is already applied.
    Migration(String, String),
    /// Nothing of this app: all of its migrations are reversed, and those that depend on them.
    Zero(String),
}

impl Target {
    /// Parses command line arguments: `[app] [name|prefix|zero]`.
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
    /// Reversed.
    Backward,
}
