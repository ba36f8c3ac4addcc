//! Interleaved rounds, medians, a table.

use std::time::{Duration, Instant};

/// The same work done twice. Each side returns a number that depends on what it read, so that both can be compared
/// and nothing is optimised away.
pub struct Case {
    pub name: String,
    /// How often a side runs within one round.
    pub batch: u32,
    pub ours: Box<dyn FnMut() -> orm::Result<u64>>,
    pub raw: Box<dyn FnMut() -> orm::Result<u64>>,
}

pub struct Outcome {
    name: String,
    /// Median nanoseconds of one run.
    ours: f64,
    raw: f64,
    /// Median of the rounds' ratios.
    ratio: f64,
}

const ROUNDS: usize = 61;

pub fn run(case: &mut Case, once: bool) -> orm::Result<Outcome> {
    let (ours, raw) = ((case.ours)()?, (case.raw)()?);
    assert_eq!(ours, raw, "{}: both sides read the same", case.name);
    let rounds = if once { 1 } else { ROUNDS };
    let batch = if once { 1 } else { case.batch };
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let pair = if round % 2 == 0 {
            let ours = side(&mut case.ours, batch)?;
            (ours, side(&mut case.raw, batch)?)
        } else {
            let raw = side(&mut case.raw, batch)?;
            (side(&mut case.ours, batch)?, raw)
        };
        times.push(pair);
    }
    let per_run = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(batch);
    Ok(Outcome {
        name: case.name.clone(),
        ours: median(times.iter().map(|(ours, _)| per_run(*ours)).collect()),
        raw: median(times.iter().map(|(_, raw)| per_run(*raw)).collect()),
        ratio: median(
            times
                .iter()
                .map(|(ours, raw)| ours.as_secs_f64() / raw.as_secs_f64())
                .collect(),
        ),
    })
}

/// One side, warmed up and then run by [`counted`].
pub fn run_side(case: &mut Case, raw: bool) -> orm::Result<()> {
    let work = if raw { &mut case.raw } else { &mut case.ours };
    work()?;
    counted(work)
}

/// How often [`counted`] runs a side.
const COUNTED: u32 = 100;

/// What a profiler is told to count: the name has to survive the optimiser.
#[inline(never)]
fn counted(work: &mut dyn FnMut() -> orm::Result<u64>) -> orm::Result<()> {
    for _ in 0..COUNTED {
        std::hint::black_box(work()?);
    }
    Ok(())
}

fn side(work: &mut dyn FnMut() -> orm::Result<u64>, batch: u32) -> orm::Result<Duration> {
    let start = Instant::now();
    for _ in 0..batch {
        std::hint::black_box(work()?);
    }
    Ok(start.elapsed())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Outcome {
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "case": self.name,
            "ours_ns": self.ours,
            "raw_ns": self.raw,
            "ratio": self.ratio,
        })
    }
}

pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = format!("{:<34}{:>14}{:>14}{:>8}\n", "case", "ours", "driver", "ratio");
    for outcome in outcomes {
        text += &format!(
            "{:<34}{:>14}{:>14}{:>8.2}\n",
            outcome.name,
            time(outcome.ours),
            time(outcome.raw),
            outcome.ratio
        );
    }
    text
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} us", nanoseconds / 1_000.0)
    }
}
