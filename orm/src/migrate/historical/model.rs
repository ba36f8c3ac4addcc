//! A model of a point of the history, in the transaction of the migration that asks for it.

use std::fmt;

use super::context::MigrationHandle;
use super::{HistoricalRow, HistoricalRows};
use crate::dynamic::{DynDraft, DynModel};
use crate::error::Result;
use crate::query::{Expr, Field, IntoCondition, ToValue};
use crate::value::ColumnType;

/// A model as it is at a point of the history, from [`MigrationContext::model`](super::MigrationContext::model).
///
/// # Example: a field, a condition, a change
///
/// ```
/// use orm::migrate::MigrationContext;
///
/// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
///     let tags = ctx.model("blog.Tag")?;
///     let label = tags.field::<String>("label")?;
///     tags.filter(label.eq("")).delete()?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy)]
pub struct HistoricalModel<'c> {
    tx: MigrationHandle<'c>,
    model: DynModel,
}

impl<'c> HistoricalModel<'c> {
    pub(super) fn new(tx: MigrationHandle<'c>, model: DynModel) -> Self {
        HistoricalModel { tx, model }
    }

    /// A field by its name: see [`DynModel::field`].
    ///
    /// # Errors
    /// If there is no such field, it is not a column, or it holds another type.
    ///
    /// # Example: a string
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let label = ctx.model("blog.Tag")?.field::<String>("label")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn field<T: ColumnType>(&self, name: &str) -> Result<Field<T>> {
        self.model.field(name)
    }

    /// The condition that a field has a value, as JSON: see [`DynModel::eq_json`].
    ///
    /// # Errors
    /// If there is no such field, it is not a column, or its type does not take the value.
    ///
    /// # Example: a value that is data
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     tags.filter(tags.eq_json("label", &serde_json::json!("rust"))?).delete()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn eq_json(&self, name: &str, value: &serde_json::Value) -> Result<Expr<bool>> {
        self.model.eq_json(name, value)
    }

    /// All rows.
    ///
    /// # Example: all of them
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     println!("{} tags", ctx.model("blog.Tag")?.rows().count()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn rows(&self) -> HistoricalRows<'c> {
        HistoricalRows::new(self.tx, self.model.rows())
    }

    /// The rows that a condition holds for.
    ///
    /// # Example: those without a label
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     let label = tags.field::<String>("label")?;
    ///     println!("{}", tags.filter(label.eq("")).count()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn filter(&self, condition: impl IntoCondition) -> HistoricalRows<'c> {
        self.rows().filter(condition)
    }

    /// A new row, with nothing set.
    ///
    /// # Example: a tag
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     tags.create().set(tags.field::<String>("label")?, "new").save()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn create(&self) -> HistoricalDraft<'c> {
        HistoricalDraft {
            tx: self.tx,
            draft: self.model.create(),
        }
    }
}

/// A row that is not in the database yet, from [`HistoricalModel::create`].
///
/// # Example: what is not set gets its default
///
/// ```
/// use orm::migrate::MigrationContext;
///
/// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
///     let tags = ctx.model("blog.Tag")?;
///     let draft = tags.create().set(tags.field::<String>("label")?, "new");
///     draft.save()?;
///     Ok(())
/// }
/// ```
#[must_use = "nothing is created until `.save()`"]
pub struct HistoricalDraft<'c> {
    tx: MigrationHandle<'c>,
    draft: DynDraft,
}

impl<'c> HistoricalDraft<'c> {
    /// Sets a field.
    ///
    /// # Example: a field of the model
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     tags.create().set(tags.field::<String>("label")?, "new").save()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set<T: ColumnType>(mut self, field: Field<T>, value: impl ToValue<T>) -> Self {
        self.draft = self.draft.set(field, value);
        self
    }

    /// Sets a field to a value, as JSON: see [`DynDraft::set_json`].
    ///
    /// # Example: a value that is data
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     ctx.model("blog.Tag")?.create().set_json("label", &serde_json::json!("new")).save()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set_json(mut self, name: &str, value: &serde_json::Value) -> Self {
        self.draft = self.draft.set_json(name, value);
        self
    }

    /// Inserts the row and reads it back whole: see [`DynDraft::save`].
    ///
    /// # Errors
    /// If a field is another model's, or one that needs a value has none; what the database says.
    ///
    /// # Example: the row as the database has it
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     let made = tags.create().set(tags.field::<String>("label")?, "new").save()?;
    ///     println!("{}", made.get(tags.field::<i64>("id")?)?);
    ///     Ok(())
    /// }
    /// ```
    pub fn save(self) -> Result<HistoricalRow<'c>> {
        Ok(HistoricalRow::new(self.tx, self.draft.save(self.tx)?))
    }
}

impl fmt::Debug for HistoricalModel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalModel({})", self.model.def().key())
    }
}

impl fmt::Debug for HistoricalDraft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HistoricalDraft").field(&self.draft).finish()
    }
}
