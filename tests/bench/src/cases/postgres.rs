//! Postgres, blocking beside `postgres` and async beside `tokio-postgres`, each on one connection.

use std::cell::RefCell;
use std::rc::Rc;

use orm::{AsyncDb, Db};
use postgres::{Client, NoTls};
use tokio::runtime::{Builder, Runtime};

use super::every_case;
use crate::measure::Case;
use crate::raw::postgres::{Prepared, blocking, tasks};
use crate::server::Database;
use crate::{Keys, Size, driver, ours};

/// An exchange takes longer than a query of SQLite in memory.
const FEWER: u32 = 10;

/// Ours and the driver's, with the same rows. The cases must not outlive them.
pub struct Databases {
    pub(crate) ours: Database,
    pub(crate) raw: Database,
    pub(crate) size: Size,
}

impl Databases {
    pub fn create(size: Size) -> orm::Result<Self> {
        let databases = Databases {
            ours: Database::create()?,
            raw: Database::create()?,
            size,
        };
        for url in [databases.ours.url(), databases.raw.url()] {
            ours::fill(&Db::connect(&url)?, size.posts)?;
            let mut client = Client::connect(&url, NoTls).map_err(driver)?;
            client.batch_execute("VACUUM ANALYZE").map_err(driver)?;
        }
        Ok(databases)
    }
}

pub fn blocking(databases: &Databases) -> orm::Result<Vec<Case>> {
    let posts = databases.size.posts;
    let db = Db::connect(&databases.ours.url())?;
    let (client, prepared) = connect_blocking(&databases.raw.url())?;
    let raw = Rc::new((RefCell::new(client), prepared));
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let (mut near, mut far) = (Keys::new(posts), Keys::new(posts));
            let (ours, cleaned_ours) = (db.clone(), db.clone());
            let (raw, cleaned_raw) = (Rc::clone(&raw), Rc::clone(&raw));
            cases.push(Case {
                name: $name.to_owned(),
                backend: "postgres",
                batch: ($batch / FEWER).max(1),
                ours: Box::new(move |times| {
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += ours::blocking::$function(&ours, near.next() $(, $extra)?)?;
                    }
                    Ok(sum)
                }),
                raw: Box::new(move |times| {
                    let (client, prepared) = &*raw;
                    let mut client = client.borrow_mut();
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += blocking::$function(&mut client, prepared, far.next() $(, $extra)?)
                            .map_err(driver)?;
                    }
                    Ok(sum)
                }),
                clean: Box::new(move || {
                    let (client, prepared) = &*cleaned_raw;
                    blocking::clean(&mut client.borrow_mut(), prepared, posts).map_err(driver)?;
                    ours::clean(&cleaned_ours, posts)
                }),
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}

/// A runtime of one thread, which also runs the drivers' connections: what it costs to wake another is not ours.
fn runtime() -> orm::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(driver)
}

/// A connection with its statements.
pub(crate) fn connect_blocking(url: &str) -> orm::Result<(Client, Prepared)> {
    let mut client = Client::connect(url, NoTls).map_err(driver)?;
    let prepared = blocking::prepare(&mut client).map_err(driver)?;
    Ok((client, prepared))
}

/// As [`connect_blocking`], on the runtime that calls it.
pub(crate) async fn connect(url: &str) -> Result<(tokio_postgres::Client, Prepared), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let prepared = tasks::prepare(&client).await?;
    Ok((client, prepared))
}

pub fn tasks(databases: &Databases) -> orm::Result<Vec<Case>> {
    let posts = databases.size.posts;
    let runtime = Rc::new(runtime()?);
    let db = runtime.block_on(AsyncDb::connect(&databases.ours.url()))?;
    let blocking = Db::connect(&databases.ours.url())?;
    let raw = runtime.block_on(connect(&databases.raw.url())).map_err(driver)?;
    let raw = Rc::new(raw);
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let (mut near, mut far) = (Keys::new(posts), Keys::new(posts));
            let (ours, cleaned_ours) = (db.clone(), blocking.clone());
            let (raw, cleaned_raw) = (Rc::clone(&raw), Rc::clone(&raw));
            let (at_ours, at_raw, cleaner) = (Rc::clone(&runtime), Rc::clone(&runtime), Rc::clone(&runtime));
            cases.push(Case {
                name: $name.to_owned(),
                backend: "postgres async",
                batch: ($batch / FEWER).max(1),
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
                    let (client, prepared) = &*raw;
                    at_raw.block_on(async {
                        let mut sum = 0;
                        for _ in 0..times {
                            sum += tasks::$function(client, prepared, far.next() $(, $extra)?)
                                .await
                                .map_err(driver)?;
                        }
                        Ok(sum)
                    })
                }),
                clean: Box::new(move || {
                    let (client, prepared) = &*cleaned_raw;
                    cleaner
                        .block_on(tasks::clean(client, prepared, posts))
                        .map_err(driver)?;
                    ours::clean(&cleaned_ours, posts)
                }),
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}
