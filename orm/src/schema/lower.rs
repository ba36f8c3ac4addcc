//! From a model to the table it asks for.

use crate::error::{Error, Result};
use crate::model::ModelDef;
use crate::sql::Dialect;

use super::{Models, TableDef};

/// The table that a model asks for, in the words of one backend. Join tables are lowered from
/// [`ModelDef::join_model`].
///
/// # Errors
/// If the model contradicts itself or names what the state does not have, or the backend cannot do what it says.
pub fn lower(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<TableDef> {
    let _ = (model, models, dialect);
    Err(Error::unsupported("not yet"))
}
