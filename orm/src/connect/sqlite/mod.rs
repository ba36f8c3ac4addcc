//! SQLite: one writer, several readers, opened so that what the models say is enforced.

mod collected;
mod conn;
mod documents;
mod error;
mod foreign_key;
mod open;
#[cfg(feature = "regex")]
mod patterns;
mod pool;
mod saved_settings;
mod settings;
mod statements;

mod functions;
mod multiranges;
mod networks;
mod ranges;
mod rounding;
mod spread;
mod strings;
mod sums;
#[cfg(feature = "chrono")]
mod times;
#[cfg(feature = "zones")]
mod zones;

pub(super) use conn::Conn;
pub(super) use pool::Pools;
#[cfg(feature = "async")]
pub(super) use pool::Raw;
pub(super) use settings::Settings;
