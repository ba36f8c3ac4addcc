//! A model as the running program knows it: its description, with names and relations resolved.

use crate::value::FieldType;

use super::{DbType, MetaSlot, ModelDef, ModelScope, ModelSpec, QualifiedName};

/// A registered model, resolved.
#[derive(Debug)]
pub struct ModelMeta {
    /// What the derive wrote.
    pub spec: &'static ModelSpec,
    /// The same as data, with the app and every name filled in.
    pub def: ModelDef,
    /// The table's name in its schema.
    pub table: String,
    /// The columns in struct order, in which rows are read and written.
    pub columns: Vec<ColumnMeta>,
    /// The position of the primary key in `columns`; of its first column, if it is composite.
    pub primary_key: usize,
    /// The positions of all primary key columns.
    pub key: Vec<usize>,
    /// What its rows are ordered by where a query says nothing.
    pub ordering: Vec<OrderingColumn>,
    /// The positions of the columns whose default is the model author's own SQL: its result is unknown until it is
    /// read.
    pub unsure: Vec<usize>,
    /// The position of the column that counts the changes of a row.
    pub version: Option<usize>,
    /// What holds wherever its rows are read or changed.
    pub scopes: Vec<ModelScope>,
}

/// A column that rows are ordered by, of their own or of a row that relations lead to.
#[derive(Debug)]
pub struct OrderingColumn {
    /// The relations to follow: the slot of the model that declares one, and its position among that model's fields.
    pub relations: Vec<(&'static MetaSlot, u16)>,
    /// The position among the columns of the model at their end.
    pub column: u16,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl ModelMeta {
    /// What to do instead of setting a column that nobody else may write.
    pub(crate) fn instead_of_setting(&self, column: &ColumnMeta) -> &'static str {
        match self.def.fields.get(column.field) {
            Some(field) if field.identity.always => {
                "leave it out; where some rows bring their own, take `always` out of its `identity`"
            }
            _ => "set what it is generated from",
        }
    }

    /// The columns of the primary key.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &ColumnMeta> {
        self.key.iter().filter_map(|&at| self.columns.get(at))
    }

    /// The column that counts the changes of a row.
    pub(crate) fn version_column(&self) -> Option<&ColumnMeta> {
        self.columns.get(self.version?)
    }
}

/// A column of a registered model.
#[derive(Debug)]
pub struct ColumnMeta {
    /// The position of its field in the struct, and so in `spec.fields` and `def.fields`.
    pub field: usize,
    /// The name in the struct.
    pub name: String,
    /// The name in the database.
    pub column: String,
    /// The type it stores: for a foreign key, that of the primary key it refers to.
    pub storage: FieldType,
    /// Whether it is nullable.
    pub null: bool,
    /// The type of a native enum.
    pub enumeration: Option<EnumMeta>,
    /// The name of its type in the database, if it is one by name.
    pub db_type: Option<DbType>,
    /// Whether the database computes it or always counts it up, so that nobody else may write it.
    pub computed: bool,
}

/// A native enum type; its values order as in the list.
#[derive(Debug)]
pub struct EnumMeta {
    /// The type's name in the database.
    pub name: QualifiedName,
    /// The values.
    pub values: &'static [&'static str],
}

impl std::fmt::Debug for ModelSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelSpec({}::{})", self.module, self.name)
    }
}
