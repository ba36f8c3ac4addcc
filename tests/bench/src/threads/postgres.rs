//! Postgres with eight connections.

use std::sync::Arc;

use orm::{AsyncDb, Db};

use super::Run;
use super::drive;
use super::pool::{AsyncPool, Pool};
use crate::cases::postgres::{Databases, connect, connect_blocking};
use crate::raw::postgres::{blocking, tasks};
use crate::{driver, ours};

const POOL: u32 = 8;

pub fn ours(databases: &Databases) -> orm::Result<Run<'_>> {
    let db = Db::builder(&databases.ours.url()).pool_size(POOL).connect()?;
    Ok(Box::new(move |threads, share, time| {
        drive::threads((threads, share, time, databases.size.posts), |step| {
            if step.write {
                ours::blocking::update(&db, step.key)
            } else {
                ours::blocking::get(&db, step.key)
            }
        })
    }))
}

pub fn raw(databases: &Databases) -> orm::Result<Run<'_>> {
    let connections = (0..POOL).map(|_| connect_blocking(&databases.raw.url()));
    let pool = Pool::new(connections.collect::<Result<_, _>>()?);
    Ok(Box::new(move |threads, share, time| {
        drive::threads((threads, share, time, databases.size.posts), |step| {
            pool.with(|(client, prepared)| {
                if step.write {
                    blocking::update(client, prepared, step.key)
                } else {
                    blocking::get(client, prepared, step.key)
                }
            })
            .map_err(driver)
        })
    }))
}

pub fn ours_async(databases: &Databases) -> orm::Result<Run<'_>> {
    let runtime = drive::runtime()?;
    let opening = AsyncDb::builder(&databases.ours.url()).pool_size(POOL).connect();
    let db = runtime.block_on(opening)?;
    Ok(Box::new(move |number, share, time| {
        let db = db.clone();
        drive::tasks(
            &runtime,
            (number, share, time, databases.size.posts),
            move |step| {
                let db = db.clone();
                async move {
                    if step.write {
                        ours::tasks::update(&db, step.key).await
                    } else {
                        ours::tasks::get(&db, step.key).await
                    }
                }
            },
        )
    }))
}

pub fn raw_async(databases: &Databases) -> orm::Result<Run<'_>> {
    let runtime = drive::runtime()?;
    let mut connections = Vec::new();
    for _ in 0..POOL {
        let opened = runtime.block_on(connect(&databases.raw.url()));
        connections.push(opened.map_err(driver)?);
    }
    let pool = Arc::new(AsyncPool::new(connections));
    Ok(Box::new(move |number, share, time| {
        let pool = Arc::clone(&pool);
        drive::tasks(
            &runtime,
            (number, share, time, databases.size.posts),
            move |step| {
                let pool = Arc::clone(&pool);
                async move {
                    let taken = pool.take().await?;
                    let (client, prepared) = &*taken;
                    if step.write {
                        tasks::update(client, prepared, step.key).await
                    } else {
                        tasks::get(client, prepared, step.key).await
                    }
                    .map_err(driver)
                }
            },
        )
    }))
}
