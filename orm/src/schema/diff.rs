//! Steps between two states of a model.

use crate::error::{Error, Result};
use crate::model::ModelDef;
use crate::sql::Dialect;

use super::{Fill, Models, Step};

/// The steps that make a model's table, its indexes, and the join tables of its many-to-many fields.
///
/// # Errors
/// If the model contradicts itself, or the backend cannot do what it says.
pub fn create_model(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Step>> {
    let _ = (model, models, dialect);
    Err(Error::unsupported("not yet"))
}

/// The steps that drop a model's table and the join tables of its many-to-many fields.
///
/// # Errors
/// If the model contradicts itself.
pub fn delete_model(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Step>> {
    let _ = (model, models, dialect);
    Err(Error::unsupported("not yet"))
}

/// The steps between two states of one model, however many changes lie between them. Fields are matched by name;
/// `fills` has values for the rows that are there where a field is added or takes NULL no longer.
///
/// # Errors
/// If a state contradicts itself, or the backend cannot do what it says.
pub fn alter_model(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
    fills: &[Fill],
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let _ = (from, from_models, to, to_models, fills, dialect);
    Err(Error::unsupported("not yet"))
}
