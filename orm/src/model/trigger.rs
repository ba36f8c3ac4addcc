//! Triggers: what a database does by itself when rows of a table change.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::def::Deferrable;
use super::index::is_default;

/// Whether a trigger runs before a change or after it.
///
/// # Example: as SQL writes it
///
/// ```
/// use orm::models::TriggerTiming;
///
/// assert_eq!(TriggerTiming::Before.sql(), "BEFORE");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTiming {
    /// Before a row, or the first of a statement, changes.
    Before,
    /// After it, and after all constraints that are checked at once.
    After,
}

impl TriggerTiming {
    /// As SQL writes it.
    pub fn sql(self) -> &'static str {
        match self {
            TriggerTiming::Before => "BEFORE",
            TriggerTiming::After => "AFTER",
        }
    }
}

/// What a trigger runs for.
///
/// # Example: as SQL writes it
///
/// ```
/// use orm::models::TriggerEvent;
///
/// assert_eq!(TriggerEvent::Insert.sql(), "INSERT");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerEvent {
    /// New rows.
    Insert,
    /// Changes of rows.
    Update,
    /// Deletions of rows.
    Delete,
    /// `TRUNCATE`, which deletes all of them.
    Truncate,
}

impl TriggerEvent {
    /// As SQL writes it.
    pub fn sql(self) -> &'static str {
        match self {
            TriggerEvent::Insert => "INSERT",
            TriggerEvent::Update => "UPDATE",
            TriggerEvent::Delete => "DELETE",
            TriggerEvent::Truncate => "TRUNCATE",
        }
    }
}

/// A trigger of a table: `#[orm(trigger(..))]`.
///
/// What it does is SQL, of each database its own. An empty string says that a database does without it.
///
/// # Example: what keeps the time of the last change
///
/// ```
/// use orm::models::{TriggerDef, TriggerEvent, TriggerTiming};
///
/// let mut touch = TriggerDef::new("page_touch", TriggerTiming::Before, [TriggerEvent::Update]);
/// touch.postgres = Some("NEW.changed_at := now(); RETURN NEW;".to_owned());
/// touch.sqlite = Some(String::new());
/// assert!(!touch.each_statement);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerDef {
    /// Name in the database, of the trigger and of the function that is made for it.
    pub name: String,
    /// Whether it runs before or after.
    pub timing: TriggerTiming,
    /// What it runs for.
    pub events: Vec<TriggerEvent>,
    /// The fields whose updates it runs for; all of them if none is named.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of: Vec<String>,
    /// Whether it runs once for each statement; otherwise it does for each row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub each_statement: bool,
    /// Whether it can wait for the end of the transaction.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrable: Deferrable,
    /// The name under which it reads the rows of the statement as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_rows: Option<String>,
    /// The name under which it reads the rows of the statement as they are now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_rows: Option<String>,
    /// The condition on which it runs, in SQL over `OLD` and `NEW`.
    #[serde(default, rename = "when", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What it does on Postgres, in PL/pgSQL: statements, or a block that begins with `DECLARE` or `BEGIN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<String>,
    /// The function that it calls on Postgres, in place of one that is made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What it does on SQLite: statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<String>,
}

impl TriggerDef {
    /// A trigger that does nothing yet, for each row.
    ///
    /// # Example: for new rows
    ///
    /// ```
    /// use orm::models::{TriggerDef, TriggerEvent, TriggerTiming};
    ///
    /// assert!(TriggerDef::new("page_made", TriggerTiming::After, [TriggerEvent::Insert]).postgres.is_none());
    /// ```
    pub fn new(
        name: impl Into<String>,
        timing: TriggerTiming,
        events: impl IntoIterator<Item = TriggerEvent>,
    ) -> Self {
        let mut trigger = TriggerDef {
            name: name.into(),
            timing,
            events: events.into_iter().collect(),
            of: Vec::new(),
            each_statement: false,
            deferrable: Deferrable::No,
            old_rows: None,
            new_rows: None,
            condition: None,
            postgres: None,
            function: None,
            sqlite: None,
        };
        trigger.sort_events();
        trigger
    }

    /// Each event once, in one order: another order says nothing else.
    pub(crate) fn sort_events(&mut self) {
        self.events.sort();
        self.events.dedup();
    }

    /// Whether a word of its SQL is this name.
    #[cfg(feature = "migrations")]
    pub(crate) fn mentions(&self, name: &str) -> bool {
        let mut texts = [&self.condition, &self.postgres, &self.sqlite]
            .into_iter()
            .flatten();
        texts.any(|text| has_word(text, name))
    }

    /// Whether a function is made for it where triggers call functions.
    #[cfg(feature = "migrations")]
    pub(crate) fn has_own_function(&self) -> bool {
        self.function.is_none() && self.postgres.as_ref().is_some_and(|body| !body.trim().is_empty())
    }

