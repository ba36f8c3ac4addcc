use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    save: bool,
    author__name: String,
    #[orm(column = "ID")]
    number: i64,
    #[orm(related_name = "the posts")]
    with: ForeignKey<Author>,
    delete: ManyToMany<Author>,
}

#[derive(Model)]
struct Author {
    id: i64,
}

fn main() {}
