//! Lines of CSV and of tab-separated text, as `COPY .. TO` writes them.

/// What rows are written as: the formats of Postgres' `COPY`, in UTF-8, a row per line.
///
/// # Example: both
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::CopyFormat;
///
/// let copied = |format| -> orm::Result<String> {
///     let mut out = Vec::new();
///     Post::objects().values(|p| (p.title, p.rating)).copy_out(format).write_to(&db, &mut out)?;
///     Ok(String::from_utf8_lossy(&out).into_owned())
/// };
/// assert_eq!(copied(CopyFormat::Csv)?, "title,rating\nHello,4.5\nLater,\n");
/// assert_eq!(copied(CopyFormat::Text)?, "Hello\t4.5\nLater\t\\N\n");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyFormat {
    /// Commas between values, and a first line with the names of columns. NULL is nothing, and an empty string is `""`. Quotes are around what
    /// has a comma, a quote or the end of a line in it.
    Csv,
    /// Tabs between values, and no line with names: what `COPY .. FROM` reads by itself. NULL is `\N`, and a backslash is in front of
    /// what would end a value.
    Text,
}

impl CopyFormat {
    /// Writes a line of values, each by what appends its text and returns whether there is one; NULL has none.
    pub(super) fn line<E>(
        self,
        values: usize,
        out: &mut String,
        mut append: impl FnMut(usize, &mut String) -> Result<bool, E>,
    ) -> Result<(), E> {
        for nth in 0..values {
            if nth > 0 {
                out.push(match self {
                    CopyFormat::Csv => ',',
                    CopyFormat::Text => '\t',
                });
            }
            let start = out.len();
            let is_there = append(nth, out)?;
            match self {
                CopyFormat::Csv if is_there => quote(out, start, values == 1),
                CopyFormat::Text if is_there => escape(out, start),
                CopyFormat::Csv => {}
                CopyFormat::Text => out.push_str("\\N"),
            }
        }
        out.push('\n');
        Ok(())
    }
}

/// Quotes the value that starts there, where it has to be. One that is alone in its line must not look like the end of the data.
fn quote(out: &mut String, start: usize, alone: bool) {
    let text = &out[start..];
    let special = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if text.is_empty() || text.bytes().any(special) || (alone && text == "\\.") {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        out.replace_range(start.., &quoted);
    }
}

/// Puts a backslash in front of what would end the value that starts there.
fn escape(out: &mut String, start: usize) {
    let special = |byte: u8| matches!(byte, b'\\' | 0x08..=0x0d);
    if !out[start..].bytes().any(special) {
        return;
    }
    let text = out.split_off(start);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\x08' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\x0b' => out.push_str("\\v"),
            '\x0c' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: CopyFormat, values: &[Option<&str>]) -> String {
        let mut out = String::new();
        let written = format.line::<()>(values.len(), &mut out, |nth, out| {
            out.push_str(values[nth].unwrap_or_default());
            Ok(values[nth].is_some())
        });
        assert_eq!(written, Ok(()));
        out
    }

    #[test]
    fn null_is_told_from_everything_else() {
        let values = [None, Some(""), Some("\\N"), Some("a\"b,c"), Some("\t\n")];
        assert_eq!(
            line(CopyFormat::Csv, &values),
            ",\"\",\\N,\"a\"\"b,c\",\"\t\n\"\n"
        );
        assert_eq!(line(CopyFormat::Text, &values), "\\N\t\t\\\\N\ta\"b,c\t\\t\\n\n");
        assert_eq!(line(CopyFormat::Csv, &[Some("\\.")]), "\"\\.\"\n");
    }
}
