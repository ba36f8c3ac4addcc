//! One debug event per statement, without values. It costs one check without a subscriber.

use std::time::Instant;

/// The target of the events.
pub(crate) const STATEMENTS: &str = "orm::sql";

/// Measures a statement, if anyone listens.
pub(super) struct Timer(Option<Instant>);

impl Timer {
    #[inline]
    pub(super) fn start() -> Self {
        Timer(tracing::enabled!(target: STATEMENTS, tracing::Level::DEBUG).then(Instant::now))
    }

    /// As [`Timer::done`], for a kept statement of a database that may prepare one again on its own, with how often it has.
    #[cfg(feature = "sqlite")]
    #[inline]
    pub(super) fn done_kept(self, sql: &str, rows: u64, reprepared: impl FnOnce() -> u64) {
        if let Some(start) = self.0 {
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            let reprepared = reprepared();
            tracing::debug!(target: STATEMENTS, sql, rows, micros, reprepared);
        }
    }

    #[inline]
    pub(super) fn done(self, sql: &str, rows: u64) {
        if let Some(start) = self.0 {
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            tracing::debug!(target: STATEMENTS, sql, rows, micros);
        }
    }
}

/// Who listens to a task, and the span that it is in: for the thread that does its work.
#[cfg(all(feature = "async", feature = "sqlite"))]
pub(super) struct Listening(Option<Box<(tracing::Dispatch, tracing::Span)>>);

#[cfg(all(feature = "async", feature = "sqlite"))]
impl Listening {
    /// Those of the task that is polled, if anyone listens.
    #[inline]
    pub(super) fn here() -> Self {
        let listens = tracing::enabled!(target: STATEMENTS, tracing::Level::DEBUG);
        Listening(listens.then(Listening::found))
    }

    #[cold]
    fn found() -> Box<(tracing::Dispatch, tracing::Span)> {
        Box::new((
            tracing::dispatcher::get_default(tracing::Dispatch::clone),
            tracing::Span::current(),
        ))
    }

    /// Does work for the task.
    #[inline]
    pub(super) fn to<T>(self, work: impl FnOnce() -> T) -> T {
        match self.0 {
            None => work(),
            Some(found) => tracing::dispatcher::with_default(&found.0, || found.1.in_scope(work)),
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
