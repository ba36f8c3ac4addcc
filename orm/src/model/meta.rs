//! A model as the running program knows it: its description with names and relations resolved.

use crate::value::FieldType;

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
    /// Position of the primary key in `columns`; of its first column, if it has several.
    pub primary_key: usize,
    /// Positions of all columns of the primary key.
    pub key: Vec<usize>,
    /// Positions of the columns whose default is SQL of the model's author: nobody knows what it gives until it is read.
    pub unsure: Vec<usize>,
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
    /// For a native enum: its type.
    pub enumeration: Option<EnumMeta>,
    /// Whether the database computes it; nobody else may write it.
    pub computed: bool,
}

/// A type of a fixed list of texts, where the database has such types; it orders as the list does.
#[derive(Debug)]
pub struct EnumMeta {
    /// Name in the database.
    pub name: String,
    /// The texts.
    pub values: &'static [&'static str],
}

impl std::fmt::Debug for ModelSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelSpec({}::{})", self.module, self.name)
    }
}
