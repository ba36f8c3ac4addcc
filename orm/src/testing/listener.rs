//! Hears of statements by `tracing`, as any program can, and passes spans and events on to who listened before.

use std::fmt::{Debug, Write};
use std::sync::LazyLock;

use tracing::field::{Field, Visit};
use tracing::level_filters::STATIC_MAX_LEVEL;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, NoSubscriber};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

use crate::connect::STATEMENTS;

/// The words of transactions.
const CONTROL: [&str; 7] = [
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "START",
    "PRAGMA",
];

/// While there is one subscriber only, `tracing` asks whichever thread comes first whether anybody listens, and keeps that for all others.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Who hears of statements.
pub(super) struct Listener<F> {
    heard: F,
    before: Dispatch,
}

impl<F: Fn(String, u64) + Send + Sync + 'static> Listener<F> {
    /// One that calls `heard` with the text and the rows of each statement.
    ///
    /// # Panics
    /// If a feature of `tracing` leaves the events of statements out of the build, which would be none whatever is sent.
    pub fn start(heard: F) -> Dispatch {
        assert!(
            STATIC_MAX_LEVEL >= Level::DEBUG,
            "statements cannot be counted: a feature of `tracing`, `max_level_..`, leaves their events out of this build"
        );
        LazyLock::force(&SECOND);
        let before = tracing::dispatcher::get_default(Dispatch::clone);
        Dispatch::new(Listener { heard, before })
    }
}

impl<F: Fn(String, u64) + Send + Sync + 'static> Subscriber for Listener<F> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match metadata.target() == STATEMENTS {
            true => Interest::sometimes(),
            false => self.before.register_callsite(metadata),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == STATEMENTS || self.before.enabled(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.before.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.before.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.before.record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == STATEMENTS {
            let mut said = Said::default();
            event.record(&mut said);
            let first = said.sql.split_ascii_whitespace().next().unwrap_or_default();
            if !CONTROL.contains(&first) {
                (self.heard)(said.sql, said.rows);
            }
        }
        if self.before.enabled(event.metadata()) {
            self.before.event(event);
        }
    }

    fn enter(&self, span: &Id) {
        self.before.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.before.exit(span);
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.before.clone_span(span)
    }

    fn try_close(&self, span: Id) -> bool {
        self.before.try_close(span)
    }

    fn current_span(&self) -> Current {
        self.before.current_span()
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    sql: String,
    rows: u64,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            value.clone_into(&mut self.sql);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "rows" {
            self.rows = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "sql" {
            // A string takes any text.
            let _ = write!(self.sql, "{value:?}");
        }
    }
}
