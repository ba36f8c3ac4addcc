//! Which database a command works on.

use orm::migrate::Migrations;
use orm::registry::DEFAULT_DATABASE;
use orm::sql::Dialect;
use orm::{Db, Settings};

use crate::args::DatabaseArgs;
use crate::failure::Result;
use crate::output;

/// The address that the arguments, the environment and the settings give, in this order.
pub fn url(settings: &Settings, args: &DatabaseArgs) -> Result<String> {
    Ok(match args.database.as_deref() {
        // A name has no colon, an address always.
        Some(url) if url.contains(':') => url.to_owned(),
        Some(name) => settings.url(name)?,
        None => settings.url(DEFAULT_DATABASE)?,
    })
}

/// Opens it.
pub fn connect(settings: &Settings, args: &DatabaseArgs) -> Result<Db> {
    Ok(Db::connect(&url(settings, args)?)?)
}

/// The default database, if there is one already: nothing is created to look at it.
pub fn existing(settings: &Settings) -> Result<Option<Db>> {
    let Ok(mut url) = settings.url(DEFAULT_DATABASE) else {
        return Ok(None);
    };
    let is_file = dialect_of(&url).is_some_and(|dialect| dialect.name == Dialect::SQLITE.name);
    if is_file {
        url.push_str(if url.contains('?') { "&" } else { "?" });
        url.push_str("mode=ro");
    }
    match Db::connect(&url).and_then(|db| db.session().map(drop).map(|()| db)) {
        Ok(db) => Ok(Some(db)),
        Err(_) if is_file => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Refuses files that contradict what the default database has; warns where it cannot be asked.
pub fn check_history(settings: &Settings, migrations: &Migrations) -> Result<()> {
    match existing(settings) {
        Ok(Some(db)) => Ok(orm::migrate::check_history(&mut db.session()?, migrations)?),
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
