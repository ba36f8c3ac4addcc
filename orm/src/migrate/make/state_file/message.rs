//! Rewrites serde's messages about invalid files for people.

/// The message and the hint.
pub(super) fn readable(message: &str) -> (String, Option<String>) {
    let message = message.trim().replace('\n', "; ");
    if let Some((name, known)) = split(&message, "unknown field `") {
        return (format!("unknown key `{name}`"), hint(&name, &known));
    }
    if let Some((name, known)) = split(&message, "unknown variant `") {
        return (format!("there is no `{name}`"), hint(&name, &known));
    }
    if let Some(key) = message.strip_prefix("missing field `") {
        return (format!("the key `{} is missing", key), None);
    }
    if let Some((what, hint)) = message.split_once(": ")
        && what.starts_with("it is not ")
    {
        return (what.to_owned(), Some(hint.to_owned()));
    }
    (message, None)
}

/// The name, and those that would be known: ``unknown field `x`, expected one of `a`, `b` ``.
fn split(message: &str, start: &str) -> Option<(String, Vec<String>)> {
    let (name, rest) = message.strip_prefix(start)?.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((name.to_owned(), known.collect()))
}

fn hint(name: &str, known: &[String]) -> Option<String> {
    let all = known.join(", ");
    match (nearest(name, known), known.len()) {
        (_, 0) => None,
        (Some(near), _) => Some(format!("did you mean `{near}`? there are: {all}")),
        (None, _) => Some(format!("there are: {all}")),
    }
}

/// The most similar known name.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    known
        .into_iter()
        .map(|other| (likeness(other), other.as_str()))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_that_are_none_are_said_with_those_there_are() {
        for (message, expected, hint) in [
            (
                "unknown field `nul`, expected one of `name`, `null`",
                "unknown key `nul`",
                Some("did you mean `null`? there are: name, null"),
            ),
            (
                "unknown field `x`, expected `name`",
                "unknown key `x`",
                Some("there are: name"),
            ),
            ("unknown field `x`, there are no fields", "unknown key `x`", None),
            (
                "unknown variant `txt`, expected one of `int`, `text`",
                "there is no `txt`",
                Some("did you mean `text`? there are: int, text"),
            ),
            ("missing field `type`", "the key `type` is missing", None),
            ("invalid type: string", "invalid type: string", None),
        ] {
            assert_eq!(readable(message), (expected.to_owned(), hint.map(str::to_owned)));
        }
    }
}
