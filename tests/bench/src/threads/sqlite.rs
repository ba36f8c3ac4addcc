//! SQLite in a file in WAL mode: one connection that writes, four that read.

use std::sync::Arc;

use orm::{AsyncDb, Db};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Run;
use super::drive::{self, Step};
use super::pool::Pool;
use crate::{driver, ours, raw};

const READERS: u32 = 4;

/// Our database and the driver's, with the same rows.
pub struct Files {
    db: Db,
    raw: Arc<Raw>,
    runtime: Arc<Runtime>,
    posts: i64,
    folder: TempDir,
}

struct Raw {
    writer: Pool<Connection>,
    readers: Pool<Connection>,
}

impl Raw {
    fn step(&self, step: Step) -> orm::Result<u64> {
        if step.write {
            self.writer.with(|db| raw::sqlite::update(db, step.key))
        } else {
            self.readers.with(|db| raw::sqlite::get(db, step.key))
        }
        .map_err(driver)
    }
}

impl Files {
    pub fn create(posts: i64) -> orm::Result<Self> {
        let folder = tempfile::tempdir().map_err(driver)?;
        let db = Db::builder(&url(&folder)).pool_size(READERS).connect()?;
        ours::fill(&db, posts)?;
        let file = folder.path().join("raw.db");
        let connect = || raw::sqlite::connect(Some(&file)).map_err(driver);
        let writer = connect()?;
        raw::sqlite::fill(&writer, posts).map_err(driver)?;
        let raw = Raw {
            writer: Pool::new(vec![writer]),
            readers: Pool::new((0..READERS).map(|_| connect()).collect::<Result<_, _>>()?),
        };
        Ok(Files {
            db,
            raw: Arc::new(raw),
            runtime: Arc::new(drive::runtime()?),
            posts,
            folder,
        })
    }

    pub fn ours(&self) -> Run<'_> {
        Box::new(|threads, share, time| {
            drive::threads((threads, share, time, self.posts), |step| {
                if step.write {
                    ours::blocking::update(&self.db, step.key)
                } else {
                    ours::blocking::get(&self.db, step.key)
                }
            })
        })
    }

    pub fn raw(&self) -> Run<'_> {
        Box::new(|threads, share, time| {
            drive::threads((threads, share, time, self.posts), |step| self.raw.step(step))
        })
    }

    pub fn ours_async(&self) -> orm::Result<Run<'_>> {
        let opening = AsyncDb::builder(&url(&self.folder)).pool_size(READERS).connect();
        let db = self.runtime.block_on(opening)?;
        Ok(Box::new(move |tasks, share, time| {
            let db = db.clone();
            drive::tasks(&self.runtime, (tasks, share, time, self.posts), move |step| {
                let db = db.clone();
                async move {
                    if step.write {
                        ours::tasks::update(&db, step.key).await
                    } else {
                        ours::tasks::get(&db, step.key).await
                    }
                }
            })
        }))
    }

    /// The driver has no async API: each call is a `spawn_blocking`.
    pub fn raw_async(&self) -> orm::Result<Run<'_>> {
        Ok(Box::new(|tasks, share, time| {
            let raw = Arc::clone(&self.raw);
            drive::tasks(&self.runtime, (tasks, share, time, self.posts), move |step| {
                let raw = Arc::clone(&raw);
                async move {
                    let called = tokio::task::spawn_blocking(move || raw.step(step));
                    called.await.map_err(driver)?
                }
            })
        }))
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("ours.db").display())
}
