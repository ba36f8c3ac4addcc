//! `orm.toml`: where the migrations stand and which databases there are.
//!
//! ```toml
//! migrations = "migrations"
//!
//! # Packages whose models the command line reads, instead of those that `cargo build` builds here.
//! models = ["shop-models"]
//!
//! # Apps whose migrations another program applies to the same databases.
//! other_apps = ["billing"]
//!
//! [databases.default]
//! url = "sqlite://shop.db"
//! ```
//!
//! Relative paths are relative to the file, so that a command says the same from every directory below it.
//! `DATABASE_URL` overrides the url of `default`. A url may contain `${VARIABLE}`, which is read when the url is asked
//! for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Kind, Result};

/// Name of the settings file.
///
/// # Example: its name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(orm::SETTINGS_FILE, "orm.toml");
/// # Ok::<(), orm::Error>(())
/// ```
pub const SETTINGS_FILE: &str = "orm.toml";

/// The environment variable that overrides the url of the database `default`.
///
/// # Example: its name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(orm::DATABASE_URL_VARIABLE, "DATABASE_URL");
/// # Ok::<(), orm::Error>(())
/// ```
pub const DATABASE_URL_VARIABLE: &str = "DATABASE_URL";

/// The database that is used when none is named.
///
/// # Example: the database that commands mean
///
/// ```no_run
/// # use {blog::*, orm::prelude::*};
/// let db = Db::from_settings(orm::DEFAULT_DATABASE)?;
/// # Ok::<(), orm::Error>(())
/// ```
pub const DEFAULT_DATABASE: &str = "default";

/// Schemes whose url names a file, which may be relative to the settings file.
const FILE_SCHEMES: &[&str] = &["sqlite"];

/// The settings of a project: `orm.toml`, where the migrations stand and which databases there are.
///
/// ```toml
/// migrations = "migrations"
///
/// # Apps whose migrations another program applies to the same databases.
/// other_apps = ["billing"]
///
/// [databases.default]
/// url = "sqlite://shop.db"
///
/// [databases.reports]
/// url = "postgres://reader:${READER_PASSWORD}@localhost/shop"
/// ```
///
/// Relative paths are relative to the file, so that a command says the same from every directory below it.
/// [`DATABASE_URL`](crate::DATABASE_URL_VARIABLE) overrides the url of `default`. A url may hold `${VARIABLE}`, read when the
/// url is asked for.
///
/// # Example: a file
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Settings;
///
/// let folder = tempfile::tempdir().unwrap();
/// let file = folder.path().join(orm::SETTINGS_FILE);
/// std::fs::write(&file, "[databases.reports]\nurl = \"sqlite://reports.db\"\n").unwrap();
/// let settings = Settings::read(&file)?;
/// assert!(settings.url("reports")?.ends_with("/reports.db"), "absolute");
/// assert!(settings.migrations().ends_with("migrations"));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: an unknown key is reported with its line
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Settings;
///
/// let folder = tempfile::tempdir().unwrap();
/// let file = folder.path().join("orm.toml");
/// std::fs::write(&file, "migration = \"migrations\"\n").unwrap();
/// assert!(Settings::read(&file).unwrap_err().to_string().contains("migration"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    file: Option<PathBuf>,
    directory: PathBuf,
    migrations: PathBuf,
    other_apps: Vec<String>,
    models: Vec<String>,
    databases: BTreeMap<String, String>,
    /// The value of `DATABASE_URL`, if it is set and not empty.
    overriding: Option<String>,
}

/// The file's format.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "default_migrations")]
    migrations: PathBuf,
    #[serde(default)]
    other_apps: Vec<String>,
    #[serde(default)]
    models: Vec<String>,
    #[serde(default)]
    databases: BTreeMap<String, Database>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with the key `url`, such as [databases.default]"
)]
struct Database {
    url: String,
}

fn default_migrations() -> PathBuf {
    PathBuf::from("migrations")
}

