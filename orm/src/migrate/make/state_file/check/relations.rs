//! Checks that relations say what they can.

use super::ModelCheck;
use crate::error::Result;
use crate::model::{FieldDef, ModelKey, ReferentialAction};
use crate::value::FieldType;

impl ModelCheck<'_> {
    pub(super) fn relation(&self, at: usize, owner: &str) -> Result<()> {
        let field = &self.one.model.fields[at];
        if let (Some(to), Some(name)) = (&field.to, &field.to_field)
            && field.ty.is_column()
            && self
                .models
                .get(to)
                .is_some_and(|target| !target.model.is_unique(name))
        {
            return Err(self
                .field_error(at, format!("{owner} points at {to}.{name}, which is not unique"))
                .with_hint(format!(
                    "make {to}.{name} `unique`, or let it point at another field"
                )));
        }
        match &field.to {
            None if field.ty.is_relation() => Err(self
                .field_error(at, format!("{owner} is a relation and does not say to what"))
                .with_hint("add `to`, such as \"app.Model\"")),
            Some(to) if !field.ty.is_relation() => Err(self
                .field_error(
                    at,
                    format!("{owner} is not a relation, and says that it points at {to}"),
                )
                .with_hint("take `to` out, or make its type foreign_key, one_to_one or many_to_many")),
            Some(_) if field.ty != FieldType::ManyToMany && goes_anyhow(field) => Err(self
                .field_error(
                    at,
                    format!("{owner} is not a many_to_many field, and says what it goes through"),
                )
                .with_hint("take `through`, `through_fields` and `symmetrical` out")),
            None if goes_anyhow(field) => Err(self
                .field_error(
                    at,
                    format!("{owner} is not a relation, and says what it goes through"),
                )
                .with_hint("take `through`, `through_fields` and `symmetrical` out")),
            Some(to) if !self.models.contains_key(to) => Err(self
                .field_error(at, format!("{owner} points at {to}, which there is not"))
                .with_hint(self.instead_of(to))),
            Some(to) if field.to_field.is_some() && field.ty == FieldType::ManyToMany => Err(self
                .field_error(
                    at,
                    format!(
                        "{owner} is a many_to_many field, whose join table points at the primary key of {to}"
                    ),
                )
                .with_hint("take `to_field` out")),
            None if field.to_field.is_some() => Err(self
                .field_error(at, format!("{owner} is no relation, and says what it points at"))
                .with_hint("take `to_field` out")),
            Some(to)
                if field.to_field.is_none()
                    && field.ty != FieldType::ManyToMany
                    && self
                        .models
                        .get(to)
                        .is_some_and(|to| to.model.key_fields().count() > 1) =>
            {
                Err(self
                    .field_error(
                        at,
                        format!("{owner} points at {to}, whose primary key has several fields"),
                    )
                    .with_hint(
                        "a foreign key that is a field is one column: give that model a primary key of one field",
                    ))
            }
            Some(_) if field.on_delete == Some(ReferentialAction::SetNull) && !field.null => Err(self
                .field_error(at, format!("{owner} becomes NULL on deletion and takes no NULL"))
                .with_hint("add `null = true`, or choose another `on_delete`")),
            Some(_) if field.on_update == Some(ReferentialAction::SetNull) && !field.null => Err(self
                .field_error(
                    at,
                    format!("{owner} becomes NULL when a key changes and takes no NULL"),
                )
                .with_hint("add `null = true`, or choose another `on_update`")),
            Some(_)
                if field.ty == FieldType::ManyToMany
                    && (!field.db_constraint || has_foreign_key_options(field)) =>
            {
                Err(self
                    .field_error(
                        at,
                        format!(
                            "{owner} is a many_to_many field: the foreign keys are those of its join table"
                        ),
                    )
                    .with_hint(
                        "take `on_delete`, `on_update`, `deferrable`, `not_valid` and `db_constraint` out",
                    ))
            }
            Some(_) if !field.db_constraint && has_foreign_key_options(field) => Err(self
                .field_error(
                    at,
                    format!("{owner} has no foreign key (`db_constraint = false`) and says what it does"),
                )
                .with_hint("take `on_delete`, `on_update`, `deferrable` and `not_valid` out")),
            None if !field.db_constraint || has_foreign_key_options(field) => Err(self
                .field_error(
                    at,
                    format!("{owner} is not a relation, and says what its foreign key does"),
                )
                .with_hint(
                    "take `on_delete`, `on_update`, `deferrable`, `not_valid` and `db_constraint` out",
                )),
            Some(to) if field.ty == FieldType::ManyToMany => self.many_to_many(at, owner, to),
            _ => Ok(()),
        }
    }

    /// What a many-to-many field goes through.
    fn many_to_many(&self, at: usize, owner: &str, to: &ModelKey) -> Result<()> {
        let model = &self.one.model;
        let field = &model.fields[at];
        if field.symmetrical && *to != model.key() {
            return Err(self
                .field_error(
                    at,
                    format!("{owner} is symmetrical and leads to another model, {to}"),
                )
                .with_hint(
                    "only a relation of a model to itself can be symmetrical: take `symmetrical` out",
                ));
        }
        let Some(through) = &field.through else {
            return match field.through_fields.is_empty() {
                true => Ok(()),
                false => Err(self
                    .field_error(
                        at,
                        format!("{owner} says by which fields, and not through which model"),
                    )
                    .with_hint("add `through`, or take `through_fields` out")),
            };
        };
        if field.table.is_some() {
            return Err(self
                .field_error(
                    at,
                    format!("{owner} goes through {through}, and names a join table"),
                )
                .with_hint("take `table` out: the rows are in the table of that model"));
        }
        let Some(middle) = self.models.get(through) else {
            return Err(self
                .field_error(
                    at,
                    format!("{owner} goes through {through}, which does not exist"),
                )
                .with_hint(self.instead_of(through)));
        };
        let target = self.models.get(to).map_or(model, |target| &target.model);
        model
            .through_keys(field, &middle.model, target)
            .map(drop)
            .map_err(|error| error.context(format!("{}:{}", self.place.path, self.line_of(at))))
    }
}

/// Whether it says what only a many-to-many field can.
fn goes_anyhow(field: &FieldDef) -> bool {
    field.through.is_some() || !field.through_fields.is_empty() || field.symmetrical
}

/// Whether it says what its foreign key does.
fn has_foreign_key_options(field: &FieldDef) -> bool {
    field.on_delete.is_some() || field.on_update.is_some() || field.deferrable.is_some() || field.not_valid
}
