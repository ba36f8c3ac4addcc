//! Addresses of databases that are like another one: for tests, which have one of their own.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, Result};
use crate::sql::Backend;

use super::target::{ConnectionTarget, Overrides};

/// Options by which a file is not written.
const READS_ONLY: [&str; 2] = ["mode", "immutable"];

/// Which database an address is of.
///
/// # Errors
/// If it is not an address, or of a database that this build has no driver for.
pub(crate) fn backend(url: &str) -> Result<Backend> {
    Ok(match ConnectionTarget::parse(url, &Overrides::default())? {
        #[cfg(feature = "sqlite")]
        ConnectionTarget::Sqlite(_) => Backend::Sqlite,
        #[cfg(feature = "postgres")]
        ConnectionTarget::Postgres(_) => Backend::Postgres,
    })
}

/// The address of the file at a path, with the options of another one but for those by which it is not written.
///
/// # Errors
/// If the path is not text.
pub(crate) fn file(url: &str, path: &std::path::Path) -> Result<String> {
    let path = path
        .to_str()
        .ok_or_else(|| Error::config("the folder of temporary files has a name that is not UTF-8"))?;
    let path: Vec<String> = path
        .split('/')
        .map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string())
        .collect();
    let writes = |option: &&str| !READS_ONLY.contains(&option.split('=').next().unwrap_or_default());
    let options: Vec<&str> = options(url).split('&').filter(writes).collect();
    Ok(with_options(
        &format!("sqlite://{}", path.join("/")),
        &options.join("&"),
    ))
}

/// The address of another database of the same server, by a name of ASCII letters, digits and underscores.
pub(crate) fn on_server(url: &str, database: &str) -> String {
    let (address, _) = url.trim().split_once('?').unwrap_or((url.trim(), ""));
    let (scheme, rest) = address.split_once("://").unwrap_or((address, ""));
    let server = rest.split('/').next().unwrap_or_default();
    with_options(&format!("{scheme}://{server}/{database}"), options(url))
}

/// The name of its database, as it is written in the address.
pub(crate) fn database(url: &str) -> &str {
    let (address, _) = url.trim().split_once('?').unwrap_or((url.trim(), ""));
    let (_, rest) = address.split_once("://").unwrap_or((address, ""));
    rest.split_once('/').map_or("", |(_, database)| database)
}

fn options(url: &str) -> &str {
    url.trim().split_once('?').map_or("", |(_, options)| options)
}

fn with_options(address: &str, options: &str) -> String {
    match options {
        "" => address.to_owned(),
        options => format!("{address}?{options}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn addresses_keep_their_server_and_options() {
        let url = "postgres://u:p%40@[::1]:5433/shop?pool=3&sslmode=disable";
        assert_eq!(
            on_server(url, "t_1"),
            "postgres://u:p%40@[::1]:5433/t_1?pool=3&sslmode=disable"
        );
        assert_eq!(on_server("postgresql://h", "t"), "postgresql://h/t");
        assert_eq!((database(url), database("postgres://h")), ("shop", ""));
        let file = |url| file(url, Path::new("/tmp/a b/t.db")).unwrap();
        assert_eq!(file("sqlite::memory:"), "sqlite:///tmp/a%20b/t%2Edb");
        assert_eq!(
            file("sqlite://shop.db?mode=ro&busy_timeout=1s&immutable=true"),
            "sqlite:///tmp/a%20b/t%2Edb?busy_timeout=1s"
        );
    }

    #[test]
    fn addresses_say_which_database_they_are_of() {
        assert_eq!(backend("sqlite::memory:").unwrap(), Backend::Sqlite);
        assert_eq!(backend("postgresql://h/d").unwrap(), Backend::Postgres);
        assert!(backend("mysql://h/d").is_err());
    }
}
