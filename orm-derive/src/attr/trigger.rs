//! `trigger(..)` of a struct.

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;

use super::field::{Deferrable, deferrable};
use super::model::{FieldName, field_names};
use super::{At, empty, items, once, possibly_empty, set_flag, text};
use crate::errors::{did_you_mean, list};

const EXAMPLE: &str = "trigger(name = \"post_touch\", before, update, postgres = \"..\", sqlite = \"..\")";

/// What `trigger(..)` can hold, as errors list it.
const KNOWN: [&str; 17] = [
    "name",
    "before",
    "after",
    "insert",
    "update",
    "update_of",
    "delete",
    "truncate",
    "each_row",
    "each_statement",
    "deferrable",
    "old_rows",
    "new_rows",
    "when",
    "postgres",
    "function",
    "sqlite",
];

/// `trigger(name = "..", before, update_of("title"), when = "..", postgres = "..", sqlite = "..")`
pub(crate) struct Trigger {
    pub(crate) name: At<String>,
    /// The variant of the library's `TriggerTiming`.
    pub(crate) timing: &'static str,
    /// Variants of the library's `TriggerEvent`.
    pub(crate) events: Vec<&'static str>,
    pub(crate) of: Vec<FieldName>,
    pub(crate) each_statement: bool,
    pub(crate) deferrable: Option<At<Deferrable>>,
    pub(crate) old_rows: Option<At<String>>,
    pub(crate) new_rows: Option<At<String>>,
    pub(crate) condition: Option<At<String>>,
    pub(crate) postgres: Option<At<String>>,
    pub(crate) function: Option<At<String>>,
    pub(crate) sqlite: Option<At<String>>,
}

#[derive(Default)]
struct Reading {
    name: Option<At<String>>,
    before: Option<Span>,
    after: Option<Span>,
    events: Vec<&'static str>,
    of: Vec<FieldName>,
    each_row: Option<Span>,
    each_statement: Option<Span>,
    deferrable: Option<At<Deferrable>>,
    old_rows: Option<At<String>>,
    new_rows: Option<At<String>>,
    condition: Option<At<String>>,
    postgres: Option<At<String>>,
    function: Option<At<String>>,
    sqlite: Option<At<String>>,
}

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<Trigger> {
    let mut reading = Reading::default();
    items(option, input, EXAMPLE, |input| {
        let key = Ident::parse_any(input).map_err(|_| form(input.span()))?;
        reading.item(&key, input)
    })?;
    reading.finish(option.span())
}

fn form(span: Span) -> syn::Error {
    syn::Error::new(span, format!("`trigger` is written `{EXAMPLE}`"))
}

