use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    age: i32,
}

#[derive(Model)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
}

fn main() {
    let _ = Author::create().name(7);
    let _ = Author::create().age("seven");
    let _ = Author::create().ago(7);
    let post: Option<Post> = None;
    let _ = post.map(|post| Post::create().author(&post));
}
