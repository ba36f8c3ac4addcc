//! The text of queries, per dialect: rendering cannot change unseen.

#![allow(unsafe_code, reason = "models register in a section of their own")]
#![allow(dead_code, reason = "rows are described, never read")]

mod reading;
mod spellings;
mod writing;

use orm::prelude::*;

use crate::sql::Dialect;

orm::app!("golden");

#[derive(Model)]
#[orm(table = "author", ordering("name"))]
pub(super) struct Author {
    id: i64,
    name: String,
    #[orm(related_name = "pupils")]
    teacher: Option<ForeignKey<Author>>,
}

#[derive(Model)]
#[orm(table = "post")]
pub(super) struct Post {
    id: i64,
    #[orm(related_name = "posts")]
    author: ForeignKey<Author>,
    title: String,
    note: Option<String>,
    views: i64,
    hidden: bool,
    price: Decimal,
    #[orm(related_name = "posts", table = "post_tags")]
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
#[orm(table = "tag")]
pub(super) struct Tag {
    id: i64,
    label: String,
}

/// A table named as the names that joined rows get.
#[derive(Model)]
#[orm(table = "t1")]
pub(super) struct Odd {
    id: i64,
    tag: ForeignKey<Tag>,
}

/// Each dialect with what it makes of a statement.
fn check(render: impl Fn(&'static Dialect) -> String, sqlite: &str, postgres: &str) {
    let found = [render(Dialect::SQLITE), render(Dialect::POSTGRES)];
    assert_eq!(found, [sqlite, postgres]);
}
