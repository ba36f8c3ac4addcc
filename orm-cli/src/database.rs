//! The database of a command.

use orm::DEFAULT_DATABASE;
use orm::db::Dialect;
use orm::migrate::Migrations;
use orm::{Db, Settings};

use crate::args::DatabaseArgs;
use crate::failure::Result;
use crate::output;

/// The address from the arguments, the environment or the settings, in this order.
pub fn url(settings: &Settings, args: &DatabaseArgs) -> Result<String> {
    Ok(match args.database.as_deref() {
        // A database name has none of these characters and a URL has one; a list of keywords is refused as not a URL.
        Some(url) if url.contains([':', '=']) => url.to_owned(),
        Some(name) => settings.url(name)?,
        None => settings.url(DEFAULT_DATABASE)?,
    })
}

/// Opens it.
pub fn connect(settings: &Settings, args: &DatabaseArgs) -> Result<Db> {
    Ok(Db::connect(&url(settings, args)?)?)
}

/// Opens it for reading; nothing is created or changed. A missing file is treated as an empty database.
pub fn look(settings: &Settings, args: &DatabaseArgs) -> Result<Db> {
    Ok(match Db::builder(&url(settings, args)?).connect_existing()? {
        Some(db) => db,
        None => Db::connect("sqlite::memory:")?,
    })
}

/// The default database for reading, if it exists.
pub fn existing(settings: &Settings) -> Result<Option<Db>> {
    match settings.url(DEFAULT_DATABASE) {
        Ok(url) => Ok(Db::builder(&url).connect_existing()?),
        Err(_) => Ok(None),
    }
}

/// The databases of the settings whose addresses are known, by name.
pub fn declared(settings: &Settings) -> Vec<(String, &'static Dialect)> {
    let mut names: Vec<&str> = settings.databases().collect();
    // The environment may be where it is named.
    if !names.contains(&DEFAULT_DATABASE) {
        names.push(DEFAULT_DATABASE);
    }
    let dialect = |name: &str| dialect_of(&settings.url(name).ok()?);
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), dialect(name)?)))
        .collect()
}

/// Refuses files that contradict the history of the default database; warns if it cannot be reached.
pub fn check_history(settings: &Settings, migrations: &Migrations) -> Result<()> {
    match existing(settings).and_then(|db| Ok(db.map(|db| db.session()).transpose()?)) {
        Ok(Some(mut session)) => Ok(orm::migrate::check_history(&mut session, migrations)?),
        Ok(None) => Ok(()),
        Err(_) => {
            output::warning(
                "the default database does not answer, so its history is not compared with the files",
            );
            Ok(())
        }
    }
}

/// A dialect by its name.
pub const DIALECTS: &[&Dialect] = &[Dialect::SQLITE, Dialect::POSTGRES];

/// The dialect of an address, from its scheme.
pub fn dialect_of(url: &str) -> Option<&'static Dialect> {
    let scheme = url.split(':').next()?.to_ascii_lowercase();
    // `postgresql` is accepted, too.
    DIALECTS
        .iter()
        .copied()
        .find(|dialect| scheme.starts_with(dialect.name))
}
