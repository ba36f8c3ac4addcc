//! Migration files in a directory: `<dir>/<app>/<name>.toml`.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{MigrationFile, MigrationKey, read};
use crate::error::{Error, Kind, Result};

/// Reads every migration below a directory; one that does not exist has none.
///
/// # Errors
/// If a file cannot be read or says something impossible.
pub(in crate::migrate) fn load_dir(dir: &Path) -> Result<Vec<MigrationFile>> {
    let mut files = Vec::new();
    for app in entries(dir)? {
        if !app.is_dir() {
            continue;
        }
        let Some(label) = usable_name(&app) else { continue };
        for path in entries(&app)? {
            let is_file = path.extension().is_some_and(|extension| extension == "toml") && path.is_file();
            let Some(name) = path
                .file_stem()
                .map(Path::new)
                .and_then(usable_name)
                .filter(|_| is_file)
            else {
                continue;
            };
            let text = fs::read_to_string(&path).map_err(|source| io_error("read", &path, source))?;
            files.push(read(
                MigrationKey::new(&label, name),
                &path.display().to_string(),
                &text,
            )?);
        }
    }
    Ok(files)
}

/// Everything in a directory, in a fixed order.
fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| io_error("read", dir, source))?,
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<PathBuf>>>()
        .map_err(|source| io_error("read", dir, source))?;
    paths.sort();
    Ok(paths)
}

/// A name that is not one of editors' and tools' own (`_x`, `~x`, `.x`).
fn usable_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    (!name.starts_with(['_', '~', '.'])).then(|| name.to_owned())
}

/// Writes files that do not exist yet, all or none: first beside their places, then by renaming.
///
/// # Errors
/// If one exists, or cannot be written; then none is there.
pub(in crate::migrate) fn write_all(files: &[(PathBuf, &str)]) -> Result<()> {
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(Error::new(Kind::Io, format!("{} exists already", path.display()))
            .with_hint("nothing was written; run the command again, it looks at the files anew"));
    }
    let mut written = Written::default();
    for (path, text) in files {
        let dir = path.parent().unwrap_or(Path::new("."));
        written.create_dir(dir)?;
        let beside = dir.join(format!(
            ".{}.{}.new",
            path.file_name().unwrap_or_default().to_string_lossy(),
            std::process::id()
        ));
        written.files.push(beside.clone());
        write_through(&beside, text).map_err(|source| io_error("write", &beside, source))?;
    }
    for (at, (path, _)) in files.iter().enumerate() {
        fs::rename(&written.files[at], path).map_err(|source| io_error("write", path, source))?;
        written.files[at].clone_from(path);
    }
    written.keep();
    Ok(())
}

fn write_through(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What was made so far; goes away again unless kept.
#[derive(Default)]
struct Written {
    files: Vec<PathBuf>,
    dirs: Vec<PathBuf>,
}

impl Written {
    fn create_dir(&mut self, dir: &Path) -> Result<()> {
        let missing: Vec<&Path> = dir
            .ancestors()
            .take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists())
            .collect();
        for dir in missing.into_iter().rev() {
            fs::create_dir(dir).map_err(|source| io_error("create", dir, source))?;
            self.dirs.push(dir.to_owned());
        }
        Ok(())
    }

    fn keep(mut self) {
        self.files.clear();
        self.dirs.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for dir in self.dirs.iter().rev() {
            let _ = fs::remove_dir(dir);
        }
    }
}

fn io_error(verb: &str, path: &Path, source: std::io::Error) -> Error {
    Error::new(Kind::Io, format!("cannot {verb} {}: {source}", path.display())).with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let dir = std::env::temp_dir().join(format!("orm-store-{}", std::process::id()));
        let blocked = dir.join("b");
        fs::create_dir_all(&dir).unwrap();
        fs::write(&blocked, "a file where a directory should be").unwrap();
        let error = write_all(&[
            (dir.join("a/0001_initial.toml"), "x"),
            (blocked.join("0001_initial.toml"), "x"),
        ])
        .unwrap_err();
        assert!(error.to_string().contains("cannot"), "{error}");
        assert!(!dir.join("a").exists());
        write_all(&[(dir.join("a/0001_initial.toml"), "x")]).unwrap();
        assert!(write_all(&[(dir.join("a/0001_initial.toml"), "y")]).is_err());
        assert_eq!(fs::read_to_string(dir.join("a/0001_initial.toml")).unwrap(), "x");
        fs::remove_dir_all(&dir).unwrap();
    }
}
