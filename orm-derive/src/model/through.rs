//! What a many-to-many field says of the rows that relate.

use super::{Field, FieldKind};
use crate::errors::Errors;

impl Field {
    /// The options of a many-to-many field among each other.
    pub(super) fn check_through(&mut self, errors: &mut Errors) {
        let written = self.ty.written();
        let many = self.ty.kind == FieldKind::ManyToMany;
        let given = &mut self.options;
        for (option, at) in [
            (
                "through",
                given.through.take_if(|_| !many).map(|given| given.span),
            ),
            (
                "through_fields",
                given.through_fields.take_if(|_| !many).map(|given| given.span),
            ),
            ("symmetrical", given.symmetrical.take_if(|_| !many)),
        ] {
            if let Some(at) = at {
                errors.at(
                    at,
                    format!("`{option}` is for `ManyToMany`; this field is `{written}`"),
                );
            }
        }
        let is_own = self.ty.is_own();
        let options = &mut self.options;
        if options.through.is_none()
            && let Some(fields) = options.through_fields.take()
        {
            errors.at(
                fields.span,
                "`through_fields` names fields of the model between; write `through = Membership` beside it",
            );
        }
        if options.through.is_some()
            && let Some(table) = options.table.take()
        {
            errors.at(
                table.span,
                "`table` names the automatic join table, and with `through` there is none; write it on the model between",
            );
        }
        let Some(at) = options.symmetrical else { return };
        if !is_own {
            options.symmetrical = None;
            errors.at(
                at,
                "`symmetrical` is for a relation of a model to itself, such as `friends: ManyToMany<Self>`",
            );
        } else if let Some(name) = options.related_name.take() {
            errors.at(
                name.span,
                "a symmetrical relation leads back by its own name; drop `related_name`",
            );
        }
    }
}
