//! Databases of tests on a server: copies that the server makes of one that was migrated.
//!
//! Everything of it is named `test_{database}_..`. What is in use is locked by its number as long as the session of a process lasts, so
//! that another process sees what one that was killed has left, and drops it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::connect::{Db, DbSession, like};
use crate::error::{Error, Result};
use crate::sql::{Session, quote};
use crate::value::{ColumnType, Value};

use super::recipe::{Recipe, RecipeKey};

/// The comment of a template whose migrations have run.
const COMPLETE: &str = "a template for databases of tests";

/// The most characters of a database's name in the names of those of tests, which have 63 bytes.
const MOST_OF_NAME: usize = 20;

/// How many templates that nobody uses are kept: those of the packages of a project, and of its branches.
const TEMPLATES_KEPT: usize = 8;

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
    /// What migrations find beside the databases themselves: who runs them, and in which schemas they look.
    setting: String,
    state: Mutex<State>,
}

struct State {
    session: DbSession,
    /// Whether others look for locks where this process has its own.
    seen: bool,
    /// The number of this process, which is locked, and which its databases are named by.
    run: i64,
    copies: u64,
    /// Templates of this process, which are locked.
    templates: HashSet<i64>,
}

/// A new database, and its address.
///
/// # Errors
/// If the server does not let this user in, or make databases; if the migrations do not run; inside async code, which must not wait.
pub(super) fn create(recipe: &Recipe) -> Result<(Clone, String)> {
    Db::ensure_blocking()?;
    let copied = server(&recipe.url).and_then(|server| Ok((server.copy(recipe)?, server)));
    let (name, server) = match copied {
        // The session of this process was lost, and its locks with it.
        Err(error) if error.is_connection() => {
            lock(&SERVERS).get_or_insert_default().remove(&recipe.url);
            let server = server(&recipe.url)?;
            (server.copy(recipe)?, server)
        }
        copied => copied?,
    };
    let url = like::on_server(&recipe.url, &name);
    Ok((Clone { server, name }, url))
}

fn server(url: &str) -> Result<Arc<Server>> {
    let mut servers = lock(&SERVERS);
    let servers = servers.get_or_insert_default();
    if let Some(server) = servers.get(url) {
        return Ok(Arc::clone(server));
    }
    let server = Arc::new(Server::open(url)?);
    servers.insert(url.to_owned(), Arc::clone(&server));
    Ok(server)
}

impl Server {
    fn open(url: &str) -> Result<Self> {
        let (mut session, seen) = maintenance(url)?;
        if !session.keeps_session() {
            return Err(Error::config(
                "the address is of a pooler, which keeps no locks of a session, and databases of tests need them",
            )
            .with_hint("give tests the address of the server itself: `DATABASE_URL`, or `#[orm::test(url = \"..\")]`"));
        }
        // Waiting for migrations, and between tests, takes as long as they do.
        session.batch("SET statement_timeout = 0; SET lock_timeout = 0")?;
        one::<String>(
            &mut session,
            "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
            &[],
        )?;
        let may_create = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user";
        if one(&mut session, may_create, &[])? != Some(true) {
            return Err(Error::config(
                "the user of the address may not make databases, and each test has one of its own",
            )
            .with_hint("let one who may run `ALTER ROLE <the user> CREATEDB`"));
        }
        let setting = "SELECT concat_ws(' ', current_user, current_setting('search_path'))";
        Ok(Server {
            url: url.to_owned(),
            prefix: prefix(&like::database(url)?),
            setting: one(&mut session, setting, &[])?.unwrap_or_default(),
            state: Mutex::new(State {
                run: locked_number(&mut session)?,
                session,
                seen,
                copies: 0,
                templates: HashSet::new(),
            }),
        })
    }

    /// Copies the template of a recipe, which is made if it is not there. Other tests wait meanwhile: they need it, too.
    fn copy(&self, recipe: &Recipe) -> Result<String> {
        let of_recipe = recipe.key(&self.setting)?;
        let key = of_recipe.0.cast_signed();
        let template = format!("{}t_{key:016x}", self.prefix);
        let mut state = lock(&self.state);
        if !state.templates.contains(&key) {
            Recipe::ensure_sound(of_recipe)?;
            self.use_template(&mut state.session, of_recipe, &template, recipe)?;
            state.templates.insert(key);
            if state.seen {
                sweep(&mut state, &self.prefix)?;
            }
        }
        state.copies += 1;
        let name = format!("{}{:016x}_{}", self.prefix, state.run, state.copies);
        let create = format!("CREATE DATABASE {} TEMPLATE {}", quote(&name), quote(&template));
        state.session.batch(&create).map_err(making)?;
        Ok(name)
    }

