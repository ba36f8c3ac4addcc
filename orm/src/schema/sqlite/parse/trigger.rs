//! CREATE TRIGGER.

use crate::model::TriggerEvent;

use super::{TokenCursor, tokens};

/// What the text of a trigger says.
#[derive(Debug, PartialEq)]
pub(in crate::schema::sqlite) struct ParsedTrigger {
    pub after: bool,
    pub event: TriggerEvent,
    pub columns: Vec<String>,
    /// Without the outer parentheses.
    pub condition: Option<String>,
    /// From `BEGIN` to `END`.
    pub body: String,
}

/// Reads `CREATE TRIGGER`; `None` for `INSTEAD OF`.
pub(in crate::schema::sqlite) fn create_trigger(sql: &str) -> Option<ParsedTrigger> {
    let mut walk = TokenCursor {
        sql,
        tokens: tokens(sql),
        at: 0,
    };
    while !walk.take("trigger") {
        walk.at += 1;
        walk.tokens.get(walk.at)?;
    }
    if walk.take("if") {
        walk.at += 2;
    }
    walk.name();
    // Before is what a trigger is that does not say it.
    let after = walk.take("after");
    if !after && !walk.take("before") && walk.is("instead") {
        return None;
    }
    let event = match walk.text(walk.at).to_ascii_lowercase().as_str() {
        "insert" => TriggerEvent::Insert,
        "update" => TriggerEvent::Update,
        _ => TriggerEvent::Delete,
    };
    walk.at += 1;
    let mut columns = Vec::new();
    if walk.take("of") {
        columns.push(walk.name());
        while walk.take(",") {
            columns.push(walk.name());
        }
    }
    while !walk.is("when") && !walk.is("begin") {
        walk.at += 1;
        walk.tokens.get(walk.at)?;
    }
    let condition = walk.take("when").then(|| condition(&mut walk));
    let start = walk.tokens.get(walk.at)?.span.end;
    let end = walk.tokens.last()?.span.start;
    Some(ParsedTrigger {
        after,
        event,
        columns,
        condition,
        body: sql.get(start..end)?.trim().to_owned(),
    })
}

/// Up to `BEGIN`.
fn condition(walk: &mut TokenCursor<'_>) -> String {
    let start = walk.at;
    let inner = walk.parentheses();
    if walk.is("begin") {
        return inner.to_owned();
    }
    while walk.at < walk.tokens.len() && !walk.is("begin") {
        walk.at += 1;
    }
    let span = |at: usize| walk.tokens.get(at).map(|token| token.span.clone());
    let (first, last) = (span(start), span(walk.at.saturating_sub(1)));
    let text = first
        .zip(last)
        .and_then(|(first, last)| walk.sql.get(first.start..last.end));
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_read_however_it_is_written() {
        let parsed = create_trigger(
            "CREATE TRIGGER IF NOT EXISTS \"the trigger\" AFTER UPDATE OF [a b], c ON t FOR EACH ROW WHEN (OLD.c <> NEW.c) BEGIN\nUPDATE t \
             SET n = CASE 1 WHEN 1 THEN 'END' END; -- END\nSELECT 1;\nEND",
        );
        let parsed = parsed.unwrap();
        assert!(parsed.after);
        assert_eq!(parsed.event, TriggerEvent::Update);
        assert_eq!(parsed.columns, ["a b", "c"]);
        assert_eq!(parsed.condition.as_deref(), Some("OLD.c <> NEW.c"));
        assert!(
            parsed.body.starts_with("UPDATE t") && parsed.body.ends_with("SELECT 1;"),
            "{parsed:?}"
        );
        let parsed =
            create_trigger("create trigger main.x delete on t when (a) or (b) begin select 1; end").unwrap();
        assert_eq!((parsed.after, parsed.event), (false, TriggerEvent::Delete));
        assert_eq!(parsed.condition.as_deref(), Some("(a) or (b)"));
        assert_eq!(
            create_trigger("CREATE TRIGGER v INSTEAD OF INSERT ON w BEGIN SELECT 1; END"),
            None
        );
    }
}
