//! Which operations concern an enum type.

use super::{Operation, Reduction};
use crate::model::FieldDef;

/// What an operation on a type does to rows of fields that are of it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rows {
    None,
    Changed,
}

/// An operation on an enum type passes what has no field of the type. One that changes rows also stays where it is among
/// operations that do not say which type a field was of.
pub(super) fn past_enum(name: &str, rows: Rows, other: &Operation) -> Reduction {
    let of_type = |field: &FieldDef| field.enum_type.as_deref() == Some(name);
    Reduction::hop_unless(match other {
        Operation::CreateModel(create) => create.fields.iter().any(of_type),
        Operation::AddField(add) => of_type(&add.field),
        Operation::AlterField(alter) => rows == Rows::Changed || of_type(&alter.field),
        Operation::RemoveField(_) => rows == Rows::Changed,
        Operation::CreateEnum(other) => other.name == name,
        Operation::DeleteEnum(other) => other.name == name,
        Operation::AddEnumValue(other) => other.name == name,
        Operation::RenameEnumValue(other) => other.name == name,
        Operation::AlterEnum(other) => other.name == name,
        // A model that moves is of the types of another app from there on.
        Operation::RenameModel(_)
        | Operation::AlterModelTable(_)
        | Operation::AlterModelTableComment(_)
        | Operation::AlterModelOptions(_)
        | Operation::RenameField(_) => false,
        _ => true,
    })
}
