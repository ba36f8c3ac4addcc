//! Databases of tests on a server: copies that the server makes of one that was migrated.
//!
//! Everything of it is named `test_{database}_..`. What is in use is locked by its number as long as the session of a process lasts, so
//! that another process sees what one that was killed has left, and drops it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::connect::{Db, DbSession, like};
use crate::error::{Error, Result};
use crate::sql::quote;
use crate::value::Value;

use super::recipe::Recipe;

/// The comment of a template whose migrations have run.
const COMPLETE: &str = "a template for databases of tests";

/// The most characters of a database's name in the names of those of tests, which have 63 bytes.
const MOST_OF_NAME: usize = 24;

/// The servers that this process has databases of tests on, by address.
static SERVERS: Mutex<Option<HashMap<String, Arc<Server>>>> = Mutex::new(None);

/// A database that is dropped with this.
pub(super) struct Clone {
    server: Arc<Server>,
    name: String,
}

struct Server {
    url: String,
    /// What all names begin with.
    prefix: String,
    state: Mutex<State>,
}

struct State {
    session: DbSession,
    /// The number of this process, which is locked, and which its databases are named by.
    run: i64,
    copies: u64,
    /// Templates of this process, which are locked.
    templates: HashSet<i64>,
}

/// A new database, and its address.
///
/// # Errors
/// If the server does not let this user in, or make databases; if the migrations do not run.
pub(super) fn create(recipe: &Recipe) -> Result<(Clone, String)> {
    let server = {
        let mut servers = lock(&SERVERS);
        let servers = servers.get_or_insert_default();
        match servers.get(&recipe.url) {
            Some(server) => Arc::clone(server),
            None => {
                let server = Arc::new(Server::open(&recipe.url)?);
                servers.insert(recipe.url.clone(), Arc::clone(&server));
                server
            }
        }
    };
    let name = server.copy(recipe)?;
    let url = like::on_server(&recipe.url, &name);
    Ok((Clone { server, name }, url))
}

impl Server {
    fn open(url: &str) -> Result<Self> {
        let mut session = maintenance(url)?;
        let prefix = prefix(like::database(url));
        let run = locked_number(&mut session)?;
        sweep(&mut session, &prefix, run)?;
        Ok(Server {
            url: url.to_owned(),
            prefix,
            state: Mutex::new(State {
                session,
                run,
                copies: 0,
                templates: HashSet::new(),
            }),
        })
    }

    /// Copies the template of a recipe, which is made if it is not there. Other tests wait meanwhile: they need it, too.
    fn copy(&self, recipe: &Recipe) -> Result<String> {
        let key = recipe.key()?.0.cast_signed();
        let template = format!("{}t_{key:016x}", self.prefix);
        let mut state = lock(&self.state);
        if !state.templates.contains(&key) {
            self.use_template(&mut state.session, key, &template, recipe)?;
            state.templates.insert(key);
        }
        state.copies += 1;
        let name = format!("{}{:016x}_{}", self.prefix, state.run, state.copies);
        let create = format!("CREATE DATABASE {} TEMPLATE {}", quote(&name), quote(&template));
        state.session.batch(&create).map_err(may_create)?;
        Ok(name)
    }

    /// Locks a template, which others may use as well; makes it if it is not there, while others wait for that.
    fn use_template(&self, session: &mut DbSession, key: i64, template: &str, recipe: &Recipe) -> Result<()> {
        let makes = !key;
        ask(session, "SELECT pg_advisory_lock($1) IS NULL", &[makes.into()])?;
        ask(
            session,
            "SELECT pg_advisory_lock_shared($1) IS NULL",
            &[key.into()],
        )?;
        let made = self.ensure_template(session, template, recipe);
        if made.is_err() {
            ask(session, "SELECT pg_advisory_unlock_shared($1)", &[key.into()])?;
        }
        ask(session, "SELECT pg_advisory_unlock($1)", &[makes.into()])?;
        made
    }

