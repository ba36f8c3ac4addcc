use orm::prelude::*;
use orm::{AsyncDb, Db, Tx};

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
    title: String,
}

fn outside_of_a_transaction(db: &Db) {
    let _ = Post::objects().select_for_update().get(db);
}

async fn outside_of_an_async_transaction(db: &AsyncDb) {
    let _ = Post::objects().select_for_update().all(db).await;
}

fn what_may_not_be_there(tx: &Tx) {
    let _ = Post::objects().with(|p| p.editor()).select_for_update().of(|p| p.editor()).all(tx);
}

fn a_column(tx: &Tx) {
    let _ = Post::objects().select_for_update().of(|p| p.author).all(tx);
}

fn no_rows(tx: &Tx) {
    let _ = Post::objects().select_for_update().count(tx);
}

fn main() {}
