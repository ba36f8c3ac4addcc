//! Tests of a service's own: each has a database with the tables of `migrations`, and no rows.

use blog::{Author, Post, Tag};
use orm::prelude::*;

#[orm::test]
fn a_post_has_the_tags_it_is_given(db: Db) -> orm::Result<()> {
    let ann = Author::create().name("Ann").email("ann@example.com").save(&db)?;
    let post = Post::create().author(&ann).title("Hello").body("..").save(&db)?;
    let rust = Tag::create().label("rust").save(&db)?;
    post.tags().add([&rust]).run(&db)?;

    let labels: Vec<String> = post.tags().objects().values(|t| t.label).all(&db)?;
    assert_eq!(labels, ["rust"]);
    Ok(())
}

#[orm::test]
async fn a_label_is_one_tag(db: AsyncDb) -> orm::Result<()> {
    Tag::create().label("rust").save(&db).await?;

    let refused = Tag::create().label("rust").save(&db).await.unwrap_err();
    assert!(refused.is_unique_violation());
    Ok(())
}
