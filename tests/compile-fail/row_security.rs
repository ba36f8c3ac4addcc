use orm::prelude::*;

#[derive(Model)]
#[orm(row_security(force))]
#[orm(policy, policy(), policy("own"))]
#[orm(policy(name = "a"))]
#[orm(policy(name = "b", for = insert, using = "true"))]
#[orm(policy(name = "c", for = select, with_check = "true"))]
#[orm(policy(name = "d", for = read, using = "true"))]
#[orm(policy(name = "e", role = "app", using = "true"))]
#[orm(policy(name = "f", to(app), using = "true"))]
#[orm(policy(name = "g", to(), using = "true"))]
#[orm(policy(name = "h", using))]
#[orm(policy(name = "i", using = true))]
#[orm(policy(name = "j", using = ""))]
#[orm(grant, grant(), grant(select), grant(to = "app"))]
#[orm(grant(selec, to = "b"))]
#[orm(grant(select("titel"), to = "c"))]
#[orm(grant(update("-title"), to = "d"))]
#[orm(grant(delete("title"), to = "e"))]
#[orm(grant(select, select("title"), to = "f"))]
struct Post {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(row_security, row_security, policy(name = "same", using = "true"))]
#[orm(policy(name = "same", using = "false"))]
#[orm(grant(select, to = "same"), grant(insert, to = "same"))]
struct Twice {
    id: i64,
}

#[derive(Model)]
#[orm(policy(name = "own", using = "true"))]
struct WithoutRowSecurity {
    id: i64,
}

#[derive(Model)]
#[orm(row_security(owner), row_security = true)]
struct Owner {
    id: i64,
}

#[derive(Model)]
#[orm(row_security, policy(name = "own", using = |p| p.titel.eq("")))]
#[orm(policy(name = "number", using = |p| p.id + 1))]
struct Conditions {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(view("SELECT 1 AS id", reads(Twice)), row_security, policy(name = "own", using = "true"), grant(select, to = "app"))]
struct Seen {
    id: i64,
}

#[derive(Model)]
#[orm(row_security, grant(select, update("title"), delete, to = "app"))]
#[orm(policy(name = "fine", for = update, to("app", "reader"), restrictive, using = |p| p.id.gt(0), with_check = "title <> ''"))]
struct Fine {
    id: i64,
    title: String,
}

#[derive(Model)]
#[orm(row_security, policy(name = "own", to = "current_user", using = "true"))]
#[orm(policy(name = "other", to("app", "SESSION_USER"), using = "true"))]
#[orm(grant(select, to = "none"))]
struct Whoever {
    id: i64,
}

#[derive(Model)]
#[orm(grant(select, to = "public"), grant(insert, to = "PUBLIC"))]
struct Everybody {
    id: i64,
}

fn main() {}
