//! Addresses of databases that are like another one: for tests, which have one of their own.

use crate::error::Result;
use crate::sql::Backend;

use super::target::{ConnectionTarget, Overrides};
use super::url;

/// Options by which a file is not written.
#[cfg(feature = "sqlite")]
const READS_ONLY: [&str; 2] = ["mode", "immutable"];

/// The option that names the database of a server, whatever the path says.
#[cfg(feature = "postgres")]
const DATABASE: &str = "dbname";

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
#[cfg(feature = "sqlite")]
pub(crate) fn file(url: &str, path: &std::path::Path) -> Result<String> {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    let path = path
        .to_str()
        .ok_or_else(|| crate::Error::config("the folder of temporary files has a name that is not UTF-8"))?;
    let path: Vec<String> = path
        .split('/')
        .map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string())
        .collect();
    Ok(with_options(
        &format!("sqlite://{}", path.join("/")),
        url,
        &READS_ONLY,
    ))
}

/// The address of another database of the same server, by a name of ASCII letters, digits and underscores.
#[cfg(feature = "postgres")]
pub(crate) fn on_server(url: &str, database: &str) -> String {
    let (address, _) = url.trim().split_once('?').unwrap_or((url.trim(), ""));
    let (scheme, rest) = address.split_once("://").unwrap_or((address, ""));
    let server = rest.split('/').next().unwrap_or_default();
    with_options(&format!("{scheme}://{server}/{database}"), url, &[DATABASE])
}

/// The name of its database, by its path or by the option that outranks it; empty where it names none.
///
/// # Errors
/// If it is not an address.
#[cfg(feature = "postgres")]
pub(crate) fn database(url: &str) -> Result<String> {
    let mut parsed = url::Url::parse(url)?;
    let path = parsed.rest.trim_start_matches('/').split_once('/');
    let path = url::decode(path.map_or("", |(_, database)| database))?;
    Ok(parsed.take(DATABASE).unwrap_or(path))
}

/// An address with the options of another one, but for some.
fn with_options(address: &str, url: &str, without: &[&str]) -> String {
    let options = url.trim().split_once('?').map_or("", |(_, options)| options);
    let stays = |option: &&str| {
        let name = option.split('=').next().unwrap_or_default();
        !option.is_empty() && !url::decode(name).is_ok_and(|name| without.contains(&name.as_str()))
    };
    let options: Vec<&str> = options.split('&').filter(stays).collect();
    match options.as_slice() {
        [] => address.to_owned(),
        options => format!("{address}?{}", options.join("&")),
    }
}

#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
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
        let of = |url| database(url).unwrap();
        assert_eq!((of(url), of("postgres://h")), ("shop".to_owned(), String::new()));
        // The option outranks the path.
        let by_option = "postgres://h/other?db%6eame=shop&pool=3";
        assert_eq!(
            (of(by_option), on_server(by_option, "t")),
            ("shop".to_owned(), "postgres://h/t?pool=3".to_owned())
        );
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
