use orm::prelude::*;
use orm::{Db, Result, Tx};

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
    #[orm(related_name = "edited")]
    editor: Option<ForeignKey<Author>>,
    views: i64,
    bonus: Option<i64>,
}

fn values_of_them(db: &Db) -> Result<()> {
    let _: Vec<String> = Post::objects().values(|p| p.editor().name).all(db)?;
    Ok(())
}

fn what_is_computed_with_them(db: &Db) -> Result<()> {
    let _: Vec<i64> = Post::objects().values(|p| p.views + p.bonus).all(db)?;
    Ok(())
}

fn a_column_of_another_row(tx: &Tx) {
    let _ = Post::objects().update(|p| p.editor().name.set("x")).run(tx);
}

fn main() {}
