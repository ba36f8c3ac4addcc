//! Variance and standard deviation, which SQLite lacks: computed as Postgres computes those of floating-point numbers, of how far each
//! value is from the first. So values that are large and close to each other lose no digits.

use std::collections::VecDeque;

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, WindowAggregate};
use rusqlite::types::ValueRef;

use super::functions::FLAGS;

/// Registers the aggregates.
pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let all: [([&std::ffi::CStr; 2], Spread); 4] = [
        (
            [c"orm_var_pop", c"orm_var_pop_over"],
            Spread {
                sample: false,
                root: false,
            },
        ),
        (
            [c"orm_var_samp", c"orm_var_samp_over"],
            Spread {
                sample: true,
                root: false,
            },
        ),
        (
            [c"orm_stddev_pop", c"orm_stddev_pop_over"],
            Spread {
                sample: false,
                root: true,
            },
        ),
        (
            [c"orm_stddev_samp", c"orm_stddev_samp_over"],
            Spread {
                sample: true,
                root: true,
            },
        ),
    ];
    all.into_iter().try_for_each(|([name, over], spread)| {
        db.create_aggregate_function(name, 1, FLAGS, spread)?;
        db.create_window_function(over, 1, FLAGS, SpreadOver(spread))
    })
}

#[derive(Clone, Copy)]
struct Spread {
    /// Whether the values are some of more.
    sample: bool,
    /// Whether it is the deviation and not the variance.
    root: bool,
}

/// A value as it is stored.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Real(f64),
    #[cfg(feature = "decimal")]
    Decimal(rust_decimal::Decimal),
}

impl Number {
    fn read(value: ValueRef<'_>) -> rusqlite::Result<Option<Number>> {
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(Number::Int(value))),
            ValueRef::Real(value) => Ok(Some(Number::Real(value))),
            #[cfg(feature = "decimal")]
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text)
                    .map_err(|_| failed("a column of decimals holds something else"))?;
                let parsed = text
                    .parse()
                    .map_err(|_| failed("a column of decimals holds something else"))?;
                Ok(Some(Number::Decimal(parsed)))
            }
            _ => Err(failed("a column of numbers holds something else")),
        }
    }

    /// How much greater it is than another: exactly, and then rounded once.
    #[allow(
        clippy::cast_precision_loss,
        reason = "the difference is rounded, which is what it is for"
    )]
    fn from(self, first: Number) -> rusqlite::Result<f64> {
        match (self, first) {
            (Number::Int(one), Number::Int(first)) => Ok((i128::from(one) - i128::from(first)) as f64),
            (Number::Real(one), Number::Real(first)) => Ok(one - first),
            #[cfg(feature = "decimal")]
            (Number::Decimal(one), Number::Decimal(first)) => {
                use rust_decimal::prelude::ToPrimitive;
                let difference = one.checked_sub(first).and_then(|difference| difference.to_f64());
                difference.ok_or_else(|| failed("a variance of decimals is out of range"))
            }
            _ => Err(failed("a column of numbers holds numbers of several kinds")),
        }
    }
}

/// What has been seen: the first value, and of all distances from it how many, their sum, and the sum of the squares of how far each
/// is from their mean (Youngs and Cramer).
struct Seen {
    first: Number,
    count: f64,
    sum: f64,
    squares: f64,
}

impl Aggregate<Option<Seen>, Option<f64>> for Spread {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Seen>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Option<Seen>) -> rusqlite::Result<()> {
        match Number::read(context.get_raw(0))? {
            Some(value) => Seen::add(seen, value),
            None => Ok(()),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Option<Seen>>) -> rusqlite::Result<Option<f64>> {
        Ok(self.of(seen.flatten().as_ref()))
    }
}

impl Seen {
    fn add(seen: &mut Option<Seen>, value: Number) -> rusqlite::Result<()> {
        let seen = seen.get_or_insert(Seen {
            first: value,
            count: 0.0,
            sum: 0.0,
            squares: 0.0,
        });
        let distance = value.from(seen.first)?;
        seen.count += 1.0;
        seen.sum += distance;
        if seen.count > 1.0 {
            let off = distance * seen.count - seen.sum;
            seen.squares += off * off / (seen.count * (seen.count - 1.0));
            if seen.squares.is_infinite() && distance.is_finite() {
                return Err(failed("a variance is out of range"));
            }
        } else {
            // Zero, or not a number if the value is none or endless.
            seen.squares = distance;
        }
        Ok(())
    }
}

impl Spread {
    fn of(self, seen: Option<&Seen>) -> Option<f64> {
        let seen = seen?;
        let of = if self.sample { seen.count - 1.0 } else { seen.count };
        if of == 0.0 {
            return None;
        }
        let variance = seen.squares / of;
        Some(if self.root { variance.sqrt() } else { variance })
    }
}

/// The same over a window, whose values leave it again: then it is computed anew, because what they added cannot be taken back exactly.
struct SpreadOver(Spread);

/// The values in the window, and what they come to unless one has left since.
#[derive(Default)]
struct InWindow {
    values: VecDeque<Number>,
    seen: Option<Seen>,
    is_stale: bool,
}

impl InWindow {
    fn seen(&mut self) -> rusqlite::Result<Option<&Seen>> {
        if std::mem::take(&mut self.is_stale) {
            self.seen = None;
            for value in &self.values {
                Seen::add(&mut self.seen, *value)?;
            }
        }
        Ok(self.seen.as_ref())
    }
}

impl Aggregate<InWindow, Option<f64>> for SpreadOver {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<InWindow> {
        Ok(InWindow::default())
    }

    fn step(&self, context: &mut Context<'_>, window: &mut InWindow) -> rusqlite::Result<()> {
        let Some(value) = Number::read(context.get_raw(0))? else {
            return Ok(());
        };
        window.values.push_back(value);
        match window.is_stale {
            true => Ok(()),
            false => Seen::add(&mut window.seen, value),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, window: Option<InWindow>) -> rusqlite::Result<Option<f64>> {
        let mut window = window;
        self.value(window.as_mut())
    }
}

impl WindowAggregate<InWindow, Option<f64>> for SpreadOver {
    fn value(&self, window: Option<&mut InWindow>) -> rusqlite::Result<Option<f64>> {
        match window {
            Some(window) => Ok(self.0.of(window.seen()?)),
            None => Ok(None),
        }
    }

    fn inverse(&self, context: &mut Context<'_>, window: &mut InWindow) -> rusqlite::Result<()> {
        if Number::read(context.get_raw(0))?.is_some() {
            window.values.pop_front();
            window.is_stale = true;
        }
        Ok(())
    }
}

fn failed(reason: &'static str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(reason.into())
}
