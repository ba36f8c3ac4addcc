//! The tables that models ask a database to have.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::{ModelDef, ModelKey};
use crate::sql::Dialect;

use super::rename::join_tables;
use super::{TableDef, lower};

/// The tables that models ask a database of this dialect to have, with those of their many-to-many fields, to be held against what
/// [`introspect`](super::introspect) finds; none for models that are unmanaged or views. The models have to be all that they point at.
///
/// # Errors
/// If a model contradicts itself or points at one that is not among them, or the database cannot do what it says.
///
/// # Example: is the database what the models say?
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::tables::{canonical, introspect, of_models};
///
/// let models = orm::models::registry()?.models().map(|model| model.def.clone());
/// let models: Vec<_> = models.filter(|model| model.app == "blog").collect();
/// let mut session = db.session()?;
/// for asked in of_models(&models, orm::db::Dialect::SQLITE)? {
///     let found = introspect(&mut session, &asked.name)?;
///     assert_eq!(found, Some(canonical(&mut session, &asked)?));
/// }
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a foreign key out of them
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let models = orm::models::registry()?.models().map(|model| model.def.clone());
/// let posts: Vec<_> = models.filter(|model| model.name == "Post").collect();
/// assert!(orm::tables::of_models(&posts, orm::db::Dialect::SQLITE).is_err());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn of_models(models: &[ModelDef], dialect: &'static Dialect) -> Result<Vec<TableDef>> {
    let all: BTreeMap<ModelKey, &ModelDef> = models.iter().map(|model| (model.key(), model)).collect();
    let mut tables = Vec::new();
    for model in models.iter().filter(|model| model.makes_table()) {
        tables.push(lower(model, &all, dialect)?);
        for join in join_tables(model, &all) {
            tables.push(lower(&join, &all, dialect)?);
        }
    }
    Ok(tables)
}