    /// # Errors
    /// If no database could have it.
    pub(crate) fn check(&self) -> Result<()> {
        let refused = |what: &'static str, hint: &'static str| Err(Error::config(what).with_hint(hint));
        let runs_for = |event| self.events.contains(&event);
        let texts = [&self.condition, &self.postgres, &self.sqlite, &self.function];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            return refused("it holds a NUL character", "take it out");
        }
        if self.events.is_empty() {
            return refused("it runs for nothing", "say for what: insert, update, delete");
        }
        if !self.of.is_empty() && !runs_for(TriggerEvent::Update) {
            return refused(
                "it names fields, and does not run for updates",
                "let it run for `update`, or leave the fields out",
            );
        }
        if runs_for(TriggerEvent::Truncate) && !self.each_statement {
            return refused(
                "TRUNCATE has no rows to run for",
                "write `each_statement`, or leave `truncate` out",
            );
        }
        if self.deferrable != Deferrable::No && (self.timing == TriggerTiming::Before || self.each_statement)
        {
            return refused(
                "only what runs after each row can wait for the end of the transaction",
                "write `after` and leave `each_statement` out, or leave `deferrable` out",
            );
        }
        self.check_transition_tables()?;
        if self.function.is_some() && self.postgres.is_some() {
            return refused(
                "it has a body of its own and calls a function",
                "leave `function` or `postgres` out",
            );
        }
        Ok(())
    }

    fn check_transition_tables(&self) -> Result<()> {
        let refused = |what: &'static str, hint: &'static str| Err(Error::config(what).with_hint(hint));
        if self.old_rows.is_none() && self.new_rows.is_none() {
            return Ok(());
        }
        if self.timing == TriggerTiming::Before || self.deferrable != Deferrable::No {
            return refused(
                "only what runs right after a statement can name its rows",
                "write `after` and leave `deferrable` out, or leave `old_rows` and `new_rows` out",
            );
        }
        if self.events.len() > 1 || !self.of.is_empty() {
            return refused(
                "it names the rows of a statement, and runs for more than one kind or for some fields",
                "write one trigger each for `insert`, `update` and `delete`",
            );
        }
        let runs_for = |event| self.events.contains(&event);
        let lacks_old = runs_for(TriggerEvent::Insert) || runs_for(TriggerEvent::Truncate);
        let lacks_new = runs_for(TriggerEvent::Delete) || runs_for(TriggerEvent::Truncate);
        if self.old_rows.is_some() && lacks_old || self.new_rows.is_some() && lacks_new {
            return refused(
                "it names rows that its statement does not have",
                "`insert` has `new_rows`, `delete` has `old_rows`, `update` has both",
            );
        }
        if self.old_rows == self.new_rows {
            return refused(
                "the rows before and those after have one name",
                "give `old_rows` and `new_rows` two names",
            );
        }
        Ok(())
    }
}

#[cfg(feature = "migrations")]
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(&word).any(|(at, _)| {
        !goes_on(text[..at].chars().next_back()) && !goes_on(text[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_events_says_nothing() {
        use TriggerEvent::{Insert, Update};
        let of = |events: &[TriggerEvent]| TriggerDef::new("t", TriggerTiming::After, events.iter().copied());
        assert_eq!(of(&[Update, Insert, Update]), of(&[Insert, Update]));
    }

    #[cfg(feature = "migrations")]
    #[test]
    fn names_are_whole_words() {
        for (text, word, found) in [
            ("NEW.title", "Title", true),
            ("\"title\"", "title", true),
            ("NEW.subtitle", "title", false),
            ("titles; title_", "title", false),
            ("titles; title", "title", true),
            ("\"the größe\"", "the Größe", true),
            ("größen", "größe", false),
        ] {
            assert_eq!(has_word(text, word), found, "{text}");
        }
    }

    #[test]
    fn rows_of_a_statement_are_named_where_it_has_them() {
        use TriggerEvent::{Delete, Insert, Truncate, Update};
        use TriggerTiming::{After, Before};
        let check = |timing, events: &[TriggerEvent], old: Option<&str>, new: Option<&str>| {
            let mut trigger = TriggerDef::new("t", timing, events.iter().copied());
            trigger.each_statement = true;
            (trigger.old_rows, trigger.new_rows) = (old.map(str::to_owned), new.map(str::to_owned));
            trigger.check().map_err(|error| error.to_string())
        };
        for (events, old, new) in [
            (&[Update][..], Some("a"), Some("b")),
            (&[Insert], None, Some("b")),
            (&[Delete], Some("a"), None),
            (&[Insert, Delete], None, None),
        ] {
            assert_eq!(check(After, events, old, new), Ok(()), "{events:?}");
        }
        for (timing, events, old, new, why) in [
            (Before, &[Update][..], Some("a"), None, "right after a statement"),
            (After, &[Insert, Update], None, Some("b"), "more than one kind"),
            (After, &[Insert], Some("a"), None, "does not have"),
            (After, &[Delete], None, Some("b"), "does not have"),
            (After, &[Truncate], Some("a"), None, "does not have"),
            (After, &[Update], Some("a"), Some("a"), "one name"),
        ] {
            let refused = check(timing, events, old, new).unwrap_err();
            assert!(refused.contains(why), "{events:?}: {refused}");
        }
        let mut some = TriggerDef::new("t", After, [Update]);
        (some.of, some.new_rows) = (vec!["a".to_owned()], Some("b".to_owned()));
        assert!(some.check().unwrap_err().to_string().contains("some fields"));
    }
}
