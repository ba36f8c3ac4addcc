//! What is said of statements, without their values: an event and a span of each, and a warning of a slow one.

use std::time::{Duration, Instant};

use tracing::Span;
use tracing::field::Empty;

use crate::error::Result;

use super::watch::Watch;

/// The target of the events and spans.
pub(super) const STATEMENTS: &str = "orm::sql";

/// Follows a statement, if anyone wants to know of it.
pub(super) struct Timer(Option<Box<Followed>>);

struct Followed {
    start: Instant,
    /// Whether events are listened to.
    told: bool,
    span: Span,
    slow: Option<Duration>,
    watch: Option<Watch>,
    reprepared: Option<u64>,
}

impl Timer {
    /// Before a statement is sent to a database of a system, as OpenTelemetry calls it; `slow` is what it may take without a warning.
    #[inline]
    pub(super) fn start(system: &'static str, sql: &str, slow: Option<Duration>) -> Self {
        let told = tracing::enabled!(target: STATEMENTS, tracing::Level::DEBUG);
        if !told && slow.is_none() && !Watch::any() {
            return Timer(None);
        }
        Timer(Followed::new(system, sql, slow, told))
    }

    /// Notes how often the database has prepared a kept statement again on its own.
    #[cfg(feature = "sqlite")]
    #[inline]
    pub(super) fn reprepared(&mut self, times: impl FnOnce() -> u64) {
        if let Some(followed) = &mut self.0 {
            followed.reprepared = Some(times());
        }
    }

    /// After it: how many rows it gave or changed, or why it failed.
    #[inline]
    pub(super) fn ended(self, sql: &str, result: &Result<u64>) {
        if let Some(followed) = self.0 {
            followed.ended(sql, result);
        }
    }
}

impl Followed {
    #[cold]
    fn new(system: &'static str, sql: &str, slow: Option<Duration>, told: bool) -> Option<Box<Self>> {
        let watch = Watch::any().then(Watch::here).flatten();
        if !told && slow.is_none() && watch.is_none() {
            return None;
        }
        let span = match told {
            false => Span::none(),
            true => {
                let operation = sql.split_ascii_whitespace().next().unwrap_or_default();
                tracing::debug_span!(
                    target: STATEMENTS,
                    "statement",
                    otel.name = operation,
                    otel.kind = "client",
                    otel.status_code = Empty,
                    db.system.name = system,
                    db.operation.name = operation,
                    db.query.text = sql,
                    db.response.returned_rows = Empty,
                    error.r#type = Empty,
                )
            }
        };
        Some(Box::new(Followed {
            start: Instant::now(),
            told,
            span,
            slow,
            watch,
            reprepared: None,
        }))
    }

    #[cold]
    fn ended(&self, sql: &str, result: &Result<u64>) {
        let took = self.start.elapsed();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if self.told {
            match result {
                Ok(rows) => {
                    self.span.record("db.response.returned_rows", rows);
                    match self.reprepared {
                        None => tracing::debug!(target: STATEMENTS, sql, rows, micros),
                        Some(reprepared) => {
                            tracing::debug!(target: STATEMENTS, sql, rows, micros, reprepared);
                        }
                    }
                }
                Err(error) => {
                    let error = error.kind();
                    self.span.record("otel.status_code", "ERROR");
                    self.span.record("error.type", tracing::field::debug(error));
                    tracing::debug!(target: STATEMENTS, sql, micros, ?error, "a statement failed");
                }
            }
        }
        if self.slow.is_some_and(|slow| took >= slow) {
            match result {
                Ok(rows) => tracing::warn!(target: STATEMENTS, sql, rows, micros, "a slow statement"),
                Err(error) => {
                    let error = error.kind();
                    tracing::warn!(target: STATEMENTS, sql, micros, ?error, "a slow statement, which failed");
                }
            }
        }
        if let Some(watch) = &self.watch {
            watch.see(sql, *result.as_ref().unwrap_or(&0));
        }
    }
}

/// Who listens to a task and watches it, and the span that it is in: for the thread that does its work.
#[cfg(all(feature = "async", feature = "sqlite"))]
pub(super) struct Listening(Option<Box<Listeners>>);

#[cfg(all(feature = "async", feature = "sqlite"))]
struct Listeners {
    dispatch: tracing::Dispatch,
    span: Span,
    watch: Option<Watch>,
}

#[cfg(all(feature = "async", feature = "sqlite"))]
impl Listening {
    /// Those of the task that is polled, where anyone listens, or it may be warned.
    #[inline]
    pub(super) fn here(slow: bool) -> Self {
        let listens = tracing::enabled!(target: STATEMENTS, tracing::Level::DEBUG);
        Listening((listens || slow || Watch::any()).then(Listening::found))
    }

    #[cold]
    fn found() -> Box<Listeners> {
        Box::new(Listeners {
            dispatch: tracing::dispatcher::get_default(tracing::Dispatch::clone),
            span: Span::current(),
            watch: Watch::here(),
        })
    }

    /// Does work for the task.
    #[inline]
    pub(super) fn to<T>(self, work: impl FnOnce() -> T) -> T {
        match self.0 {
            None => work(),
            Some(found) => found.hear(work),
        }
    }
}

#[cfg(all(feature = "async", feature = "sqlite"))]
impl Listeners {
    fn hear<T>(&self, work: impl FnOnce() -> T) -> T {
        let listened = || tracing::dispatcher::with_default(&self.dispatch, || self.span.in_scope(work));
        match &self.watch {
            None => listened(),
            Some(watch) => watch.during(listened),
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::fmt::{Debug, Write};
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use crate::connect::Db;
    use crate::value::Value;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

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
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    impl Visit for Log {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            let _ = write!(self.0.lock().unwrap(), "{}={value:?} ", field.name());
        }
    }

    #[test]
    fn statements_are_told_and_values_are_not() {
        let log = Log::default();
        // While there is only one listener, whether anyone listens is asked in whichever thread comes first, which may
        // be another test's; with two, everywhere.
        let _second = tracing::Dispatch::new(Log::default());
        tracing::subscriber::with_default(log.clone(), || {
            let mut session = Db::connect("sqlite::memory:").unwrap().session().unwrap();
            session
                .query("SELECT ?1", &[Value::from("secret")], &mut |_| Ok(()))
                .unwrap();
        });
        let text = log.0.lock().unwrap().clone();
        assert!(text.starts_with("sql=\"SELECT ?1\" rows=1 micros="), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
