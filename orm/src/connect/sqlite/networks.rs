//! Networks on SQLite: what they contain.

use std::net::IpAddr;

use rusqlite::Connection;
use rusqlite::functions::Context;

use super::functions::FLAGS;
use crate::value::network;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_scalar_function(c"orm_network_contains", 2, FLAGS, |context| {
        let (Some(outer), Some(inner)) = (given(context, 0)?, given(context, 1)?) else {
            return Ok(None);
        };
        Ok(Some(network::contains(outer, inner)))
    })
}

fn given(context: &Context<'_>, index: usize) -> rusqlite::Result<Option<(IpAddr, u8)>> {
    let Some(bytes) = context.get_raw(index).as_blob_or_null()? else {
        return Ok(None);
    };
    match network::from_bytes(bytes) {
        Some(network) => Ok(Some(network)),
        None => Err(rusqlite::Error::UserFunctionError(
            "a column of IP addresses holds something else".into(),
        )),
    }
}
