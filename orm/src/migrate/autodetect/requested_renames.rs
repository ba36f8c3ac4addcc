//! Which names became which, as the models and the answers say it, and what of that cannot be: a name that is ignored
//! would be one whose rows or values are dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::rename_order::RenameSteps;
use crate::error::{Error, Result};

/// The old name of something new.
struct RequestedRename {
    old: String,
    /// Said by an answer, which is of now; what a model says stays there after it was heard.
    answered: bool,
}

/// All that is said about names of one kind: the models of an app, the fields of a model.
pub(super) struct RequestedRenames {
    /// What stands in front of a name in an answer: `blog.Post.`.
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
        pairs.map(|(new, wish)| (new.clone(), wish.old.clone())).collect()
    }

    /// Whether an answer is among what makes names go round.
    pub fn answers(&self, circle: &BTreeMap<&str, &str>) -> bool {
        circle
            .keys()
            .any(|new| self.by_new.get(*new).is_some_and(|wish| wish.answered))
    }

    /// Takes down what a model says.
    pub fn said(&mut self, new: &str, old: &str) {
        let wish = RequestedRename {
            old: old.to_owned(),
            answered: false,
        };
        self.by_new.insert(new.to_owned(), wish);
    }

    /// Takes down an answer. `names` are those there were.
    ///
    /// # Errors
    /// If the new name has another old one already.
    pub fn answered(&mut self, new: &str, old: &str, names: &BTreeSet<&str>) -> Result<()> {
        if let Some(wish) = self.by_new.get(new)
            && wish.old != old
            && (wish.answered || names.contains(wish.old.as_str()))
        {
            return Err(two_for_one(&self.prefix, &wish.old, old, new));
        }
        let wish = RequestedRename {
            old: old.to_owned(),
            answered: true,
        };
        self.by_new.insert(new.to_owned(), wish);
        Ok(())
    }

    /// That every wish that is not one of long ago comes true by `moves`. `names` are those there were, `stays` says
    /// whether one is still there, `was` whether the files have such a rename, `declined` whether an answer says that
    /// there was none.
    ///
    /// # Errors
    /// The first that cannot be.
    pub fn check(
        &self,
        moves: &RenameSteps,
        names: &BTreeSet<&str>,
        stays: impl Fn(&str) -> bool,
        was: impl Fn(&str, &str) -> bool,
        declined: impl Fn(&str, &str) -> bool,
    ) -> Result<()> {
        let prefix = &self.prefix;
        for (new, wish) in &self.by_new {
            let old = wish.old.as_str();
            if moves.ends.get(new).is_some_and(|from| from == old) {
                if declined(old, new) {
                    return Err(said_both(prefix, old, new));
                }
                continue;
            }
            if !names.contains(old) {
                continue;
            }
            let is_new = !names.contains(new.as_str()) || moves.ends.values().any(|from| from == new);
            let other = moves.ends.iter().find(|(_, from)| *from == old);
            match other {
                Some((other, _)) if is_new || wish.answered => {
                    return Err(one_for_two(prefix, old, other, new));
                }
                Some(_) => {}
                None if wish.answered || !(stays(old) || was(old, new)) => {
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

/// What was there before is not what another became.
pub(super) fn not_new(prefix: &str, old: &str, new: &str) -> Error {
    Error::config(format!(
        "{prefix}{old} cannot have been renamed to {new}, which the migrations have already"
    ))
    .with_hint(format!(
        "name one that is new, in `renamed_from` or in the answer; if {old} is gone, take that out and answer \
         --not-renamed {prefix}{old}"
    ))
}

/// It was renamed or it was not.
pub(super) fn said_both(prefix: &str, old: &str, new: &str) -> Error {
    Error::config(format!(
        "{prefix}{old} cannot have been renamed to {new} and not have been renamed"
    ))
    .with_hint(
        "keep one of the two: the `renamed_from` or answer that says it was, or the one that says it was not",
    )
}
