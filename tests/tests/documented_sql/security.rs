//! The model of the page's section on row security.

use orm::prelude::*;

orm::app!("ninth");

#[derive(Model)]
#[orm(
    row_security(force),
    policy(
        name = "own_rows",
        using = "tenant = nullif(current_setting('app.tenant', true), '')::bigint"
    ),
    policy(name = "shared", for = select, to = "reader", using = |d| d.shared.eq(true)),
    grant(select, insert, update("title", "shared"), to = "reader")
)]
pub struct Document {
    pub id: i64,
    pub tenant: i64,
    pub title: String,
    #[orm(default = false)]
    pub shared: bool,
}
