//! What a handle knows besides its connections, and lends to its transactions.

#[cfg(feature = "testing")]
use std::sync::Arc;

use crate::error::Result;
use crate::model::ScopeValues;

use super::CursorKey;
#[cfg(feature = "testing")]
use super::factory::RowNumbers;

/// What terminals ask of a handle.
#[derive(Clone, Default)]
pub struct HandleState {
    /// By which cursors of pages are signed.
    pub(super) cursor_key: Option<CursorKey>,
    /// What it gives to scopes.
    pub(crate) scopes: ScopeValues,
    /// The numbers of rows that factories made.
    #[cfg(feature = "testing")]
    pub(super) numbers: Arc<RowNumbers>,
}

impl HandleState {
    /// That of a handle of the database at an address; `None` where no other handle can be of the same.
    pub fn of(address: Option<&str>) -> Self {
        #[cfg(not(feature = "testing"))]
        let _ = address;
        HandleState {
            cursor_key: None,
            scopes: ScopeValues::default(),
            #[cfg(feature = "testing")]
            numbers: address.map_or_else(Arc::default, RowNumbers::at),
        }
    }

    /// The same, with a key by which cursors are signed.
    ///
    /// # Errors
    /// If the key is too short.
    pub fn with_cursor_key(self, key: &[u8]) -> Result<Self> {
        Ok(HandleState {
            cursor_key: Some(CursorKey::new(key)?),
            ..self
        })
    }

    /// The same, with other values for scopes.
    pub(crate) fn with_scopes(self, scopes: ScopeValues) -> Self {
        HandleState { scopes, ..self }
    }
}
