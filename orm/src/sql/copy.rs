//! Statements that copy rows into a table.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{ColumnMeta, ColumnSet, ModelMeta};

use super::quote::quote;
use super::table::no_schemas;
use super::write::given_columns;
use super::{Dialect, Statement};

/// Copies rows that assign these columns, of which there is one at least: `COPY .. FROM STDIN`.
///
/// # Errors
/// If the dialect does not have the table's schema.
pub fn copy_in(
    meta: &'static ModelMeta,
    given: &ColumnSet,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    let table = meta.def.table_name();
    if let Some(schema) = table.schema.as_deref().filter(|_| !dialect.schemas) {
        return Err(no_schemas(schema, &table.name, dialect));
    }
    let columns: Vec<&'static ColumnMeta> = given_columns(meta, given).collect();
    let names: Vec<String> = columns.iter().map(|column| quote(&column.column)).collect();
    let sql = format!("COPY {} ({}) FROM STDIN", table.quoted(), names.join(", "));
    Ok(Arc::new(Statement::copying(sql, meta, columns)))
}
