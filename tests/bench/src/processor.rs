//! Processor time: on a busy machine it says more than the clock, which includes other processes.

use std::time::Duration;

use postgres::{Client, NoTls};
use rustix::time::{ClockId, clock_gettime};

use crate::driver;

/// Addresses of both databases, to find the server processes.
pub struct Servers {
    pub ours: String,
    pub raw: String,
}

impl Servers {
    /// The server processes of our connection and the driver's.
    pub fn ids(&self) -> orm::Result<(Vec<u32>, Vec<u32>)> {
        Ok((serving(&self.ours)?, serving(&self.raw)?))
    }
}

fn serving(url: &str) -> orm::Result<Vec<u32>> {
    let mut client = Client::connect(url, NoTls).map_err(driver)?;
    let rows = client
        .query(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
            &[],
        )
        .map_err(driver)?;
    let ids = rows.iter().map(|row| row.try_get::<_, i32>(0));
    ids.map(|id| id.map(i32::cast_unsigned).map_err(driver)).collect()
}

/// Processor time of the thread that runs the cases.
pub fn of_this_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Processor time of all threads of this process.
pub fn of_this_process() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Processor time of other processes of this machine; nothing on systems other than Linux and for remote servers.
pub fn of(processes: &[u32]) -> Duration {
    let used = processes.iter().filter_map(|id| {
        let text = std::fs::read_to_string(format!("/proc/{id}/schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(used.sum())
}
