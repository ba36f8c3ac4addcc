//! How SQL text is read on SQLite.

use crate::sql::lexis::{LexicalRules, NestedStatements, ScriptToken, begins, position};

pub(super) const LEXIS: LexicalRules = LexicalRules {
    nested_comments: false,
    dollar_quotes: false,
    escapes: false,
    other_names: true,
    parameters: &['?', ':', '@', '$'],
    body,
};

fn body(tokens: &[ScriptToken]) -> Option<NestedStatements> {
    let is_trigger = begins(tokens, &["CREATE"]) && position(tokens, "TRIGGER", 3).is_some();
    is_trigger.then_some(NestedStatements::ToEnd)
}
