//! Printing to the standard output.

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use owo_colors::OwoColorize;
use serde::Serialize;

use crate::failure::Result;

/// Prints a line. A closed pipe (`| head`) is not an error: the command goes on.
pub fn line(text: impl Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Prints text without ending the line, at once.
pub fn part(text: impl Display) {
    let mut out = anstream::stdout();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a warning to the standard error.
pub fn warning(text: impl Display) {
    anstream::eprintln!("{} {text}", "warning:".yellow().bold());
}

/// Prints one JSON document.
pub fn json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|source| cannot_be_written(std::io::Error::from(source)))?;
    document(&format!("{text}\n"))
}

/// Prints a document. A closed pipe is not an error, but any other failure is: a script must not read half a document.
pub fn document(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(cannot_be_written(error).into()),
        _ => Ok(()),
    }
}

fn cannot_be_written(source: std::io::Error) -> orm::Error {
    orm::Error::new(orm::error::Kind::Io, "the output cannot be written").with_source(source)
}

/// An operation's description, with its symbol coloured.
pub fn operation(sentence: &str) -> String {
    match sentence.split_at_checked(1) {
        Some(("+", rest)) => format!("{}{rest}", "+".green()),
        Some(("-", rest)) => format!("{}{rest}", "-".red()),
        Some(("~", rest)) => format!("{}{rest}", "~".yellow()),
        _ => sentence.to_owned(),
    }
}

/// A path as the user would type it: relative to the current directory if that is near.
pub fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    relative(path, &here).unwrap_or_else(|| path.to_path_buf())
}

fn relative(path: &Path, here: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    let near = here.ancestors().take(4);
    for directory in near.filter(|directory| directory.parent().is_some()) {
        if let Ok(below) = path.strip_prefix(directory) {
            return Some(up.join(below));
        }
        up.push("..");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_paths_are_relative_and_far_ones_are_not() {
        for (path, expected) in [
            ("/a/b/c/d.toml", Some("d.toml")),
            ("/a/b/x/d.toml", Some("../x/d.toml")),
            ("/elsewhere/d.toml", None),
        ] {
            assert_eq!(
                relative(Path::new(path), Path::new("/a/b/c")).as_deref(),
                expected.map(Path::new)
            );
        }
        assert_eq!(relative(Path::new("/x"), Path::new("/a/b/c/d/e")), None);
    }
}
