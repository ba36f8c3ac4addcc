//! Scopes that are not written as they should be, and names of scopes that are not there.

use orm::prelude::*;

#[derive(Model)]
#[orm(scope("alive", |p| p.deleted.eq(false)))]
struct Parcel {
    id: i64,
    deleted: bool,
}

#[derive(Model)]
#[orm(scope("tenant", |p, tenant| p.tenant.eq(tenant)))]
struct Untyped {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
#[orm(scope("tenant", |p, tenant: &i64| p.tenant.eq(*tenant)))]
struct Borrowed {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
#[orm(scope(|p| p.tenant.eq(1)))]
struct Unnamed {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
#[orm(scope("not alive", |p| p.tenant.eq(1)))]
struct Misnamed {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
#[orm(scope("alive", |p| p.tenant.eq(1)), scope("Alive", |p| p.tenant.eq(2)))]
struct Twice {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
#[orm(scope("number", |p| p.tenant))]
struct NoCondition {
    id: i64,
    tenant: i64,
}

#[derive(Model)]
struct Package {
    id: i64,
    parcel: ForeignKey<Parcel>,
}

fn main() {
    let _ = Parcel::objects().without_scope(Parcel::SCOPE_ALIV);
    let _ = Parcel::objects().without_scope("alive");
    let _ = Package::objects().without_scope(Parcel::SCOPE_ALIVE);
    let db = Db::connect("sqlite::memory:").unwrap();
    // The parcel may be out of scope.
    let _: Vec<(Package, Parcel)> = Package::objects().with(|p| p.parcel()).all(&db).unwrap();
}
