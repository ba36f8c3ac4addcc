//! `refresh_view()`: the rows of a materialized view are stored anew.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Result;
use crate::model::{Materialized, ModelMeta};
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{Row, Value};

use super::{Access, Executor, Job};

/// The refresh of a materialized view, from [`ModelExt::refresh_view`](super::ModelExt::refresh_view).
///
/// # Example: a view that stores nothing has nothing to refresh
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::refresh_view().run(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is refreshed until `.run(&db)`"]
pub struct Refresh<M: Materialized> {
    concurrently: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Materialized> Refresh<M> {
    pub(super) fn new() -> Self {
        Refresh {
            concurrently: false,
            model: PhantomData,
        }
    }

    /// Lets the view be read meanwhile: rows that differ are changed one by one. It takes longer, and a unique index over columns, which
    /// the primary key is in a view that migrations make.
    ///
    /// # Example: readers do not wait
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # #[orm(view("SELECT 1 AS id", materialized))]
    /// # struct Totals {
    /// #     id: i64,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// fn hourly(db: &Db) -> orm::Result<()> {
    ///     Totals::refresh_view().concurrently().run(db)
    /// }
    /// # assert!(hourly(&db).is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn concurrently(mut self) -> Self {
        self.concurrently = true;
        self
    }

    /// Runs the query of the view and stores its rows in place of those that there are: `REFRESH MATERIALIZED VIEW`.
    ///
    /// # Errors
    /// [`is_unsupported`](crate::Error::is_unsupported) on SQLite, which has no such views; what the database says:
    /// [`is_unique_violation`](crate::Error::is_unique_violation) if two of the rows have the same key.
    ///
    /// # Example: not on SQLite
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # #[derive(Model)]
    /// # #[orm(view("SELECT 1 AS id", materialized))]
    /// # struct Totals {
    /// #     id: i64,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// let refused = Totals::refresh_view().run(&db).unwrap_err();
    /// assert!(refused.is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<()> {
        let job = meta(M::slot()).map(|meta| RefreshJob {
            meta,
            concurrently: self.concurrently,
            started: false,
        });
        db.run(job, Ok)
    }
}

struct RefreshJob {
    meta: &'static ModelMeta,
    concurrently: bool,
    started: bool,
}

impl Job for RefreshJob {
    type Output = ();
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Write
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if !dialect.materialized_views {
            return Err(sql::no_materialized_views(&self.meta.def.key(), dialect));
        }
        if std::mem::replace(&mut self.started, true) {
            return Ok(None);
        }
        Ok(Some(sql::refresh_statement(self.meta, self.concurrently)))
    }

    fn values(&self) -> &[Value<'_>] {
        &[]
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(self) -> Result<()> {
        Ok(())
    }

    fn into_owned(self) -> Self {
        self
    }
}
