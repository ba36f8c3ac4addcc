//! Rows of a historical model: filter, order, read, change.

use std::fmt;

use super::HistoricalRow;
use super::context::MigrationHandle;
use crate::dynamic::DynRows;
use crate::error::Result;
use crate::query::{IntoAssignments, IntoCondition, IntoOrder};

/// Rows of a historical model, as [`HistoricalModel::rows`](super::HistoricalModel::rows) and
/// [`HistoricalModel::filter`](super::HistoricalModel::filter) start them.
///
/// # Example: an order and a limit
///
/// ```
/// use orm::migrate::MigrationContext;
///
/// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
///     let tags = ctx.model("blog.Tag")?;
///     let label = tags.field::<String>("label")?;
///     let first = tags.rows().order_by(label).limit(1).all()?;
///     Ok(())
/// }
/// ```
#[derive(Clone)]
#[must_use = "no query runs until `all`, `first`, `get`, `count`, `chunks`, `update` or `delete`"]
pub struct HistoricalRows<'c> {
    tx: MigrationHandle<'c>,
    rows: DynRows,
}

impl<'c> HistoricalRows<'c> {
    pub(super) fn new(tx: MigrationHandle<'c>, rows: DynRows) -> Self {
        HistoricalRows { tx, rows }
    }

    /// Only rows that this condition holds for, too.
    ///
    /// # Example: one more condition
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let posts = ctx.model("blog.Post")?;
    ///     let views = posts.field::<i64>("views")?;
    ///     let count = posts.rows().filter(views.gt(0)).filter(views.lt(9)).count()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.rows = self.rows.filter(condition);
        self
    }

    /// In this order; in the model's own, or by primary key, where none is given.
    ///
    /// # Example: by a field
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     let rows = tags.rows().order_by(tags.field::<String>("label")?.desc()).all()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        self.rows = self.rows.order_by(order);
        self
    }

    /// At most so many rows.
    ///
    /// # Example: ten
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let rows = ctx.model("blog.Tag")?.rows().limit(10).all()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.rows = self.rows.limit(rows);
        self
    }

    /// All of them.
    ///
    /// # Errors
    /// If a field is another model's; what the database says.
    ///
    /// # Example: every row
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let rows = ctx.model("blog.Tag")?.rows().all()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn all(self) -> Result<Vec<HistoricalRow<'c>>> {
        let rows = self.rows.all(self.tx)?.into_iter();
        Ok(rows.map(|row| HistoricalRow::new(self.tx, row)).collect())
    }

    /// The first, if there is one.
    ///
    /// # Errors
    /// As [`all`](HistoricalRows::all).
    ///
    /// # Example: the first
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     if let Some(tag) = ctx.model("blog.Tag")?.rows().first()? {
    ///         tag.delete()?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn first(self) -> Result<Option<HistoricalRow<'c>>> {
        let first = self.rows.first(self.tx)?;
        Ok(first.map(|row| HistoricalRow::new(self.tx, row)))
    }

    /// The only one.
    ///
    /// # Errors
    /// If there is none, or more than one; as [`all`](HistoricalRows::all).
    ///
    /// # Example: the only one
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tag = ctx.model("blog.Tag")?.rows().get()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn get(self) -> Result<HistoricalRow<'c>> {
        Ok(HistoricalRow::new(self.tx, self.rows.get(self.tx)?))
    }

    /// How many there are.
    ///
    /// # Errors
    /// As [`all`](HistoricalRows::all).
    ///
    /// # Example: how many
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     println!("{} posts", ctx.model("blog.Post")?.rows().count()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn count(self) -> Result<u64> {
        self.rows.count(self.tx).map(i64::unsigned_abs)
    }

    /// Hands all rows to `each`, so many at a time, by primary key: however many there are, only one chunk is in
    /// memory, and a row that `each` changes is not met again. Returns how many rows there were.
    ///
    /// # Errors
    /// If an order or a limit was given; what `each` returns; as [`all`](HistoricalRows::all).
    ///
    /// # Example: a thousand at a time
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let posts = ctx.model("blog.Post")?;
    ///     let title = posts.field::<String>("title")?;
    ///     posts.rows().chunks(1_000, |rows| {
    ///         for mut post in rows {
    ///             post.set(title, post.get(title)?.to_uppercase())?;
    ///             post.save()?;
    ///         }
    ///         Ok(())
    ///     })?;
    ///     Ok(())
    /// }
    /// ```
    pub fn chunks(
        self,
        size: u32,
        mut each: impl FnMut(Vec<HistoricalRow<'c>>) -> Result<()>,
    ) -> Result<u64> {
        let mut chunks = self.rows.chunks(size);
        let mut count = 0;
        while let Some(rows) = chunks.next(self.tx)? {
            count += rows.len() as u64;
            let rows = rows.into_iter();
            each(rows.map(|row| HistoricalRow::new(self.tx, row)).collect())?;
        }
        Ok(count)
    }

    /// Changes all of them in the database and returns how many there were.
    ///
    /// # Errors
    /// If a limit was given; as [`all`](HistoricalRows::all).
    ///
    /// # Example: in one statement
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let posts = ctx.model("blog.Post")?;
    ///     let views = posts.field::<i64>("views")?;
    ///     posts.rows().update(views.set(0))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn update(self, assignments: impl IntoAssignments) -> Result<u64> {
        self.rows.update(assignments).run(self.tx)
    }

    /// Deletes all of them and returns how many there were.
    ///
    /// # Errors
    /// If a limit was given; as [`all`](HistoricalRows::all).
    ///
    /// # Example: in one statement
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     ctx.model("blog.Comment")?.rows().delete()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn delete(self) -> Result<u64> {
        self.rows.delete().run(self.tx)
    }
}

impl fmt::Debug for HistoricalRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HistoricalRows").field(&self.rows).finish()
    }
}
