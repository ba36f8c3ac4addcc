use orm::prelude::*;

#[derive(Model)]
#[orm(index(|p| p.title.ascii_lower()), index("title", where = |p| p.views.gt(0)))]
#[orm(index(name = "a", part("-title")), index(name = "b", part("titel", desc)), index(name = "c", "title", include("vews")))]
#[orm(index("title", method = jin), index(name = "d", part("title", nulls = middle)))]
#[orm(index(name = "e", "title", where = |p| p.views), index(name = "f", "title", where = "views > 0"))]
#[orm(unique(name = "g", |p| p.title.ascii_lower(), deferrable = Deferred), unique("title", deferrable = Later))]
#[orm(index("views", unique), index(name = "h", |p, q| p.title), index(name = "i", |p| p.titel))]
#[orm(index("views"), index("views", method = hash), index("-views"), index("title", include("-views")))]
struct Post {
    id: i64,
    title: String,
    views: i32,
}

fn main() {}
