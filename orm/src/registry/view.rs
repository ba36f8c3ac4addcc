//! Views, of models as the derive wrote them.

use crate::error::Result;
use crate::model::{FieldDef, IdentityDef, ModelKey, ViewDef, ViewSpec};

use super::app::label_of;
use super::resolve::Specs;

/// A column of a view holds nothing of its own, so nothing makes its values or holds them to anything.
pub(super) fn of_view(field: &mut FieldDef, stored: bool) {
    (field.generated, field.default_in_code) = (false, false);
    field.identity = IdentityDef::DEFAULT;
    field.index &= stored;
}

pub(super) fn view_def(view: &ViewSpec, specs: &Specs) -> Result<ViewDef> {
    let reads = view.reads.iter().map(|slot| {
        let model = specs.model(slot())?;
        Ok(ModelKey::new(label_of(model.module), model.name))
    });
    Ok(ViewDef {
        sql: view.sql.map(str::to_owned),
        sqlite: view.sqlite.map(str::to_owned),
        postgres: view.postgres.map(str::to_owned),
        reads: reads.collect::<Result<_>>()?,
        materialized: view.materialized,
        with_no_data: view.with_no_data,
    })
}
