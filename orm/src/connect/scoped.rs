//! Handles that give values to scopes, and handles for all rows.

use crate::model::ScopeValues;

#[cfg(feature = "async")]
use super::{AsyncDb, AsyncTx};
use super::{Db, DbSession, Tx};

/// What every handle does alike.
macro_rules! scoped_handle {
    ($handle:ident) => {
        impl $handle {
            /// The same handle, on which `value` is the one that scopes take which ask for its type:
            /// `#[orm(scope("tenant", |p, tenant: Tenant| p.tenant.eq(tenant.0)))]`. Each type has one value; transactions and sessions
            /// of the handle have it too. Handles share their connections, so one per request costs an allocation.
            ///
            /// What runs on a handle without the value is refused, before anything is sent.
            ///
            /// See [scopes](crate::scopes).
            ///
            /// # Example: models without scopes do not ask
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// #[derive(Clone, Copy)]
            /// struct Tenant(i64);
            ///
            /// let seven = db.scoped(Tenant(7));
            /// assert_eq!(Post::objects().count(&seven)?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn scoped<V: Clone + Send + Sync + 'static>(&self, value: V) -> $handle {
                self.sharing(self.scopes().scoped(value))
            }

            /// The same handle, on which no scope applies: for tools that see all rows, as `unscoped()` of each query and relation would.
            /// It has no values either; [`scoped`](Self::scoped) on it makes a handle on which scopes apply again.
            ///
            /// See [scopes](crate::scopes).
            ///
            /// # Example: a tool that sees all rows
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().count(&db.unscoped())?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn unscoped(&self) -> $handle {
                self.sharing(self.scopes().unscoped())
            }
        }
    };
}

scoped_handle!(Db);
scoped_handle!(Tx);
#[cfg(feature = "async")]
scoped_handle!(AsyncDb);
#[cfg(feature = "async")]
scoped_handle!(AsyncTx);

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
