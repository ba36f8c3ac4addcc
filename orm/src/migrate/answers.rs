//! Decisions that only a person can make, given beforehand: by flags, by a file, by a prompt.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::value::Literal;

/// The answers there are. What is asked and not answered here is an error that shows how to answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// `app.Model.field` -> what the rows that exist get in a column that takes no NULL. A text is read by the
    /// field's type.
    pub defaults: BTreeMap<String, Literal>,
    /// `app.Model.old:new` (or `app.Old:New` for models): these two are different things, not one renamed.
    pub not_renamed: BTreeSet<String>,
}

impl Answers {
    /// Reads `app.Model.field=literal`, as `--default` takes it; the literal may be quoted.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn add_default(&mut self, text: &str) -> Result<()> {
        let parsed = text.split_once('=').filter(|(name, _)| has_parts(name, 3));
        let Some((name, literal)) = parsed else {
            return Err(Error::config(format!("`{text}` gives no default"))
                .with_hint("write --default app.Model.field=literal"));
        };
        let unquoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| literal.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(literal);
        self.defaults
            .insert(name.to_owned(), Literal::Text(unquoted.to_owned()));
        Ok(())
    }

    /// Reads `app.Model.old:new` or `app.Old:New`, as `--not-renamed` takes it.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn add_not_renamed(&mut self, text: &str) -> Result<()> {
        let valid = text
            .split_once(':')
            .is_some_and(|(old, new)| (has_parts(old, 2) || has_parts(old, 3)) && has_parts(new, 1));
        if !valid {
            return Err(
                Error::config(format!("`{text}` names no pair of fields or models"))
                    .with_hint("write --not-renamed app.Model.old:new, or app.Old:New for models"),
            );
        }
        self.not_renamed.insert(text.to_owned());
        Ok(())
    }
}

fn has_parts(name: &str, count: usize) -> bool {
    name.split('.').count() == count && name.split('.').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_nonsense_is_refused() {
        let mut answers = Answers::default();
        answers.add_default("blog.Post.title='a=b'").unwrap();
        answers.add_default("blog.Post.views=0").unwrap();
        assert_eq!(answers.defaults["blog.Post.title"], Literal::from("a=b"));
        answers.add_not_renamed("blog.Post.name:title").unwrap();
        answers.add_not_renamed("blog.Post:Article").unwrap();
        for bad in ["blog.Post=1", "blog.Post.title", "=", "a..b=1"] {
            assert!(answers.add_default(bad).is_err(), "{bad}");
        }
        for bad in ["blog.Post.a", "a:b", "blog.Post.a:blog.Post.b"] {
            assert!(answers.add_not_renamed(bad).is_err(), "{bad}");
        }
    }
}
