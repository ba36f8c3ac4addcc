use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
    views: i64,
    note: Option<String>,
}

fn main() {
    let _ = Post::objects().update(|p| p.title.set(7));
    let _ = Post::objects().update(|p| p.views.set(None));
    let _ = Post::objects().update(|p| p.views.set(p.views + "1"));
    let _ = Post::objects().update(|p| p.views.set(p.title));
    let _ = Post::objects().update(|p| p.views.eq(7));
    let _ = Post::objects().update(|p| p.title + "x");
    let _ = Post::objects().filter(|p| p.title.sum().is_null());
}
