//! A row of a historical model.

use std::fmt;

use super::HistoricalModel;
use super::context::MigrationHandle;
use crate::dynamic::DynRow;
use crate::error::Result;
use crate::query::{Field, ToValue};
use crate::value::ColumnType;

/// A row as the database held it when it was read, with what was set since.
///
/// # Example: read, set, save
///
/// ```
/// use orm::migrate::MigrationContext;
///
/// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
///     let posts = ctx.model("blog.Post")?;
///     let title = posts.field::<String>("title")?;
///     for mut post in posts.rows().all()? {
///         post.set(title, post.get(title)?.trim().to_owned())?;
///         post.save()?;
///     }
///     Ok(())
/// }
/// ```
pub struct HistoricalRow<'c> {
    tx: MigrationHandle<'c>,
    row: DynRow,
}

impl<'c> HistoricalRow<'c> {
    pub(super) fn new(tx: MigrationHandle<'c>, row: DynRow) -> Self {
        HistoricalRow { tx, row }
    }

    /// The model it is a row of.
    ///
    /// # Example: its name
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let row = ctx.model("blog.Tag")?.rows().get()?;
    ///     let again = row.model().rows().count()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn model(&self) -> HistoricalModel<'c> {
        HistoricalModel::new(self.tx, self.row.model())
    }

    /// The value of a field.
    ///
    /// # Errors
    /// If the field is another model's, or the database holds what its type cannot.
    ///
    /// # Example: a string
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     let label = tags.field::<String>("label")?;
    ///     println!("{}", tags.rows().get()?.get(label)?);
    ///     Ok(())
    /// }
    /// ```
    pub fn get<T: ColumnType>(&self, field: Field<T>) -> Result<T> {
        self.row.get(field)
    }

    /// Sets a field; [`save`](HistoricalRow::save) writes it.
    ///
    /// # Errors
    /// If the field is another model's.
    ///
    /// # Example: another label
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     let label = tags.field::<String>("label")?;
    ///     let mut tag = tags.filter(label.eq("rust")).get()?;
    ///     tag.set(label, "Rust")?;
    ///     tag.save()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set<T: ColumnType>(&mut self, field: Field<T>, value: impl ToValue<T>) -> Result<()> {
        self.row.set(field, value)
    }

    /// The values of all columns, as JSON: see [`DynRow::json`].
    ///
    /// # Errors
    /// As [`DynRow::get_json`].
    ///
    /// # Example: for a report
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     for row in ctx.model("blog.Tag")?.rows().all()? {
    ///         println!("{:?}", row.json()?);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn json(&self) -> Result<serde_json::Map<String, serde_json::Value>> {
        self.row.json()
    }

    /// The value of a field, as JSON: see [`DynRow::get_json`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Example: one value
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     println!("{}", ctx.model("blog.Tag")?.rows().get()?.get_json("label")?);
    ///     Ok(())
    /// }
    /// ```
    pub fn get_json(&self, name: &str) -> Result<serde_json::Value> {
        self.row.get_json(name)
    }

    /// Sets a field to a value, as JSON: see [`DynRow::set_json`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Example: a value that is data
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let mut tag = ctx.model("blog.Tag")?.rows().get()?;
    ///     tag.set_json("label", &serde_json::json!("new"))?;
    ///     tag.save()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set_json(&mut self, name: &str, value: &serde_json::Value) -> Result<()> {
        self.row.set_json(name, value)
    }

    /// Writes what was set since the row was read or saved: see [`DynRow::save`].
    ///
    /// # Errors
    /// If the row is gone, or its primary key was set; what the database says.
    ///
    /// # Example: what was set
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     let tags = ctx.model("blog.Tag")?;
    ///     let mut tag = tags.rows().get()?;
    ///     tag.set(tags.field::<String>("label")?, "new")?;
    ///     tag.save()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn save(&mut self) -> Result<()> {
        self.row.save(self.tx)
    }

    /// Deletes the row.
    ///
    /// # Errors
    /// If the row is gone; what the database says.
    ///
    /// # Example: one row
    ///
    /// ```
    /// use orm::migrate::MigrationContext;
    ///
    /// fn change(ctx: &MigrationContext<'_>) -> orm::Result<()> {
    ///     ctx.model("blog.Tag")?.rows().get()?.delete()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn delete(self) -> Result<()> {
        self.row.delete(self.tx)
    }
}

impl fmt::Debug for HistoricalRow<'_> {
    /// Never the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalRow({})", self.row.model().def().key())
    }
}
