//! The file `HEAD` of each app: one line, the name of its last migration. Two branches that both add a migration change
//! the same line, so that version control sees what the graph would see only later.

use std::fmt::Write as _;

use super::Graph;
use crate::error::{Error, Result};
use crate::migrate::file::MigrationKey;

/// Name of the file.
pub(in crate::migrate) const HEAD: &str = "HEAD";

/// What such a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::migrate) struct Head {
    /// How errors call it.
    pub path: String,
    pub says: Says,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::migrate) enum Says {
    /// The name of a migration.
    Name(String),
    /// A merge conflict that nobody has resolved, with the names in it.
    Conflict(Vec<String>),
    /// No name, or several.
    Nonsense,
}

impl Head {
    pub(in crate::migrate) fn parse(path: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let marker = |line: &&str| {
            ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
                .iter()
                .any(|m| line.starts_with(m))
        };
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let names: Vec<String> = lines
            .iter()
            .filter(|line| !marker(line))
            .map(|&line| line.to_owned())
            .collect();
        let says = if lines.iter().any(marker) {
            Says::Conflict(names)
        } else {
            match <[String; 1]>::try_from(names) {
                Ok([name]) => Says::Name(name),
                Err(_) => Says::Nonsense,
            }
        };
        Head {
            path: path.to_owned(),
            says,
        }
    }
}

impl Graph {
    /// That every `HEAD` names the last migration of its app; an app without one has not been written by
    /// `makemigrations` yet.
    ///
    /// # Errors
    /// If one does not, saying which migrations met and what to do.
    pub(super) fn check_heads(&self) -> Result<()> {
        for (app, head) in self.heads.iter() {
            let Some(leaf) = self.leaf(app)? else {
                return Err(Error::migration(format!(
                    "{}: the app {app} has no migrations, but a file {HEAD}",
                    head.path
                ))
                .with_hint("bring its migrations back from version control, or delete the file"));
            };
            let leaf = leaf.name.as_str();
            let fix = format!("let the file hold this one line: {leaf}");
            let (what, hint) = match &head.says {
                Says::Name(name) if name == leaf => continue,
                Says::Name(name) if self.knows(app, name) => (
                    format!("it names {name}, but the last migration of {app} is {leaf}"),
                    format!("{leaf} was written by hand or on another branch; if it belongs there, {fix}"),
                ),
                Says::Name(name) => (
                    format!("it names {name}, which has no file; the last migration of {app} is {leaf}"),
                    format!("bring {name} back from version control; if it is gone for good, {fix}"),
                ),
                Says::Conflict(names) => (
                    format!(
                        "a merge conflict is not resolved: branches that end with {} met; the last migration of {app} is \
                         {leaf}",
                        names.join(" and ")
                    ),
                    format!("makemigrations --merge resolves it, or {fix}"),
                ),
                Says::Nonsense => ("it names no migration".to_owned(), fix),
            };
            return Err(Error::migration(format!("{}: {what}", head.path)).with_hint(hint));
        }
        Ok(())
    }

    /// The last migrations of apps without a `HEAD`, or, if `all`, whose `HEAD` names another.
    ///
    /// # Errors
    /// If an app has several.
    pub(in crate::migrate) fn lacking_heads(&self, all: bool) -> Result<Vec<&MigrationKey>> {
        let mut out = Vec::new();
        for app in self.apps() {
            let Some(leaf) = self.leaf(app)? else { continue };
            let fine = match self.heads.get(app).map(|head| &head.says) {
                None => false,
                Some(Says::Name(name)) => *name == leaf.name || !all,
                Some(_) => !all,
            };
            if !fine {
                out.push(leaf);
            }
        }
        Ok(out)
    }

    fn knows(&self, app: &str, name: &str) -> bool {
        super::of_app(&self.files, app).any(|file| file.key.name == name)
    }

    /// What an app's `HEAD` adds to a conflict of its last migrations.
    pub(super) fn conflict_in_head(&self, app: &str) -> String {
        let mut out = String::new();
        if let Some(head) = self.heads.get(app)
            && let Says::Conflict(_) = head.says
        {
            let _ = write!(out, " ({} holds the merge conflict)", head.path);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_and_nothing_else() {
        let says = |text: &str| Head::parse("HEAD", text).says;
        let name = Says::Name("0002_a".to_owned());
        for text in ["0002_a", "0002_a\n", "\u{feff}0002_a\r\n", "\n 0002_a \n\n"] {
            assert_eq!(says(text), name, "{text:?}");
        }
        assert_eq!(says(""), Says::Nonsense);
        assert_eq!(says("a\nb"), Says::Nonsense);
        assert_eq!(
            says("<<<<<<< HEAD\n0002_a\n=======\n0002_b\n>>>>>>> branch\n"),
            Says::Conflict(vec!["0002_a".to_owned(), "0002_b".to_owned()])
        );
    }
}
