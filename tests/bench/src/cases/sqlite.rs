//! SQLite in memory, where nothing hides our overhead.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use orm::{AsyncDb, Db};
use rusqlite::Connection;

use super::{every_case, runtime};
use crate::measure::Case;
use crate::{Keys, Size, driver, ours, processor, raw};

/// Cases compared with `rusqlite`.
pub fn blocking(size: Size) -> orm::Result<Vec<Case>> {
    let db = Db::connect("sqlite::memory:")?;
    ours::fill(&db, size.posts)?;
    let connection = raw::sqlite::connect(None).map_err(driver)?;
    raw::sqlite::fill(&connection, size.posts).map_err(driver)?;
    let connection = Rc::new(connection);
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let (mut near, mut far) = (Keys::new(size.posts), Keys::new(size.posts));
            let (ours, cleaned_ours) = (db.clone(), db.clone());
            let (raw, cleaned_raw) = (Rc::clone(&connection), Rc::clone(&connection));
            cases.push(Case {
                name: $name.to_owned(),
                backend: "sqlite",
                batch: $batch,
                ours: Box::new(move |times| {
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += ours::blocking::$function(&ours, near.next() $(, $extra)?)?;
                    }
                    Ok(sum)
                }),
                raw: Box::new(move |times| {
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += raw::sqlite::$function(&raw, far.next() $(, $extra)?).map_err(driver)?;
                    }
                    Ok(sum)
                }),
                clean: Box::new(move || {
                    raw::sqlite::clean(&cleaned_raw, size.posts).map_err(driver)?;
                    ours::clean(&cleaned_ours, size.posts)
                }),
                client: processor::of_this_thread,
                servers: None,
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}

/// The driver has no async API: each of its cases is one `spawn_blocking` call, the minimum.
pub fn tasks(size: Size) -> orm::Result<Vec<Case>> {
    let runtime = Rc::new(runtime()?);
    let posts = size.posts;
    let db = runtime.block_on(AsyncDb::connect("sqlite::memory:"))?;
    runtime.block_on(db.blocking(move |db| ours::fill(db, posts)))?;
    let connection = raw::sqlite::connect(None).map_err(driver)?;
    raw::sqlite::fill(&connection, size.posts).map_err(driver)?;
    let connection = Arc::new(Mutex::new(connection));
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let (mut near, mut far) = (Keys::new(size.posts), Keys::new(size.posts));
            let (ours, at_ours) = (db.clone(), Rc::clone(&runtime));
            let (raw, at_raw) = (Arc::clone(&connection), Rc::clone(&runtime));
            let (cleaned_ours, cleaned_raw) = (db.clone(), Arc::clone(&connection));
            let at_both = Rc::clone(&runtime);
            cases.push(Case {
                name: $name.to_owned(),
                backend: "sqlite async",
                batch: $batch,
                ours: Box::new(move |times| {
                    at_ours.block_on(async {
                        let mut sum = 0;
                        for _ in 0..times {
                            sum += ours::tasks::$function(&ours, near.next() $(, $extra)?).await?;
                        }
                        Ok(sum)
                    })
                }),
                raw: Box::new(move |times| {
                    at_raw.block_on(async {
                        let mut sum = 0;
                        for _ in 0..times {
                            let (raw, key) = (Arc::clone(&raw), far.next());
                            let called = tokio::task::spawn_blocking(move || {
                                raw::sqlite::$function(&locked(&raw), key $(, $extra)?)
                            });
                            sum += called.await.map_err(driver)?.map_err(driver)?;
                        }
                        Ok(sum)
                    })
                }),
                clean: Box::new(move || {
                    raw::sqlite::clean(&locked(&cleaned_raw), posts).map_err(driver)?;
                    at_both.block_on(cleaned_ours.blocking(move |db| ours::clean(db, posts)))
                }),
                // Includes the `spawn_blocking` threads.
                client: processor::of_this_process,
                servers: None,
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}

fn locked(connection: &Mutex<Connection>) -> std::sync::MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
