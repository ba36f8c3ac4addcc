//! Interprets a database address: which driver, with which settings.

#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::plan::HandleState;

use super::url::{self, Url};

/// How long a caller waits for a free connection, unless told otherwise.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);

/// What the builder overrides in an address.
#[derive(Debug, Clone, Default)]
pub(super) struct Overrides {
    pub pool_size: Option<u32>,
    pub pool_timeout: Option<Duration>,
    pub slow_statement: Option<Duration>,
    pub busy_timeout: Option<Duration>,
    pub read_only: bool,
}

/// Settings of pools of both backends.
#[derive(Debug, Clone)]
pub(super) struct PoolSettings {
    pub size: Option<u32>,
    pub timeout: Duration,
    /// How long a statement may take without a warning.
    pub slow_statement: Option<Duration>,
}

/// A parsed address.
#[derive(Clone)]
pub(super) enum ConnectionTarget {
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Settings),
    #[cfg(feature = "postgres")]
    Postgres(Box<super::postgres::Settings>),
}

impl ConnectionTarget {
    pub(super) fn parse(text: &str, overrides: &Overrides) -> Result<Self> {
        let mut url = Url::parse(text)?;
        let mut size = overrides.pool_size;
        if let Some(text) = url.take("pool") {
            size = size.or(Some(url::count("pool", &text)?));
        }
        let mut timeout = overrides.pool_timeout;
        if let Some(text) = url.take("pool_timeout") {
            timeout = timeout.or(Some(url::duration("pool_timeout", &text)?));
        }
        let mut slow_statement = overrides.slow_statement;
        if let Some(text) = url.take("slow_statement") {
            slow_statement = slow_statement.or(Some(url::duration("slow_statement", &text)?));
        }
        let pool = PoolSettings {
            size,
            timeout: timeout.unwrap_or(POOL_TIMEOUT),
            slow_statement,
        };
        match url.scheme.as_str() {
            #[cfg(feature = "sqlite")]
            "sqlite" => super::sqlite::Settings::parse(url, pool, overrides).map(ConnectionTarget::Sqlite),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => super::postgres::Settings::parse(url, pool)
                .map(|settings| ConnectionTarget::Postgres(Box::new(settings))),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(missing("sqlite")),
            #[cfg(not(feature = "postgres"))]
            "postgres" | "postgresql" => Err(missing("postgres")),
            other => Err(unknown(other)),
        }
    }
}

/// Schemes of other databases. The text before the first `:` may be a secret, so errors repeat only known schemes.
const OTHERS: &[&str] = &[
    "cockroachdb",
    "duckdb",
    "file",
    "http",
    "https",
    "jdbc",
    "libsql",
    "mariadb",
    "mongodb",
    "mssql",
    "mysql",
    "oracle",
    "pgsql",
    "redis",
    "sqlite3",
    "sqlserver",
];

#[cold]
fn unknown(scheme: &str) -> Error {
    Error::config(match OTHERS.contains(&scheme) {
        true => format!("the database URL begins with `{scheme}:`, which names no database this crate knows"),
        false => "the database URL begins with the name of no database this crate knows".to_owned(),
    })
    .with_hint("use `sqlite:` or `postgres:`")
}

impl ConnectionTarget {
    /// What a handle knows besides its connections: handles of one database share it.
    pub(super) fn state(&self) -> HandleState {
        match self {
            #[cfg(feature = "sqlite")]
            ConnectionTarget::Sqlite(settings) => {
                let path = settings.path.as_deref().map(whole);
                HandleState::of(path.as_ref().map(|path| path.to_string_lossy()).as_deref())
            }
            #[cfg(feature = "postgres")]
            ConnectionTarget::Postgres(settings) => {
                let config = &settings.config;
                let server = format!("{:?} {:?}", config.get_hosts(), config.get_ports());
                // A database that is not named is named as the user.
                let name = config.get_dbname().or(config.get_user());
                HandleState::of(Some(&format!("{server} {name:?}")))
            }
        }
    }

    /// Whether it may exist: a file must be there; for a server, connecting will tell.
    pub(super) fn may_exist(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            ConnectionTarget::Sqlite(settings) => settings.path.as_ref().is_none_or(|path| path.exists()),
            #[cfg(feature = "postgres")]
            ConnectionTarget::Postgres(_) => true,
        }
    }

    /// The same database opened as immutable, if that may be the only way to read it.
    pub(super) fn at_rest(&self) -> Option<Self> {
        match self {
            #[cfg(feature = "sqlite")]
            ConnectionTarget::Sqlite(settings) => settings.at_rest().map(ConnectionTarget::Sqlite),
            #[cfg(feature = "postgres")]
            ConnectionTarget::Postgres(_) => None,
        }
    }
}