impl Settings {
    /// Reads `orm.toml` from the current directory or the nearest directory above that has one.
    ///
    /// Without a file, migrations are in `migrations` and `DATABASE_URL` is the only database.
    ///
    /// # Errors
    /// If the file cannot be read or has an unknown key; the message has its line.
    ///
    /// # Example: of the directory that the program runs in
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::load()?;
    /// println!("{}", settings.migrations().display());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn load() -> Result<Self> {
        let directory = std::env::current_dir().map_err(|error| {
            Error::new(Kind::Io, "the current directory cannot be read").with_source(error)
        })?;
        Self::load_from(&directory)
    }

    /// Like [`Settings::load`], starting from another directory.
    ///
    /// # Errors
    /// As [`Settings::load`].
    ///
    /// # Example: without a file
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let folder = tempfile::tempdir().unwrap();
    /// let settings = orm::Settings::load_from(folder.path())?;
    /// assert!(settings.file().is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn load_from(directory: &Path) -> Result<Self> {
        for directory in directory.ancestors() {
            let file = directory.join(SETTINGS_FILE);
            if file.is_file() {
                return Self::read(&file);
            }
        }
        Ok(Settings {
            file: None,
            directory: directory.to_path_buf(),
            migrations: directory.join(default_migrations()),
            other_apps: Vec::new(),
            models: Vec::new(),
            databases: BTreeMap::new(),
            overriding: overriding(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Settings::load`].
    ///
    /// # Example: a file by its path
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert!(settings.databases().any(|name| name == "default"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn read(file: &Path) -> Result<Self> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Error::new(Kind::Io, format!("{shown} cannot be read")).with_source(error))?;
        let directory = std::path::absolute(file)
            .ok()
            .and_then(|file| file.parent().map(Path::to_path_buf))
            .unwrap_or_default();
        let mut settings =
            Self::parse(&text, &directory).map_err(|error| error.context(shown.to_string()))?;
        settings.file = Some(file.to_path_buf());
        settings.overriding = overriding();
        Ok(settings)
    }

    fn parse(text: &str, directory: &Path) -> Result<Self> {
        // An editor's byte order mark is not part of the content.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file: File = toml::from_str(text).map_err(|error| {
            let message = without_values(error.message().trim_end());
            Error::config(match error.span() {
                Some(span) => format!("line {}: {message}", line_of(text, span.start)),
                None => message,
            })
        })?;
        Ok(Settings {
            file: None,
            directory: directory.to_path_buf(),
            migrations: directory.join(file.migrations),
            other_apps: file.other_apps,
            models: file.models,
            databases: file
                .databases
                .into_iter()
                .map(|(name, database)| (name, database.url))
                .collect(),
            overriding: None,
        })
    }

    /// The file these settings were read from, if any.
    ///
    /// # Example: where it is
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert!(settings.file().is_some_and(|file| file.ends_with("orm.toml")));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The directory that relative paths are relative to.
    ///
    /// # Example: that of the file
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert!(settings.directory().ends_with("blog"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory that has one directory of migrations per app.
    ///
    /// # Example: by default
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert!(settings.migrations().ends_with("blog/migrations"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn migrations(&self) -> &Path {
        &self.migrations
    }

    /// Apps of other programs whose migration history is in the same databases.
    ///
    /// # Example: none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert!(settings.other_apps().is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn other_apps(&self) -> &[String] {
        &self.other_apps
    }

    /// Packages whose models the command line reads; empty if it reads those that `cargo build` builds.
    ///
    /// # Example: a package of their own
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let folder = tempfile::tempdir().unwrap();
    /// let file = folder.path().join(orm::SETTINGS_FILE);
    /// std::fs::write(&file, "models = [\"shop-models\"]\n").unwrap();
    /// assert_eq!(orm::Settings::read(&file)?.models(), ["shop-models"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// Names of the databases.
    ///
    /// # Example: one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert_eq!(settings.databases().collect::<Vec<_>>(), ["default"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn databases(&self) -> impl Iterator<Item = &str> {
        self.databases.keys().map(String::as_str)
    }

    /// The url of a database, ready to connect: variables substituted, a file's path made absolute.
    ///
    /// # Errors
    /// If there is no database of that name, or a variable is not set.
    ///
    /// # Example: no such database
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let settings = orm::Settings::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/blog/orm.toml").as_ref())?;
    /// assert!(settings.url("reports").unwrap_err().to_string().contains("`reports`"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn url(&self, name: &str) -> Result<String> {
        if name == DEFAULT_DATABASE
            && let Some(url) = &self.overriding
        {
            // The variable belongs to the shell, and so do relative paths in it.
            return Ok(url.clone());
        }
        let url = self.databases.get(name).ok_or_else(|| self.no_database(name))?;
        let url = interpolate(url, |variable| std::env::var(variable).ok())
            .map_err(|error| error.context(format!("url of the database {name}")))?;
        Ok(anchored(&url, &self.directory))
    }

    /// Whether there is a database of that name.
    #[cfg(feature = "testing")]
    pub(crate) fn has_database(&self, name: &str) -> bool {
        self.databases.contains_key(name) || (name == DEFAULT_DATABASE && self.overriding.is_some())
    }

    fn no_database(&self, name: &str) -> Error {
        // A string that is not a valid name may be an address with a password in it.
        let is_name = name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
        let called = match is_name {
            true => format!("`{name}`"),
            false => "of this name".to_owned(),
        };
        let error = Error::config(match &self.file {
            Some(file) => format!("{} has no database {called}", file.display()),
            None if name == DEFAULT_DATABASE => "no database is set".to_owned(),
            None => format!("there is no {SETTINGS_FILE} and so no database {called}"),
        });
        if !is_name {
            return error
                .with_hint("an address is a URL, such as `postgres://user:password@host:5432/database`");
        }
        let names: Vec<&str> = self.databases().collect();
        match names.as_slice() {
            [] => error.with_hint(format!(
                "write {SETTINGS_FILE} with `orm init`, or set {DATABASE_URL_VARIABLE}"
            )),
            names => error.with_hint(format!("it has: {}", names.join(", "))),
        }
    }
}

