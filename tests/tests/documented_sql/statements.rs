//! The statements that a program sends, as `tracing` reports them.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use orm::Db;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::page::normal;

#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Visit for Statements {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            let mut statements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            statements.push(normal(value));
        }
    }
}

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

/// The statements that `work` sends to a database with the rows of the examples.
pub fn sent(work: impl FnOnce(&Db) -> orm::Result<()>) -> Vec<String> {
    let db = blog::open().expect("the database of the examples");
    sent_to(&db, work)
}

/// The statements that `work` sends to a database.
pub fn sent_to(db: &Db, work: impl FnOnce(&Db) -> orm::Result<()>) -> Vec<String> {
    let statements = Statements::default();
    // tracing caches per callsite whether there is a subscriber; a second subscriber makes it ask per thread.
    let _second = tracing::Dispatch::new(Statements::default());
    tracing::subscriber::with_default(statements.clone(), || work(db)).expect("the work succeeds");
    statements
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
