//! Throughput of several threads or tasks, compared with the driver and a pool of the same size.

mod drive;
mod pool;
mod postgres;
mod sqlite;

use std::time::Duration;

use drive::Share;

/// The numbers of threads or tasks.
const THREADS: [usize; 4] = [1, 4, 32, 128];
/// Alternating runs of both sides per line.
const TURNS: u32 = 4;

pub struct Throughput {
    backend: &'static str,
    work: &'static str,
    threads: usize,
    /// Operations per second.
    ours: f64,
    raw: f64,
}

/// Runs one side with a number of threads for a while: operations per second.
type Run<'a> = Box<dyn FnMut(usize, Share, Duration) -> orm::Result<f64> + 'a>;

/// Every line of SQLite in a file.
pub fn sqlite(seconds: f64, posts: i64) -> orm::Result<Vec<Throughput>> {
    let files = sqlite::Files::create(posts)?;
    let mut lines = lines("sqlite file", seconds, files.ours(), files.raw())?;
    lines.extend(self::lines(
        "sqlite file async",
        seconds,
        files.ours_async()?,
        files.raw_async()?,
    )?);
    Ok(lines)
}

/// Every line of Postgres.
pub fn postgres(seconds: f64, databases: &crate::cases::postgres::Databases) -> orm::Result<Vec<Throughput>> {
    let mut lines = lines(
        "postgres",
        seconds,
        postgres::ours(databases)?,
        postgres::raw(databases)?,
    )?;
    lines.extend(self::lines(
        "postgres async",
        seconds,
        postgres::ours_async(databases)?,
        postgres::raw_async(databases)?,
    )?);
    Ok(lines)
}

fn lines(
    backend: &'static str,
    seconds: f64,
    mut ours: Run<'_>,
    mut raw: Run<'_>,
) -> orm::Result<Vec<Throughput>> {
    let turn = Duration::from_secs_f64(seconds / f64::from(TURNS));
    let mut lines = Vec::new();
    for (work, share) in [
        ("get by key", Share::Reads),
        ("get, every tenth update", Share::Mixed),
    ] {
        for threads in THREADS {
            let (mut sum_ours, mut sum_raw) = (0.0, 0.0);
            // Opens the connections before counting.
            ours(threads, share, turn / 4)?;
            raw(threads, share, turn / 4)?;
            for _ in 0..TURNS {
                sum_ours += ours(threads, share, turn)?;
                sum_raw += raw(threads, share, turn)?;
            }
            lines.push(Throughput {
                backend,
                work,
                threads,
                ours: sum_ours / f64::from(TURNS),
                raw: sum_raw / f64::from(TURNS),
            });
        }
    }
    Ok(lines)
}

impl Throughput {
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "backend": self.backend,
            "work": self.work,
            "threads": self.threads,
            "ours_per_second": self.ours,
            "raw_per_second": self.raw,
        })
    }
}

pub fn table(lines: &[Throughput]) -> String {
    let mut text = format!(
        "{:<20}{:<26}{:>8}{:>12}{:>12}{:>14}\n",
        "operations/s", "", "threads", "ours", "driver", "driver/ours"
    );
    for line in lines {
        text += &format!(
            "{:<20}{:<26}{:>8}{:>12.0}{:>12.0}{:>14.2}\n",
            line.backend,
            line.work,
            line.threads,
            line.ours,
            line.raw,
            line.raw / line.ours
        );
    }
    text
}
