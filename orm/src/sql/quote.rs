//! The one place where an identifier becomes SQL text.

use crate::model::QualifiedName;

/// A name in double quotes, with quotes inside doubled: safe for any name, on both databases. Values are never quoted: they are
/// bound.
///
/// # Example: a column's name in SQL text
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::quote;
///
/// assert_eq!(quote("title"), r#""title""#);
/// assert_eq!(quote(r#"a"b"#), r#""a""b""#);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn quote(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    out.push('"');
    for character in name.chars() {
        if character == '"' {
            out.push('"');
        }
        out.push(character);
    }
    out.push('"');
    out
}

/// The same of a name that may begin with that of a schema and a point: `billing.email`.
pub(crate) fn quote_qualified(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(quote).collect();
    parts.join(".")
}

impl QualifiedName {
    /// Behind its schema, each in double quotes: `"billing"."invoice"`. See [`quote`](crate::db::quote).
    ///
    /// # Example: a dot that is part of a name
    ///
    /// ```
    /// use orm::models::QualifiedName;
    ///
    /// assert_eq!(QualifiedName::new(Some("a.b".to_owned()), "c").quoted(), r#""a.b"."c""#);
    /// ```
    pub fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quote(schema), quote(&self.name)),
            None => quote(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_inside_are_doubled() {
        assert_eq!(super::quote("a\"b; drop"), "\"a\"\"b; drop\"");
    }
}
