//! Settings from the address of a Postgres database.

use std::fmt::Write;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::connect::target::PoolSettings;
use crate::connect::url::Url;
use crate::error::{Error, Result};

use super::error::chain;
use super::tls::{Security, Tls};

/// Default timeout for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How statements are sent, if the address says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    /// Prepared once per connection, under a name.
    Named,
    /// Unnamed, so that a pooler may send each to another connection.
    Unnamed,
}

/// No `Debug`: it holds the password.
#[derive(Clone)]
pub(in crate::connect) struct Settings {
    pub config: Config,
    pub(super) tls: Tls,
    pub pool: PoolSettings,
    /// `None`: unnamed behind a pooler, named otherwise.
    pub(super) statements: Option<Statements>,
}

impl Settings {
    pub(in crate::connect) fn parse(mut url: Url, pool: PoolSettings) -> Result<Self> {
        url.check_server()?;
        let security = match url.take("sslmode").as_deref() {
            Some("disable") => Security::None,
            None | Some("prefer" | "allow") => Security::IfOffered,
            Some("require") => Security::Encrypted,
            Some("verify-full") => Security::Verified,
            Some("verify-ca") => {
                return Err(Error::unsupported("sslmode `verify-ca` is not supported")
                    .with_hint("use `verify-full`, which also checks the name of the server"));
            }
            Some(_) => {
                return Err(Error::config(
                    "option `sslmode` of the database URL is not one of `disable`, `prefer`, `require` and `verify-full`",
                ));
            }
        };
        let tls = Tls::new(security, url.take("sslrootcert"))?;
        let statements = match url.take("statements").as_deref() {
            None => None,
            Some("named") => Some(Statements::Named),
            Some("unnamed") => Some(Statements::Unnamed),
            Some(_) => {
                return Err(Error::config(
                    "option `statements` of the database URL is neither `named` nor `unnamed`",
                )
                .with_hint("leave it out: a pooler is found by itself"));
            }
        };
        // An unescaped `&` in a password turns the rest of it into an option.
        let secret = url.options.iter().any(|(name, _)| name == "password");
        let mut config = Config::from_str(&rebuilt(&url)).map_err(|error| {
            let reason = match secret {
                true => "one of its options is not known, or has no value that it can have".to_owned(),
                false => chain(&error),
            };
            Error::config(format!("the database URL is not understood: {reason}"))
                .with_hint("write `postgres://user:password@host:5432/database?option=value`; special characters in the password as `%40`")
        })?;
        config.ssl_mode(match security {
            Security::None => SslMode::Disable,
            Security::IfOffered => SslMode::Prefer,
            Security::Encrypted | Security::Verified => SslMode::Require,
        });
        if config.get_hosts().is_empty() {
            config.host("localhost");
        }
        if config.get_application_name().is_none() {
            config.application_name("orm");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        Ok(Settings {
            config,
            tls,
            pool,
            statements,
        })
    }

    pub(in crate::connect) fn pool_size(&self) -> u32 {
        self.pool.size.unwrap_or(8)
    }

    /// How long opening a connection may take in total; `connect_timeout` is per host.
    pub(super) fn patience(&self) -> Duration {
        let each = self.config.get_connect_timeout().copied();
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(1);
        let all = each.unwrap_or(CONNECT_TIMEOUT).saturating_mul(hosts.max(1));
        all.min(self.pool.timeout)
    }

    /// The database as error messages name it, without credentials.
    pub(in crate::connect) fn name(&self) -> String {
        let database = self
            .config
            .get_dbname()
            .or(self.config.get_user())
            .unwrap_or_default();
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("the database {database} at {host}:{port}")
    }
}

/// The address without our own options.
fn rebuilt(url: &Url) -> String {
    let mut text = format!("postgres:{}", url.rest);
    for (index, (name, value)) in url.options.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        encode(&mut text, name);
        text.push('=');
        encode(&mut text, value);
    }
    text
}

fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
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
        Settings::parse(Url::parse(text)?, pool)
    }

    #[test]
    fn addresses_and_defaults() {
        let settings =
            parse("postgresql://ann:p%40ss@db.example:6432/blog?connect_timeout=3&sslmode=disable").unwrap();
        assert_eq!(settings.config.get_user(), Some("ann"));
        assert_eq!(settings.config.get_password(), Some(&b"p@ss"[..]));
        assert_eq!(
            settings.config.get_connect_timeout(),
            Some(&Duration::from_secs(3))
        );
        assert_eq!(settings.config.get_application_name(), Some("orm"));
        assert_eq!(settings.name(), "the database blog at db.example:6432");
        let socket = parse("postgres://ann@/blog?host=/run/pg&options=-c%20search_path%3Dx").unwrap();
        assert_eq!(socket.name(), "the database blog at /run/pg:5432");
        assert_eq!(socket.config.get_options(), Some("-c search_path=x"));
    }

    #[test]
    fn mistakes_are_named_and_secrets_are_not() {
        for (url, expected) in [
            ("postgres://ann:secret@h/d?pol=3", "pol"),
            ("postgres://ann:secret@h:port/d", "port"),
            ("postgres://ann:secret@h/d?sslmode=on", "sslmode"),
            ("postgres://ann:secret@h/d?sslmode=verify-ca", "verify-ca"),
            ("postgres://ann:secret@h/d?statements=off", "statements"),
        ] {
            let error = format!("{:?}", parse(url).err().unwrap());
            assert!(error.contains(expected) && !error.contains("secret"), "{error}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn encryption_needs_the_feature() {
        let error = parse("postgres://ann@h/d?sslmode=require").err().unwrap();
        assert!(error.is_unsupported());
        assert!(error.to_string().contains("feature `tls`"), "{error}");
    }
}
