//! How often SQL repeats a value, where a function has to be written with several copies of one: within each other they multiply.

use crate::error::{Error, Result};
use crate::expr::{Function, Leaves, Node, SqlForm, Typed, When};

use super::spell::Speller;

/// The most copies of values that one call may be written as: some dozen calls within each other.
const MOST_COPIES: u64 = 20_000;

impl Speller {
    /// Refuses a call whose SQL would repeat its values thousands of times.
    ///
    /// # Errors
    /// If it would.
    pub(super) fn ensure_few_copies<L: Leaves>(&self, typed: &Typed<'_, '_, L>) -> Result<()> {
        let Node::Call(function, _) = typed.node else {
            return Ok(());
        };
        if self.copies(typed) <= MOST_COPIES {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "`{}` is within itself too often here: in the SQL of {} it repeats its values, which would be written thousands of times",
            function.def().name,
            self.dialect.name
        ))
        .with_hint("keep what is within in a column of its own, or compute it in the program; `greatest` and `least` take ten values at most, those of \
                    rows are `max()` and `min()`"))
    }

    /// How many values are written for this one.
    fn copies<L: Leaves>(&self, typed: &Typed<'_, '_, L>) -> u64 {
        let Node::Call(function, _) = typed.node else {
            return typed
                .parts
                .iter()
                .fold(1, |all, part| all.saturating_add(self.copies(part)));
        };
        let parts = typed.parts.iter().enumerate();
        let copies = parts.fold(0, |all: u64, (at, part)| {
            let times = self.times(*function, typed, at);
            all.saturating_add(times.saturating_mul(self.copies(part)))
        });
        copies.max(1)
    }

    /// How often a call writes its operand at a place.
    fn times<L: Leaves>(&self, function: Function, typed: &Typed<'_, '_, L>, at: usize) -> u64 {
        let ranks = typed.enumeration.as_ref().is_some_and(|of| self.rules.ranks(of));
        let spellings = self
            .rules
            .spelling(&function.def().spellings, self.context)
            .iter();
        let computed = typed.parts.first().is_some_and(|part| part.node.is_computed());
        let once = computed && spellings.clone().any(|(when, _)| *when == When::Computed);
        let spellings = spellings.filter(|(when, _)| (*when == When::Computed) == once);
        let written = spellings.map(|(_, form)| match form {
            SqlForm::Pick(_) => Self::of_picked(at),
            SqlForm::Template(text) => repeats(text, at),
            _ => 1,
        });
        let of_ranked = match function {
            Function::Greatest | Function::Least if ranks => Self::of_picked(at),
            _ => 1,
        };
        written.max().unwrap_or(1).max(of_ranked)
    }

    /// What is picked is compared and given; the second is asked whether it is NULL, too.
    fn of_picked(at: usize) -> u64 {
        if at == 0 { 2 } else { 3 }
    }
}

/// How often a template has a hole for the operand at a place.
pub(super) fn repeats(text: &str, at: usize) -> u64 {
    let [plain, changed] = ["}", ":"].map(|end| format!("{{{at}{end}"));
    let holes = text.matches(&plain).count() + text.matches(&changed).count();
    holes.max(1) as u64
}
