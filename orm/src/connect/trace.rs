//! One debug event per statement, with no values in it. Costs one check while nobody listens.

use std::time::Instant;

/// Measures a statement, if anyone listens.
pub(super) struct Timer(Option<Instant>);

impl Timer {
    #[inline]
    pub(super) fn start() -> Self {
        Timer(tracing::enabled!(target: "orm::sql", tracing::Level::DEBUG).then(Instant::now))
    }

    #[inline]
    pub(super) fn done(self, sql: &str, rows: u64) {
        if let Some(start) = self.0 {
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            tracing::debug!(target: "orm::sql", sql, rows, micros);
        }
    }
}
