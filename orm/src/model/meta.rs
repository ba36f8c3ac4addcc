//! A model as the running program knows it: its description with names and relations resolved.

use crate::value::{ChoicesFacts, FieldType};

use super::{ModelDef, ModelSpec};

/// A registered model, resolved.
#[derive(Debug)]
pub struct ModelMeta {
    /// What the derive wrote.
    pub spec: &'static ModelSpec,
    /// The same as data, with the app and every name filled in.
    pub def: ModelDef,
    /// Name of the table.
    pub table: String,
    /// Columns in the order of the struct: the order rows are read and written in.
    pub columns: Vec<ColumnMeta>,
    /// Position of the primary key in `columns`.
    pub primary_key: usize,
}

/// A column of a registered model.
#[derive(Debug)]
pub struct ColumnMeta {
    /// Position of its field in the struct, and so in `spec.fields` and `def.fields`.
    pub field: usize,
    /// Name in the struct.
    pub name: String,
    /// Name in the database.
    pub column: String,
    /// What it stores: for a key, what the primary key pointed at stores.
    pub storage: FieldType,
    /// Whether it takes NULL.
    pub null: bool,
    /// For a native enum: what it says. Its order is that of its variants.
    pub enumeration: Option<&'static ChoicesFacts>,
}

impl std::fmt::Debug for ModelSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelSpec({}::{})", self.module, self.name)
    }
}