/// A path by which a file is known wherever the program stands; the file may be made later.
#[cfg(feature = "sqlite")]
fn whole(path: &Path) -> PathBuf {
    let parent = || {
        let folder = path.parent()?;
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    let found = path.canonicalize().ok().or_else(parent);
    found.unwrap_or_else(|| path.to_owned())
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn missing(feature: &str) -> Error {
    Error::unsupported(format!(
        "the database URL needs the feature `{feature}`, which is not enabled"
    ))
    .with_hint(format!(
        "add it in Cargo.toml: orm = {{ features = [\"{feature}\"] }}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_schemes_are_named() {
        let error = ConnectionTarget::parse("mysql://root:secret@localhost/x", &Overrides::default())
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("`mysql:`") && !error.contains("secret"), "{error}");
    }

    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    mod secrets {
        use proptest::prelude::*;
        use proptest::test_runner::{Config, TestRunner};

        use super::*;

        /// Parts that stand in no message by chance.
        const PARTS: &[&str] = &["hunter2", "qzx7Kw", "Wj4vXq", "0xB33F", "päßwört"];

        /// What is behind a password in addresses as people write them, rightly and wrongly.
        const ADDRESSES: &[&str] = &[
            "postgres://u:PASSWORD@h/d",
            "postgres://u:PASSWORD@127.0.0.1:5432/d?sslmode=disable",
            "postgresql://u:PASSWORD@[::1]:5432/d",
            "postgres://u:PASSWORD@h:port/d",
            "postgres://u:PASSWORD@h:99999/d",
            "postgres://u:PASSWORD@h1,h2:1/d",
            "postgres://:PASSWORD@h",
            "postgres://u:PASSWORD@",
            "postgres://u:PASSWORD@/d?host=/tmp",
            "postgres://u:PASSWORD@h/d?unknown=1",
            "postgres://u:PASSWORD@h/d?sslmode=maybe",
            "postgres://u:PASSWORD@h/d?pool=none&connect_timeout=soon",
            "postgres://u:PASSWORD@h/d?application_name",
            "postgres://u:PASSWORD@h/d?password=PASSWORD",
            "postgres://h/d?user=u&password=PASSWORD",
            "postgres:u:PASSWORD@h/d",
            "postgres:/u:PASSWORD@h/d",
            "POSTGRES://u:PASSWORD@h/d",
            "postgres//u:PASSWORD@h/d",
            "mysql://u:PASSWORD@h/d",
            "pg://u:PASSWORD@h/d",
            "u:PASSWORD@h/d",
            "//u:PASSWORD@h/d",
            " postgres://u:PASSWORD@h/d ",
            "sqlite://u:PASSWORD@h/d",
            "sqlite:u:PASSWORD@h/d",
            "host=h user=u password=PASSWORD dbname=d",
            "host=h password='PASSWORD'",
            "password=PASSWORD host=h:5432",
            "Server=h;User Id=u;Password=PASSWORD;",
            "jdbc:postgresql://h/d?user=u&password=PASSWORD",
        ];

        fn password() -> impl Strategy<Value = String> {
            let part = proptest::sample::select(PARTS);
            let between = "[@:/?#%&=+;, '\"\\\\\\[\\]{}$!]{0,3}";
            let number = proptest::option::of(0..70_000);
            let pair = (part, between).prop_map(|(part, between)| format!("{between}{part}"));
            (number, proptest::collection::vec(pair, 1..4), between).prop_map(|(number, pairs, end)| {
                let number = number.map(|number: i32| number.to_string()).unwrap_or_default();
                format!("{number}{}{end}", pairs.concat())
            })
        }

        #[track_caller]
        fn tells_nothing(said: &str, address: &str) {
            for part in PARTS {
                assert!(!said.contains(part), "{said} of {address}");
            }
        }

        #[test]
        fn no_part_of_a_password_is_told() {
            let config = Config {
                cases: 4_000,
                ..Config::default()
            };
            TestRunner::new(config)
                .run(
                    &(proptest::sample::select(ADDRESSES), password()),
                    |(address, password)| {
                        let address = address.replace("PASSWORD", &password);
                        match ConnectionTarget::parse(&address, &Overrides::default()) {
                            Err(error) => {
                                tells_nothing(&format!("{error:?}"), &address);
                            }
                            Ok(ConnectionTarget::Postgres(settings)) => {
                                tells_nothing(&settings.name(), &address)
                            }
                            Ok(ConnectionTarget::Sqlite(settings)) => {
                                tells_nothing(&settings.name(), &address)
                            }
                        }
                        Ok(())
                    },
                )
                .unwrap();
        }

        #[test]
        fn the_hint_says_how_to_write_it() {
            for address in [
                "postgres://u:p@SECRET@host/db",
                "postgres://u:p/SECRET@host/db",
                "postgres://u:5432/SECRET@host/db",
                "postgres://u:SECRET:x",
                "postgres://u:p?SECRET=1@host/db",
                "postgres://u:5432?host=SECRET@host/db",
            ] {
                let error = ConnectionTarget::parse(address, &Overrides::default())
                    .err()
                    .unwrap();
                assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
                assert!(error.hint().unwrap().contains("%40"), "{error}");
            }
        }
    }
}
