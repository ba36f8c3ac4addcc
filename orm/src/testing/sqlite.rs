//! Databases of tests that are files: the bytes of one that was migrated, written again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::connect::{Db, like};
use crate::error::{Error, Kind, Result};

use super::recipe::{Recipe, RecipeKey};

const FILE: &str = "test.db";

/// The bytes of files that were migrated.
static TEMPLATES: Mutex<Option<HashMap<RecipeKey, Arc<[u8]>>>> = Mutex::new(None);

/// The folder of a new file, which goes with it, and the file's address.
///
/// # Errors
/// If there is no folder for temporary files, or the migrations do not run.
pub(super) fn create(recipe: &Recipe) -> Result<(TempDir, String)> {
    let template = template(recipe)?;
    let folder = folder()?;
    std::fs::write(folder.path().join(FILE), &*template).map_err(unwritten)?;
    let url = like::file(&recipe.url, &folder.path().join(FILE))?;
    Ok((folder, url))
}

/// Other tests wait meanwhile: they need it, too.
fn template(recipe: &Recipe) -> Result<Arc<[u8]>> {
    let key = recipe.key("")?;
    let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    let templates = templates.get_or_insert_default();
    if let Some(made) = templates.get(&key) {
        return Ok(Arc::clone(made));
    }
    Recipe::ensure_sound(key)?;
    let folder = folder()?;
    let file = folder.path().join(FILE);
    let url = like::file(&recipe.url, &file)?;
    recipe.migrate(key, &url)?;
    into_file(&url)?;
    let bytes: Arc<[u8]> = std::fs::read(&file).map_err(unwritten)?.into();
    templates.insert(key, Arc::clone(&bytes));
    Ok(bytes)
}

/// Writes the log of a database into its file, so that the file is all of it.
fn into_file(url: &str) -> Result<()> {
    let mut left = None;
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    Db::connect(url)?.session()?.query(checkpoint, &[], &mut |row| {
        left = Some(row.get::<i64>(0)?);
        Ok(())
    })?;
    match left {
        Some(0) => Ok(()),
        _ => Err(Error::internal(
            "somebody else has a database of tests open while it is made",
        )),
    }
}

fn folder() -> Result<TempDir> {
    tempfile::tempdir().map_err(unwritten)
}

fn unwritten(error: std::io::Error) -> Error {
    Error::new(
        Kind::Io,
        "the database of a test cannot be written to the folder of temporary files",
    )
    .with_source(error)
}
