//! Counts the statements that SQLite prepares again. It does so after bindings are cleared, for every parameter that
//! the planner reads, and the query then costs several times as much. The number has to stay zero.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Statements by SQL, and how often each was prepared again.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<BTreeMap<String, u64>>>);

#[derive(Default)]
struct Seen {
    sql: String,
    reprepared: Option<u64>,
}

impl Visit for Seen {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            value.clone_into(&mut self.sql);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "reprepared" {
            self.reprepared = Some(value);
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "orm::sql"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut seen = Seen::default();
        event.record(&mut seen);
        if let Some(times) = seen.reprepared {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let most = log.entry(seen.sql).or_default();
            *most = times.max(*most);
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Runs `work`, and returns the cached SQLite statements that it ran, with how often each was prepared again.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, BTreeMap<String, u64>) {
    let log = Log::default();
    // tracing caches per callsite whether there is a subscriber; a second subscriber makes it ask per thread.
    let _second = tracing::Dispatch::new(Log::default());
    let result = tracing::subscriber::with_default(log.clone(), work);
    let statements = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (result, statements)
}
