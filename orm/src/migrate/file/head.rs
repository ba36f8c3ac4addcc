//! The file `HEAD` of each app: one line, the name of its last migration. Two branches that both add a migration change
//! the same line, so that version control sees what the graph would see only later.

/// Name of the file.
pub(in crate::migrate) const HEAD: &str = "HEAD";

/// The content of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::migrate) struct Head {
    /// The path, for errors.
    pub path: String,
    pub says: HeadContent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::migrate) enum HeadContent {
    /// The name of a migration.
    Name(String),
    /// An unresolved merge conflict, with the names in it.
    Conflict(Vec<String>),
    /// Neither: no name, or several.
    Nonsense,
}

impl Head {
    pub(in crate::migrate) fn parse(path: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let marker = |line: &&str| {
            ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
                .iter()
                .any(|m| line.starts_with(m))
        };
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let names: Vec<String> = lines
            .iter()
            .filter(|line| !marker(line))
            .map(|&line| line.to_owned())
            .collect();
        let says = if lines.iter().any(marker) {
            HeadContent::Conflict(names)
        } else {
            match <[String; 1]>::try_from(names) {
                Ok([name]) => HeadContent::Name(name),
                Err(_) => HeadContent::Nonsense,
            }
        };
        Head {
            path: path.to_owned(),
            says,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_and_nothing_else() {
        let says = |text: &str| Head::parse("HEAD", text).says;
        let name = HeadContent::Name("0002_a".to_owned());
        for text in ["0002_a", "0002_a\n", "\u{feff}0002_a\r\n", "\n 0002_a \n\n"] {
            assert_eq!(says(text), name, "{text:?}");
        }
        assert_eq!(says(""), HeadContent::Nonsense);
        assert_eq!(says("a\nb"), HeadContent::Nonsense);
        assert_eq!(
            says("<<<<<<< HEAD\n0002_a\n=======\n0002_b\n>>>>>>> branch\n"),
            HeadContent::Conflict(vec!["0002_a".to_owned(), "0002_b".to_owned()])
        );
    }
}
