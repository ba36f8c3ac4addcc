//! Changes that concern one model: the same whether the model stands in a state or is about to be created.

use crate::error::Result;
use crate::model::ModelDef;

/// A change of one model.
pub(in crate::migrate) trait ModelChange {
    /// Name of the model.
    fn model(&self) -> &str;

    /// Changes it.
    ///
    /// # Errors
    /// If the change does not fit the model, by name.
    fn change(&self, model: &mut ModelDef) -> Result<()>;
}
