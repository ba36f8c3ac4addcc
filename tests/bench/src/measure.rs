//! Interleaved rounds, medians, a table.

use std::time::{Duration, Instant};

use crate::allocations;
use crate::processor::{self, Servers};

/// One side: runs the given number of times, and returns a number that depends on the rows it read, so that both
/// sides can be compared and nothing is optimised away.
pub type Side = Box<dyn FnMut(u32) -> orm::Result<u64>>;

/// The same work done twice.
pub struct Case {
    pub name: String,
    pub backend: &'static str,
    /// How often a side runs within one round.
    pub batch: u32,
    pub ours: Side,
    pub raw: Side,
    /// Removes what both sides have inserted; not timed.
    pub clean: Box<dyn FnMut() -> orm::Result<()>>,
    /// The processor time of the threads that a side runs on.
    pub client: fn() -> Duration,
    /// The server processes of our connection and the driver's, if any.
    pub servers: Option<Servers>,
}

pub struct Outcome {
    name: String,
    backend: &'static str,
    /// Median nanoseconds of one run.
    ours: f64,
    raw: f64,
    /// Median of the rounds' ratios.
    ratio: f64,
    /// Our processor time divided by the driver's, client and server together.
    processor: f64,
    /// Our processor time of one run minus the driver's, in nanoseconds: in the client, and in the server.
    client: f64,
    server: f64,
    ours_allocations: f64,
    raw_allocations: f64,
}

/// Wall clock, and processor time of the client and of the server.
#[derive(Clone, Copy)]
struct Times {
    wall: Duration,
    client: Duration,
    server: Duration,
}

/// Runs each side twice, the second time with all statements prepared, and compares what they read.
pub fn once(case: &mut Case) -> orm::Result<()> {
    for _ in 0..2 {
        let (ours, raw) = ((case.ours)(1)?, (case.raw)(1)?);
        assert_eq!(
            ours, raw,
            "{}, {}: both sides read the same",
            case.backend, case.name
        );
        (case.clean)()?;
    }
    Ok(())
}

pub fn run(case: &mut Case, rounds: usize) -> orm::Result<Outcome> {
    once(case)?;
    let (ours_allocations, raw_allocations) = (count(&mut case.ours)?, count(&mut case.raw)?);
    (case.clean)()?;
    let mut times = Vec::with_capacity(rounds);
    let (near, far) = match &case.servers {
        Some(servers) => servers.ids()?,
        None => Default::default(),
    };
    for round in 0..rounds {
        let pair = if round % 2 == 0 {
            let ours = time(&mut case.ours, case.batch, case.client, &near)?;
            (ours, time(&mut case.raw, case.batch, case.client, &far)?)
        } else {
            let raw = time(&mut case.raw, case.batch, case.client, &far)?;
            (time(&mut case.ours, case.batch, case.client, &near)?, raw)
        };
        times.push(pair);
        (case.clean)()?;
    }
    let per_run = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(case.batch);
    let ratios = |part: fn(&Times) -> Duration| {
        let ratio = |(ours, raw): &(Times, Times)| part(ours).as_secs_f64() / part(raw).as_secs_f64();
        median(times.iter().map(ratio).collect())
    };
    let more = |part: fn(&Times) -> Duration| {
        let more = |(ours, raw): &(Times, Times)| per_run(part(ours)) - per_run(part(raw));
        median(times.iter().map(more).collect())
    };
    Ok(Outcome {
        name: case.name.clone(),
        backend: case.backend,
        ours: median(times.iter().map(|(ours, _)| per_run(ours.wall)).collect()),
        raw: median(times.iter().map(|(_, raw)| per_run(raw.wall)).collect()),
        ratio: ratios(|times| times.wall),
        processor: ratios(|times| times.client + times.server),
        client: more(|times| times.client),
        server: more(|times| times.server),
        ours_allocations,
        raw_allocations,
    })
}

/// Warms up one side and then runs it the given number of times inside `counted`, for a profiler.
pub fn run_side(case: &mut Case, raw: bool, runs: u32) -> orm::Result<()> {
    let work = if raw { &mut case.raw } else { &mut case.ours };
    work(1)?;
    counted(work, runs)
}

/// The function that a profiler is told to count: its name has to survive the optimiser.
#[inline(never)]
fn counted(work: &mut Side, runs: u32) -> orm::Result<()> {
    std::hint::black_box(work(runs)?);
    Ok(())
}

fn time(work: &mut Side, batch: u32, client: fn() -> Duration, servers: &[u32]) -> orm::Result<Times> {
    let (server, before) = (processor::of(servers), client());
    let start = Instant::now();
    std::hint::black_box(work(batch)?);
    let wall = start.elapsed();
    Ok(Times {
        wall,
        client: client().saturating_sub(before),
        server: processor::of(servers).saturating_sub(server),
    })
}

/// Allocations of one run: the average of several, because a growing table allocates only now and then.
fn count(work: &mut Side) -> orm::Result<f64> {
    const RUNS: u32 = 8;
    let (result, count) = allocations::count(|| work(RUNS));
    result?;
    Ok(count as f64 / f64::from(RUNS))
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Outcome {
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "case": self.name,
            "backend": self.backend,
            "ours_ns": self.ours,
            "raw_ns": self.raw,
            "ratio": self.ratio,
            "processor": self.processor,
            "client_ns": self.client,
            "server_ns": self.server,
            "ours_allocations": self.ours_allocations,
            "raw_allocations": self.raw_allocations,
        })
    }
}

pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let mut backend = "";
    for outcome in outcomes {
        if outcome.backend != backend {
            backend = outcome.backend;
            text += &format!(
                "{:<34}{:>12}{:>12}{:>8}{:>11}{:>12}{:>12}{:>12}{:>10}\n",
                backend, "ours", "driver", "ratio", "processor", "client", "server", "our allocs", "driver's"
            );
        }
        text += &format!(
            "{:<34}{:>12}{:>12}{:>8.2}{:>11.2}{:>12}{:>12}{:>12.0}{:>10.0}\n",
            outcome.name,
            duration(outcome.ours),
            duration(outcome.raw),
            outcome.ratio,
            outcome.processor,
            format!("{:+.0} ns", outcome.client),
            format!("{:+.0} ns", outcome.server),
            outcome.ours_allocations,
            outcome.raw_allocations,
        );
    }
    text
}

fn duration(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} us", nanoseconds / 1_000.0)
    }
}

/// The load of the machine, if the system tells: a table without it means nothing.
pub fn load() -> String {
    let average = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let average: Vec<&str> = average.split(' ').take(3).collect();
    let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("load average {}, {cpus} cpus", average.join(" "))
}
