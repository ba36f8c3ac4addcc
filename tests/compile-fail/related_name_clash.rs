use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
}

#[derive(Model)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
    editor: Option<ForeignKey<Author>>,
}

#[derive(Model)]
struct Comment {
    id: i64,
    #[orm(related_name = "comments")]
    author: ForeignKey<Author>,
    #[orm(related_name = "comments")]
    liked_by: ManyToMany<Author>,
}

#[derive(Model)]
struct Employee {
    id: i64,
    #[orm(related_name = "boss")]
    boss: Option<ForeignKey<Employee>>,
}

fn main() {}
