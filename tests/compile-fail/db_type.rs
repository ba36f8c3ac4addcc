use orm::prelude::*;

#[derive(Model)]
struct Member {
    id: i64,
    #[orm(db_type = "citext")]
    email: String,
    #[orm(db_type(mysql = "citext"))]
    other: String,
    #[orm(db_type())]
    nothing: String,
    #[orm(db_type(postgres = "email"))]
    emails: Vec<String>,
    #[orm(db_type(postgres = "positive"))]
    parent: Option<ForeignKey<Member>>,
}

fn main() {}
