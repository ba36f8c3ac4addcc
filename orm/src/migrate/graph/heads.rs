//! Compares the `HEAD` of each app with the graph.

use std::fmt::Write as _;

use super::Graph;
use crate::error::{Error, Result};
use crate::migrate::file::{HEAD, HeadContent, MigrationKey};

impl Graph {
    /// Checks that every `HEAD` names the last migration of its app. An app without one was not written by
    /// `makemigrations`.
    ///
    /// # Errors
    /// If one does not; the error names the conflicting migrations and what to do.
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
                HeadContent::Name(name) if name == leaf => continue,
                HeadContent::Name(name) if self.knows(app, name) => (
                    format!("it names {name}, but the last migration of {app} is {leaf}"),
                    format!("{leaf} was written by hand or on another branch; if it belongs there, {fix}"),
                ),
                HeadContent::Name(name) => (
                    format!("it names {name}, which has no file; the last migration of {app} is {leaf}"),
                    format!("bring {name} back from version control; if it is gone for good, {fix}"),
                ),
                HeadContent::Conflict(names) => (
                    format!(
                        "a merge conflict is not resolved: branches that end with {} met; the last migration of {app} is \
                         {leaf}",
                        names.join(" and ")
                    ),
                    format!("makemigrations --merge resolves it, or {fix}"),
                ),
                HeadContent::Nonsense => ("it names no migration".to_owned(), fix),
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
                Some(HeadContent::Name(name)) => *name == leaf.name || !all,
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

    /// What `HEAD` adds to the error about several last migrations.
    pub(super) fn conflict_in_head(&self, app: &str) -> String {
        let mut out = String::new();
        if let Some(head) = self.heads.get(app)
            && let HeadContent::Conflict(_) = head.says
        {
            let _ = write!(out, " ({} holds the merge conflict)", head.path);
        }
        out
    }
}
