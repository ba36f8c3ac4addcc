//! The database of one run on the server in `ORM_TEST_POSTGRES`, removed when dropped.

use postgres::{Client, NoTls};

use crate::driver;

pub struct Database {
    server: String,
    name: String,
}

impl Database {
    pub fn create() -> orm::Result<Self> {
        let server = std::env::var("ORM_TEST_POSTGRES").map_err(|_| {
            orm::Error::config("ORM_TEST_POSTGRES is not set: there is no Postgres to measure").with_hint(
                "set it to the address of a server where databases may be created, or say --sqlite",
            )
        })?;
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let database = Database {
            server,
            name: format!("orm_bench_{}_{number}", std::process::id()),
        };
        database.run(&format!("CREATE DATABASE {}", database.name))?;
        Ok(database)
    }

    pub fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }

    fn run(&self, sql: &str) -> orm::Result<()> {
        let mut client = Client::connect(&self.server, NoTls).map_err(driver)?;
        client.batch_execute(sql).map_err(driver)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Connections may still be open.
        if let Err(error) = self.run(&format!("DROP DATABASE {} WITH (FORCE)", self.name)) {
            eprintln!("the database {} stays: {error}", self.name);
        }
    }
}

/// The same address with another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}
