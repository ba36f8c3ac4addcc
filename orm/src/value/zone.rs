//! Time zones by their names.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;
// Postgres has the rules of its own.
#[cfg(feature = "sqlite")]
use {
    chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike},
    jiff::Timestamp,
    jiff::civil::DateTime,
    jiff::tz::{AmbiguousOffset, Offset},
};

use crate::error::{Error, Result};

/// The program's own: not that of the machine, which another part of the program may have `jiff` look into.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Names of zones that a database may take for abbreviations, of one offset the whole year.
const ABBREVIATIONS: [&str; 7] = ["CET", "EET", "EST", "HST", "MET", "MST", "WET"];

/// A time zone of the IANA database. [`in_zone`](crate::queries::Expr::in_zone) says what clocks show in it.
///
/// On SQLite its rules are those that the program carries with it, on Postgres those of the server: the same wherever both are of one version.
///
/// # Example: one by its name, and one that there is not
///
/// ```
/// use orm::TimeZone;
///
/// let berlin = TimeZone::named("europe/berlin")?;
/// assert_eq!(berlin.name(), "Europe/Berlin");
/// let error = TimeZone::named("Europe/Berln").unwrap_err().to_string();
/// assert!(error.starts_with("no time zone is named `Europe/Berln`"), "{error}");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone {
    zone: jiff::tz::TimeZone,
    name: String,
}

impl TimeZone {
    /// The zone of that name, in upper or lower case: `Europe/Berlin`, `UTC`.
    ///
    /// # Errors
    /// If there is none of that name, or the name is an abbreviation as well: `CET`, `EET`, `EST`, `HST`, `MET`, `MST`, `WET`, of which
    /// Postgres knows no summer time.
    pub fn named(name: &str) -> Result<Self> {
        if ABBREVIATIONS.iter().any(|short| name.eq_ignore_ascii_case(short)) {
            return Err(Error::config(format!(
                "`{name}` is a time zone to one database, and the same offset the whole year to another"
            ))
            .with_hint(
                "name a place: `Europe/Brussels`, `Europe/Athens`, `Europe/Lisbon`, `America/Panama`",
            ));
        }
        let zone = ZONES.get(name).ok().filter(|zone| !zone.is_unknown());
        zone.and_then(|zone| {
            let name = zone.iana_name()?.to_owned();
            Some(TimeZone { zone, name })
        })
        .ok_or_else(|| {
            Error::config(format!("no time zone is named `{name}`"))
                .with_hint("names are those of the IANA database: `Europe/Berlin`, `America/New_York`, `UTC`")
        })
    }

    /// Its name, in the case of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its clocks show when those of UTC show that.
    #[cfg(feature = "sqlite")]
    pub(crate) fn local(&self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        // What is too early or too late for an instant of `jiff` has the rules of the earliest and the latest.
        let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
        let second = at.and_utc().timestamp().clamp(*range.start(), *range.end());
        let offset = self.zone.to_offset(Timestamp::from_second(second).ok()?);
        at.checked_add_signed(distance(offset))
    }

    /// What the clocks of UTC show when its own show that: the later of two, and in a gap as if clocks had not been turned yet.
    #[cfg(feature = "sqlite")]
    pub(crate) fn instant(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let small = |number: u32| i8::try_from(number).ok();
        let civil = DateTime::new(
            i16::try_from(local.year()).ok()?,
            small(local.month())?,
            small(local.day())?,
            small(local.hour())?,
            small(local.minute())?,
            small(local.second())?,
            0,
        );
        let offset = match self.zone.to_ambiguous_timestamp(civil.ok()?).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { after, .. } => after,
        };
        local.checked_sub_signed(distance(offset))
    }
}

#[cfg(feature = "sqlite")]
fn distance(offset: Offset) -> TimeDelta {
    TimeDelta::seconds(offset.seconds().into())
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for TimeZone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        TimeZone::named(name)
    }
}
