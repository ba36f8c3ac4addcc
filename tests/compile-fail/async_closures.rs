use orm::prelude::*;
use orm::{AsyncDb, Result};

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

async fn a_closure_with_an_async_block(db: &AsyncDb) -> Result<i64> {
    db.transaction(|tx| async move { Author::objects().count(tx).await }).await
}

fn main() {}
