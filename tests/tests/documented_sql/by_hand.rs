//! The table of SQL by hand: what a handle sends.

use std::collections::BTreeMap;

use blog::*;

use crate::page::{code, contains, page, rows};
use crate::statements::sent_to;

fn sent(run: impl FnOnce(&orm::Db) -> orm::Result<()>) -> Vec<String> {
    let db = open().expect("the blog");
    orm::script("CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER)")
        .run(&db)
        .expect("two tables");
    sent_to(&db, run)
}

#[test]
fn the_table_of_sql_by_hand_is_what_is_sent() {
    let known = BTreeMap::from([
        (
            "SELECT *",
            sent(|db| {
                orm::sql("SELECT * FROM blog_post WHERE views > {}", (9,))
                    .rows::<Post>()
                    .all(db)
                    .map(drop)
            }),
        ),
        (
            "SELECT title",
            sent(|db| {
                orm::sql("SELECT title FROM blog_post WHERE id = {id}", (("id", 1),))
                    .rows::<String>()
                    .get(db)
                    .map(drop)
            }),
        ),
        (
            "UPDATE",
            sent(|db| {
                orm::sql("UPDATE blog_post SET views = views + {}", (1,))
                    .execute(db)
                    .map(drop)
            }),
        ),
        (
            "DELETE",
            sent(|db| orm::script("DELETE FROM a; DELETE FROM b").run(db)),
        ),
    ]);
    let page = page("orm/src/guide/db.md");
    let shown = rows(&page, "| SQL by hand | runs |");
    assert_eq!(shown.len(), known.len());
    for row in shown {
        let start = row[0].split('"').nth(1).expect("a text");
        let (_, sent) = known
            .iter()
            .find(|(known, _)| start.starts_with(*known))
            .expect("a known row");
        let sql = code(&row[1])[0];
        assert!(sent.iter().any(|sent| contains(sent, sql)), "{sql}: {sent:?}");
    }
}