/// Shows names only: urls contain passwords.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("file", &self.file)
            .field("migrations", &self.migrations)
            .field("databases", &self.databases.keys())
            .finish_non_exhaustive()
    }
}

fn overriding() -> Option<String> {
    std::env::var(DATABASE_URL_VARIABLE)
        .ok()
        .filter(|url| !url.trim().is_empty())
}

/// A parse error without the excerpt of the file: a url may contain a password.
fn without_values(message: &str) -> String {
    for what in ["invalid type: ", "invalid value: "] {
        let Some(rest) = message.strip_prefix(what) else {
            continue;
        };
        let kind = rest.split(['"', '`']).next().unwrap_or_default().trim_end();
        let expected = rest.rfind(", expected").map_or("", |at| &rest[at..]);
        let kind = kind.split(", expected").next().unwrap_or_default();
        return format!("{what}{kind}{expected}");
    }
    message.to_owned()
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

/// Substitutes `${VARIABLE}`; `$` alone stands for itself.
fn interpolate(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let end = after
            .find('}')
            .ok_or_else(|| Error::config("`${` is not closed").with_hint("write ${VARIABLE}"))?;
        let name = &after[..end];
        let value = variable(name).ok_or_else(|| {
            Error::config(format!("the environment variable {name} is not set"))
                .with_hint(format!("set {name}, or {DATABASE_URL_VARIABLE}"))
        })?;
        out.push_str(&value);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Makes the path of a file's url absolute. In-memory, absolute and server urls are unchanged.
fn anchored(url: &str, directory: &Path) -> String {
    let Some((scheme, rest)) = url.split_once(':') else {
        return url.to_owned();
    };
    if !FILE_SCHEMES.iter().any(|file| file.eq_ignore_ascii_case(scheme)) {
        return url.to_owned();
    }
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split('?').next().unwrap_or_default();
    if path.is_empty() || path.starts_with(':') || path.starts_with('/') || Path::new(path).is_absolute() {
        return url.to_owned();
    }
    let directory = directory.display().to_string();
    format!(
        "{scheme}://{}/{rest}",
        directory.replace('%', "%25").replace('?', "%3F")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings> {
        Settings::parse(text, Path::new("/srv/shop"))
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let settings =
            parse("migrations = \"db/migrations\"\n[databases.default]\nurl = \"sqlite://shop.db?x=1\"\n")
                .unwrap();
        assert_eq!(settings.migrations(), Path::new("/srv/shop/db/migrations"));
        assert_eq!(settings.url("default").unwrap(), "sqlite:///srv/shop/shop.db?x=1");
    }

    #[test]
    fn only_relative_files_are_anchored() {
        for url in [
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite:///tmp/a.db",
            "postgres://localhost/shop",
        ] {
            assert_eq!(anchored(url, Path::new("/srv")), url);
        }
        assert_eq!(anchored("sqlite:a.db", Path::new("/srv")), "sqlite:///srv/a.db");
        assert_eq!(
            anchored("sqlite://a%20b.db?pool=2", Path::new("/50% off?")),
            "sqlite:///50%25 off%3F/a%20b.db?pool=2"
        );
    }

    #[test]
    fn an_empty_file_has_the_default_directory_and_no_database() {
        let settings = parse("").unwrap();
        assert_eq!(settings.migrations(), Path::new("/srv/shop/migrations"));
        assert!(settings.url("default").unwrap_err().hint().is_some());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error =
            parse("\u{feff}migrations = \"m\"\n\n[databases.default]\nurl = \"x\"\npool = 3\n").unwrap_err();
        assert!(
            error.to_string().starts_with("line 5: unknown field `pool`"),
            "{error}"
        );
        let error = parse("migratons = \"m\"\n").unwrap_err();
        assert!(
            error.to_string().starts_with("line 1: unknown field `migratons`"),
            "{error}"
        );
    }

    #[test]
    fn variables_are_filled_in_and_a_missing_one_is_named() {
        let variable = |name: &str| (name == "PW").then(|| "s3".to_owned());
        assert_eq!(
            interpolate("a://u:${PW}@h/$x", variable).unwrap(),
            "a://u:s3@h/$x"
        );
        assert!(
            interpolate("${NOPE}", variable)
                .unwrap_err()
                .to_string()
                .contains("NOPE")
        );
        assert!(interpolate("${PW", variable).is_err());
    }

    #[test]
    fn the_first_unknown_database_is_answered_with_those_there_are() {
        let settings = parse("[databases.default]\nurl = \"sqlite::memory:\"\n").unwrap();
        let error = settings.url("replica").unwrap_err();
        assert_eq!(error.hint(), Some("it has: default"));
    }

    #[test]
    fn a_mistake_in_the_file_is_told_without_what_stands_in_it() {
        use proptest::prelude::*;
        let password = "[a-z0-9@:/?#%&=+;,'$!{}. ]{0,4}hunter2[a-z0-9@:/?#%&=+;,'$!{}. ]{0,4}";
        let files = proptest::sample::select(vec![
            "[databases]\ndefault = \"postgres://u:PASSWORD@h/x\"",
            "databases = \"postgres://u:PASSWORD@h/x\"",
            "databases = [\"postgres://u:PASSWORD@h/x\"]",
            "[databases.default]\nurl = [\"postgres://u:PASSWORD@h/x\"]",
            "[databases.default]\nurl = { password = \"PASSWORD\" }",
            "[databases.default]\nurl = \"postgres://u:PASSWORD@h/x",
            "[databases.default]\nurl = postgres://u:PASSWORD@h/x",
            "[databases.default]\nurl = 'postgres://u:'PASSWORD@h/x'",
            "[databases.default]\nurl = \"a\"PASSWORD",
            "[databases.default]\nurl = \"\\PASSWORD\"",
            "[databases.default]\nurl = \"x\"\npool = \"PASSWORD\"",
            "[databases.default]\nurl = \"x\"\nurl = \"PASSWORD\"",
            "migrations = [\"PASSWORD\"]",
            "migrations = { x = \"PASSWORD\" }",
            "other_apps = \"PASSWORD\"",
            "[databases.default]\nuser = \"u\"\npassword = \"PASSWORD\"",
        ]);
        proptest!(|(file in files, password in password)| {
            let file = file.replace("PASSWORD", &password);
            let error = match parse(&file) {
                Ok(settings) => settings.url("no such").unwrap_err(),
                Err(error) => error,
            };
            prop_assert!(!format!("{error:?}").contains("hunter2"), "{error:?} of {file}");
        });
        let error = parse("[databases]\ndefault = \"postgres://u:hunter2@h/x\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2: invalid type: string, expected a table with the key `url`, such as [databases.default]"
        );
    }

    #[test]
    fn what_is_no_name_of_a_database_is_not_repeated() {
        let settings = parse("[databases.default]\nurl = \"sqlite::memory:\"\n").unwrap();
        for name in ["host=h password=hunter2", "u/hunter2", "//u@hunter2"] {
            let error = settings.url(name).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error}");
            assert!(error.hint().unwrap().contains("postgres://"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_url() {
        let settings = parse("[databases.default]\nurl = \"postgres://u:secret@h/d\"\n").unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
