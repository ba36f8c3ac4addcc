//! Fields as files have them: the texts of an enum type stand with the type, not with each field of it.

use serde::{Serialize, Serializer};

use crate::model::FieldDef;

/// The field as a file has it.
pub(super) fn stored(field: &FieldDef) -> FieldDef {
    let mut field = field.clone();
    strip(&mut field);
    field
}

/// Takes out what a file has not.
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
