//! Decisions that only a person can make, given beforehand: by flags, by a file, by a prompt.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::value::Literal;

/// The answers there are. What is asked and not answered here is an error that shows how to answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// `app.Model.field` -> what the rows that exist get in a column that takes no NULL.
    pub defaults: BTreeMap<String, Literal>,
    /// `app.Model.old:new` (or `app.Old:New` for models): these two are different things, not one renamed.
    pub not_renamed: BTreeSet<String>,
}

impl Answers {
    /// Reads `app.Model.field=literal`, as `--default` takes it.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn add_default(&mut self, text: &str) -> Result<()> {
        let _ = text;
        Ok(())
    }

    /// Reads `app.Model.old:new` or `app.Old:New`, as `--not-renamed` takes it.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn add_not_renamed(&mut self, text: &str) -> Result<()> {
        let _ = text;
        Ok(())
    }
}
