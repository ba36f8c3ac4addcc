use orm::prelude::*;
use orm::{Db, Result};

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(related_name = "posts")]
    author: ForeignKey<Author>,
    title: String,
    views: i64,
}

fn the_sum_of_strings() {
    let _ = Author::objects().values(|a| a.posts().sum(|p| p.title));
}

fn the_greatest_row() {
    let _ = Author::objects().values(|a| a.posts().max(|p| p.author()));
}

fn rows_as_a_value() {
    let _ = Author::objects().annotate(|a| a.posts());
    let _ = Author::objects().values(|a| (a.name, a.posts()));
}

fn rows_as_a_number() {
    let _ = Author::objects().filter(|a| a.posts().len().gt(3));
}

fn related_rows_as_a_query() {
    let _ = Author::objects().values(|a| orm::subquery(a.posts()).count());
}

fn a_query_is_asked_of_a_database() {
    let _ = Author::objects().filter(|a| Post::objects().filter(|p| p.author.eq(a.id)).count().gt(3));
}

fn a_sum_of_nothing(db: &Db) -> Result<()> {
    let _: Vec<(Author, i64)> = Author::objects().annotate(|a| a.posts().sum(|p| p.views)).all(db)?;
    Ok(())
}

fn values_left_out_of_the_type(db: &Db) -> Result<()> {
    let _: Vec<Author> = Author::objects().annotate(|a| a.posts().count()).all(db)?;
    Ok(())
}

fn rows_with_values_are_not_changed(db: &Db) -> Result<()> {
    Post::objects().annotate(|p| p.author().name).delete().run(db)?;
    Post::objects().with(|p| p.author()).update(|p| p.views.set(1)).run(db)?;
    Ok(())
}

fn main() {}
