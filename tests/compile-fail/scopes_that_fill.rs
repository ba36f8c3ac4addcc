//! Fields that scopes fill, which are not there or have no value to be filled with.

use orm::prelude::*;

#[derive(Clone, Copy)]
struct Tenant(i64);

#[derive(Model)]
#[orm(scope("tenant", fills = "tennant", |p, tenant: Tenant| p.tenant.eq(tenant.0)))]
struct Misspelled {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
#[orm(scope("alive", fills = "deleted", |p| p.deleted.eq(false)))]
struct WithoutValue {
    id: i64,
    deleted: bool,
}

#[derive(Model)]
#[orm(scope("tenant", sets = "tenant", |p, tenant: Tenant| p.tenant.eq(tenant.0)))]
struct Otherwise {
    id: i64,
    tenant: i64,
}

fn main() {}
