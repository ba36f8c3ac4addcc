use orm::prelude::*;

#[derive(Model)]
#[orm(check("views_positive", |p| p.views.ge("0")), check("views_positive", |p| p.title), check("many", p.views))]
struct Post {
    id: i64,
    views: i64,
    title: String,
}

fn main() {}
