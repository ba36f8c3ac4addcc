//! What the database of a test is made from.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::connect::Db;
use crate::error::{Error, Kind, Result};
use crate::migrate::{MigrateOptions, Migrations, Target, migrate};

/// Where such databases are, and what makes their tables.
pub(super) struct Recipe {
    pub url: String,
    pub migrations: Migrations,
}

/// What tells recipes apart: databases made by those that are equal in it are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RecipeKey(pub u64);

impl Recipe {
    /// `setting` is what else decides what the migrations make.
    ///
    /// # Errors
    /// If the migrations cannot be written, or run functions of a program that cannot be looked at.
    pub fn key(&self, setting: &str) -> Result<RecipeKey> {
        let mut hash = Sha256::new();
        hash.update(format!("{}\n{setting}\n", env!("CARGO_PKG_VERSION")));
        hash.update(self.migrations.content()?);
        if self.migrations.run_functions() {
            hash.update(program()?);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let first = digest
            .iter()
            .take(8)
            .fold(0, |all, byte| all << 8 | u64::from(*byte));
        Ok(RecipeKey(first))
    }

    /// Makes the tables of an empty database. What failed once fails at once for all that come later, which would see the same.
    ///
    /// # Errors
    /// As `migrate`.
    pub fn migrate(&self, key: RecipeKey, url: &str) -> Result<()> {
        self.run(url).inspect_err(|error| {
            // What was only out of reach may be back.
            if !error.is_connection() {
                failures().insert(key, error.to_string());
            }
        })
    }

    /// # Errors
    /// If the migrations failed for another test of this process.
    pub fn ensure_sound(key: RecipeKey) -> Result<()> {
        match failures().get(&key) {
            None => Ok(()),
            Some(failure) => Err(Error::config(format!(
                "the migrations have failed for another test of this process, whose message is whole: {failure}"
            ))),
        }
    }

    fn run(&self, url: &str) -> Result<()> {
        let mut session = Db::connect(url)?.session()?;
        let options = MigrateOptions::default();
        migrate(
            &mut session,
            &self.migrations,
            &Target::Latest,
            &options,
            &mut |_| {},
        )?;
        Ok(())
    }
}

/// What was said of the recipes whose migrations fail.
fn failures() -> MutexGuard<'static, HashMap<RecipeKey, String>> {
    static FAILURES: LazyLock<Mutex<HashMap<RecipeKey, String>>> = LazyLock::new(Mutex::default);
    FAILURES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which build of the program this is.
fn program() -> Result<String> {
    let unknown =
        |error| Error::new(Kind::Io, "the program's own file cannot be looked at").with_source(error);
    let file = std::env::current_exe()
        .and_then(std::fs::metadata)
        .map_err(unknown)?;
    Ok(format!("{} {:?}", file.len(), file.modified().map_err(unknown)?))
}
