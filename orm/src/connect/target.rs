//! What a database address means: which driver, with which settings.

use std::time::Duration;

use crate::error::{Error, Result};

use super::url::{self, Url};

/// How long a caller waits for a free connection, unless told otherwise.
const POOL_TIMEOUT: Duration = Duration::from_secs(10);

/// What the builder overrides in an address.
#[derive(Debug, Clone, Default)]
pub(super) struct Overrides {
    pub pool_size: Option<u32>,
    pub pool_timeout: Option<Duration>,
    pub busy_timeout: Option<Duration>,
    pub read_only: bool,
}

/// What pools of every backend need to know.
#[derive(Debug, Clone)]
pub(super) struct PoolSettings {
    pub size: Option<u32>,
    pub timeout: Duration,
}

/// An address, understood.
#[derive(Clone)]
pub(super) enum Target {
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Settings),
    #[cfg(feature = "postgres")]
    Postgres(Box<super::postgres::Settings>),
}

impl Target {
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
        let pool = PoolSettings {
            size,
            timeout: timeout.unwrap_or(POOL_TIMEOUT),
        };
        match url.scheme.as_str() {
            #[cfg(feature = "sqlite")]
            "sqlite" => super::sqlite::Settings::parse(url, pool, overrides).map(Target::Sqlite),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => super::postgres::Settings::parse(url, pool)
                .map(|settings| Target::Postgres(Box::new(settings))),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(missing("sqlite")),
            #[cfg(not(feature = "postgres"))]
            "postgres" | "postgresql" => Err(missing("postgres")),
            other => Err(Error::config(format!(
                "the database URL begins with `{other}:`, which names no database this crate knows"
            ))
            .with_hint("use `sqlite:` or `postgres:`")),
        }
    }
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
        let error = Target::parse("mysql://root:secret@localhost/x", &Overrides::default())
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("`mysql:`") && !error.contains("secret"), "{error}");
    }
}
