//! Rows in the text format of `COPY`: values with tabs between them, a row per line.

use std::fmt::{self, Write};

use postgres_types::private::BytesMut;

use crate::value::Value;

use super::{BoxError, text_format};

/// Appends a row.
///
/// # Errors
/// The position of a value that no column can hold, and why.
pub(crate) fn copy_line(values: &[Value<'_>], out: &mut BytesMut) -> Result<(), (usize, BoxError)> {
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b"\t");
        }
        match value {
            Value::Null => out.extend_from_slice(b"\\N"),
            value => text_format::write(value, &mut Escaped(out)).map_err(|reason| (at, reason))?,
        }
    }
    out.extend_from_slice(b"\n");
    Ok(())
}

/// What would end a value or a row, or begin an escape, is escaped.
struct Escaped<'o>(&'o mut BytesMut);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while let Some(at) = rest
            .iter()
            .position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r'))
        {
            let (before, special) = rest.split_at(at);
            self.0.extend_from_slice(before);
            self.0.extend_from_slice(match special[0] {
                b'\t' => b"\\t",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                _ => b"\\\\",
            });
            rest = &special[1..];
        }
        self.0.extend_from_slice(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_is_escaped_and_null_is_told_from_its_text() {
        let mut out = BytesMut::new();
        let values = [
            Value::from("a\tb\\c\nd\re"),
            Value::Null,
            Value::from("\\N"),
            Value::Int(-7),
            Value::from(""),
        ];
        assert!(copy_line(&values, &mut out).is_ok());
        assert_eq!(
            std::str::from_utf8(&out),
            Ok("a\\tb\\\\c\\nd\\re\t\\N\t\\\\N\t-7\t\n")
        );
        let refused = copy_line(&[Value::Int(1), Value::from("a\0")], &mut out);
        assert_eq!(refused.map_err(|(at, _)| at), Err(1));
    }
}
