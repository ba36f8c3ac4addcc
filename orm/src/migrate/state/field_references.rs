//! Which parts of a model refer to which of its fields.

use crate::error::{Error, Result};
use crate::model::{ConstraintDef, ModelDef, TableObjectDef};

/// Checks that the fields of an index, a constraint or a trigger exist.
pub(in crate::migrate) fn check_fields<'a>(
    model: &ModelDef,
    name: &str,
    fields: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    for field in fields {
        let field = field.trim_start_matches('-');
        if model.field(field).is_none() {
            return Err(Error::migration(format!(
                "{name} of {} is over the field {field}, which does not exist",
                model.key()
            )));
        }
    }
    Ok(())
}

/// Name of an index, constraint, trigger or generated field that refers to a field, if there is one.
pub(in crate::migrate) fn user_of<'a>(model: &'a ModelDef, field: &str) -> Option<&'a str> {
    let index = model
        .indexes
        .iter()
        .find(|index| index.fields().contains(&field))
        .map(|index| index.name.as_str());
    let constraint = || {
        model
            .constraints
            .iter()
            .find(|constraint| constraint.fields().contains(&field))
            .map(ConstraintDef::name)
    };
    let object = || {
        let mut objects = model.objects.iter();
        objects
            .find(|object| object.fields().contains(&field))
            .map(TableObjectDef::name)
    };
    let generated = || {
        model
            .fields
            .iter()
            .filter(|other| other.name != field)
            .find(|other| {
                let read = other.generated_as.as_ref();
                read.is_some_and(|made| made.expression.fields().contains(&field))
            })
            .map(|other| other.name.as_str())
    };
    index.or_else(constraint).or_else(object).or_else(generated)
}
