//! SQL that a person wrote, as a part of a query.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, FragmentText, SqlFragment, Typed};

use super::Dialect;
use super::by_hand::{Piece, ensure_apart, pieces};
use super::infix::is_atom;
use super::lexis::{ScriptToken, Tokens, lexical_rules};
use super::render::Renderer;

impl Renderer {
    /// A fragment in parentheses, with its parts where its text says them.
    ///
    /// # Errors
    /// If it has other parts than its text says, or its text could not stand in parentheses.
    #[cold]
    #[inline(never)]
    pub(super) fn raw(&mut self, fragment: &SqlFragment, typed: &Typed<'_, '_, ByPosition>) -> Result<Expr> {
        let (text, names) = match &fragment.says {
            FragmentText::ByHand { text, names } => (text, names),
            FragmentText::Search { nth, ask } => return self.search(*nth, *ask, typed),
        };
        let said = |error: Error| error.context(format!("in `raw(\"{text}\")`"));
        ensure_one_value(text, self.dialect()).map_err(said)?;
        let (pieces, parameters) = pieces(text, self.dialect()).map_err(said)?;
        ensure_apart(&pieces).map_err(said)?;
        let places = (parameters.places(typed.parts.len(), names)).map_err(said)?;
        let mut written = Vec::with_capacity(pieces.len() + 1);
        for piece in pieces {
            match piece {
                // Between what stands here there is a space already.
                Piece::Text(text) => match text.trim_matches(' ') {
                    "" => {}
                    text => written.push(Expr::cust(text.to_owned())),
                },
                Piece::Parameter(at) => {
                    let place = match &places {
                        Some(places) => places.get(at).copied(),
                        None => Some(at),
                    };
                    let part = place.and_then(|place| typed.parts.get(place));
                    let part = self.expr(part.ok_or_else(|| Error::internal("a fragment lacks a part"))?)?;
                    written.push(match is_atom(&part) {
                        true => part,
                        false => Expr::tuple([part]),
                    });
                }
            }
        }
        // A comment at the end of the text ends there.
        if text.contains("--") {
            written.push(Expr::cust("\n"));
        }
        Ok(self.in_parentheses(written))
    }

    /// Pieces of SQL, one behind the other. Each is on its own, because what a person wrote, and a name, may have signs that mean
    /// something in a template.
    pub(super) fn in_parentheses(&self, pieces: Vec<Expr>) -> Expr {
        let holes: Vec<_> = (1..=pieces.len())
            .map(|number| self.rules().placeholder(number))
            .collect();
        Expr::tuple([Expr::cust_with_exprs(holes.join(" "), pieces)])
    }
}

/// Refuses what would not stay within the parentheses around it.
///
/// # Errors
/// If it is empty, has a semicolon, or parentheses of which one is missing.
fn ensure_one_value(text: &str, dialect: &'static Dialect) -> Result<()> {
    let mut open = 0_u32;
    let mut is_empty = true;
    for (_, token) in Tokens::of(text, lexical_rules(dialect)) {
        is_empty = false;
        match token {
            ScriptToken::Sign('(') => open += 1,
            ScriptToken::Sign(')') if open > 0 => open -= 1,
            ScriptToken::Sign(sign @ (')' | ';')) => {
                return Err(
                    Error::config(format!("a `{sign}` would end the value that the SQL is"))
                        .with_hint("write one expression: `{} % 2`; a whole statement is `orm::sql(..)`"),
                );
            }
            _ => {}
        }
    }
    match (is_empty, open) {
        (true, _) => Err(Error::config("the SQL is empty").with_hint("write an expression: `{} % 2`")),
        (false, 0) => Ok(()),
        (false, _) => Err(Error::config("the SQL has a `(` without its `)`")),
    }
}
