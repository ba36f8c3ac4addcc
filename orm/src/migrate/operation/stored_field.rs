//! Fields as files have them: the strings of an enum type are stored with the type, not with each field of it.

use serde::{Serialize, Serializer};

use crate::model::{FieldDef, ModelDef};

/// Gives a field of an enum type the strings of the type.
pub(super) fn set_choices(model: &mut ModelDef, field: &str, choices: Vec<String>) {
    if let Some(field) = model.fields.iter_mut().find(|known| known.name == field) {
        field.choices = choices;
    }
}

/// The field as a file has it.
pub(super) fn stored(field: &FieldDef) -> FieldDef {
    let mut field = field.clone();
    strip(&mut field);
    field
}

/// Removes what a file does not have.
pub(super) fn strip(field: &mut FieldDef) {
    if field.enum_type.is_some() {
        field.choices.clear();
    }
}

pub(super) fn field<S: Serializer>(field: &FieldDef, to: S) -> Result<S::Ok, S::Error> {
    match field.enum_type.is_some() {
        true => stored(field).serialize(to),
        false => field.serialize(to),
    }
}

pub(super) fn fields<S: Serializer>(fields: &[FieldDef], to: S) -> Result<S::Ok, S::Error> {
    struct Written<'a>(&'a FieldDef);

    impl Serialize for Written<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            field(self.0, to)
        }
    }

    to.collect_seq(fields.iter().map(Written))
}
