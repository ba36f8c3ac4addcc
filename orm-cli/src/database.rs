//! Which database a command works on.

use orm::DEFAULT_DATABASE;
use orm::db::Dialect;
use orm::migrate::Migrations;
use orm::{Db, Settings};

use crate::args::DatabaseArgs;
use crate::failure::Result;
use crate::output;

/// The address that the arguments, the environment and the settings give, in this order.
pub fn url(settings: &Settings, args: &DatabaseArgs) -> Result<String> {
    Ok(match args.database.as_deref() {
        // A name has none of these, an address has one, and a list of keywords is told that it is no URL.
        Some(url) if url.contains([':', '=']) => url.to_owned(),
        Some(name) => settings.url(name)?,
        None => settings.url(DEFAULT_DATABASE)?,
    })
}

/// Opens it.
pub fn connect(settings: &Settings, args: &DatabaseArgs) -> Result<Db> {
    Ok(Db::connect(&url(settings, args)?)?)
}

/// Opens it to look at it: nothing is made or changed. Where there is no file yet, what it would be is looked at: nothing.
pub fn look(settings: &Settings, args: &DatabaseArgs) -> Result<Db> {
    Ok(match Db::builder(&url(settings, args)?).connect_existing()? {
        Some(db) => db,
        None => Db::connect("sqlite::memory:")?,
    })
}

/// The default database, if there is one already, to look at it.
pub fn existing(settings: &Settings) -> Result<Option<Db>> {
    match settings.url(DEFAULT_DATABASE) {
        Ok(url) => Ok(Db::builder(&url).connect_existing()?),
        Err(_) => Ok(None),
    }
}

/// Refuses files that contradict what the default database has; warns where it cannot be asked.
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

/// The dialects there are, by name.
pub const DIALECTS: &[&Dialect] = &[Dialect::SQLITE, Dialect::POSTGRES];

/// The dialect an address speaks, by its scheme.
pub fn dialect_of(url: &str) -> Option<&'static Dialect> {
    let scheme = url.split(':').next()?.to_ascii_lowercase();
    // `postgresql` is said as well.
    DIALECTS
        .iter()
        .copied()
        .find(|dialect| scheme.starts_with(dialect.name))
}
