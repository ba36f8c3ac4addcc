use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    books: ManyToMany<Book>,
}

#[derive(Model)]
#[orm(ordering("author__nmae", "-author__name__first", "title__length", "author__na me"))]
struct Post {
    id: i64,
    title: String,
    author: ForeignKey<Author>,
}

#[derive(Model)]
#[orm(ordering("author__name", "author__name", "id", "id"))]
struct Book {
    id: i64,
    author: ForeignKey<Author>,
}

fn main() {}