    /// Locks a template, which others may use as well; makes it if it is not there, while others wait for that.
    fn use_template(
        &self,
        session: &mut DbSession,
        of_recipe: RecipeKey,
        template: &str,
        recipe: &Recipe,
    ) -> Result<()> {
        let key = of_recipe.0.cast_signed();
        let makes = !key;
        one::<bool>(session, "SELECT pg_advisory_lock($1) IS NULL", &[makes.into()])?;
        let shared = one::<bool>(
            session,
            "SELECT pg_advisory_lock_shared($1) IS NULL",
            &[key.into()],
        );
        let made = shared.and_then(|_| self.ensure_template(session, of_recipe, template, recipe));
        let mut unlock = "SELECT pg_advisory_unlock($1)".to_owned();
        if made.is_err() {
            unlock += ", pg_advisory_unlock_shared($2)";
        }
        let unlocked = one::<bool>(
            session,
            &unlock,
            &[makes.into(), key.into()][..1 + usize::from(made.is_err())],
        );
        made.and(unlocked.map(drop))
    }

    fn ensure_template(
        &self,
        session: &mut DbSession,
        of_recipe: RecipeKey,
        template: &str,
        recipe: &Recipe,
    ) -> Result<()> {
        let is_complete = "SELECT shobj_description(oid, 'pg_database') IS NOT DISTINCT FROM $2 FROM pg_database WHERE datname = $1";
        match one(session, is_complete, &[template.into(), COMPLETE.into()])? {
            Some(true) => return Ok(()),
            Some(false) => session.batch(&dropping(template))?,
            None => {}
        }
        session
            .batch(&format!("CREATE DATABASE {}", quote(template)))
            .map_err(making)?;
        recipe.migrate(of_recipe, &like::on_server(&self.url, template))?;
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
    /// On a thread, because the session waits, which async code may not. What is not dropped now is dropped by another process.
    fn drop(&mut self) {
        let (server, dropping) = (Arc::clone(&self.server), dropping(&self.name));
        let work = move || drop(lock(&server.state).session.batch(&dropping));
        if let Ok(thread) = std::thread::Builder::new().spawn(work) {
            let _ = thread.join();
        }
    }
}

/// Connections that a test has left open do not keep its database.
fn dropping(database: &str) -> String {
    format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(database))
}

/// A session on the same server, in the database where all look for locks, which are of one database each; or else in its own.
fn maintenance(url: &str) -> Result<(DbSession, bool)> {
    let connect = |url: &str| Db::connect(url)?.session();
    let common = like::on_server(url, "postgres");
    let error = match connect(&common) {
        Ok(session) => return Ok((session, true)),
        Err(error) => error,
    };
    let Ok(mut own) = connect(url) else {
        return Err(error);
    };
    let is_open = "SELECT datallowconn AND has_database_privilege(oid, 'CONNECT') FROM pg_database WHERE datname = 'postgres'";
    match one(&mut own, is_open, &[])? {
        // It was only busy.
        Some(true) => connect(&common).map(|session| (session, true)),
        _ => Ok((own, false)),
    }
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
    while one(session, "SELECT pg_try_advisory_lock($1)", &[number.into()])? != Some(true) {
        number = number.wrapping_add(1);
    }
    Ok(number)
}

/// Drops what processes that are gone have left: their databases, and all but the newest of the templates that nobody uses.
fn sweep(state: &mut State, prefix: &str) -> Result<()> {
    let mut names: Vec<String> = Vec::new();
    let found = "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY oid DESC";
    state.session.query(found, &[prefix.into()], &mut |row| {
        names.push(row.get(0)?);
        Ok(())
    })?;
    let mut templates = 0;
    for name in names {
        let Some((number, is_template)) = number_in(&name, prefix) else {
            continue;
        };
        // A session gets its own locks again.
        if number == state.run || state.templates.contains(&number) {
            continue;
        }
        if is_template {
            templates += 1;
            if templates <= TEMPLATES_KEPT {
                continue;
            }
        }
        if one(
            &mut state.session,
            "SELECT pg_try_advisory_lock($1)",
            &[number.into()],
        )? == Some(true)
        {
            // Others may sweep, too, or may not own it: then it stays.
            let _ = state.session.batch(&dropping(&name));
            one::<bool>(
                &mut state.session,
                "SELECT pg_advisory_unlock($1)",
                &[number.into()],
            )?;
        }
    }
    Ok(())
}

/// The number in the name of a copy, or of a template.
fn number_in(name: &str, prefix: &str) -> Option<(i64, bool)> {
    let rest = name.strip_prefix(prefix)?;
    let template = rest.strip_prefix("t_");
    let (number, rest) = template.unwrap_or(rest).split_at_checked(16)?;
    let is_whole = match template {
        Some(_) => rest.is_empty(),
        None => rest
            .strip_prefix('_')
            .is_some_and(|count| count.parse::<u64>().is_ok()),
    };
    let number = u64::from_str_radix(number, 16).ok()?;
    is_whole.then_some((number.cast_signed(), template.is_some()))
}

fn one<T: ColumnType>(session: &mut DbSession, sql: &str, values: &[Value<'_>]) -> Result<Option<T>> {
    let mut answer = None;
    session.query(sql, values, &mut |row| {
        answer = Some(row.get(0)?);
        Ok(())
    })?;
    Ok(answer)
}

fn making(error: Error) -> Error {
    error.context("making the database of a test")
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
        assert_eq!(number_in(&name, &prefix), Some((i64::MIN, false)));
        assert_eq!(
            number_in(&format!("{prefix}t_{:016x}", -7_i64), &prefix),
            Some((-7, true))
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