impl Reading {
    fn item(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "name" => once(&mut self.name, key, text(key, input, "name = \"post_touch\"")?),
            "before" => set_flag(&mut self.before, key, input),
            "after" => set_flag(&mut self.after, key, input),
            "insert" => self.event(key, "Insert"),
            "update" => self.event(key, "Update"),
            "delete" => self.event(key, "Delete"),
            "truncate" => self.event(key, "Truncate"),
            "update_of" => {
                self.event(key, "Update")?;
                self.of = field_names(key, input, "update_of(\"title\")")?;
                Ok(())
            }
            "each_row" => set_flag(&mut self.each_row, key, input),
            "each_statement" => set_flag(&mut self.each_statement, key, input),
            "deferrable" => {
                let when = At {
                    value: deferrable(key, input)?,
                    span: key.span(),
                };
                once(&mut self.deferrable, key, when)
            }
            "old_rows" => once(&mut self.old_rows, key, text(key, input, "old_rows = \"name\"")?),
            "new_rows" => once(&mut self.new_rows, key, text(key, input, "new_rows = \"name\"")?),
            "when" => {
                let condition = text(key, input, "when = \"OLD.title <> NEW.title\"")?;
                once(&mut self.condition, key, condition)
            }
            "postgres" => once(
                &mut self.postgres,
                key,
                possibly_empty(key, input, "postgres = \"..\"")?,
            ),
            "function" => once(&mut self.function, key, text(key, input, "function = \"touch\"")?),
            "sqlite" => once(
                &mut self.sqlite,
                key,
                possibly_empty(key, input, "sqlite = \"..\"")?,
            ),
            name => Err(syn::Error::new(
                key.span(),
                format!(
                    "`trigger` has no option `{name}`{}\nit takes {}",
                    did_you_mean(name, KNOWN.iter().copied()),
                    list(KNOWN)
                ),
            )),
        }
    }

    fn event(&mut self, key: &Ident, event: &'static str) -> syn::Result<()> {
        if self.events.contains(&event) {
            return Err(syn::Error::new(
                key.span(),
                "what a trigger runs for is said twice; `update_of(\"..\")` is `update` of some fields",
            ));
        }
        self.events.push(event);
        Ok(())
    }

    /// What belongs together.
    fn finish(self, span: Span) -> syn::Result<Trigger> {
        self.check_transition_tables()?;
        let refused = |span: Span, what: &str| Err(syn::Error::new(span, what));
        let Some(name) = self.name else {
            return refused(
                span,
                "a trigger has a name in the database: `name = \"post_touch\"`",
            );
        };
        let timing = match (self.before, self.after) {
            (Some(_), None) => "Before",
            (None, Some(_)) => "After",
            (None, None) => {
                return refused(
                    span,
                    "a trigger runs `before` a change or `after` it; write one of the two",
                );
            }
            (Some(_), Some(after)) => {
                return refused(
                    after,
                    "a trigger runs `before` a change or `after` it, and not both; write two",
                );
            }
        };
        if self.events.is_empty() {
            return refused(
                span,
                "a trigger runs for `insert`, `update`, `update_of(\"..\")` or `delete`; write at least one",
            );
        }
        if let (Some(_), Some(statement)) = (self.each_row, self.each_statement) {
            return refused(
                statement,
                "a trigger runs for each row or for each statement; keep one",
            );
        }
        let each_statement = self.each_statement.is_some();
        if self.events.contains(&"Truncate") && !each_statement {
            return refused(span, "`truncate` has no rows to run for; write `each_statement`");
        }
        if let Some(when) = &self.deferrable
            && when.value != Deferrable::No
            && (timing == "Before" || each_statement)
        {
            return refused(
                when.span,
                "only a trigger that runs `after` each row can wait for the end of the transaction",
            );
        }
        if let (Some(function), Some(_)) = (&self.function, &self.postgres) {
            return refused(
                function.span,
                "`postgres` is the body of a function that is made, and `function` one that is there; keep one",
            );
        }
        if self.postgres.is_none() && self.function.is_none() && self.sqlite.is_none() {
            return refused(
                span,
                "a trigger does something: write postgres = \"..\" and sqlite = \"..\"",
            );
        }
        let blank = |body: &Option<At<String>>| body.as_ref().is_none_or(|body| body.value.trim().is_empty());
        if let Some(body) = self.sqlite.as_ref().or(self.postgres.as_ref())
            && self.function.is_none()
            && blank(&self.postgres)
            && blank(&self.sqlite)
        {
            return Err(empty("trigger", body.span, EXAMPLE));
        }
        Ok(Trigger {
            name,
            timing,
            events: self.events,
            of: self.of,
            each_statement,
            deferrable: self.deferrable,
            old_rows: self.old_rows,
            new_rows: self.new_rows,
            condition: self.condition,
            postgres: self.postgres,
            function: self.function,
            sqlite: self.sqlite,
        })
    }

    /// Names for the rows of a statement stand where it has them.
    fn check_transition_tables(&self) -> syn::Result<()> {
        let Some(named) = self.old_rows.as_ref().or(self.new_rows.as_ref()) else {
            return Ok(());
        };
        let refused = |span: Span, what: &str| Err(syn::Error::new(span, what));
        if self.before.is_some() {
            return refused(
                named.span,
                "only a trigger that runs `after` a statement can name its rows",
            );
        }
        if self.events.len() > 1 || !self.of.is_empty() {
            return refused(
                named.span,
                "a trigger that names the rows of a statement runs for one of `insert`, `update` and `delete`, and not for `update_of`",
            );
        }
        let runs_for = |event| self.events.contains(&event);
        for (named, lacks) in [(&self.old_rows, "Insert"), (&self.new_rows, "Delete")] {
            if let Some(named) = named
                && (runs_for(lacks) || runs_for("Truncate"))
            {
                return refused(
                    named.span,
                    "its statement has no such rows: `insert` has `new_rows`, `delete` has `old_rows`, `update` has both",
                );
            }
        }
        Ok(())
    }
}
