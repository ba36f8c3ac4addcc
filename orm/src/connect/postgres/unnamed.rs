//! Unnamed statements: no server-side state, one round trip.
//!
//! The server infers parameter types as for a prepared statement, and values are sent in text format.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row, RowStream};

use crate::error::{Error, Result};
use crate::value::Value;
use crate::value::postgres::TextFormat;

use super::state::ConnState;

/// Sends a statement and its values.
pub(super) async fn query<'v>(
    client: &Client,
    sql: &str,
    values: impl IntoIterator<Item = &'v Value<'v>>,
) -> Result<RowStream, tokio_postgres::Error> {
    let values = values.into_iter().map(|value| {
        let value = TextFormat(value);
        let declared = value.declared();
        (value, declared)
    });
    client.query_typed_raw(sql, values).await
}

/// Refuses a row with a user-defined type: to look the type up, the driver prepares named statements and uses them
/// again.
pub(super) fn ensure_plain(state: &mut ConnState, row: &Row) -> Result<()> {
    if !state.unnamed {
        return Ok(());
    }
    let mut columns = row.columns().iter();
    let Some(column) = columns.find(|column| Type::from_oid(column.type_().oid()).is_none()) else {
        return Ok(());
    };
    state.spoiled = true;
    Err(Error::unsupported(format!(
        "the result has a column `{}` of the type {}, which cannot be read without named statements",
        column.name(),
        column.type_().name()
    ))
    .with_hint("cast it to text in the SQL: `column::text`"))
}
