//! Statements that ask how another would be run.

use std::sync::Arc;

use crate::error::{Error, Result};

use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumns, Rendered};
use super::{Dialect, Statement};

/// What a plan says.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlanOptions {
    /// The statement is run, and the plan says what it took.
    pub analyze: bool,
    /// The columns of each step.
    pub verbose: bool,
    /// The blocks that were read.
    pub buffers: bool,
    /// As JSON, not as text.
    pub json: bool,
}

impl PlanOptions {
    fn named(self) -> [(bool, &'static str, &'static str); 4] {
        [
            (self.analyze, "analyze()", "ANALYZE"),
            (self.verbose, "verbose()", "VERBOSE"),
            (self.buffers, "buffers()", "BUFFERS"),
            (self.json, "json(..)", "FORMAT JSON"),
        ]
    }
}

/// The statement for the plan of another, with the same values.
///
/// # Errors
/// If the dialect has no such options.
pub fn explain(of: &Statement, options: PlanOptions, dialect: &'static Dialect) -> Result<Arc<Statement>> {
    let named = options.named();
    if let (false, Some((_, name, _))) = (dialect.plan_options, named.iter().find(|(given, ..)| *given)) {
        return Err(Error::unsupported(format!(
            "{name} of explain(): {} says how a query would be run, as text, and has no options",
            dialect.name
        ))
        .with_hint("leave it out there: `if db.dialect().plan_options { .. }`"));
    }
    let flags = named
        .iter()
        .fold(0, |flags, (given, ..)| flags << 1 | u64::from(*given));
    let shape = Shape {
        kind: StatementKind::Explain,
        model: of.id as usize,
        parts: [&[]; 5],
        flags,
        extra: &[],
    };
    statement(&shape, dialect, || {
        let given = named.iter().filter(|(given, ..)| *given);
        let given: Vec<&str> = given.map(|(.., sql)| *sql).collect();
        let options = match given.is_empty() {
            true => String::new(),
            false => format!(" ({})", given.join(", ")),
        };
        Ok(Rendered {
            sql: format!("{}{options} {}", dialect.explain, of.sql),
            placeholders: of.placeholders.clone(),
            returns_rows: true,
            bound: BoundColumns::Nothing,
            scopes: of.scopes.clone(),
        })
    })
}
