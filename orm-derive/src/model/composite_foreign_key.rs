//! Foreign keys over several columns: that their fields are there, and that what they say of them fits.

use super::Model;
use super::agree::{check_related_name, refuse_without_constraint};
use crate::attr::{CompositeForeignKey, FieldName, ReferentialAction};
use crate::errors::Errors;
use crate::ident::to_ident;

impl Model {
    /// Reports those that cannot be, and drops them.
    pub(super) fn check_foreign_keys(&self, keys: &mut Vec<CompositeForeignKey>, errors: &mut Errors) {
        let mut seen: Vec<String> = Vec::new();
        keys.retain_mut(|key| {
            let before = errors.len();
            self.check_relation_name(key, &seen, errors);
            seen.push(key.relation.value.clone());
            self.keep_known("fields", &mut key.fields, errors);
            for field in key
                .fields
                .iter()
                .chain(&key.to_fields)
                .filter(|field| field.descending)
            {
                errors.at(
                    field.span,
                    format!(
                        "a foreign key has no direction; write \"{}\" without the `-`",
                        field.name
                    ),
                );
            }
            for field in &key.to_fields {
                if to_ident(&field.name, field.span).is_none() {
                    errors.at(
                        field.span,
                        format!(
                            "`{}` cannot be the name of a field of the other model",
                            field.name
                        ),
                    );
                }
            }
            check_related_name(&mut key.related_name, errors);
            if errors.len() == before {
                check_numbers(key, errors);
                self.check_actions(key, errors);
                check_in_database(key, errors);
            }
            errors.len() == before
        });
    }

    fn check_relation_name(&self, key: &CompositeForeignKey, seen: &[String], errors: &mut Errors) {
        let (name, at) = (&key.relation.value, key.relation.span);
        let reason = if to_ident(name, at).is_none() || name.contains("__") {
            "cannot be the name of a relation; write one, as in `foreign_key(\"region\", ..)`".to_owned()
        } else if self.fields.iter().any(|field| field.name == *name) {
            format!("is a field of `{}`; give the relation another name", self.name)
        } else if seen.contains(name) {
            "is the name of another foreign key; give this one its own".to_owned()
        } else {
            return;
        };
        errors.at(at, format!("`{name}` {reason}"));
    }

    fn check_actions(&self, key: &CompositeForeignKey, errors: &mut Errors) {
        for (option, action) in [("on_delete", &key.on_delete), ("on_update", &key.on_update)] {
            let Some(action) = action else { continue };
            let of_key = |name: &FieldName| self.columns().find(|field| field.name == name.name);
            let mut fields = key.fields.iter().filter_map(of_key);
            if action.value == ReferentialAction::SetNull
                && let Some(field) = fields.find(|field| !field.ty.null)
            {
                errors.at(
                    action.span,
                    format!(
                        "`{option} = SetNull` sets all fields of `{}` to NULL, and `{}` takes none; make it an `Option`, or choose \
                         another `{option}`",
                        key.relation.value, field.name
                    ),
                );
            }
        }
    }
}

fn check_numbers(key: &CompositeForeignKey, errors: &mut Errors) {
    let (own, others) = (key.fields.len(), key.to_fields.len());
    if own < 2 {
        errors.at(
            key.relation.span,
            format!(
                "`{}` is over one column; a foreign key of one column is a field, `{0}: ForeignKey<..>`",
                key.relation.value
            ),
        );
    } else if others != 0 && own != others {
        errors.at(
            key.to_fields.first().map_or_else(|| key.span(), |field| field.span),
            format!(
                "`{}` is over {own} fields and points at {others}; name as many on each side, in the same order",
                key.relation.value
            ),
        );
    }
}

fn check_in_database(key: &CompositeForeignKey, errors: &mut Errors) {
    if key.db_constraint.as_ref().is_none_or(|given| given.value) {
        return;
    }
    let of_database = [
        ("on_delete", key.on_delete.as_ref().map(|given| given.span)),
        ("on_update", key.on_update.as_ref().map(|given| given.span)),
        ("deferrable", key.deferrable.as_ref().map(|given| given.span)),
        ("not_valid", key.not_valid),
    ];
    refuse_without_constraint(of_database, errors);
}
