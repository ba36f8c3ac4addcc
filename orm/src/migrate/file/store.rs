//! Migration files in a directory: `<dir>/<app>/<name>.toml`, and beside them the app's `HEAD`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::{HEAD, Head, MigrationFile, MigrationKey, read};
use crate::error::{Error, Kind, Result};

/// Fewer files than this are read on one thread.
const WORTH_A_THREAD: usize = 64;

/// The migrations in a directory.
#[derive(Debug, Default)]
pub(in crate::migrate) struct LoadedFiles {
    pub files: Vec<MigrationFile>,
    /// By app.
    pub heads: BTreeMap<String, Head>,
}

/// Reads every migration below a directory; a missing directory has none.
///
/// # Errors
/// If a file cannot be read or is invalid.
pub(in crate::migrate) fn load_dir(dir: &Path) -> Result<LoadedFiles> {
    let mut loaded = LoadedFiles::default();
    let mut found: Vec<(MigrationKey, PathBuf)> = Vec::new();
    for app in entries(dir)? {
        // A file has no entries; checking first would cost a system call per file.
        let Some(label) = usable_name(&app) else { continue };
        for path in entries(&app)? {
            if path.file_name().is_some_and(|name| name == HEAD) {
                let head = Head::parse(&path.display().to_string(), &text_of(&path)?);
                loaded.heads.insert(label.clone(), head);
            }
            let is_file = path.extension().is_some_and(|extension| extension == "toml");
            let stem = path.file_stem().map(Path::new).filter(|_| is_file);
            if let Some(name) = stem.and_then(usable_name) {
                found.push((MigrationKey::new(&label, name), path));
            }
        }
    }
    loaded.files = read_all(&found)?;
    Ok(loaded)
}

/// Reads files on as many threads as are useful. Of several errors the first is returned.
fn read_all(found: &[(MigrationKey, PathBuf)]) -> Result<Vec<MigrationFile>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each = found.len().div_ceil(threads).max(WORTH_A_THREAD);
    if found.len() <= each {
        return found.iter().map(read_one).collect();
    }
    let parts: Vec<Result<Vec<MigrationFile>>> = std::thread::scope(|scope| {
        let readers: Vec<_> = found
            .chunks(each)
            .map(|part| scope.spawn(move || part.iter().map(read_one).collect()))
            .collect();
        readers
            .into_iter()
            .map(|reader| match reader.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    let mut files = Vec::with_capacity(found.len());
    for part in parts {
        files.extend(part?);
    }
    Ok(files)
}

fn read_one((key, path): &(MigrationKey, PathBuf)) -> Result<MigrationFile> {
    read(key.clone(), &path.display().to_string(), &text_of(path)?)
}

fn text_of(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|source| io_error("read", path, source))
}

/// The entries of a directory, sorted; none if it does not exist.
fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(|source| io_error("read", dir, source))?,
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<PathBuf>>>()
        .map_err(|source| io_error("read", dir, source))?;
    paths.sort();
    Ok(paths)
}

/// Whether a name is not a temporary file of an editor or tool (`_x`, `~x`, `.x`).
fn usable_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    (!name.starts_with(['_', '~', '.'])).then(|| name.to_owned())
}

/// Changes of a directory, applied all or none.
#[derive(Debug, Default)]
pub(in crate::migrate) struct FileChanges {
    /// Files to create; they must not exist.
    pub create: Vec<(PathBuf, String)>,
    /// Files to create or replace.
    pub put: Vec<(PathBuf, String)>,
    /// Files to delete.
    pub remove: Vec<PathBuf>,
}

