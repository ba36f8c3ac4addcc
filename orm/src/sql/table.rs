//! Tables where a statement names them, behind their schemas; its columns are those of the name alone, or of an alias.

use sea_query::{Alias, IntoTableRef, TableRef};

use crate::error::{Error, Result};
use crate::model::{ModelMeta, QualifiedName};

use super::Dialect;

/// The table of a model.
///
/// # Errors
/// As [`named`].
pub(super) fn table(model: &ModelMeta, dialect: &'static Dialect) -> Result<TableRef> {
    match &model.def.schema {
        None => Ok(Alias::new(&model.table).into_table_ref()),
        Some(schema) => in_schema(schema, &model.table, dialect),
    }
}

/// A table by its name.
///
/// # Errors
/// If it stands in a schema, and the database has none.
pub(super) fn named(name: &QualifiedName, dialect: &'static Dialect) -> Result<TableRef> {
    match &name.schema {
        None => Ok(Alias::new(&name.name).into_table_ref()),
        Some(schema) => in_schema(schema, &name.name, dialect),
    }
}

fn in_schema(schema: &str, name: &str, dialect: &'static Dialect) -> Result<TableRef> {
    match dialect.schemas {
        true => Ok((Alias::new(schema), Alias::new(name)).into_table_ref()),
        false => Err(no_schemas(schema, name, dialect)),
    }
}

/// The refusal of a schema.
#[cold]
pub(crate) fn no_schemas(schema: &str, table: &str, dialect: &Dialect) -> Error {
    Error::unsupported(format!(
        "the table {table} stands in the schema {schema}, and {} has no schemas",
        dialect.name
    ))
    .with_hint(format!(
        "leave `schema` of the model or its app out, and tell tables apart by their names: #[orm(table = \"{schema}_{table}\")]"
    ))
}
