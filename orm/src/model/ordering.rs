//! What the rows of a model are ordered by where a query says nothing.

/// One part of an ordering: a field of the model, or of a row that relations lead to (`author__name`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderingTerm<'a> {
    path: &'a str,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl<'a> OrderingTerm<'a> {
    /// As models and files write it: `-` in front is descending.
    pub fn parse(written: &'a str) -> Self {
        match written.strip_prefix('-') {
            Some(path) => OrderingTerm {
                path,
                descending: true,
            },
            None => OrderingTerm {
                path: written,
                descending: false,
            },
        }
    }

    /// The relations to follow, and the field at their end.
    pub fn path(&self) -> impl Iterator<Item = &'a str> {
        self.path.split(SEPARATOR)
    }

    /// The field of the model itself that it begins with.
    pub fn own_field(&self) -> &'a str {
        self.path.split_once(SEPARATOR).map_or(self.path, |(own, _)| own)
    }

    /// The same after a field of the model got another name.
    pub fn renamed(&self, old: &str, new: &str) -> Option<String> {
        let rest = self.path.strip_prefix(old)?;
        let sign = if self.descending { "-" } else { "" };
        (rest.is_empty() || rest.starts_with(SEPARATOR)).then(|| format!("{sign}{new}{rest}"))
    }
}

/// No field has it in its name.
const SEPARATOR: &str = "__";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_and_renamed_as_they_are_written() {
        let term = OrderingTerm::parse("-author__name");
        assert!(term.descending);
        assert_eq!(term.path().collect::<Vec<_>>(), ["author", "name"]);
        assert_eq!(term.own_field(), "author");
        assert_eq!(term.renamed("author", "writer").as_deref(), Some("-writer__name"));
        for other in ["auth", "name", "author__name_", "a"] {
            assert_eq!(term.renamed(other, "writer"), None, "{other}");
        }
        assert_eq!(
            OrderingTerm::parse("id").renamed("id", "key").as_deref(),
            Some("key")
        );
        assert_eq!(OrderingTerm::parse("ids").renamed("id", "key"), None);
    }
}
