//! What the database of a test is made from.

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

    /// Makes the tables of an empty database.
    ///
    /// # Errors
    /// As `migrate`.
    pub fn migrate(&self, url: &str) -> Result<()> {
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

/// Which build of the program this is.
fn program() -> Result<String> {
    let unknown =
        |error| Error::new(Kind::Io, "the program's own file cannot be looked at").with_source(error);
    let file = std::env::current_exe()
        .and_then(std::fs::metadata)
        .map_err(unknown)?;
    Ok(format!("{} {:?}", file.len(), file.modified().map_err(unknown)?))
}
