//! Renames that models and answers request. None is ignored, because rows or values under an ignored name would be
//! dropped: a request that cannot be met is an error.

use std::collections::{BTreeMap, BTreeSet};

use super::rename_order::RenameSteps;
use crate::error::{Error, Result};

/// A requested rename to some new name.
struct RequestedRename {
    old: String,
    /// Whether it comes from an answer, which is always current; `renamed_from` stays in the model after it was
    /// applied.
    answered: bool,
}

/// All requested renames of one kind: of models, or of the fields of a model.
pub(super) struct RequestedRenames {
    /// Prefix of a name in messages: `blog.Post.`.
    prefix: String,
    by_new: BTreeMap<String, RequestedRename>,
}

impl RequestedRenames {
    pub fn of(prefix: impl Into<String>) -> Self {
        RequestedRenames {
            prefix: prefix.into(),
            by_new: BTreeMap::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.by_new.is_empty()
    }

    /// The new name -> the old one.
    pub fn pairs(&self) -> BTreeMap<String, String> {
        let pairs = self.by_new.iter();
        pairs
            .map(|(new, request)| (new.clone(), request.old.clone()))
            .collect()
    }

    /// Whether an answer is part of a cycle.
    pub fn has_answer(&self, cycle: &BTreeMap<&str, &str>) -> bool {
        cycle
            .keys()
            .any(|new| self.by_new.get(*new).is_some_and(|request| request.answered))
    }

    /// Records a model's `renamed_from`.
    pub fn add_renamed_from(&mut self, new: &str, old: &str) {
        let request = RequestedRename {
            old: old.to_owned(),
            answered: false,
        };
        self.by_new.insert(new.to_owned(), request);
    }

    /// Records an answer. `names` are the old names.
    ///
    /// # Errors
    /// If the new name already has another old name.
    pub fn add_answer(&mut self, new: &str, old: &str, names: &BTreeSet<&str>) -> Result<()> {
        if let Some(request) = self.by_new.get(new)
            && request.old != old
            && (request.answered || names.contains(request.old.as_str()))
        {
            return Err(two_for_one(&self.prefix, &request.old, old, new));
        }
        let request = RequestedRename {
            old: old.to_owned(),
            answered: true,
        };
        self.by_new.insert(new.to_owned(), request);
        Ok(())
    }

    /// Checks that every request is met by `renames` or was met in an earlier migration. `names` are the old
    /// names; `stays` says whether one still exists, `was` whether the files contain this rename, and
    /// `declined` whether an answer denies it.
    ///
    /// # Errors
    /// The first request that cannot be met.
    pub fn check(
        &self,
        renames: &RenameSteps,
        names: &BTreeSet<&str>,
        stays: impl Fn(&str) -> bool,
        was: impl Fn(&str, &str) -> bool,
        declined: impl Fn(&str, &str) -> bool,
    ) -> Result<()> {
        let prefix = &self.prefix;
        for (new, request) in &self.by_new {
            let old = request.old.as_str();
            if renames.old_by_new.get(new).is_some_and(|from| from == old) {
                if declined(old, new) {
                    return Err(said_both(prefix, old, new));
                }
                continue;
            }
            if !names.contains(old) {
                continue;
            }
            let is_new = !names.contains(new.as_str()) || renames.old_by_new.values().any(|from| from == new);
            let other = renames.old_by_new.iter().find(|(_, from)| *from == old);
            match other {
                Some((other, _)) if is_new || request.answered => {
                    return Err(one_for_two(prefix, old, other, new));
                }
                Some(_) => {}
                None if request.answered || !(stays(old) || was(old, new)) => {
                    return Err(not_new(prefix, old, new));
                }
                None => {}
            }
        }
        Ok(())
    }
}

/// Two old names cannot become one.
pub(super) fn two_for_one(prefix: &str, one: &str, other: &str, new: &str) -> Error {
    Error::config(format!(
        "{prefix}{one} and {prefix}{other} cannot both have been renamed to {new}"
    ))
    .with_hint(format!(
        "keep one of the two, and say that the other is gone: --not-renamed {prefix}{other}"
    ))
}

/// One old name cannot become two.
pub(super) fn one_for_two(prefix: &str, old: &str, one: &str, other: &str) -> Error {
    Error::config(format!(
        "{prefix}{old} cannot have been renamed to both {one} and {other}"
    ))
    .with_hint("keep one of the two, a `renamed_from` or an answer; the other is new")
}

/// Something that existed before cannot be the new name of another.
pub(super) fn not_new(prefix: &str, old: &str, new: &str) -> Error {
    Error::config(format!(
        "{prefix}{old} cannot have been renamed to {new}, which the migrations have already"
    ))
    .with_hint(format!(
        "name one that is new, in `renamed_from` or in the answer; if {old} is gone, take that out and answer \
         --not-renamed {prefix}{old}"
    ))
}

/// Answers both affirm and deny the rename.
pub(super) fn said_both(prefix: &str, old: &str, new: &str) -> Error {
    Error::config(format!(
        "{prefix}{old} cannot have been renamed to {new} and not have been renamed"
    ))
    .with_hint(
        "keep one of the two: the `renamed_from` or answer that says it was, or the one that says it was not",
    )
}
