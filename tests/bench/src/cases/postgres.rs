//! Postgres, blocking beside `postgres` and async beside `tokio-postgres`, each on one connection.

use std::cell::RefCell;
use std::rc::Rc;

use super::{every_case, runtime};
use crate::measure::{Case, Side};
use crate::processor::{self, Servers};
use crate::raw::postgres::{Prepared, blocking, tasks};
use crate::raw::sql;
use crate::server::Database;
use crate::{Keys, Size, driver, ours};
use orm::{AsyncDb, Db};
use postgres::{Client, NoTls};

/// Fewer repetitions than on SQLite in memory: a round trip takes longer.
const FEWER: u32 = 10;

/// What is compared with the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Ours,
    /// The driver again, on our database: the ratios when there is no difference.
    Itself,
}

/// Our database and the driver's, with the same rows. The cases must not outlive them.
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

    /// Removes the inserted rows and vacuums: dead rows slow down what runs afterwards.
    fn cleaner(&self) -> orm::Result<Cleaner> {
        let connect = |database: &Database| Client::connect(&database.url(), NoTls).map_err(driver);
        Ok(Rc::new(RefCell::new([connect(&self.ours)?, connect(&self.raw)?])))
    }

    fn servers(&self) -> Servers {
        Servers {
            ours: self.ours.url(),
            raw: self.raw.url(),
        }
    }
}

type Cleaner = Rc<RefCell<[Client; 2]>>;

fn clean(cleaner: &Cleaner, posts: i64) -> orm::Result<()> {
    for client in cleaner.borrow_mut().iter_mut() {
        if client.execute(sql::CLEAN, &[&(2 * posts)]).map_err(driver)? > 0 {
            client.batch_execute("VACUUM comment").map_err(driver)?;
        }
        if client.execute(sql::CLEAN_NOTES, &[]).map_err(driver)? > 0 {
            client.batch_execute("VACUUM note").map_err(driver)?;
        }
    }
    Ok(())
}

pub fn blocking(databases: &Databases, beside: Beside) -> orm::Result<Vec<Case>> {
    let posts = databases.size.posts;
    let db = Db::connect(&databases.ours.url())?;
    let connect = |database: &Database| -> orm::Result<_> {
        let (client, prepared) = connect_blocking(&database.url())?;
        Ok(Rc::new((RefCell::new(client), prepared)))
    };
    let raw = connect(&databases.raw)?;
    let itself = match beside {
        Beside::Ours => None,
        Beside::Itself => Some(connect(&databases.ours)?),
    };
    let cleaner = databases.cleaner()?;
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let mut near = Keys::new(posts);
            let (ours, cleaner) = (db.clone(), Rc::clone(&cleaner));
            let of_driver = |raw: &Rc<(RefCell<Client>, Prepared)>| -> Side {
                let (raw, mut far) = (Rc::clone(raw), Keys::new(posts));
                Box::new(move |times| {
                    let (client, prepared) = &*raw;
                    let mut client = client.borrow_mut();
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += blocking::$function(&mut client, prepared, far.next() $(, $extra)?)
                            .map_err(driver)?;
                    }
                    Ok(sum)
                })
            };
            cases.push(Case {
                name: $name.to_owned(),
                backend: "postgres",
                batch: ($batch / FEWER).max(1),
                ours: match &itself {
                    Some(itself) => of_driver(itself),
                    None => Box::new(move |times| {
                        let mut sum = 0;
                        for _ in 0..times {
                            sum += ours::blocking::$function(&ours, near.next() $(, $extra)?)?;
                        }
                        Ok(sum)
                    }),
                },
                raw: of_driver(&raw),
                clean: Box::new(move || clean(&cleaner, posts)),
                client: processor::of_this_thread,
                servers: Some(databases.servers()),
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}

/// A connection with its prepared statements.
pub(crate) fn connect_blocking(url: &str) -> orm::Result<(Client, Prepared)> {
    let mut client = Client::connect(url, NoTls).map_err(driver)?;
    let prepared = blocking::prepare(&mut client).map_err(driver)?;
    Ok((client, prepared))
}

/// As [`connect_blocking`], on the current runtime.
pub(crate) async fn connect(url: &str) -> Result<(tokio_postgres::Client, Prepared), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let prepared = tasks::prepare(&client).await?;
    Ok((client, prepared))
}

pub fn tasks(databases: &Databases, beside: Beside) -> orm::Result<Vec<Case>> {
    let posts = databases.size.posts;
    let runtime = Rc::new(runtime()?);
    let db = runtime.block_on(AsyncDb::connect(&databases.ours.url()))?;
    let connect = |database: &Database| {
        let connected = runtime.block_on(connect(&database.url()));
        connected.map(Rc::new).map_err(driver)
    };
    let raw = connect(&databases.raw)?;
    let itself = match beside {
        Beside::Ours => None,
        Beside::Itself => Some(connect(&databases.ours)?),
    };
    let cleaner = databases.cleaner()?;
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let mut near = Keys::new(posts);
            let (ours, at_ours, cleaner) = (db.clone(), Rc::clone(&runtime), Rc::clone(&cleaner));
            let of_driver = |raw: &Rc<(tokio_postgres::Client, Prepared)>| -> Side {
                let (raw, at_raw, mut far) = (Rc::clone(raw), Rc::clone(&runtime), Keys::new(posts));
                Box::new(move |times| {
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
                })
            };
            cases.push(Case {
                name: $name.to_owned(),
                backend: "postgres async",
                batch: ($batch / FEWER).max(1),
                ours: match &itself {
                    Some(itself) => of_driver(itself),
                    None => Box::new(move |times| {
                        at_ours.block_on(async {
                            let mut sum = 0;
                            for _ in 0..times {
                                sum += ours::tasks::$function(&ours, near.next() $(, $extra)?).await?;
                            }
                            Ok(sum)
                        })
                    }),
                },
                raw: of_driver(&raw),
                clean: Box::new(move || clean(&cleaner, posts)),
                client: processor::of_this_thread,
                servers: Some(databases.servers()),
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}
