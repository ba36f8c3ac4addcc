//! A blog: enough columns and relations to be realistic.

use orm::prelude::*;

#[derive(Model, Debug, Clone)]
#[orm(table = "author")]
pub struct Author {
    pub id: i64,
    pub name: String,
    pub email: String,
}

#[derive(Model, Debug, Clone)]
#[orm(table = "post")]
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
#[orm(table = "comment")]
pub struct Comment {
    pub id: i64,
    #[orm(related_name = "comments", on_delete = Cascade)]
    pub post: ForeignKey<Post>,
    pub text: String,
}

/// Most columns are optional.
#[derive(Model, Debug, Clone)]
#[orm(table = "note")]
pub struct Note {
    pub id: i64,
    pub text: String,
    pub source: Option<String>,
    pub score: Option<f64>,
}

/// Few rows per post, on few posts.
#[derive(Model, Debug, Clone)]
#[orm(table = "remark")]
pub struct Remark {
    pub id: i64,
    #[orm(related_name = "remarks", on_delete = Cascade)]
    pub post: ForeignKey<Post>,
    pub text: String,
}

/// The same checksums as for the driver's rows.
impl Post {
    pub fn sum(&self) -> u64 {
        let strings = self.title.len() + self.body.len() + self.subtitle.as_ref().map_or(0, String::len);
        let numbers =
            self.id + self.author.id() + self.views + self.rating as i64 + i64::from(self.published);
        strings as u64 + numbers as u64
    }
}

impl Author {
    pub fn sum(&self) -> u64 {
        self.id as u64 + (self.name.len() + self.email.len()) as u64
    }
}

impl Comment {
    pub fn sum(&self) -> u64 {
        (self.id + self.post.id()) as u64 + self.text.len() as u64
    }
}

impl Remark {
    pub fn sum(&self) -> u64 {
        (self.id + self.post.id()) as u64 + self.text.len() as u64
    }
}
