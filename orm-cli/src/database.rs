//! Which database a command works on.

use orm::registry::DEFAULT_DATABASE;
use orm::sql::Dialect;
use orm::{Db, Settings};

use crate::args::DatabaseArgs;
use crate::failure::Result;

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