    fn ensure_template(&self, session: &mut DbSession, template: &str, recipe: &Recipe) -> Result<()> {
        let is_complete = "SELECT shobj_description(oid, 'pg_database') IS NOT DISTINCT FROM $2 FROM pg_database WHERE datname = $1";
        match ask(session, is_complete, &[template.into(), COMPLETE.into()])? {
            Some(true) => return Ok(()),
            Some(false) => session.batch(&dropping(template))?,
            None => {}
        }
        session
            .batch(&format!("CREATE DATABASE {}", quote(template)))
            .map_err(may_create)?;
        recipe.migrate(&like::on_server(&self.url, template))?;
        // What is connected to it, such as a worker of an extension, would keep it from being copied.
        let closed = format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", quote(template));
        session.batch(&closed)?;
        session.batch(&format!(
            "COMMENT ON DATABASE {} IS '{COMPLETE}'",
            quote(template)
        ))
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        // What is not dropped now is dropped by the next process.
        let _ = lock(&self.server.state).session.batch(&dropping(&self.name));
    }
}

/// Connections that a test has left open do not keep its database.
fn dropping(database: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(database))
}

/// A session on the same server, in a database that is there: locks are seen by those who are in the same one.
fn maintenance(url: &str) -> Result<DbSession> {
    let connect = |url: &str| Db::connect(url)?.session();
    connect(&like::on_server(url, "postgres")).or_else(|error| connect(url).map_err(|_| error))
}

/// What the names of databases of tests begin with.
fn prefix(database: &str) -> String {
    let plain = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_lowercase(),
        false => '_',
    };
    let name: String = database.chars().take(MOST_OF_NAME).map(plain).collect();
    format!("test_{name}_")
}

/// A number that no other process has, locked.
fn locked_number(session: &mut DbSession) -> Result<i64> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let mut number = i64::try_from(now.as_nanos() & i64::MAX as u128).unwrap_or_default();
    while ask(session, "SELECT pg_try_advisory_lock($1)", &[number.into()])? != Some(true) {
        number = number.wrapping_add(1);
    }
    Ok(number)
}

/// Drops what processes that are gone have left.
fn sweep(session: &mut DbSession, prefix: &str, run: i64) -> Result<()> {
    let mut names: Vec<String> = Vec::new();
    session.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
        &[prefix.into()],
        &mut |row| {
            names.push(row.get(0)?);
            Ok(())
        },
    )?;
    for name in names {
        let Some(number) = number_in(&name, prefix).filter(|number| *number != run) else {
            continue;
        };
        if ask(session, "SELECT pg_try_advisory_lock($1)", &[number.into()])? == Some(true) {
            // Others may sweep, too, or may not own it: then it stays.
            let _ = session.batch(&dropping(&name));
            ask(session, "SELECT pg_advisory_unlock($1)", &[number.into()])?;
        }
    }
    Ok(())
}

/// The number in the name of a copy or a template.
fn number_in(name: &str, prefix: &str) -> Option<i64> {
    let rest = name.strip_prefix(prefix)?;
    let (number, rest) = rest.strip_prefix("t_").unwrap_or(rest).split_at_checked(16)?;
    let is_copy = rest
        .strip_prefix('_')
        .is_some_and(|count| count.parse::<u64>().is_ok());
    let number = u64::from_str_radix(number, 16).ok()?;
    (rest.is_empty() || is_copy).then_some(number.cast_signed())
}

fn ask(session: &mut DbSession, sql: &str, values: &[Value<'_>]) -> Result<Option<bool>> {
    let mut answer = None;
    session.query(sql, values, &mut |row| {
        answer = Some(row.get(0)?);
        Ok(())
    })?;
    Ok(answer)
}

fn may_create(error: Error) -> Error {
    error
        .context("making the database of a test")
        .with_hint("the user of the address has to be allowed to make databases: `ALTER ROLE name CREATEDB`")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_number_and_fit() {
        let prefix = prefix("Shop-für_alle_die_kommen_und_gehen");
        let name = format!("{prefix}{:016x}_{}", i64::MIN, u64::MAX);
        assert!(name.len() <= 63 && name.is_ascii(), "{name}");
        assert_eq!(number_in(&name, &prefix), Some(i64::MIN));
        assert_eq!(
            number_in(&format!("{prefix}t_{:016x}", -7_i64), &prefix),
            Some(-7)
        );
        for other in [
            "test_shop_1",
            "shop",
            &format!("{prefix}000000000000000g_1"),
            &format!("{prefix}0000000000000001x"),
        ] {
            assert_eq!(number_in(other, &prefix), None, "{other}");
        }
    }
}
