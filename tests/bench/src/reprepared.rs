//! Which statements SQLite had to prepare again: with the bindings cleared, it does so for whatever parameter the
//! planner looks at, and a query costs several times as much. The number has to stay zero.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Statements by text, and how often each was prepared again.
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

/// Runs `work`, and returns every kept SQLite statement that it ran, with how often it was prepared again.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, BTreeMap<String, u64>) {
    let log = Log::default();
    // Whether anyone listens is asked once per place: a second listener makes it be asked in every thread.
    let _second = tracing::Dispatch::new(Log::default());
    let result = tracing::subscriber::with_default(log.clone(), work);
    let statements = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (result, statements)
}
