//! The table of SQL by hand: what a handle sends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use blog::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::page::{code, contains, normal, page, rows};

/// The statements of a thread.
#[derive(Default, Clone)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm::sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Statements {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.0.lock().expect("the list").push(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "sql" {
            self.0.lock().expect("the list").push(format!("{value:?}"));
        }
    }
}

fn sent(run: impl FnOnce(&orm::Db) -> orm::Result<()>) -> Vec<String> {
    let db = open().expect("the blog");
    orm::script("CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER)")
        .run(&db)
        .expect("two tables");
    let statements = Statements::default();
    tracing::subscriber::with_default(statements.clone(), || run(&db)).expect("it runs");
    statements
        .0
        .lock()
        .expect("the list")
        .iter()
        .map(|sql| normal(sql))
        .collect()
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
