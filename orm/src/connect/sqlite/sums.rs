//! Sums and means of floating-point numbers over windows: computed anew where a value has left, because what it added cannot be taken
//! back exactly.

use std::collections::VecDeque;

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, WindowAggregate};

use super::functions::FLAGS;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_window_function(c"orm_sum_over", 1, FLAGS, SumOver { mean: false })?;
    db.create_window_function(c"orm_avg_over", 1, FLAGS, SumOver { mean: true })
}

#[derive(Clone, Copy)]
struct SumOver {
    /// Whether it is the mean and not the sum.
    mean: bool,
}

/// The values in the window, and their sum unless one has left since.
#[derive(Default)]
struct InWindow {
    values: VecDeque<f64>,
    sum: Option<f64>,
}

impl Aggregate<InWindow, Option<f64>> for SumOver {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<InWindow> {
        Ok(InWindow {
            values: VecDeque::new(),
            sum: Some(0.0),
        })
    }

    fn step(&self, context: &mut Context<'_>, window: &mut InWindow) -> rusqlite::Result<()> {
        if let Some(value) = context.get::<Option<f64>>(0)? {
            window.values.push_back(value);
            window.sum = window.sum.map(|sum| sum + value);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, window: Option<InWindow>) -> rusqlite::Result<Option<f64>> {
        let mut window = window;
        self.value(window.as_mut())
    }
}

impl WindowAggregate<InWindow, Option<f64>> for SumOver {
    #[allow(
        clippy::cast_precision_loss,
        reason = "no window has as many rows as a number has digits"
    )]
    fn value(&self, window: Option<&mut InWindow>) -> rusqlite::Result<Option<f64>> {
        let Some(InWindow { values, sum }) = window.filter(|window| !window.values.is_empty()) else {
            return Ok(None);
        };
        let sum = *sum.get_or_insert_with(|| values.iter().sum());
        Ok(Some(if self.mean { sum / values.len() as f64 } else { sum }))
    }

    fn inverse(&self, context: &mut Context<'_>, window: &mut InWindow) -> rusqlite::Result<()> {
        if context.get::<Option<f64>>(0)?.is_some() {
            window.values.pop_front();
            window.sum = None;
        }
        Ok(())
    }
}
