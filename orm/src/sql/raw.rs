//! SQL that a person wrote, as a part of a query.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, SqlFragment, Typed};

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
        let said = |error: Error| error.context(format!("in `raw(\"{}\")`", fragment.text));
        ensure_one_value(&fragment.text, self.dialect()).map_err(said)?;
        let (pieces, parameters) = pieces(&fragment.text, self.dialect()).map_err(said)?;
        ensure_apart(&pieces).map_err(said)?;
        let places = (parameters.places(typed.parts.len(), &fragment.names)).map_err(said)?;
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
        if fragment.text.contains("--") {
            written.push(Expr::cust("\n"));
        }
        // Each on its own, because what a person wrote may have signs that mean something in a template.
        let holes: Vec<_> = (1..=written.len())
            .map(|number| self.rules().placeholder(number))
            .collect();
        Ok(Expr::tuple([Expr::cust_with_exprs(holes.join(" "), written)]))
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
