//! Changes of one model, applied to a model in a state or to a `CreateModel`.

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
