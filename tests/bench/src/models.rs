//! A blog: enough columns and relations to be like work.

use orm::prelude::*;

#[derive(Model, Debug, Clone)]
pub struct Author {
    pub id: i64,
    pub name: String,
    pub email: String,
}

#[derive(Model, Debug, Clone)]
pub struct Post {
    pub id: i64,
    #[orm(related_name = "posts", on_delete = Cascade)]
    pub author: ForeignKey<Author>,
    pub title: String,
    pub body: String,
    pub views: i64,
    pub rating: f64,
    pub published: bool,
    pub subtitle: Option<String>,
}

#[derive(Model, Debug, Clone)]
pub struct Comment {
    pub id: i64,
    #[orm(related_name = "comments", on_delete = Cascade)]
    pub post: ForeignKey<Post>,
    pub text: String,
}
