//! Handles that give values to scopes, and handles for all rows.

use crate::model::ScopeValues;

use super::{Db, DbSession, Tx};

/// What every handle does alike.
macro_rules! scoped_handle {
    ($handle:ident, $with:ident) => {
        impl $handle {
            /// The same handle, on which `value` is the one that scopes take which ask for its type:
            /// `#[orm(scope("tenant", |p, tenant: Tenant| p.tenant.eq(tenant.0)))]`. Each type has one value; transactions and sessions
            /// of the handle have it too. Handles share their connections, so one per request costs an allocation.
            ///
            /// What runs on a handle without the value is refused, before anything is sent.
            ///
            /// See [scopes](derive@crate::Model#scopes).
            pub fn scoped<V: Clone + Send + Sync + 'static>(&self, value: V) -> $handle {
                self.$with(self.scopes().scoped(value))
            }

            /// The same handle, on which no scope applies: for tools that see all rows, as `unscoped()` of each query and relation would.
            /// It has no values either; [`scoped`](Self::scoped) on it makes a handle on which scopes apply again.
            ///
            /// See [scopes](derive@crate::Model#scopes).
            pub fn unscoped(&self) -> $handle {
                self.$with(self.scopes().unscoped())
            }
        }
    };
}

scoped_handle!(Db, sharing);
scoped_handle!(Tx, sharing);
#[cfg(feature = "async")]
scoped_handle!(AsyncDb, sharing);
#[cfg(feature = "async")]
scoped_handle!(AsyncTx, sharing);

#[cfg(feature = "async")]
use super::{AsyncDb, AsyncTx};

impl DbSession {
    /// The same session, whose [`tx`](DbSession::tx) gives `value` to scopes: see [`Db::scoped`].
    pub fn scoped<V: Clone + Send + Sync + 'static>(mut self, value: V) -> DbSession {
        let scopes = self.tx().scopes().scoped(value);
        self.set_scopes(scopes);
        self
    }

    /// The same session, to whose [`tx`](DbSession::tx) no scope applies: see [`Db::unscoped`].
    pub fn unscoped(mut self) -> DbSession {
        let scopes: ScopeValues = self.tx().scopes().unscoped();
        self.set_scopes(scopes);
        self
    }
}
