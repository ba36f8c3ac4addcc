//! A table that gets another name in another schema. Its indexes go along with the names that they have, which another table may have
//! there, so the names change before or after the move and not with it.

use crate::model::{ModelDef, QualifiedName};

use super::Models;

/// The state between the rename and the move, if both are to be done.
pub(super) fn state_between(
    from: &ModelDef,
    from_models: &dyn Models,
    to: &ModelDef,
    to_models: &dyn Models,
) -> Option<ModelDef> {
    let (old, new) = (from.table_name(), to.table_name());
    if !from.makes_table() || !to.makes_table() || old.schema == new.schema || old.name == new.name {
        return None;
    }
    let mut between = from.clone();
    let is_taken = |name: &QualifiedName| {
        let all = from_models.all().into_iter().chain(to_models.all());
        let mut others = all.filter(|other| other.key() != from.key() && other.makes_table());
        others.any(|other| other.table_name() == *name || other.join_table_names().any(|join| join == *name))
    };
    if is_taken(&old.beside(&*new.name)) {
        between.schema = new.schema;
    } else {
        between.table = Some(new.name);
    }
    Some(between)
}
