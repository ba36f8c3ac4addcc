//! Settings from the address of an SQLite database.

use std::path::PathBuf;
use std::time::Duration;

use crate::connect::target::{Overrides, PoolSettings};
use crate::connect::url::{self, Url};
use crate::error::{Error, Result};

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub(in crate::connect) struct Settings {
    /// `None` is in memory.
    pub path: Option<PathBuf>,
    pub mode: Mode,
    /// The file does not change while it is open, so it is read without locks and without a write-ahead log.
    pub immutable: bool,
    pub busy_timeout: Duration,
    pub pool: PoolSettings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::connect) enum Mode {
    /// Read, write, and create the file.
    Create,
    /// Read and write a file that exists.
    Write,
    Read,
}

impl Settings {
    pub(in crate::connect) fn parse(mut url: Url, pool: PoolSettings, overrides: &Overrides) -> Result<Self> {
        url.check_file()?;
        let mut busy = overrides.busy_timeout;
        if let Some(text) = url.take("busy_timeout") {
            busy = busy.or(Some(url::duration("busy_timeout", &text)?));
        }
        let mode = match url.take("mode").as_deref() {
            None | Some("rwc" | "rw" | "ro") if overrides.read_only => Mode::Read,
            None | Some("rwc") => Mode::Create,
            Some("rw") => Mode::Write,
            Some("ro") => Mode::Read,
            Some(_) => {
                return Err(Error::config(
                    "option `mode` of the database URL is not one of `rwc`, `rw` and `ro`",
                ));
            }
        };
        let immutable = match url.take("immutable").as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => {
                return Err(Error::config(
                    "option `immutable` of the database URL is neither `true` nor `false`",
                ));
            }
        };
        if let Some((name, _)) = url.options.first() {
            return Err(Error::config(format!(
                "option `{name}` of the database URL is not known for sqlite"
            ))
            .with_hint(
                "known are `pool`, `pool_timeout`, `slow_statement`, `busy_timeout`, `mode` and `immutable`",
            ));
        }
        let path = url::decode(url.rest.strip_prefix("//").unwrap_or(&url.rest))?;
        let path = match path.as_str() {
            ":memory:" => None,
            "" => {
                return Err(Error::config("the database URL names no file")
                    .with_hint("write `sqlite://path/to/file.db` or `sqlite::memory:`"));
            }
            path => Some(PathBuf::from(path)),
        };
        Ok(Settings {
            path,
            mode: if immutable { Mode::Read } else { mode },
            immutable,
            busy_timeout: busy.unwrap_or(BUSY_TIMEOUT),
            pool,
        })
    }

    /// The same file opened as immutable, if there is no write-ahead log that would be ignored.
    pub(in crate::connect) fn at_rest(&self) -> Option<Self> {
        let mut log = self.path.clone()?.into_os_string();
        log.push("-wal");
        let settings = Settings {
            immutable: true,
            ..self.clone()
        };
        (!PathBuf::from(log).exists()).then_some(settings)
    }

    /// Number of readers beside the writer; a database in memory has a single connection.
    pub(in crate::connect) fn readers(&self) -> u32 {
        match self.path {
            None => 0,
            Some(_) => self.pool.size.unwrap_or(4),
        }
    }

    /// The database as an error message names it.
    pub(in crate::connect) fn name(&self) -> String {
        match &self.path {
            None => "the database in memory".to_owned(),
            Some(path) => format!("the database {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings> {
        let pool = PoolSettings {
            size: None,
            timeout: Duration::from_secs(1),
            slow_statement: None,
        };
        Settings::parse(Url::parse(text)?, pool, &Overrides::default())
    }

    #[test]
    fn every_spelling_of_a_path() {
        for (url, path) in [
            ("sqlite://blog.db", Some("blog.db")),
            ("sqlite:blog.db", Some("blog.db")),
            ("sqlite:///var/blog.db", Some("/var/blog.db")),
            ("sqlite:/var/my%20blog.db?mode=ro", Some("/var/my blog.db")),
            ("sqlite::memory:", None),
            ("sqlite://:memory:", None),
        ] {
            assert_eq!(parse(url).unwrap().path, path.map(PathBuf::from), "{url}");
        }
    }

    #[test]
    fn unknown_options_are_refused() {
        let error = parse("sqlite://blog.db?journal=off").err().unwrap().to_string();
        assert!(error.contains("option `journal`"), "{error}");
        assert!(parse("sqlite://").is_err());
        assert!(parse("sqlite://x?mode=rx").is_err());
    }
}
