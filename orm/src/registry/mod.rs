//! The set of models in the program: registered at link time, resolved once, on first use.

mod app;
mod coherence;
mod describe;
mod embeds;
mod foreign_key;
mod identity;
mod index;
mod ordering;
mod resolve;
mod reverse;
mod security;
#[cfg(feature = "migrations")]
mod settings;
mod trigger;
mod view;

pub use app::{AppSpec, is_other_label};
pub use describe::{DESCRIBE_VARIABLE, Description};
pub use resolve::{Registry, meta, registry};
pub(crate) use reverse::reverse_relations;
#[cfg(feature = "migrations")]
pub use settings::{DATABASE_URL_VARIABLE, DEFAULT_DATABASE, SETTINGS_FILE, Settings};

use crate::model::{MetaSlot, ModelSpec};

/// A model that derives `Model`, as collected by the linker.
#[derive(Clone, Copy)]
pub struct Registration {
    /// What the derive wrote.
    pub spec: &'static ModelSpec,
    /// Where its resolved form is stored.
    pub slot: fn() -> &'static MetaSlot,
}

/// Every model linked into the program.
#[doc(hidden)]
#[linkme::distributed_slice]
pub static MODELS: [Registration];

/// Every `orm::app!` linked into the program.
#[doc(hidden)]
#[linkme::distributed_slice]
pub static APPS: [AppSpec];

#[cfg(test)]
mod tests;
