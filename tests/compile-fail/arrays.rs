use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    tags: Vec<String>,
    grid: Vec<Vec<i32>>,
    documents: Vec<Json<serde_json::Value>>,
    holes: Vec<Option<Vec<i32>>>,
    #[orm(primary_key)]
    names: Vec<String>,
}

#[derive(Model)]
struct Note {
    id: i64,
    #[orm(max_digits = 3, decimal_places = 1)]
    amounts: Vec<Decimal>,
    #[orm(max_length = 3)]
    bytes: Vec<u8>,
}

#[derive(Model)]
struct Page {
    id: i64,
    tags: Vec<String>,
    grid: Vec<Vec<i32>>,
}

fn main() {
    let _ = Page::objects().order_by(|p| p.tags);
    let _ = Page::objects().filter(|p| p.tags.lt(["a"]));
    let _ = Page::objects().filter(|p| p.tags.has(7));
    let _ = Page::objects().filter(|p| p.id.has(7));
    let _ = Page::objects().filter(|p| p.id.length().eq(7));
    let _ = Page::objects().values(|p| p.grid.item(0));
    let _ = Page::create().tags("a");
}
