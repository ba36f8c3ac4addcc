use orm::prelude::*;
use orm::search;

#[derive(Model)]
#[orm(search("title", "views", language = "english"))]
struct NotAString {
    id: i64,
    title: String,
    views: i64,
}

#[derive(Model)]
#[orm(search("title", language = "english"))]
struct Page {
    id: i64,
    title: String,
    views: i64,
}

#[derive(Model)]
struct Plain {
    id: i64,
    title: String,
}

fn main() {
    let _ = Page::objects().filter(|p| p.search().matches("rust"));
    let _ = Page::objects().filter(|p| p.search.matches(search::words("rust")));
    let _ = Page::objects().values(|p| p.search().highlight(p.views, search::words("rust"), ("<b>", "</b>")));
    let _ = Plain::objects().filter(|p| p.search().matches(search::words("rust")));
}
