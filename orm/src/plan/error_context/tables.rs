//! Which model's table a database names: two schemas may have tables of one name, whose constraints have one name, too.

use crate::error::Error;
use crate::model::{ModelDef, ModelMeta};
use crate::registry::registry;

/// The model whose table holds the violated constraint, where it is told by its schema; otherwise the one that the job is about.
pub(super) fn holder(model: &'static ModelMeta, error: &Error) -> &'static ModelMeta {
    let Some((schema, table)) = error.table() else {
        return model;
    };
    let own = model.def.schema.as_deref();
    if own == Some(schema) && model.table == table {
        return model;
    }
    let found = named(Some(schema), table).or_else(|| match own {
        None => None,
        Some(_) => named(None, table),
    });
    found.unwrap_or(model)
}

fn named(schema: Option<&str>, table: &str) -> Option<&'static ModelMeta> {
    let mut models = registry().ok()?.models();
    models.find(|model| model.def.schema.as_deref() == schema && model.table == table)
}

/// Whether a table of a model may be the one that a database names by schema and name.
pub(super) fn may_hold(owner: &ModelDef, named: Option<(&str, &str)>) -> bool {
    match (named, &owner.schema) {
        (None, _) => true,
        (Some((schema, _)), Some(own)) => own == schema,
        (Some((schema, table)), None) => {
            let mut models = registry().ok().into_iter().flat_map(|registry| registry.models());
            !models.any(|model| model.def.schema.as_deref() == Some(schema) && has_table(model, table))
        }
    }
}

fn has_table(model: &ModelMeta, table: &str) -> bool {
    model.table == table || model.def.join_table_names().any(|join| join.name == table)
}