impl FileChanges {
    /// Applies the changes: writes temporary files next to the targets first, then renames them.
    ///
    /// # Errors
    /// If a file to create exists, or one cannot be written; nothing has changed then.
    pub(in crate::migrate) fn commit(&self) -> Result<()> {
        if let Some((path, _)) = self.create.iter().find(|(path, _)| path.exists()) {
            return Err(Error::new(Kind::Io, format!("{} exists already", path.display()))
                .with_hint("nothing was written; run the command again"));
        }
        let mut done = Rollback::default();
        let mut staged = Vec::new();
        for (path, text) in self.create.iter().chain(&self.put) {
            let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(Error::internal(format!(
                    "{} is not a file in a directory",
                    path.display()
                )));
            };
            done.create_dir(dir)?;
            let beside = dir.join(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
            done.made.push(beside.clone());
            write_through(&beside, text).map_err(|source| io_error("write", &beside, source))?;
            staged.push((beside, path));
        }
        for path in self.put.iter().map(|(path, _)| path).chain(&self.remove) {
            match fs::read(path) {
                Ok(old) => done.replaced.push((path.clone(), old)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(io_error("read", path, source)),
            }
        }
        for (beside, path) in staged {
            let is_new = !path.exists();
            fs::rename(&beside, path).map_err(|source| io_error("write", path, source))?;
            if is_new {
                done.made.push(path.clone());
            }
        }
        for path in &self.remove {
            fs::remove_file(path).map_err(|source| io_error("remove", path, source))?;
        }
        done.keep();
        Ok(())
    }
}

fn write_through(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What has been done so far; dropping it undoes that, unless it was committed.
#[derive(Default)]
struct Rollback {
    made: Vec<PathBuf>,
    replaced: Vec<(PathBuf, Vec<u8>)>,
    dirs: Vec<PathBuf>,
}

impl Rollback {
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
        self.made.clear();
        self.replaced.clear();
        self.dirs.clear();
    }
}

impl Drop for Rollback {
    fn drop(&mut self) {
        for file in &self.made {
            let _ = fs::remove_file(file);
        }
        for (file, old) in &self.replaced {
            let _ = fs::write(file, old);
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

    fn create(files: &[(PathBuf, &str)]) -> FileChanges {
        let own = |(path, text): &(PathBuf, &str)| (path.clone(), (*text).to_owned());
        FileChanges {
            create: files.iter().map(own).collect(),
            ..FileChanges::default()
        }
    }

    #[test]
    fn a_failure_leaves_everything_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        fs::write(place("b"), "a file where a directory should be").unwrap();
        fs::write(place("HEAD"), "old").unwrap();
        let mut batch = create(&[(place("a/0001_initial.toml"), "x")]);
        batch.put.push((place("HEAD"), "new".to_owned()));
        batch.remove.push(place("nowhere"));
        assert!(batch.commit().unwrap_err().to_string().contains("cannot remove"));
        assert_eq!(fs::read_to_string(place("HEAD")).unwrap(), "old");
        assert!(!place("a").exists());
        batch.remove.clear();
        batch.create.push((place("b/0001_initial.toml"), "x".to_owned()));
        assert!(batch.commit().unwrap_err().to_string().contains("cannot"));
        assert!(!place("a").exists());
        batch.create.pop();
        batch.commit().unwrap();
        assert_eq!(fs::read_to_string(place("HEAD")).unwrap(), "new");
        assert!(create(&[(place("a/0001_initial.toml"), "y")]).commit().is_err());
        assert_eq!(fs::read_to_string(place("a/0001_initial.toml")).unwrap(), "x");
        assert_eq!(fs::read_dir(place("a")).unwrap().count(), 1);
    }

    #[test]
    fn many_files_are_read_as_few_are() {
        let dir = tempfile::tempdir().unwrap();
        let text = |at: usize| format!("id = \"{at}\"\n");
        let files: Vec<(PathBuf, String)> = (0..WORTH_A_THREAD * 3)
            .map(|at| (dir.path().join(format!("a/{at:04}_x.toml")), text(at)))
            .collect();
        fs::create_dir(dir.path().join("a")).unwrap();
        for (path, text) in &files {
            fs::write(path, text).unwrap();
        }
        let ids: Vec<String> = load_dir(dir.path())
            .unwrap()
            .files
            .into_iter()
            .map(|file| file.id)
            .collect();
        assert_eq!(ids, (0..files.len()).map(|at| at.to_string()).collect::<Vec<_>>());
        for at in [100, 20] {
            fs::write(&files[at].0, "id = ").unwrap();
        }
        let error = load_dir(dir.path()).unwrap_err().to_string();
        assert!(error.contains("0020_x.toml:1:"), "{error}");
    }
}
